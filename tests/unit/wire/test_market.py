"""Sensors and the market on the wire, where `test_wire` and `test_findings` do not tell all.

Rules are evaluated for every combination of what is there, and faults in pairs.
"""

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

from ..messages import VALID, CODECS, decode, encode, change
from ..strategies import any_message, in_order, moments, numbers, unknown_numbers

MAJOR: Final = Severity.MAJOR
MINOR: Final = Severity.MINOR
Type: TypeAlias = MarketLocationIdType

AT_9: Final = {"seconds": 9}
MOMENT_9: Final = datetime(1970, 1, 1, 0, 0, 9, tzinfo=UTC)
NOWHEN: Final = {"seconds": 2**62}
NAN: Final = float("nan")

_LOCATION: Final = "market_location_ref.market_location_id"

Said: TypeAlias = tuple[Severity, str]


def said(message: Message) -> list[Said]:
    """What is said of a message: severities and paths."""
    return sorted(
        ((it.severity, it.path) for it in decode(message)[1]), key=lambda it: (it[1], it[0].value)
    )


def in_sorted(expected: Iterable[Said]) -> list[Said]:
    return sorted(expected, key=lambda it: (it[1], it[0].value))


# The rules of a relation --------------------------------------------------------------------------

ENDS: Final = "gridpool_id, microgrid_id, market_location_ref"
PARTS: Final = (
    "gridpool_id",
    "microgrid_id",
    "market_location_ref",
    "delivery_area",
    "participations",
)
PRESENCES: Final = [frozenset(it) for size in range(6) for it in combinations(PARTS, size)]


def broken_rules(there: frozenset[str]) -> list[Said]:
    """The rules of the API's comments that a relation with these parts breaks."""
    has_gridpool = "gridpool_id" in there
    return in_sorted(
        (MAJOR, path)
        for path, is_broken in {
            ENDS: len(there & {*PARTS[:3]}) < 2,
            "delivery_area": ("delivery_area" in there) != has_gridpool,
            "participations": "participations" in there and not has_gridpool,
        }.items()
        if is_broken
    )


@pytest.mark.parametrize("there", PRESENCES, ids=lambda it: "-".join(sorted(it)) or "nothing")
def test_a_relation_breaks_the_rules_that_its_parts_break(there: frozenset[str]) -> None:
    message = VALID["relation"]()
    change(message, {part: None for part in PARTS if part not in there})

    assert said(message) == broken_rules(there)


def test_the_relations_without_findings_are_these() -> None:
    good = {there for there in PRESENCES if not broken_rules(there)}

    with_gridpool = {"gridpool_id", "delivery_area"}
    assert good == {
        frozenset({"microgrid_id", "market_location_ref"}),
        *(
            frozenset({*with_gridpool, *ends, *more})
            for ends in (PARTS[1:2], PARTS[2:3], PARTS[1:3])
            for more in ((), ("participations",))
        ),
    }


@pytest.mark.parametrize("field", ["gridpool_id", "microgrid_id"])
def test_an_id_of_0_is_read_and_said_to_be_the_id_of_nothing(field: str) -> None:
    message = VALID["relation"]()
    change(message, {field: 0, "market_location_ref": None})

    made, found = decode(message)

    assert int(getattr(made, field)) == 0
    assert [(it.rule, it.path) for it in found] == [(Rule.ID_ZERO, field)]
    assert encode(made, type(message)) == message


@pytest.mark.parametrize(
    "area", [*market_area_pb2.MarketArea.values(), 1, 100, -1, 2**31 - 1], ids=str
)
def test_every_market_area_of_the_contract_is_recognized_and_no_other(area: int) -> None:
    message = VALID["relation"]()
    change(message, {"market_location_ref.market_area": area})

    made, _ = decode(message)

    is_good = area and area in market_area_pb2.MarketArea.values()
    assert said(message) == ([] if is_good else [(MAJOR, "market_location_ref.market_area")])
    assert (made.market_location_ref.market_area, type(made.market_location_ref.market_area)) == (
        area,
        int,
    )


# The parts of a schedule --------------------------------------------------------------------------

WANTED: Final = (
    "counterparty_balancing_group",
    "counterparty_delivery_area",
    "frequenz_delivery_area",
    "validity_period",
)


@pytest.mark.parametrize("there", [*product([True, False], repeat=5)], ids=str)
def test_the_parts_that_a_schedule_lacks_are_said_and_a_cancellation_is_none(
    there: tuple[bool, ...],
) -> None:
    lacking = [
        part for part, is_there in zip((*WANTED, "cancel_time"), there, strict=True) if not is_there
    ]
    message = VALID["schedule"]()
    change(message, dict.fromkeys(lacking))

    made, _ = decode(message)

    assert said(message) == in_sorted((MINOR, part) for part in lacking if part in WANTED)
    assert [getattr(made, part) for part in lacking] == [None] * len(lacking)
    assert encode_schedule(made) == message


def test_a_finding_of_an_entry_says_which_one() -> None:
    message = VALID["schedule"]()
    message.time_series.add(active_power_w=2.5)
    message.time_series.add(start_time={"seconds": 9}, active_power_w=3.5)
    message.time_series.add(start_time={"nanos": -1}, active_power_w=4.5)

    made, _ = decode(message)

    assert said(message) == [
        (MINOR, "time_series[1].start_time"),
        (MAJOR, "time_series[3].start_time"),
    ]
    assert [(it.start_time is None, it.active_power_w) for it in made.time_series] == [
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
    ids=str,
)
def test_what_a_market_location_lacks_is_said(
    changes: dict[str, Any], path: str, expected: MarketLocationId | None
) -> None:
    message = VALID["relation"]()
    change(message, {f"{_LOCATION}{name}": value for name, value in changes.items()})

    made, _ = decode(message)

    assert said(message) == [(MINOR, f"{_LOCATION}{path}")]
    assert made.market_location_ref == MarketLocationRef(
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
        ({"start_time": NOWHEN}, None, [".start"]),
        ({"start_time": AT_9, "end_time": NOWHEN}, None, [".end"]),
        ({"start_time": {"nanos": -1}, "end_time": NOWHEN}, None, [".end", ".start"]),
    ],
    ids=str,
)
def test_a_period_is_read_as_a_whole_or_not_at_all(
    period: dict[str, Any], expected: Interval | None, paths: list[str]
) -> None:
    schedule, relation = VALID["schedule"](), VALID["relation"]()
    change(schedule, {"validity_period": period})
    change(relation, {"participations[1].validity_period": period})

    assert decode(schedule)[0].validity_period == expected
    assert decode(relation)[0].participations[1].validity_period == expected
    assert said(schedule) == [(MAJOR, f"validity_period{path}") for path in paths]
    assert said(relation) == [(MAJOR, f"participations[1].validity_period{path}") for path in paths]


# Faults in pairs ----------------------------------------------------------------------------------


class Fault(NamedTuple):
    """A change of a good message, and what is said of it."""

    change: dict[str, Any]
    severity: Severity
    path: str


_INVERTED: Final = {"start_time": {"seconds": 9}, "end_time": {"seconds": 8}}

FAULTS: Final[dict[str, list[Fault]]] = {
    "sensor": [
        Fault(
            {"operational_lifetime.start_timestamp": NOWHEN}, MAJOR, "operational_lifetime.start"
        ),
        Fault({"operational_lifetime.end_timestamp": NOWHEN}, MAJOR, "operational_lifetime.end"),
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
        Fault({"cancel_time": NOWHEN}, MAJOR, "cancel_time"),
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
            {"participations[1].validity_period.end_time": NOWHEN},
            MAJOR,
            "participations[1].validity_period.end",
        ),
    ],
}
PAIRS: Final = [
    (kind, pair)
    for kind, faults in FAULTS.items()
    for pair in combinations(faults, 2)
    # What is no EIC is no fault of a code that is none.
    if {it.path for it in pair} != {"delivery_area.code", "delivery_area.code_type"}
]


@pytest.mark.parametrize(
    ("kind", "fault"), [(kind, it) for kind, faults in FAULTS.items() for it in faults], ids=str
)
def test_a_fault_alone_is_all_that_is_said(kind: str, fault: Fault) -> None:
    message = VALID[kind]()
    change(message, fault.change)

    assert said(message) == [(fault.severity, fault.path)]
    assert said(VALID[kind]()) == []


@pytest.mark.parametrize(
    ("kind", "pair"), PAIRS, ids=[f"{pair[0].path}-{pair[1].path}" for _, pair in PAIRS]
)
def test_one_fault_does_not_hide_another(kind: str, pair: tuple[Fault, Fault]) -> None:
    message = VALID[kind]()
    for fault in pair:
        change(message, fault.change)

    assert said(message) == in_sorted((it.severity, it.path) for it in pair)


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


def fits(code: str) -> bool:
    """Whether the check character fits: the weighted sum of all characters is divisible by 37."""
    weighted = zip(code, range(16, 0, -1), strict=True)
    return sum(VALUES.index(character) * weight for character, weight in weighted) % 37 == 0


@pytest.mark.parametrize("code", PUBLISHED)
def test_the_published_codes_are_good(code: str) -> None:
    assert fits(code)
    assert eic_fault(code, "code") is None


@given(stem=stems)
@settings(max_examples=50)
def test_one_check_character_completes_a_code_unless_it_were_a_hyphen(stem: str) -> None:
    good = [stem + last for last in VALUES if eic_fault(stem + last, "code") is None]

    assert fits(stem + check_character(stem))
    assert good == [stem + last for last in VALUES if fits(stem + last) and last != "-"]
    assert len(good) <= 1


@pytest.mark.parametrize("code", PUBLISHED)
def test_a_wrong_character_and_two_swapped_ones_are_noticed(code: str) -> None:
    wrong = {
        code[:place] + other + code[place + 1 :] for place in range(16) for other in VALUES
    } | {code[:place] + code[place + 1] + code[place] + code[place + 2 :] for place in range(14)}

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
def test_what_has_not_the_form_of_a_code_is_none(code: str) -> None:
    fault = eic_fault(code, "a.code")

    assert fault is not None
    assert (fault.rule, fault.path) == (Rule.EIC_MALFORMED, "a.code")
    assert fault.sentence == (
        f"invalid EIC {code!r}: expected 16 characters of 0-9, A-Z and -, not ending in -"
    )


@pytest.mark.parametrize(
    ("code", "expected"), [("10YDE-VE-------3", "2"), ("10YDE-VE-----X50", "no character")]
)
def test_a_wrong_check_character_is_said_with_the_right_one(code: str, expected: str) -> None:
    fault = eic_fault(code, "a.code")

    assert fault is not None
    assert (fault.rule, fault.path) == (Rule.EIC_CHECK_CHARACTER, "a.code")
    assert fault.sentence == (
        f"invalid EIC {code!r}: wrong check character; {expected} matches the first 15 characters"
    )


@pytest.mark.parametrize("code_type", [0, 2, 9])
def test_codes_of_another_type_have_no_check_character(code_type: int) -> None:
    message = VALID["relation"]()
    change(message, {"delivery_area": {"code": "10YDE", "code_type": code_type}})

    assert "delivery_area.code" not in [path for _, path in said(message)]


# Round trips of what is not good ------------------------------------------------------------------

texts: Final = st.none() | st.text(min_size=1, max_size=5)
powers: Final = st.floats(allow_nan=False)
intervals: Final = in_order(moments).map(lambda pair: Interval(start=pair[0], end=pair[1]))
lifetimes: Final = in_order(moments).map(lambda pair: Lifetime(start=pair[0], end=pair[1]))


def members(enum: Any) -> st.SearchStrategy[Any]:
    """Members of an enum, those that say nothing among them, and numbers that it has not."""
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
@given(data=st.data())
def test_a_model_object_makes_the_round_trip_however_wrong_it_is(
    kind: str, data: st.DataObject
) -> None:
    encode, models = ANY[kind]
    made = data.draw(models)
    message = encode(made)

    assert type(message) is type(VALID[kind]())
    assert decode(message)[0] == made


@pytest.mark.parametrize(
    "kind", [kind for kind in CODECS if kind in {type(VALID[name]()) for name in ANY}], ids=str
)
@settings(max_examples=50)
@given(data=st.data())
def test_what_any_message_is_read_as_makes_the_round_trip(
    kind: type[Message], data: st.DataObject
) -> None:
    message = data.draw(any_message(kind))
    made, _ = decode(message)

    again, _ = decode(encode(made, type(message)))

    assert repr(again) == repr(made)  # a NaN equals no other


def test_texts_that_are_empty_are_none_but_for_a_market_locations_value() -> None:
    message = VALID["relation"]()
    change(message, {f"{_LOCATION}.id.value": "", "delivery_area.code": ""})

    made, _ = decode(message)

    assert made.market_location_ref.market_location_id.value == ""
    assert made.delivery_area.code is None


@pytest.mark.parametrize(
    ("nanos", "microseconds"), [(999, 0), (1_000, 1), (1_999, 1), (999_999_999, 999_999)]
)
def test_moments_of_the_market_are_cut_to_microseconds(nanos: int, microseconds: int) -> None:
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

    made, found = decode(message)

    expected = datetime(1970, 1, 1, 0, 0, 1, microseconds, tzinfo=UTC)
    assert found == []
    assert {
        made.cancel_time,
        made.validity_period.start,
        made.validity_period.end,
        made.time_series[0].start_time,
    } == {expected}
