"""Equal small objects are made once and shared."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

KeyT = TypeVar("KeyT")
ValueT = TypeVar("ValueT")

MAX_KEY_SIZE: Final = 1024
"""The size of the largest key that is kept, in bytes or characters."""

_MIN_PART_SIZE: Final = 64
"""The least that each part of a key counts: the value of an empty part may be larger than it."""

MAX_ENTRIES: Final = 1024
"""The memory must not grow with what a server sends."""


class BoundedCache(dict[KeyT, ValueT]):
    """A dictionary that makes a missing value from its key, with bounded memory.

    When it is full, it is emptied: the few values that recur are back soon, and no hit has to be
    counted. The value of an unusually large key is made each time.
    """

    __slots__ = ("_make",)

    def __init__(self, make: Callable[[KeyT], ValueT]) -> None:
        """Make an empty cache, given the function that makes a value from its key."""
        super().__init__()
        self._make = make

    def __missing__(self, key: KeyT) -> ValueT:
        value = self._make(key)
        if (len(key) if isinstance(key, bytes) else _size(key)) <= MAX_KEY_SIZE:
            if len(self) >= MAX_ENTRIES:
                self.clear()
            self[key] = value
        return value


def _size(key: Any) -> int:
    if isinstance(key, bytes | str):
        return len(key)
    if isinstance(key, tuple):
        return sum(_MIN_PART_SIZE + _size(part) for part in key)
    return 0
