"""Work in steps, between which others can have a turn."""

from collections.abc import Generator
from typing import TypeAlias, TypeVar

ResultT = TypeVar("ResultT")

Steps: TypeAlias = Generator[None, None, ResultT]
"""Returns a result in the end; whenever it yields, the caller can do something else first."""


def without_pauses(steps: Steps[ResultT]) -> ResultT:
    """Return the result of some steps."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: ResultT = end.value
            return result
