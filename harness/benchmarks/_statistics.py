"""Statistics of many measurements."""

from collections.abc import Sequence
from statistics import median
from typing import Final

MIN_VALUES: Final = 6
"""Fewer values span no interval of 95 %, not even all of them."""


def interval(values: Sequence[float]) -> dict[str, float]:
    """Return the median and its 95 % confidence interval, whatever the values' distribution.

    The interval lies between two of the ordered values: each value is above the true median as
    often as below it, so their number above it is distributed like heads in tosses of a coin.

    Raises:
        ValueError: If there are fewer than 6 values.
    """
    count = len(values)
    if count < MIN_VALUES:
        raise ValueError(f"{count} values have no 95 % interval; it takes at least {MIN_VALUES}")
    ordered = sorted(values)
    # In integers, which neither overflow nor round: the number of 2 ** count equally likely cases.
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
    """Return statistics of the ratios of times to the floor's, in ns and measured in pairs."""
    ratios = [mine / least for least, mine in zip(floor, ours, strict=True)]
    return {
        "pairs": len(ratios),
        "floor_ms": milliseconds(median(floor)),
        "ms": milliseconds(median(ours)),
        "ratio": interval(ratios),
        "ratio_of_medians": round(median(ours) / median(floor), 4),
    }


def milliseconds(nanoseconds: float) -> float:
    """Return a time in ms, with four decimals."""
    return round(nanoseconds / 1e6, 4)
