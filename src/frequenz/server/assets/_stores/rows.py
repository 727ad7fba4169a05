"""Entities as rows of tables: pure functions from messages to columns."""

import re
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final, NamedTuple, TypeAlias

from frequenz.api.common.v1alpha8.microgrid import microgrid_pb2
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from google.protobuf.timestamp_pb2 import Timestamp

from frequenz.client.assets._wire.fast.flat_messages import describe, flat_type
from frequenz.client.assets.inventory import Inventory
from frequenz.client.assets.inventory._packed import REPLIES, Packed, PackedSite

from .tables import COMPONENT, CONNECTION, MICROGRID, OF_MARKET, OF_SITE, RELATION, SENSOR, Table

Instant: TypeAlias = tuple[int, int]
"""Seconds since 1970 and nanoseconds."""

Value: TypeAlias = int | str | None

_FORMATTING: Final = re.compile(
    r"[\s"  # all whitespace of Unicode, such as no-break and thin spaces
    r"\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"  # invisible
    r"\u2010-\u2015\u2212\ufe58\ufe63\uff0d-]"  # hyphens, dashes and minus signs
)


class Row(NamedTuple):
    """An entity to store."""

    columns: tuple[Any, ...]
    """The values of `Table.columns`."""

    message: bytes

    participation_types: tuple[int, ...] = ()
    """Those of a market topology relation."""


@dataclass(frozen=True, slots=True)
class SiteRows:
    """Rows of a table of sites, column by column."""

    positions: "array[int]"
    """The index of each entity in its site."""

    columns: tuple["array[int]", ...]
    """The values of `Table.columns`."""

    messages: list[bytes]

    def rows(self) -> Iterator[Row]:
        """Iterate over the rows."""
        return map(Row, zip(*self.columns, strict=True), self.messages)


class Rows(NamedTuple):
    """An inventory, or a part of one, as rows: the name of a table -> its rows in order."""

    sites: dict[str, SiteRows]
    market: dict[str, list[Row]]

    @property
    def size(self) -> int:
        """How many rows there are."""
        of_sites = sum(len(rows.messages) for rows in self.sites.values())
        return of_sites + sum(map(len, self.market.values()))


def to_rows(inventory: Inventory) -> Rows:
    """Return the rows of an inventory."""
    return rows_of(Packed.of(inventory))


def rows_of(packed: Packed) -> Rows:
    """Return the rows of a packed inventory."""
    return Rows(
        {table.name: _site_rows(table, packed.sites) for table in OF_SITE},
        {
            table.name: _rows(table, getattr(packed, table.entity.inventory_list))
            for table in OF_MARKET
        },
    )


def _site_rows(table: Table, sites: Iterable[PackedSite]) -> SiteRows:
    """Return the rows of some sites."""
    positions, messages = array("q"), list[bytes]()
    columns = tuple(array("q") for _ in table.columns)
    fields = _SITE_FIELDS[table.name]
    occurrences: Counter[int] = Counter()
    for site in sites:
        microgrid = site.microgrid
        if table is MICROGRID:
            entities: Any = (microgrid,)
            data = [microgrid.SerializeToString(deterministic=True)]
        else:
            key = table.entity.inventory_list
            reply = getattr(site, key)
            entities = [*getattr(reply, key)]  # kept: each would be made again for every column
            split = _split_reply(key).FromString(reply.SerializeToString(deterministic=True))
            data = [*getattr(split, key)]
        positions.extend(range(len(data)))
        messages += data
        owner = (microgrid.enterprise_id, microgrid.id, occurrences[microgrid.id])
        occurrences[microgrid.id] += 1
        values = [
            *([number] * len(data) for number in owner),
            *([*map(attrgetter(field), entities)] for field in fields),
        ]
        for column, numbers in zip(columns, values, strict=True):
            column.extend(_all_signed(numbers))
    return SiteRows(positions, columns, messages)


def _all_signed(numbers: Sequence[int]) -> "array[int]":
    try:
        return array("q", numbers)
    except OverflowError:
        return array("q", map(to_signed, numbers))


@lru_cache
def _split_reply(key: str) -> Any:
    """Return the class of a reply whose list has the bytes of the messages."""
    return flat_type(describe("Split", REPLIES[key].DESCRIPTOR))


_SITE_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    MICROGRID.name: (),
    COMPONENT.name: ("id", "category"),
    CONNECTION.name: ("source_electrical_component_id", "destination_electrical_component_id"),
    SENSOR.name: ("id",),
}
"""A table of sites -> the fields of an entity that are its columns beside those of its site."""


def _rows(table: Table, messages: Iterable[Any]) -> list[Row]:
    columns = _COLUMNS[table.name]
    return [
        Row(
            columns(message),
            message.SerializeToString(deterministic=True),
            participation_types(message) if table is RELATION else (),
        )
        for message in messages
    ]


def _gridpool_columns(gridpool: Any) -> tuple[Value, ...]:
    return (to_signed(gridpool.id),)


def _schedule_columns(schedule: platformassets_pb2.GridpoolEnergySchedule) -> tuple[Value, ...]:
    start, end = effective_period(schedule)
    return (
        to_signed(schedule.gridpool_id),
        to_signed(schedule.schedule_id),
        schedule.direction,
        *(start or (None, None)),
        *(end or (None, None)),
    )


def _relation_columns(relation: platformassets_pb2.MarketTopologyRelation) -> tuple[Value, ...]:
    area = relation.delivery_area if relation.HasField("delivery_area") else None
    return (
        to_signed(relation.gridpool_id) if relation.HasField("gridpool_id") else None,
        to_signed(relation.microgrid_id) if relation.HasField("microgrid_id") else None,
        _location_value(relation),
        None if area is None else escape_nul(area.code),
        None if area is None else area.code_type,
    )


_COLUMNS: Final[Mapping[str, Callable[[Any], tuple[Value, ...]]]] = {
    "gridpool": _gridpool_columns,
    "energy_schedule": _schedule_columns,
    "relation": _relation_columns,
}
"""A table of the market -> the columns of an entity."""


def participation_types(
    relation: platformassets_pb2.MarketTopologyRelation,
) -> tuple[int, ...]:
    """Return the types of the participations of a relation, each once."""
    return tuple({participation.type for participation in relation.participations})


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


def _location_value(relation: platformassets_pb2.MarketTopologyRelation) -> str | None:
    location = relation.market_location_ref.market_location_id
    return normalize_location(location.id.value) if location.HasField("id") else None


def stored_location_value(message: bytes) -> str | None:
    """Return the normalized market location ID of a stored relation, for updates of the schema."""
    return _location_value(platformassets_pb2.MarketTopologyRelation.FromString(message))


def stored_enterprise_id(message: bytes) -> int:
    """Return the enterprise of a stored microgrid, for updates of the schema."""
    return to_signed(microgrid_pb2.Microgrid.FromString(message).enterprise_id)


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
    """Return a text without NULs, which neither PostgreSQL nor the JSON functions of SQLite take.

    Backslashes are escaped too, so that different texts stay different.
    """
    return text.replace("\\", "\\\\").replace("\0", "\\0")


def to_signed(value: int) -> int:
    """Return an unsigned 64-bit integer as the signed one with the same bits.

    IDs are unsigned in the API, and databases have signed integers only.
    """
    return value - 2**64 if value >= 2**63 else value


def to_unsigned(value: int) -> int:
    """Return the unsigned integer of a signed one."""
    return value % 2**64
