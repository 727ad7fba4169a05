"""The reply of a call, as bytes and as a message."""

from functools import cached_property
from typing import Any, Self

from google.protobuf.message import DecodeError, Message


class Reply:
    """The reply of a call: its bytes and its message, each made from the other when needed."""

    def __init__(self, kind: type[Message], data: bytes) -> None:
        """Take the bytes that arrived; they were not parsed, so they may be invalid."""
        self.kind = kind
        self.data = data
        self.is_message = False
        """Whether the reply was given as a message: its bytes then are as protobuf writes them."""

    @classmethod
    def of(cls, message: Message) -> Self:
        """Take a message."""
        reply = cls.__new__(cls)
        reply.kind = type(message)
        reply.message = message
        reply.is_message = True
        return reply

    @cached_property
    def data(self) -> bytes:
        """The bytes."""
        data: bytes = self.message.SerializeToString()
        return data

    @cached_property
    def message(self) -> Any:
        """The message.

        Raises:
            DecodeError: If the bytes are not a valid reply.
        """
        return parse(self.kind, self.data)


def parse(kind: type[Message], data: bytes) -> Any:
    """Return the message of some bytes.

    Raises:
        DecodeError: If the bytes are not a valid message of this type.
    """
    try:
        return kind.FromString(data)
    except UnicodeDecodeError as error:  # protobuf without upb
        raise DecodeError(str(error)) from error
