"""Sets of moments, as periods that exclude their ends.

A lifetime includes its end. Here it does not, so that what ends when something else starts does not
overlap with it.
"""

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
    if one is ALWAYS or other is NEVER or one == other:
        return other
    if other is ALWAYS or one is NEVER:
        return one
    shared = []
    at, other_at = 0, 0
    while at < len(one) and other_at < len(other):
        start = max(one[at][0], other[other_at][0])
        end = min(one[at][1], other[other_at][1])
        if start < end:
            shared.append((start, end))
        if one[at][1] < other[other_at][1]:
            at += 1
        else:
            other_at += 1
    return tuple(shared)


def unite(one: Periods, other: Periods) -> Periods:
    """Return the moments in either."""
    if one is ALWAYS or other is NEVER or one == other:
        return one
    if other is ALWAYS or one is NEVER:
        return other
    united: list[Period] = []
    for start, end in sorted((*one, *other)):
        if united and start <= united[-1][1]:
            united[-1] = united[-1][0], max(end, united[-1][1])
        else:
            united.append((start, end))
    return tuple(united) if united != [*ALWAYS] else ALWAYS


def subtract(one: Periods, other: Periods) -> Periods:
    """Return the moments in one that are not in the other."""
    if other is ALWAYS or one is NEVER or one == other:
        return NEVER
    rest = list(one)
    for start, end in other:
        rest = [
            part
            for before in rest
            for part in (
                (before[0], min(before[1], start)),
                (max(before[0], end), before[1]),
            )
            if part[0] < part[1]
        ]
    return tuple(rest)
