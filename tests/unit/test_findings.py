"""What is said of a message that is wrong, and what is made of it."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import pytest
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from frequenz.client.assets import (
    DeliveryArea,
    DeliveryDuration,
    EnergyMarketCodeType,
    GridpoolEnergyScheduleTimeSeriesEntry,
    Interval,
    Lifetime,
    Location,
    MarketLocationId,
    MarketLocationIdType,
    MarketLocationRef,
)
from frequenz.client.assets._wire.component import decode_component, decode_connection
from frequenz.client.assets._wire.findings import Severity, decode_all, major, minor, sentences
from frequenz.client.assets._wire.names import entity_name
from frequenz.client.assets.electrical_component import (
    InverterType,
    Meter,
    UnrecognizedComponent,
    UnspecifiedBattery,
    UnspecifiedComponent,
    UnspecifiedInverter,
)
from frequenz.client.assets.metrics import Bounds, Metric

from .messages import (
    GOOD,
    OWN_INFO,
    Category,
    bounds_message,
    decoded,
    good_component,
    good_connection,
    good_gridpool,
    good_microgrid,
    good_relation,
    good_schedule,
    good_sensor,
    market_pb,
    spoilt,
)

# One fault, one finding ---------------------------------------------------------------------------


class Fault(NamedTuple):
    """A fault, and what is said of it."""

    good: str
    """The kind of message that is spoilt."""

    changes: Mapping[str, Any]
    """How it is spoilt."""

    severity: Severity
    path: str
    words: str


def _faults(severity: Severity) -> Callable[..., Fault]:
    return lambda good, changes, path, words: Fault(good, changes, severity, path, words)


_major = _faults(Severity.MAJOR)
_minor = _faults(Severity.MINOR)

_area = "delivery_area"
_info = "category_specific_info"
_bounds = "metric_config_bounds[0]"
_ac_power = "rated_bounds[AC_POWER_ACTIVE]"
_lifetime = "operational_lifetime"

_NAN = float("nan")
_INFINITY = float("inf")
_TYPED = ("battery", "ev_charger", "inverter")
_OWN_INFO = {name: name for name in _TYPED} | {
    "grid": "grid_connection_point",
    "transformer": "power_transformer",
}
_SECOND_BOUNDS = bounds_message(Metric.AC_POWER_ACTIVE, upper=1)

OF_MICROGRIDS: Final = [
    _major("microgrid", {"status": 0}, "status", "unspecified"),
    _major("microgrid", {"status": 9}, "status", "9 is unrecognized"),
    _minor("microgrid", {_area: None}, _area, "missing"),
    _minor("microgrid", {"location": None}, "location", "missing"),
    _minor("microgrid", {"location.country_code": ""}, "location.country_code", "missing"),
    *(
        _major("microgrid", {"location.country_code": code}, "location.country_code", repr(code))
        for code in ("de", "D", "DEU", "DE\n", "D3", "ÄÖ")
    ),
    *(
        _major(
            "microgrid", {f"location.{name}": angle}, f"location.{name}", f"-{limit} and {limit}"
        )
        for name, limit in (("latitude", 90), ("longitude", 180))
        for angle in (limit + 0.5, -limit - 0.5, _NAN, _INFINITY, -_INFINITY)
    ),
    _minor("microgrid", {"create_timestamp": None}, "create_timestamp", "missing"),
    *(
        _major("microgrid", {"create_timestamp.nanos": nanos}, "create_timestamp", "nanoseconds")
        for nanos in (-1, 10**9, -(2**31), 2**31 - 1)
    ),
    *(
        _major("microgrid", {"create_timestamp.seconds": seconds}, "create_timestamp", "1 and 9999")
        for seconds in (-62135596801, 253402300800, 2**62, -(2**63))
    ),
]

OF_KINDS: Final = [
    _major("meter", {"category": 0}, "category", "unspecified"),
    _major("meter", {"category": 77}, "category", "77 is unrecognized"),
    _major("meter", {"category": -1}, "category", "-1 is unrecognized"),
    *(
        _major(good, {f"{_info}.{good}.type": number}, "type", words)
        for good in _TYPED
        for number, words in ((0, "unspecified"), (99, "99 is unrecognized"))
    ),
    *(_major(good, {_info: None}, "type", "unspecified") for good in _TYPED),
    *(
        _minor(good, {f"{_info}.{_OWN_INFO[good]}.{rating}": 0}, field, "missing")
        for good, rating, field in (
            ("grid", "rated_fuse_current", "rated_fuse_current"),
            ("transformer", "primary", "primary_power"),
            ("transformer", "secondary", "secondary_power"),
        )
    ),
    _minor("grid", {_info: None}, "rated_fuse_current", "missing"),
    _major("meter", {f"{_info}.ev_charger.type": 1}, _info, "is that of category ev_charger"),
    _major("meter", {f"{_info}.inverter": {}}, _info, "but the category is meter"),
    *(
        # Foreign data is one fault: that the category's own is missing is not said, too.
        _major(good, {f"{_info}.{foreign}": {}}, _info, f"is that of category {foreign}")
        for good, own in _OWN_INFO.items()
        for foreign in OWN_INFO.values()
        if foreign != own
    ),
    # Where the category says nothing, no data is foreign.
    _major("battery", {"category": 0}, "category", "unspecified"),
    _major("battery", {"category": 77}, "category", "77 is unrecognized"),
]

OF_COMPONENTS: Final = [
    _minor("meter", {"operational_mode": 0}, "operational_mode", "unspecified"),
    _major("meter", {"operational_mode": 99}, "operational_mode", "99 is unrecognized"),
    _minor("meter", {_lifetime: None}, _lifetime, "missing"),
    _major("meter", {f"{_bounds}.metric": 0}, "rated_bounds.metric", "unspecified"),
    _major("meter", {f"{_bounds}.metric": 9999}, "rated_bounds.metric", "9999 is unrecognized"),
    _major("meter", {f"{_bounds}.config_bounds": None}, _ac_power, "no bounds"),
    _major("meter", {f"{_bounds}.config_bounds.lower": 6}, _ac_power, "lower 6 is above upper 5"),
    _major("meter", {"metric_config_bounds": [_SECOND_BOUNDS]}, _ac_power, "twice"),
]

OF_CONNECTIONS: Final = [
    _major("connection", {f"{end}_electrical_component_id": other}, "destination", "is the source")
    for end, other in (("source", 2), ("destination", 1))
]

OF_LIFETIMES: Final = [
    fault
    for good in ("meter", "connection", "sensor")
    for fault in (
        _major(good, {f"{_lifetime}.end_timestamp.seconds": 9}, _lifetime, "after its end"),
        _major(good, {f"{_lifetime}.start_timestamp.nanos": -1}, f"{_lifetime}.start", "-1 nano"),
        _major(good, {f"{_lifetime}.end_timestamp.seconds": 2**62}, f"{_lifetime}.end", "years"),
    )
]


_ALL_AREAS = [
    ("microgrid", "delivery_area"),
    ("relation", "delivery_area"),
    ("schedule", "counterparty_balancing_group"),
    ("schedule", "counterparty_delivery_area"),
    ("schedule", "frequenz_delivery_area"),
]
OF_CODES: Final = [
    fault
    for good, path in _ALL_AREAS
    for fault in (
        _minor(good, {f"{path}.code": ""}, f"{path}.code", "missing"),
        _major(good, {f"{path}.code_type": 0}, f"{path}.code_type", "unspecified"),
        _major(good, {f"{path}.code_type": 9}, f"{path}.code_type", "9 is unrecognized"),
        _major(good, {f"{path}.code": "10YDE-VE-------3"}, f"{path}.code", "but 2 fits"),
        *(
            _major(good, {f"{path}.code": code}, f"{path}.code", "is no EIC: that is 16 of")
            for code in ("DE", "10yde-ve-------2", "10YDE-VE-------22", "10YDE-VE--------", "\n")
        ),
    )
]


def _of_interval(good: str, path: str) -> list[Fault]:
    """Return the faults of an interval that starts in 2022 and has no end."""
    return [
        _major(good, {f"{path}.end_time.seconds": 9}, path, "after its end"),
        _major(good, {f"{path}.start_time.nanos": -1}, f"{path}.start", "-1 nanoseconds"),
        _major(good, {f"{path}.end_time.seconds": 2**62}, f"{path}.end", "years 1 and 9999"),
    ]


OF_SCHEDULES: Final = [
    *(
        _minor("schedule", {path: None}, path, "missing")
        for path in (
            "counterparty_balancing_group",
            "counterparty_delivery_area",
            "frequenz_delivery_area",
            "validity_period",
        )
    ),
    *_of_interval("schedule", "validity_period"),
    *(
        _major("schedule", {path: number}, path, words)
        for path in ("direction", "delivery_duration")
        for number, words in ((0, "unspecified"), (9, "9 is unrecognized"))
    ),
    _major("schedule", {"cancel_time.nanos": -1}, "cancel_time", "-1 nanoseconds"),
    _minor("schedule", {"time_series[0].start_time": None}, "time_series[0].start_time", "missing"),
    _major(
        "schedule",
        {"time_series[0].start_time.seconds": 2**62},
        "time_series[0].start_time",
        "years 1 and 9999",
    ),
]

_ENDS = "gridpool_id, microgrid_id, market_location_ref"
_LOCATION = "market_location_ref"
OF_RELATIONS: Final = [
    _major("relation", {"microgrid_id": None, _LOCATION: None}, _ENDS, "got gridpool_id"),
    _major("relation", {"delivery_area": None}, "delivery_area", "with a gridpool needs one"),
    _major(
        "relation",
        {"gridpool_id": None, "participations": None},
        "delivery_area",
        "without a gridpool",
    ),
    _major(
        "relation",
        {"gridpool_id": None, "delivery_area": None},
        "participations",
        "without a gridpool",
    ),
    _major("relation", {f"{_LOCATION}.market_area": 0}, f"{_LOCATION}.market_area", "unspecified"),
    _major("relation", {f"{_LOCATION}.market_area": 7}, f"{_LOCATION}.market_area", "7 is unrec"),
    _minor(
        "relation",
        {f"{_LOCATION}.market_location_id": None},
        f"{_LOCATION}.market_location_id",
        "missing",
    ),
    *(
        _minor(
            "relation",
            {f"{_LOCATION}.market_location_id.{path}": nothing},
            f"{_LOCATION}.market_location_id.value",
            "missing",
        )
        for path, nothing in (("id", None), ("id.value", ""))
    ),
    *(
        _major(
            "relation",
            {f"{_LOCATION}.market_location_id.type": number},
            f"{_LOCATION}.market_location_id.type",
            words,
        )
        for number, words in ((0, "unspecified"), (50, "50 is unrecognized"))
    ),
    *(
        _major("relation", {"participations[1].type": number}, "participations[1].type", words)
        for number, words in ((0, "unspecified"), (9, "9 is unrecognized"))
    ),
    *_of_interval("relation", "participations[0].validity_period"),
]


@pytest.mark.parametrize("good", GOOD)
def test_a_good_message_has_no_findings(good: str) -> None:
    assert decoded(GOOD[good]())[1] == []


@pytest.mark.parametrize(
    "fault",
    [
        *OF_MICROGRIDS,
        *OF_CODES,
        *OF_KINDS,
        *OF_COMPONENTS,
        *OF_CONNECTIONS,
        *OF_LIFETIMES,
        *OF_SCHEDULES,
        *OF_RELATIONS,
    ],
    ids=lambda fault: f"{fault.good}-{fault.changes}",
)
def test_a_fault_is_found_where_it_is(fault: Fault) -> None:
    message = spoilt(fault.good, fault.changes)
    for _ in range(2):  # the second time, what is shared is not made anew
        found = decoded(message)[1]
        assert [(it.severity, it.path) for it in found] == [(fault.severity, fault.path)]
        assert fault.words in found[0].sentence


def test_several_faults_are_all_found() -> None:
    message = spoilt(
        "meter",
        {
            "category": 99,
            "operational_mode": 0,
            f"{_lifetime}.start_timestamp.nanos": -1,
            f"{_lifetime}.end_timestamp.nanos": -1,
            f"{_bounds}.metric": 0,
            f"{_bounds}.config_bounds": None,
        },
    )
    assert sorted(finding.path for finding in decoded(message)[1]) == [
        "category",
        "operational_lifetime.end",
        "operational_lifetime.start",
        "operational_mode",
        "rated_bounds.metric",
        "rated_bounds[UNSPECIFIED]",
    ]


@pytest.mark.parametrize(
    ("good", "changes"),
    [
        ("microgrid", {"name": "", "enterprise_id": 0}),
        ("microgrid", {"location.latitude": 0.0, "location.longitude": 0.0}),
        ("microgrid", {"location.latitude": -90.0, "location.longitude": -180.0}),
        ("microgrid", {"location.latitude": 90.0, "location.longitude": 180.0}),
        ("microgrid", {"create_timestamp": {}}),
        ("microgrid", {"create_timestamp.seconds": 253402300799}),
        ("microgrid", {"create_timestamp.seconds": -62135596800}),
        ("meter", {_lifetime: {}, "metric_config_bounds": None}),
        ("meter", {f"{_bounds}.config_bounds": {}}),
        ("meter", {f"{_bounds}.config_bounds.lower": 5}),
        ("meter", {f"{_lifetime}.end_timestamp.seconds": 1_640_995_200}),
        ("connection", {_lifetime: None}),
        ("connection", {"source_electrical_component_id": 0}),
        ("sensor", {_lifetime: None, "name": "", "model": ""}),
        ("gridpool", {"id": 0, "name": ""}),
        ("schedule", {"cancel_time": None, "time_series": None, "validity_period": {}}),
        # Only EICs have a check character.
        ("schedule", {"frequenz_delivery_area": {"code": "X", "code_type": 2}}),
        ("relation", {"microgrid_id": None}),
        ("relation", {_LOCATION: None, "participations": None}),
        ("relation", {"gridpool_id": None, "delivery_area": None, "participations": None}),
    ],
    ids=str,
)
def test_what_the_contract_allows_is_no_fault(good: str, changes: dict[str, Any]) -> None:
    assert decoded(spoilt(good, changes))[1] == []


# What is made of a fault --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("good", "changes", "field", "expected"),
    [
        ("microgrid", {"status": 9}, "status", 9),
        ("microgrid", {_area: None}, _area, None),
        (
            "microgrid",
            {_area: {}},
            _area,
            DeliveryArea(code=None, code_type=EnergyMarketCodeType.UNSPECIFIED),
        ),
        ("microgrid", {"location": None}, "location", None),
        (
            "microgrid",
            {"location.latitude": _NAN, "location.country_code": ""},
            "location",
            Location(latitude=None, longitude=13.25, country_code=None),
        ),
        (
            "microgrid",
            {"location.longitude": 181, "location.country_code": "de"},
            "location",
            Location(latitude=52.5, longitude=None, country_code="de"),
        ),
        ("microgrid", {"create_timestamp": None}, "create_timestamp", None),
        ("microgrid", {"create_timestamp.seconds": 2**62}, "create_timestamp", None),
        ("meter", {"category": 77}, "__class__", UnrecognizedComponent),
        ("meter", {"category": 77}, "category", 77),
        ("meter", {"category": 0}, "__class__", UnspecifiedComponent),
        ("battery", {"category": 0}, "__class__", UnspecifiedComponent),
        ("battery", {_info: None}, "__class__", UnspecifiedBattery),
        ("battery", {f"{_info}.battery.type": 99}, "type", 99),
        ("inverter", {f"{_info}.inverter.type": 0}, "__class__", UnspecifiedInverter),
        ("inverter", {f"{_info}.battery.type": 1}, "type", InverterType.UNSPECIFIED),
        ("grid", {_info: None}, "rated_fuse_current", 0),
        ("grid", {f"{_info}.battery.type": 1}, "rated_fuse_current", 0),
        ("transformer", {_info: None}, "secondary_power", 0.0),
        ("meter", {"operational_mode": 99}, "operational_mode", 99),
        ("meter", {_lifetime: None}, _lifetime, Lifetime()),
        ("meter", {f"{_lifetime}.end_timestamp.seconds": 9}, _lifetime, Lifetime()),
        ("meter", {f"{_lifetime}.end_timestamp.nanos": -1}, _lifetime, Lifetime()),
        ("connection", {_lifetime: None}, _lifetime, Lifetime()),
        ("meter", {f"{_bounds}.metric": 9999}, "rated_bounds", {9999: Bounds(lower=-5, upper=5)}),
        ("meter", {f"{_bounds}.config_bounds": None}, "rated_bounds", {}),
        ("meter", {f"{_bounds}.config_bounds.lower": 6}, "rated_bounds", {}),
        (
            "meter",
            {"metric_config_bounds": [_SECOND_BOUNDS]},
            "rated_bounds",
            {Metric.AC_POWER_ACTIVE: Bounds(upper=1.0)},
        ),
        ("sensor", {_lifetime: None}, _lifetime, None),
        ("sensor", {f"{_lifetime}.end_timestamp.seconds": 9}, _lifetime, Lifetime()),
        ("schedule", {"frequenz_delivery_area": None}, "frequenz_delivery_area", None),
        ("schedule", {"counterparty_balancing_group": None}, "counterparty_balancing_group", None),
        ("schedule", {"validity_period": None}, "validity_period", None),
        ("schedule", {"validity_period": {}}, "validity_period", Interval()),
        ("schedule", {"validity_period.end_time.seconds": 9}, "validity_period", None),
        ("schedule", {"validity_period.end_time.nanos": -1}, "validity_period", None),
        ("schedule", {"cancel_time.nanos": -1}, "cancel_time", None),
        ("schedule", {"direction": 9}, "direction", 9),
        ("schedule", {"delivery_duration": 0}, "delivery_duration", DeliveryDuration.UNSPECIFIED),
        (
            "schedule",
            {"time_series[0].start_time.nanos": -1},
            "time_series",
            (GridpoolEnergyScheduleTimeSeriesEntry(start_time=None, active_power_w=1.5),),
        ),
        ("relation", {"gridpool_id": None}, "gridpool_id", None),
        ("relation", {"gridpool_id": 0}, "gridpool_id", 0),
        ("relation", {"microgrid_id": None}, "microgrid_id", None),
        (
            "relation",
            {f"{_LOCATION}.market_location_id": None, f"{_LOCATION}.market_area": 7},
            _LOCATION,
            MarketLocationRef(market_area=7, market_location_id=None),
        ),
        (
            "relation",
            {f"{_LOCATION}.market_location_id": {}},
            _LOCATION,
            MarketLocationRef(
                market_area=101,
                market_location_id=MarketLocationId(
                    value=None, type=MarketLocationIdType.UNSPECIFIED
                ),
            ),
        ),
    ],
    ids=str,
)
def test_a_faulty_message_is_read_as_far_as_it_can_be(
    good: str, changes: dict[str, Any], field: str, expected: Any
) -> None:
    assert getattr(decoded(spoilt(good, changes))[0], field) == expected


def test_a_connection_of_a_component_to_itself_is_no_connection() -> None:
    message = spoilt(
        "connection",
        {"source_electrical_component_id": 2, f"{_lifetime}.start_timestamp.nanos": -1},
    )
    made, found = decoded(message)
    assert made is None
    assert [finding.path for finding in found] == ["operational_lifetime.start", "destination"]


def test_a_relation_of_nothing_says_so() -> None:
    nothing = {"gridpool_id": None, "microgrid_id": None, _LOCATION: None, "delivery_area": None}
    _, found = decoded(spoilt("relation", {**nothing, "participations": None}))
    assert [(finding.path, finding.sentence) for finding in found] == [
        (_ENDS, "a relation needs two of these, got nothing")
    ]


# Lists of messages, and words for them ------------------------------------------------------------


def test_a_list_is_decoded_in_order_with_what_is_wrong_with_each() -> None:
    good = good_component(Category.METER)
    quiet = spoilt("meter", {"operational_mode": 0})
    bad = spoilt("grid", {"category": 0})
    result = decode_all([good, bad, good, quiet], decode_component)
    assert [type(item) for item in result.items] == [Meter, UnspecifiedComponent, Meter, Meter]
    assert [faulty.message for faulty in result.faulty] == [bad, quiet]
    assert [faulty.item for faulty in result.faulty] == [result.items[1], result.items[3]]
    assert [faulty.is_major for faulty in result.faulty] == [True, False]
    assert [[finding.path for finding in faulty.findings] for faulty in result.faulty] == [
        ["category"],
        ["operational_mode"],
    ]


def test_what_cannot_exist_is_left_out_of_a_list_and_said() -> None:
    loop = spoilt("connection", {"source_electrical_component_id": 2})
    result = decode_all([good_connection(), loop, good_connection()], decode_connection)
    assert [str(item) for item in result.items] == ["CID1->CID2", "CID1->CID2"]
    assert [(faulty.item, faulty.is_major) for faulty in result.faulty] == [(None, True)]


def test_an_empty_list_has_no_items_and_no_findings() -> None:
    result = decode_all(iter([good_connection() for _ in range(0)]), decode_connection)
    assert (result.items, result.faulty) == ([], [])


def test_findings_are_told_as_text_by_their_severity() -> None:
    found = [major("a.b", "is wrong"), minor("c", "missing"), major("d", "unspecified")]
    assert sentences(found, Severity.MAJOR) == ["a.b: is wrong", "d: unspecified"]
    assert sentences(found, Severity.MINOR) == ["c: missing"]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (good_microgrid(), "microgrid 4"),
        (good_component(Category.METER), "component 17"),
        (good_connection(), "connection 1 -> 2"),
        (good_sensor(), "sensor 8"),
        (good_gridpool(), "gridpool 3"),
        (good_schedule(), "energy schedule 5 of gridpool 3"),
        (good_relation(), "relation gridpool 3 - microgrid 4 - market location 50012345678"),
        (spoilt("relation", {"microgrid_id": None}), "relation gridpool 3 - market location 5001"),
        (market_pb.MarketTopologyRelation(), "relation of nothing"),
        (Timestamp(), "Timestamp"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_message_is_called_by_its_kind_and_number(message: Message, expected: str) -> None:
    assert entity_name(message).startswith(expected)
