"""Replies, as bytes and as messages."""

from functools import cached_property
from typing import Any, Self

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
