"""The findings of checked inventories."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from ....findings import Rule, Severity
from ....inventory import Checked
from ..plurals import format_count
from .layout import (
    NO_BREAK,
    FirstThatFits,
    TextTable,
    fixed_column,
    note,
    stacked,
    truncated,
    wrapped,
    wrapped_column,
)

_STYLES: Final[Mapping[Severity, str]] = {
    Severity.MAJOR: "bold red",
    Severity.MINOR: "yellow",
}

_ADVICE_INDENT: Final = 4


def findings_report(found: Sequence[Checked]) -> "_FindingsReport | TextTable":
    """Return findings by severity, with advice for each rule and a summary."""
    return _FindingsReport(found) if found else note("no findings", "green")


class _FindingsReport:
    def __init__(self, found: Sequence[Checked]) -> None:
        self.show_header = True
        self._sorted = [
            it for severity in Severity for it in found if it.finding.severity is severity
        ]

    def __rich_console__(self, _: Console, __: ConsoleOptions) -> RenderResult:
        for table in (findings_table(self._sorted), _advice_table(self._sorted)):
            table.show_header = self.show_header
            yield table
            yield Text()
        counts = Counter(it.finding.severity for it in self._sorted)
        texts = (format_count(counts[it], f"{it.value} finding") for it in Severity if counts[it])
        yield note(" and ".join(texts), "")


def findings_table(found: Sequence[Checked]) -> FirstThatFits:
    """Return findings in full: one line for each, or two on a narrow screen."""
    positions = [str(it.position) for it in found if it.position]
    wide = TextTable(
        *([wrapped_column("position", min_width=max(map(len, positions)))] if positions else []),
        fixed_column("severity"),
        fixed_column("microgrid", justify="right"),
        wrapped_column("entity", min_width=16),
        wrapped_column("finding", min_width=36),
    )
    narrow = TextTable(fixed_column("severity"), wrapped_column("finding"))
    for it in found:
        position = str(it.position or "")
        finding, microgrid_id = it.finding, it.microgrid_id
        severity = Text(finding.severity.value, _STYLES[finding.severity])
        sentence = f"{finding.path}: {finding.sentence}"
        wide.add_row(
            *([position] if positions else []),
            severity,
            "" if microgrid_id is None else str(microgrid_id),
            wrapped(finding.entity),
            wrapped(sentence),
        )
        is_part = microgrid_id is not None and finding.entity != f"microgrid {microgrid_id}"
        name = f"microgrid {microgrid_id}, {finding.entity}" if is_part else finding.entity
        unbroken = name.replace(" -> ", f"{NO_BREAK}->{NO_BREAK}")
        narrow.add_row(severity, wrapped(unbroken, "bold"))
        narrow.add_below(note(f"{position}: {sentence}" if position else sentence, ""))
    return FirstThatFits(wide, narrow)


def rule_card(rule: Rule) -> RenderableType:
    """Return a card of a rule: what it finds and where, and what to do."""
    where = (wrapped(f"{entity}: {', '.join(paths)}") for entity, paths in rule.paths.items())
    return _card(
        rule.id,
        {
            "severity": Text(rule.severity.value, _STYLES[rule.severity]),
            "what is wrong": wrapped(rule.outline),
            "where": stacked(*where),
            "what to do": wrapped(rule.advice),
            "documentation": wrapped(rule.page),
        },
    )


def error_card(row: Mapping[str, Any]) -> RenderableType:
    """Return a card of an error: what it means, and what to do."""
    rows = {
        "status": row["status"],
        "what is wrong": row["sentence"],
        "what to do": row["advice"],
        "exit code": str(row["exit_code"]),
        "in Python": f"{row['package']}.{row['id']}",
        "documentation": row["documentation"],
    }
    return _card(row["id"], {label: wrapped(text) for label, text in rows.items() if text})


def _card(title: str, rows: Mapping[str, RenderableType]) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim")
    table.add_column()
    for label, content in rows.items():
        table.add_row(label, content)
    heading = Text(title, "bold")
    return Panel(table, title=heading, title_align="left", expand=False, border_style="cyan")


def _advice_table(found: Iterable[Checked]) -> FirstThatFits:
    wide = TextTable(fixed_column("rule"), wrapped_column("advice", min_width=36))
    narrow = TextTable(fixed_column("rule"))
    for rule in dict.fromkeys(it.finding.rule for it in found):
        wide.add_row(truncated(rule.id), wrapped(rule.advice))
        narrow.add_row(truncated(rule.id))
        narrow.add_below(note(rule.advice, ""), _ADVICE_INDENT)
    return FirstThatFits(wide, narrow)
