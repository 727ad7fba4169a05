"""Replies, as bytes and as messages."""

from functools import cached_property
from typing import Any, Final, Self

from google.protobuf.message import DecodeError, Message


class Reply:
    """The reply of a call: its bytes and its message, each made of the other when it is needed."""

    def __init__(self, kind: type[Message], data: bytes) -> None:
        """Take the bytes that came; nobody has read them, so they may be no reply of this type."""
        self._kind = kind
        self.data = data
        self.is_message = False
        """Whether the reply was given as a message; its bytes then are what protobuf writes."""

    @classmethod
    def of(cls, message: Message) -> Self:
        """Take a message."""
        reply = cls.__new__(cls)
        reply._kind = type(message)
        reply.message = message
        reply.is_message = True
        return reply

    def part(self, span: slice) -> Self:
        """Return what some of the bytes say."""
        return type(self)(self._kind, self.data[span])

    @cached_property
    def data(self) -> bytes:
        """The bytes."""
        data: bytes = self.message.SerializeToString()
        return data

    @cached_property
    def message(self) -> Any:
        """The message.

        Raises:
            DecodeError: If the bytes are no reply of its type.
        """
        return parsed(self._kind, self.data)


def parsed(kind: type[Message], data: bytes) -> Any:
    """Return a message from its bytes.

    Raises:
        DecodeError: If they are none of its type.
    """
    try:
        return kind.FromString(data)
    except UnicodeDecodeError as error:  # without upb
        raise DecodeError(str(error)) from error


_VARINT: Final = 0
_LENGTH: Final = 2
"""How a field is written: a number, or its length and that many bytes."""


def cut(data: bytes, number: int, size: int) -> tuple[bytes, list[slice]] | None:
    """Cut a reply: return it without its list, and where the parts of the list are.

    protobuf reads the messages of a list one after another, so that bytes can be cut between any
    two of them.

    Args:
        data: The reply. Of what is none, nothing or a part is none.
        number: The number of the list's field, less than 16.
        size: How many bytes a part has at least, unless something else interrupts the list.

    Returns:
        None if it cannot be cut: it is truncated, has groups or fields of a fixed size, or a tag of
        the list that is longer than need be.
    """
    tag = number << 3 | _LENGTH
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
