"""Building the tree of a file from what its parser finds, one value after the other."""

from typing import Final

from ._parsed_tree import Parsed, ParsedList, ParsedMapping
from ._problems import InvalidSyntaxError, Position

MAX_DEPTH: Final = 64
"""How deep lists and mappings may be nested; the format needs a fifth of it."""


class TreeBuilder:
    """Adds values to the innermost open list or mapping; the first value is the root."""

    def __init__(self) -> None:
        self._open: list[ParsedList | ParsedMapping] = []
        self._keys: list[Parsed | None] = []
        """For each open list or mapping, the key that waits for its value."""

        self.root: Parsed | None = None

    def add(self, parsed: Parsed) -> None:
        """Add a value, which may be in the tree already (YAML's aliases)."""
        if not self._open:
            self.root = parsed
            return
        container = self._open[-1]
        if isinstance(container, ParsedList):
            container.items.append(parsed)
        elif (key := self._keys[-1]) is None:
            self._keys[-1] = parsed
        else:
            container.items.append((key, parsed))
            self._keys[-1] = None

    def open(self, container: ParsedList | ParsedMapping) -> None:
        """Add an empty list or mapping, to which the next values go."""
        if len(self._open) == MAX_DEPTH:
            raise InvalidSyntaxError(
                container.position, f"expected at most {MAX_DEPTH} nested lists and mappings"
            )
        self.add(container)
        self._open.append(container)
        self._keys.append(None)

    def close(self) -> None:
        """Close the innermost list or mapping."""
        self._open.pop()
        self._keys.pop()

    @property
    def innermost(self) -> ParsedList | ParsedMapping | None:
        """The innermost open list or mapping."""
        return self._open[-1] if self._open else None


def check_encodable(text: str) -> None:
    """Check that UTF-8 can encode a text.

    Raises:
        InvalidSyntaxError: If it contains a lone surrogate.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidSyntaxError(position_at(text, error.start), LONE_SURROGATE) from error


BYTE_ORDER_MARK: Final = "\ufeff"

LONE_SURROGATE: Final = "expected text that UTF-8 can encode, got a lone surrogate"


def position_at(text: str, index: int) -> Position:
    """Return the position of a character of a text."""
    return Position(text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index))
