"""The one way that every call of the client goes: deadline and errors."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from frequenz.client.base.client import BaseApiClient, call_stub_method

ReplyT = TypeVar("ReplyT")

TIMEOUT_SECONDS: Final = 60.0
"""How long a call may take."""


async def call(
    client: BaseApiClient[Any], operation: str, attempt: Callable[[float], Awaitable[ReplyT]]
) -> ReplyT:
    """Make a call.

    Args:
        client: Whose connection is used; it is named in errors.
        operation: The name of the RPC, for errors.
        attempt: Makes the call once, given the time that it may take, in s.

    Raises:
        ClientNotConnected: If the client has no connection.
        GrpcError: If the server, or the way to it, answered with a status.
    """
    return await call_stub_method(client, lambda: attempt(TIMEOUT_SECONDS), method_name=operation)
