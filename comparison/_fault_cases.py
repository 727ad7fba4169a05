"""What can be wrong with a microgrid, a component or a connection: one change each.

A change names the fields that get another value than a good message has; None leaves a field out.
"""

from collections.abc import Mapping
from math import inf, nan
from typing import Any, Final, NamedTuple

from ._values import UNKNOWN


class Case(NamedTuple):
    """What makes a good message a faulty one."""

    sentence: str

    field: str
    """Where to see what a client makes of it, from the item on; empty = nowhere."""

    changes: Mapping[str, Any]


_YEAR_10000: Final = {"seconds": 253_402_300_800}
_FAR: Final = {"seconds": 2**62}
_YEAR_1753: Final = {"seconds": -6_847_804_800, "nanos": 123_457_000}
_YEAR_9000: Final = {"seconds": 221_845_392_000, "nanos": 123_457_000}
_START: Final = {"seconds": 1_600_000_000}
_END: Final = {"seconds": 1_900_000_000}

_AREA: Final = {"code": "10YDE-EON------1", "code_type": 1}
_PLACE: Final = {"latitude": 52.5, "longitude": 13.5, "country_code": "DE"}

GOOD_MICROGRID: Final[Mapping[str, Any]] = {
    "enterprise_id": 7,
    "name": "Site",
    "delivery_area": _AREA,
    "location": _PLACE,
    "status": 1,
    "create_timestamp": {"seconds": 1_700_000_000},
}


def _place(field: str, value: Any) -> dict[str, Any]:
    return {"location": {**_PLACE, field: value}}


def _area(field: str, value: Any) -> dict[str, Any]:
    return {"delivery_area": {**_AREA, field: value}}


def _created(**timestamp: int) -> dict[str, Any]:
    return {"create_timestamp": timestamp}


MICROGRIDS: Final = (
    Case("latitude 95", "location.latitude", _place("latitude", 95.0)),
    Case("longitude NaN", "location.longitude", _place("longitude", nan)),
    Case("longitude infinite", "location.longitude", _place("longitude", inf)),
    Case("no country", "location.country_code", _place("country_code", "")),
    Case("country `Germany`", "location.country_code", _place("country_code", "Germany")),
    Case("no location", "location", {"location": None}),
    Case("no area code", "delivery_area.code", _area("code", "")),
    Case("type of area code unspecified", "delivery_area.code_type", _area("code_type", 0)),
    Case("type of area code unknown", "delivery_area.code_type", _area("code_type", UNKNOWN)),
    Case("no delivery area", "delivery_area", {"delivery_area": None}),
    Case("status unspecified", "status", {"status": 0}),
    Case("status unknown", "status", {"status": UNKNOWN}),
    Case("not said when created", "create_timestamp", {"create_timestamp": None}),
    Case("created in the year 10000", "create_timestamp", {"create_timestamp": _YEAR_10000}),
    Case("created 2**62 s after 1970", "create_timestamp", {"create_timestamp": _FAR}),
    Case("created at -1 ns", "create_timestamp", _created(seconds=1, nanos=-1)),
    Case("created at 1999 ns (no fault)", "create_timestamp", _created(seconds=0, nanos=1999)),
    Case("created in 1753 (no fault)", "create_timestamp", {"create_timestamp": _YEAR_1753}),
    Case("created in 9000 (no fault)", "create_timestamp", {"create_timestamp": _YEAR_9000}),
    Case("no name (no fault)", "name", {"name": ""}),
    Case("id 0", "id", {"id": 0}),
    Case("another microgrid than asked for", "id", {"id": 999_999}),
    Case("enterprise id 0", "enterprise_id", {"enterprise_id": 0}),
)

_METRIC: Final = 26

GOOD_COMPONENT: Final[Mapping[str, Any]] = {
    "name": "Battery",
    "category": 5,
    "category_specific_info": {"battery": {"type": 1}},
    "manufacturer": "Maker",
    "model_name": "Model",
    "operational_lifetime": {"start_timestamp": _START, "end_timestamp": _END},
    "metric_config_bounds": [{"metric": _METRIC, "config_bounds": {"lower": -1.0, "upper": 1.0}}],
    "operational_mode": 4,
}


def _bounds(**limits: float) -> dict[str, Any]:
    return {"metric_config_bounds": [{"metric": _METRIC, "config_bounds": limits}]}


def _metrics(*numbers: int) -> dict[str, Any]:
    entries = [{"metric": number, "config_bounds": {"lower": -1.0}} for number in numbers]
    return {"metric_config_bounds": entries}


def _data(category: int, **data: Any) -> dict[str, Any]:
    return {"category": category, "category_specific_info": data or None}


def _lifetime(start: Mapping[str, int] | None, end: Mapping[str, int] | None) -> dict[str, Any]:
    given = {"start_timestamp": start, "end_timestamp": end}
    return {"operational_lifetime": {name: at for name, at in given.items() if at is not None}}


_LIFETIMES: Final = (
    Case("lifetime ends before it starts", "operational_lifetime", _lifetime(_END, _START)),
    Case("lifetime starts 2**62 s after 1970", "operational_lifetime", _lifetime(_FAR, None)),
    Case("lifetime ends in 10000", "operational_lifetime", _lifetime(_START, _YEAR_10000)),
    Case("no lifetime", "operational_lifetime", {"operational_lifetime": None}),
)

COMPONENTS: Final = (
    *_LIFETIMES,
    Case("bounds: lower above upper", "rated_bounds", _bounds(lower=5.0, upper=1.0)),
    Case("bounds: lower NaN", "rated_bounds", _bounds(lower=nan, upper=1.0)),
    Case("bounds: upper infinite", "rated_bounds", _bounds(lower=0.0, upper=inf)),
    Case("bounds: neither limit", "rated_bounds", _bounds()),
    Case("bounds: missing", "rated_bounds", {"metric_config_bounds": [{"metric": _METRIC}]}),
    Case("bounds: metric unspecified", "rated_bounds", _metrics(0)),
    Case("bounds: metric unknown", "rated_bounds", _metrics(UNKNOWN)),
    Case("bounds: metric given twice", "rated_bounds", _metrics(_METRIC, _METRIC)),
    Case("category unspecified", "is a", _data(0)),
    Case("category unspecified, battery's data", "is a", _data(0, battery={"type": 1})),
    Case("category unknown", "category", _data(UNKNOWN)),
    Case("battery's type unspecified", "is a", _data(5, battery={"type": 0})),
    Case("battery's type unknown", "type", _data(5, battery={"type": UNKNOWN})),
    Case("battery without its data", "is a", _data(5)),
    Case("battery with an EV charger's data", "is a", _data(5, ev_charger={"type": 1})),
    Case("meter with an EV charger's data", "is a", _data(2, ev_charger={"type": 1})),
    Case("grid connection point without a rating", "rated_fuse_current", _data(1)),
    Case(
        "transformer's voltage NaN",
        "primary_power",
        _data(11, power_transformer={"primary": nan, "secondary": 400.0}),
    ),
    Case("mode unspecified", "operational_mode", {"operational_mode": 0}),
    Case("mode unknown", "operational_mode", {"operational_mode": UNKNOWN}),
    Case("neither name nor maker (no fault)", "name", {"name": "", "manufacturer": ""}),
    Case("id 0", "id", {"id": 0}),
    Case("id of another component", "id", {"id": 1}),
    Case("component of another microgrid", "microgrid_id", {"microgrid_id": 999_999}),
)

GOOD_CONNECTION: Final[Mapping[str, Any]] = {
    "operational_lifetime": {"start_timestamp": _START, "end_timestamp": _END},
}

CONNECTIONS: Final = (
    *_LIFETIMES,
    Case("to itself", "str()", {"destination_electrical_component_id": 2}),
    Case("from component 0", "str()", {"source_electrical_component_id": 0}),
    Case(
        "given twice",
        "str()",
        {"source_electrical_component_id": 1, "destination_electrical_component_id": 2},
    ),
)
