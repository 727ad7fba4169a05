"""The calls that a server got, for assertions."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import grpc
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from google.protobuf.message import Message

from ._names import check_method, unknown_name

_SECRETS: Final = frozenset({"key", "sig", "nonce", "ts", "authorization", "cookie"})
_HIDDEN: Final = "(hidden)"


class Call:
    """A call of the API: what was asked, and how it was answered.

    Calls are equal if method, request and status are. The repr is what makes an equal one:

    ```python
    assert server.calls == [call("GetMicrogrid", microgrid_id=201)]
    ```
    """

    def __init__(
        self,
        method: str,
        request: Message | None,
        metadata: Mapping[str, str],
        status: grpc.StatusCode | None,
    ) -> None:
        """Make the record of a call; tests use `call` instead."""
        self.method = method
        """The name of the method, such as `GetMicrogrid`."""

        self.request = request
        """The request; None if it could not be parsed."""

        self.metadata = metadata
        """The metadata; keys and signatures are hidden."""

        self.status = status
        """How it was answered; None if it was not answered, or not yet."""

    def __eq__(self, other: object) -> bool:
        """Compare method, request and status."""
        if not isinstance(other, Call):
            return NotImplemented
        return (self.method, self.request, self.status) == (
            other.method,
            other.request,
            other.status,
        )

    __hash__ = None  # type: ignore[assignment] # the status is set later

    def __repr__(self) -> str:
        parts = [repr(self.method)]
        if self.request is None:
            parts.append("request=None")
        else:
            parts += [f"{name}={value!r}" for name, value in _fields(self.request).items()]
        if self.status is not grpc.StatusCode.OK:
            parts.append(f"status={self.status}")
        return f"call({', '.join(parts)})"


def _fields(message: Message) -> dict[str, Any]:
    """Return the fields of a message as the arguments of its constructor."""
    return {field.name: _plain(value) for field, value in message.ListFields()}


def _plain(value: Any) -> Any:
    if isinstance(value, Message):
        return _fields(value)
    is_list = isinstance(value, Sequence) and not isinstance(value, str | bytes)
    return [_plain(item) for item in value] if is_list else value


def call(
    method: str, *, status: grpc.StatusCode | None = grpc.StatusCode.OK, **fields: Any
) -> Call:
    """Return a call to compare with those of `server.calls`.

    Args:
        method: The name of the method, such as `GetMicrogrid`.
        status: How it was answered; None if it was not answered.
        **fields: The fields of the request; `filter` is a dictionary.

    Raises:
        ValueError: If the API has no such method, or its request no such field.
        TypeError: If a field has a wrong type.
    """
    if check_method(method) == "*":
        raise ValueError("method: expected the name of one method, got '*'")
    request: type[Message] = getattr(platformassets_pb2, f"{method}Request")
    for name in fields:
        if name not in request.DESCRIPTOR.fields_by_name:
            raise unknown_name(f"{method}: field", name, request.DESCRIPTOR.fields_by_name)
    return Call(method, request(**fields), {}, status)


def without_secrets(metadata: Iterable[tuple[str, str | bytes]] | None) -> dict[str, str]:
    """Return the metadata of a call as text, with keys and signatures hidden."""
    return {
        key: _HIDDEN if key.lower() in _SECRETS else str(value) for key, value in metadata or ()
    }
