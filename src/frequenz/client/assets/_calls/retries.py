"""What can be tried again: decisions about errors, without any waiting."""

import re
from typing import Final

import grpc
import grpc.aio
from frequenz.client.base.exception import ApiClientError, GrpcError, OperationTimedOut

from .._transport.policy import CallPolicy, Pauses

_PUSHBACK: Final = "grpc-retry-pushback-ms"
"""Where a server says after how many ms to try again; a negative number = not at all."""

_LONGEST_PUSHBACK: Final = 12
"""How many digits of ms may be: nobody waits for longer than a lifetime."""

_OF_THE_WAY: Final = (
    r"failed to connect to all addresses|connections to all backends failing|errors resolving "
    r"|dns resolution failed|stream removed|socket closed|endpoint closing|recvmsg|sendmsg"
    r"|connection reset by peer$|broken pipe$|goaway received|(?:received )?rst_stream"
    r"|stream refused|refused stream|transport closed|too many pings$|keepalive|ping timeout"
    r"|cancelling all calls$"
)
"""How gRPC begins to speak of connections, as opposed to a server that answers UNAVAILABLE.

Nothing else tells them apart. What is not known counts as the server's answer, which is careful.
"""

_OF_TLS: Final = (
    r"(?:failed to connect to all addresses|connections to all backends failing).*"
    r"(?:handshake|verification check failed|hostname verification)"
)


def _speaks_of(what: str, error: grpc.aio.AioRpcError) -> bool:
    """Return whether the details of an error match a pattern, which is compiled at first use."""
    return re.match(what, error.details() or "", re.IGNORECASE | re.DOTALL) is not None


def is_of_tls(error: grpc.aio.AioRpcError) -> bool:
    """Return whether there is no connection because TLS fails."""
    return _speaks_of(_OF_TLS, error)


def is_of_name(error: grpc.aio.AioRpcError) -> bool:
    """Return whether there is no connection because the server's name has no address."""
    return (error.details() or "").startswith("errors resolving ")


def _pushback(error: grpc.aio.AioRpcError) -> float | None:
    """Return after how many s the server wants to be asked again; below 0 = never."""
    for key, value in error.trailing_metadata() or ():
        if key == _PUSHBACK:
            text = value.decode("ascii", "replace") if isinstance(value, bytes) else value
            is_time = text.isascii() and text.isdecimal() and len(text) <= _LONGEST_PUSHBACK
            return int(text) / 1000 if is_time else -1.0
    return None


def is_retryable(error: grpc.aio.AioRpcError) -> bool:
    """Return whether the same call may succeed after a while."""
    pushback = _pushback(error)
    if (pushback is not None and pushback < 0) or is_of_tls(error):
        return False  # nor will the same certificate do later
    if error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED:
        return pushback is not None
    return error.code() is grpc.StatusCode.UNAVAILABLE


def _was_never_begun(error: grpc.aio.AioRpcError) -> bool:
    """Return whether a server that is about to stop dropped a call that it had only received.

    A stopping server of gRPC's says it in these words; a handler that cancels uses others.
    """
    return error.code() is grpc.StatusCode.CANCELLED and error.details() == "CANCELLED"


class Retries:
    """What a client has left to try again, call by call."""

    def __init__(self, policy: CallPolicy) -> None:
        self._has_attempt_timeout = policy.attempt_timeout is not None
        self._budget = policy.budget
        self._tokens = 0.0 if policy.budget is None else float(policy.budget.bucket)

    def succeeded(self) -> None:
        """Count a success."""
        budget = self._budget
        if budget is not None and self._tokens < budget.bucket:
            self._tokens = min(self._tokens + budget.ratio, budget.bucket)

    def pause(self, error: ApiClientError, pauses: Pauses) -> float | None:
        """Return how long to wait before the next attempt, in s; None = there must be none."""
        if isinstance(error, OperationTimedOut) and self._has_attempt_timeout:
            return pauses()
        if not isinstance(error, GrpcError):
            return None
        answer = error.grpc_error
        if _was_never_begun(answer):
            return pauses()
        if not error.is_retryable:
            return None
        is_answer = answer.code() is grpc.StatusCode.UNAVAILABLE and not _speaks_of(
            _OF_THE_WAY, answer
        )
        if self._budget is not None and is_answer:
            self._tokens = max(self._tokens - 1, 0.0)
            if self._tokens < 1:
                return None
        usual = pauses()
        pushback = _pushback(answer)
        return usual if pushback is None or usual is None else pushback
