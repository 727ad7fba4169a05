"""The one funnel for every call: deadline, attempts, errors, log."""

import asyncio
import logging
from collections.abc import Awaitable
from itertools import count
from time import monotonic
from typing import Any, Final

import grpc
import grpc.aio
from frequenz.client.base.client import BaseApiClient
from frequenz.client.base.exception import (
    ApiClientError,
    ClientNotConnected,
    GrpcError,
    OperationTimedOut,
    ServiceUnavailable,
)

from .. import _fork
from .._transport.channel import LazyChannel, UndecodableReply
from .._transport.policy import CallPolicy, TokenBucket
from .._wire.reply import Reply
from . import errors
from .attempt import Attempt, reply_of
from .handshake import HandshakeWatch, watch_handshake
from .retryable import has_no_address, pause_before_retry

_logger = logging.getLogger("frequenz.client.assets.calls")

_PROBE_SECONDS: Final = 0.02
"""How long the extra call may take that finds out why there was no connection."""

MIN_SECONDS: Final = 0.001
"""The shortest timeout, also of a call whose time is over: gRPC needs one above 0."""

_MARGIN_SECONDS: Final = 0.01
"""How much later the event loop ends a call, so that gRPC's own deadline comes first."""


class Funnel:
    """Sends the calls of one client."""

    def __init__(
        self, client: BaseApiClient[Any], policy: CallPolicy, *, has_interceptors: bool
    ) -> None:
        self._client = client
        self._policy = policy
        self._has_interceptors = has_interceptors
        self._bucket = TokenBucket(policy.budget)

    async def run(self, attempt: Attempt, timeout: float | None) -> Reply:
        """Send a call, retry it as the policy allows, and return the reply.

        Args:
            attempt: The call.
            timeout: How long all attempts may take together, in s; None = forever.

        Raises:
            ClientNotConnected: If the client is not connected.
            ClientDisconnected: If the client is disconnected during the call.
            GrpcError: If the server or the network failed with a status.
            ApiClientError: If the reply cannot be decoded.
        """
        deadline = None if timeout is None else monotonic() + timeout
        try:
            reply = await self.send(attempt, self._attempt_timeout(timeout), 1)
        except ApiClientError as error:
            reply = await self._retry(attempt, deadline, error)
        self._bucket.refill()
        return reply

    async def _retry(
        self, attempt: Attempt, deadline: float | None, error: ApiClientError
    ) -> Reply:
        """Retry a call whose first attempt failed."""
        pauses = self._policy.pauses()
        options: dict[str, Any] = {}
        for number in count(2):
            pause = pause_before_retry(self._policy, self._bucket, error, pauses)
            if pause is None or number > self._policy.max_attempts:
                break
            if deadline is not None and monotonic() + pause >= deadline:
                break
            await asyncio.sleep(pause)
            left = None if deadline is None else max(deadline - monotonic(), MIN_SECONDS)
            if self._policy.wait_for_connection and has_no_address(error):
                # By default, a channel waits only once the server's name has addresses.
                options = {"wait_for_ready": True}
            try:
                return await self.send(attempt, self._attempt_timeout(left), number, **options)
            except ClientNotConnected as not_connected:
                raise errors.disconnected(self._client, attempt.operation) from not_connected
            except ApiClientError as failed:
                failed.add_note(f"This was attempt {number}; the one before: {error}")
                error = failed
        try:
            if isinstance(error, OperationTimedOut) and self._connection_state() not in {
                None,
                grpc.ChannelConnectivity.READY,
            }:
                return await self._probe_after(error, attempt)
            raise error
        finally:
            del error  # its traceback refers to this frame, which would be a reference cycle

    def _attempt_timeout(self, timeout: float | None) -> float | None:
        """Return the time for one attempt, given that for all of them."""
        longest = self._policy.attempt_timeout
        if longest is None or (timeout is not None and timeout < longest):
            return timeout
        return longest

    async def send(
        self, attempt: Attempt, timeout: float | None, number: int, **options: Any
    ) -> Reply:
        """Send a call once; `number` counts the attempts from 1, and is 0 for a probe.

        Raises:
            ApiClientError: See `run`.
        """
        operation = attempt.operation
        channel = self._client._channel
        task = asyncio.current_task()
        cancellations = 0 if task is None else task.cancelling()
        began = monotonic()
        watch: HandshakeWatch | None = None
        try:
            call = attempt.send(timeout=timeout, **options)
            watch = watch_handshake(call, attempt, channel)
            received = await self._with_own_deadline(call, timeout)
        except grpc.aio.AioRpcError as status:
            raise self.failure(operation, number, began, status) from status
        except ClientNotConnected:
            raise errors.not_connected(self._client, operation) from None
        except asyncio.CancelledError as error:
            if watch is not None and watch.cause is not None:
                raise self.failure(operation, number, began, watch.cause) from watch.cause
            if self._client._channel is channel:
                raise
            if task is not None and task.cancelling() > cancellations:  # the caller's own
                raise
            raise errors.disconnected(self._client, operation) from error
        except grpc.aio.UsageError as error:  # the channel is closed
            raise errors.disconnected(self._client, operation) from error
        finally:
            if watch is not None:
                watch.stop()
        if _logger.isEnabledFor(logging.DEBUG):
            took = monotonic() - began
            _logger.debug("%s: attempt %d: reply after %.3f s", operation, number, took)
        if received is None:  # what a mock of gRPC returns for a lost reply
            raise errors.invalid_reply(self._client, operation, None, "")
        if isinstance(received, UndecodableReply):
            raise errors.invalid_reply(self._client, operation, *received)
        return reply_of(operation, received)

    def _with_own_deadline(self, call: Awaitable[Any], timeout: float | None) -> Awaitable[Any]:
        """Add a deadline of the event loop to a call if that of gRPC may not hold."""
        if self._has_interceptors:  # gRPC's deadline leaves out the time that they take
            return _with_deadline(call, timeout, "Interceptors took too long")
        if _fork.is_child():  # the threads of gRPC may be missing
            return _with_deadline(call, timeout, _fork.ADVICE)
        return call

    def failure(
        self, operation: str, number: int, began: float, status: grpc.aio.AioRpcError
    ) -> GrpcError:
        """Return the error of an attempt that failed with a status of gRPC, and log the failure."""
        _logger.debug(
            "%s: attempt %d: %s after %.3f s: %s",
            operation,
            number,
            status.code().name,
            monotonic() - began,
            status.details(),
        )
        return errors.of_status(self._client, operation, status)

    async def probe(self, attempt: Attempt) -> Reply:
        """Send a call that does not wait for a connection: its error says why there is none."""
        return await self.send(attempt, _PROBE_SECONDS, 0, wait_for_ready=False)

    def _connection_state(self) -> grpc.ChannelConnectivity | None:
        """Return the state of the connection; None if it is unknown."""
        channel = self._client._channel
        # With a user's own stub, such as a mock in a test, the channel is not open.
        return channel.known_state if isinstance(channel, LazyChannel) else None

    async def _probe_after(self, timed_out: OperationTimedOut, attempt: Attempt) -> Reply:
        """Find out why there was no connection, which the error of a timeout does not say."""
        try:
            return await self.probe(attempt)
        except ServiceUnavailable as cause:
            raise cause from timed_out
        except GrpcError:
            if self._connection_state() is grpc.ChannelConnectivity.CONNECTING:
                timed_out.add_note("There was no connection yet: the client was still connecting")
            raise timed_out from None


async def _with_deadline(call: Awaitable[Any], timeout: float | None, details: str) -> Any:
    """Await a call with a deadline of the event loop."""
    try:
        async with asyncio.timeout(None if timeout is None else timeout + _MARGIN_SECONDS):
            return await call
    except TimeoutError:
        no_metadata = grpc.aio.Metadata()
        raise grpc.aio.AioRpcError(
            grpc.StatusCode.DEADLINE_EXCEEDED,
            no_metadata,
            no_metadata,
            details=details,
        ) from None
