"""The errors of calls, made of what gRPC raises."""

from typing import Any

import grpc.aio
from frequenz.client.base.client import BaseApiClient
from frequenz.client.base.exception import ApiClientError, ClientNotConnected, GrpcError

from .._transport.channel import LazyChannel
from ..exceptions import ClientDisconnected
from .retryable import is_connect_failure, is_retryable


def not_connected(client: BaseApiClient[Any], operation: str) -> ClientNotConnected:
    """Return the error of a client that is not connected."""
    error = ClientNotConnected(server_url=client.server_url, operation=operation)
    error.is_retryable = False  # it takes a connect()
    return error


def disconnected(client: BaseApiClient[Any], operation: str) -> ClientDisconnected:
    """Return the error of a client that was disconnected during a call."""
    return ClientDisconnected(server_url=client.server_url, operation=operation)


def of_status(
    client: BaseApiClient[Any], operation: str, status: grpc.aio.AioRpcError
) -> GrpcError:
    """Return the error of a status of gRPC."""
    error = ApiClientError.from_grpc_error(
        server_url=client.server_url,
        operation=operation,
        grpc_error=_with_proxy(client, status),
    )
    error.is_retryable = is_retryable(status)
    return error


def _with_proxy(client: BaseApiClient[Any], status: grpc.aio.AioRpcError) -> grpc.aio.AioRpcError:
    """Return a status that names the proxy, if connecting through it failed."""
    channel = client._channel
    if not (isinstance(channel, LazyChannel) and channel.proxy and is_connect_failure(status)):
        return status
    variable, address = channel.proxy
    return grpc.aio.AioRpcError(
        status.code(),
        status.initial_metadata(),
        status.trailing_metadata(),
        details=f"{status.details()} (through the proxy {address} of the variable {variable};"
        " no_proxy excludes hosts)",
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
    return ApiClientError(
        server_url=client.server_url,
        operation=operation,
        description=description,
        retryable=False,
    )
