"""JSON text to plain data fast, one item after the other of the lists at its top."""

import json
import re
from collections.abc import Generator, Iterator
from typing import Any, Final

from ._fast_readers import LISTS, UnusualError, raise_unusual

_SPACE: Final = re.compile(r"[ \t\r\n]*")

_MINUS_ZERO: Final = re.compile(r"-0[ \t\r\n,\]}]")
"""An integer that is -0.0 where a number is expected: Python's integers have no such zero.

It may be in a text, too, which then is read carefully without need.
"""


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) != len(pairs):
        raise UnusualError
    return mapping


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_without_duplicates,
    parse_constant=raise_unusual,  # NaN and Infinity
)


def entries(text: str) -> Iterator[tuple[str, Any]]:
    """Yield the keys at the top of a file with their values; of a list, each item by itself.

    Raises:
        UnusualError: If only the careful reader can tell what the text is.
        ValueError: If it is not JSON.
        RecursionError: If it is nested too deep.
    """
    if _MINUS_ZERO.search(text):
        raise UnusualError
    index = _after(text, _skip_space(text, 0), "{")
    keys: set[str] = set()
    while not text.startswith("}", index):
        if keys:
            index = _after(text, index, ",")
        key, index = _value(text, index)
        if type(key) is not str or key in keys:
            raise UnusualError
        keys.add(key)
        index = _after(text, index, ":")
        if key in LISTS and text.startswith("[", index):
            index = yield from _items(key, text, index)
        else:
            value, index = _value(text, index)
            if key not in LISTS:
                yield key, value
            elif value is not None:
                raise UnusualError
    if _skip_space(text, index + 1) != len(text):
        raise UnusualError


def _items(key: str, text: str, index: int) -> Generator[tuple[str, Any], None, int]:
    """Yield the items of a list with its key, and return where the text goes on after it."""
    index = _after(text, index, "[")
    if text.startswith("]", index):
        return _after(text, index, "]")
    while True:
        item, index = _value(text, index)
        yield key, item
        if text.startswith("]", index):
            return _after(text, index, "]")
        index = _after(text, index, ",")


def _value(text: str, index: int) -> tuple[Any, int]:
    """Return the value at an index, and where the text goes on after it."""
    value, end = _DECODER.raw_decode(text, index)
    return value, _skip_space(text, end)


def _after(text: str, index: int, mark: str) -> int:
    """Return where the text goes on after a mark that is expected."""
    if not text.startswith(mark, index):
        raise UnusualError
    return _skip_space(text, index + 1)


def _skip_space(text: str, index: int) -> int:
    match = _SPACE.match(text, index)
    return match.end() if match else index
