"""YAML text to a tree with positions, and plain data to YAML: all that needs PyYAML."""

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import yaml

from ._fast_yaml import entries as fast_entries
from ._parsed_tree import (
    BOOLEAN,
    INTEGER,
    NOT_FINITE,
    NULL,
    NUMBER,
    Parsed,
    ParsedList,
    ParsedMapping,
    ParsedScalar,
)
from ._problems import START, InvalidSyntaxError, Position, shortened
from ._tree_builder import TreeBuilder, check_encodable, position_at

__all__ = ["dump", "fast_entries", "parse"]

_Loader: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG: Final = "tag:yaml.org,2002:"


class _ScalarTag(NamedTuple):
    """A tag of the core schema for scalars."""

    noun: str
    patterns: tuple[re.Pattern[str], ...]


_SCALAR_TAGS: Final[Mapping[str, _ScalarTag]] = {
    "int": _ScalarTag("an integer", (INTEGER,)),
    "float": _ScalarTag("a number", (NUMBER, NOT_FINITE)),
    "bool": _ScalarTag("true or false", (BOOLEAN,)),
    "null": _ScalarTag("null", (NULL,)),
}
"""The tags of scalars that are not text, by name."""

_KINDS: Final = {"str": "text", "seq": "a list", "map": "a mapping"}
"""The other tags of the core schema, each with the values that can have it."""

MIN_ALIASED: Final = 10_000
"""How many values the aliases of a file may stand for, however short it is."""

ALIASED_PER_CHARACTER: Final = 4
"""How many values the aliases of a long file may stand for, for each of its characters."""


def parse(text: str) -> Parsed:
    """Return the root of a file's tree.

    Raises:
        InvalidSyntaxError: If the text is not YAML, or nothing.
    """
    check_encodable(text)
    try:
        root = _build(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reasons = ", ".join(filter(None, (error.context, error.problem)))
        position = _position(mark) if mark else START
        raise InvalidSyntaxError(position, f"invalid YAML: {reasons}") from error
    except yaml.reader.ReaderError as error:
        # PyYAML's parser in C counts bytes.
        before = text.encode()[: error.position].decode(errors="ignore")
        position = position_at(text, len(before))
        raise InvalidSyntaxError(position, f"invalid YAML: {error.reason}") from error
    if root is None:
        raise InvalidSyntaxError(START, "the file is empty; expected a mapping")
    return root


def _build(text: str) -> Parsed | None:
    """Build the tree event by event: PyYAML builds its own by recursion."""
    builder = TreeBuilder()
    anchors = _Anchors(text)
    documents = 0
    for event in yaml.parse(text, _Loader):
        position = _position(event.start_mark)
        match event:
            case yaml.DocumentStartEvent():
                documents += 1
                if documents > 1:
                    raise InvalidSyntaxError(position, "expected one document, got a second one")
            case yaml.AliasEvent():
                builder.add(anchors.resolve(event.anchor, position))
            case yaml.ScalarEvent():
                scalar = _scalar(position, event)
                anchors.open(event.anchor, scalar)
                anchors.close()
                builder.add(scalar)
            case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                is_list = isinstance(event, yaml.SequenceStartEvent)
                _check_tag(position, event.tag, "seq" if is_list else "map")
                container = ParsedList(position, []) if is_list else ParsedMapping(position, [])
                anchors.open(event.anchor, container)
                builder.open(container)
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                anchors.close()
                builder.close()
    return builder.root


class _Anchors:
    """The values with anchors, and how many values each consists of.

    An alias costs nothing until the tree is read: the number of values is limited, so that a short
    file of aliases to lists of aliases cannot stand for millions.
    """

    def __init__(self, text: str) -> None:
        self._limit = max(MIN_ALIASED, ALIASED_PER_CHARACTER * len(text))
        self._values: dict[str | None, tuple[Parsed, int]] = {}
        self._open: list[tuple[str | None, Parsed, int]] = []
        self._values_so_far = 0
        self._aliased_so_far = 0

    def open(self, anchor: str | None, parsed: Parsed) -> None:
        """Start a value; without an anchor, it is only counted."""
        self._open.append((anchor, parsed, self._values_so_far))
        self._values_so_far += 1

    def close(self) -> None:
        """End the value that was started last."""
        anchor, parsed, values_before = self._open.pop()
        if anchor is not None:
            self._values[anchor] = parsed, self._values_so_far - values_before

    def resolve(self, anchor: str | None, position: Position) -> Parsed:
        """Return the value that an alias stands for.

        Raises:
            InvalidSyntaxError: If there is none, or the aliases stand for too many values.
        """
        if any(anchor == it for it, _, _ in self._open):
            raise InvalidSyntaxError(
                position, f"the alias *{shortened(str(anchor))} is within its own value"
            )
        if anchor not in self._values:
            raise InvalidSyntaxError(
                position, f"invalid YAML: undefined anchor {shortened(str(anchor))}"
            )
        parsed, values = self._values[anchor]
        self._values_so_far += values
        self._aliased_so_far += values
        if self._aliased_so_far > self._limit:
            raise InvalidSyntaxError(
                position,
                f"up to here, aliases stand for more than {self._limit} values; expected a file"
                " that writes them out",
            )
        return parsed


def _scalar(position: Position, event: Any) -> ParsedScalar:
    """Return a scalar, read as its tag says if it has one."""
    name = _core_name(event.tag)
    tag = _SCALAR_TAGS.get(name)
    if tag is None:
        _check_tag(position, event.tag, "str")
        is_quoted = bool(event.style) or name == "str"
        return ParsedScalar(position, event.value, is_quoted)
    text = event.value
    if not any(pattern.fullmatch(text) for pattern in tag.patterns):
        raise InvalidSyntaxError(
            position, f"expected {tag.noun} after !!{name}, got {shortened(text)!r}"
        )
    if name == "float" and INTEGER.fullmatch(text):
        text += ".0"  # where an integer is expected, it is none
    return ParsedScalar(position, text, is_quoted=False)


def _check_tag(position: Position, tag: str | None, expected: str) -> None:
    """Check the tag of a value that is not a number, a boolean or a null.

    Raises:
        InvalidSyntaxError: If it is another one than expected.
    """
    name = _core_name(tag)
    if tag is None or name == expected:
        return
    if name not in {*_KINDS, *_SCALAR_TAGS}:
        cut = shortened(name or tag)
        shown = f"!!{cut}" if name else cut if tag.startswith("!") else f"!<{cut}>"
        known = ", ".join(f"!!{it}" for it in (*_KINDS, *_SCALAR_TAGS))
        raise InvalidSyntaxError(position, f"unknown tag {shown}; expected no tag, or {known}")
    noun = _KINDS.get(name) or _SCALAR_TAGS[name].noun
    raise InvalidSyntaxError(position, f"expected {noun} after !!{name}, got {_KINDS[expected]}")


def _core_name(tag: str | None) -> str:
    """Return the name of a tag such as !!int; empty for any other tag, and without one."""
    return tag.removeprefix(_TAG) if tag and tag.startswith(_TAG) else ""


def _position(mark: Any) -> Position:
    return Position(mark.line + 1, mark.column + 1)


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    """Writes YAML that means the same by the rules of YAML 1.1 and 1.2."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


for _kind, _pattern in (
    ("bool", BOOLEAN),
    ("int", INTEGER),
    ("float", NUMBER),
    ("float", NOT_FINITE),
):
    # Text that looks like one of these by either version's rules gets quotes.
    _Dumper.add_implicit_resolver(_TAG + _kind, re.compile(rf"(?:{_pattern.pattern})$"), None)


def dump(data: Any) -> str:
    """Return plain data as YAML."""
    return str(
        yaml.dump(
            data,
            Dumper=_Dumper,
            sort_keys=False,
            allow_unicode=True,
            default_flow_style=None,  # the innermost mappings and lists go on one line
            width=100,
        )
    )
