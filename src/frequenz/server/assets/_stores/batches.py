"""Batches of values, for statements that shall be short or results that shall fit."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

ValueT = TypeVar("ValueT")


def batches(values: Iterable[ValueT], size: int) -> Iterator[list[ValueT]]:
    """Yield values in their order, so many at a time."""
    left = iter(values)
    while batch := [*islice(left, size)]:
        yield batch
