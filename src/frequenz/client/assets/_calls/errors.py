"""The errors of calls, made of what gRPC raises."""

from typing import Any

import grpc.aio
from frequenz.client.base.client import BaseApiClient
from frequenz.client.base.exception import ApiClientError, ClientNotConnected, GrpcError

from ..exceptions import ClientDisconnected
from .retries import is_retryable


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
        server_url=client.server_url, operation=operation, grpc_error=status
    )
    error.is_retryable = is_retryable(status)
    return error


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
