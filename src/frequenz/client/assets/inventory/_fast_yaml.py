"""YAML text to plain data fast, one item after the other of the lists at its top."""

import math
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, Final

import yaml

from ._fast_readers import LISTS, UnusualError, not_finite
from ._parsed_tree import BOOLEAN, INTEGER, NOT_FINITE, NULL, NUMBER
from ._tree_builder import MAX_DEPTH

_Loader: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_Scalar: Final[Any] = yaml.ScalarEvent

_NOT_TEXT: Final = frozenset("~+-.0123456789nNtTfF")
"""How scalars can start that are not text."""


def entries(text: str) -> Iterator[tuple[str, Any]]:
    """Yield the keys at the top of a file with their values; of a list, each item by itself.

    Raises:
        UnusualError: If only the careful reader can tell what the text is.
        ValueError: If it has an integer with very many digits, or cannot be encoded.
    """
    try:
        yield from _entries(_Loader(text).get_event)
    except yaml.YAMLError as error:
        raise UnusualError from error


def _entries(next_event: Callable[[], Any]) -> Iterator[tuple[str, Any]]:
    next_event()  # the start of the stream
    _expect(next_event(), yaml.DocumentStartEvent)
    _expect(next_event(), yaml.MappingStartEvent)
    keys: set[str] = set()
    while type(event := next_event()) is not yaml.MappingEndEvent:
        key = _key(event)
        if key in keys:
            raise UnusualError
        keys.add(key)
        event = next_event()
        if key in LISTS and type(event) is yaml.SequenceStartEvent:
            _check_plain(event)
            while type(event := next_event()) is not yaml.SequenceEndEvent:
                yield key, _value(event, next_event)
        else:
            value = _value(event, next_event)
            if key not in LISTS:
                yield key, value
            elif value is not None:
                raise UnusualError
    _expect(next_event(), yaml.DocumentEndEvent)
    _expect(next_event(), yaml.StreamEndEvent)


def _expect(event: Any, kind: type[Any]) -> None:
    if type(event) is not kind:
        raise UnusualError
    if kind is yaml.MappingStartEvent:
        _check_plain(event)


def _check_plain(event: Any) -> None:
    """Check that a value has neither a tag nor an anchor."""
    if event.tag is not None or event.anchor is not None:
        raise UnusualError


def _key(event: Any) -> str:
    if type(event) is not _Scalar or event.tag is not None or event.anchor is not None:
        raise UnusualError
    key: str = event.value
    return key


def _value(event: Any, next_event: Callable[[], Any], depth: int = 0) -> Any:
    """Return the plain data of a value that starts with an event."""
    kind = type(event)
    if kind is yaml.AliasEvent or event.tag is not None or event.anchor is not None:
        raise UnusualError
    if kind is _Scalar:
        return event.value if event.style else _scalar(event.value)
    if depth == MAX_DEPTH:
        raise UnusualError
    if kind is yaml.SequenceStartEvent:
        items = []
        while type(event := next_event()) is not yaml.SequenceEndEvent:
            items.append(_value(event, next_event, depth + 1))
        return items
    mapping = {}
    while type(event := next_event()) is _Scalar:
        key = _key(event)
        if key in mapping:
            raise UnusualError
        event = next_event()
        # Most values are scalars: a call less for each.
        if type(event) is _Scalar and event.tag is None and event.anchor is None:
            mapping[key] = event.value if event.style else _scalar(event.value)
        else:
            mapping[key] = _value(event, next_event, depth + 1)
    if type(event) is not yaml.MappingEndEvent:
        raise UnusualError
    return mapping


@lru_cache(maxsize=10_000)
def _scalar(text: str) -> Any:
    """Return what a scalar without quotes is by the rules of YAML 1.2."""
    if text and text[0] not in _NOT_TEXT:
        return text
    if NULL.fullmatch(text):
        return None
    if BOOLEAN.fullmatch(text):
        return text.lower() == "true"
    if INTEGER.fullmatch(text):
        number = int(text, 0) if text[:2] in {"0x", "0o"} else int(text)
        if str(number) != text:  # 007 and 0x7 are numbers in some places only
            raise UnusualError
        return number
    if NUMBER.fullmatch(text):
        value = float(text)
        if math.isinf(value):
            raise UnusualError
        return value
    return not_finite(text) if NOT_FINITE.fullmatch(text) else text
