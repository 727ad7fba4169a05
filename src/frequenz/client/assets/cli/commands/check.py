"""The command that shows what is wrong with microgrids, or with a file."""

from typing import TYPE_CHECKING, Any

import click

from ..asking.connection import Connection, connected
from ..exits import Exit
from ..interrupts import undisturbed
from ..showing.output import Output, screen, shown

if TYPE_CHECKING:
    from ...inventory import Checked, Inventory

_FIELDS = ("severity", "microgrid_id", "entity", "path", "rule", "sentence", "advice")


@click.command()
@click.argument("what", metavar="[ID...|FILE...]", nargs=-1)
@shown(fields=_FIELDS)
@connected
def check(connection: Connection, output: Output, *, what: tuple[str, ...]) -> None:
    """Show what is wrong with the microgrids ID, with the inventory files FILE, or with all.

    Major findings come first; with one, the command ends with exit code 6. Where something cannot
    be had, the rest is checked, and the exit code is 1. The files are those that `assets-cli
    export` writes: .yaml, .json, .jsonl. What shows only when microgrids and the market are seen
    together is looked for where all are checked.
    """
    from ...findings import Severity  # noqa: PLC0415 - imports protobuf
    from ...inventory import check as check_inventory  # noqa: PLC0415
    from ...inventory import has_major  # noqa: PLC0415

    held, is_whole = _inventory(connection, what)
    checked = check_inventory(held)
    severities = list(Severity)
    checked.sort(key=lambda found: severities.index(found.finding.severity))

    output.show(checked, table=screen("findings_screen"), plain=_row)
    if not is_whole:
        raise click.exceptions.Exit(Exit.FAILURE)
    if has_major(checked):
        raise click.exceptions.Exit(Exit.FINDINGS)


def _inventory(connection: Connection, what: tuple[str, ...]) -> tuple["Inventory", bool]:
    """Return what is to be checked, and whether it is all of that."""
    from ..asking.sources import numbers_in, read_files  # noqa: PLC0415 - imports protobuf

    numbers = numbers_in(what)
    if what and numbers is None:
        return read_files(what, tells_all=True), True
    with undisturbed():
        from ..asking.fleet import fetch  # noqa: PLC0415 - imports the client

    fetched = connection.run(lambda client: fetch(client, numbers))
    fetched.tell()
    return fetched.inventory, not fetched.missed


def _row(found: "Checked") -> dict[str, Any]:
    finding = found.finding
    return {
        "severity": finding.severity.value,
        "microgrid_id": found.microgrid_id,
        "entity": finding.entity,
        "path": finding.path,
        "rule": finding.id,
        "sentence": finding.sentence,
        "advice": finding.advice,
    }
