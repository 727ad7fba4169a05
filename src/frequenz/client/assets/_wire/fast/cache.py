"""Equal small objects are made once and shared."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

KeyT = TypeVar("KeyT")
ValueT = TypeVar("ValueT")

KEY_LIMIT: Final = 1024
"""How large a key may be, in bytes or characters: fields of a later API count, too."""

_PART_SIZE: Final = 64
"""What each part of a key counts at least: what is made of an empty one may be larger than it."""

LIMIT: Final = 1024
"""How many values a table keeps: it must not grow with what a server sends."""


class Shared(dict[KeyT, ValueT]):
    """A bounded table from wire data to what is made of them, at first look-up.

    A full table is emptied: the few values that recur are back at once, and nothing needs to be
    counted on the way. What has an unusually large key is made anew each time.
    """

    __slots__ = ("_make",)

    def __init__(self, make: Callable[[KeyT], ValueT]) -> None:
        """Make an empty table, given what makes a value of its key."""
        super().__init__()
        self._make = make

    def __missing__(self, key: KeyT) -> ValueT:
        value = self._make(key)
        if (len(key) if isinstance(key, bytes) else _size(key)) <= KEY_LIMIT:
            if len(self) >= LIMIT:
                self.clear()
            self[key] = value
        return value


def _size(key: Any) -> int:
    if isinstance(key, bytes | str):
        return len(key)
    if isinstance(key, tuple):
        return sum(_PART_SIZE + _size(part) for part in key)
    return 0
