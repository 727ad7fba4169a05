"""How often something is measured: so many rounds, and none after so many seconds."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Final, TypeVar

ItemT = TypeVar("ItemT")

FEWEST: Final = 3
"""So many rounds are made even if time is up."""


@dataclass(frozen=True)
class Rounds:
    """The bounds of a part of the measuring, and whom to tell how far it is."""

    count: int
    seconds: float
    advance: Callable[[float], object]
    """Gets which part of the whole is done, from 0 to 1."""

    def __iter__(self) -> Iterator[int]:
        """Yield the number of each round."""
        start = monotonic()
        for number in range(self.count):
            took = monotonic() - start
            if number >= FEWEST and took > self.seconds:
                return
            self.advance(max(number / self.count, min(took / self.seconds, 1)))
            yield number


def by_turns(items: Sequence[ItemT], number: int) -> list[ItemT]:
    """Return them with another one first in each round: none always follows the same one."""
    first = number % len(items)
    return [*items[first:], *items[:first]]
