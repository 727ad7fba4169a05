"""Messages of sensors and of the market: all combinations of parts, pairs of faults, EICs."""

import string
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import combinations, product
from typing import Any, Final, NamedTuple, TypeAlias

import pytest
from frequenz.api.common.v1alpha8.market import market_area_pb2
from frequenz.client.common.grid import DeliveryArea, EnergyMarketCodeType
from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.sensors import SensorId
from google.protobuf.message import Message
from hypothesis import given, settings
from hypothesis import strategies as st

from frequenz.client.assets import (
    BalancingGroup,
    DeliveryDuration,
    Gridpool,
    GridpoolEnergySchedule,
    GridpoolEnergyScheduleDirection,
    GridpoolEnergyScheduleTimeSeriesEntry,
    Interval,
    Lifetime,
    MarketLocationId,
    MarketLocationIdType,
    MarketLocationRef,
    MarketParticipation,
    MarketParticipationType,
    MarketTopologyRelation,
    Sensor,
)
from frequenz.client.assets._wire.eic import check_character, eic_fault
from frequenz.client.assets._wire.market import encode_gridpool, encode_relation, encode_schedule
from frequenz.client.assets._wire.sensor import encode_sensor
from frequenz.client.assets.findings._rules import Rule, Severity

from ..messages import VALID, change, decode, encode
from ..strategies import any_message, in_order, moments, numbers, unknown_numbers

MAJOR: Final = Severity.MAJOR
MINOR: Final = Severity.MINOR
Type: TypeAlias = MarketLocationIdType

AT_9: Final = {"seconds": 9}
MOMENT_9: Final = datetime(1970, 1, 1, 0, 0, 9, tzinfo=UTC)
OUT_OF_RANGE: Final = {"seconds": 2**62}
NAN: Final = float("nan")

_LOCATION: Final = "market_location_ref.market_location_id"

Found: TypeAlias = tuple[Severity, str]
"""The severity and the path of a fault."""


def found_in(message: Message) -> list[Found]:
    return in_order_of_paths((fault.severity, fault.path) for fault in decode(message)[1])


def in_order_of_paths(found: Iterable[Found]) -> list[Found]:
    return sorted(found, key=lambda it: (it[1], it[0].value))


# The rules of a relation --------------------------------------------------------------------------

ENDS: Final = "gridpool_id, microgrid_id, market_location_ref"
PARTS: Final = (
    "gridpool_id",
    "microgrid_id",
    "market_location_ref",
    "delivery_area",
    "participations",
)
COMBINATIONS: Final = [frozenset(it) for size in range(6) for it in combinations(PARTS, size)]


def expected_in_relation(present: frozenset[str]) -> list[Found]:
    """Return the faults of a relation with some parts, by the comments of the API."""
    has_gridpool = "gridpool_id" in present
    return in_order_of_paths(
        (MAJOR, path)
        for path, is_violated in {
            ENDS: len(present & {*PARTS[:3]}) < 2,
            "delivery_area": ("delivery_area" in present) != has_gridpool,
            "participations": "participations" in present and not has_gridpool,
        }.items()
        if is_violated
    )


def test_relations_with_any_parts_have_the_faults_that_the_api_implies() -> None:
    for present in COMBINATIONS:
        message = VALID["relation"]()
        change(message, {part: None for part in PARTS if part not in present})

        assert found_in(message) == expected_in_relation(present), present


def test_only_these_combinations_of_parts_have_no_faults() -> None:
    valid = {present for present in COMBINATIONS if not expected_in_relation(present)}

    with_gridpool = {"gridpool_id", "delivery_area"}
    assert valid == {
        frozenset({"microgrid_id", "market_location_ref"}),
        *(
            frozenset({*with_gridpool, *ends, *more})
            for ends in (PARTS[1:2], PARTS[2:3], PARTS[1:3])
            for more in ((), ("participations",))
        ),
    }


@pytest.mark.parametrize("field", ["gridpool_id", "microgrid_id"])
def test_an_id_of_0_in_a_relation_is_a_fault(field: str) -> None:
    message = VALID["relation"]()
    change(message, {field: 0, "market_location_ref": None})

    relation, faults = decode(message)

    assert int(getattr(relation, field)) == 0
    assert [(it.rule, it.path) for it in faults] == [(Rule.ID_ZERO, field)]
    assert encode(relation, type(message)) == message


def test_exactly_the_market_areas_of_the_api_are_recognized() -> None:
    areas = market_area_pb2.MarketArea.values()
    for area in (*areas, 1, 100, -1, 2**31 - 1):
        message = VALID["relation"]()
        change(message, {"market_location_ref.market_area": area})

        relation, _ = decode(message)

        expected = [] if area and area in areas else [(MAJOR, "market_location_ref.market_area")]
        assert found_in(message) == expected, area
        decoded_area = relation.market_location_ref.market_area
        assert (decoded_area, type(decoded_area)) == (area, int)


# The parts of a schedule --------------------------------------------------------------------------

REQUIRED: Final = (
    "counterparty_balancing_group",
    "counterparty_delivery_area",
    "frequenz_delivery_area",
    "validity_period",
)


def test_missing_parts_of_a_schedule_except_its_cancellation_are_minor_faults() -> None:
    for presence in product([True, False], repeat=5):
        missing = [
            part
            for part, is_present in zip((*REQUIRED, "cancel_time"), presence, strict=True)
            if not is_present
        ]
        message = VALID["schedule"]()
        change(message, dict.fromkeys(missing))

        schedule, _ = decode(message)

        expected = [(MINOR, part) for part in missing if part in REQUIRED]
        assert found_in(message) == in_order_of_paths(expected), missing
        assert [getattr(schedule, part) for part in missing] == [None] * len(missing)
        assert encode_schedule(schedule) == message, missing


def test_a_fault_of_an_entry_has_its_index() -> None:
    message = VALID["schedule"]()
    message.time_series.add(active_power_w=2.5)
    message.time_series.add(start_time={"seconds": 9}, active_power_w=3.5)
    message.time_series.add(start_time={"nanos": -1}, active_power_w=4.5)

    schedule, _ = decode(message)

    assert found_in(message) == [
        (MINOR, "time_series[1].start_time"),
        (MAJOR, "time_series[3].start_time"),
    ]
    assert [(it.start_time is None, it.active_power_w) for it in schedule.time_series] == [
        (False, 1.5),
        (True, 2.5),
        (False, 3.5),
        (True, 4.5),
    ]


@pytest.mark.parametrize(
    ("changes", "path", "expected"),
    [
        ({"": None}, "", None),
        ({"": {}, ".type": 1}, ".value", MarketLocationId(value=None, type=Type.MALO_ID)),
        ({".id": None}, ".value", MarketLocationId(value=None, type=Type.MALO_ID)),
        ({".id.value": ""}, ".value", MarketLocationId(value="", type=Type.MALO_ID)),
    ],
    ids=["no identifier", "type only", "no value", "empty value"],
)
def test_a_missing_part_of_a_market_location_is_a_minor_fault(
    changes: dict[str, Any], path: str, expected: MarketLocationId | None
) -> None:
    message = VALID["relation"]()
    change(message, {f"{_LOCATION}{name}": value for name, value in changes.items()})

    relation, _ = decode(message)

    assert found_in(message) == [(MINOR, f"{_LOCATION}{path}")]
    assert relation.market_location_ref == MarketLocationRef(
        market_area=101, market_location_id=expected
    )


@pytest.mark.parametrize(
    ("period", "expected", "paths"),
    [
        ({}, Interval(), []),
        ({"start_time": AT_9}, Interval(start=MOMENT_9), []),
        ({"end_time": AT_9}, Interval(end=MOMENT_9), []),
        ({"start_time": AT_9, "end_time": AT_9}, Interval(start=MOMENT_9, end=MOMENT_9), []),
        ({"start_time": AT_9, "end_time": {"seconds": 8}}, None, [""]),
        ({"start_time": OUT_OF_RANGE}, None, [".start"]),
        ({"start_time": AT_9, "end_time": OUT_OF_RANGE}, None, [".end"]),
        ({"start_time": {"nanos": -1}, "end_time": OUT_OF_RANGE}, None, [".end", ".start"]),
    ],
    ids=[
        "empty",
        "only start",
        "only end",
        "single moment",
        "inverted",
        "invalid start",
        "invalid end",
        "both invalid",
    ],
)
def test_a_period_with_an_invalid_end_is_none(
    period: dict[str, Any], expected: Interval | None, paths: list[str]
) -> None:
    schedule, relation = VALID["schedule"](), VALID["relation"]()
    change(schedule, {"validity_period": period})
    change(relation, {"participations[1].validity_period": period})

    assert decode(schedule)[0].validity_period == expected
    assert decode(relation)[0].participations[1].validity_period == expected
    assert found_in(schedule) == [(MAJOR, f"validity_period{path}") for path in paths]
    assert found_in(relation) == [
        (MAJOR, f"participations[1].validity_period{path}") for path in paths
    ]


# Faults in pairs ----------------------------------------------------------------------------------


class Fault(NamedTuple):
    """A change of a valid message, and the fault that it causes."""

    change: dict[str, Any]
    severity: Severity
    path: str


_INVERTED: Final = {"start_time": {"seconds": 9}, "end_time": {"seconds": 8}}

FAULTS: Final[dict[str, list[Fault]]] = {
    "sensor": [
        Fault(
            {"operational_lifetime.start_timestamp": OUT_OF_RANGE},
            MAJOR,
            "operational_lifetime.start",
        ),
        Fault(
            {"operational_lifetime.end_timestamp": OUT_OF_RANGE}, MAJOR, "operational_lifetime.end"
        ),
        Fault({"id": 0}, MAJOR, "id"),
        Fault({"microgrid_id": 0}, MINOR, "microgrid_id"),
    ],
    "schedule": [
        Fault(
            {"counterparty_balancing_group.code": ""}, MINOR, "counterparty_balancing_group.code"
        ),
        Fault(
            {"counterparty_delivery_area.code_type": 3},
            MAJOR,
            "counterparty_delivery_area.code_type",
        ),
        Fault(
            {"frequenz_delivery_area.code": "10YDE-VE-------1"},
            MAJOR,
            "frequenz_delivery_area.code",
        ),
        Fault({"direction": 0}, MAJOR, "direction"),
        Fault({"delivery_duration": 5}, MAJOR, "delivery_duration"),
        Fault({"validity_period": _INVERTED}, MAJOR, "validity_period"),
        Fault({"cancel_time": OUT_OF_RANGE}, MAJOR, "cancel_time"),
        Fault({"time_series[0].start_time": None}, MINOR, "time_series[0].start_time"),
        Fault({"time_series[0].active_power_w": NAN}, MAJOR, "time_series[0].active_power_w"),
        Fault({"gridpool_id": 0}, MINOR, "gridpool_id"),
        Fault({"schedule_id": 0}, MAJOR, "schedule_id"),
    ],
    "relation": [
        Fault({"gridpool_id": 0}, MAJOR, "gridpool_id"),
        Fault({"microgrid_id": 0}, MAJOR, "microgrid_id"),
        Fault({"delivery_area.code": "10YDE"}, MAJOR, "delivery_area.code"),
        Fault({"delivery_area.code_type": 0}, MAJOR, "delivery_area.code_type"),
        Fault({"market_location_ref.market_area": 0}, MAJOR, "market_location_ref.market_area"),
        Fault({f"{_LOCATION}.type": 13}, MAJOR, f"{_LOCATION}.type"),
        Fault({f"{_LOCATION}.id": None}, MINOR, f"{_LOCATION}.value"),
        Fault({"participations[0].type": 3}, MAJOR, "participations[0].type"),
        Fault({"participations[1].type": 0}, MAJOR, "participations[1].type"),
        Fault(
            {"participations[0].validity_period": _INVERTED},
            MAJOR,
            "participations[0].validity_period",
        ),
        Fault(
            {"participations[1].validity_period.end_time": OUT_OF_RANGE},
            MAJOR,
            "participations[1].validity_period.end",
        ),
    ],
}
PAIRS: Final = [
    (kind, pair)
    for kind, faults in FAULTS.items()
    for pair in combinations(faults, 2)
    # A code is only checked if its type is known.
    if {it.path for it in pair} != {"delivery_area.code", "delivery_area.code_type"}
]


def test_a_single_fault_is_the_only_one_found() -> None:
    for kind, faults in FAULTS.items():
        assert found_in(VALID[kind]()) == [], kind
        for fault in faults:
            message = VALID[kind]()
            change(message, fault.change)
            assert found_in(message) == [(fault.severity, fault.path)], (kind, fault)


def test_one_fault_does_not_hide_another() -> None:
    for kind, pair in PAIRS:
        message = VALID[kind]()
        for fault in pair:
            change(message, fault.change)
        expected = [(fault.severity, fault.path) for fault in pair]
        assert found_in(message) == in_order_of_paths(expected), (kind, pair)


# Energy identification codes ----------------------------------------------------------------------

# As ENTSO-E publishes them: delivery areas of Germany, the Netherlands, Austria, France, Belgium.
PUBLISHED: Final = [
    "10YDE-EON------1",
    "10YDE-VE-------2",
    "10YDE-RWENET---I",
    "10YNL----------L",
    "10YAT-APG------L",
    "10YFR-RTE------C",
    "10YBE----------2",
]
VALUES: Final = string.digits + string.ascii_uppercase + "-"

stems: Final = st.text(VALUES, min_size=15, max_size=15)


def has_valid_check_character(code: str) -> bool:
    """Return whether the weighted sum of all characters is divisible by 37."""
    weighted = zip(code, range(16, 0, -1), strict=True)
    return sum(VALUES.index(character) * weight for character, weight in weighted) % 37 == 0


@pytest.mark.parametrize("code", PUBLISHED)
def test_the_published_codes_are_valid(code: str) -> None:
    assert has_valid_check_character(code)
    assert eic_fault(code, "code") is None


@given(stem=stems)
@settings(max_examples=50)
def test_one_check_character_completes_a_code_unless_it_is_a_hyphen(stem: str) -> None:
    valid = [stem + last for last in VALUES if eic_fault(stem + last, "code") is None]

    assert has_valid_check_character(stem + check_character(stem))
    assert valid == [
        stem + last for last in VALUES if has_valid_check_character(stem + last) and last != "-"
    ]
    assert len(valid) <= 1


@pytest.mark.parametrize("code", PUBLISHED)
def test_a_wrong_character_and_two_swapped_ones_are_detected(code: str) -> None:
    wrong = {code[:index] + other + code[index + 1 :] for index in range(16) for other in VALUES}
    wrong |= {
        code[:index] + code[index + 1] + code[index] + code[index + 2 :] for index in range(14)
    }

    assert [it for it in wrong - {code} if eic_fault(it, "code") is None] == []


@pytest.mark.parametrize(
    "code",
    [
        *(
            "",
            " ",
            "10YDE-VE-------",
            "10YDE-VE-------22",
            " 10YDE-VE-------2",
            "10YDE-VE-------2 ",
        ),
        *("10yde-ve-------2", "10YDE_VE_______2", "10YDE-VE-------2\n", "10YDE\u2013VE-------2"),
        *("\uff110YDE-VE-------2", "\u0660" * 16, "----------------"),
    ],
    ids=ascii,
)
def test_a_malformed_code_is_a_fault(code: str) -> None:
    fault = eic_fault(code, "a.code")

    assert fault is not None
    assert (fault.rule, fault.path) == (Rule.EIC_MALFORMED, "a.code")
    assert fault.sentence == (
        f"invalid EIC {code!r}: expected 16 characters of 0-9, A-Z and -, not ending in -"
    )


@pytest.mark.parametrize(
    ("code", "expected"), [("10YDE-VE-------3", "2"), ("10YDE-VE-----X50", "no character")]
)
def test_a_wrong_check_character_is_a_fault_that_names_the_right_one(
    code: str, expected: str
) -> None:
    fault = eic_fault(code, "a.code")

    assert fault is not None
    assert (fault.rule, fault.path) == (Rule.EIC_CHECK_CHARACTER, "a.code")
    assert fault.sentence == (
        f"invalid EIC {code!r}: wrong check character; {expected} matches the first 15 characters"
    )


@pytest.mark.parametrize("code_type", [0, 2, 9])
def test_codes_of_another_type_are_not_checked_as_eics(code_type: int) -> None:
    message = VALID["relation"]()
    change(message, {"delivery_area": {"code": "10YDE", "code_type": code_type}})

    assert "delivery_area.code" not in [path for _, path in found_in(message)]


# Round trips of faulty objects --------------------------------------------------------------------

texts: Final = st.none() | st.text(min_size=1, max_size=5)
powers: Final = st.floats(allow_nan=False)
intervals: Final = in_order(moments).map(lambda pair: Interval(start=pair[0], end=pair[1]))
lifetimes: Final = in_order(moments).map(lambda pair: Lifetime(start=pair[0], end=pair[1]))


def members(enum: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for the members of an enum, including UNSPECIFIED, and unknown numbers."""
    return st.sampled_from(enum) | unknown_numbers


def maybe(cls: Any, **parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | st.builds(cls, **parts)


areas: Final = maybe(DeliveryArea, code=texts, code_type=members(EnergyMarketCodeType))

ANY: Final[dict[str, tuple[Any, st.SearchStrategy[Any]]]] = {
    "sensor": (
        encode_sensor,
        st.builds(
            Sensor,
            id=numbers.map(SensorId),
            microgrid_id=numbers.map(MicrogridId),
            name=texts,
            manufacturer=texts,
            model_name=texts,
            model=texts,
            operational_lifetime=st.none() | lifetimes,
        ),
    ),
    "gridpool": (encode_gridpool, st.builds(Gridpool, id=numbers, name=texts)),
    "schedule": (
        encode_schedule,
        st.builds(
            GridpoolEnergySchedule,
            gridpool_id=numbers,
            schedule_id=numbers,
            name=texts,
            counterparty_balancing_group=maybe(
                BalancingGroup, code=texts, code_type=members(EnergyMarketCodeType)
            ),
            counterparty_delivery_area=areas,
            frequenz_delivery_area=areas,
            direction=members(GridpoolEnergyScheduleDirection),
            validity_period=st.none() | intervals,
            cancel_time=st.none() | moments,
            delivery_duration=members(DeliveryDuration),
            time_series=st.lists(
                st.builds(
                    GridpoolEnergyScheduleTimeSeriesEntry,
                    start_time=st.none() | moments,
                    active_power_w=powers,
                ),
                max_size=3,
            ),
        ),
    ),
    "relation": (
        encode_relation,
        st.builds(
            MarketTopologyRelation,
            microgrid_id=st.none() | numbers.map(MicrogridId),
            market_location_ref=maybe(
                MarketLocationRef,
                market_area=unknown_numbers | st.sampled_from([0, 101]),
                market_location_id=maybe(
                    MarketLocationId,
                    value=st.none() | st.text(max_size=5),
                    type=members(MarketLocationIdType),
                ),
            ),
            gridpool_id=st.none() | numbers,
            delivery_area=areas,
            participations=st.lists(
                st.builds(
                    MarketParticipation,
                    type=members(MarketParticipationType),
                    validity_period=st.none() | intervals,
                ),
                max_size=3,
            ),
        ),
    ),
}


@pytest.mark.parametrize("kind", ANY)
@settings(max_examples=50)
@given(data=st.data())
def test_any_object_survives_a_round_trip(kind: str, data: st.DataObject) -> None:
    encode_item, models = ANY[kind]
    item = data.draw(models)
    message = encode_item(item)

    assert type(message) is type(VALID[kind]())
    assert decode(message)[0] == item


@pytest.mark.parametrize("kind", ANY)
@settings(max_examples=50)
@given(data=st.data())
def test_the_object_of_any_message_survives_a_round_trip(kind: str, data: st.DataObject) -> None:
    message_type = type(VALID[kind]())
    item, _ = decode(data.draw(any_message(message_type)))

    decoded, _ = decode(encode(item, message_type))

    assert repr(decoded) == repr(item)  # NaN differs from itself


def test_empty_texts_are_none_except_the_value_of_a_market_location() -> None:
    message = VALID["relation"]()
    change(message, {f"{_LOCATION}.id.value": "", "delivery_area.code": ""})

    relation, _ = decode(message)

    assert relation.market_location_ref.market_location_id.value == ""
    assert relation.delivery_area.code is None


@pytest.mark.parametrize(
    ("nanos", "microseconds"), [(999, 0), (1_000, 1), (1_999, 1), (999_999_999, 999_999)]
)
def test_times_of_the_market_are_truncated_to_microseconds(nanos: int, microseconds: int) -> None:
    moment = {"seconds": 1, "nanos": nanos}
    message = VALID["schedule"]()
    change(
        message,
        {
            "cancel_time": moment,
            "validity_period": {"start_time": moment, "end_time": moment},
            "time_series[0].start_time": moment,
        },
    )

    schedule, faults = decode(message)

    expected = datetime(1970, 1, 1, 0, 0, 1, microseconds, tzinfo=UTC)
    assert faults == []
    assert {
        schedule.cancel_time,
        schedule.validity_period.start,
        schedule.validity_period.end,
        schedule.time_series[0].start_time,
    } == {expected}
