"""An inventory as table rows: each entity's serialized message beside the columns for filters."""

import re
from collections.abc import Iterator
from typing import Any, Final, TypeAlias

from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from google.protobuf.timestamp_pb2 import Timestamp

from frequenz.client.assets.inventory import Inventory

Row: TypeAlias = dict[str, Any]
Instant: TypeAlias = tuple[int, int]
"""Seconds since 1970 and nanoseconds."""

_FORMATTING: Final = re.compile(r"[\s-]")


def to_rows(inventory: Inventory) -> dict[str, list[Row]]:
    """Return the rows of every table, in the order of the inventory."""
    relations, participations = _relation_rows(inventory)
    return {
        "microgrid": [_row(site.microgrid, id=site.microgrid.id) for site in inventory.sites],
        "component": list(_component_rows(inventory)),
        "connection": list(_connection_rows(inventory)),
        "sensor": [
            _row(sensor, microgrid_id=site.microgrid.id, id=sensor.id)
            for site in inventory.sites
            for sensor in site.sensors
        ],
        "gridpool": [_row(gridpool, id=gridpool.id) for gridpool in inventory.gridpools],
        "energy_schedule": [_schedule_row(schedule) for schedule in inventory.energy_schedules],
        "relation": relations,
        "participation": participations,
    }


def _row(message: Any, **columns: Any) -> Row:
    return {**columns, "message": message.SerializeToString()}


def _component_rows(inventory: Inventory) -> Iterator[Row]:
    for site in inventory.sites:
        for component in site.components:
            yield _row(
                component,
                microgrid_id=site.microgrid.id,
                id=component.id,
                category=component.category,
            )


def _connection_rows(inventory: Inventory) -> Iterator[Row]:
    for site in inventory.sites:
        for connection in site.connections:
            yield _row(
                connection,
                microgrid_id=site.microgrid.id,
                source=connection.source_electrical_component_id,
                destination=connection.destination_electrical_component_id,
            )


def _schedule_row(schedule: platformassets_pb2.GridpoolEnergySchedule) -> Row:
    start, end = effective_period(schedule)
    start_seconds, start_nanos = start or (None, None)
    end_seconds, end_nanos = end or (None, None)
    return _row(
        schedule,
        gridpool_id=schedule.gridpool_id,
        id=schedule.schedule_id,
        direction=schedule.direction,
        start_seconds=start_seconds,
        start_nanos=start_nanos,
        end_seconds=end_seconds,
        end_nanos=end_nanos,
    )


def effective_period(
    schedule: platformassets_pb2.GridpoolEnergySchedule,
) -> tuple[Instant | None, Instant | None]:
    """Return the start and end of a schedule's validity, shortened by its cancellation."""
    period = schedule.validity_period
    start = to_instant(period.start_time) if period.HasField("start_time") else None
    ends = [
        to_instant(message)
        for message, is_set in (
            (period.end_time, period.HasField("end_time")),
            (schedule.cancel_time, schedule.HasField("cancel_time")),
        )
        if is_set
    ]
    return start, min(ends, default=None)


def to_instant(timestamp: Timestamp) -> Instant:
    """Return a timestamp as a tuple, which can be compared."""
    return timestamp.seconds, timestamp.nanos


def _relation_rows(inventory: Inventory) -> tuple[list[Row], list[Row]]:
    relations, participations = [], []
    for position, relation in enumerate(inventory.market_topology, start=1):
        location = relation.market_location_ref.market_location_id
        area = relation.delivery_area if relation.HasField("delivery_area") else None
        relations.append(
            _row(
                relation,
                position=position,
                gridpool_id=relation.gridpool_id if relation.HasField("gridpool_id") else None,
                microgrid_id=relation.microgrid_id if relation.HasField("microgrid_id") else None,
                location_value=normalize_location(location.id.value)
                if location.HasField("id")
                else None,
                area_code=None if area is None else escape_nul(area.code),
                area_code_type=None if area is None else area.code_type,
            )
        )
        participations += [
            {"relation": position, "type": participation.type}
            for participation in relation.participations
        ]
    return relations, participations


def normalize_location(value: str) -> str:
    """Return the value of a market location ID without its formatting.

    The API ignores whitespace, hyphens and prefixes. Prefixes depend on the market, which the
    filter does not name, so they stay.
    """
    return escape_nul(_FORMATTING.sub("", value).upper())


def escape_nul(text: str) -> str:
    """Return a text without NULs, at which SQLite's JSON functions would end it.

    Backslashes are escaped too, so that different texts stay different.
    """
    return text.replace("\\", "\\\\").replace("\0", "\\0")


def to_signed(value: Any) -> Any:
    """Return an unsigned 64-bit integer as the signed one with the same bits.

    IDs are unsigned in the API, and databases have signed integers only. Other values stay.
    """
    return value - 2**64 if isinstance(value, int) and value >= 2**63 else value
