"""The command that checks microgrids and inventory files."""

from typing import TYPE_CHECKING, Any

import click

from ..._lazy import lazy_module
from ..asking.completions import complete_microgrid_id_or_file
from ..asking.connection import Connection, pass_connection
from ..exits import ExitCode
from ..showing.notes import print_missing
from ..showing.output import Output, output_options

if TYPE_CHECKING:
    from ... import findings, inventory
    from ..asking import sources
    from ..showing import screens
else:
    findings = lazy_module("...findings", __package__)
    inventory = lazy_module("...inventory", __package__)
    sources = lazy_module("..asking.sources", __package__)
    screens = lazy_module("..showing.screens", __package__)

_POSITION = ("file", "line", "column")
_FIELDS = ("severity", "microgrid_id", "entity", "path", "rule", "sentence", "advice", *_POSITION)


@click.command()
@click.argument(
    "subjects",
    metavar="[ID|FILE]...",
    nargs=-1,
    shell_complete=complete_microgrid_id_or_file,
)
@click.option(
    "--severity",
    type=click.Choice(["major", "minor"], case_sensitive=False),
    help="Show only findings of this severity; the exit code stays.",
)
@output_options(fields=_FIELDS)
@pass_connection
def check(
    connection: Connection, output: Output, *, subjects: tuple[str, ...], severity: str | None
) -> None:
    """Check the microgrids ID, the inventory files FILE, or the whole fleet with its market.

    Major findings come first, and make the exit code 6. If a microgrid cannot be fetched, the
    others are checked, and the exit code is 1. FILE is a .yaml, .json or .jsonl file, as written
    by `assets-cli export`; FILE:ID and PROFILE:ID choose a microgrid. Findings that involve
    microgrids and the market together need the whole fleet.
    """
    parts, is_complete = _load(connection, subjects)
    checked = [found for part in parts for found in inventory.check(part)]
    severities = list(findings.Severity)
    checked.sort(key=lambda it: severities.index(it.finding.severity))

    shown = [it for it in checked if severity in {None, it.finding.severity.value}]
    output.show(shown, lambda: screens.findings_report, _row)
    if not is_complete:
        raise click.exceptions.Exit(ExitCode.FAILURE)
    if inventory.has_major(checked):
        raise click.exceptions.Exit(ExitCode.FINDINGS)


def _load(
    connection: Connection, subjects: tuple[str, ...]
) -> tuple[list["inventory.Inventory"], bool]:
    """Return the inventories to check, and whether they are complete."""
    if subjects:
        return sources.load_parts(subjects, connection)
    fleet = connection.fetch_fleet()
    print_missing(fleet)
    return [fleet.inventory], fleet.is_complete


def _row(checked: "inventory.Checked") -> dict[str, Any]:
    finding = checked.finding
    position = checked.position._asdict() if checked.position else dict.fromkeys(_POSITION)
    return {
        "severity": finding.severity.value,
        "microgrid_id": checked.microgrid_id,
        "entity": finding.entity,
        "path": finding.path,
        "rule": finding.id,
        "sentence": finding.sentence,
        "advice": finding.advice,
        **position,
    }
