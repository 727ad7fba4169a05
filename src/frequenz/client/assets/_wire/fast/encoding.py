"""protobuf's encoding, as far as its own objects are too slow to look at it."""

from collections.abc import Iterable
from typing import Any, Final

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

_VARINT: Final = 0
_LENGTH: Final = 2
"""How a field is written: as a number, or as a length and so many bytes."""

_WITH_LENGTH: Final = {FieldDescriptor.CPPTYPE_STRING, FieldDescriptor.CPPTYPE_MESSAGE}
_NUMBERS: Final = {FieldDescriptor.TYPE_UINT64, FieldDescriptor.TYPE_ENUM}
"""Of enums, only numbers below 2**31 are as they are: all others have lost some bits, or a sign."""

_LONGEST_LENGTH: Final = 5
"""In how many bytes a length may be written; numbers may take ten."""


def tag_of(kind: type[Message], field: str) -> int:
    """Return the byte before a field of a message: its number, and how it is written.

    Raises:
        ValueError: If there is more before it, or it is of a fixed size or a list of numbers.
    """
    found: Any = kind.DESCRIPTOR.fields_by_name[field]
    number: int = found.number
    if number < 16:
        if found.cpp_type in _WITH_LENGTH:
            return number << 3 | _LENGTH
        if found.type in _NUMBERS and not found.is_repeated:
            return number << 3 | _VARINT
    raise ValueError(f"{found.full_name}: its tag is no single byte, or it is written otherwise")


def values_of(data: bytes, fields: Iterable[tuple[int, Any]]) -> list[Any] | None:
    """Return the values of a message: numbers as they are, the bytes of all others.

    Args:
        data: The message.
        fields: Those that it may have, in the order of their numbers: the tag of each, see
            `tag_of`, and what stands for it where it is not there.

    Returns:
        None if it takes protobuf to read this: fields that are not among these, out of order or
        twice there, or no message at all.
    """
    values: list[Any] = []
    end = len(data)
    at = 0
    try:
        for tag, default in fields:
            if at == end or data[at] != tag:
                values.append(default)
                continue
            value: Any = data[at + 1]
            at += 2
            if value > 127:
                start = at - 1
                value, at = _varint(data, start)
                if value >> 64 or (tag & 7 == _LENGTH and at - start > _LONGEST_LENGTH):
                    return None
            if tag & 7 == _LENGTH:
                start = at
                at += value
                value = data[start:at]
            values.append(value)
    except IndexError:
        return None
    return values if at == end else None


def cut(data: bytes, tag: int, size: int) -> tuple[bytes, list[slice]] | None:
    """Cut a reply: return it without its list, and where the parts of the list are.

    protobuf reads the messages of a list one after another, so that bytes can be cut between any
    two of them.

    Args:
        data: The reply. Of what is none, nothing or a part is none.
        tag: That of the list: see `tag_of`.
        size: How many bytes a part has at least, unless something else interrupts the list; 1 or
            more.

    Returns:
        None if it cannot be cut: it is truncated, has groups or fields of a fixed size, or a tag of
        the list that is longer than need be.
    """
    others: list[bytes] = []
    parts: list[slice] = []
    count = len(data)
    first = end = 0
    try:
        while end < count:
            full = min(first + size, count)
            while end < full and data[end] == tag:
                length = data[end + 1]
                if length < 128:
                    end += length + 2
                elif (high := data[end + 2]) < 128:
                    end += length + (high << 7) - 125
                else:
                    length, end = _varint(data, end + 1)
                    end += length
            if end > first:
                parts.append(slice(first, end))
                first = end
            if end < full:  # something else interrupts the list
                end = _end(data, first, tag)
                others.append(data[first:end])
                first = end
    except IndexError:
        return None
    return None if end > count else (b"".join(others), parts)


def _end(data: bytes, start: int, of_list: int) -> int:
    """Return where a field ends; IndexError if that cannot be told, or it is of the list."""
    tag, end = _varint(data, start)
    value, end = _varint(data, end)
    if tag & 7 == _VARINT:
        return end
    if tag & 7 == _LENGTH and tag != of_list:
        return end + value
    raise IndexError("this is nested, of a fixed size, or a part of the list after all")


def _varint(data: bytes, start: int) -> tuple[int, int]:
    """Return the number at a place, and where it ends."""
    value = shift = 0
    for place in range(start, start + 10):
        value |= (data[place] & 127) << shift
        if data[place] < 128:
            return value, place + 1
        shift += 7
    raise IndexError("this number does not end")
