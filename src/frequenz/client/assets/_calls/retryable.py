"""Which errors are worth another attempt, and after which pause: decisions without waiting."""

import re
from typing import Final

import grpc
import grpc.aio
from frequenz.client.base.exception import ApiClientError, GrpcError, OperationTimedOut

from .._transport.backoff import Pauses
from .._transport.policy import CallPolicy, TokenBucket

_PUSHBACK: Final = "grpc-retry-pushback-ms"
"""The metadata in which a server says after how many ms to retry; a negative number = never."""

_MAX_PUSHBACK_DIGITS: Final = 12

# The patterns are compiled at first use: few programs need them.

_CONNECTION: Final = (
    r"failed to connect to all addresses|connections to all backends failing|errors resolving "
    r"|dns resolution failed|stream removed|socket closed|endpoint closing|recvmsg|sendmsg"
    r"|connection reset by peer$|broken pipe$|goaway received|(?:received )?rst_stream"
    r"|stream refused|refused stream|transport closed|too many pings$|keepalive|ping timeout"
    r"|cancelling all calls$"
)
"""How gRPC begins to describe a broken connection, as opposed to a server that is unavailable.

Nothing else distinguishes them. An unknown text counts as the server's, which is careful.
"""

_CONNECT: Final = r"(?:failed to connect to all addresses|connections to all backends failing)"
_TLS: Final = rf"{_CONNECT}.*(?:handshake|verification check failed|hostname verification)"


def _matches(pattern: str, status: grpc.aio.AioRpcError) -> bool:
    return re.match(pattern, status.details() or "", re.IGNORECASE | re.DOTALL) is not None


def is_tls_failure(status: grpc.aio.AioRpcError) -> bool:
    """Return whether there is no connection because TLS fails."""
    return _matches(_TLS, status)


def is_connect_failure(status: grpc.aio.AioRpcError) -> bool:
    """Return whether no address of the server could be connected to."""
    return _matches(_CONNECT, status)


def has_no_address(error: ApiClientError) -> bool:
    """Return whether there is no connection because the server's name has no address."""
    return isinstance(error, GrpcError) and (error.grpc_error.details() or "").startswith(
        "errors resolving "
    )


def _pushback(status: grpc.aio.AioRpcError) -> float | None:
    """Return after how many s the server wants a retry; below 0 = never."""
    for key, value in status.trailing_metadata() or ():
        if key == _PUSHBACK:
            text = value.decode("ascii", "replace") if isinstance(value, bytes) else value
            is_time = text.isascii() and text.isdecimal() and len(text) <= _MAX_PUSHBACK_DIGITS
            return int(text) / 1000 if is_time else -1.0
    return None


def is_retryable(status: grpc.aio.AioRpcError) -> bool:
    """Return whether the same call may succeed after a while."""
    pushback = _pushback(status)
    if (pushback is not None and pushback < 0) or is_tls_failure(status):
        return False
    if status.code() is grpc.StatusCode.RESOURCE_EXHAUSTED:
        return pushback is not None
    return status.code() is grpc.StatusCode.UNAVAILABLE


def _was_dropped_unread(status: grpc.aio.AioRpcError) -> bool:
    """Return whether a stopping server dropped a call that no handler had seen.

    A gRPC server that stops says it in these words; a handler that cancels uses others.
    """
    return status.code() is grpc.StatusCode.CANCELLED and status.details() == "CANCELLED"


def pause_before_retry(
    policy: CallPolicy, bucket: TokenBucket, error: ApiClientError, pauses: Pauses
) -> float | None:
    """Return how long to wait before the next attempt, in s; None = do not retry."""
    if isinstance(error, OperationTimedOut) and policy.attempt_timeout is not None:
        return pauses()
    if not isinstance(error, GrpcError):
        return None
    status = error.grpc_error
    if _was_dropped_unread(status):
        return pauses()
    if not error.is_retryable:
        return None
    is_answer = status.code() is grpc.StatusCode.UNAVAILABLE and not _matches(_CONNECTION, status)
    if is_answer and not bucket.spend():
        return None
    pause = pauses()
    pushback = _pushback(status)
    return pause if pushback is None or pause is None else pushback
