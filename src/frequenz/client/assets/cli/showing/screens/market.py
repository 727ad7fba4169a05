"""Tables of gridpools, energy schedules and market topology."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from rich.text import Text

from .... import (
    DeliveryDuration,
    Gridpool,
    GridpoolEnergySchedule,
    Interval,
    MarketParticipation,
    MarketTopologyRelation,
)
from ....topology._quantities import quantity_text, range_text
from ..plurals import format_count
from .layout import (
    FirstThatFits,
    TextTable,
    fixed_column,
    stacked,
    truncated,
    truncated_column,
    wrapped,
    wrapped_column,
)
from .text import code_text, enum_text, market_area_text, period_text, time_text

_HOUR: Final = timedelta(hours=1)

_EIC_LENGTH: Final = 16
_LOCATION_LENGTH: Final = 18
"""Of an EAN, the longest of the usual IDs. A part of a code or an ID identifies nothing."""

_TIME_LENGTH: Final = 21
"""A moment in UTC, with a comma, is one line."""


def gridpools_table(gridpools: Iterable[Gridpool]) -> TextTable:
    """Return a table of gridpools."""
    table = TextTable(
        fixed_column("id", justify="right"), truncated_column("name"), placeholder="no gridpools"
    )
    for gridpool in gridpools:
        table.add_row(str(gridpool.id), truncated(gridpool.name))
    return table


def schedules_table(schedules: Iterable[GridpoolEnergySchedule]) -> FirstThatFits:
    """Return a table of energy schedules, with a summary of their entries.

    On a narrow screen, power, energy and entries are below each other.
    """
    placeholder = "no energy schedules"
    start = (
        fixed_column("id", justify="right"),
        wrapped_column("name", min_width=8, is_droppable=True),
        fixed_column("direction"),
        wrapped_column("counterparty", min_width=_EIC_LENGTH, is_droppable=True),
    )
    wide = TextTable(
        *start,
        wrapped_column("valid", min_width=_TIME_LENGTH),
        fixed_column("power"),
        fixed_column("energy", justify="right"),
        wrapped_column("entries"),
        placeholder=placeholder,
    )
    narrow = TextTable(
        *start,
        wrapped_column("power, energy", min_width=15, is_droppable=True),
        wrapped_column("valid", is_droppable=True),
        placeholder=placeholder,
    )
    for schedule in schedules:
        cells = (
            str(schedule.schedule_id),
            wrapped(schedule.name),
            enum_text(schedule.direction),
            wrapped(code_text(schedule.counterparty_balancing_group)),
        )
        valid = wrapped(_validity_text(schedule))
        power = truncated(_power_text(schedule), "green")
        energy = truncated(_energy_text(schedule), "green")
        entries = wrapped(_entries_text(schedule))
        wide.add_row(*cells, valid, power, energy, entries)
        narrow.add_row(*cells, stacked(power, energy, entries), valid)
    return FirstThatFits(wide, narrow)


def _validity_text(schedule: GridpoolEnergySchedule) -> str:
    cancelled = f"cancelled {time_text(schedule.cancel_time)}" if schedule.cancel_time else ""
    return ", ".join(filter(None, (period_text(schedule.validity_period), cancelled)))


def _power_text(schedule: GridpoolEnergySchedule) -> str:
    powers = [entry.active_power_w for entry in schedule.time_series]
    return range_text(min(powers), max(powers), "W") if powers else ""


def _energy_text(schedule: GridpoolEnergySchedule) -> str:
    """Return the energy of all entries; nothing if their duration is unknown."""
    duration = _duration(schedule)
    if not duration or not schedule.time_series:
        return ""
    power = sum(entry.active_power_w for entry in schedule.time_series)
    return quantity_text(power * (duration / _HOUR), "Wh")


def _duration(schedule: GridpoolEnergySchedule) -> timedelta:
    duration = schedule.delivery_duration
    return duration.to_timedelta() if isinstance(duration, DeliveryDuration) else timedelta()


def _entries_text(schedule: GridpoolEnergySchedule) -> str:
    """Return the number and the duration of the entries, and their period if it is another."""
    count, duration = len(schedule.time_series), _duration(schedule)
    if not count:
        return "none"
    text = f"{count} of {duration.seconds // 60} min" if duration else format_count(count, "entry")
    starts = [entry.start_time for entry in schedule.time_series if entry.start_time]
    if starts:
        period = Interval(start=min(starts), end=max(starts) + duration)
        if period != schedule.validity_period:
            text += f", {period_text(period)}"
    return text


def relations_table(relations: Iterable[MarketTopologyRelation]) -> FirstThatFits:
    """Return a table of market topology relations.

    On a narrow screen, the type of an ID and its market are below it.
    """
    placeholder = "no market topology relations"
    start = (
        fixed_column("gridpool", justify="right"),
        fixed_column("microgrid", justify="right"),
        wrapped_column("market location", min_width=_LOCATION_LENGTH, is_droppable=True),
    )
    end = (
        wrapped_column("delivery area", min_width=_EIC_LENGTH, is_droppable=True),
        wrapped_column("participations", min_width=_TIME_LENGTH, is_droppable=True),
    )
    wide = TextTable(
        *start, fixed_column("id type"), fixed_column("market"), *end, placeholder=placeholder
    )
    narrow = TextTable(*start, *end, placeholder=placeholder)
    for relation in relations:
        location = relation.market_location_ref
        location_id = location.market_location_id if location else None
        number = wrapped(location_id.value if location_id else None)
        id_type = truncated(enum_text(location_id.type) if location_id else None)
        market = truncated(market_area_text(location.market_area) if location else None)
        owners = (
            "" if relation.gridpool_id is None else str(relation.gridpool_id),
            "" if relation.microgrid_id is None else str(int(relation.microgrid_id)),
        )
        rest = (
            wrapped(code_text(relation.delivery_area)),
            wrapped(", ".join(map(_participation_text, relation.participations))),
        )
        wide.add_row(*owners, number, id_type, market, *rest)
        below = Text(", ", "dim").join(it for it in (id_type, market) if it)
        narrow.add_row(*owners, stacked(number, below), *rest)
    return FirstThatFits(wide, narrow)


def _participation_text(participation: MarketParticipation) -> str:
    texts = enum_text(participation.type), period_text(participation.validity_period)
    return " ".join(filter(None, texts))
