"""The tree that an inventory file is parsed into, for YAML and JSON alike.

Scalars follow the core schema of YAML 1.2, which includes JSON's scalars. What a scalar means
depends on what is expected: `NO` is Norway where a country code is expected.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple, TypeAlias, Union

from ._problems import Position, Problems, shortened

NULL: Final = re.compile(r"~|null|Null|NULL|")
BOOLEAN: Final = re.compile(r"true|True|TRUE|false|False|FALSE")
INTEGER: Final = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
NUMBER: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
NOT_FINITE: Final = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


class ParsedScalar(NamedTuple):
    """A single value, as it is written."""

    position: Position
    text: str
    is_quoted: bool
    """Whether it is in quotes, or a text block."""


class ParsedList(NamedTuple):
    """A list."""

    position: Position
    items: "list[Parsed]"


class ParsedMapping(NamedTuple):
    """A mapping, in the order of the file."""

    position: Position
    items: "list[tuple[Parsed, Parsed]]"


Parsed: TypeAlias = Union[ParsedScalar, ParsedList, ParsedMapping]  # noqa: UP007 - in a circle


class Node(NamedTuple):
    """A part of the tree with its path, and where to report its problems."""

    parsed: Parsed
    path: str
    problems: Problems

    def report(self, sentence: str) -> None:
        """Report a problem here."""
        self.problems.add(self.parsed.position, self.path, sentence)

    def report_expected(self, expected: str) -> None:
        """Report that something else was expected here."""
        match self.parsed:
            case ParsedMapping():
                got = "a mapping"
            case ParsedList():
                got = "a list"
            case ParsedScalar(_, text, is_quoted):
                shown = shortened(text)
                got = "nothing" if self.is_null else repr(shown) if is_quoted else shown
        self.report(f"expected {expected}, got {got}")

    @property
    def is_null(self) -> bool:
        """Whether this is a null."""
        return self.unquoted(NULL) is not None

    @property
    def is_list(self) -> bool:
        """Whether this is a list."""
        return isinstance(self.parsed, ParsedList)

    @property
    def is_mapping(self) -> bool:
        """Whether this is a mapping."""
        return isinstance(self.parsed, ParsedMapping)

    @property
    def text(self) -> str | None:
        """The text of a scalar, unless it is a number, a boolean or a null."""
        if not isinstance(self.parsed, ParsedScalar):
            return None
        others = (NULL, BOOLEAN, INTEGER, NUMBER, NOT_FINITE)
        is_other = any(self.unquoted(other) is not None for other in others)
        return None if is_other else self.parsed.text

    def unquoted(self, pattern: re.Pattern[str]) -> str | None:
        """Return the text of a scalar without quotes that matches a pattern, else None."""
        if isinstance(self.parsed, ParsedScalar) and not self.parsed.is_quoted:
            return self.parsed.text if pattern.fullmatch(self.parsed.text) else None
        return None

    def count(self, name: str) -> int:
        """Return how often a mapping gives a key."""
        items = self.parsed.items if isinstance(self.parsed, ParsedMapping) else ()
        keys = (key for key, _ in items)
        return sum(isinstance(key, ParsedScalar) and key.text == name for key in keys)

    def items(self) -> "Iterator[Node]":
        """Iterate over the items of a list; anything else has none."""
        if isinstance(self.parsed, ParsedList):
            for index, item in enumerate(self.parsed.items):
                yield Node(item, f"{self.path}[{index}]", self.problems)

    def entries(self) -> "Iterator[tuple[Node, str, Node]]":
        """Iterate over a mapping: the key's node, the key, the value's node.

        An entry whose key is not a scalar, or was given before, is reported and skipped.
        """
        seen: set[str] = set()
        for parsed_key, value in (
            self.parsed.items if isinstance(self.parsed, ParsedMapping) else ()
        ):
            if not isinstance(parsed_key, ParsedScalar):
                self.problems.add(parsed_key.position, self.path, "expected a name as the key")
                continue
            name = parsed_key.text
            shown = shortened(name)
            path = f"{self.path}.{shown}" if self.path else shown
            # All keys of JSON are in quotes: these do not make a key text.
            key = Node(parsed_key._replace(is_quoted=False), path, self.problems)
            if name in seen:
                key.report("given twice; expected each key once")
                continue
            seen.add(name)
            yield key, name, Node(value, path, self.problems)
