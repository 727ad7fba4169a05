"""Where the fields of a message are in its bytes."""

from functools import lru_cache
from typing import Any, Final, NamedTuple

VARINT: Final = 0
FIXED64: Final = 1
LENGTH: Final = 2
FIXED32: Final = 5

_SIZES: Final = {FIXED64: 8, FIXED32: 4}


class Field(NamedTuple):
    """A field in the bytes of a message."""

    start: int
    value: int
    """Where its tag ends."""

    content: int
    """Where its length ends, if it has one."""

    end: int
    wire_type: int
    above: tuple["Field", ...]
    """The fields that it is in, from the outermost one on."""


def varint(number: int) -> bytes:
    """Return a number as it goes over the wire; a negative one has ten bytes."""
    number &= 2**64 - 1
    made = bytearray()
    while number > 127:
        made.append(number & 127 | 128)
        number >>= 7
    made.append(number)
    return bytes(made)


@lru_cache(maxsize=512)  # of the messages that are mutated; most others are seen only once
def fields_of(data: bytes, descriptor: Any) -> tuple[Field, ...]:
    """Return all fields of a message, those of inner ones included, as far as it can be read."""
    found: list[Field] = []
    _find(data, 0, len(data), descriptor, (), found)
    return tuple(found)


def _find(  # noqa: PLR0917 - keywords cost time
    data: bytes, at: int, end: int, descriptor: Any, above: tuple[Field, ...], found: list[Field]
) -> None:
    while at < end:
        start = at
        tag, at = _read_varint(data, at, end)
        value, wire_type = at, tag & 7
        if wire_type in _SIZES:
            at += _SIZES[wire_type]
            content = value
        else:
            number, at = _read_varint(data, at, end)
            content = at if wire_type == LENGTH else value
            at += number if wire_type == LENGTH else 0
        if wire_type not in {VARINT, LENGTH, *_SIZES} or at > end:
            return
        field = Field(start, value, content, at, wire_type, above)
        found.append(field)
        known = descriptor.fields_by_number.get(tag >> 3)
        if wire_type == LENGTH and known is not None and known.message_type is not None:
            _find(data, content, at, known.message_type, (*above, field), found)


def _read_varint(data: bytes, at: int, end: int) -> tuple[int, int]:
    """Return a number and where it ends: beyond the end if it does not."""
    if at < end and data[at] < 128:  # most are that short
        return data[at], at + 1
    number = shift = 0
    while at < end:
        byte = data[at]
        at += 1
        number |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return number, at
    return 0, end + 1


def replaced(data: bytes, above: tuple[Field, ...], start: int, end: int, new: bytes) -> bytes:
    """Return a message with other bytes in a place, and the lengths of what it is in adapted."""
    data = data[:start] + new + data[end:]
    grown = len(new) - (end - start)
    for field in reversed(above):
        length = varint(field.end - field.content + grown)
        data = data[: field.value] + length + data[field.content :]
        grown += len(length) - (field.content - field.value)
    return data
