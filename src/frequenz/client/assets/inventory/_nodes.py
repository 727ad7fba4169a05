"""The tree of an inventory file, every node with its place, for YAML and JSON alike.

Scalars follow the core schema of YAML 1.2 (JSON's scalars are part of it), and what a scalar means
is decided by what is expected of it: `NO` is Norway where a country code is expected.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import yaml

NULL: Final = re.compile(r"~|null|Null|NULL|")
BOOLEAN: Final = re.compile(r"true|True|TRUE|false|False|FALSE")
INTEGER: Final = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
NUMBER: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
SPECIAL: Final = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")

Loader: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


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

    def add(self, mark: Any, path: str, sentence: str) -> None:
        """Add what is wrong at a place."""
        self.all.append(Problem(self.file, mark.line + 1, mark.column + 1, path, sentence))


class Node(NamedTuple):
    """A node of the tree, and where it is."""

    yaml: Any
    path: str
    problems: Problems

    def problem(self, sentence: str) -> None:
        """Say what is wrong here."""
        self.problems.add(self.yaml.start_mark, self.path, sentence)

    def expected(self, what: str) -> None:
        """Say what was expected here instead of what is."""
        self.problem(f"expected {what}, got {self.described()}")

    def described(self) -> str:
        """Return what is here, for a sentence."""
        if isinstance(self.yaml, yaml.MappingNode):
            return "a mapping"
        if isinstance(self.yaml, yaml.SequenceNode):
            return "a list"
        if self.is_null:
            return "nothing"
        return repr(self.yaml.value) if self.is_quoted else str(self.yaml.value)

    @property
    def is_quoted(self) -> bool:
        """Whether this is a scalar in quotes, or a text block."""
        return isinstance(self.yaml, yaml.ScalarNode) and bool(self.yaml.style)

    @property
    def is_null(self) -> bool:
        """Whether this is a null."""
        return self.plain(NULL) is not None

    @property
    def is_list(self) -> bool:
        """Whether this is a list."""
        return isinstance(self.yaml, yaml.SequenceNode)

    @property
    def is_mapping(self) -> bool:
        """Whether this is a mapping."""
        return isinstance(self.yaml, yaml.MappingNode)

    @property
    def text(self) -> str | None:
        """The text of a scalar that is not another thing (a number, a boolean, a null)."""
        if not isinstance(self.yaml, yaml.ScalarNode):
            return None
        others = (NULL, BOOLEAN, INTEGER, NUMBER, SPECIAL)
        if not self.is_quoted and any(other.fullmatch(self.yaml.value) for other in others):
            return None
        return str(self.yaml.value)

    def plain(self, pattern: re.Pattern[str]) -> str | None:
        """Return the text of a scalar without quotes that has a form, else None."""
        if isinstance(self.yaml, yaml.ScalarNode) and not self.is_quoted:
            return str(self.yaml.value) if pattern.fullmatch(self.yaml.value) else None
        return None

    def items(self) -> Iterator["Node"]:
        """Iterate over the items of a list."""
        for index, child in enumerate(self.yaml.value):
            yield Node(child, f"{self.path}[{index}]", self.problems)

    def entries(self) -> Iterator[tuple["Node", str, "Node"]]:
        """Iterate over the entries of a mapping: the key's node, the key, the value's node.

        A key that is no text, or given before, is a problem, and its entry is passed over.
        """
        seen: set[str] = set()
        for key_node, value in self.yaml.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self.problems.add(key_node.start_mark, self.path, "expected a name as the key")
                continue
            name = str(key_node.value)
            path = f"{self.path}.{name}" if self.path else name
            key = Node(key_node, path, self.problems)
            if name in seen:
                key.problem("given twice; expected each key once")
                continue
            seen.add(name)
            yield key, name, Node(value, path, self.problems)


def parse(text: str, problems: Problems, *, is_json: bool) -> Node | None:
    """Return the root of a file's tree, or None with a problem where the syntax is wrong."""
    try:
        if is_json:
            json.loads(text)  # stricter than YAML, of which JSON is nearly a part
            text = _without_surrogates(text)
        root = yaml.compose(text, Loader)
    except json.JSONDecodeError as error:
        mark = yaml.Mark("", error.pos, error.lineno - 1, error.colno - 1, None, 0)
        problems.add(mark, "", f"not JSON: {error.msg}")
        return None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark or yaml.Mark("", 0, 0, 0, None, 0)
        reasons = ", ".join(filter(None, (error.context, error.problem)))
        problems.add(mark, "", f"not YAML: {reasons}")
        return None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position)
        column = error.position - (text.rfind("\n", 0, error.position) + 1)
        mark = yaml.Mark("", error.position, line, column, None, 0)
        problems.add(mark, "", f"not YAML: {error.reason}")
        return None
    if root is None:
        problems.add(yaml.Mark("", 0, 0, 0, None, 0), "", "the file is empty; expected a mapping")
        return None
    return Node(root, "", problems)


_SURROGATES: Final = re.compile(
    r"(\\\\)|\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})"
)


def _without_surrogates(text: str) -> str:
    r"""Write JSON's `\ud83d\ude00` as YAML's `\U0001f600`: one character beyond 16 bits."""

    def replaced(match: re.Match[str]) -> str:
        if match[1]:
            return match[1]
        high, low = int(match[2], 16), int(match[3], 16)
        return f"\\U{0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00):08x}"

    return _SURROGATES.sub(replaced, text)
