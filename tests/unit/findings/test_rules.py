"""The rules: which faults of messages are found, and what is read from faulty messages."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import pytest
from google.protobuf.message import Message

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
from frequenz.client.assets._wire.entities import COMPONENT, CONNECTION, name_of
from frequenz.client.assets._wire.lists.decode import decode_list
from frequenz.client.assets.electrical_component import (
    InverterType,
    Meter,
    UnrecognizedComponent,
    UnspecifiedBattery,
    UnspecifiedComponent,
    UnspecifiedInverter,
)
from frequenz.client.assets.findings._faulty import FaultyItem
from frequenz.client.assets.findings._rules import Fault, Finding, Rule, Severity
from frequenz.client.assets.metrics import Bounds, Metric

from ..messages import (
    OWN_INFO,
    VALID,
    Category,
    bounds_message,
    changed,
    decode,
    field_of,
    market_pb,
    valid_component,
    valid_connection,
    valid_gridpool,
    valid_microgrid,
    valid_relation,
    valid_schedule,
    valid_sensor,
)
from ..wire.test_lists import fields_of_faults_in_lists

# The table of rules -------------------------------------------------------------------------------

MAJOR: Final = """
    unrecognized unspecified
    id-zero id-taken other-owner reply-for-another
    timestamp-out-of-range nanos-out-of-range lifetime-inverted interval-inverted
    microgrid-empty latitude-out-of-range longitude-out-of-range country-malformed
    eic-malformed eic-check-character
    category-data-foreign voltage-impossible
    bounds-missing bounds-inverted bound-not-finite metric-twice
    connection-to-itself connection-twice
    entries-overlap power-not-finite
    text-malformed
    relation-too-small relation-without-area meaningless-without-gridpool
    no-such-component no-such-microgrid no-such-gridpool
    several-grid-connection-points unreachable connection-reversed cycle
    second-feed not-behind-meter battery-without-inverter
"""
MINOR: Final = """
    mode-unspecified owner-missing reply-without-id lifetime-missing
    delivery-area-missing location-missing position-missing create-timestamp-missing
    country-missing code-missing
    fuse-current-missing voltage-missing schedule-part-missing entry-start-missing
    moment-beyond-tables
    market-location-missing no-components no-connections
    no-grid-connection-point nothing-behind-grid-connection-point unreachable-at-times
    inverter-without-battery
"""


def test_every_rule_has_its_severity() -> None:
    expected = dict.fromkeys(MAJOR.split(), Severity.MAJOR)
    expected |= dict.fromkeys(MINOR.split(), Severity.MINOR)
    assert {rule.id: rule.severity for rule in Rule} == expected
    assert len(MAJOR.split()) + len(MINOR.split()) == len(Rule.__members__)


def test_every_rule_has_an_id_a_sentence_advice_and_fields() -> None:
    nouns = "microgrid|component|connection|sensor|gridpool|schedule|relation|reply"
    for rule in Rule:
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.id), rule
        for text in (rule.sentence, rule.advice):
            assert text, rule
            assert text == text.strip(), rule
            assert not text.endswith("."), rule
        assert rule.fields, rule
        assert len(rule.fields) == len(set(rule.fields)), rule
        for field in rule.fields:
            assert re.fullmatch(rf"({nouns}): \S.*", field), rule


def test_the_details_of_a_fault_are_filled_in() -> None:
    fault = Rule.LATITUDE_OUT_OF_RANGE.at("location.latitude", degrees=90.5)
    sentence = "90.5 is outside -90 to 90 degrees; ignored"
    assert fault == Fault(Rule.LATITUDE_OUT_OF_RANGE, "location.latitude", sentence)
    assert fault.severity is Severity.MAJOR
    assert str(fault) == f"location.latitude: {sentence}"


# One fault, one finding ---------------------------------------------------------------------------


class Case(NamedTuple):
    """A change of a valid message, and the fault that it causes."""

    kind: str
    """The kind of message, a key of `VALID`."""

    changes: Mapping[str, Any]
    fault: Fault


def _fault(rule: Rule, kind: str, changes: Mapping[str, Any], path: str, sentence: str) -> Case:
    return Case(kind, changes, Fault(rule, path, sentence))


def _enum(kind: str, field: str, path: str, unknown: int) -> list[Case]:
    """Return the faults of a field with an enum."""
    return [
        _fault(Rule.UNSPECIFIED, kind, {field: 0}, path, "unspecified"),
        *(
            _fault(Rule.UNRECOGNIZED, kind, {field: number}, path, _unrecognized(number))
            for number in (unknown, -1)
        ),
    ]


def _unrecognized(number: int) -> str:
    return f"unrecognized value {number}; kept as a plain integer"


_area = "delivery_area"
_info = "category_specific_info"
_bounds = "metric_config_bounds[0]"
_ac_power = "rated_bounds[AC_POWER_ACTIVE]"
_lifetime = "operational_lifetime"
_location = "market_location_ref"
_identifier = f"{_location}.market_location_id"
_validity = "validity_period"
_participation = f"participations[0].{_validity}"

_START: Final = 1_640_995_200
_STARTED: Final = "2022-01-01T00:00:00Z"
_NINE: Final = "1970-01-01T00:00:09Z"

_NAN = float("nan")
_INFINITY = float("inf")
_TYPED = ("battery", "ev_charger", "inverter")
_OWN_INFO = {name: name for name in _TYPED} | {
    "grid": "grid_connection_point",
    "transformer": "power_transformer",
}
_SECOND_BOUNDS = bounds_message(Metric.AC_POWER_ACTIVE, upper=1)

OF_IDS: Final = [
    *(
        _fault(Rule.ID_ZERO, kind, {field: 0}, path, "0 is not a valid ID")
        for kind, field, path in (
            ("microgrid", "id", "id"),
            ("meter", "id", "id"),
            ("connection", "source_electrical_component_id", "source"),
            ("connection", "destination_electrical_component_id", "destination"),
            ("sensor", "id", "id"),
            ("gridpool", "id", "id"),
            ("schedule", "schedule_id", "schedule_id"),
            ("relation", "gridpool_id", "gridpool_id"),
            ("relation", "microgrid_id", "microgrid_id"),
        )
    ),
    *(
        _fault(Rule.OWNER_MISSING, kind, {field: 0}, field, "missing")
        for kind, field in (
            ("microgrid", "enterprise_id"),
            ("meter", "microgrid_id"),
            ("sensor", "microgrid_id"),
            ("schedule", "gridpool_id"),
        )
    ),
]

OF_MICROGRIDS: Final = [
    *_enum("microgrid", "status", "status", 9),
    _fault(
        Rule.MICROGRID_EMPTY,
        "microgrid",
        dict.fromkeys(
            ("id", "enterprise_id", "name", _area, "location", "status", "create_timestamp")
        ),
        "id",
        "the reply contains an empty microgrid",
    ),
    *(
        _fault(rule, "microgrid", {path: None}, path, "missing")
        for rule, path in (
            (Rule.DELIVERY_AREA_MISSING, _area),
            (Rule.LOCATION_MISSING, "location"),
            (Rule.COUNTRY_MISSING, "location.country_code"),
            (Rule.CREATE_TIMESTAMP_MISSING, "create_timestamp"),
        )
    ),
    _fault(
        Rule.POSITION_MISSING,
        "microgrid",
        {"location": {"country_code": "DE"}},
        "location",
        "missing: latitude and longitude are 0",
    ),
    *(
        _fault(
            Rule.COUNTRY_MALFORMED,
            "microgrid",
            {"location.country_code": code},
            "location.country_code",
            f"invalid country code {code!r}: expected two capital letters (ISO 3166-1 alpha-2)",
        )
        for code in ("de", "De", "D", "DEU", "DE\n", "D3", "ÄÖ")
    ),
    *(
        _fault(
            rule,
            "microgrid",
            {f"location.{name}": angle},
            f"location.{name}",
            f"{text} is outside -{limit} to {limit} degrees; ignored",
        )
        for rule, name, limit in (
            (Rule.LATITUDE_OUT_OF_RANGE, "latitude", 90),
            (Rule.LONGITUDE_OUT_OF_RANGE, "longitude", 180),
        )
        for angle, text in (
            (limit + 0.5, f"{limit}.5"),
            (-limit - 0.5, f"-{limit}.5"),
            # The next number of single precision: six digits would not distinguish it.
            (limit * (1 + 2**-23), f"{limit}.00001" if limit == 90 else f"{limit}.00002"),
            (_NAN, "nan"),
            (_INFINITY, "inf"),
            (-_INFINITY, "-inf"),
        )
    ),
]

OF_KINDS: Final = [
    *_enum("meter", "category", "category", 77),
    *(case for kind in _TYPED for case in _enum(kind, f"{_info}.{kind}.type", "type", 99)),
    *(_fault(Rule.UNSPECIFIED, kind, {_info: None}, "type", "unspecified") for kind in _TYPED),
    *(
        _fault(rule, kind, {f"{_info}.{_OWN_INFO[kind]}.{rating}": 0}, field, "missing")
        for rule, kind, rating, field in (
            (Rule.FUSE_CURRENT_MISSING, "grid", "rated_fuse_current", "rated_fuse_current"),
            (Rule.VOLTAGE_MISSING, "transformer", "primary", "primary_power"),
            (Rule.VOLTAGE_MISSING, "transformer", "secondary", "secondary_power"),
        )
    ),
    _fault(Rule.FUSE_CURRENT_MISSING, "grid", {_info: None}, "rated_fuse_current", "missing"),
    *(
        _fault(
            Rule.VOLTAGE_IMPOSSIBLE,
            "transformer",
            {f"{_info}.power_transformer.{side}": volts},
            f"{side}_power",
            f"{text} V is not a valid voltage of a transformer",
        )
        for side in ("primary", "secondary")
        for volts, text in (
            (-400, "-400"),
            (_NAN, "nan"),
            (_INFINITY, "inf"),
            (-_INFINITY, "-inf"),
        )
    ),
    _fault(
        Rule.CATEGORY_DATA_FOREIGN,
        "meter",
        {f"{_info}.ev_charger.type": 1},
        _info,
        "belongs to category ev_charger, but the category is meter",
    ),
    _fault(
        Rule.CATEGORY_DATA_FOREIGN,
        "meter",
        {f"{_info}.inverter": {}},
        _info,
        "belongs to category inverter, but the category is meter",
    ),
    *(
        # Foreign data is one fault: that the category's own data is missing is not another one.
        _fault(
            Rule.CATEGORY_DATA_FOREIGN,
            kind,
            {f"{_info}.{foreign}": {}},
            _info,
            f"belongs to category {foreign}, but the category is {category}",
        )
        for kind, category in {
            **_OWN_INFO,
            "grid": "grid",
            "transformer": "power_transformer",
        }.items()
        for foreign in OWN_INFO.values()
        if foreign != _OWN_INFO[kind]
    ),
    # If the category is unspecified or unknown, no data is foreign.
    _fault(Rule.UNSPECIFIED, "battery", {"category": 0}, "category", "unspecified"),
    _fault(Rule.UNRECOGNIZED, "battery", {"category": 77}, "category", _unrecognized(77)),
]

OF_COMPONENTS: Final = [
    _fault(
        Rule.MODE_UNSPECIFIED,
        "meter",
        {"operational_mode": 0},
        "operational_mode",
        "unspecified; treated as control and telemetry",
    ),
    *(
        _fault(
            Rule.UNRECOGNIZED,
            "meter",
            {"operational_mode": number},
            "operational_mode",
            _unrecognized(number),
        )
        for number in (99, -1)
    ),
    _fault(
        Rule.LIFETIME_MISSING,
        "meter",
        {_lifetime: None},
        _lifetime,
        "missing; the component is treated as always operational",
    ),
    *_enum("meter", f"{_bounds}.metric", "rated_bounds[0].metric", 9999),
    _fault(
        Rule.BOUNDS_MISSING,
        "meter",
        {f"{_bounds}.config_bounds": None},
        _ac_power,
        "no bounds given; ignored",
    ),
    _fault(
        Rule.BOUNDS_INVERTED,
        "meter",
        {f"{_bounds}.config_bounds.lower": 6},
        _ac_power,
        "lower 6 is above upper 5; ignored",
    ),
    *(
        _fault(
            Rule.BOUND_NOT_FINITE,
            "meter",
            {f"{_bounds}.config_bounds": limits},
            _ac_power,
            f"the {side} bound is {text}, which is not a finite number",
        )
        for limits, side, text in (
            ({"lower": _NAN, "upper": 5}, "lower", "nan"),
            ({"lower": -5, "upper": _NAN}, "upper", "nan"),
            ({"lower": -_INFINITY, "upper": 5}, "lower", "-inf"),
            ({"lower": -5, "upper": _INFINITY}, "upper", "inf"),
            ({"lower": _INFINITY}, "lower", "inf"),
            ({"upper": -_INFINITY}, "upper", "-inf"),
        )
    ),
    _fault(
        Rule.METRIC_TWICE,
        "meter",
        {"metric_config_bounds": [_SECOND_BOUNDS]},
        _ac_power,
        "given twice; the last usable entry is used",
    ),
]


@pytest.mark.parametrize(
    ("first", "second", "used"),
    [
        ((5, 1), (0, 1), Bounds(lower=0, upper=1)),
        ((0, 1), (5, 1), Bounds(lower=0, upper=1)),
        ((0, 1), (0, 2), Bounds(lower=0, upper=2)),
        ((0, 1), None, Bounds(lower=0, upper=1)),
    ],
)
def test_the_last_usable_bounds_of_a_metric_that_is_given_twice_are_used(
    first: tuple[int, int], second: tuple[int, int] | None, used: Bounds
) -> None:
    message = valid_component(Category.METER)
    del message.metric_config_bounds[:]
    for limits in (first, second):
        entry = bounds_message(
            Metric.AC_POWER_ACTIVE, **({"lower": limits[0], "upper": limits[1]} if limits else {})
        )
        if limits is None:
            entry.ClearField("config_bounds")
        message.metric_config_bounds.append(entry)
    component, faults = decode(message)
    assert Rule.METRIC_TWICE in {fault.rule for fault in faults}
    assert component.rated_bounds == {Metric.AC_POWER_ACTIVE: used}


@pytest.mark.parametrize(
    ("lower", "upper", "sentence"),
    [
        (1_000_000.5, 1_000_000.0, "lower 1000000.5 is above upper 1000000; ignored"),
        (0.1, 0.0, "lower 0.1 is above upper 0; ignored"),
        (3.4e38, 16_777_216, "lower 3.4e+38 is above upper 16777216; ignored"),
    ],
)
def test_numbers_in_sentences_have_the_fewest_digits_that_identify_them(
    lower: float, upper: float, sentence: str
) -> None:
    limits = {f"{_bounds}.config_bounds.lower": lower, f"{_bounds}.config_bounds.upper": upper}
    (fault,) = decode(changed("meter", limits))[1]
    assert fault.sentence == sentence


def test_long_texts_are_shortened_in_sentences() -> None:
    (fault,) = decode(changed("microgrid", {"location.country_code": "x\n" * 500_000}))[1]
    assert fault.sentence.endswith(
        "... (1000000 characters): expected two capital letters (ISO 3166-1 alpha-2)"
    )
    assert len(fault.sentence) < 250
    relation = changed("relation", {"market_location_ref.market_location_id.id.value": "9" * 10**6})
    assert len(name_of(relation)) < 150


OF_CONNECTIONS: Final = [
    _fault(
        Rule.CONNECTION_TO_ITSELF,
        "connection",
        {f"{end}_electrical_component_id": other},
        "destination",
        f"same as the source, component {other}; the connection is ignored",
    )
    for end, other in (("source", 2), ("destination", 1))
]

_MOMENTS: Final = [
    ("microgrid", "create_timestamp", "create_timestamp"),
    *(
        (kind, f"{_lifetime}.{end}_timestamp", f"{_lifetime}.{end}")
        for kind in ("meter", "connection", "sensor")
        for end in ("start", "end")
    ),
    *(("schedule", f"{_validity}.{end}_time", f"{_validity}.{end}") for end in ("start", "end")),
    ("schedule", "cancel_time", "cancel_time"),
    ("schedule", "time_series[0].start_time", "time_series[0].start_time"),
    *(
        ("relation", f"{_participation}.{end}_time", f"{_participation}.{end}")
        for end in ("start", "end")
    ),
]


def _treatment(path: str) -> str:
    """Return how an invalid time is treated."""
    if path.startswith(_lifetime):
        return "treated as always operational"
    return "the period is ignored" if path.endswith((".start", ".end")) else "ignored"


OF_MOMENTS: Final = [
    case
    for kind, field, path in _MOMENTS
    for case in (
        *(
            _fault(
                Rule.TIMESTAMP_OUT_OF_RANGE,
                kind,
                {f"{field}.seconds": seconds},
                path,
                f"{seconds} s since 1970 is outside the years 1 to 9999; {_treatment(path)}",
            )
            for seconds in (-62135596801, 253402300800, 2**62, -(2**63))
        ),
        *(
            _fault(
                Rule.NANOS_OUT_OF_RANGE,
                kind,
                {f"{field}.nanos": nanos},
                path,
                f"{nanos} nanoseconds are outside 0 to 999999999; {_treatment(path)}",
            )
            for nanos in (-1, 10**9, -(2**31), 2**31 - 1)
        ),
    )
]

_PERIODS: Final = [
    *(
        (Rule.LIFETIME_INVERTED, kind, _lifetime, "timestamp", "treated as always operational")
        for kind in ("meter", "connection", "sensor")
    ),
    (Rule.INTERVAL_INVERTED, "schedule", _validity, "time", "ignored"),
    (Rule.INTERVAL_INVERTED, "relation", _participation, "time", "ignored"),
]
OF_PERIODS: Final = [
    case
    for rule, kind, path, suffix, outcome in _PERIODS
    for case in (
        _fault(
            rule,
            kind,
            {f"{path}.end_{suffix}.seconds": 9},
            path,
            f"starts at {_STARTED}, after its end at {_NINE}; {outcome}",
        ),
        # As datetimes, they would be equal.
        _fault(
            rule,
            kind,
            {
                f"{path}.start_{suffix}": {"seconds": 9, "nanos": 1001},
                f"{path}.end_{suffix}": {"seconds": 9, "nanos": 1000},
            },
            path,
            "starts at 1970-01-01T00:00:09.000001001Z, after its end at"
            f" 1970-01-01T00:00:09.000001Z; {outcome}",
        ),
    )
]

_CODES: Final = [
    ("microgrid", "delivery_area"),
    ("relation", "delivery_area"),
    ("schedule", "counterparty_balancing_group"),
    ("schedule", "counterparty_delivery_area"),
    ("schedule", "frequenz_delivery_area"),
]
OF_CODES: Final = [
    case
    for kind, path in _CODES
    for case in (
        _fault(Rule.CODE_MISSING, kind, {f"{path}.code": ""}, f"{path}.code", "missing"),
        _fault(
            Rule.CODE_MISSING,
            kind,
            {f"{path}.code": " ", f"{path}.code_type": 2},
            f"{path}.code",
            "missing",
        ),
        *_enum(kind, f"{path}.code_type", f"{path}.code_type", 9),
        *(
            _fault(
                Rule.EIC_CHECK_CHARACTER,
                kind,
                {f"{path}.code": code},
                f"{path}.code",
                f"invalid EIC {code!r}: wrong check character; {fitting} matches the first 15"
                " characters",
            )
            for code, fitting in (("10YDE-VE-------3", "2"), ("10YDE-VE-----X50", "no character"))
        ),
        *(
            _fault(
                Rule.EIC_MALFORMED,
                kind,
                {f"{path}.code": code},
                f"{path}.code",
                f"invalid EIC {code!r}: expected 16 characters of 0-9, A-Z and -, not ending in -",
            )
            for code in ("DE", "10yde-ve-------2", "10YDE-VE-------22", "10YDE-VE--------", "\n")
        ),
    )
]


def _entry(seconds: int, nanos: int = 0) -> Any:
    return market_pb.GridpoolEnergyScheduleTimeSeriesEntry(
        start_time={"seconds": seconds, "nanos": nanos}
    )


def _series(*seconds: int) -> dict[str, Any]:
    """Return the change to entries that start at these seconds, in this order."""
    first, *rest = seconds
    return {
        "time_series[0].start_time.seconds": first,
        "time_series": [_entry(start) for start in rest],
    }


_LAST: Final = 253402300799
_FIRST: Final = -62135596800

OF_SCHEDULES: Final = [
    *(
        _fault(Rule.SCHEDULE_PART_MISSING, "schedule", {path: None}, path, "missing")
        for path in (
            "counterparty_balancing_group",
            "counterparty_delivery_area",
            "frequenz_delivery_area",
            "validity_period",
        )
    ),
    *_enum("schedule", "direction", "direction", 9),
    *_enum("schedule", "delivery_duration", "delivery_duration", 9),
    _fault(
        Rule.ENTRY_START_MISSING,
        "schedule",
        {"time_series[0].start_time": None},
        "time_series[0].start_time",
        "missing",
    ),
    *(
        _fault(
            Rule.POWER_NOT_FINITE,
            "schedule",
            {"time_series[0].active_power_w": watts},
            "time_series[0].active_power_w",
            f"{text} is not a finite number of watts",
        )
        for watts, text in ((_NAN, "nan"), (_INFINITY, "inf"), (-_INFINITY, "-inf"))
    ),
    *(
        _fault(
            Rule.ENTRIES_OVERLAP,
            "schedule",
            changes,
            f"time_series[{index}].start_time",
            f"{start}+00:00 is within the delivery period of time_series[{other}]",
        )
        for changes, index, start, other in (
            (_series(0, 0), 1, "1970-01-01 00:00:00", 0),
            (_series(0, 899), 1, "1970-01-01 00:14:59", 0),
            (_series(899, 0), 0, "1970-01-01 00:14:59", 1),
            (_series(1800, 0, 2699, 900), 2, "1970-01-01 00:44:59", 0),
            ({"time_series": [_entry(_START, 999)]}, 1, "2022-01-01 00:00:00", 0),
            (
                {"time_series": [_entry(_START + 899, 999_999_999)]},
                1,
                "2022-01-01 00:14:59.999999",
                0,
            ),
            (_series(_LAST, _LAST), 1, "9999-12-31 23:59:59", 0),
            (_series(_LAST, _LAST - 899), 0, "9999-12-31 23:59:59", 1),
            (_series(_FIRST, _FIRST + 899), 1, "0001-01-01 00:14:59", 0),
            *(
                (
                    {"delivery_duration": number, **_series(0, 60 * minutes - 1)},
                    1,
                    f"1970-01-01 00:{minutes - 1:02}:59",
                    0,
                )
                for number, minutes in ((1, 5), (2, 15), (3, 30), (4, 60))
            ),
        )
    ),
]

_ENDS = "gridpool_id, microgrid_id, market_location_ref"
OF_RELATIONS: Final = [
    *(
        _fault(
            Rule.RELATION_TOO_SMALL,
            "relation",
            changes,
            _ENDS,
            f"a relation needs two of these, got {given}",
        )
        for changes, given in (
            ({"microgrid_id": None, _location: None}, "gridpool_id"),
            (
                dict.fromkeys(("gridpool_id", _location, _area, "participations")),
                "microgrid_id",
            ),
            (
                dict.fromkeys(("gridpool_id", "microgrid_id", _area, "participations")),
                "market_location_ref",
            ),
            (
                dict.fromkeys(("gridpool_id", "microgrid_id", _location, _area, "participations")),
                "nothing",
            ),
        )
    ),
    _fault(
        Rule.RELATION_WITHOUT_AREA,
        "relation",
        {_area: None},
        _area,
        "missing; a relation with a gridpool needs one",
    ),
    *(
        _fault(
            Rule.MEANINGLESS_WITHOUT_GRIDPOOL,
            "relation",
            {"gridpool_id": None, other: None},
            path,
            "has no meaning in a relation without a gridpool",
        )
        for path, other in ((_area, "participations"), ("participations", _area))
    ),
    *_enum("relation", f"{_location}.market_area", f"{_location}.market_area", 7),
    *_enum("relation", f"{_identifier}.type", f"{_identifier}.type", 50),
    *_enum("relation", "participations[1].type", "participations[1].type", 9),
    *(
        _fault(Rule.MARKET_LOCATION_MISSING, "relation", {field: nothing}, path, "missing")
        for field, nothing, path in (
            (_identifier, None, _identifier),
            (f"{_identifier}.id", None, f"{_identifier}.value"),
            (f"{_identifier}.id.value", "", f"{_identifier}.value"),
        )
    ),
]

CASES_BY_TABLE: Final = {
    "ids": OF_IDS,
    "microgrids": OF_MICROGRIDS,
    "kinds of components": OF_KINDS,
    "components": OF_COMPONENTS,
    "connections": OF_CONNECTIONS,
    "moments": OF_MOMENTS,
    "periods": OF_PERIODS,
    "codes": OF_CODES,
    "schedules": OF_SCHEDULES,
    "relations": OF_RELATIONS,
}
CASES: Final = [case for cases in CASES_BY_TABLE.values() for case in cases]


def test_valid_messages_have_no_faults() -> None:
    for kind, valid in VALID.items():
        assert decode(valid())[1] == [], kind


@pytest.mark.parametrize("table", CASES_BY_TABLE)
def test_a_fault_is_found_with_its_rule_path_and_sentence(table: str) -> None:
    for case in CASES_BY_TABLE[table]:
        message = changed(case.kind, case.changes)
        for _ in range(2):  # the second time, shared objects exist already
            assert decode(message)[1] == [case.fault], case


ONLY_IN_TABLES: Final = {Rule.TEXT_MALFORMED, Rule.MOMENT_BEYOND_TABLES}

ACROSS_ENTITIES: Final = {
    Rule.NO_SUCH_COMPONENT,
    Rule.NO_SUCH_MICROGRID,
    Rule.NO_SUCH_GRIDPOOL,
    Rule.NO_COMPONENTS,
    Rule.NO_CONNECTIONS,
    Rule.NO_GRID_CONNECTION_POINT,
    Rule.NOTHING_BEHIND_GRID_CONNECTION_POINT,
    Rule.SEVERAL_GRID_CONNECTION_POINTS,
    Rule.UNREACHABLE,
    Rule.UNREACHABLE_AT_TIMES,
    Rule.CONNECTION_REVERSED,
    Rule.CYCLE,
    Rule.SECOND_FEED,
    Rule.NOT_BEHIND_METER,
    Rule.BATTERY_WITHOUT_INVERTER,
    Rule.INVERTER_WITHOUT_BATTERY,
}
"""The rules that only an inventory can violate, as it has all entities."""


def test_every_rule_applies_to_the_fields_that_it_names_and_to_no_others() -> None:
    tested = {
        (case.fault.rule.id, field_of(VALID[case.kind](), case.fault.path)) for case in CASES
    } | fields_of_faults_in_lists()
    named = {
        (rule.id, field)
        for rule in Rule
        if rule not in ACROSS_ENTITIES | ONLY_IN_TABLES
        for field in rule.fields
    }
    assert sorted(tested) == sorted(named)


def test_all_faults_of_a_field_are_found() -> None:
    limits = {"lower": _INFINITY, "upper": -_INFINITY}
    assert [*map(str, decode(changed("meter", {f"{_bounds}.config_bounds": limits}))[1])] == [
        f"{_ac_power}: the lower bound is inf, which is not a finite number",
        f"{_ac_power}: the upper bound is -inf, which is not a finite number",
        f"{_ac_power}: lower inf is above upper -inf; ignored",
    ]


@pytest.mark.parametrize("duration", [0, 9])
def test_entries_of_unknown_duration_overlap_only_if_they_start_together(duration: int) -> None:
    message = changed("schedule", {"delivery_duration": duration, **_series(7, 9, 7, 8)})
    assert [(it.path, it.sentence) for it in decode(message)[1][1:]] == [
        (
            "time_series[2].start_time",
            "1970-01-01 00:00:07+00:00 is within the delivery period of time_series[0]",
        )
    ]


def test_every_entry_that_overlaps_with_the_previous_one_is_found() -> None:
    message = changed("schedule", _series(900, 0, 600, 600))
    assert [(it.path, it.sentence.split()[-1]) for it in decode(message)[1]] == [
        ("time_series[2].start_time", "time_series[1]"),
        ("time_series[3].start_time", "time_series[2]"),
        ("time_series[0].start_time", "time_series[3]"),
    ]


def test_an_entry_without_a_start_overlaps_with_no_other() -> None:
    message = changed(
        "schedule", {"time_series[0].start_time": None, "time_series": [_entry(9), _entry(2**62)]}
    )
    assert [it.rule for it in decode(message)[1]] == [
        Rule.ENTRY_START_MISSING,
        Rule.TIMESTAMP_OUT_OF_RANGE,
    ]


def test_all_faults_of_a_message_are_found() -> None:
    message = changed(
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
    assert sorted(finding.path for finding in decode(message)[1]) == [
        "category",
        "operational_lifetime.end",
        "operational_lifetime.start",
        "operational_mode",
        "rated_bounds[0].metric",
        "rated_bounds[UNSPECIFIED]",
    ]


ALLOWED: Final[list[tuple[str, dict[str, Any]]]] = [
    ("microgrid", {"name": ""}),
    ("microgrid", {"location.latitude": 0.0, "location.longitude": 9.5}),
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
    ("sensor", {_lifetime: None, "name": "", "model": ""}),
    ("gridpool", {"name": ""}),
    ("transformer", {f"{_info}.power_transformer.secondary": 0.5}),
    ("microgrid", {"id": 2**64 - 1, "enterprise_id": 1}),
    ("schedule", {"cancel_time": None, "time_series": None, "validity_period": {}}),
    *(
        ("schedule", {"delivery_duration": number, **_series(0, 120 * minutes, 60 * minutes)})
        for number, minutes in ((1, 5), (2, 15), (3, 30), (4, 60))
    ),
    ("schedule", _series(_LAST, _LAST - 900, _FIRST + 900, _FIRST)),
    ("schedule", {"time_series[0].active_power_w": 1e308}),
    ("schedule", {"time_series[0].active_power_w": 0.0}),
    # Only EICs have a check character.
    ("schedule", {"frequenz_delivery_area": {"code": "X", "code_type": 2}}),
    *(
        (
            kind,
            {
                f"{path}.start_{suffix}": {"seconds": 9, "nanos": 1000},
                f"{path}.end_{suffix}": {"seconds": 9, "nanos": 1001},
            },
        )
        for _, kind, path, suffix, _ in _PERIODS
    ),
    ("relation", {"microgrid_id": None}),
    ("relation", {_location: None, "participations": None}),
    ("relation", {"gridpool_id": None, "delivery_area": None, "participations": None}),
]
"""Changes that the API allows."""


def test_messages_that_the_api_allows_have_no_faults() -> None:
    for kind, changes in ALLOWED:
        assert decode(changed(kind, changes))[1] == [], (kind, changes)


# What is read from faulty messages ----------------------------------------------------------------

READ: Final[list[tuple[str, dict[str, Any], str, Any]]] = [
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
    *(
        (
            kind,
            {
                f"{_lifetime}.start_timestamp": {"seconds": 9, "nanos": 1001},
                f"{_lifetime}.end_timestamp": {"seconds": 9, "nanos": 1000},
            },
            _lifetime,
            Lifetime(),
        )
        for kind in ("meter", "connection", "sensor")
    ),
    (
        "schedule",
        {
            "validity_period.start_time": {"seconds": 9, "nanos": 1001},
            "validity_period.end_time": {"seconds": 9, "nanos": 1000},
        },
        "validity_period",
        None,
    ),
    ("connection", {_lifetime: None}, _lifetime, Lifetime()),
    (
        "meter",
        {f"{_bounds}.config_bounds.lower": -_INFINITY},
        "rated_bounds",
        {Metric.AC_POWER_ACTIVE: Bounds(lower=-_INFINITY, upper=5)},
    ),
    (
        "transformer",
        {f"{_info}.power_transformer.primary": -400},
        "primary_power",
        -400.0,
    ),
    (
        "schedule",
        {"time_series[0].active_power_w": _INFINITY},
        "time_series",
        (
            GridpoolEnergyScheduleTimeSeriesEntry(
                start_time=datetime(2022, 1, 1, tzinfo=UTC), active_power_w=_INFINITY
            ),
        ),
    ),
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
    (
        "schedule",
        _series(9, 9),
        "time_series",
        (
            GridpoolEnergyScheduleTimeSeriesEntry(
                start_time=datetime(1970, 1, 1, 0, 0, 9, tzinfo=UTC), active_power_w=1.5
            ),
            GridpoolEnergyScheduleTimeSeriesEntry(
                start_time=datetime(1970, 1, 1, 0, 0, 9, tzinfo=UTC), active_power_w=0.0
            ),
        ),
    ),
    ("relation", {"gridpool_id": None}, "gridpool_id", None),
    ("relation", {"gridpool_id": 0}, "gridpool_id", 0),
    ("relation", {"microgrid_id": None}, "microgrid_id", None),
    (
        "relation",
        {_identifier: None, f"{_location}.market_area": 7},
        _location,
        MarketLocationRef(market_area=7, market_location_id=None),
    ),
    (
        "relation",
        {_identifier: {}},
        _location,
        MarketLocationRef(
            market_area=101,
            market_location_id=MarketLocationId(value=None, type=MarketLocationIdType.UNSPECIFIED),
        ),
    ),
]
"""Changes of a message, a field of its object, and its value."""


def test_faulty_messages_are_read_as_far_as_possible() -> None:
    for kind, changes, field, expected in READ:
        assert getattr(decode(changed(kind, changes))[0], field) == expected, (kind, changes)


def test_a_connection_of_a_component_to_itself_is_not_decoded() -> None:
    message = changed(
        "connection",
        {"source_electrical_component_id": 2, f"{_lifetime}.start_timestamp.nanos": -1},
    )
    connection, faults = decode(message)
    assert connection is None
    assert [fault.path for fault in faults] == ["operational_lifetime.start", "destination"]


# Lists of messages, and their names in sentences --------------------------------------------------


def test_a_list_is_decoded_in_order_with_the_faults_of_each_item() -> None:
    first, second = (changed("meter", {"id": number}) for number in (1, 2))
    minor = changed("meter", {"id": 3, "operational_mode": 0})
    major = changed("grid", {"id": 4, "category": 0})
    result = decode_list(COMPONENT, [first, major, second, minor])
    assert [type(item) for item in result.items] == [Meter, UnspecifiedComponent, Meter, Meter]
    assert [faulty.list_index for faulty in result.faulty] == [1, 3]
    assert [faulty.message for faulty in result.faulty] == [major, minor]
    assert [faulty.item for faulty in result.faulty] == [result.items[1], result.items[3]]
    assert [faulty.is_major for faulty in result.faulty] == [True, False]
    assert [[fault.path for fault in faulty.faults] for faulty in result.faulty] == [
        ["category"],
        ["operational_mode"],
    ]


def test_a_connection_of_a_component_to_itself_is_left_out_of_a_list_and_reported() -> None:
    loop = changed("connection", {"source_electrical_component_id": 2})
    other = changed("connection", {"destination_electrical_component_id": 3})
    result = decode_list(CONNECTION, [valid_connection(), loop, other])
    assert [str(item) for item in result.items] == ["CID1->CID2", "CID1->CID3"]
    assert [(faulty.list_index, faulty.item, faulty.is_major) for faulty in result.faulty] == [
        (1, None, True)
    ]


def test_indices_in_a_list_include_items_that_are_left_out() -> None:
    loop = changed("connection", {"source_electrical_component_id": 2})
    faulty_one = changed("connection", {"source_electrical_component_id": 0})
    messages = [loop, faulty_one, loop, valid_connection(), faulty_one]
    result = decode_list(CONNECTION, messages)
    assert [faulty.list_index for faulty in result.faulty] == [0, 1, 2, 4]
    assert [faulty.item for faulty in result.faulty] == [
        None,
        result.items[0],
        None,
        result.items[2],
    ]


def test_an_empty_list_has_no_items_and_no_findings() -> None:
    result = decode_list(CONNECTION, [])
    assert (result.items, result.faulty) == ([], [])


FAULTY: Final[FaultyItem[Any]] = FaultyItem(
    COMPONENT,
    0,
    None,
    valid_component(Category.METER),
    (
        Rule.UNSPECIFIED.at("category"),
        Rule.OWNER_MISSING.at("microgrid_id"),
        Rule.ID_ZERO.at("id"),
    ),
)


def test_findings_of_the_reply_itself_are_named_reply() -> None:
    faulty = FaultyItem(COMPONENT, None, None, None, FAULTY.faults)
    assert {finding.entity for finding in faulty.findings} == {"reply"}
    assert faulty.id is None


@pytest.mark.parametrize(("index", "is_major"), [(0, True), (1, False), (2, True)])
def test_an_item_is_major_if_any_of_its_faults_is(index: int, is_major: bool) -> None:
    fault = FAULTY.faults[index]
    assert FaultyItem(COMPONENT, 0, None, None, (fault,)).is_major is is_major
    assert FaultyItem(COMPONENT, 0, None, None, (FAULTY.faults[1], fault)).is_major is is_major


def test_a_finding_has_the_name_of_its_entity_and_its_rule() -> None:
    findings = FAULTY.findings
    assert findings[1:] == (
        Finding("component 17 (item 1)", Rule.OWNER_MISSING, "microgrid_id", "missing"),
        Finding("component 17 (item 1)", Rule.ID_ZERO, "id", "0 is not a valid ID"),
    )
    assert [it.id for it in findings] == ["unspecified", "owner-missing", "id-zero"]
    assert [it.severity for it in findings] == [Severity.MAJOR, Severity.MINOR, Severity.MAJOR]
    assert [it.advice for it in findings] == [it.rule.advice for it in FAULTY.faults]
    assert str(findings[0]) == "component 17 (item 1): category: unspecified"


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (valid_microgrid(), "microgrid 4"),
        (valid_component(Category.METER), "component 17"),
        (valid_connection(), "connection 1 -> 2"),
        (valid_sensor(), "sensor 8"),
        (valid_gridpool(), "gridpool 3"),
        (valid_schedule(), "energy schedule 5 of gridpool 3"),
        (valid_relation(), "relation gridpool 3 - microgrid 4 - market location 50012345678"),
        (changed("relation", {"microgrid_id": None}), "relation gridpool 3 - market location 5001"),
        (market_pb.MarketTopologyRelation(), "relation of nothing"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_name_of_a_message_is_its_noun_and_id(message: Message, expected: str) -> None:
    assert name_of(message).startswith(expected)
