"""Ending calls that wait for a connection while TLS fails."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeAlias

import grpc
import grpc.aio
from frequenz.client.base.exception import ApiClientError

from .._transport.channel import LazyChannel
from .retries import is_of_tls

Attempt: TypeAlias = Callable[..., Awaitable[Any]]
"""Makes a call once, given its `timeout` in s and other options of gRPC; returns the reply."""

_HANDSHAKE_SECONDS: Final = 2.0
"""For how long a handshake of TLS may fail: trying again will not change a certificate."""


def watch_handshake(
    call: Any, attempt: Attempt, channel: grpc.aio.Channel | None
) -> "HandshakeWatch | None":
    """Return what ends a call while TLS fails; None where there is no TLS."""
    if isinstance(channel, LazyChannel) and channel.has_tls:
        return HandshakeWatch(call, attempt, channel)
    return None


class HandshakeWatch:
    """Ends a call that waits for a connection while TLS fails."""

    def __init__(self, call: Any, attempt: Attempt, channel: LazyChannel) -> None:
        self.cause: grpc.aio.AioRpcError | None = None
        """Why the call was ended."""

        self._call = call
        self._attempt = attempt
        self._channel = channel
        self._loop = asyncio.get_running_loop()
        self._question: asyncio.Task[None] | None = None
        self._timer = self._loop.call_later(_HANDSHAKE_SECONDS, self._look)

    def _look(self) -> None:
        self._timer = self._loop.call_later(_HANDSHAKE_SECONDS, self._look)
        if (
            self._channel.is_open
            and self._channel.get_state() is grpc.ChannelConnectivity.TRANSIENT_FAILURE
        ):
            self._question = self._loop.create_task(self._ask())

    async def _ask(self) -> None:
        try:
            await self._attempt(timeout=_HANDSHAKE_SECONDS, wait_for_ready=False)
        except grpc.aio.AioRpcError as error:
            if is_of_tls(error):
                self.cause = error.with_traceback(None)  # which would keep the call
                self._call.cancel()
        except (ApiClientError, grpc.aio.UsageError):
            pass  # disconnected meanwhile, which ends the call, too

    def end(self) -> None:
        """Watch no more."""
        self._timer.cancel()
        if self._question is not None:
            self._question.cancel()
            self._question = None
        self._call = None
