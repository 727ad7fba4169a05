"""JSON text to a tree with places.

The standard library's parser, which knows no places, decodes the strings; where each value stands
is told by the tokens.
"""

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Final

from ._nodes import Entries, Items, Place, Problems, Raw
from ._tree import Builder, Unreadable, check_characters

_TOKEN: Final = re.compile(
    r'(?P<string>"(?:[^"\\\x00-\x1f]|\\.)*")'
    r"|(?P<plain>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?(?![\w.])|(?:true|false|null)\b)"
    r"|(?P<mark>[\[\]{},:])",
)
_BLANK: Final = re.compile(r"[ \t\r\n]*")


def parse(text: str, problems: Problems) -> Raw | None:
    """Return the root of a file's tree, or None with a problem where the syntax is wrong."""
    builder = Builder(problems)
    try:
        check_characters(text, builder)
        _Parser(text, builder).parse()
    except Unreadable:
        return None
    return builder.root


def parse_lines(text: str, problems: Problems) -> Iterator[Raw]:
    """Yield the root of the tree of each line; one whose syntax is wrong is a problem instead."""
    try:
        check_characters(text, Builder(problems))
    except Unreadable:
        return
    for number, line in enumerate(text.split("\n"), 1):
        if _BLANK.fullmatch(line):
            continue
        builder = Builder(problems)
        try:
            _Parser(line, builder, number, end="the end of the line").parse()
        except Unreadable:
            continue
        assert builder.root is not None
        yield builder.root


class _Parser:
    """Tokens to a tree, without recursion: a file may nest as it likes, and is refused for it."""

    def __init__(
        self, text: str, builder: Builder, first_line: int = 1, *, end: str = "the end of the file"
    ) -> None:
        self._text = text
        self._builder = builder
        self._first_line = first_line
        self._end = end
        self._lines = [0, *(match.end() for match in re.finditer("\n", text))]
        self._index = 0

    def parse(self) -> None:
        """Build the whole tree."""
        self._value()
        while (container := self._builder.container) is not None:
            end = "]" if isinstance(container, Items) else "}"
            has_values = bool(container[1])
            mark = self._peek()
            if mark == end:
                self._next()
                self._builder.close()
                continue
            if has_values:
                if mark != ",":
                    raise self._refuse(f", or {end}")
                self._next()
            if isinstance(container, Entries):
                self._key()
            self._value()
        self._skip_blanks()
        if self._index < len(self._text):
            raise self._refuse(self._end)

    def _key(self) -> None:
        if self._peek() != '"':
            raise self._refuse("a name in double quotes as the key")
        self._value()
        if self._peek() != ":":
            raise self._refuse(":")
        self._next()

    def _value(self) -> None:
        self._skip_blanks()
        place = self._place()
        match = _TOKEN.match(self._text, self._index)
        if match is None or (match["mark"] or "[") not in "[{":
            raise self._refuse("a value")
        self._index = match.end()
        if match["string"]:
            self._builder.scalar(place, self._decoded(match), is_quoted=True)
        elif match["plain"]:
            self._builder.scalar(place, match["plain"], is_quoted=False)
        else:
            self._builder.open(Items(place, []) if match["mark"] == "[" else Entries(place, []))

    def _decoded(self, match: re.Match[str]) -> str:
        try:
            decoded = json.loads(match[0])
            decoded.encode()
        except json.JSONDecodeError as error:
            self._index = match.start() + error.pos
            raise self._builder.refuse(self._place(), f"not JSON: {error.msg}") from error
        except UnicodeEncodeError as error:
            self._index = match.start()
            sentence = "expected characters, got a lone surrogate"
            raise self._builder.refuse(self._place(), sentence) from error
        return str(decoded)

    def _peek(self) -> str:
        self._skip_blanks()
        return self._text[self._index : self._index + 1]

    def _next(self) -> None:
        self._index += 1
        self._skip_blanks()

    def _skip_blanks(self) -> None:
        match = _BLANK.match(self._text, self._index)
        self._index = match.end() if match else self._index

    def _place(self) -> Place:
        line = bisect_right(self._lines, self._index)
        return Place(self._first_line + line - 1, self._index - self._lines[line - 1] + 1)

    def _refuse(self, expected: str) -> Unreadable:
        found = self._text[self._index : self._index + 12].split("\n")[0]
        got = repr(found) if self._index < len(self._text) else self._end
        return self._builder.refuse(self._place(), f"not JSON: expected {expected}, got {got}")
