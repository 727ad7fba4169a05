"""Periods are compared as instants, also while clocks are set back or forward."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId
from hypothesis import given
from hypothesis import strategies as st

from frequenz.client.assets import (
    DeliveryDuration,
    GridpoolEnergySchedule,
    GridpoolEnergyScheduleDirection,
    GridpoolEnergyScheduleTimeSeriesEntry,
    Interval,
    Lifetime,
    MarketParticipation,
    MarketParticipationType,
    MarketTopologyRelation,
)
from frequenz.client.assets.electrical_component import ComponentConnection, Meter

BERLIN = ZoneInfo("Europe/Berlin")

SUMMER_0230 = datetime(2024, 10, 27, 2, 30, tzinfo=BERLIN)
WINTER_0210 = datetime(2024, 10, 27, 2, 10, tzinfo=BERLIN, fold=1)
"""40 minutes later, though its clock shows less."""

BEFORE_GAP = datetime(2024, 3, 31, 1, 59, tzinfo=BERLIN)
AFTER_GAP = datetime(2024, 3, 31, 3, 0, tzinfo=BERLIN)


@pytest.mark.parametrize("period", [Interval, Lifetime])
def test_a_period_may_start_before_clocks_are_set_back_and_end_after(
    period: type[Interval] | type[Lifetime],
) -> None:
    made = period(start=SUMMER_0230, end=WINTER_0210)
    assert (made.start, made.end) == (SUMMER_0230, WINTER_0210)
    with pytest.raises(ValueError, match="must be before or equal to"):
        period(start=WINTER_0210, end=SUMMER_0230)


@pytest.mark.parametrize("period", [Interval, Lifetime])
def test_periods_with_the_same_clocks_at_other_instants_differ(
    period: type[Interval] | type[Lifetime],
) -> None:
    winter_0230 = SUMMER_0230.replace(fold=1)
    assert period(start=SUMMER_0230) != period(start=winter_0230)
    assert len({period(end=SUMMER_0230), period(end=winter_0230)}) == 2
    assert period(start=SUMMER_0230) != period(end=SUMMER_0230)
    assert Interval() != Lifetime()


def test_schedules_and_their_entries_are_equal_by_instants() -> None:
    winter_0230 = SUMMER_0230.replace(fold=1)
    entries = [
        GridpoolEnergyScheduleTimeSeriesEntry(start_time=time, active_power_w=1.0)
        for time in (SUMMER_0230, winter_0230, winter_0230.astimezone(UTC))
    ]
    assert entries[0] != entries[1] == entries[2]
    assert hash(entries[1]) == hash(entries[2])
    period = Interval(start=SUMMER_0230)
    assert _schedule(period, SUMMER_0230) != _schedule(period, winter_0230)


def test_membership_is_that_of_instants() -> None:
    fold = Interval(start=SUMMER_0230, end=WINTER_0210)
    assert datetime(2024, 10, 27, 2, 50, tzinfo=BERLIN) in fold
    assert datetime(2024, 10, 27, 2, 50, tzinfo=BERLIN, fold=1) not in fold
    assert datetime(2024, 10, 27, 2, 5, tzinfo=BERLIN, fold=1) in fold
    assert datetime(2024, 10, 27, 2, 5, tzinfo=BERLIN) not in fold
    gap = Interval(start=BEFORE_GAP, end=AFTER_GAP)
    assert BEFORE_GAP in gap
    assert BEFORE_GAP + timedelta(seconds=59) in gap
    assert AFTER_GAP not in gap


def test_assets_are_operational_by_instants() -> None:
    lifetime = Lifetime(start=WINTER_0210)
    component = Meter(
        id=ElectricalComponentId(1), microgrid_id=MicrogridId(1), operational_lifetime=lifetime
    )
    connection = ComponentConnection(
        source=ElectricalComponentId(1),
        destination=ElectricalComponentId(2),
        operational_lifetime=lifetime,
    )
    for asset in (lifetime, component, connection):
        assert not asset.is_operational_at(SUMMER_0230)
        assert asset.is_operational_at(WINTER_0210)
        assert asset.is_operational_at(datetime(2024, 10, 27, 2, 20, tzinfo=BERLIN, fold=1))


def _schedule(validity: Interval, cancelled: datetime) -> GridpoolEnergySchedule:
    return GridpoolEnergySchedule(
        gridpool_id=1,
        schedule_id=1,
        name=None,
        counterparty_balancing_group=None,
        counterparty_delivery_area=None,
        frequenz_delivery_area=None,
        direction=GridpoolEnergyScheduleDirection.IMPORT,
        validity_period=validity,
        cancel_time=cancelled,
        delivery_duration=DeliveryDuration.MINUTES_15,
        time_series=(),
    )


def test_a_schedule_is_effective_until_the_instant_of_its_cancellation() -> None:
    end = WINTER_0210 + timedelta(hours=3)
    schedule = _schedule(Interval(start=SUMMER_0230, end=end), WINTER_0210)
    assert schedule.effective_period == Interval(start=SUMMER_0230, end=WINTER_0210)
    assert schedule.effective_period.end is WINTER_0210
    late = _schedule(Interval(end=SUMMER_0230), WINTER_0210)
    assert late.effective_period.end is SUMMER_0230
    early = _schedule(Interval(start=WINTER_0210), SUMMER_0230)
    assert early.effective_period.end is WINTER_0210  # empty


def test_a_relation_participates_by_instants() -> None:
    participation = MarketParticipation(
        type=MarketParticipationType.ENERGY_TRADING,
        validity_period=Interval(start=WINTER_0210),
    )
    relation = MarketTopologyRelation(
        microgrid_id=MicrogridId(1),
        market_location_ref=None,
        gridpool_id=1,
        delivery_area=None,
        participations=(participation,),
    )
    assert relation.participations_at(SUMMER_0230) == ()
    assert relation.participations_at(WINTER_0210) == (participation,)


_TIMES = st.datetimes(
    datetime(2024, 10, 27), datetime(2024, 10, 27, 4), timezones=st.just(BERLIN)
).flatmap(lambda time: st.sampled_from([time, time.replace(fold=1)]))


@given(start=_TIMES, end=_TIMES, moment=_TIMES)
def test_a_time_zone_makes_no_difference(start: datetime, end: datetime, moment: datetime) -> None:
    as_utc = [time.astimezone(UTC) for time in (start, end, moment)]
    if as_utc[0] > as_utc[1]:
        with pytest.raises(ValueError, match="must be before"):
            Interval(start=start, end=end)
        return
    utc = Interval(start=as_utc[0], end=as_utc[1])
    assert (moment in Interval(start=start, end=end)) is (as_utc[2] in utc)
    assert (as_utc[2] in Interval(start=start, end=end)) is (as_utc[2] in utc)
    assert Interval(start=start, end=end) == utc
    assert hash(Interval(start=start, end=end)) == hash(utc)


def test_the_limits_of_datetime_can_be_compared() -> None:
    first = datetime.min.replace(tzinfo=ZoneInfo("Asia/Tokyo"))
    last = datetime.max.replace(tzinfo=ZoneInfo("America/New_York"))
    assert datetime(2024, 1, 1, tzinfo=UTC) in Interval(start=first, end=last)
    assert Interval(start=last, end=last).start is last


def test_times_without_a_zone_are_compared_with_each_other_only() -> None:
    naive = datetime(2024, 1, 1)
    assert naive in Interval(start=naive)
    with pytest.raises(TypeError):
        assert naive in Interval(start=SUMMER_0230)
