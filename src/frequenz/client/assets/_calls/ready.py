"""Waiting for a connection."""

import asyncio
from collections.abc import Awaitable
from time import monotonic
from typing import Any, Final

import grpc.aio
from frequenz.client.base.client import BaseApiClient
from frequenz.client.base.exception import ApiClientError, OperationTimedOut, ServiceUnavailable

from . import errors
from .attempt import Attempt
from .funnel import Funnel
from .handshake import watch_handshake

_METHOD: Final = "/frequenz.client.assets/Ready"
"""A call that no server offers: any answer shows that there is a connection."""


async def wait_until_ready(
    client: BaseApiClient[Any], funnel: Funnel, timeout: float | None
) -> None:
    """Wait for a connection.

    Args:
        client: The client.
        funnel: Sends its calls.
        timeout: For how long, in s; None = forever.

    Raises:
        ClientNotConnected: If the client has no channel.
        ServiceUnavailable: If there is no connection in time, with the reason.
        OperationTimedOut: If there is no connection in time, and the reason is unknown.
    """
    channel = client._channel
    if channel is None:
        raise errors.not_connected(client, "ready")

    def send(**options: Any) -> Awaitable[Any]:
        method: Any = channel.unary_unary(_METHOD)
        call: Awaitable[Any] = method(b"", **options)
        return call

    probe = Attempt("ready", send)
    began = monotonic()
    waiting = asyncio.ensure_future(channel.channel_ready())
    watch = watch_handshake(waiting, probe, channel)
    try:
        async with asyncio.timeout(timeout):
            await waiting
    except TimeoutError as timed_out:
        try:
            await funnel.probe(probe)
        except (ServiceUnavailable, OperationTimedOut) as cause:
            raise cause from timed_out
        except ApiClientError:
            return  # whatever it says, the server answered
    except grpc.aio.UsageError as error:
        raise errors.disconnected(client, "ready") from error
    except asyncio.CancelledError:
        if watch is None or watch.cause is None:
            raise
        raise funnel.failure("ready", 1, began, watch.cause) from watch.cause
    finally:
        waiting.cancel()
        if watch is not None:
            watch.stop()
