"""An attempt of a call: the request, and the method that sends it."""

from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any, NamedTuple

from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from frequenz.client.base.client import BaseApiClient
from google.protobuf.message import Message

from .._transport.channel import DecodingChannel, raw_method
from .._wire.reply import Reply


class Attempt(NamedTuple):
    """A call that can be sent any number of times."""

    operation: str
    """The name of the RPC."""

    send: Callable[..., Awaitable[Any]]
    """Sends the request once, given `timeout` in s and other options of gRPC."""


def current_attempt(
    client: Any, operation: str, request: Message, *, has_interceptors: bool
) -> Attempt:
    """Return a call in the current generation of the API."""
    return _attempt(operation, lambda: getattr(client.stub, operation), request, has_interceptors)


def first_generation_attempt(
    client: BaseApiClient[Any], operation: str, path: str, request: bytes, *, has_interceptors: bool
) -> Attempt:
    """Return a call in the first generation of the API, whose replies are the current ones."""

    def method() -> Any:
        return DecodingChannel(client.channel).unary_unary(
            path, response_deserializer=reply_type(operation).FromString
        )

    return _attempt(operation, method, request, has_interceptors)


def _attempt(
    operation: str,
    method_for_attempt: Callable[[], Any],
    request: Message | bytes,
    has_interceptors: bool,
) -> Attempt:
    """Return a call whose method is looked up for each attempt: the client may be connected anew.

    Replies arrive as bytes, unless they pass interceptors of the user, which expect messages.
    """

    def send(**options: Any) -> Awaitable[Any]:
        method = method_for_attempt()
        call: Awaitable[Any] = (method if has_interceptors else raw_method(method))(
            request, **options
        )
        return call

    return Attempt(operation, send)


@cache
def reply_type(operation: str) -> type[Message]:
    """Return the class of a call's reply; the contract names it after the call."""
    kind: type[Message] = getattr(platformassets_pb2, f"{operation}Response")
    return kind


def reply_of(operation: str, received: Any) -> Reply:
    """Return the reply of bytes, of a message, or of a mock in a user's test."""
    if isinstance(received, bytes):
        return Reply(reply_type(operation), received)
    # By its type: a mock can claim to be a message.
    if issubclass(type(received), Message):
        return Reply.of(received)
    return Reply.of(_copy_of_mock(reply_type(operation), received))


def _copy_of_mock(kind: type[Message], mock: Any) -> Message:
    """Return a message with those fields of a mock that have values of their type."""
    copy = kind()
    message: Any = copy
    for field in message.DESCRIPTOR.fields:
        value = getattr(mock, field.name, None)
        if isinstance(value, int):
            setattr(message, field.name, value)
        elif isinstance(value, Message):
            getattr(message, field.name).CopyFrom(value)
        elif isinstance(value, list | tuple):
            getattr(message, field.name).extend(value)
    return copy
