"""Sets of moments, as periods that exclude their ends.

A lifetime includes its end. Here it does not, so that what ends when something else starts does not
overlap with it.
"""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final, TypeAlias

from .._model.time import Lifetime

Period: TypeAlias = tuple[datetime, datetime]
"""The start, and the first moment after the end."""

Periods: TypeAlias = tuple[Period, ...]
"""Periods in their order, which neither overlap nor touch."""

EARLIEST: Final = datetime.min.replace(tzinfo=UTC)
LATEST: Final = datetime.max.replace(tzinfo=UTC)

NEVER: Final[Periods] = ()
ALWAYS: Final[Periods] = ((EARLIEST, LATEST),)


def periods_of(lifetime: Lifetime) -> Periods:
    """Return a lifetime as periods; one of a single moment is none."""
    if lifetime.start is None and lifetime.end is None:
        return ALWAYS
    start = EARLIEST if lifetime.start is None else _utc(lifetime.start)
    end = LATEST if lifetime.end is None else _utc(lifetime.end)
    return ((start, end),) if start < end else NEVER


def _utc(moment: datetime) -> datetime:
    """Return a moment in UTC, whose wall clock orders moments."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:  # the first and the last day that Python knows, in other time zones
        return EARLIEST if moment.year == EARLIEST.year else LATEST


def intersect(one: Periods, other: Periods) -> Periods:
    """Return the moments in both."""
    if one is ALWAYS or other is NEVER:
        return other
    if other is ALWAYS or one is NEVER or one == other:
        return one
    few, many = sorted((one, other), key=len)
    shared = []
    for start, end in few:
        at = bisect_right(many, start, key=_end)
        while at < len(many) and many[at][0] < end:
            shared.append((max(start, many[at][0]), min(end, many[at][1])))
            at += 1
    return tuple(shared)


def _end(period: Period) -> datetime:
    return period[1]


def unite(sets: Iterable[Periods]) -> Periods:
    """Return the moments in any of some sets."""
    distinct: dict[Periods, None] = {}
    for periods in sets:
        if periods is ALWAYS:
            return ALWAYS
        if periods:
            distinct[periods] = None
    if len(distinct) <= 1:
        return next(iter(distinct), NEVER)
    united: list[Period] = []
    for start, end in sorted(period for periods in distinct for period in periods):
        if united and start <= united[-1][1]:
            united[-1] = united[-1][0], max(end, united[-1][1])
        else:
            united.append((start, end))
    return ALWAYS if (*united,) == ALWAYS else tuple(united)


def subtract(one: Periods, other: Periods) -> Periods:
    """Return the moments in one that are not in the other."""
    if other is ALWAYS or one is NEVER or one == other:
        return NEVER
    if other is NEVER:
        return one
    # Of one small set and a large one, only what they share costs time.
    shared = intersect(one, other)
    bounds = [EARLIEST, *(bound for period in shared for bound in period), LATEST]
    gaps = zip(bounds[::2], bounds[1::2], strict=True)
    return intersect(one, tuple(gap for gap in gaps if gap[0] < gap[1]))
