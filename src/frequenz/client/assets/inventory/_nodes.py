"""The tree of an inventory file, every node with its place, for YAML and JSON alike.

Scalars follow the core schema of YAML 1.2 (JSON's scalars are part of it), and what a scalar means
is decided by what is expected of it: `NO` is Norway where a country code is expected.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeAlias, Union

NULL: Final = re.compile(r"~|null|Null|NULL|")
BOOLEAN: Final = re.compile(r"true|True|TRUE|false|False|FALSE")
INTEGER: Final = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
NUMBER: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
SPECIAL: Final = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


class Place(NamedTuple):
    """A place in a file, both counted from 1."""

    line: int
    column: int


START: Final = Place(1, 1)


class Scalar(NamedTuple):
    """A single value, as it is written."""

    place: Place
    text: str
    is_quoted: bool
    """Whether it stands in quotes, or is a text block."""


class Items(NamedTuple):
    """A list."""

    place: Place
    items: "list[Raw]"


class Entries(NamedTuple):
    """A mapping, in the order of the file."""

    place: Place
    entries: "list[tuple[Raw, Raw]]"


Raw: TypeAlias = Union[Scalar, Items, Entries]  # noqa: UP007 - the names refer to each other


class Problem(NamedTuple):
    """One place of a file that cannot be read."""

    file: str
    line: int
    """Counted from 1."""

    column: int
    """Counted from 1."""

    path: str
    """The place within the data, such as `microgrids[0].components[3].id`; empty = the file."""

    sentence: str
    """What is wrong, and what was expected."""

    def __str__(self) -> str:
        path = f"{self.path}: " if self.path else ""
        return f"{self.file}:{self.line}:{self.column}: {path}{self.sentence}"


class InventoryFileError(ValueError):
    """A file is not an inventory; each place that cannot be read is one of the `problems`."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(problems)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))


@dataclass
class Problems:
    """The problems of one file, gathered while it is read."""

    file: str
    all: list[Problem] = field(default_factory=list)

    def add(self, place: Place, path: str, sentence: str) -> None:
        """Add what is wrong at a place."""
        self.all.append(Problem(self.file, *place, path, sentence))


class Node(NamedTuple):
    """A node of the tree, with its path and where to say what is wrong with it."""

    raw: Raw
    path: str
    problems: Problems

    def problem(self, sentence: str) -> None:
        """Say what is wrong here."""
        self.problems.add(self.raw.place, self.path, sentence)

    def expected(self, what: str) -> None:
        """Say what was expected here instead of what is."""
        self.problem(f"expected {what}, got {self.described()}")

    def described(self) -> str:
        """Return what is here, for a sentence."""
        match self.raw:
            case Entries():
                return "a mapping"
            case Items():
                return "a list"
            case Scalar(_, text, is_quoted):
                return "nothing" if self.is_null else repr(text) if is_quoted else text

    @property
    def is_faulty(self) -> bool:
        """Whether something has been said to be wrong here."""
        return any(problem.path == self.path for problem in self.problems.all)

    @property
    def is_null(self) -> bool:
        """Whether this is a null."""
        return self.plain(NULL) is not None

    @property
    def is_list(self) -> bool:
        """Whether this is a list."""
        return isinstance(self.raw, Items)

    @property
    def is_mapping(self) -> bool:
        """Whether this is a mapping."""
        return isinstance(self.raw, Entries)

    @property
    def quoted(self) -> str | None:
        """The text of a scalar in quotes, else None."""
        return self.raw.text if isinstance(self.raw, Scalar) and self.raw.is_quoted else None

    @property
    def text(self) -> str | None:
        """The text of a scalar that is not another thing (a number, a boolean, a null)."""
        if not isinstance(self.raw, Scalar):
            return None
        others = (NULL, BOOLEAN, INTEGER, NUMBER, SPECIAL)
        is_other = any(other.fullmatch(self.raw.text) for other in others)
        return None if is_other and not self.raw.is_quoted else self.raw.text

    def plain(self, pattern: re.Pattern[str]) -> str | None:
        """Return the text of a scalar without quotes that has a form, else None."""
        if isinstance(self.raw, Scalar) and not self.raw.is_quoted:
            return self.raw.text if pattern.fullmatch(self.raw.text) else None
        return None

    def items(self) -> "Iterator[Node]":
        """Iterate over the items of a list; anything else has none."""
        if isinstance(self.raw, Items):
            for index, item in enumerate(self.raw.items):
                yield Node(item, f"{self.path}[{index}]", self.problems)

    def entries(self) -> "Iterator[tuple[Node, str, Node]]":
        """Iterate over a mapping: the key's node, the key, the value's node.

        A key that is no text, or given before, is a problem, and its entry is passed over.
        """
        seen: set[str] = set()
        for raw_key, value in self.raw.entries if isinstance(self.raw, Entries) else ():
            if not isinstance(raw_key, Scalar):
                self.problems.add(raw_key.place, self.path, "expected a name as the key")
                continue
            name = raw_key.text
            path = f"{self.path}.{name}" if self.path else name
            # Quotes say nothing here: JSON has no other keys.
            key = Node(raw_key._replace(is_quoted=False), path, self.problems)
            if name in seen:
                key.problem("given twice; expected each key once")
                continue
            seen.add(name)
            yield key, name, Node(value, path, self.problems)
