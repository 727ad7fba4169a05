"""What is wrong with inventories, and in what they differ."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.text import Text

from ...findings import Severity
from ...inventory import Checked
from .layout import HouseTable, cell, column, firm, house_table, wrapped
from .words import counted

_STYLES: Final[Mapping[Severity, str]] = {
    Severity.MAJOR: "bold red",
    Severity.MINOR: "yellow",
}


def findings_screen(found: Sequence[Checked]) -> RenderableType:
    """Return findings by severity, what to do about them, and how many there are."""
    if not found:
        return Text("no findings", "green")
    ordered = [one for severity in Severity for one in found if one.finding.severity is severity]
    parts = findings_table(ordered), Text(), _advice(ordered), Text(), Text(_summary(ordered))
    return Group(*parts)


def findings_table(found: Iterable[Checked]) -> HouseTable:
    """Return findings, a line each, in full."""
    table = house_table(
        firm("severity"), firm("microgrid", justify="right"), column("entity"), column("finding")
    )
    for one in found:
        severity = one.finding.severity
        table.add_row(
            Text(severity.value, _STYLES[severity]),
            "" if one.microgrid_id is None else str(one.microgrid_id),
            wrapped(one.finding.entity),
            wrapped(f"{one.finding.path}: {one.finding.sentence}"),
        )
    return table


def _advice(found: Iterable[Checked]) -> HouseTable:
    """Return what to do about findings, once for each rule."""
    table = house_table(firm("rule"), column("advice"))
    for rule in dict.fromkeys(one.finding.rule for one in found):
        table.add_row(cell(rule.id), wrapped(rule.advice))
    return table


def _summary(found: Iterable[Checked]) -> str:
    numbers = Counter(one.finding.severity for one in found)
    return " and ".join(
        counted(numbers[severity], f"{severity.value} finding") for severity in Severity
    )
