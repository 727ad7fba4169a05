"""Where lines cross that are not connected."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TypeAlias

from .figures import Point

Segment: TypeAlias = tuple[int, int, int, int]
"""Both ends: x and y, and x and y."""


def segments(points: Sequence[Point]) -> Iterator[Segment]:
    """Yield the straight parts of a line."""
    for (x, y), (other_x, other_y) in pairwise(points):
        yield x, y, other_x, other_y


def crossings(
    lines: Sequence[Sequence[Point]], over: Iterable[int]
) -> Iterator[tuple[int, int, int]]:
    """Yield the lines whose vertical parts cross horizontal parts of any line, with x and y.

    Args:
        lines: All lines.
        over: The numbers of those whose vertical parts are looked at.
    """
    horizontal = sorted(
        (y, min(x, other_x), max(x, other_x))
        for line in lines
        for x, y, other_x, other_y in segments(line)
        if y == other_y
    )
    heights = [y for y, _, _ in horizontal]
    for index in over:
        for x, y, other_x, other_y in segments(lines[index]):
            if x != other_x:
                continue
            low, high = min(y, other_y), max(y, other_y)
            first, last = bisect_right(heights, low), bisect_left(heights, high)
            for at, left, right in horizontal[first:last]:
                if left < x < right:
                    yield index, x, at
