"""The market's part of the model, where `test_model` does not tell all: by the definitions."""

import copy
import pickle
from collections.abc import Callable
from dataclasses import MISSING, asdict, fields, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

import pytest
from hypothesis import example as also
from hypothesis import given
from hypothesis import strategies as st

from frequenz.client import assets
from frequenz.client.assets import (
    BalancingGroup,
    GridpoolEnergySchedule,
    GridpoolEnergyScheduleTimeSeriesEntry,
    Interval,
    Lifetime,
    MarketParticipation,
    MarketParticipationType,
    MarketTopologyRelation,
    Sensor,
)

from ..examples import AREA, INTERVAL, UNKNOWN, example
from ..strategies import in_order

# As the published client constructs them ----------------------------------------------------------

PUBLISHED: Final = {
    "BalancingGroup": "code code_type",
    "DeliveryArea": "code code_type",
    "Gridpool": "id name",
    "GridpoolEnergySchedule": """
        gridpool_id schedule_id name counterparty_balancing_group counterparty_delivery_area
        frequenz_delivery_area direction validity_period cancel_time delivery_duration time_series
    """,
    "GridpoolEnergyScheduleTimeSeriesEntry": "start_time active_power_w",
    "Interval": "start? end?",
    "Lifetime": "start? end?",
    "Location": "latitude longitude country_code",
    "MarketLocationId": "value type",
    "MarketLocationRef": "market_area market_location_id",
    "MarketParticipation": "type validity_period",
    "MarketTopologyRelation": """
        microgrid_id market_location_ref gridpool_id delivery_area participations
    """,
    "Sensor": "id microgrid_id name model operational_lifetime",
}
"""The fields of the published classes in their order; those with a question mark are optional."""

ADDED: Final = {"Sensor": ["manufacturer", "model_name"]}


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_fields_are_the_published_ones_and_those_added_are_optional(name: str) -> None:
    held = {field.name: field for field in fields(getattr(assets, name))}
    added = ADDED.get(name, [])

    assert [
        field.name + "?" * (field.default is not MISSING)
        for field in held.values()
        if field.name not in added
    ] == PUBLISHED[name].split()
    assert all(held[field].default is None for field in added)
    assert all(field.kw_only for field in held.values())


def test_every_class_of_the_market_is_among_them() -> None:
    market = {
        name
        for name, value in ((name, getattr(assets, name)) for name in assets.__all__)
        if getattr(value, "__module__", "").endswith((".market", ".time", ".sensor"))
        and hasattr(value, "__dataclass_fields__")
    }
    assert "MarketLocationRef" in market
    assert market <= set(PUBLISHED)


# Moments and periods ------------------------------------------------------------------------------

# Few moments, so that many of them meet.
hours = st.integers(-3, 3).map(
    lambda hour: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=hour)
)
intervals = in_order(hours).map(lambda pair: Interval(start=pair[0], end=pair[1]))

EARLY: Final = datetime(2024, 1, 1, tzinfo=UTC)
LATE: Final = datetime(2024, 12, 31, tzinfo=UTC)


def test_a_period_may_be_a_moment_and_an_interval_of_one_is_empty() -> None:
    assert EARLY in Interval(start=EARLY, end=EARLY + timedelta(microseconds=1))
    assert EARLY not in Interval(start=EARLY, end=EARLY)
    assert Lifetime(start=EARLY, end=EARLY).is_operational_at(EARLY)


@pytest.mark.parametrize("period", [Interval, Lifetime])
def test_moments_of_any_time_zone_are_compared_as_moments(period: type[Any]) -> None:
    same = EARLY.astimezone(timezone(timedelta(hours=14)))
    assert period(start=EARLY, end=same) == period(start=same, end=EARLY)
    with pytest.raises(ValueError, match="must be before or equal to"):
        period(start=same + timedelta(microseconds=1), end=EARLY)


def test_an_interval_holds_moments_of_any_time_zone() -> None:
    interval = Interval(start=EARLY, end=LATE)
    for hours_east in (-12, 0, 14):
        zone = timezone(timedelta(hours=hours_east))
        assert EARLY.astimezone(zone) in interval
        assert LATE.astimezone(zone) not in interval


def test_a_period_without_ends_holds_the_first_and_the_last_moment_of_all() -> None:
    for moment in (datetime.min, datetime.max):
        assert moment.replace(tzinfo=UTC) in Interval()


def test_a_moment_without_a_time_zone_cannot_be_compared() -> None:
    with pytest.raises(TypeError):
        _ = datetime(2024, 6, 1) in Interval(start=EARLY)
    with pytest.raises(TypeError):
        Interval(start=EARLY, end=datetime(2024, 6, 1))


# When a schedule holds ----------------------------------------------------------------------------


@given(validity=st.none() | intervals, cancelled=st.none() | hours, moment=hours)
@also(validity=Interval(start=LATE), cancelled=EARLY, moment=EARLY)
@also(validity=Interval(start=LATE), cancelled=EARLY, moment=LATE)
def test_a_schedule_holds_at_a_moment_of_its_validity_before_it_is_cancelled(
    validity: Interval | None, cancelled: datetime | None, moment: datetime
) -> None:
    schedule: GridpoolEnergySchedule = example(
        GridpoolEnergySchedule, validity_period=validity, cancel_time=cancelled
    )
    is_valid = validity is None or moment in validity
    assert (moment in schedule.effective_period) is (
        is_valid and (cancelled is None or moment < cancelled)
    )


@given(validity=intervals, cancelled=st.none() | hours)
def test_a_cancellation_moves_the_end_only(validity: Interval, cancelled: datetime | None) -> None:
    schedule: GridpoolEnergySchedule = example(
        GridpoolEnergySchedule, validity_period=validity, cancel_time=cancelled
    )
    assert schedule.effective_period.start == validity.start
    assert schedule.validity_period == validity


@given(periods=st.lists(st.none() | intervals, max_size=4), moment=hours)
def test_the_participations_at_a_moment_are_those_that_hold_then_in_their_order(
    periods: list[Interval | None], moment: datetime
) -> None:
    given_ones = [
        MarketParticipation(type=number, validity_period=period)
        for number, period in enumerate(periods)
    ]
    relation: MarketTopologyRelation = example(MarketTopologyRelation, participations=given_ones)
    assert relation.participations_at(moment) == tuple(
        one
        for one, period in zip(given_ones, periods, strict=True)
        if not period or moment in period
    )


# Sequences ----------------------------------------------------------------------------------------

ENTRY: Final = GridpoolEnergyScheduleTimeSeriesEntry(start_time=EARLY, active_power_w=1.5)
PARTICIPATION: Final = MarketParticipation(
    type=MarketParticipationType.ENERGY_TRADING, validity_period=None
)
SEQUENCES: Final[list[tuple[type[Any], str, Any]]] = [
    (GridpoolEnergySchedule, "time_series", ENTRY),
    (MarketTopologyRelation, "participations", PARTICIPATION),
]


@pytest.mark.parametrize(("cls", "field", "item"), SEQUENCES)
@pytest.mark.parametrize("made_of", [list, tuple, iter])
def test_what_a_sequence_is_given_as_makes_no_difference(
    cls: type[Any], field: str, item: Any, made_of: Callable[[Any], Any]
) -> None:
    expected = example(cls, **{field: (item, item)})
    made = example(cls, **{field: made_of([item, item])})
    again = replace(expected, **{field: made_of([item, item])})
    assert made == again == expected
    assert hash(made) == hash(again) == hash(expected)
    assert type(getattr(again, field)) is tuple


@pytest.mark.parametrize(("cls", "field", "item"), SEQUENCES)
@pytest.mark.parametrize(
    "back", [copy.copy, copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))]
)
def test_a_sequence_stays_a_tuple_in_copies(
    cls: type[Any], field: str, item: Any, back: Callable[[Any], Any]
) -> None:
    assert getattr(back(example(cls, **{field: [item]})), field) == (item,)


def test_asdict_reaches_into_sequences_and_parts() -> None:
    schedule: GridpoolEnergySchedule = example(GridpoolEnergySchedule, time_series=[ENTRY])
    relation: MarketTopologyRelation = example(
        MarketTopologyRelation, participations=[PARTICIPATION]
    )
    assert asdict(schedule)["time_series"] == ({"start_time": EARLY, "active_power_w": 1.5},)
    assert asdict(schedule)["validity_period"] == {"start": INTERVAL.start, "end": INTERVAL.end}
    assert asdict(relation)["participations"] == (
        {"type": MarketParticipationType.ENERGY_TRADING, "validity_period": None},
    )
    assert asdict(relation)["market_location_ref"]["market_location_id"]["value"] == "50012345678"


# What the client does not know --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("BalancingGroup", "code_type"),
        ("GridpoolEnergySchedule", "direction"),
        ("GridpoolEnergySchedule", "delivery_duration"),
        ("MarketLocationId", "type"),
        ("MarketLocationRef", "market_area"),
        ("MarketParticipation", "type"),
    ],
)
def test_a_number_without_a_member_stays_as_it_is(name: str, field: str) -> None:
    made = example(getattr(assets, name), **{field: UNKNOWN})
    assert type(getattr(made, field)) is int
    assert pickle.loads(pickle.dumps(made)) == made
    assert hash(made) == hash(copy.deepcopy(made))


def test_a_balancing_group_is_no_delivery_area() -> None:
    group: object = BalancingGroup(code=AREA.code, code_type=AREA.code_type)
    assert group != AREA


def test_a_sensor_needs_what_the_published_one_needs() -> None:
    given_ones = {field: getattr(example(Sensor), field) for field in PUBLISHED["Sensor"].split()}
    made = Sensor(**given_ones)
    assert (made.manufacturer, made.model_name) == (None, None)
    assert made.product == made.model
    for field in given_ones:
        with pytest.raises(TypeError, match=field):
            Sensor(**{name: value for name, value in given_ones.items() if name != field})
