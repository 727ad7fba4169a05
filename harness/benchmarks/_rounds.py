"""How often something is measured: a number of rounds, within a number of seconds."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Final, TypeVar

ItemT = TypeVar("ItemT")

MIN_ROUNDS: Final = 3
"""How many rounds are made even if the time is up."""


@dataclass(frozen=True)
class Rounds:
    """The rounds of a part of the benchmark."""

    count: int
    seconds: float
    """No round begins after these, except for the first few."""

    advance: Callable[[float], object]
    """Called with the progress, from 0 to 1."""

    def __iter__(self) -> Iterator[int]:
        """Yield the number of each round."""
        start = monotonic()
        for number in range(self.count):
            took = monotonic() - start
            if number >= MIN_ROUNDS and took > self.seconds:
                return
            self.advance(max(number / self.count, min(took / self.seconds, 1)))
            yield number


def rotated(items: Sequence[ItemT], number: int) -> list[ItemT]:
    """Return the items in the order of a round: each round begins with another one."""
    first = number % len(items)
    return [*items[first:], *items[:first]]
