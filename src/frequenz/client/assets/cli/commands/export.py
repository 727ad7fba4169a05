"""The command that writes microgrids to an inventory file."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from ..._lazy import lazy_module
from ..asking.completions import complete_microgrid_id
from ..asking.connection import Connection, pass_connection
from ..asking.parameters import ParsedType, parse_id
from ..exits import Failure
from ..showing.notes import print_missing
from ..showing.plurals import format_count
from ..showing.streams import is_terminal, print_message, write

if TYPE_CHECKING:
    from rich import progress

    from ...fleet import OnProgress
    from ...inventory import Inventory, _files
    from ..showing import console
else:
    progress = lazy_module("rich.progress", __package__)
    _files = lazy_module("...inventory._files", __package__)
    console = lazy_module("..showing.console", __package__)


def _parse_exported(text: str) -> int:
    if Path(text).suffix in _SUFFIXES:
        raise ValueError(
            "IDs of a server's microgrids, not a file; to convert a file, use `read` and `write` of"
            " frequenz.client.assets.inventory"
        )
    return parse_id(text)


_SUFFIXES: Final = (".yaml", ".yml", ".json", ".jsonl")
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
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path, allow_dash=True),
    help="The .yaml, .json or .jsonl file to write; an existing file is replaced. `-` is standard"
    " output.",
)
@click.option(
    *("-o", "--output", "output_format"),
    type=click.Choice(["yaml", "json", "jsonl"]),
    help="Format on standard output.  [default: json]",
)
@pass_connection
def export(
    connection: Connection,
    *,
    microgrid_ids: tuple[int, ...],
    path: Path,
    output_format: "_files.FileFormat | None",
) -> None:
    """Write the microgrids ID, or the whole fleet with its market, to an inventory file.

    `assets-server serve FILE` serves it. The file appears when it is complete, and keeps the
    permissions of the file that it replaces. If a microgrid cannot be fetched, the others are
    written, and the exit code is 1.
    """
    is_piped = str(path) == "-"
    if output_format and not is_piped:
        raise click.UsageError("-o works with --to -; the name of a file gives its format")
    try:
        if not is_piped:
            _files.check_target(path)
    except ValueError as error:
        raise click.UsageError(f"--to: {error}") from error
    except OSError as error:
        raise Failure.from_error(error) from error
    with _progress_bar(connection) as on_progress:
        fleet = connection.fetch_fleet(microgrid_ids or None, on_progress)
    print_missing(fleet)
    if is_piped:
        write(_files.to_text(fleet.inventory, file_format=output_format or "json"))
    else:
        try:
            _files.write(fleet.inventory, path)
        except OSError as error:
            raise Failure.from_error(error) from error
    target = "standard output" if is_piped else path
    if not fleet.is_complete:
        missing = len(fleet.failures) + len(fleet.not_asked)
        raise Failure(f"{target} is incomplete: {format_count(missing, 'part')} missing")
    print_message(f"wrote {_describe(fleet.inventory)} to {target}")


def _describe(inventory: "Inventory") -> str:
    """Return how much an inventory has of each kind; microgrids and components in any case."""
    sites = inventory.sites
    counts = {
        "microgrid": len(sites),
        "component": sum(len(site.components) for site in sites),
        "gridpool": len(inventory.gridpools),
        "energy schedule": len(inventory.energy_schedules),
        "market topology relation": len(inventory.market_topology),
    }
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
