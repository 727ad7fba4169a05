"""The reply of a call, as bytes and as a message."""

from typing import Any

from google.protobuf.message import DecodeError, Message


class Reply:
    """The reply of a call: its bytes and its message, each made from the other when needed."""

    __slots__ = ("_data", "_message", "is_message", "kind")

    def __init__(
        self, kind: type[Message], data: bytes | None = None, message: Message | None = None
    ) -> None:
        """Take the bytes that arrived, which may be invalid, or a message."""
        self.kind = kind
        self._data = data
        self._message = message
        self.is_message = message is not None
        """Whether the reply arrived as a message: its bytes then are as protobuf writes them."""

    @classmethod
    def of(cls, message: Message) -> "Reply":
        """Return the reply of a message."""
        return cls(type(message), message=message)

    @property
    def data(self) -> bytes:
        """The bytes."""
        if self._data is None:
            self._data = self.message.SerializeToString()
        return self._data

    @property
    def message(self) -> Any:
        """The message.

        Raises:
            DecodeError: If the bytes are not a valid reply.
        """
        if self._message is None:
            self._message = parse(self.kind, self.data)
        return self._message


def parse(kind: type[Message], data: bytes) -> Any:
    """Return the message of some bytes.

    Raises:
        DecodeError: If the bytes are not a valid message of this type.
    """
    try:
        return kind.FromString(data)
    except UnicodeDecodeError as error:  # protobuf without upb
        raise DecodeError(str(error)) from error
