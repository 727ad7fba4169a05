"""Splitting the bytes of a reply between the messages of its list.

A field on the wire is a tag (its number and how its value is encoded) and its value. protobuf reads
the fields one after another, so that a reply can be split between any two of them.
"""

from typing import Any

from google.protobuf.message import Message

from ..varint import LENGTH_DELIMITED, VARINT, make_tag, read_varint


def list_tag(kind: type[Message], list_field: str) -> int:
    """Return the tag, a single byte, of the messages in a list.

    Raises:
        ValueError: If it is longer.
    """
    field: Any = kind.DESCRIPTOR.fields_by_name[list_field]
    number: int = field.number
    if number >= 16 or field.message_type is None:
        raise ValueError(f"{field.full_name}: expected messages, and a field number below 16")
    return make_tag(number, LENGTH_DELIMITED)


def split(data: bytes, tag: int, size: int) -> tuple[bytes, list[slice]] | None:
    """Split a reply into its other fields and the spans of the parts of its list.

    Args:
        data: The reply.
        tag: The tag of the list's messages, see `list_tag`.
        size: How many bytes a part has at least, unless another field interrupts the list; 1 or
            more.

    Returns:
        None if the data is truncated, or has groups, fields of a fixed size, or a tag of the list
        with more bytes than it needs.
    """
    others: list[bytes] = []
    parts: list[slice] = []
    count = len(data)
    first = end = 0
    try:
        while end < count:
            full = min(first + size, count)
            while end < full and data[end] == tag:
                length, end = read_varint(data, end + 1)
                end += length
            if end > first:
                parts.append(slice(first, end))
                first = end
            if end < full:  # another field interrupts the list
                end = _end_of_field(data, first, tag)
                others.append(data[first:end])
                first = end
    except IndexError:
        return None
    return None if end > count else (b"".join(others), parts)


def _end_of_field(data: bytes, start: int, list_tag: int) -> int:
    """Return where a field ends.

    Raises:
        IndexError: If that is unknown, or the field is of the list.
    """
    tag, end = read_varint(data, start)
    value, end = read_varint(data, end)
    if tag & 7 == VARINT:
        return end
    if tag & 7 == LENGTH_DELIMITED and tag != list_tag:
        return end + value
    raise IndexError("a group, a field of a fixed size, or a message of the list")
