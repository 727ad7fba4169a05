"""Sets of moments, compared with sets of whole days."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from frequenz.client.assets import Lifetime
from frequenz.client.assets.topology._periods import (
    ALWAYS,
    EARLIEST,
    LATEST,
    NEVER,
    Periods,
    intersect,
    periods_of,
    subtract,
    unite,
)

from ..small_sites import DAY, START

_DAYS: Final = 6
_SETS: Final = st.sets(st.integers(-1, _DAYS))
"""Of days; the first and the last stand for all before and after."""


def periods(days: Iterable[int]) -> Periods:
    """Return days as periods."""
    return unite(((_bound(day), _bound(day + 1)),) for day in days)


def _bound(day: int) -> datetime:
    return EARLIEST if day < 0 else LATEST if day > _DAYS else START + DAY * day


@given(_SETS, _SETS)
def test_periods_are_sets(one: set[int], other: set[int]) -> None:
    assert unite([periods(one), periods(other)]) == periods(one | other)
    assert intersect(periods(one), periods(other)) == periods(one & other)
    assert subtract(periods(one), periods(other)) == periods(one - other)


def test_there_is_one_value_of_always_and_never() -> None:
    assert periods(range(-1, _DAYS + 1)) is ALWAYS
    assert periods_of(Lifetime()) is ALWAYS
    assert unite([]) == NEVER
    assert periods_of(Lifetime(start=START, end=START)) == NEVER


def test_lifetimes_are_compared_as_instants() -> None:
    east = timezone(timedelta(hours=1))
    assert periods_of(Lifetime(start=START.astimezone(east))) == ((START, LATEST),)
    first = datetime.min.replace(tzinfo=east)
    last = datetime.max.replace(tzinfo=timezone(-timedelta(hours=1)))
    assert periods_of(Lifetime(start=first, end=last)) == ((EARLIEST, LATEST),)
    assert START.tzinfo is UTC
