"""An inventory as rows: each entity's message beside what filters look at."""

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


def rows_of(inventory: Inventory) -> dict[str, list[Row]]:
    """Return the rows of every table, in the inventory's order."""
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
    """Return when a schedule holds: its validity period, which a cancellation can only shorten."""
    period = schedule.validity_period
    start = instant(period.start_time) if period.HasField("start_time") else None
    ends = [
        instant(message)
        for message, is_set in (
            (period.end_time, period.HasField("end_time")),
            (schedule.cancel_time, schedule.HasField("cancel_time")),
        )
        if is_set
    ]
    return start, min(ends, default=None)


def instant(timestamp: Timestamp) -> Instant:
    """Return a timestamp as something that can be compared."""
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
                location_value=normalized(location.id.value) if location.HasField("id") else None,
                area_code=None if area is None else comparable(area.code),
                area_code_type=None if area is None else area.code_type,
            )
        )
        participations += [
            {"relation": position, "type": participation.type}
            for participation in relation.participations
        ]
    return relations, participations


def normalized(location_value: str) -> str:
    """Return a market location's identifier without its formatting, which tells none apart.

    The API ignores blanks, hyphens and prefixes. What is a prefix depends on the market, and the
    filter does not tell that, so prefixes stay.
    """
    return comparable(_FORMATTING.sub("", location_value).upper())


def comparable(text: str) -> str:
    """Return a text as databases compare it whole: SQLite's JSON ends one at a NUL."""
    return text.replace("\\", "\\\\").replace("\0", "\\0")


def signed(value: Any) -> Any:
    """Return an unsigned number of 64 bits as the signed one with the same bits.

    Ids are unsigned in the API, and databases have signed integers only.
    """
    return value - 2**64 if isinstance(value, int) and value >= 2**63 else value
