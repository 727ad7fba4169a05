"""Gridpools, their energy schedules, and the market topology."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from math import isfinite
from typing import Final

from frequenz.api.common.v1alpha8.grid import market_location_pb2
from frequenz.api.common.v1alpha8.gridpool import gridpool_pb2
from frequenz.api.common.v1alpha8.market import market_area_pb2
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from frequenz.client.common.microgrid import MicrogridId

from .._model.market import (
    BalancingGroup,
    DeliveryDuration,
    Gridpool,
    GridpoolEnergySchedule,
    GridpoolEnergyScheduleDirection,
    GridpoolEnergyScheduleTimeSeriesEntry,
    MarketLocationId,
    MarketLocationIdType,
    MarketLocationRef,
    MarketParticipation,
    MarketParticipationType,
    MarketTopologyRelation,
)
from ..findings._rules import Fault, Rule
from .delivery_area import decode_delivery_area, encode_delivery_area, read_code
from .enums import decode_enum, encode_enum, members_by_number
from .float32 import float32_text
from .time import decode_interval, decode_timestamp, encode_interval, encode_timestamp

_DIRECTIONS: Final = members_by_number(GridpoolEnergyScheduleDirection)
_DURATIONS: Final = members_by_number(DeliveryDuration)
_LOCATION_ID_TYPES: Final = members_by_number(MarketLocationIdType)
_PARTICIPATION_TYPES: Final = members_by_number(MarketParticipationType)
_MARKET_AREAS: Final = frozenset(market_area_pb2.MarketArea.values())


def decode_gridpool(message: gridpool_pb2.Gridpool, found: list[Fault]) -> Gridpool:
    """Return the gridpool."""
    if not message.id:
        found.append(Rule.ID_ZERO.at("id"))
    return Gridpool(id=message.id, name=message.name or None)


def encode_gridpool(gridpool: Gridpool) -> gridpool_pb2.Gridpool:
    """Return the message for a gridpool."""
    return gridpool_pb2.Gridpool(id=gridpool.id, name=gridpool.name or "")


_REQUIRED_PARTS: Final = (
    "counterparty_balancing_group",
    "counterparty_delivery_area",
    "frequenz_delivery_area",
    "validity_period",
)


def decode_schedule(
    message: platformassets_pb2.GridpoolEnergySchedule, found: list[Fault]
) -> GridpoolEnergySchedule:
    """Return the schedule as far as it can be read."""
    if not message.gridpool_id:
        found.append(Rule.OWNER_MISSING.at("gridpool_id"))
    if not message.schedule_id:
        found.append(Rule.ID_ZERO.at("schedule_id"))
    for part in _REQUIRED_PARTS:
        if not message.HasField(part):
            found.append(Rule.SCHEDULE_PART_MISSING.at(part))
    group = validity_period = cancel_time = None
    if message.HasField("counterparty_balancing_group"):
        path = "counterparty_balancing_group"
        code = message.counterparty_balancing_group.code
        code_type = read_code(code, message.counterparty_balancing_group.code_type, path, found)
        group = BalancingGroup(code=code or None, code_type=code_type)
    areas = {
        field: decode_delivery_area(getattr(message, field), field, found)
        if message.HasField(field)
        else None
        for field in ("counterparty_delivery_area", "frequenz_delivery_area")
    }
    if message.HasField("validity_period"):
        validity_period = decode_interval(message.validity_period, "validity_period", found)
    if message.HasField("cancel_time"):
        cancel_time = decode_timestamp(message.cancel_time, "cancel_time", found)
    duration = decode_enum(_DURATIONS, message.delivery_duration, "delivery_duration", found)
    entries = tuple(
        _decode_entry(entry, index, found) for index, entry in enumerate(message.time_series)
    )
    _find_overlaps(entries, duration, found)
    return GridpoolEnergySchedule(
        gridpool_id=message.gridpool_id,
        schedule_id=message.schedule_id,
        name=message.name or None,
        counterparty_balancing_group=group,
        **areas,
        direction=decode_enum(_DIRECTIONS, message.direction, "direction", found),
        validity_period=validity_period,
        cancel_time=cancel_time,
        delivery_duration=duration,
        time_series=entries,
    )


def _decode_entry(
    message: platformassets_pb2.GridpoolEnergyScheduleTimeSeriesEntry,
    index: int,
    found: list[Fault],
) -> GridpoolEnergyScheduleTimeSeriesEntry:
    path = f"time_series[{index}]"
    start = None
    if message.HasField("start_time"):
        start = decode_timestamp(message.start_time, f"{path}.start_time", found)
    else:
        found.append(Rule.ENTRY_START_MISSING.at(f"{path}.start_time"))
    power = message.active_power_w
    if not isfinite(power):
        found.append(Rule.POWER_NOT_FINITE.at(f"{path}.active_power_w", power=float32_text(power)))
    return GridpoolEnergyScheduleTimeSeriesEntry(start_time=start, active_power_w=power)


def _find_overlaps(
    entries: Sequence[GridpoolEnergyScheduleTimeSeriesEntry],
    duration: DeliveryDuration | int,
    found: list[Fault],
) -> None:
    """Find entries that start within the delivery period of another one."""
    period = duration.to_timedelta() if isinstance(duration, DeliveryDuration) else timedelta()
    # If the duration is unknown, only entries with the same start overlap.
    period = period or timedelta(microseconds=1)
    starts = sorted(
        (entry.start_time, index)
        for index, entry in enumerate(entries)
        if entry.start_time is not None
    )
    for (previous_start, other), (start, index) in pairwise(starts):
        # A difference: the sum may be later than the last datetime.
        if start - previous_start < period:
            path = f"time_series[{index}].start_time"
            found.append(Rule.ENTRIES_OVERLAP.at(path, start=start, other=other))


def encode_schedule(schedule: GridpoolEnergySchedule) -> platformassets_pb2.GridpoolEnergySchedule:
    """Return the message for a schedule."""
    message = platformassets_pb2.GridpoolEnergySchedule(
        gridpool_id=schedule.gridpool_id,
        schedule_id=schedule.schedule_id,
        name=schedule.name or "",
        direction=encode_enum(schedule.direction),
        delivery_duration=encode_enum(schedule.delivery_duration),
    )
    if (group := schedule.counterparty_balancing_group) is not None:
        message.counterparty_balancing_group.code = group.code or ""
        message.counterparty_balancing_group.code_type = encode_enum(group.code_type)
    if (area := schedule.counterparty_delivery_area) is not None:
        message.counterparty_delivery_area.CopyFrom(encode_delivery_area(area))
    if (area := schedule.frequenz_delivery_area) is not None:
        message.frequenz_delivery_area.CopyFrom(encode_delivery_area(area))
    if schedule.validity_period is not None:
        message.validity_period.CopyFrom(encode_interval(schedule.validity_period))
    if schedule.cancel_time is not None:
        message.cancel_time.CopyFrom(encode_timestamp(schedule.cancel_time))
    for entry in schedule.time_series:
        start = None if entry.start_time is None else encode_timestamp(entry.start_time)
        message.time_series.add(start_time=start, active_power_w=entry.active_power_w)
    return message


def decode_relation(
    message: platformassets_pb2.MarketTopologyRelation, found: list[Fault]
) -> MarketTopologyRelation:
    """Return the relation as far as it can be read."""
    _check_relation(message, found)
    area = location = None
    if message.HasField("delivery_area"):
        area = decode_delivery_area(message.delivery_area, "delivery_area", found)
    if message.HasField("market_location_ref"):
        location = _decode_location_ref(message.market_location_ref, found)
    return MarketTopologyRelation(
        microgrid_id=MicrogridId(message.microgrid_id)
        if message.HasField("microgrid_id")
        else None,
        market_location_ref=location,
        gridpool_id=message.gridpool_id if message.HasField("gridpool_id") else None,
        delivery_area=area,
        participations=tuple(
            _decode_participation(participation, index, found)
            for index, participation in enumerate(message.participations)
        ),
    )


_ENDS: Final = ("gridpool_id", "microgrid_id", "market_location_ref")


def _check_relation(message: platformassets_pb2.MarketTopologyRelation, found: list[Fault]) -> None:
    """Check the rules of the API about which parts a relation has."""
    ends = [end for end in _ENDS if message.HasField(end)]
    if len(ends) < 2:
        given = ends[0] if ends else "nothing"
        found.append(Rule.RELATION_TOO_SMALL.at(", ".join(_ENDS), given=given))
    for end in ("gridpool_id", "microgrid_id"):
        if message.HasField(end) and not getattr(message, end):
            found.append(Rule.ID_ZERO.at(end))
    has_area = message.HasField("delivery_area")
    if message.HasField("gridpool_id"):
        if not has_area:
            found.append(Rule.RELATION_WITHOUT_AREA.at("delivery_area"))
        return
    if has_area:
        found.append(Rule.MEANINGLESS_WITHOUT_GRIDPOOL.at("delivery_area"))
    if message.participations:
        found.append(Rule.MEANINGLESS_WITHOUT_GRIDPOOL.at("participations"))


def _decode_location_ref(
    message: market_location_pb2.MarketLocationRef, found: list[Fault]
) -> MarketLocationRef:
    path = "market_location_ref"
    area = message.market_area
    if area == 0:
        found.append(Rule.UNSPECIFIED.at(f"{path}.market_area"))
    elif area not in _MARKET_AREAS:
        found.append(Rule.UNRECOGNIZED.at(f"{path}.market_area", number=area))
    location = None
    if message.HasField("market_location_id"):
        identifier = message.market_location_id
        path = f"{path}.market_location_id"
        if not identifier.id.value:
            found.append(Rule.MARKET_LOCATION_MISSING.at(f"{path}.value"))
        location = MarketLocationId(
            value=identifier.id.value if identifier.HasField("id") else None,
            type=decode_enum(_LOCATION_ID_TYPES, identifier.type, f"{path}.type", found),
        )
    else:
        found.append(Rule.MARKET_LOCATION_MISSING.at(f"{path}.market_location_id"))
    return MarketLocationRef(market_area=area, market_location_id=location)


def _decode_participation(
    message: platformassets_pb2.MarketParticipation, index: int, found: list[Fault]
) -> MarketParticipation:
    path = f"participations[{index}]"
    validity_period = None
    if message.HasField("validity_period"):
        validity_period = decode_interval(message.validity_period, f"{path}.validity_period", found)
    return MarketParticipation(
        type=decode_enum(_PARTICIPATION_TYPES, message.type, f"{path}.type", found),
        validity_period=validity_period,
    )


def encode_relation(relation: MarketTopologyRelation) -> platformassets_pb2.MarketTopologyRelation:
    """Return the message for a relation."""
    message = platformassets_pb2.MarketTopologyRelation(
        microgrid_id=None if relation.microgrid_id is None else int(relation.microgrid_id),
        gridpool_id=relation.gridpool_id,
    )
    if (location := relation.market_location_ref) is not None:
        market_area: int = location.market_area
        message.market_location_ref.market_area = encode_enum(market_area)
        if (identifier := location.market_location_id) is not None:
            target = message.market_location_ref.market_location_id
            target.type = encode_enum(identifier.type)
            if identifier.value is not None:
                target.id.value = identifier.value
    if relation.delivery_area is not None:
        message.delivery_area.CopyFrom(encode_delivery_area(relation.delivery_area))
    for participation in relation.participations:
        added = message.participations.add(type=encode_enum(participation.type))
        if participation.validity_period is not None:
            added.validity_period.CopyFrom(encode_interval(participation.validity_period))
    return message
