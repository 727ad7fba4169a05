"""Where the entities of an inventory are in files, found when it is first asked for."""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, Final, Protocol

from ._problems import FilePosition


class Part(Protocol):
    """A part of a file that was read, and can be read again."""

    def entities(self) -> Iterable[Any]:
        """Return the messages that were read."""

    def locate(self) -> Sequence[FilePosition]:
        """Read again, and return the positions of the entities; none if the file has changed."""


class Positions:
    """Finds positions by reading parts of files again: most are never asked for."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = parts
        self._part_of: dict[int, Part] | None = None
        """A message's `id()` -> the part with it, as long as that was not read again."""

        self._found: dict[int, FilePosition] = {}
        """A message's `id()` -> its position; the parts keep the messages."""

    @classmethod
    def joined(cls, several: Iterable["Positions"]) -> "Positions":
        """Return the positions in all parts of several."""
        return cls([*chain.from_iterable(it._parts for it in several)])

    def of(self, message: Any) -> FilePosition | None:
        """Return where a message is, or None if it was not read from a file as it is now."""
        if self._part_of is None:
            self._part_of = {id(it): part for part in self._parts for it in part.entities()}
        if part := self._part_of.get(id(message)):
            keys = [id(it) for it in part.entities()]
            positions = part.locate()
            if len(keys) == len(positions):
                self._found.update(zip(keys, positions, strict=True))
            for key in keys:
                del self._part_of[key]
        return self._found.get(id(message))


NO_POSITIONS: Final = Positions(())
