"""What is wrong with a file: each problem with its position, all reported together."""

from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, TypeAlias


class Position(NamedTuple):
    """A position in a file, both numbers counted from 1."""

    line: int
    column: int


START: Final = Position(1, 1)


class FilePosition(NamedTuple):
    """A position, and the file that it is in."""

    file: str
    line: int
    """Counted from 1."""

    column: int
    """Counted from 1."""

    def __str__(self) -> str:
        """Return the position as editors read it."""
        return f"{self.file}:{self.line}:{self.column}"


EntityPositions: TypeAlias = dict[int, tuple[Any, FilePosition]]
"""A message's `id()` -> the message (so that no other gets the same one), and its position."""


class Problem(NamedTuple):
    """Something in a file that cannot be read."""

    file: str
    line: int
    """Counted from 1."""

    column: int
    """Counted from 1."""

    path: str
    """The path within the data, such as `microgrids[0].components[3].id`; empty = the file."""

    sentence: str
    """What is wrong, and what was expected."""

    def __str__(self) -> str:
        """Return the position, the path and the sentence."""
        path = f"{self.path}: " if self.path else ""
        return f"{self.file}:{self.line}:{self.column}: {path}{self.sentence}"


MAX_PROBLEMS: Final = 100
"""How many problems of a file an error lists: people correct the first ones, and a large file can
have the same one millions of times."""


class InventoryFileError(ValueError):
    """Files are not valid inventories; `problems` lists the first 100 reasons, `total` counts all.

    The 100 are the first ones of each file.
    """

    def __init__(self, problems: tuple[Problem, ...], total: int | None = None) -> None:
        """Create an error.

        Args:
            problems: What cannot be read.
            total: How many problems there are, if the others are left out.
        """
        self.problems = problems
        self.total = len(problems) if total is None else total
        super().__init__(problems, self.total)

    def lines(self) -> list[str]:
        """Return a line for each problem, and one that says how many are left out."""
        left_out = self.total - len(self.problems)
        noun = "problem" if left_out == 1 else "problems"
        return [*map(str, self.problems), *([f"and {left_out} more {noun}"] if left_out else [])]

    def __str__(self) -> str:
        """Return the lines."""
        return "\n".join(self.lines())


class InvalidSyntaxError(Exception):
    """A text is not valid YAML or JSON: reading it ends here."""

    def __init__(self, position: Position, sentence: str) -> None:
        super().__init__(position, sentence)
        self.position = position
        self.sentence = sentence


def shortened(text: str) -> str:
    """Return a text that a problem quotes, without its end if it is long."""
    return text if len(text) <= _MAX_QUOTED else f"{text[:_MAX_QUOTED]}..."


_MAX_QUOTED: Final = 200
"""How many characters of a value or a key a problem quotes: files may have megabytes in one."""


@dataclass
class Problems:
    """The problems of one file, and the positions of its entities, collected while it is read."""

    file: str
    total: int = 0
    entities: EntityPositions = field(default_factory=dict)
    _first: list[Problem] = field(default_factory=list)

    def add(self, position: Position, path: str, sentence: str) -> None:
        """Add a problem."""
        self.total += 1
        self._first.append(Problem(self.file, *position, path, sentence))
        if len(self._first) >= 2 * MAX_PROBLEMS:
            self._first = self._sorted()

    def add_entity(self, message: Any, position: Position) -> None:
        """Add the position of an entity that was read."""
        self.entities[id(message)] = message, FilePosition(self.file, *position)

    def add_syntax(self, error: InvalidSyntaxError) -> None:
        """Add what ended the reading of a text."""
        self.add(error.position, "", error.sentence)

    def error(self) -> InventoryFileError:
        """Return the error with the first problems, in the order of the file."""
        return InventoryFileError(tuple(self._sorted()), self.total)

    def _sorted(self) -> list[Problem]:
        return sorted(self._first, key=lambda it: (it.line, it.column))[:MAX_PROBLEMS]
