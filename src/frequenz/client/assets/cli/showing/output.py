"""How results are shown: the options about it, and what they do."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, update_wrapper
from typing import TYPE_CHECKING, Any, Final, TextIO

import click

from ..asking.access import Given
from . import plain_data
from .columns import Kinds, Known, cell, chosen, columns, expanded, order
from .streams import is_terminal, write

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

FORMATS: Final = ("table", "json", "jsonl", "yaml", "csv")

_WITH_HEADER: Final = ("table", "csv")
_PUBLISHED: Final = ("json", "jsonl")
"""The formats that the published commands have a form of their own for."""

_PUBLISHED_FORMS: Final = (plain_data.by_number, plain_data.published)
_COMPLETE_FORMS: Final = (plain_data.complete, plain_data.complete)
"""What gives all fields, and what those that are shown where none is asked for."""

_ENDLESS: Final = 1_000_000
"""The width of what is no terminal: nothing there is cut."""


_NOTHING: Final[Mapping[str, tuple[str, ...]]] = {}


def make_console(stream: TextIO | None, color: str, **options: Any) -> "Console":
    """Return a console that fits a terminal's width, and is plain and endless elsewhere."""
    from rich.console import Console  # noqa: PLC0415 - only who shows tables waits for it

    class Own(Console):
        """A console that lets the root end the command."""

        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    is_plain = color == "never" or (color == "auto" and bool(os.environ.get("NO_COLOR")))
    if color == "always":
        options |= {"force_terminal": True, "no_color": False}
        if os.environ.get("TERM") in {None, "", "dumb"} or not is_terminal(stream):
            options["color_system"] = "standard"
    elif is_plain:
        options["color_system"] = None
    plain: dict[str, Any] = {"highlight": False, "markup": False, "emoji": False}
    if not is_terminal(stream):
        plain["width"] = _ENDLESS
    return Own(file=stream, **(plain | options))


@dataclass(frozen=True)
class Output:
    """How the results of a command are to be shown."""

    given: Given
    format: str
    columns: tuple[str, ...]
    """All columns that there are."""

    chosen: tuple[str, ...] | None
    """The fields that were asked for; None = all."""

    sort: str | None
    has_header: bool
    is_many: bool
    is_published: bool
    """Whether JSON has the published form."""

    @property
    def is_table(self) -> bool:
        """Whether people are to read it."""
        return self.format == "table"

    @cached_property
    def console(self) -> "Console":
        """The console on standard output."""
        return make_console(sys.stdout, self.given.color)

    def show(
        self,
        result: Any,
        table: "Callable[[Any], RenderableType | None] | None" = None,
        plain: Callable[[Any], Any] | None = None,
    ) -> None:
        """Show a result in the format that is asked for.

        Args:
            result: Things of the model or dicts: a list, or one where only one is to be shown.
            table: Returns the screen for it, which stands for a table of all columns.
            plain: Returns one of the things as plain data, where that is more than itself.
        """
        forms = _PUBLISHED_FORMS if self.is_published else _COMPLETE_FORMS
        whole, usual = (plain, plain) if plain else forms
        things = list(result) if self.is_many else [result]
        if self.sort is not None:
            things = _sorted(things, self.sort, whole)
        if self.is_table and table is not None and self.chosen is None:
            screen = table(things if self.is_many else things[0])
            if screen is not None:
                write(self._drawn(screen))
                return
        # What is asked for by its name is shown, whether or not it is there otherwise.
        form = usual if self.chosen is None else whole
        write(self._text([form(thing) for thing in things]))

    def _text(self, rows: list[Any]) -> str:
        names = self.columns if self.chosen is None else expanded(self.chosen, self.columns)
        if self.format == "csv":
            return plain_data.csv_text(rows, names, header=self.has_header)
        if self.is_table:
            return self._drawn(self._table(rows, names))
        if self.chosen is not None:
            rows = [{name: cell(row, name) for name in self.chosen} for row in rows]
        if self.format == "jsonl":
            lines = (plain_data.json_line(row, is_ascii=self.is_published) for row in rows)
            return "".join(f"{line}\n" for line in lines)
        shown = rows if self.is_many else rows[0]
        if self.format == "yaml":
            return plain_data.yaml_text(shown)
        return f"{plain_data.json_text(shown, is_ascii=self.is_published)}\n"

    def _table(self, rows: Sequence[Any], names: Sequence[str]) -> "RenderableType":
        from .screens.layout import HouseTable, column  # noqa: PLC0415 - imports rich

        cells = [[cell(row, name) for row in rows] for name in names]
        table = HouseTable(
            *(
                column(name, justify="right" if _are_numbers(values) else "left")
                for name, values in zip(names, cells, strict=True)
            )
        )
        for values in zip(*cells, strict=True):
            table.add_row(*(plain_data.written(plain_data.rounded(value)) for value in values))
        return table

    def _drawn(self, screen: "RenderableType") -> str:
        """Return a screen as the text that draws it."""
        if not self.has_header and hasattr(screen, "show_header"):
            screen.show_header = False
        with self.console.capture() as captured:
            self.console.print(screen)
        text = captured.get()
        if is_terminal(sys.stdout) or self.given.color == "always":
            return text
        return "".join(f"{line.rstrip()}\n" for line in text.splitlines())


def screen(name: str, **more: Any) -> "Callable[[Any], RenderableType]":
    """Return a screen by its name, imported when something is drawn; `more` goes to it, too."""

    def draw(things: Any) -> "RenderableType":
        from . import screens  # noqa: PLC0415 - only tables wait for the import of rich

        drawing: Callable[..., RenderableType] = getattr(screens, name)
        return drawing(things, **more)

    return draw


def _sorted(things: list[Any], field: str, plain: Callable[[Any], Any]) -> list[Any]:
    """Return things by a field, from the highest down with a - before it; without value, last."""
    name = field.removeprefix("-")
    values = [(cell(plain(thing), name), thing) for thing in things]
    there = [(order(value), thing) for value, thing in values if value is not None]
    there.sort(key=lambda pair: pair[0], reverse=field.startswith("-"))
    return [thing for _, thing in there] + [thing for value, thing in values if value is None]


def _are_numbers(values: Sequence[Any]) -> bool:
    return all(isinstance(value, int | float | None) for value in values)


def shown(
    *,
    fields: Kinds,
    many: bool = True,
    published: bool = False,
    headed: bool = True,
    more: Mapping[str, tuple[str, ...]] = _NOTHING,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command the options about its output, and what they make as `output`.

    Args:
        fields: The model classes of what is shown, or the names of its columns.
        many: Whether a list is shown, rather than one thing.
        published: Whether the published client has this command, with JSON of its own form.
        headed: Whether its screen has names of columns.
        more: The columns that a flag of the command adds, by its parameter's name.
    """

    def give(function: Callable[..., Any]) -> Callable[..., Any]:
        def command(
            *arguments: Any,
            output_format: str | None,
            output_fields: str | None,
            no_header: bool,
            output_sort: str | None = None,
            names: bool = False,
            **named: Any,
        ) -> Any:
            given = click.get_current_context().ensure_object(Given)
            form = output_format or ("table" if is_terminal(sys.stdout) else "json")
            is_published = published and not names and form in _PUBLISHED
            added = {name: flag for flag, names in more.items() for name in names}
            known = Known(
                columns(fields) + tuple(name for name, flag in added.items() if named[flag]),
                {name: f"--{flag}" for name, flag in added.items()},
            )
            if no_header and form not in _WITH_HEADER:
                raise click.UsageError(f"--no-header is for -o table and -o csv, not for {form}")
            if no_header and form == "table" and not headed and output_fields is None:
                raise click.UsageError(
                    "--no-header is for names of columns; this screen has them only with --fields"
                )
            if output_sort is not None:
                _refuse_unknown(output_sort, known)
            output = Output(
                given,
                form,
                known.there,
                None if output_fields is None else chosen(output_fields, known, "--fields"),
                output_sort,
                not no_header,
                many,
                is_published,
            )
            return function(*arguments, output=output, **named)

        made: Callable[..., Any] = update_wrapper(command, function)
        for option in reversed(_options(many=many, published=published)):
            made = option(made)
        return made

    return give


def _refuse_unknown(sort: str, known: Known) -> None:
    name = sort.removeprefix("-")
    if name not in known.there:
        known.refuse(name, "--sort")


def _options(*, many: bool, published: bool) -> list[Callable[..., Any]]:
    made = [
        click.option(
            *("-o", "--output", "output_format"),
            type=click.Choice(FORMATS),
            help="The format.  [default: table on a terminal, else json]",
        ),
        click.option(
            *("--fields", "output_fields"),
            metavar="FIELD,...",
            help="Show these fields only; dots lead to those inside others.",
        ),
        click.option("--no-header", is_flag=True, help="Leave out the names of the columns."),
    ]
    if many:
        made.append(
            click.option(
                *("--sort", "output_sort"),
                metavar="[-]FIELD",
                help="Sort by this field; with -, from the highest down.",
            )
        )
    if published:
        made.append(
            click.option(
                "--names",
                is_flag=True,
                help="In JSON, members by name and every field, as other formats have them.",
            )
        )
    return made
