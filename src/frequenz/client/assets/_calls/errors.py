"""The errors of calls, made of what gRPC raises."""

import re
from typing import Any, Final, TypeVar

import grpc.aio
from frequenz.client.base.client import BaseApiClient
from frequenz.client.base.exception import (
    ApiClientError,
    ClientNotConnected,
    GrpcError,
    UnrecognizedGrpcStatus,
)

from .._transport.channel import LazyChannel
from ..exceptions import ClientDisconnected
from ..findings._pages import page_of_error
from .retryable import is_connect_failure, is_retryable

_ErrorT = TypeVar("_ErrorT", bound=ApiClientError)


def not_connected(client: BaseApiClient[Any], operation: str) -> ClientNotConnected:
    """Return the error of a client that is not connected."""
    error = ClientNotConnected(server_url=client.server_url, operation=operation)
    error.is_retryable = False  # it takes a connect()
    return _noted(error)


def disconnected(client: BaseApiClient[Any], operation: str) -> ClientDisconnected:
    """Return the error of a client that was disconnected during a call."""
    return _noted(ClientDisconnected(server_url=client.server_url, operation=operation))


def of_status(
    client: BaseApiClient[Any], operation: str, status: grpc.aio.AioRpcError
) -> GrpcError:
    """Return the error of a status of gRPC."""
    error = ApiClientError.from_grpc_error(
        server_url=client.server_url,
        operation=operation,
        grpc_error=_explained(client, status),
    )
    error.is_retryable = is_retryable(status)
    return _noted(error)


def _noted(error: _ErrorT) -> _ErrorT:
    """Return an error that says below its traceback where it is explained."""
    name = type(error).__name__
    if isinstance(error, GrpcError) and not isinstance(error, UnrecognizedGrpcStatus):
        name = error.grpc_error.code().name
    error.add_note(f"See {page_of_error(name)}, or `assets-cli explain {name}`")
    return error


_TOO_LARGE: Final = re.compile(r"(\w+: \w+) message larger than max \((\d+) vs\. (\d+)\)")
"""What gRPC says of a message over the limit: its size, and the limit."""

_LARGE_MESSAGES: Final = {
    "CLIENT: Sent": "request",
    "SERVER: Received": "request",
    "SERVER: Sent": "reply",
    "CLIENT: Received": "reply",
}


def _explained(client: BaseApiClient[Any], status: grpc.aio.AioRpcError) -> grpc.aio.AioRpcError:
    """Return a status that also says what the client knows of its cause."""
    details = status.details() or ""
    if large := _TOO_LARGE.search(details):
        side, size, limit = large.groups()
        message = _LARGE_MESSAGES[side]
        details = (
            f"The {message} is too large: it has {size} bytes, and a {message} may have at most"
            f" {limit} bytes"
        )
    channel = client._channel
    if isinstance(channel, LazyChannel) and channel.proxy and is_connect_failure(status):
        variable, address = channel.proxy
        details += (
            f" (through the proxy {address} of the variable {variable}; no_proxy excludes hosts)"
        )
    if details == (status.details() or ""):
        return status
    return grpc.aio.AioRpcError(
        status.code(),
        status.initial_metadata(),
        status.trailing_metadata(),
        details=details,
        debug_error_string=status.debug_error_string(),
    )


def invalid_reply(
    client: BaseApiClient[Any], operation: str, size: int | None, reason: str
) -> ApiClientError:
    """Return the error of a reply that is not a valid message; its size is None if unknown."""
    description = "The reply cannot be decoded"
    if size is not None:
        description = (
            f"The reply of {size} bytes cannot be decoded as {operation}Response ({reason})"
        )
    return _noted(
        ApiClientError(
            server_url=client.server_url,
            operation=operation,
            description=description,
            retryable=False,
        )
    )
