"""Equal small objects are made once and shared."""

from typing import Final, TypeVar

KeyT = TypeVar("KeyT")
ValueT = TypeVar("ValueT")

KEY_LIMIT: Final = 1024
"""How many bytes a key may have: fields of a later API count, too."""

LIMIT: Final = 4096
"""How many values a table keeps: it must not grow with what a server sends."""


class Shared(dict[KeyT, ValueT]):
    """A bounded table from wire data to the object that stands for it.

    Look up with `get`; what is not there is made and kept with `keep`. A full table is emptied:
    the few values that recur are back at once, and nothing needs to be counted on the way.
    """

    __slots__ = ()

    def keep(self, key: KeyT, value: ValueT, size: int = 0) -> ValueT:
        """Remember a value, unless the size of its key in bytes is unusual, and return it."""
        if size <= KEY_LIMIT:
            if len(self) >= LIMIT:
                self.clear()
            self[key] = value
        return value
