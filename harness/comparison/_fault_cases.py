"""What can be wrong with the reply of each call."""

from collections.abc import Mapping
from math import inf, nan
from typing import Any, Final

from . import plan
from ._case import EIC, END, ENUMS, MOMENTS, START, Case, Good, codes, each, periods, put, replies
from ._values import UNKNOWN

_MICROGRID: Final[Mapping[str, Any]] = {
    "enterprise_id": 7,
    "name": "Site",
    "delivery_area": {"code": EIC, "code_type": 1},
    "location": {"latitude": 52.5, "longitude": 13.5, "country_code": "DE"},
    "status": 1,
    "create_timestamp": {"seconds": 1_700_000_000},
}
_MICROGRID_CASES: Final = (
    put("latitude and longitude 0", "location", {"country_code": "DE"}),
    put("latitude 95", "location.latitude", 95.0),
    put("longitude NaN", "location.longitude", nan),
    put("longitude infinite", "location.longitude", inf),
    put("no country", "location.country_code", ""),
    put("country `Germany`", "location.country_code", "Germany"),
    put("no location", "location", None),
    *codes("the area", "delivery_area"),
    put("no delivery area", "delivery_area", None),
    *each("status", "status", ENUMS),
    put("no creation time", "create_timestamp", None),
    *each("created", "create_timestamp", MOMENTS),
    put("created 1999 ns after 1970 (no fault)", "create_timestamp", {"nanos": 1999}),
    put(
        "created in 1753 (no fault)",
        "create_timestamp",
        {"seconds": -6_847_804_800, "nanos": 123_457_000},
    ),
    put(
        "created in 9000 (no fault)",
        "create_timestamp",
        {"seconds": 221_845_392_000, "nanos": 123_457_000},
    ),
    put("no name (no fault)", "name", ""),
    put("id 0", "id", 0),
    put("enterprise id 0", "enterprise_id", 0),
    Case("empty microgrid", "id", dict.fromkeys(("id", *_MICROGRID))),
)

_LIFETIME: Final = {"start_timestamp": START, "end_timestamp": END}
_LIFETIME_CASES: Final = (
    *periods("lifetime", "operational_lifetime", *_LIFETIME),
    put("no lifetime", "operational_lifetime", None),
)

_BOUNDS: Final = "metric_config_bounds"
_POWER: Final = 26
_COMPONENT: Final[Mapping[str, Any]] = {
    "name": "Battery",
    "category": 5,
    "category_specific_info": {"battery": {"type": 1}},
    "manufacturer": "Maker",
    "model_name": "Model",
    "operational_lifetime": _LIFETIME,
    _BOUNDS: [{"metric": _POWER, "config_bounds": {"lower": -1.0, "upper": 1.0}}],
    "operational_mode": 4,
}


def _limits(what: str, **limits: float) -> Case:
    return Case(f"bounds: {what}", "rated_bounds", {f"{_BOUNDS}[0].config_bounds": limits})


def _metrics(what: str, *numbers: int) -> Case:
    entries = [{"metric": number, "config_bounds": {"lower": -1.0}} for number in numbers]
    return Case(f"bounds: {what}", "rated_bounds", {_BOUNDS: entries})


def _data(sentence: str, field: str, category: int, **data: Any) -> Case:
    return Case(sentence, field, {"category": category, "category_specific_info": data or None})


def _voltages(what: str, **volts: float) -> Case:
    sentence = f"transformer: {what}"
    return _data(sentence, "primary_power", 11, power_transformer={"secondary": 400.0, **volts})


_COMPONENT_CASES: Final = (
    *_LIFETIME_CASES,
    _limits("lower above upper", lower=5.0, upper=1.0),
    _limits("lower NaN", lower=nan, upper=1.0),
    _limits("upper infinite", lower=0.0, upper=inf),
    _limits("neither limit (no fault)"),
    Case("bounds: missing", "rated_bounds", {f"{_BOUNDS}[0].config_bounds": None}),
    _metrics("metric unspecified", 0),
    _metrics("metric unknown", UNKNOWN),
    _metrics("metric given twice", _POWER, _POWER),
    _data("category unspecified", "is a", 0),
    _data("category unspecified, battery's data", "is a", 0, battery={"type": 1}),
    _data("category unknown", "category", UNKNOWN),
    _data("battery's type unspecified", "is a", 5, battery={"type": 0}),
    _data("battery's type unknown", "type", 5, battery={"type": UNKNOWN}),
    _data("battery without its data", "is a", 5),
    _data("battery with an EV charger's data", "is a", 5, ev_charger={"type": 1}),
    _data("meter with an EV charger's data", "is a", 2, ev_charger={"type": 1}),
    _data("grid connection point without a rating", "rated_fuse_current", 1),
    _voltages("no primary voltage"),
    _voltages("primary voltage NaN", primary=nan),
    _voltages("primary voltage infinite", primary=inf),
    _voltages("primary voltage -20000", primary=-20_000.0),
    *each("mode", "operational_mode", ENUMS),
    put("no name (no fault)", "name", ""),
    put("no maker (no fault)", "manufacturer", ""),
    put("id 0", "id", 0),
    put("id of another component", "id", 1),
    put("component of another microgrid", "microgrid_id", 999_999),
    put("component of microgrid 0", "microgrid_id", 0),
)

_SOURCE: Final = "source_electrical_component_id"
_DESTINATION: Final = "destination_electrical_component_id"
_CONNECTION_CASES: Final = (
    *_LIFETIME_CASES,
    Case("to itself", "str()", {_DESTINATION: 2}),
    Case("from component 0", "str()", {_SOURCE: 0}),
    Case("to component 0", "str()", {_DESTINATION: 0}),
    Case("given twice", "str()", {_SOURCE: 1, _DESTINATION: 2}),
    Case(
        "given twice, one after the other (no fault)",
        "str()",
        {_SOURCE: 1, _DESTINATION: 2, "operational_lifetime": {"start_timestamp": END}},
    ),
)

_SENSOR_CASES: Final = (
    *_LIFETIME_CASES,
    put("no name (no fault)", "name", ""),
    put("id 0", "id", 0),
    put("id of another sensor", "id", 1),
    put("sensor of another microgrid", "microgrid_id", 999_999),
    put("sensor of microgrid 0", "microgrid_id", 0),
)

_GRIDPOOL_CASES: Final = (
    put("no name (no fault)", "name", ""),
    put("id 0", "id", 0),
    put("id of another gridpool", "id", 1),
)

_VALIDITY: Final = {"start_time": START, "end_time": END}
_SCHEDULE: Final[Mapping[str, Any]] = {
    "name": "Schedule",
    "counterparty_balancing_group": {"code": EIC, "code_type": 1},
    "counterparty_delivery_area": {"code": EIC, "code_type": 1},
    "frequenz_delivery_area": {"code": EIC, "code_type": 1},
    "direction": 1,
    "validity_period": _VALIDITY,
    "delivery_duration": 2,
    "time_series": [
        {"start_time": {"seconds": 1_600_000_200 + seconds}, "active_power_w": 1000.0}
        for seconds in (0, 900, 1800)
    ],
}
_ENTRY: Final = "time_series[1]"
_SCHEDULE_CASES: Final = (
    *codes("the balancing group", "counterparty_balancing_group"),
    *codes("the delivery area", "frequenz_delivery_area"),
    put("no balancing group", "counterparty_balancing_group", None),
    put("no delivery area", "counterparty_delivery_area", None),
    *each("direction", "direction", ENUMS),
    *periods("validity", "validity_period", *_VALIDITY),
    put("no validity", "validity_period", None),
    *each("cancelled", "cancel_time", MOMENTS),
    *each("duration", "delivery_duration", ENUMS),
    *each("entry", f"{_ENTRY}.start_time", MOMENTS),
    put("entry without a start", f"{_ENTRY}.start_time", None),
    put("entry within another", f"{_ENTRY}.start_time", {"seconds": 1_600_000_500}),
    put("entry's power NaN", f"{_ENTRY}.active_power_w", nan),
    put("entry's power infinite", f"{_ENTRY}.active_power_w", inf),
    put("no name (no fault)", "name", ""),
    put("id 0", "schedule_id", 0),
    put("id of another schedule", "schedule_id", 1),
    put("schedule of another gridpool", "gridpool_id", 999_999),
    put("schedule of gridpool 0", "gridpool_id", 0),
)

_LOCATION: Final = "market_location_ref"
_LOCATION_ID: Final = f"{_LOCATION}.market_location_id"
_RELATION: Final[Mapping[str, Any]] = {
    _LOCATION: {
        "market_area": 101,
        "market_location_id": {"id": {"value": "51238696781"}, "type": 1},
    },
    "delivery_area": {"code": EIC, "code_type": 1},
    "participations": [{"type": 1, "validity_period": _VALIDITY}],
}
_PARTICIPATION: Final = "participations[0]"
_NO_GRIDPOOL: Final = {"gridpool_id": None, "delivery_area": None, "participations": None}
_RELATION_CASES: Final = (
    Case("of a microgrid alone", "gridpool_id", {**_NO_GRIDPOOL, _LOCATION: None}),
    Case("of nothing", "gridpool_id", {**_NO_GRIDPOOL, _LOCATION: None, "microgrid_id": None}),
    Case("without a gridpool (no fault)", "gridpool_id", _NO_GRIDPOOL),
    put("with a gridpool, without an area", "delivery_area", None),
    Case(
        "without a gridpool, with an area",
        "delivery_area.code",
        {"gridpool_id": None, "participations": None},
    ),
    Case(
        "without a gridpool, with participations",
        f"{_PARTICIPATION}.type",
        {"gridpool_id": None, "delivery_area": None},
    ),
    *codes("the area", "delivery_area"),
    *each("market area", f"{_LOCATION}.market_area", ENUMS),
    put("no identifier of the location", _LOCATION_ID, None),
    Case("empty identifier", f"{_LOCATION_ID}.value", {f"{_LOCATION_ID}.id.value": ""}),
    *each("type of identifier", f"{_LOCATION_ID}.type", ENUMS),
    *each("market", f"{_PARTICIPATION}.type", ENUMS),
    *periods("participation", f"{_PARTICIPATION}.validity_period", *_VALIDITY),
    put("no validity (no fault)", f"{_PARTICIPATION}.validity_period", None),
    put("gridpool 0", "gridpool_id", 0),
    put("microgrid 0", "microgrid_id", 0),
)

CALLS: Final[tuple[tuple[Good, tuple[Case, ...]], ...]] = (
    (
        Good(plan.MICROGRID, _MICROGRID, {}, requested="id"),
        (
            *_MICROGRID_CASES,
            put("another microgrid than requested", "id", 999_999),
            *replies("id"),
        ),
    ),
    (
        Good(plan.MICROGRIDS, _MICROGRID, {"id": 1}),
        (*_MICROGRID_CASES, put("id of another microgrid", "id", 1), *replies()),
    ),
    (
        Good(plan.COMPONENTS, _COMPONENT, {"id": 1}, requested="microgrid_id"),
        (*_COMPONENT_CASES, *replies(owner="microgrid_id")),
    ),
    (
        Good(
            plan.CONNECTIONS,
            {"operational_lifetime": _LIFETIME},
            {_SOURCE: 1, _DESTINATION: 2},
            requested="microgrid_id",
        ),
        (*_CONNECTION_CASES, *replies(owner="microgrid_id")),
    ),
    (
        Good(
            plan.SENSORS,
            {"name": "Sensor", "model": "Model", "operational_lifetime": _LIFETIME},
            {"id": 1},
            requested="microgrid_id",
        ),
        (*_SENSOR_CASES, *replies(owner="microgrid_id")),
    ),
    (
        Good(plan.GRIDPOOLS, {"name": "Gridpool"}, {"id": 1}),
        (*_GRIDPOOL_CASES, *replies()),
    ),
    (
        Good(plan.SCHEDULES, _SCHEDULE, {"schedule_id": 1}, requested="gridpool_id"),
        (*_SCHEDULE_CASES, *replies(owner="gridpool_id")),
    ),
    (
        Good(plan.RELATIONS, _RELATION, {"microgrid_id": 1}, requested="gridpool_id"),
        (*_RELATION_CASES, *replies()),
    ),
)
"""Every call, and what can be wrong with its reply."""
