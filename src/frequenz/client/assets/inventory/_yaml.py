"""YAML text to a tree with positions, and plain data to YAML: all that needs PyYAML."""

import re
from typing import Any, Final

import yaml

from ._parsed_tree import (
    BOOLEAN,
    INTEGER,
    NOT_FINITE,
    NUMBER,
    Parsed,
    ParsedList,
    ParsedMapping,
    ParsedScalar,
)
from ._problems import START, InvalidSyntaxError, Position
from ._tree_builder import TreeBuilder, check_encodable, position_at

_Loader: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG: Final = "tag:yaml.org,2002:"


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
    anchored: dict[str | None, Parsed] = {}  # those without an anchor are under None, unused
    documents = 0
    for event in yaml.parse(text, _Loader):
        position = _position(event.start_mark)
        match event:
            case yaml.DocumentStartEvent():
                documents += 1
                if documents > 1:
                    raise InvalidSyntaxError(position, "expected one document, got a second one")
            case yaml.AliasEvent():
                if event.anchor not in anchored:
                    raise InvalidSyntaxError(
                        position, f"invalid YAML: undefined anchor {event.anchor}"
                    )
                builder.add(anchored[event.anchor])
            case yaml.ScalarEvent():
                is_quoted = bool(event.style) or event.tag == f"{_TAG}str"
                anchored[event.anchor] = ParsedScalar(position, event.value, is_quoted)
                builder.add(anchored[event.anchor])
            case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                is_list = isinstance(event, yaml.SequenceStartEvent)
                container = ParsedList(position, []) if is_list else ParsedMapping(position, [])
                anchored[event.anchor] = container
                builder.open(container)
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                builder.close()
    return builder.root


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
