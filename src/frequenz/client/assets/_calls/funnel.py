"""The one way that every call of the client goes: time, attempts, errors, log."""

import asyncio
import logging
from collections.abc import Awaitable
from functools import partial
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

from .._transport.channel import LazyChannel, Undecodable
from .._transport.policy import CallPolicy
from ..exceptions import ClientDisconnected
from .handshake import Attempt, HandshakeWatch, watch_handshake
from .retries import Retries, is_of_name, is_retryable

_logger = logging.getLogger("frequenz.client.assets.calls")

_LAST_QUESTION_SECONDS: Final = 0.02
"""How long to ask, after the end of a call's time, why there was no connection."""

_MARGIN_SECONDS: Final = 0.01
"""For how long gRPC may be late with the end of a call's time."""

_NO_CALL: Final = "/frequenz.client.assets/Ready"
"""What no server offers: the question is never sent, or is answered all the same."""


class Calls:
    """The calls of one client."""

    def __init__(
        self, client: BaseApiClient[Any], policy: CallPolicy, *, has_interceptors: bool
    ) -> None:
        """Make the calls of a client, given whether they pass interceptors of its user's."""
        self._client = client
        self._policy = policy
        self._has_interceptors = has_interceptors
        self._retries = Retries(policy)

    async def __call__(self, operation: str, attempt: Attempt, timeout: float | None) -> Any:
        """Make a call, again if need be, and return its reply.

        Args:
            operation: The name of the RPC.
            attempt: Makes it once.
            timeout: How long all attempts may take together, in s; None = for ever.

        Raises:
            ClientNotConnected: If the client has no connection.
            ClientDisconnected: If the client is disconnected meanwhile.
            GrpcError: If the server, or the way to it, answered with a status.
            ApiClientError: If the reply cannot be decoded.
        """
        deadline = None if timeout is None else monotonic() + timeout
        try:
            reply = await self._once(operation, attempt, self._shortened(timeout), 1)
        except ApiClientError as error:
            return await self._again(operation, attempt, deadline, error)
        self._retries.succeeded()
        return reply

    async def ready(self, timeout: float | None) -> None:
        """Wait for a connection.

        Args:
            timeout: For how long, in s; None = for ever.

        Raises:
            ClientNotConnected: If the client has no channel.
            ServiceUnavailable: If there is no connection in time, with the reason.
            OperationTimedOut: If there is none in time, and no reason.
        """
        channel = self._client._channel
        if channel is None:
            raise not_connected(self._client.server_url, "ready")

        def question(**options: Any) -> Awaitable[Any]:
            made: Any = channel.unary_unary(_NO_CALL)
            answer: Awaitable[Any] = made(b"", **options)
            return answer

        began = monotonic()
        waiting = asyncio.ensure_future(channel.channel_ready())
        watch = watch_handshake(waiting, question, channel)
        try:
            async with asyncio.timeout(timeout):
                await waiting
        except TimeoutError as late:
            try:
                await self._at_once("ready", question)
            except (ServiceUnavailable, OperationTimedOut) as cause:
                raise cause from late
            except ApiClientError:
                return  # whatever it says, somebody answered
        except grpc.aio.UsageError as error:
            raise self._disconnected("ready") from error
        except asyncio.CancelledError:
            if watch is None or watch.cause is None:
                raise
            raise self._failed("ready", 1, began, watch.cause) from watch.cause
        finally:
            waiting.cancel()
            if watch is not None:
                watch.end()

    def _shortened(self, timeout: float | None) -> float | None:
        """Return the time for one attempt, given that for all of them."""
        longest = self._policy.attempt_timeout
        if longest is None or (timeout is not None and timeout < longest):
            return timeout
        return longest

    async def _again(
        self, operation: str, attempt: Attempt, deadline: float | None, error: ApiClientError
    ) -> Any:
        """Go on after a first attempt that failed."""
        pauses = self._policy.pauses()
        for number in count(2):
            pause = self._retries.pause(error, pauses)
            if pause is None or number > self._policy.max_attempts:
                break
            if deadline is not None and monotonic() + pause >= deadline:
                break
            await asyncio.sleep(pause)
            left = None if deadline is None else max(deadline - monotonic(), 0.001)
            if self._policy.wait_for_connection and _has_no_address(error):
                # The channel's own way to wait begins when there are addresses.
                attempt = partial(attempt, wait_for_ready=True)
            try:
                reply = await self._once(operation, attempt, self._shortened(left), number)
            except ClientNotConnected as gone:
                raise self._disconnected(operation) from gone
            except ApiClientError as failed:
                failed.add_note(f"This was attempt {number}; the one before: {error}")
                error = failed
            else:
                self._retries.succeeded()
                return reply
        channel = self._client._channel
        try:
            # With a stub of somebody's own, a mock in a test for one, the channel is not open.
            if (
                isinstance(error, OperationTimedOut)
                and isinstance(channel, LazyChannel)
                and channel.is_open
            ):
                return await self._last_question(operation, attempt, channel, error)
            raise error
        finally:
            del error  # whose traceback has this frame

    async def _once(
        self, operation: str, attempt: Attempt, timeout: float | None, number: int
    ) -> Any:
        """Make one attempt."""
        channel = self._client._channel
        task = asyncio.current_task()
        cancellations = 0 if task is None else task.cancelling()
        began = monotonic()
        watch: HandshakeWatch | None = None
        try:
            call = attempt(timeout=timeout)
            watch = watch_handshake(call, attempt, channel)
            reply = await (_bounded(call, timeout) if self._has_interceptors else call)
        except grpc.aio.AioRpcError as error:
            raise self._failed(operation, number, began, error) from error
        except ClientNotConnected:
            raise not_connected(self._client.server_url, operation) from None
        except asyncio.CancelledError as error:
            if watch is not None and watch.cause is not None:
                raise self._failed(operation, number, began, watch.cause) from watch.cause
            if self._client._channel is channel:
                raise
            if task is not None and task.cancelling() > cancellations:  # the caller's own
                raise
            raise self._disconnected(operation) from error
        except grpc.aio.UsageError as error:  # the channel is closed
            raise self._disconnected(operation) from error
        finally:
            if watch is not None:
                watch.end()
        if _logger.isEnabledFor(logging.DEBUG):
            took = monotonic() - began
            _logger.debug("%s: attempt %d: a reply after %.3f s", operation, number, took)
        if reply is None or isinstance(reply, Undecodable):
            raise self.undecodable(operation, reply)
        return reply

    def _failed(
        self, operation: str, number: int, began: float, error: grpc.aio.AioRpcError
    ) -> GrpcError:
        _logger.debug(
            "%s: attempt %d: %s after %.3f s: %s",
            operation,
            number,
            error.code().name,
            monotonic() - began,
            error.details(),
        )
        made = ApiClientError.from_grpc_error(
            server_url=self._client.server_url, operation=operation, grpc_error=error
        )
        made.is_retryable = is_retryable(error)
        return made

    def _disconnected(self, operation: str) -> ClientDisconnected:
        return ClientDisconnected(server_url=self._client.server_url, operation=operation)

    def undecodable(self, operation: str, reply: Undecodable | None) -> ApiClientError:
        """Return the error of a reply that is none; None is one from a mock, which lost it."""
        what = "The reply cannot be decoded"
        if reply is not None:
            what = (
                f"The reply of {reply.size} bytes cannot be decoded: it is no {operation}Response"
                f" ({reply.reason})"
            )
        return ApiClientError(
            server_url=self._client.server_url,
            operation=operation,
            description=what,
            retryable=False,
        )

    async def _at_once(self, operation: str, attempt: Attempt) -> Any:
        """Make an attempt that waits for no connection: without one, it tells why."""
        return await self._once(
            operation,
            lambda **_: attempt(timeout=_LAST_QUESTION_SECONDS, wait_for_ready=False),
            _LAST_QUESTION_SECONDS,
            0,
        )

    async def _last_question(
        self, operation: str, attempt: Attempt, channel: LazyChannel, error: OperationTimedOut
    ) -> Any:
        """Ask once more without waiting, when a call's time ended without any connection.

        That tells why there is none: waiting ended with nothing but a timeout.
        """
        if channel.get_state() is grpc.ChannelConnectivity.READY:
            raise error
        try:
            return await self._at_once(operation, attempt)
        except ServiceUnavailable as cause:
            raise cause from error
        except GrpcError:
            if channel.is_open and channel.get_state() is grpc.ChannelConnectivity.CONNECTING:
                error.add_note("There was no connection yet: the client was still connecting")
            raise error from None


def not_connected(server_url: str, operation: str) -> ClientNotConnected:
    """Return the error of a client that has no connection."""
    missing = ClientNotConnected(server_url=server_url, operation=operation)
    missing.is_retryable = False  # it takes a connect()
    return missing


async def _bounded(call: Awaitable[Any], timeout: float | None) -> Any:
    """Await a call that passes interceptors: gRPC's deadline leaves out the time that they take."""
    try:
        async with asyncio.timeout(None if timeout is None else timeout + _MARGIN_SECONDS):
            return await call
    except TimeoutError:
        nothing = grpc.aio.Metadata()
        raise grpc.aio.AioRpcError(
            grpc.StatusCode.DEADLINE_EXCEEDED,
            nothing,
            nothing,
            details="Interceptors took too long",
        ) from None


def _has_no_address(error: ApiClientError) -> bool:
    return isinstance(error, GrpcError) and is_of_name(error.grpc_error)
