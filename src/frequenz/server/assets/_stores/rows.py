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

_FORMATTING: Final = re.compile(
    r"[\s"  # all whitespace of Unicode, such as no-break and thin spaces
    r"\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"  # invisible
    r"\u2010-\u2015\u2212\ufe58\ufe63\uff0d-]"  # hyphens, dashes and minus signs
)


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
        area = relation.delivery_area if relation.HasField("delivery_area") else None
        relations.append(
            _row(
                relation,
                position=position,
                gridpool_id=relation.gridpool_id if relation.HasField("gridpool_id") else None,
                microgrid_id=relation.microgrid_id if relation.HasField("microgrid_id") else None,
                location_value=_location_value(relation),
                area_code=None if area is None else escape_nul(area.code),
                area_code_type=None if area is None else area.code_type,
            )
        )
        participations += [
            {"relation": position, "type": participation.type}
            for participation in relation.participations
        ]
    return relations, participations


def _location_value(relation: platformassets_pb2.MarketTopologyRelation) -> str | None:
    location = relation.market_location_ref.market_location_id
    return normalize_location(location.id.value) if location.HasField("id") else None


def stored_location_value(message: bytes) -> str | None:
    """Return the normalized market location ID of a stored relation, for updates of the schema."""
    return _location_value(platformassets_pb2.MarketTopologyRelation.FromString(message))


def normalize_location(value: str) -> str:
    """Return the value of a market location ID without its formatting.

    The API ignores spaces, hyphens and prefixes. Ignored here, as is upper or lower case:

    - all whitespace of Unicode;
    - hyphens, dashes and minus signs: U+002D, U+2010 to U+2015, U+2212, U+FE58, U+FE63, U+FF0D;
    - invisible characters, which copied text contains: the soft hyphen U+00AD, zero-width
      characters and direction marks U+200B to U+200F, U+202A to U+202E, U+2060 to U+2064, U+2066
      to U+2069, and the byte order mark U+FEFF.

    Prefixes depend on the market, which the filter does not name, so they stay. When this changes,
    a step in `schema/` must update the stored values.
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
