"""What is wrong with inventories."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from ....findings import Severity
from ....inventory import Checked
from ..plurals import counted
from .layout import GLUE, FirstThatFits, HouseTable, cell, firm, note, words, wrapped

_STYLES: Final[Mapping[Severity, str]] = {
    Severity.MAJOR: "bold red",
    Severity.MINOR: "yellow",
}

_INDENT: Final = 4
"""Of advice below its rule."""


def findings_screen(found: Sequence[Checked]) -> "_Findings | HouseTable":
    """Return findings by severity, what to do about them, and how many there are."""
    return _Findings(found) if found else note("no findings", "green")


class _Findings:
    """Findings with advice; without headings if told so."""

    def __init__(self, found: Sequence[Checked]) -> None:
        self.show_header = True
        self._ordered = [
            one for severity in Severity for one in found if one.finding.severity is severity
        ]

    def __rich_console__(self, _: Console, __: ConsoleOptions) -> RenderResult:
        for table in (findings_table(self._ordered), _advice(self._ordered)):
            table.show_header = self.show_header
            yield table
            yield Text()
        yield note(_summary(self._ordered), "")


def findings_table(found: Iterable[Checked]) -> FirstThatFits:
    """Return findings in full: a line each, or two where the screen is narrow."""
    wide = HouseTable(
        firm("severity"),
        firm("microgrid", justify="right"),
        words("entity", least=16),
        words("finding", least=36),
    )
    narrow = HouseTable(firm("severity"), words("finding"))
    for one in found:
        finding, number = one.finding, one.microgrid_id
        severity = Text(finding.severity.value, _STYLES[finding.severity])
        sentence = f"{finding.path}: {finding.sentence}"
        wide.add_row(
            severity,
            "" if number is None else str(number),
            wrapped(finding.entity),
            wrapped(sentence),
        )
        is_of_another = number is not None and finding.entity != f"microgrid {number}"
        where = f"microgrid {number}, {finding.entity}" if is_of_another else finding.entity
        narrow.add_row(severity, wrapped(where.replace(" -> ", f"{GLUE}->{GLUE}"), "bold"))
        narrow.add_below(note(sentence, ""))
    return FirstThatFits(wide, narrow)


def _advice(found: Iterable[Checked]) -> FirstThatFits:
    """Return what to do about findings, once for each rule."""
    wide = HouseTable(firm("rule"), words("advice", least=36))
    narrow = HouseTable(firm("rule"))
    for rule in dict.fromkeys(one.finding.rule for one in found):
        wide.add_row(cell(rule.id), wrapped(rule.advice))
        narrow.add_row(cell(rule.id))
        narrow.add_below(note(rule.advice, ""), _INDENT)
    return FirstThatFits(wide, narrow)


def _summary(found: Iterable[Checked]) -> str:
    numbers = Counter(one.finding.severity for one in found)
    return " and ".join(
        counted(numbers[severity], f"{severity.value} finding") for severity in Severity
    )
