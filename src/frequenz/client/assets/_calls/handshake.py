"""Ending calls that wait for a connection while TLS fails."""

import asyncio
from typing import Any, Final

import grpc
import grpc.aio
from frequenz.client.base.exception import ApiClientError

from .._transport.channel import LazyChannel
from .attempt import Attempt
from .retryable import is_tls_failure

_HANDSHAKE_SECONDS: Final = 2.0
"""How long TLS handshakes may fail: trying again does not change a certificate."""


def watch_handshake(
    call: Any, attempt: Attempt, channel: grpc.aio.Channel | None
) -> "HandshakeWatch | None":
    """Return the watch that ends a call while TLS fails; None without TLS."""
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
        self._probing: asyncio.Task[None] | None = None
        self._timer = self._loop.call_later(_HANDSHAKE_SECONDS, self._check)

    def _check(self) -> None:
        self._timer = self._loop.call_later(_HANDSHAKE_SECONDS, self._check)
        if self._channel.known_state is grpc.ChannelConnectivity.TRANSIENT_FAILURE:
            self._probing = self._loop.create_task(self._probe())

    async def _probe(self) -> None:
        try:
            await self._attempt.send(timeout=_HANDSHAKE_SECONDS, wait_for_ready=False)
        except grpc.aio.AioRpcError as error:
            if is_tls_failure(error):
                self.cause = error.with_traceback(None)  # which would keep the call
                self._call.cancel()
        except (ApiClientError, grpc.aio.UsageError):
            pass  # disconnected meanwhile, which ends the call, too

    def stop(self) -> None:
        """Stop watching."""
        self._timer.cancel()
        if self._probing is not None:
            self._probing.cancel()
            self._probing = None
        self._call = None
