"""The fields of a message in its bytes."""

from functools import lru_cache
from typing import Any, Final, NamedTuple

from frequenz.client.assets._wire.varint import LENGTH_DELIMITED, VARINT, read_varint, write_varint

FIXED64: Final = 1
FIXED32: Final = 5

_SIZES: Final = {FIXED64: 8, FIXED32: 4}


class Field(NamedTuple):
    """A field in the bytes of a message; its tag is at `start`."""

    start: int
    value: int
    """Where its value begins, with the length if it has one."""

    content: int
    """Where its value begins, without the length."""

    end: int
    wire_type: int
    parents: tuple["Field", ...]
    """The fields that contain it, the outermost first."""


@lru_cache(maxsize=512)  # the messages that are mutated; most others are seen only once
def fields_of(data: bytes, descriptor: Any) -> tuple[Field, ...]:
    """Return all fields of a message and of messages in it, up to the first that is malformed."""
    found: list[Field] = []
    _find(data, (0, len(data)), descriptor, (), found)
    return tuple(found)


def _find(
    data: bytes,
    span: tuple[int, int],
    descriptor: Any,
    parents: tuple[Field, ...],
    found: list[Field],
) -> None:
    start, end = span
    while start < end:
        try:
            tag, value = read_varint(data, start)
            wire_type = tag & 7
            number, after = (0, value) if wire_type in _SIZES else read_varint(data, value)
        except IndexError:
            return
        content = after if wire_type == LENGTH_DELIMITED else value
        stop = after + (number if wire_type == LENGTH_DELIMITED else _SIZES.get(wire_type, 0))
        if wire_type not in {VARINT, LENGTH_DELIMITED, *_SIZES} or stop > end:
            return
        field = Field(start, value, content, stop, wire_type, parents)
        found.append(field)
        known = descriptor.fields_by_number.get(tag >> 3)
        if wire_type == LENGTH_DELIMITED and known is not None and known.message_type is not None:
            _find(data, (content, stop), known.message_type, (*parents, field), found)
        start = stop


def replaced(data: bytes, parents: tuple[Field, ...], start: int, end: int, new: bytes) -> bytes:
    """Return a message with a part replaced, and the lengths of the parents adapted."""
    data = data[:start] + new + data[end:]
    grown = len(new) - (end - start)
    for field in reversed(parents):
        length = write_varint(field.end - field.content + grown)
        data = data[: field.value] + length + data[field.content :]
        grown += len(length) - (field.content - field.value)
    return data
