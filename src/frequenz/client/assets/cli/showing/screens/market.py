"""Tables of gridpools, energy schedules and market topology."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from .... import (
    DeliveryDuration,
    Gridpool,
    GridpoolEnergySchedule,
    MarketParticipation,
    MarketTopologyRelation,
)
from ....topology._quantities import quantity_text, range_text
from ..plurals import format_count
from .layout import TextTable, fixed_column, truncated, truncated_column, wrapped, wrapped_column
from .text import code_text, enum_text, market_area_text, period_text, time_text

_HOUR: Final = timedelta(hours=1)


def gridpools_table(gridpools: Iterable[Gridpool]) -> TextTable:
    """Return a table of gridpools."""
    table = TextTable(
        fixed_column("id", justify="right"), truncated_column("name"), placeholder="no gridpools"
    )
    for gridpool in gridpools:
        table.add_row(str(gridpool.id), truncated(gridpool.name))
    return table


def schedules_table(schedules: Iterable[GridpoolEnergySchedule]) -> TextTable:
    """Return a table of energy schedules, with a summary of their entries."""
    table = TextTable(
        fixed_column("id", justify="right"),
        truncated_column("name"),
        fixed_column("direction"),
        truncated_column("counterparty"),
        wrapped_column("valid", is_droppable=True),
        fixed_column("power", is_droppable=True),
        fixed_column("energy", justify="right", is_droppable=True),
        wrapped_column("entries", is_droppable=True),
        placeholder="no energy schedules",
    )
    for schedule in schedules:
        table.add_row(
            str(schedule.schedule_id),
            truncated(schedule.name),
            enum_text(schedule.direction),
            truncated(code_text(schedule.counterparty_balancing_group)),
            wrapped(_validity_text(schedule)),
            truncated(_power_text(schedule), "green"),
            truncated(_energy_text(schedule), "green"),
            wrapped(_entries_text(schedule)),
        )
    return table


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
    """Return the number, the duration and the period of the entries."""
    count, duration = len(schedule.time_series), _duration(schedule)
    if not count:
        return "none"
    text = f"{count} of {duration.seconds // 60} min" if duration else format_count(count, "entry")
    starts = [entry.start_time for entry in schedule.time_series if entry.start_time]
    if starts:
        text += f", {time_text(min(starts))} to {time_text(max(starts) + duration)}"
    return text


def relations_table(relations: Iterable[MarketTopologyRelation]) -> TextTable:
    """Return a table of market topology relations."""
    table = TextTable(
        fixed_column("gridpool", justify="right"),
        fixed_column("microgrid", justify="right"),
        truncated_column("market location"),
        truncated_column("id type"),
        truncated_column("market"),
        truncated_column("delivery area"),
        wrapped_column("participations", is_droppable=True),
        placeholder="no market topology relations",
    )
    for relation in relations:
        location = relation.market_location_ref
        location_id = location.market_location_id if location else None
        table.add_row(
            "" if relation.gridpool_id is None else str(relation.gridpool_id),
            "" if relation.microgrid_id is None else str(int(relation.microgrid_id)),
            truncated(location_id.value if location_id else None),
            truncated(enum_text(location_id.type) if location_id else None),
            truncated(market_area_text(location.market_area) if location else None),
            truncated(code_text(relation.delivery_area)),
            wrapped(", ".join(map(_participation_text, relation.participations))),
        )
    return table


def _participation_text(participation: MarketParticipation) -> str:
    texts = enum_text(participation.type), period_text(participation.validity_period)
    return " ".join(filter(None, texts))
