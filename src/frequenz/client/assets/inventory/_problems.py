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


class InventoryFileError(ValueError):
    """A file is not a valid inventory; `problems` lists everything that cannot be read."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        """Create an error; the message lists all problems."""
        super().__init__(problems)
        self.problems = problems

    def __str__(self) -> str:
        """Return a line for each problem."""
        return "\n".join(map(str, self.problems))


class InvalidSyntaxError(Exception):
    """A text is not valid YAML or JSON: reading it ends here."""

    def __init__(self, position: Position, sentence: str) -> None:
        super().__init__(position, sentence)
        self.position = position
        self.sentence = sentence


@dataclass
class Problems:
    """The problems of one file, and the positions of its entities, collected while it is read."""

    file: str
    found: list[Problem] = field(default_factory=list)
    entities: EntityPositions = field(default_factory=dict)

    def add(self, position: Position, path: str, sentence: str) -> None:
        """Add a problem."""
        self.found.append(Problem(self.file, *position, path, sentence))

    def add_entity(self, message: Any, position: Position) -> None:
        """Add the position of an entity that was read."""
        self.entities[id(message)] = message, FilePosition(self.file, *position)

    def add_syntax(self, error: InvalidSyntaxError) -> None:
        """Add what ended the reading of a text."""
        self.add(error.position, "", error.sentence)
