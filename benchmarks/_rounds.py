"""The order in which things are measured: in short bursts, the sides by turns."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from statistics import median, quantiles
from time import monotonic
from typing import Final, NamedTuple

from ._processes import STUB, Worker
from .messages import SIZES

_FEWEST_ROUNDS: Final = 3


class Task(NamedTuple):
    """Something that is measured on every side."""

    what: str
    """`get` or `list`: a call; `decode`: what a client makes of a reply."""

    size: int
    times: int
    """How often in a burst."""


TASKS: Final = (
    Task("get", SIZES[0], 20),
    *(Task("list", size, times) for size, times in zip(SIZES, (20, 15, 5, 2), strict=True)),
    Task("decode", 1_000, 5),
    Task("decode", 10_000, 1),
)


@dataclass(frozen=True)
class Measured:
    """What was measured of a task."""

    task: Task

    bursts: dict[str, list[float]] = field(default_factory=dict)
    """By side: each burst's median, in ns."""

    def nanoseconds(self, side: str) -> float:
        """Return the median of a side."""
        return median(self.bursts[side])

    def ratios(self, side: str) -> tuple[float, float, float]:
        """Return how many times as long as the bare stub a side takes: the three quartiles.

        Both numbers of a ratio come from the same moments, so noise that comes and goes does not
        count.
        """
        pairs = zip(self.bursts[side], self.bursts[STUB], strict=True)
        lower, middle, upper = quantiles([mine / stub for mine, stub in pairs], n=4)
        return lower, middle, upper


async def measure(
    workers: Mapping[str, Worker], rounds: int, seconds: float, advance: Callable[[], object]
) -> list[Measured]:
    """Measure every task on every side, round by round, until there were enough or time is up."""
    sides = list(workers)
    all_measured = [Measured(task, {side: [] for side in sides}) for task in TASKS]
    for side in sides:
        for task in TASKS:
            await workers[side].ask(task.what, task.size)
    end = monotonic() + seconds
    for number in range(rounds):
        if number >= _FEWEST_ROUNDS and monotonic() > end:
            break
        first = number % len(sides)
        for measured in all_measured:
            # Another one first in each round: none always follows the same one.
            for side in (*sides[first:], *sides[:first]):
                took = await workers[side].ask(*measured.task)
                measured.bursts[side].append(median(took))
        advance()
    return all_measured
