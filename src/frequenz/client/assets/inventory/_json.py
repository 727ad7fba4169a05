"""JSON text to a tree with positions.

The standard library's parser, which does not give positions, decodes the strings only.
"""

import json
import re
from bisect import bisect_right
from typing import Final

from ._parsed_tree import Parsed, ParsedList, ParsedMapping, ParsedScalar
from ._problems import InvalidSyntaxError, Position
from ._tree_builder import LONE_SURROGATE, TreeBuilder, check_encodable

_TOKEN: Final = re.compile(
    # Possessive: remembering where to try again takes hundreds of bytes for each character.
    r'(?P<string>"(?>[^"\\\x00-\x1f]++|\\.)*+")'
    r"|(?P<literal>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?(?![\w.])"
    r"|(?:true|false|null)\b)"
    r"|(?P<mark>[\[\]{},:])",
)
_WHITESPACE: Final = re.compile(r"[ \t\r\n]*")


def parse(text: str) -> Parsed:
    """Return the root of a file's tree.

    Raises:
        InvalidSyntaxError: If the text is not JSON.
    """
    check_encodable(text)
    return _Parser(text).parse()


def parse_line(line: str, number: int) -> Parsed:
    """Return the root of the tree of a line, given its number, which is counted from 1.

    Raises:
        InvalidSyntaxError: If the line is not JSON.
    """
    return _Parser(line, number, end="the end of the line").parse()


def is_blank(line: str) -> bool:
    """Return whether a line has nothing but what JSON takes as space."""
    return _WHITESPACE.fullmatch(line) is not None


class _Parser:
    """Parses without recursion: however deep a file is nested, it is refused with a position."""

    def __init__(self, text: str, first_line: int = 1, *, end: str = "the end of the file") -> None:
        self._text = text
        self._first_line = first_line
        self._end = end
        self._line_starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self._builder = TreeBuilder()
        self._index = 0

    def parse(self) -> Parsed:
        """Return the root of the tree."""
        self._parse_value()
        while (container := self._builder.innermost) is not None:
            end = "]" if isinstance(container, ParsedList) else "}"
            mark = self._peek()
            if mark == end:
                self._skip()
                self._builder.close()
                continue
            if container.items:
                if mark != ",":
                    raise self._expected(f", or {end}")
                self._skip()
            if isinstance(container, ParsedMapping):
                self._parse_key()
            self._parse_value()
        if self._peek():
            raise self._expected(self._end)
        assert self._builder.root is not None
        return self._builder.root

    def _parse_key(self) -> None:
        if self._peek() != '"':
            raise self._expected("a name in double quotes as the key")
        self._parse_value()
        if self._peek() != ":":
            raise self._expected(":")
        self._skip()

    def _parse_value(self) -> None:
        self._peek()
        position = self._position()
        match = _TOKEN.match(self._text, self._index)
        if match is None or (match["mark"] or "[") not in "[{":
            raise self._expected("a value")
        self._index = match.end()
        if match["string"]:
            self._builder.add(ParsedScalar(position, self._decode(match), is_quoted=True))
        elif match["literal"]:
            self._builder.add(ParsedScalar(position, match["literal"], is_quoted=False))
        else:
            container = ParsedList if match["mark"] == "[" else ParsedMapping
            self._builder.open(container(position, []))

    def _decode(self, match: re.Match[str]) -> str:
        """Return the text of a string."""
        try:
            decoded = str(json.loads(match[0]))
            decoded.encode()
        except json.JSONDecodeError as error:
            self._index = match.start() + error.pos
            raise InvalidSyntaxError(self._position(), f"invalid JSON: {error.msg}") from error
        except UnicodeEncodeError as error:
            self._index = match.start()
            raise InvalidSyntaxError(self._position(), LONE_SURROGATE) from error
        return decoded

    def _peek(self) -> str:
        """Return the next character that is not whitespace; empty at the end."""
        if match := _WHITESPACE.match(self._text, self._index):
            self._index = match.end()
        return self._text[self._index : self._index + 1]

    def _skip(self) -> None:
        self._index += 1

    def _position(self) -> Position:
        line = bisect_right(self._line_starts, self._index)
        return Position(self._first_line + line - 1, self._index - self._line_starts[line - 1] + 1)

    def _expected(self, expected: str) -> InvalidSyntaxError:
        found = self._text[self._index : self._index + 12].split("\n")[0]
        got = repr(found) if self._index < len(self._text) else self._end
        return InvalidSyntaxError(self._position(), f"invalid JSON: expected {expected}, got {got}")
