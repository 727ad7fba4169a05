"""Microgrids: a fleet of them as a table, one of them as a card."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from frequenz.client.common.microgrid import MicrogridId
from rich.console import Console, ConsoleOptions, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from ... import Microgrid, MicrogridStatus
from ...electrical_component import ElectricalComponentCategory
from .._site import Counts, Site
from .layout import Column, HouseTable, cell, column, firm, table_of, wrapped
from .words import code, counted, kind, member, moment, place, plural

_STYLES: Final[Mapping[MicrogridStatus | int, str]] = {
    MicrogridStatus.ACTIVE: "green",
    MicrogridStatus.INACTIVE: "bold yellow",
}
_ODD: Final = "bold red"
"""The style of a status that is none."""

_ENDLESS: Final = 1_000_000

_UNKNOWN: Final = Text("unknown", "dim")


def fleet_table(
    microgrids: Iterable[Microgrid], counts: Mapping[MicrogridId, Counts] | None = None
) -> RenderableType:
    """Return microgrids, a line each; with `counts`, also how many components they have."""
    if counts is not None:
        return _WideFleet(list(microgrids), counts)
    return table_of(_fleet_columns(), map(_fleet_row, microgrids))


def _fleet_columns() -> tuple[Column, ...]:
    return (
        firm("id", justify="right"),
        column("name"),
        firm("status"),
        column("country"),
        column("delivery area"),
        firm("created"),
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


class _WideFleet:
    """Microgrids with the numbers of their components: in columns, or in words if too narrow."""

    def __init__(self, microgrids: list[Microgrid], counts: Mapping[MicrogridId, Counts]) -> None:
        self._microgrids = microgrids
        self._counts = counts
        self.show_header = True

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> Iterator[RenderableType]:
        table = self._in_columns()
        needed = console.measure(table, options=options.update(width=_ENDLESS)).maximum
        if needed > options.max_width:
            table = self._in_words()
        table.show_header = self.show_header
        yield table

    def _in_columns(self) -> HouseTable:
        categories = sorted({one for counts in self._counts.values() for one in counts}, key=_place)
        headings = ("total", *(_NOUNS.get(one) or member(one) for one in categories))
        columns = (firm(heading.replace(" ", "\n"), justify="right") for heading in headings)
        rows = (
            (
                *_fleet_row(microgrid),
                str(self._counts[microgrid.id].total()),
                *(_number(self._counts[microgrid.id][category]) for category in categories),
            )
            for microgrid in self._microgrids
        )
        return table_of((*_fleet_columns(), *columns), rows)

    def _in_words(self) -> HouseTable:
        rows = (
            (*_fleet_row(microgrid), wrapped(_in_words(self._counts[microgrid.id])))
            for microgrid in self._microgrids
        )
        return table_of((*_fleet_columns(), column("components")), rows)


def _number(count: int) -> Text:
    return Text(str(count), "" if count else "dim")


def _in_words(counts: Counts) -> str:
    listed = (
        counted(counts[category], _NOUNS.get(category) or member(category))
        for category in sorted(counts, key=_place)
    )
    return f"{counts.total()}: {', '.join(listed)}" if counts else "none"


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
        rows.add_row(str(number), cell(plural(name, number)))
    return rows
