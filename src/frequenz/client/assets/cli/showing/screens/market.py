"""Gridpools, energy schedules and market topology, a line each."""

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
from ..plurals import counted
from .layout import HouseTable, cell, column, firm, words, wrapped
from .quantities import between, quantity
from .words import area, code, member, moment, period

_HOUR: Final = timedelta(hours=1)


def gridpools_table(gridpools: Iterable[Gridpool]) -> HouseTable:
    """Return gridpools, a line each."""
    table = HouseTable(firm("id", justify="right"), column("name"), nothing="no gridpools")
    for gridpool in gridpools:
        table.add_row(str(gridpool.id), cell(gridpool.name))
    return table


def schedules_table(schedules: Iterable[GridpoolEnergySchedule]) -> HouseTable:
    """Return energy schedules, a line each: their entries in sum."""
    table = HouseTable(
        firm("id", justify="right"),
        column("name"),
        firm("direction"),
        column("counterparty"),
        words("valid", may_go=True),
        firm("power", may_go=True),
        firm("energy", justify="right", may_go=True),
        words("entries", may_go=True),
        nothing="no energy schedules",
    )
    for schedule in schedules:
        table.add_row(
            str(schedule.schedule_id),
            cell(schedule.name),
            member(schedule.direction),
            cell(code(schedule.counterparty_balancing_group)),
            wrapped(_valid(schedule)),
            cell(_power(schedule), "green"),
            cell(_energy(schedule), "green"),
            wrapped(_entries(schedule)),
        )
    return table


def _valid(schedule: GridpoolEnergySchedule) -> str:
    cancelled = f"cancelled {moment(schedule.cancel_time)}" if schedule.cancel_time else ""
    return ", ".join(filter(None, (period(schedule.validity_period), cancelled)))


def _power(schedule: GridpoolEnergySchedule) -> str:
    powers = [entry.active_power_w for entry in schedule.time_series]
    return between(min(powers), max(powers), "W") if powers else ""


def _energy(schedule: GridpoolEnergySchedule) -> str:
    """Return the energy of all entries; nothing where their duration is not known."""
    length = _length(schedule)
    if not length or not schedule.time_series:
        return ""
    hours = length / _HOUR
    return quantity(sum(entry.active_power_w for entry in schedule.time_series) * hours, "Wh")


def _length(schedule: GridpoolEnergySchedule) -> timedelta:
    duration = schedule.delivery_duration
    return duration.to_timedelta() if isinstance(duration, DeliveryDuration) else timedelta()


def _entries(schedule: GridpoolEnergySchedule) -> str:
    """Return how many entries there are, of which duration, from when to when."""
    count, length = len(schedule.time_series), _length(schedule)
    if not count:
        return "none"
    told = f"{count} of {length.seconds // 60} min" if length else counted(count, "entry")
    starts = [entry.start_time for entry in schedule.time_series if entry.start_time]
    if starts:
        told += f", {moment(min(starts))} to {moment(max(starts) + length)}"
    return told


def relations_table(relations: Iterable[MarketTopologyRelation]) -> HouseTable:
    """Return relations, a line each."""
    table = HouseTable(
        firm("gridpool", justify="right"),
        firm("microgrid", justify="right"),
        column("market location"),
        column("id type"),
        column("market"),
        column("delivery area"),
        words("participations", may_go=True),
        nothing="no market topology relations",
    )
    for relation in relations:
        location = relation.market_location_ref
        official = location.market_location_id if location else None
        table.add_row(
            "" if relation.gridpool_id is None else str(relation.gridpool_id),
            "" if relation.microgrid_id is None else str(int(relation.microgrid_id)),
            cell(official.value if official else None),
            cell(member(official.type) if official else None),
            cell(area(location.market_area) if location else None),
            cell(code(relation.delivery_area)),
            wrapped(", ".join(map(_participation, relation.participations))),
        )
    return table


def _participation(participation: MarketParticipation) -> str:
    return " ".join(
        filter(None, (member(participation.type), period(participation.validity_period)))
    )
