"""What many measurements say together."""

from collections.abc import Sequence
from statistics import median
from typing import Final

FEWEST: Final = 6
"""With fewer, even all of them span no interval of 95 %."""


def interval(values: Sequence[float]) -> dict[str, float]:
    """Return the median and its 95 % confidence interval, whatever the values' distribution.

    The interval is between two of the ordered values: each value is above the true median as often
    as below, so how many are is what so many tosses of a coin give.

    Raises:
        ValueError: If there are fewer than 6 values.
    """
    count = len(values)
    if count < FEWEST:
        raise ValueError(f"{count} values have no 95 % interval; it takes at least {FEWEST}")
    ordered = sorted(values)
    # In integers, which neither overflow nor round: so many of 2 ** count equally likely cases.
    tail = 2**count // 40
    outside, ways = 0, 1
    cases = ways
    while cases <= tail:
        outside += 1
        ways = ways * (count - outside + 1) // outside
        cases += ways
    return {
        "low": round(ordered[outside - 1], 4),
        "median": round(median(ordered), 4),
        "high": round(ordered[count - outside], 4),
    }


def of_pairs(floor: Sequence[float], ours: Sequence[float]) -> dict[str, float | dict[str, float]]:
    """Return how many times as long something took as the floor, both in ns and by turns."""
    ratios = [mine / least for least, mine in zip(floor, ours, strict=True)]
    return {
        "pairs": len(ratios),
        "floor_ms": milliseconds(median(floor)),
        "ms": milliseconds(median(ours)),
        "ratio": interval(ratios),
        "ratio_of_medians": round(median(ours) / median(floor), 4),
    }


def milliseconds(nanoseconds: float) -> float:
    """Return it with as many digits as anyone reads."""
    return round(nanoseconds / 1e6, 4)
