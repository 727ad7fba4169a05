"""How commands show their results: the output options, and what they do."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, update_wrapper
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import click

from ..._lazy import lazy_module
from ..asking.access import GlobalOptions
from ..exits import Failure
from . import plain_data
from .columns import (
    AvailableColumns,
    Fields,
    column_names,
    expand_fields,
    parse_fields,
    sort_key,
    value_at,
)
from .plurals import format_count
from .streams import is_terminal, print_message, write, write_bytes

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from ... import _whole_files, fleet
    from ...fleet import _tables
    from . import console
    from .screens import layout
else:
    # These import rich, which only tables need.
    console = lazy_module(".console", __package__)
    layout = lazy_module(".screens.layout", __package__)
    _whole_files = lazy_module("..._whole_files", __package__)
    # These import pyarrow.
    fleet = lazy_module("...fleet", __package__)
    _tables = lazy_module("...fleet._tables", __package__)

FORMATS: Final = ("table", "json", "jsonl", "yaml", "csv")

ARROW_FORMATS: Final = ("parquet", "arrow")
"""The formats of lists that have the columns of `fleet.tables`."""

_SUFFIXES: Final = {
    **{f".{name}": name for name in ("json", "jsonl", "yaml", "csv", *ARROW_FORMATS)},
    ".yml": "yaml",
}
"""The ends of file names and their formats."""

_WITH_HEADER: Final = ("table", "csv")
_PUBLISHED: Final = ("json", "jsonl")
"""The formats in which the published commands have a form of their own."""


@dataclass(frozen=True)
class Output:
    """How to show the result of a command."""

    options: GlobalOptions
    format: str
    columns: tuple[str, ...]
    """All columns that the command can show."""

    fields: tuple[str, ...] | None
    """The fields to show; None for all."""

    sort: str | None
    has_header: bool
    is_list: bool
    is_published: bool
    """Whether JSON has the form of the published command."""

    table: str | None = None
    """The table of `fleet.tables` with the rows of the list; None if there is none."""

    path: Path | None = None
    """The file to write; None for standard output."""

    @property
    def is_table(self) -> bool:
        """Whether the format is a table."""
        return self.format == "table"

    @cached_property
    def console(self) -> "Console":
        """The console on standard output."""
        return console.make_console(sys.stdout, self.options.color)

    def show(
        self,
        result: Any,
        screen: "Callable[[], Callable[[Any], RenderableType]] | None" = None,
        to_plain: Callable[[Any], Any] | None = None,
        to_tables: "Callable[[], fleet.Tables] | None" = None,
    ) -> None:
        """Show a result.

        Args:
            result: Model objects or dictionaries: a list, unless the command shows only one.
            screen: Returns the function that draws the result, so that only tables import rich;
                by default, they show all columns.
            to_plain: Returns one of the objects as plain data.
            to_tables: Returns the objects as tables; by default, those of `fleet.tables`.
        """
        if self.format in ARROW_FORMATS:
            self._write_table(fleet.tables(result) if to_tables is None else to_tables())
            return
        complete = usual = to_plain or plain_data.with_names
        if self.is_published:
            complete, usual = plain_data.with_numbers, plain_data.as_published
        items = list(result) if self.is_list else [result]
        if self.sort is not None:
            items = _sort(items, self.sort, complete)
        if self.is_table and screen is not None and self.fields is None:
            self._write(self._draw(screen()(items if self.is_list else items[0])))
            return
        # A field that --fields names is shown even if it is not published.
        plain = usual if self.fields is None else complete
        self._write(self._text([plain(item) for item in items]))

    def _write_table(self, tables: "fleet.Tables") -> None:
        assert self.table is not None
        table = getattr(tables, self.table)
        self._write_bytes(_tables.to_bytes(table, self.format, fields=self.fields, sort=self.sort))
        inner = _tables.INNER_TABLES.get(self.table)
        if inner is not None and (count := getattr(tables, inner).num_rows):
            print_message(
                f"not written: {format_count(count, 'row')} of the table {inner};"
                " `assets-cli export --to DIR -o parquet` writes all tables"
            )

    def _write(self, text: str) -> None:
        if self.path is None:
            write(text)
        else:
            self._write_bytes(text.encode())

    def _write_bytes(self, data: bytes) -> None:
        if self.path is None:
            write_bytes(data)
            return
        try:
            _whole_files.write_bytes(data, self.path)
        except OSError as error:
            raise Failure.from_error(error) from error

    def _text(self, rows: list[Any]) -> str:
        columns = self.columns
        if self.fields is not None:
            columns = expand_fields(self.fields, self.columns)
        if self.format == "csv":
            return plain_data.csv_text(rows, columns, header=self.has_header)
        if self.is_table:
            return self._draw(_table(rows, columns))
        if self.fields is not None:
            rows = [{name: value_at(row, name) for name in self.fields} for row in rows]
        if self.format == "jsonl":
            lines = (plain_data.json_line(row, is_ascii=self.is_published) for row in rows)
            return "".join(f"{line}\n" for line in lines)
        data = rows if self.is_list else rows[0]
        if self.format == "yaml":
            return plain_data.yaml_text(data)
        return f"{plain_data.json_text(data, is_ascii=self.is_published)}\n"

    def _draw(self, screen: "RenderableType") -> str:
        if not self.has_header and hasattr(screen, "show_header"):
            screen.show_header = False
        with self.console.capture() as captured:
            self.console.print(screen)
        text = captured.get()
        is_shown = self.path is None and is_terminal(sys.stdout)
        if is_shown or self.options.color == "always":
            return text
        return "".join(f"{line.rstrip()}\n" for line in text.splitlines())


def _table(rows: Sequence[Any], names: Sequence[str]) -> "RenderableType":
    columns = [[value_at(row, name) for row in rows] for name in names]
    table = layout.TextTable(
        *(
            layout.truncated_column(name, justify="right" if _are_numbers(values) else "left")
            for name, values in zip(names, columns, strict=True)
        )
    )
    for values in zip(*columns, strict=True):
        table.add_row(*(plain_data.cell_text(plain_data.shorten_floats(value)) for value in values))
    return table


def _are_numbers(values: Sequence[Any]) -> bool:
    return all(isinstance(value, int | float | None) for value in values)


def _sort(items: list[Any], field: str, to_plain: Callable[[Any], Any]) -> list[Any]:
    """Return items sorted by a field, in descending order for `-field`; without value, last."""
    name = field.removeprefix("-")
    values = [(value_at(to_plain(item), name), item) for item in items]
    present = [(sort_key(value), item) for value, item in values if value is not None]
    present.sort(key=lambda pair: pair[0], reverse=field.startswith("-"))
    return [item for _, item in present] + [item for value, item in values if value is None]


def output_options(
    *,
    fields: Fields,
    is_list: bool = True,
    is_published: bool = False,
    has_header: bool = True,
    flag_columns: Mapping[str, str] = MappingProxyType({}),
    table: str | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add the output options to a command, and pass it their `Output` as `output`.

    Args:
        fields: The model classes of the results, or the names of the columns.
        is_list: Whether the command shows a list.
        is_published: Whether the published client has the command, with JSON of another form.
        has_header: Whether the screen of the command has a header.
        flag_columns: Columns that a flag adds, and the parameter of the flag.
        table: The table of `fleet.tables` with the rows of the list: the command can then write
            Parquet and Arrow, and to a file.
    """

    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        def command(
            *arguments: Any,
            output_format: str | None,
            output_fields: str | None,
            no_header: bool,
            output_sort: str | None = None,
            output_path: Path | None = None,
            names: bool = False,
            **named: Any,
        ) -> Any:
            format_ = output_format or _default_format(output_path)
            if output_path is not None:
                _check_name(output_path, format_)
            if format_ in ARROW_FORMATS:
                assert table is not None
                for flag in flag_columns.values():
                    if named[flag]:
                        raise click.UsageError(f"--{flag}: has no column with -o {format_}")
                if output_path is None and is_terminal(sys.stdout):
                    raise click.UsageError(
                        f"-o {format_} is binary; use --to FILE, or redirect the output"
                    )
                available = AvailableColumns(tuple(_tables.SCHEMAS[table].names))
            else:
                available = AvailableColumns(
                    column_names(fields)
                    + tuple(it for it, flag in flag_columns.items() if named[flag]),
                    {column: f"--{flag}" for column, flag in flag_columns.items()},
                )
            if output_path is not None:
                try:
                    _whole_files.check_writable(output_path)
                except OSError as error:
                    raise Failure.from_error(error) from error
            if no_header and format_ not in _WITH_HEADER:
                raise click.UsageError(f"--no-header works with -o table and -o csv, not {format_}")
            if no_header and format_ == "table" and not has_header and output_fields is None:
                raise click.UsageError("--no-header: this table has a header only with --fields")
            if output_sort is not None and output_sort.removeprefix("-") not in available.names:
                available.reject(output_sort.removeprefix("-"), "--sort")
            output = Output(
                options=click.get_current_context().ensure_object(GlobalOptions),
                format=format_,
                columns=available.names,
                fields=None if output_fields is None else parse_fields(output_fields, available),
                sort=output_sort,
                has_header=not no_header,
                is_list=is_list,
                is_published=is_published and not names and format_ in _PUBLISHED,
                table=table,
                path=output_path,
            )
            return function(*arguments, output=output, **named)

        decorated: Callable[..., Any] = update_wrapper(command, function)
        columns = (fields, (*flag_columns,))
        options = _options(
            columns, is_list=is_list, is_published=is_published, has_files=table is not None
        )
        for option in reversed(options):
            decorated = option(decorated)
        return decorated

    return add


def _default_format(path: Path | None) -> str:
    """Return the format for a file by its name, or for standard output.

    Raises:
        click.UsageError: If the name does not say it.
    """
    if path is None:
        return "table" if is_terminal(sys.stdout) else "json"
    if path.suffix.lower() not in _SUFFIXES:
        raise click.UsageError(
            f"--to: {path}: expected a file name that ends in {', '.join(_SUFFIXES)}, or a format"
            " with -o"
        )
    return _SUFFIXES[path.suffix.lower()]


def _check_name(path: Path, format_: str) -> None:
    """Refuse a file whose name says another format.

    Raises:
        click.UsageError: If it does.
    """
    named = _SUFFIXES.get(path.suffix.lower(), format_)
    if named != format_:
        raise click.UsageError(f"--to: {path}: its name says {named}, but -o says {format_}")


def _options(
    columns: tuple[Fields, tuple[str, ...]],
    *,
    is_list: bool,
    is_published: bool,
    has_files: bool,
) -> list[Callable[..., Any]]:
    def complete(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
        fields, flag_columns = columns
        before, found, start = incomplete.rpartition(",")
        names = (*column_names(fields), *flag_columns)
        return [f"{before}{found}{name}" for name in names if name.startswith(start)]

    options = [
        click.option(
            *("-o", "--output", "output_format"),
            type=click.Choice((*FORMATS, *ARROW_FORMATS) if has_files else FORMATS),
            help="Output format.  [default: table on a terminal, else json]",
        ),
        click.option(
            *("--fields", "output_fields"),
            metavar="FIELD,...",
            help="Show only these fields; use dots for nested fields.",
            shell_complete=complete,
        ),
        click.option("--no-header", is_flag=True, help="Omit the header of tables and CSV."),
    ]
    if is_list:
        options.append(
            click.option(
                *("--sort", "output_sort"),
                metavar="[-]FIELD",
                help="Sort by a field; with -, in descending order.",
                shell_complete=complete,
            )
        )
    if has_files:
        options.append(
            click.option(
                *("--to", "output_path"),
                metavar="FILE",
                type=click.Path(path_type=Path),
                help="Write a file, in the format of its name; an existing file is replaced.",
            )
        )
    if is_published:
        options.append(
            click.option(
                "--names",
                is_flag=True,
                help="In JSON, show all fields, and enum members by name.",
            )
        )
    return options
