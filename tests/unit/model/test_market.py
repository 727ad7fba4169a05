"""The classes of the market: published fields, periods, effective schedules, sequences."""

import copy
import pickle
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
"""By published class, its fields in order; those with a question mark are optional."""

ADDED: Final = {"Sensor": ["manufacturer", "model_name"]}
"""By class, the fields that the published class lacks."""


def test_the_fields_are_the_published_ones_and_added_ones_are_optional() -> None:
    for name, published in PUBLISHED.items():
        all_fields = {field.name: field for field in fields(getattr(assets, name))}
        added = ADDED.get(name, [])

        assert [
            field.name + "?" * (field.default is not MISSING)
            for field in all_fields.values()
            if field.name not in added
        ] == published.split(), name
        assert all(all_fields[field].default is None for field in added), name
        assert all(field.kw_only for field in all_fields.values()), name


def test_the_table_has_every_class_of_the_market() -> None:
    market = {
        name
        for name, value in ((name, getattr(assets, name)) for name in assets.__all__)
        if getattr(value, "__module__", "").endswith((".market", ".time", ".sensor"))
        and hasattr(value, "__dataclass_fields__")
    }
    assert "MarketLocationRef" in market
    assert market <= set(PUBLISHED)


# Moments and periods ------------------------------------------------------------------------------

# Few times, so that many are equal.
hours = st.integers(-3, 3).map(
    lambda hour: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=hour)
)
intervals = in_order(hours).map(lambda pair: Interval(start=pair[0], end=pair[1]))

EARLY: Final = datetime(2024, 1, 1, tzinfo=UTC)
LATE: Final = datetime(2024, 12, 31, tzinfo=UTC)


def test_a_lifetime_of_a_single_moment_includes_it_and_such_an_interval_is_empty() -> None:
    assert EARLY in Interval(start=EARLY, end=EARLY + timedelta(microseconds=1))
    assert EARLY not in Interval(start=EARLY, end=EARLY)
    assert Lifetime(start=EARLY, end=EARLY).is_operational_at(EARLY)


@pytest.mark.parametrize("period", [Interval, Lifetime])
def test_times_of_different_time_zones_are_compared_as_points_in_time(period: type[Any]) -> None:
    same = EARLY.astimezone(timezone(timedelta(hours=14)))
    assert period(start=EARLY, end=same) == period(start=same, end=EARLY)
    with pytest.raises(ValueError, match="must be before or equal to"):
        period(start=same + timedelta(microseconds=1), end=EARLY)


def test_an_interval_includes_times_of_any_time_zone() -> None:
    interval = Interval(start=EARLY, end=LATE)
    for hours_east in (-12, 0, 14):
        zone = timezone(timedelta(hours=hours_east))
        assert EARLY.astimezone(zone) in interval
        assert LATE.astimezone(zone) not in interval


def test_an_interval_without_ends_includes_the_first_and_the_last_datetime() -> None:
    for moment in (datetime.min, datetime.max):
        assert moment.replace(tzinfo=UTC) in Interval()


def test_a_time_without_a_time_zone_cannot_be_compared() -> None:
    with pytest.raises(TypeError):
        _ = datetime(2024, 6, 1) in Interval(start=EARLY)
    with pytest.raises(TypeError):
        Interval(start=EARLY, end=datetime(2024, 6, 1))


# When a schedule is effective ---------------------------------------------------------------------


@given(validity=st.none() | intervals, cancelled=st.none() | hours, moment=hours)
@also(validity=Interval(start=LATE), cancelled=EARLY, moment=EARLY)
@also(validity=Interval(start=LATE), cancelled=EARLY, moment=LATE)
def test_a_schedule_is_effective_in_its_validity_period_until_it_is_cancelled(
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
def test_a_cancellation_changes_only_the_end(
    validity: Interval, cancelled: datetime | None
) -> None:
    schedule: GridpoolEnergySchedule = example(
        GridpoolEnergySchedule, validity_period=validity, cancel_time=cancelled
    )
    assert schedule.effective_period.start == validity.start
    assert schedule.validity_period == validity


@given(periods=st.lists(st.none() | intervals, max_size=4), moment=hours)
def test_participations_at_a_time_are_the_valid_ones_in_their_order(
    periods: list[Interval | None], moment: datetime
) -> None:
    participations = [
        MarketParticipation(type=number, validity_period=period)
        for number, period in enumerate(periods)
    ]
    relation: MarketTopologyRelation = example(
        MarketTopologyRelation, participations=participations
    )
    assert relation.participations_at(moment) == tuple(
        participation
        for participation, period in zip(participations, periods, strict=True)
        if not period or moment in period
    )


# Sequences ----------------------------------------------------------------------------------------

ENTRY: Final = GridpoolEnergyScheduleTimeSeriesEntry(start_time=EARLY, active_power_w=1.5)
PARTICIPATION: Final = MarketParticipation(
    type=MarketParticipationType.ENERGY_TRADING, validity_period=None
)
SEQUENCES: Final = [
    pytest.param(GridpoolEnergySchedule, "time_series", ENTRY, id="time_series"),
    pytest.param(MarketTopologyRelation, "participations", PARTICIPATION, id="participations"),
]


@pytest.mark.parametrize(("cls", "field", "item"), SEQUENCES)
def test_sequences_can_be_given_as_any_iterable(cls: type[Any], field: str, item: Any) -> None:
    expected = example(cls, **{field: (item, item)})
    for iterable in (list, tuple, iter):
        constructed = example(cls, **{field: iterable([item, item])})
        replaced = replace(expected, **{field: iterable([item, item])})
        assert constructed == replaced == expected
        assert hash(constructed) == hash(replaced) == hash(expected)
        assert type(getattr(replaced, field)) is tuple


@pytest.mark.parametrize(("cls", "field", "item"), SEQUENCES)
def test_sequences_of_copies_are_tuples(cls: type[Any], field: str, item: Any) -> None:
    instance = example(cls, **{field: [item]})
    for copied in (
        copy.copy(instance),
        copy.deepcopy(instance),
        pickle.loads(pickle.dumps(instance)),
    ):
        assert getattr(copied, field) == (item,)


def test_asdict_converts_items_of_sequences() -> None:
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


# Unknown numbers ----------------------------------------------------------------------------------


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
def test_an_unknown_number_of_an_enum_is_an_integer(name: str, field: str) -> None:
    instance = example(getattr(assets, name), **{field: UNKNOWN})
    assert type(getattr(instance, field)) is int
    assert pickle.loads(pickle.dumps(instance)) == instance
    assert hash(instance) == hash(copy.deepcopy(instance))


def test_a_balancing_group_does_not_equal_a_delivery_area() -> None:
    group: object = BalancingGroup(code=AREA.code, code_type=AREA.code_type)
    assert group != AREA


def test_a_sensor_requires_the_fields_of_the_published_one() -> None:
    arguments = {field: getattr(example(Sensor), field) for field in PUBLISHED["Sensor"].split()}
    sensor = Sensor(**arguments)
    assert (sensor.manufacturer, sensor.model_name) == (None, None)
    assert sensor.product == sensor.model
    for field in arguments:
        with pytest.raises(TypeError, match=field):
            Sensor(**{name: value for name, value in arguments.items() if name != field})
