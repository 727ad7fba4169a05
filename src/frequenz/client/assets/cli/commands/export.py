"""The command that writes microgrids to a file, or as tables."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from ..._lazy import lazy_module
from ..asking.completions import complete_microgrid_id
from ..asking.connection import Connection, pass_connection
from ..asking.parameters import ParsedType, parse_id
from ..exits import Failure
from ..showing.notes import print_failures, print_missing, print_not_offered
from ..showing.plurals import format_count
from ..showing.streams import is_terminal, print_message, write

if TYPE_CHECKING:
    from rich import progress

    from ... import _whole_files, fleet, lists
    from ...fleet import OnProgress
    from ...inventory import Inventory, _files
    from ...lists import _files as _list_files
    from ..showing import console
else:
    fleet = lazy_module("...fleet", __package__)
    lists = lazy_module("...lists", __package__)
    _list_files = lazy_module("...lists._files", __package__)
    progress = lazy_module("rich.progress", __package__)
    _files = lazy_module("...inventory._files", __package__)
    _whole_files = lazy_module("..._whole_files", __package__)
    console = lazy_module("..showing.console", __package__)


def _parse_exported(text: str) -> int:
    if Path(text).suffix.lower() in _FORMATS:
        raise ValueError(
            "IDs of a server's microgrids, not a file; to convert a file, use `read` and `write` of"
            " frequenz.client.assets.inventory or .lists"
        )
    return parse_id(text)


_FORMATS: Final = {
    ".yaml": "yaml",
    ".yml": "yaml",
    ".json": "json",
    ".jsonl": "jsonl",
    ".geojson": "geojson",
    ".csv": "list",
    ".xlsx": "list",
}
"""The ends of the names of files -> their formats."""

_GEOJSON: Final = "geojson"
_LIST: Final = "list"
_FOLDER: Final = "parquet"
"""The format that is a folder."""

_MAX_LOST: Final = 20
"""How many lines say what a list cannot hold."""

_TABLES: Final = {
    "microgrid": "microgrids",
    "component": "components",
    "gridpool": "gridpools",
    "energy schedule": "energy_schedules",
    "market topology relation": "market_relations",
}
"""What is counted -> the table with it."""

_EXPORTED_ID: Final = ParsedType("ID", "ID", _parse_exported)


@click.command()
@click.argument(
    "microgrid_ids",
    metavar="[ID...]",
    nargs=-1,
    type=_EXPORTED_ID,
    shell_complete=complete_microgrid_id,
)
@click.option(
    "--to",
    "path",
    required=True,
    metavar="FILE|DIR",
    type=click.Path(path_type=Path, allow_dash=True),
    help="The .yaml, .json, .jsonl, .geojson, .csv or .xlsx file to write, which is replaced if it"
    " exists; `-` is standard output. With -o parquet, the folder to make.",
)
@click.option(
    *("-o", "--output", "--format", "output_format"),
    type=click.Choice([*dict.fromkeys(_FORMATS.values()), _FOLDER]),
    help="Format on standard output, by default json; or parquet: a folder with the tables.",
)
@click.option(
    "--split-by",
    type=click.Choice(["microgrid", "enterprise"]),
    help="With -o parquet, write folders for each microgrid or enterprise.",
)
@click.option(
    "--messages",
    is_flag=True,
    help="With -o parquet, add all data of the API, so that commands can read the folder.",
)
@pass_connection
def export(
    connection: Connection,
    *,
    microgrid_ids: tuple[int, ...],
    path: Path,
    output_format: str | None,
    split_by: "fleet.SplitBy | None",
    messages: bool,
) -> None:
    """Write the microgrids ID, or the whole fleet with its market, to an inventory file.

    `assets-server serve FILE` serves it. The file appears when it is complete, and keeps the
    permissions of the file that it replaces. If a microgrid cannot be fetched, the others are
    written, and the exit code is 1. With -o parquet, it is a folder with a Parquet file for each
    table, and may be larger than memory; a .geojson file has the sites for maps; a .csv or .xlsx
    file is a commissioning list, and a line says what it cannot hold.
    """
    if output_format == _FOLDER:
        if path.suffix.lower() in _FORMATS:
            raise click.UsageError(f"--to: {path}: -o parquet writes a folder, not a file")
        _export_parquet(connection, microgrid_ids, path, split_by=split_by, messages=messages)
        return
    for option, value in (("--split-by", split_by), ("--messages", messages)):
        if value:
            raise click.UsageError(f"{option} works with -o parquet")
    is_piped = str(path) == "-"
    if output_format and not is_piped:
        raise click.UsageError("-o works with --to -; the name of a file gives its format")
    format_ = output_format or ("json" if is_piped else _format_of(path))
    with _progress_bar(connection) as on_progress:
        snapshot = connection.fetch_fleet(microgrid_ids or None, on_progress)
    print_missing(snapshot)
    if is_piped:
        write(_to_text(snapshot.inventory, format_))
    elif format_ == _LIST:
        _write_list(snapshot.inventory, path)
    else:
        try:
            _whole_files.write_text(_to_text(snapshot.inventory, format_), path)
        except OSError as error:
            raise Failure.from_error(error) from error
    missing = len(snapshot.failures) + len(snapshot.not_asked)
    target = "standard output" if is_piped else path
    _report(_describe(snapshot.inventory, format_), target, missing)


def _format_of(path: Path) -> str:
    """Return the format of a file to write.

    Raises:
        click.ClickException: If its name has no format, or it cannot be written.
    """
    format_ = _FORMATS.get(path.suffix.lower())
    if format_ is None:
        raise click.UsageError(
            f"--to: {path}: expected a file name that ends in {', '.join(_FORMATS)}, or a folder"
            " with -o parquet"
        )
    try:
        if format_ == _LIST:
            _list_files.check_packages(path)
        if format_ in (_LIST, _GEOJSON):
            _whole_files.check_writable(path)
        else:
            _files.check_target(path)
    except OSError as error:
        raise Failure.from_error(error) from error
    return format_


def _write_list(inventory: "Inventory", path: Path) -> None:
    """Write a commissioning list, and print what it cannot hold."""
    try:
        lost = lists.write(inventory, path)
    except ValueError as error:
        raise Failure(str(error)) from error
    except OSError as error:
        raise Failure.from_error(error) from error
    for line in lost[:_MAX_LOST]:
        print_message(f"not in the list: {line.removeprefix('removed: ')}")
    if len(lost) > _MAX_LOST:
        print_message(f"not in the list: {len(lost) - _MAX_LOST} more")


def _to_text(inventory: "Inventory", format_: Any) -> str:
    if format_ == _GEOJSON:
        return fleet.geojson(inventory)
    return _files.to_text(inventory, file_format=format_)


def _export_parquet(
    connection: Connection,
    microgrid_ids: tuple[int, ...],
    folder: Path,
    *,
    split_by: "fleet.SplitBy | None",
    messages: bool,
) -> None:
    if str(folder) == "-":
        raise click.UsageError("-o parquet writes a folder: use --to DIR")
    export_parquet = fleet.export_parquet  # before anything is fetched, pyarrow must be there
    failures: list[fleet.FailedPart] = []
    with _progress_bar(connection) as on_progress:
        try:
            written = connection.run_for_fleet(
                lambda client: export_parquet(
                    client,
                    folder,
                    microgrid_ids or None,
                    split_by=split_by,
                    messages=messages,
                    on_progress=on_progress,
                    on_failure=failures.append,
                )
            )
        except fleet.MissingSitesError:
            print_failures(failures, is_empty=True)
            raise
        except OSError as error:
            raise Failure.from_error(error) from error
    if written.not_offered:
        print_not_offered(written.not_offered)
    print_failures(failures, is_empty=False)
    _report(
        _counted({noun: written.rows[name] for noun, name in _TABLES.items()}),
        folder,
        len(failures),
    )


def _report(description: str, target: object, missing: int) -> None:
    """Print what was written.

    Raises:
        Failure: If something is missing.
    """
    if missing:
        raise Failure(f"{target} is incomplete: {format_count(missing, 'part')} missing")
    print_message(f"wrote {description} to {target}")


def _describe(inventory: "Inventory", format_: str) -> str:
    """Return how much is written of each kind; microgrids and components in any case."""
    sites = inventory.sites
    counts = {
        "microgrid": len(sites),
        "component": sum(len(site.components) for site in sites),
    }
    if format_ == _LIST:  # which has no market
        return _counted(counts)
    counts |= {
        "gridpool": len(inventory.gridpools),
        "energy schedule": len(inventory.energy_schedules),
        "market topology relation": len(inventory.market_topology),
    }
    return _counted(counts)


def _counted(counts: Mapping[str, int]) -> str:
    always = ("microgrid", "component")
    return ", ".join(
        format_count(count, noun) for noun, count in counts.items() if count or noun in always
    )


@contextmanager
def _progress_bar(connection: Connection) -> Iterator["OnProgress | None"]:
    """Show a progress bar on a terminal, and yield the function that moves it."""
    if not is_terminal(sys.stderr):
        yield None
        return
    columns = (progress.BarColumn(), progress.MofNCompleteColumn())
    terminal = console.make_console(sys.stderr, connection.options.color)
    with progress.Progress(*columns, console=terminal, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
