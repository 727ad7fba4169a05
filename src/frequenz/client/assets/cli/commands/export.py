"""The command that writes microgrids to an inventory file."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..asking.connection import Connection, connected
from ..asking.parameters import ID
from ..exits import Failure
from ..interrupts import undisturbed
from ..showing.plurals import counted
from ..showing.streams import is_terminal, tell

if TYPE_CHECKING:
    from ..asking.fleet import OnProgress


@click.command()
@click.argument("microgrid_ids", metavar="[ID...]", nargs=-1, type=ID)
@click.option(
    "--to",
    "path",
    required=True,
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write; its name ends in .yaml, .json or .jsonl. An older one is replaced.",
)
@connected
def export(connection: Connection, *, microgrid_ids: tuple[int, ...], path: Path) -> None:
    """Write the microgrids ID, or the whole fleet with its market, to an inventory file.

    `assets-server serve FILE` serves it. What fails is reported at the end, and the file holds the
    rest; it appears when it is complete. An older one keeps its permissions.
    """
    from ...inventory import write  # noqa: PLC0415 - imports protobuf
    from ...inventory._files import check_target  # noqa: PLC0415

    with undisturbed():
        from ..asking.fleet import fetch  # noqa: PLC0415 - imports the client

    try:
        check_target(path)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--to") from error
    except OSError as error:
        raise Failure.of(error) from error
    with _progress(connection) as on_progress:
        fetched = connection.run(lambda client: fetch(client, microgrid_ids or None, on_progress))
    fetched.tell()
    try:
        write(fetched.inventory, path)
    except OSError as error:
        raise Failure.of(error) from error
    if fetched.missed:
        raise Failure(f"{path} lacks {counted(fetched.missing, 'part')} of what was asked for")
    if is_terminal(sys.stderr):
        written = fetched.inventory
        microgrids = counted(len(written.sites), "microgrid")
        gridpools = f" and {counted(len(written.gridpools), 'gridpool')}"
        tell(f"wrote {microgrids}{gridpools if written.gridpools else ''} to {path}")


@contextmanager
def _progress(connection: Connection) -> Iterator["OnProgress"]:
    """Show on a terminal how far it is."""
    from ..showing.output import make_console  # noqa: PLC0415 - as above

    if not is_terminal(sys.stderr):
        from ..asking.fleet import no_progress  # noqa: PLC0415

        yield no_progress
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress  # noqa: PLC0415

    console = make_console(sys.stderr, connection.given.color)
    with Progress(BarColumn(), MofNCompleteColumn(), console=console, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
