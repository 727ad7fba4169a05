"""Microgrids: a fleet of them as a table, one of them as a card."""

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
from ...asking.site import Counts, Site
from ..plurals import counted, plural
from .layout import GLUE, FirstThatFits, HouseTable, cell, column, firm, note, table_of, wrapped
from .words import code, kind, member, moment, place

_STYLES: Final[Mapping[MicrogridStatus | int, str]] = {
    MicrogridStatus.ACTIVE: "green",
    MicrogridStatus.INACTIVE: "bold yellow",
}
_ODD: Final = "bold red"
"""The style of a status that is none."""

_UNKNOWN: Final = Text("unknown", "dim")


def fleet_table(
    microgrids: Iterable[Microgrid], counts: Mapping[MicrogridId, Counts] | None = None
) -> HouseTable | FirstThatFits:
    """Return microgrids, a line each; with `counts`, also how many components they have."""
    listed = list(microgrids)
    if not counts:
        return table_of(_FLEET, map(_fleet_row, listed), nothing="no microgrids")
    return FirstThatFits(_with_columns(listed, counts), _with_words(listed, counts))


_FLEET: Final = (
    firm("id", justify="right"),
    column("name", least=16),
    firm("status"),
    column("country"),
    column("delivery area"),
    firm("created", may_go=True),
)


def _fleet_row(microgrid: Microgrid) -> tuple[Text | str, ...]:
    location, created = microgrid.location, microgrid.create_timestamp
    return (
        str(int(microgrid.id)),
        cell(microgrid.name),
        _status(microgrid),
        cell(location.country_code if location else None),
        cell(code(microgrid.delivery_area)),
        f"{created:%Y-%m-%d}" if created else "",
    )


def _status(microgrid: Microgrid) -> Text:
    return cell(member(microgrid.status), _STYLES.get(microgrid.status, _ODD))


def _with_columns(
    microgrids: Iterable[Microgrid], counts: Mapping[MicrogridId, Counts]
) -> HouseTable:
    """Return microgrids with a column for each kind of component, all in full."""
    categories = sorted({one for listed in counts.values() for one in listed}, key=_place)
    headings = ("total", *(_NOUNS.get(one) or member(one) for one in categories))
    numbers = (firm(heading.replace(" ", "\n"), justify="right") for heading in headings)
    rows = (
        (
            *_fleet_row(microgrid),
            str(counts[microgrid.id].total()),
            *(_number(counts[microgrid.id][category]) for category in categories),
        )
        for microgrid in microgrids
    )
    return table_of((*(one._replace(least=None) for one in _FLEET), *numbers), rows)


def _with_words(
    microgrids: Iterable[Microgrid], counts: Mapping[MicrogridId, Counts]
) -> HouseTable:
    """Return microgrids, each with what components it has below it."""
    table = HouseTable(*_FLEET)
    for microgrid in microgrids:
        table.add_row(*_fleet_row(microgrid))
        table.add_below(note(_in_words(counts[microgrid.id])))
    return table


def _number(count: int) -> Text:
    return Text(str(count), "" if count else "dim")


def _in_words(counts: Counts) -> str:
    listed = (
        counted(counts[category], _NOUNS.get(category) or member(category)).replace(" ", GLUE)
        for category in sorted(counts, key=_place)
    )
    if not counts:
        return "no components"
    return f"{counted(counts.total(), 'component')}: {', '.join(listed)}"


def _place(category: ElectricalComponentCategory | int) -> int:
    """Return the place of a category in the order of the model, after which come the unknown."""
    if isinstance(category, ElectricalComponentCategory):
        return _CATEGORIES.index(category)
    return len(_CATEGORIES) + category


_CATEGORIES: Final = list(ElectricalComponentCategory)

_NOUNS: Final[Mapping[ElectricalComponentCategory | int, str]] = {
    ElectricalComponentCategory.GRID: "grid connection",
    ElectricalComponentCategory.EV_CHARGER: "EV charger",
    ElectricalComponentCategory.CHP: "CHP",
    ElectricalComponentCategory.HVAC: "HVAC",
    ElectricalComponentCategory.PLC: "PLC",
}
"""What to call the components of a category, where it is not its name."""


def card(site: Site) -> RenderableType:
    """Return the card of a microgrid: itself, and how many of what it has."""
    microgrid = site.microgrid
    area, location = microgrid.delivery_area, microgrid.location
    created = microgrid.create_timestamp
    rows = Table.grid(padding=(0, 2))
    rows.add_column(style="dim")
    rows.add_column()
    rows.add_row("id", str(int(microgrid.id)))
    rows.add_row("enterprise", str(int(microgrid.enterprise_id)))
    rows.add_row("status", _status(microgrid))
    rows.add_row("delivery area", wrapped(code(area)) if area else _UNKNOWN)
    rows.add_row("location", wrapped(place(location)) if location else _UNKNOWN)
    rows.add_row("created", f"{moment(created)} UTC" if created else _UNKNOWN)
    rows.add_row()
    rows.add_row("components", _by_kind(site))
    rows.add_row("connections", str(len(site.connections)))
    rows.add_row("sensors", _UNKNOWN if site.sensors is None else str(len(site.sensors)))
    title = cell(microgrid.name or "a microgrid without a name", "bold")
    return Panel(rows, title=title, title_align="left", expand=False, border_style="cyan")


def _by_kind(site: Site) -> Table:
    kinds = Counter(map(kind, site.components))
    rows = Table.grid(padding=(0, 1))
    rows.add_column(justify="right")
    rows.add_column()
    rows.add_row(str(len(site.components)), "")
    for name, number in sorted(kinds.items(), key=lambda item: (-item[1], item[0])):
        rows.add_row(str(number), wrapped(plural(name, number)))
    return rows
