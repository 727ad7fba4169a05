"""What a client must make of a message: the fields of its object as JSON."""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from ._fleet import FAULTY
from ._select import time_of

Value: TypeAlias = Callable[[Any], Any]
Fields: TypeAlias = Mapping[str, Value]


def _time(field: str) -> Value:
    def value(message: Any) -> str | None:
        time = time_of(message, field)
        return time.isoformat() if time else None

    return value


def _same(field: str) -> Value:
    return lambda message: getattr(message, field)


def _text(field: str) -> Value:
    """Return the function that reads a text; empty texts become None."""
    return lambda message: getattr(message, field) or None


def _optional(field: str) -> Value:
    return lambda message: getattr(message, field) if message.HasField(field) else None


def _part(field: str, fields: Fields) -> Value:
    def value(message: Any) -> dict[str, Any] | None:
        return fields_of(fields, getattr(message, field)) if message.HasField(field) else None

    return value


def _parts(field: str, fields: Fields) -> Value:
    return lambda message: [fields_of(fields, part) for part in getattr(message, field)]


def fields_of(fields: Fields, message: Any) -> dict[str, Any]:
    """Return what a client makes of the fields of a message."""
    return {name: value(message) for name, value in fields.items()}


_AREA: Final[Fields] = {"code": _text("code"), "code_type": _same("code_type")}
_LIFETIME: Final[Fields] = {"start": _time("start_timestamp"), "end": _time("end_timestamp")}
_INTERVAL: Final[Fields] = {"start": _time("start_time"), "end": _time("end_time")}

_MICROGRID: Final[Fields] = {
    "id": _same("id"),
    "enterprise_id": _same("enterprise_id"),
    "name": _text("name"),
    "delivery_area": _part("delivery_area", _AREA),
    "location": _part(
        "location",
        {name: _same(name) for name in ("latitude", "longitude", "country_code")},
    ),
    "status": _same("status"),
    "create_timestamp": _time("create_timestamp"),
}


def _bounds(message: Any) -> dict[str, Any]:
    return {
        str(entry.metric): {
            "lower": _optional("lower")(entry.config_bounds),
            "upper": _optional("upper")(entry.config_bounds),
        }
        for entry in message.metric_config_bounds
    }


_COMPONENT: Final[Fields] = {
    "id": _same("id"),
    "microgrid_id": _same("microgrid_id"),
    "name": _text("name"),
    "category": _same("category"),
    "manufacturer": _text("manufacturer"),
    "model_name": _text("model_name"),
    "model": _text("model"),
    # Without a lifetime, a component is always operational.
    "operational_lifetime": lambda message: fields_of(_LIFETIME, message.operational_lifetime),
    "rated_bounds": _bounds,
    "operational_mode": _same("operational_mode"),
}
_OF_CATEGORY: Final[Mapping[str, Fields]] = {
    "battery": {"type": _same("type")},
    "ev_charger": {"type": _same("type")},
    "inverter": {"type": _same("type")},
    "grid_connection_point": {"rated_fuse_current": _same("rated_fuse_current")},
    "power_transformer": {
        "primary_power": _same("primary"),
        "secondary_power": _same("secondary"),
    },
}


def _component(message: Any) -> dict[str, Any]:
    kind = message.category_specific_info.WhichOneof("kind")
    data = getattr(message.category_specific_info, kind) if kind else None
    return fields_of(_COMPONENT, message) | fields_of(_OF_CATEGORY.get(kind, {}), data)


_CONNECTION: Final[Fields] = {
    "source": _same("source_electrical_component_id"),
    "destination": _same("destination_electrical_component_id"),
    "operational_lifetime": lambda message: fields_of(_LIFETIME, message.operational_lifetime),
}
_SENSOR: Final[Fields] = {
    "id": _same("id"),
    "microgrid_id": _same("microgrid_id"),
    "name": _text("name"),
    "manufacturer": _text("manufacturer"),
    "model_name": _text("model_name"),
    "model": _text("model"),
    "operational_lifetime": _part("operational_lifetime", _LIFETIME),
}
_GRIDPOOL: Final[Fields] = {"id": _same("id"), "name": _text("name")}
_SCHEDULE: Final[Fields] = {
    "gridpool_id": _same("gridpool_id"),
    "schedule_id": _same("schedule_id"),
    "name": _text("name"),
    "counterparty_balancing_group": _part("counterparty_balancing_group", _AREA),
    "counterparty_delivery_area": _part("counterparty_delivery_area", _AREA),
    "frequenz_delivery_area": _part("frequenz_delivery_area", _AREA),
    "direction": _same("direction"),
    "validity_period": _part("validity_period", _INTERVAL),
    "cancel_time": _time("cancel_time"),
    "delivery_duration": _same("delivery_duration"),
    "time_series": _parts(
        "time_series",
        {"start_time": _time("start_time"), "active_power_w": _same("active_power_w")},
    ),
}
_LOCATION: Final[Fields] = {
    "value": lambda message: message.id.value or None,
    "type": _same("type"),
}
_RELATION: Final[Fields] = {
    "microgrid_id": _optional("microgrid_id"),
    "market_location_ref": _part(
        "market_location_ref",
        {
            "market_area": _same("market_area"),
            "market_location_id": _part("market_location_id", _LOCATION),
        },
    ),
    "gridpool_id": _optional("gridpool_id"),
    "delivery_area": _part("delivery_area", _AREA),
    "participations": _parts(
        "participations",
        {"type": _same("type"), "validity_period": _part("validity_period", _INTERVAL)},
    ),
}

_ITEMS: Final[Mapping[str, Value]] = {
    "Microgrid": lambda message: fields_of(_MICROGRID, message),
    "ElectricalComponent": _component,
    "ElectricalComponentConnection": lambda message: fields_of(_CONNECTION, message),
    "Sensor": lambda message: fields_of(_SENSOR, message),
    "Gridpool": lambda message: fields_of(_GRIDPOOL, message),
    "GridpoolEnergySchedule": lambda message: fields_of(_SCHEDULE, message),
    "MarketTopologyRelation": lambda message: fields_of(_RELATION, message),
}
"""What a client makes of each message that calls return, by its name."""

_IDS: Final = frozenset({"id", "source", "destination"})


def item(message: Any) -> dict[str, Any]:
    """Return what a client makes of a message that a call returns."""
    fields: dict[str, Any] = _ITEMS[message.DESCRIPTOR.name](message)
    return fields


def without_faulty_fields(
    arguments: Mapping[str, Any], fields: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the fields of an item; those of the faulty microgrid without all but its IDs."""
    is_faulty = arguments.get("microgrid_id") == FAULTY or fields.get("id") == FAULTY
    return {name: value for name, value in fields.items() if not is_faulty or name in _IDS}
