"""The wrapper around every handler: the one place for caller, scope, limits, metrics and log."""

import asyncio
import inspect
import logging
import random
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from enum import Enum, auto
from functools import partial
from typing import Any, Final, NamedTuple, NoReturn, TypeAlias

import grpc
import grpc.aio

from .._callers import Callers, KeysError, NoncesFullError, NotAuthenticatedError
from .._callers.limits import MAX_WAIT_SECONDS, CallLimits, LimitError, Limits
from .._stores import StoreError
from .call_record import CURRENT_CALL, CallRecord, Context, Task
from .retry_info import retry_metadata
from .time_limit import TimeLimit, TookTooLongError
from .unread import UnreadReplies

Observer: TypeAlias = Callable[[CallRecord], None]
"""Gets the record of each call when it has ended."""

_NOT_AUTHENTICATED: Final = "The key, its signature, its time or its nonce is not valid."
"""The same for all reasons, so that nobody learns which check has failed."""

_ANSWER_SECONDS: Final = 0.05
"""When callers that are not known get their answer, whatever the reason, from the start, in s."""

_MAX_OPEN_CALLS: Final = 100
"""How many calls without a key, such as health checks, there may be at the same time."""

_MAX_OPEN_STREAMS: Final = 50
"""The same for streams, which only their callers end: they leave health checks their space."""

_NONCES_FULL_SECONDS: Final = 5.0

_logger = logging.getLogger("frequenz.server.assets")


class Access(Enum):
    """Who may call a service."""

    KEYS = auto()
    """Callers with a key, within its limits; anybody, if the server checks nobody."""

    OPEN = auto()
    """Anybody: such calls do not count among the others, and have a limit of their own."""


class _Refusal(NamedTuple):
    status: grpc.StatusCode
    text: str
    retry_seconds: float | None = None
    hold_seconds: float = 0.0


class _OpenCalls:
    """Calls without a key at present."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._count = 0

    def begin(self) -> None:
        """Count one more.

        Raises:
            _RefusedError: If there are too many.
        """
        if self._count >= self._most:
            raise _exhausted("Too many calls at the same time.", MAX_WAIT_SECONDS)
        self._count += 1

    def end(self) -> None:
        """Count one less."""
        self._count -= 1


class _RefusedError(Exception):
    def __init__(self, refusal: _Refusal) -> None:
        super().__init__(refusal.text)
        self.refusal = refusal


class CallWrapper(grpc.aio.ServerInterceptor):
    """Wraps the handlers of all services.

    It is the first interceptor. So others, which users of this package add, see the handlers as
    they were registered, and what they wrap around them runs only for known callers. gRPC gets
    handlers of streams, as only these are called before the request has arrived: who calls is
    checked first, and the time for the request is limited. On the wire, both are the same.
    """

    def __init__(
        self,
        callers: Callers | None,
        limits: Limits,
        access: Callable[[str], Access],
        observers: Sequence[Observer] = (),
    ) -> None:
        """Wrap handlers.

        Args:
            callers: Who may call. None = anybody, who sees everything.
            limits: What callers may ask for.
            access: Returns who may call a service.
            observers: What is told of each call that has ended.
        """
        self._callers = callers
        self._limits = limits
        self.counts = CallLimits(limits)
        """The calls at present."""

        self.unread = UnreadReplies(limits.unread_seconds)
        """Those whose replies wait for their readers."""

        self._time_limit = TimeLimit(limits.call_seconds)
        self._access = access
        self._observers = tuple(observers)
        self._open_calls = _OpenCalls(_MAX_OPEN_CALLS)
        self._open_streams = _OpenCalls(_MAX_OPEN_STREAMS)
        self._wrapped: dict[str, tuple[object, Any]] = {}

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Any]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Any:
        """Return the wrapped handler of a call."""
        handler = await continuation(handler_call_details)
        if handler is None:
            return None
        path = handler_call_details.method
        kept = self._wrapped.get(path)
        if kept is not None and kept[0] is handler:
            return kept[1]
        wrapped = self._wrap(path, handler)
        self._wrapped[path] = handler, wrapped
        return wrapped

    def _wrap(self, path: str, handler: Any) -> Any:
        codecs = handler.request_deserializer, handler.response_serializer
        if handler.response_streaming:
            stream = handler.stream_stream or handler.unary_stream
            return grpc.stream_stream_rpc_method_handler(
                self._streaming(path, stream, reads=not handler.request_streaming), *codecs
            )
        if handler.request_streaming:
            raise TypeError(f"{path}: no handler with a stream of requests and one reply is known")
        return grpc.stream_unary_rpc_method_handler(self._unary(path, handler.unary_unary), *codecs)

    def _unary(self, path: str, handler: Callable[[Any, Context], Awaitable[Any]]) -> Any:
        open_calls = self._open_calls if self._is_open(path) else None

        async def answer(record: CallRecord, task: Task, _: object, context: Context) -> Any:
            with self._time_limit:
                await self._admit(record, context, open_calls)
                request = self._checked(record, await context.read())
                reply = await handler(request, context)
            record.reply_bytes = _size(reply)
            if open_calls is None:
                self.counts.replied(record.key_id, record.reply_bytes)
            self.unread.start_timer(task, record, context)
            return reply

        return self._guarded(path, open_calls, answer)

    def _streaming(self, path: str, handler: Any, *, reads: bool) -> Any:
        open_calls = self._open_streams if self._is_open(path) else None

        async def answer(
            record: CallRecord, task: Task, requests: object, context: Context
        ) -> None:
            self.unread.add_stream(task, record, context)
            with self._time_limit:
                await self._admit(record, context, open_calls)
                if reads:
                    requests = self._checked(record, await context.read())
            if inspect.isasyncgenfunction(handler):
                async with aclosing(handler(requests, context)) as replies:
                    async for reply in replies:
                        self.unread.start_timer(task, record, context)
                        await context.write(reply)
                        self.unread.stop_timer(task)
            else:
                await handler(requests, context)
            # What is left of the replies, and the status.
            self.unread.start_timer(task, record, context)

        return self._guarded(path, open_calls, answer)

    def _is_open(self, path: str) -> bool:
        service, _, _ = path[1:].rpartition("/")
        return self._access(service) is Access.OPEN

    def _guarded(
        self,
        path: str,
        open_calls: _OpenCalls | None,
        answer: Callable[[CallRecord, Task, Any, Context], Awaitable[Any]],
    ) -> Any:
        """Return a handler for gRPC: an answer, or a status if that fails."""
        service, _, method = path[1:].rpartition("/")

        async def guarded(requests: object, context: Context) -> Any:
            record, task = self._start(service, method, context, open_calls)
            try:
                return await answer(record, task, requests, context)
            except asyncio.CancelledError:
                record.status = "CANCELLED"
                raise
            except grpc.aio.BaseError:  # the handler or gRPC has ended the call
                raise
            except Exception as error:  # noqa: BLE001 - else gRPC sends its text to the caller
                refusal = self._refusal(record, error)
            return await self._refuse(record, task, context, refusal)

        return guarded

    def _take_turn(self, record: CallRecord, key_id: str) -> float:
        record.key_id = key_id
        wait = self.counts.take_turn(key_id, time.monotonic())
        record.took_turn = True
        return wait

    def _start(
        self, service: str, method: str, context: Context, open_calls: _OpenCalls | None
    ) -> tuple[CallRecord, Task]:
        """Return the record of a call, and the task of its handler, which ends with the call."""
        record = CallRecord(service, method, time.monotonic())
        CURRENT_CALL.set(record)
        if self._observers:
            record.peer = context.peer()
        task = asyncio.current_task()
        assert task is not None
        # Not a callback of the context: it and the call would refer to each other, and the memory
        # of each call would only be freed by the garbage collector.
        task.add_done_callback(lambda ended: self._end(record, ended, context, open_calls))
        return record, task

    def _end(
        self, record: CallRecord, task: Task, context: Context, open_calls: _OpenCalls | None
    ) -> None:
        """Stop counting a call that has ended."""
        self.unread.end(task)
        if record.is_counted and open_calls is not None:
            open_calls.end()
        elif record.is_counted:
            self.counts.end(record.key_id, record.reply_bytes)
        if self._observers:
            self._observe(record, context)

    async def _admit(
        self, record: CallRecord, context: Context, open_calls: _OpenCalls | None
    ) -> None:
        """Wait until a call may be answered, and count it.

        Raises:
            _RefusedError: If it may not.
        """
        wait = 0.0
        if self._callers is not None and open_calls is None:
            try:
                wait = await self._identify(self._callers, record, context)
            except NotAuthenticatedError as error:
                record.key_id, record.reason = error.key_id, error.reason
                _logger.info("Refused %s from %s: %s", record.method, context.peer(), error.reason)
                hold = record.started + _ANSWER_SECONDS - time.monotonic()
                status = grpc.StatusCode.UNAUTHENTICATED
                raise _RefusedError(
                    _Refusal(status, _NOT_AUTHENTICATED, hold_seconds=max(hold, 0))
                ) from None
            except (KeysError, StoreError) as error:
                _logger.error("Cannot check %s: %s", record.method, error)
                text = "The server cannot check callers at the moment."
                raise _RefusedError(_Refusal(grpc.StatusCode.UNAVAILABLE, text)) from error
            except NoncesFullError as error:
                record.key_id, record.reason = error.key_id, str(error)
                raise _exhausted("Too many calls.", _NONCES_FULL_SECONDS) from None
            except LimitError as error:
                raise _beyond(record, error) from None
        self._begin(record, open_calls)
        if wait:
            await asyncio.sleep(wait)

    async def _identify(self, callers: Callers, record: CallRecord, context: Context) -> float:
        """Find out who calls, and return how long the call must wait for its turn, in s."""
        try:
            record.key_id, record.scope, wait = await callers.identify(
                record.method,
                context.invocation_metadata() or (),
                partial(self._take_turn, record),
            )
        except BaseException:
            # Its nonce does not count, or it was cancelled meanwhile: perhaps somebody repeats what
            # the owner of the key has sent.
            if record.took_turn and record.key_id is not None:
                self.counts.give_back(record.key_id)
            raise
        return wait

    def _begin(self, record: CallRecord, open_calls: _OpenCalls | None) -> None:
        """Count a call among those at present.

        Raises:
            _RefusedError: If there are too many.
        """
        if open_calls is not None:
            open_calls.begin()
        else:
            try:
                self.counts.begin(record.key_id)
            except LimitError as error:
                raise _beyond(record, error) from None
        record.is_counted = True

    def _checked(self, record: CallRecord, request: Any) -> Any:
        """Return the request of a call.

        Raises:
            _RefusedError: If there is none, or it is too large.
        """
        if request is grpc.aio.EOF:
            text = "The request is missing."
            raise _RefusedError(_Refusal(grpc.StatusCode.INVALID_ARGUMENT, text))
        size, limit = _size(request), self._limits.request_bytes
        if size > limit:
            text = (
                f"The request is too large: it has {size} bytes, and a request may have at most"
                f" {limit} bytes ({limit / 2**20:g} MiB)."
            )
            raise _RefusedError(_Refusal(grpc.StatusCode.RESOURCE_EXHAUSTED, text))
        record.request_bytes = size
        return request

    def _refusal(self, record: CallRecord, error: Exception) -> _Refusal:
        """Return the refusal that an error results in.

        Unexpected errors go to the log, and the caller gets an ID to find them there.
        """
        if isinstance(error, _RefusedError):
            record.is_refused = True
            record.reason = record.reason or error.refusal.text
            return error.refusal
        if isinstance(error, TookTooLongError):
            text = f"The call took longer than {self._limits.call_seconds:g} s."
            return _Refusal(grpc.StatusCode.DEADLINE_EXCEEDED, text)
        record.error_id = uuid.uuid4().hex
        _logger.error("Error %s: %s failed", record.error_id, record.method, exc_info=error)
        text = f"Internal error {record.error_id}; the log of the server has the details."
        return _Refusal(grpc.StatusCode.INTERNAL, text)

    async def _refuse(
        self, record: CallRecord, task: Task, context: Context, refusal: _Refusal
    ) -> NoReturn:
        record.status = refusal.status.name
        if refusal.hold_seconds:
            await asyncio.sleep(refusal.hold_seconds)
        retry = refusal.retry_seconds
        metadata = () if retry is None else retry_metadata(refusal.status, refusal.text, retry)
        self.unread.start_timer(task, record, context)
        await context.abort(refusal.status, refusal.text, metadata)
        raise AssertionError  # abort has raised

    def _observe(self, record: CallRecord, context: Context) -> None:
        code = context.code()
        if code is not None and record.status == "OK":
            record.status = getattr(code, "name", str(code))
        record.seconds = time.monotonic() - record.started
        for observer in self._observers:
            observer(record)


def _exhausted(text: str, retry_seconds: float) -> _RefusedError:
    # Of different lengths, or callers that are held together would all come back together.
    hold = min(retry_seconds, MAX_WAIT_SECONDS) * random.uniform(0.5, 1)
    return _RefusedError(
        _Refusal(grpc.StatusCode.RESOURCE_EXHAUSTED, text, retry_seconds - hold, hold)
    )


def _beyond(record: CallRecord, error: LimitError) -> _RefusedError:
    record.reason = str(error)
    return _exhausted(str(error), error.retry_seconds)


def _size(message: Any) -> int:
    return len(message) if isinstance(message, bytes) else message.ByteSize()
