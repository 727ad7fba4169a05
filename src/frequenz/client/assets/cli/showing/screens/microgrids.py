"""Microgrids: several as a table, one as a card."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from frequenz.client.common.microgrid import MicrogridId
from rich.console import RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from .... import Microgrid, MicrogridStatus
from ....electrical_component import ElectricalComponentCategory
from ....fleet import Site, SiteView
from ...asking.component_counts import ComponentCounts
from ..plurals import format_count, plural
from .layout import (
    NO_BREAK,
    FirstThatFits,
    TextTable,
    fixed_column,
    make_table,
    note,
    truncated,
    truncated_column,
    wrapped,
)
from .text import code_text, date_text, enum_text, kind_text, location_text, time_text

_STATUS_STYLES: Final[Mapping[MicrogridStatus | int, str]] = {
    MicrogridStatus.ACTIVE: "green",
    MicrogridStatus.INACTIVE: "bold yellow",
}
_OTHER_STATUS_STYLE: Final = "bold red"

_UNKNOWN: Final = Text("unknown", "dim")

_COLUMNS: Final = (
    fixed_column("id", justify="right"),
    truncated_column("name", min_width=16),
    fixed_column("status"),
    truncated_column("country"),
    truncated_column("delivery area"),
    fixed_column("created (utc)", is_droppable=True),
)

_CATEGORIES: Final = list(ElectricalComponentCategory)

_NOUNS: Final[Mapping[ElectricalComponentCategory | int, str]] = {
    ElectricalComponentCategory.GRID: "grid connection",
    ElectricalComponentCategory.EV_CHARGER: "EV charger",
    ElectricalComponentCategory.CHP: "CHP",
    ElectricalComponentCategory.HVAC: "HVAC",
    ElectricalComponentCategory.PLC: "PLC",
}
"""Nouns of categories that differ from their names."""


def microgrids_table(
    microgrids: Iterable[Microgrid], counts: Mapping[MicrogridId, ComponentCounts] | None = None
) -> TextTable | FirstThatFits:
    """Return a table of microgrids; with `counts`, also of the numbers of their components."""
    listed = list(microgrids)
    if not counts:
        return make_table(_COLUMNS, map(_cells, listed), placeholder="no microgrids")
    return FirstThatFits(_with_count_columns(listed, counts), _with_count_lines(listed, counts))


def _cells(microgrid: Microgrid) -> tuple[Text | str, ...]:
    location, created = microgrid.location, microgrid.create_timestamp
    return (
        str(int(microgrid.id)),
        truncated(microgrid.name),
        _status_cell(microgrid),
        truncated(location.country_code if location else None),
        truncated(code_text(microgrid.delivery_area)),
        date_text(created) if created else "",
    )


def _status_cell(microgrid: Microgrid) -> Text:
    status = microgrid.status
    return truncated(enum_text(status), _STATUS_STYLES.get(status, _OTHER_STATUS_STYLE))


def _with_count_columns(
    microgrids: Iterable[Microgrid], counts: Mapping[MicrogridId, ComponentCounts]
) -> TextTable:
    """Return a table with a column for each category, and nothing truncated."""
    categories = sorted({it for counted in counts.values() for it in counted}, key=_order)
    headings = ("total", *(_noun(it) for it in categories))
    columns = (
        *(column._replace(min_width=None) for column in _COLUMNS),
        *(fixed_column(it.replace(" ", "\n"), justify="right") for it in headings),
    )
    rows = (
        (
            *_cells(microgrid),
            str(counts[microgrid.id].total()),
            *(_count_cell(counts[microgrid.id][category]) for category in categories),
        )
        for microgrid in microgrids
    )
    return make_table(columns, rows)


def _with_count_lines(
    microgrids: Iterable[Microgrid], counts: Mapping[MicrogridId, ComponentCounts]
) -> TextTable:
    """Return a table with the numbers of components below each microgrid."""
    table = TextTable(*_COLUMNS)
    for microgrid in microgrids:
        table.add_row(*_cells(microgrid))
        table.add_below(note(_counts_text(counts[microgrid.id])))
    return table


def _count_cell(count: int) -> Text:
    return Text(str(count), "" if count else "dim")


def _counts_text(counts: ComponentCounts) -> str:
    if not counts:
        return "no components"
    texts = (format_count(counts[it], _noun(it)) for it in sorted(counts, key=_order))
    listed = ", ".join(text.replace(" ", NO_BREAK) for text in texts)
    return f"{format_count(counts.total(), 'component')}: {listed}"


def _noun(category: ElectricalComponentCategory | int) -> str:
    return _NOUNS.get(category) or enum_text(category)


def _order(category: ElectricalComponentCategory | int) -> int:
    """Return the position of a category in the enum; unknown categories come last."""
    if isinstance(category, ElectricalComponentCategory):
        return _CATEGORIES.index(category)
    return len(_CATEGORIES) + category


def microgrid_card(site: Site | SiteView) -> RenderableType:
    """Return a card of a microgrid, with the numbers of components, connections and sensors."""
    microgrid = site.microgrid
    area, location = microgrid.delivery_area, microgrid.location
    created = microgrid.create_timestamp
    rows = Table.grid(padding=(0, 2))
    rows.add_column(style="dim")
    rows.add_column()
    rows.add_row("id", str(int(microgrid.id)))
    rows.add_row("enterprise", str(int(microgrid.enterprise_id)))
    rows.add_row("status", _status_cell(microgrid))
    rows.add_row("delivery area", wrapped(code_text(area)) if area else _UNKNOWN)
    rows.add_row("location", wrapped(location_text(location)) if location else _UNKNOWN)
    rows.add_row("created", time_text(created) if created else _UNKNOWN)
    rows.add_row()
    rows.add_row("components", _kind_counts(site))
    rows.add_row("connections", str(len(site.connections)))
    rows.add_row("sensors", _UNKNOWN if site.sensors is None else str(len(site.sensors)))
    title = truncated(microgrid.name or "unnamed microgrid", "bold")
    return Panel(rows, title=title, title_align="left", expand=False, border_style="cyan")


def _kind_counts(site: Site | SiteView) -> Table:
    kinds = Counter(map(kind_text, site.components))
    rows = Table.grid(padding=(0, 1))
    rows.add_column(justify="right")
    rows.add_column()
    rows.add_row(str(len(site.components)), "")
    for kind, count in sorted(kinds.items(), key=lambda item: (-item[1], item[0])):
        rows.add_row(str(count), wrapped(plural(kind, count)))
    return rows
