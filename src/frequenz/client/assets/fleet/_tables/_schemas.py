"""The schemas of the tables.

Each column has a description in its metadata, and a unit if it is a quantity. `docs/tables.md` is
compared with this module by a test.
"""

from collections.abc import Mapping
from typing import Any, Final

import pyarrow as pa

from ._enums import NAMES

MOMENT: Final = pa.timestamp("ns", "UTC")

Fields = list[Any]


def _field(name: str, kind: Any, description: str, unit: str | None = None) -> Any:
    metadata = {"description": description} | ({} if unit is None else {"unit": unit})
    return pa.field(name, kind, metadata=metadata)


def _id(name: str, description: str) -> Any:
    return _field(name, pa.uint64(), description)


def _text(name: str, description: str) -> Any:
    return _field(name, pa.string(), description)


def _moment(name: str, description: str) -> Any:
    return _field(name, MOMENT, description)


def _enum(name: str, description: str) -> Fields:
    number = f"the number of `{name}` in the API"
    return [_field(name, NAMES, description), _field(f"{name}_number", pa.int32(), number)]


def _period(name: str, subject: str, end: str) -> Fields:
    return [
        _moment(f"{name}_start", f"the start of {subject}; null if it has none"),
        _moment(f"{name}_end", f"the end of {subject}, {end}; null if it has none"),
    ]


def _code(name: str, subject: str) -> Fields:
    return [
        _text(f"{name}_code", f"the code of {subject}, such as an EIC"),
        *_enum(f"{name}_code_type", f"the type of the code of {subject}"),
    ]


_SITE: Final = [
    _id("microgrid_id", "the microgrid that lists it"),
    _id("enterprise_id", "the enterprise of that microgrid"),
]
_PRODUCT: Final = [
    _text("manufacturer", "the manufacturer; deprecated in the API"),
    _text("model_name", "the model without its manufacturer; deprecated in the API"),
    _text("model", "the manufacturer and the model"),
]
_LIFETIME: Final = _period("operational_lifetime", "the operational lifetime", "included")

SCHEMAS: Final[Mapping[str, Any]] = {
    name: pa.schema(fields)
    for name, fields in {
        "microgrids": [
            _id("microgrid_id", "the microgrid"),
            _id("enterprise_id", "the enterprise to which it belongs"),
            _text("name", "its name"),
            *_enum("status", "its status"),
            *_code("delivery_area", "the delivery area"),
            _field("location_latitude", pa.float32(), "degrees north of the equator", "deg"),
            _field("location_longitude", pa.float32(), "degrees east of Greenwich", "deg"),
            _text("location_country_code", "ISO 3166-1 alpha-2"),
            _moment("create_timestamp", "when it was created on the platform"),
        ],
        "components": [
            *_SITE,
            _id("component_id", "the component, unique in its microgrid"),
            _text("name", "its name"),
            *_enum("category", "its category"),
            *_enum("type", "its type, of batteries, inverters and EV chargers"),
            *_PRODUCT,
            *_LIFETIME,
            *_enum("operational_mode", "what it offers to control"),
            _field("rated_fuse_current", pa.uint32(), "the fuse of a grid connection point", "A"),
            _field("primary_power", pa.float32(), "the primary voltage of a transformer", "V"),
            _field("secondary_power", pa.float32(), "the secondary voltage of a transformer", "V"),
        ],
        "connections": [
            *_SITE,
            _id("source_component_id", "the component on the side of the grid"),
            _id("destination_component_id", "the component on the other side"),
            *_LIFETIME,
        ],
        "sensors": [
            *_SITE,
            _id("sensor_id", "the sensor, unique in its microgrid"),
            _text("name", "its name"),
            *_PRODUCT,
            *_LIFETIME,
        ],
        "rated_bounds": [
            *_SITE,
            _id("component_id", "the component"),
            *_enum("category", "the category of the component"),
            *_enum("metric", "what is limited"),
            _field(
                "lower", pa.float32(), "the least, in the unit of the metric; null if not limited"
            ),
            _field(
                "upper", pa.float32(), "the most, in the unit of the metric; null if not limited"
            ),
        ],
        "gridpools": [_id("gridpool_id", "the gridpool"), _text("name", "its name")],
        "energy_schedules": [
            _id("gridpool_id", "the gridpool that exchanges the energy"),
            _id("schedule_id", "the schedule, unique in its gridpool"),
            _text("name", "its name"),
            *_code("counterparty_balancing_group", "the balancing group of the counterparty"),
            *_code("counterparty_delivery_area", "the delivery area of the counterparty"),
            *_code("frequenz_delivery_area", "the delivery area of Frequenz"),
            *_enum("direction", "as seen from the balancing group of Frequenz"),
            *_period("validity_period", "the validity period", "not included"),
            _moment("cancel_time", "when it was cancelled"),
            *_enum("delivery_duration", "how long each delivery period is"),
        ],
        "schedule_entries": [
            _id("gridpool_id", "the gridpool of the schedule"),
            _id("schedule_id", "the schedule"),
            _moment("start_time", "when the delivery period starts"),
            _field("active_power_w", pa.float64(), "the scheduled active power", "W"),
        ],
        "market_relations": [
            _id("relation_index", "the relation, which has no ID: its place in the list, from 0"),
            _id("microgrid_id", "the microgrid, if it relates one"),
            _id("gridpool_id", "the gridpool, if it relates one"),
            *_enum("market_area", "the market area of the market location"),
            _text("market_location_id", "the official identifier of the market location"),
            *_enum("market_location_id_type", "the type of that identifier"),
            *_code("delivery_area", "the delivery area in which it holds"),
        ],
        "participations": [
            _id("relation_index", "the relation that takes part"),
            _id("microgrid_id", "the microgrid of the relation"),
            _id("gridpool_id", "the gridpool of the relation"),
            *_enum("type", "the type of market"),
            *_period("validity_period", "the participation", "not included"),
        ],
        "findings": [
            _id("microgrid_id", "the microgrid that lists the entity, or that a relation names"),
            _id("gridpool_id", "the gridpool of the entity"),
            _text("entity", "the kind of entity: `component`, `connection`, ...; or `reply`"),
            _id("entity_id", "its ID; null for connections, relations and replies"),
            _id("source_component_id", "the source of a connection"),
            _id("destination_component_id", "the destination of a connection"),
            _id("relation_index", "a relation of the market topology"),
            _text("entity_name", "the entity in sentences, such as `component 17`"),
            _text("rule", "the rule that is broken, such as `bounds-inverted`"),
            _text("severity", "`major` or `minor`"),
            _text("path", "the field, from the entity on"),
            _text("sentence", "what is wrong, and what is made of it"),
            _text("advice", "what to do about it"),
        ],
    }.items()
}
"""By the name of the table, its columns."""

OF_SITES: Final = ("microgrids", "components", "connections", "sensors", "rated_bounds")
"""The tables whose rows belong to sites."""

INNER_TABLES: Final[Mapping[str, str]] = {
    "components": "rated_bounds",
    "energy_schedules": "schedule_entries",
    "market_relations": "participations",
}
"""By the name of a table, the one with the lists inside its entities."""
