"""The rows of tables with few rows, from messages, one by one."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import isfinite
from typing import Any, Final

import pyarrow as pa

from ..._wire.time import decode_interval
from . import _enums
from ._enums import EnumNames
from ._schemas import MOMENT, SCHEMAS
from ._times import lifetime_ends, nanoseconds

Columns = Mapping[str, Callable[[Any], Any]]
"""By column, the function that returns its value of a message."""


_COLUMNS: Final = {
    name: {field.name: (field.type, field.type == MOMENT) for field in schema}
    for name, schema in SCHEMAS.items()
}


def column_of(table: str, name: str, values: Any) -> Any:
    """Return some values as a column of a table; what is none of its lists is a column already."""
    if not isinstance(values, list):
        return values
    kind, is_moment = _COLUMNS[table][name]
    return pa.array(values, pa.int64()).view(MOMENT) if is_moment else pa.array(values, kind)


def table_of(name: str, columns: Mapping[str, Any], more: Mapping[str, Any] = {}) -> Any:
    """Return a table of the columns of its schema; names of members follow from their numbers.

    Args:
        name: The name of the table.
        columns: Its columns, at least one: Arrow arrays or lists.
        more: Columns after those of the schema.
    """
    arrays = [
        column_of(name, column, columns[column])
        if column in columns
        else _names(column, columns[f"{column}_number"])
        for column in _COLUMNS[name]
    ]
    schema = SCHEMAS[name]
    for column, values in more.items():
        arrays.append(values)
        schema = schema.append(pa.field(column, values.type))
    return pa.Table.from_arrays(arrays, schema=schema)


_ENUMS: Final[Mapping[str, EnumNames]] = {
    "status": _enums.STATUSES,
    "direction": _enums.DIRECTIONS,
    "delivery_duration": _enums.DURATIONS,
    "market_area": _enums.MARKET_AREAS,
    "market_location_id_type": _enums.LOCATION_ID_TYPES,
    "type": _enums.PARTICIPATION_TYPES,
}


def _names(column: str, numbers: Sequence[int | None]) -> Any:
    names = _enums.CODE_TYPES if column.endswith("_code_type") else _ENUMS[column]
    return names.column(numbers)


def rows_of(columns: Columns, messages: Sequence[Any]) -> dict[str, list[Any]]:
    """Return the columns of some messages."""
    return {name: [*map(get, messages)] for name, get in columns.items()}


# Values -------------------------------------------------------------------------------------------


def finite(value: float | None) -> float | None:
    """Return a number; None for one that is not finite."""
    return value if value is not None and isfinite(value) else None


def _id(field: str) -> Callable[[Any], int | None]:
    return lambda message: getattr(message, field) or None


def _text(field: str) -> Callable[[Any], str | None]:
    return lambda message: getattr(message, field) or None


def _number(field: str) -> Callable[[Any], int]:
    return lambda message: int(getattr(message, field))


def _degrees(field: str, limit: int) -> Callable[[Any], float | None]:
    def read(message: Any) -> float | None:
        if not message.HasField("location"):
            return None
        degrees: float = getattr(message.location, field)
        return degrees if -limit <= degrees <= limit else None

    return read


def _moment(field: str) -> Callable[[Any], int | None]:
    def read(message: Any) -> int | None:
        return nanoseconds(getattr(message, field)) if message.HasField(field) else None

    return read


def _code(field: str) -> Columns:
    """Return the columns of a market code."""

    def code(message: Any) -> str | None:
        return getattr(message, field).code or None

    def code_type(message: Any) -> int | None:
        return int(getattr(message, field).code_type) if message.HasField(field) else None

    return {f"{field}_code": code, f"{field}_code_type_number": code_type}


_Ends = tuple[int | None, int | None]


def _ends(field: str, period: Callable[[Any], _Ends]) -> Columns:
    return {
        f"{field}_start": lambda message: period(message)[0],
        f"{field}_end": lambda message: period(message)[1],
    }


def _validity(message: Any) -> _Ends:
    period = message.validity_period
    if decode_interval(period, "", []) is None:
        return None, None
    return _moment("start_time")(period), _moment("end_time")(period)


def _lifetime(message: Any) -> _Ends:
    ends = lifetime_ends(message.operational_lifetime)
    return ends.start, ends.end


# Tables -------------------------------------------------------------------------------------------

MICROGRID: Final[Columns] = {
    "name": _text("name"),
    "status_number": _number("status"),
    **_code("delivery_area"),
    "location_latitude": _degrees("latitude", 90),
    "location_longitude": _degrees("longitude", 180),
    "location_country_code": lambda message: message.location.country_code or None,
    "create_timestamp": _moment("create_timestamp"),
}
SENSOR: Final[Columns] = {
    "sensor_id": _id("id"),
    **{name: _text(name) for name in ("name", "manufacturer", "model_name", "model")},
    **_ends("operational_lifetime", _lifetime),
}
GRIDPOOL: Final[Columns] = {"gridpool_id": _id("id"), "name": _text("name")}
SCHEDULE: Final[Columns] = {
    "gridpool_id": _id("gridpool_id"),
    "schedule_id": _id("schedule_id"),
    "name": _text("name"),
    **_code("counterparty_balancing_group"),
    **_code("counterparty_delivery_area"),
    **_code("frequenz_delivery_area"),
    "direction_number": _number("direction"),
    **_ends("validity_period", _validity),
    "cancel_time": _moment("cancel_time"),
    "delivery_duration_number": _number("delivery_duration"),
}
_LOCATION: Final[Columns] = {
    "market_area_number": lambda message: int(message.market_location_ref.market_area),
    "market_location_id": lambda message: (
        message.market_location_ref.market_location_id.id.value or None
    ),
    "market_location_id_type_number": lambda message: int(
        message.market_location_ref.market_location_id.type
    ),
}


def _if_located(get: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda message: get(message) if message.HasField("market_location_ref") else None


RELATION: Final[Columns] = {
    "microgrid_id": _id("microgrid_id"),
    "gridpool_id": _id("gridpool_id"),
    **{name: _if_located(get) for name, get in _LOCATION.items()},
    **_code("delivery_area"),
}


def schedule_entries(schedules: Iterable[Any]) -> dict[str, list[Any]]:
    """Return the columns of the entries of energy schedules."""
    entries = [(schedule, entry) for schedule in schedules for entry in schedule.time_series]
    start = _moment("start_time")
    return {
        "gridpool_id": [schedule.gridpool_id or None for schedule, _ in entries],
        "schedule_id": [schedule.schedule_id or None for schedule, _ in entries],
        "start_time": [start(entry) for _, entry in entries],
        "active_power_w": [finite(entry.active_power_w) for _, entry in entries],
    }


def participations(relations: Iterable[Any]) -> dict[str, list[Any]]:
    """Return the columns of the participations of market topology relations."""
    entries = [
        (index, relation, entry)
        for index, relation in enumerate(relations)
        for entry in relation.participations
    ]
    ends = [_validity(entry) for _, _, entry in entries]
    return {
        "relation_index": [index for index, _, _ in entries],
        "microgrid_id": [relation.microgrid_id or None for _, relation, _ in entries],
        "gridpool_id": [relation.gridpool_id or None for _, relation, _ in entries],
        "type_number": [int(entry.type) for _, _, entry in entries],
        "validity_period_start": [start for start, _ in ends],
        "validity_period_end": [end for _, end in ends],
    }
