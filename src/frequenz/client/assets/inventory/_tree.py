"""Building the tree of a file from what its parser meets, one after the other."""

from typing import Final

from ._nodes import START, Entries, Items, Place, Problems, Raw, Scalar

MAX_DEPTH: Final = 64
"""How deep lists and mappings may lie in each other; the format needs a fifth of it."""


class Unreadable(Exception):  # noqa: N818 - it says that a problem was added
    """There is no use in reading on; the problem has been said."""


class Builder:
    """Puts values into the list or mapping that is open; what comes first is the root."""

    def __init__(self, problems: Problems) -> None:
        """Build the tree of the file with these problems."""
        self._problems = problems
        self._open: list[Items | Entries] = []
        self._keys: list[Raw | None] = []
        """For each open mapping, the key that waits for its value."""

        self.root: Raw | None = None

    def refuse(self, place: Place, sentence: str) -> Unreadable:
        """Say what is wrong at a place; what is returned is to be raised."""
        self._problems.add(place, "", sentence)
        return Unreadable()

    def scalar(self, place: Place, text: str, *, is_quoted: bool) -> Scalar:
        """Add a single value."""
        scalar = Scalar(place, text, is_quoted)
        self.add(scalar)
        return scalar

    def open(self, container: Items | Entries) -> None:
        """Add an empty list or mapping, and open it for what comes."""
        if len(self._open) == MAX_DEPTH:
            raise self.refuse(
                container.place, f"expected at most {MAX_DEPTH} lists and mappings in each other"
            )
        self.add(container)
        self._open.append(container)
        self._keys.append(None)

    def close(self) -> None:
        """Close the list or mapping that was opened last."""
        self._open.pop()
        self._keys.pop()

    def add(self, raw: Raw) -> None:
        """Add a value, which may stand elsewhere in the tree, too."""
        if not self._open:
            self.root = raw
            return
        container = self._open[-1]
        if isinstance(container, Items):
            container.items.append(raw)
        elif (key := self._keys[-1]) is None:
            self._keys[-1] = raw
        else:
            container.entries.append((key, raw))
            self._keys[-1] = None

    @property
    def container(self) -> Items | Entries | None:
        """The list or mapping that is open."""
        return self._open[-1] if self._open else None


def check_characters(text: str, builder: Builder) -> None:
    """Refuse a text with lone surrogates, which are no characters."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        place = place_at(text, error.start)
        raise builder.refuse(place, "expected characters, got a lone surrogate") from error


def place_at(text: str, index: int) -> Place:
    """Return the place of a character of a text."""
    if index == 0:
        return START
    return Place(text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index))
