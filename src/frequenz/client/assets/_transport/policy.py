"""The settings of calls and of the channel: timeouts, retries, interceptors and more."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from types import EllipsisType, UnionType
from typing import Final, TypeAlias

import grpc
import grpc.aio
from frequenz.client.base.retry import Strategy

from .._readable_defaults import ReadableDefaults
from .backoff import Pauses, random_pauses

_MAX_TIMEOUT: Final = 1e9
"""In s. gRPC treats longer timeouts as infinite or as expired."""

_GRPC_RETRIES: Final = "grpc.enable_retries"

_GRPC_LIMIT: Final = 2**31
"""The integers of gRPC have 32 bits, with a sign."""

_INTERCEPTOR: Final = (
    grpc.aio.UnaryUnaryClientInterceptor
    | grpc.aio.UnaryStreamClientInterceptor
    | grpc.aio.StreamUnaryClientInterceptor
    | grpc.aio.StreamStreamClientInterceptor
)

_METADATA_KEY: Final = r"[a-z0-9_.-]+"
"""Compiled at first use, as few programs send metadata."""

Timeout: TypeAlias = float | EllipsisType | None
"""The timeout of a call, in s; None for no timeout, `...` for that of the policy."""


def check_seconds(name: str, seconds: float | None) -> float | None:
    """Return a timeout in s, None for no timeout, after checking it.

    Raises:
        TypeError: If it is not a number.
        ValueError: If it is not above 0, or above 1e9.
    """
    if seconds is None:
        return None
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise TypeError(f"{name}: expected a number of seconds or None, got {seconds!r}")
    if not 0 < seconds < math.inf:
        raise ValueError(
            f"{name}: expected seconds above 0, or None for no limit, got {_number_text(seconds)}"
        )
    if seconds > _MAX_TIMEOUT:
        raise ValueError(
            f"{name}: expected at most 1e9 seconds, or None for no limit,"
            f" got {_number_text(seconds)}"
        )
    return seconds


def _check_integer(name: str, number: int, minimum: int) -> None:
    if isinstance(number, bool) or not isinstance(number, int):
        raise TypeError(f"{name}: expected an integer, got {number!r}")
    if number < minimum:
        raise ValueError(f"{name}: expected {minimum} or more, got {_number_text(number)}")


def _check_type(name: str, value: object, kind: type | UnionType, expected: str) -> None:
    if isinstance(value, bool) or not isinstance(value, kind):
        raise TypeError(f"{name}: expected {expected}, got {value!r}")


def _number_text(number: float) -> str:
    """Return a number as text; Python refuses to print integers of thousands of digits."""
    is_huge = isinstance(number, int) and abs(number) > 10**15
    return "a number with too many digits" if is_huge else str(number)


@dataclass(frozen=True, kw_only=True, slots=True, weakref_slot=True)
class RetryBudget(metaclass=ReadableDefaults):
    """A limit on the retries of a client while a server rejects its calls.

    Each UNAVAILABLE from the server costs a token, and each success gives a part of one back. With
    less than one token left, calls that the server rejects are not retried. Broken connections cost
    nothing.

    Raises:
        TypeError, ValueError: If a field has a wrong type or is out of range; the message names it.
    """

    bucket: int = 100
    """The number of tokens at first, and at most."""

    ratio: float = 0.25
    """The part of a token that a success gives back."""

    def __post_init__(self) -> None:
        """Check the values."""
        _check_integer("bucket", self.bucket, 1)
        _check_type("ratio", self.ratio, int | float, "a number")
        if not 0 <= self.ratio < math.inf:
            raise ValueError(f"ratio: expected 0 or more, got {_number_text(self.ratio)}")


class TokenBucket:
    """The tokens that a client has left."""

    def __init__(self, budget: RetryBudget | None) -> None:
        """Create a full bucket; without a budget, it is never empty."""
        self._budget = budget
        self._tokens = 0.0 if budget is None else float(budget.bucket)

    def spend(self) -> bool:
        """Spend a token on an UNAVAILABLE; return whether the call may be retried."""
        if self._budget is None:
            return True
        self._tokens = max(self._tokens - 1, 0.0)
        return self._tokens >= 1

    def refill(self) -> None:
        """Give back a part of a token after a success."""
        budget = self._budget
        if budget is not None and self._tokens < budget.bucket:
            self._tokens = min(self._tokens + budget.ratio, budget.bucket)


@dataclass(frozen=True, kw_only=True, slots=True, weakref_slot=True)
class CallPolicy(metaclass=ReadableDefaults):
    """The timeouts and retries of calls. All calls only read, so that each can be retried.

    Raises:
        TypeError, ValueError: If a field has a wrong type or is out of range; the message names it.
    """

    timeout: float | None = 60.0
    """The timeout of a call with all its attempts, in s; None for no timeout."""

    attempt_timeout: float | None = None
    """The timeout of one attempt, in s; None for the remaining time of the call."""

    max_attempts: int = 5
    """The maximum number of attempts of a call; 1 for no retries."""

    backoff: Strategy | None = None
    """The pauses between attempts; None for random ones, up to 0.1, 0.2, 0.4, 0.8, 1, 1, ... s."""

    budget: RetryBudget | None = RetryBudget()
    """The limit on retries while a server rejects calls; None for no limit."""

    wait_for_connection: bool = True
    """Whether a call waits for a connection until its timeout, instead of failing immediately."""

    def __post_init__(self) -> None:
        """Check the values."""
        check_seconds("timeout", self.timeout)
        check_seconds("attempt_timeout", self.attempt_timeout)
        _check_integer("max_attempts", self.max_attempts, 1)
        _check_type(
            "backoff",
            self.backoff,
            Strategy | None,
            "a Strategy of frequenz.client.base.retry or None",
        )
        _check_type("budget", self.budget, RetryBudget | None, "a RetryBudget or None")
        if not isinstance(self.wait_for_connection, bool):
            raise TypeError(
                f"wait_for_connection: expected True or False, got {self.wait_for_connection!r}"
            )

    def resolve_timeout(self, timeout: Timeout) -> float | None:
        """Return the timeout of a call, in s: the given one, or that of the policy for `...`.

        Raises:
            TypeError, ValueError: If the given timeout is invalid, see `check_seconds`.
        """
        if isinstance(timeout, EllipsisType):
            return self.timeout
        return check_seconds("timeout", timeout)

    def pauses(self) -> Pauses:
        """Return the pauses of one call."""
        return random_pauses() if self.backoff is None else self.backoff.copy().next_interval


@dataclass(frozen=True, kw_only=True, slots=True, weakref_slot=True)
class Transport(metaclass=ReadableDefaults):
    """The settings of the channel to the server, beyond the URL.

    Raises:
        TypeError, ValueError: If a field has a wrong type or is out of range; the message names it.
    """

    channel_options: Sequence[tuple[str, int | str]] = ()
    """Channel options of gRPC, which override those of the client. gRPC's own retries stay off."""

    interceptors: Sequence[grpc.aio.ClientInterceptor] = ()
    """Client interceptors of gRPC. Each attempt of a call passes them before it is signed."""

    metadata: Sequence[tuple[str, str | bytes]] = field(default=(), repr=False)
    """Metadata to send with each call."""

    compression: grpc.Compression | None = None
    """The compression of requests; None for none."""

    user_agent: str | None = None
    """The user agent, sent before that of gRPC; None for the name and version of this package."""

    max_receive_size: int | None = None
    """The maximum size of a reply, in bytes; None for no limit."""

    connect_timeout: float = 5.0
    """The timeout of one attempt to connect, in s."""

    authority: str | None = None
    """The name of the server for TLS and HTTP/2; None for the host in the URL."""

    use_proxy: bool = True
    """Whether to use the proxy that the environment names; never for a server on this machine."""

    def __post_init__(self) -> None:
        """Check the values, and make sequences tuples."""
        for name in ("channel_options", "interceptors", "metadata"):
            values = getattr(self, name)
            if isinstance(values, str) or not isinstance(values, Iterable):
                kind = type(values).__name__  # the value may contain a secret
                raise TypeError(f"{name}: expected a sequence, got a value of type {kind}")
            object.__setattr__(self, name, tuple(values))
        for option, value in self.channel_options:
            _check_option(option, value)
        for interceptor in self.interceptors:
            _check_type("interceptors", interceptor, _INTERCEPTOR, "interceptors of grpc.aio")
        for key, sent in self.metadata:
            _check_metadata(key, sent)
        _check_type("compression", self.compression, grpc.Compression | None, "a grpc.Compression")
        _check_type("user_agent", self.user_agent, str | None, "a string or None")
        _check_type("authority", self.authority, str | None, "a string or None")
        if not isinstance(self.use_proxy, bool):
            raise TypeError(f"use_proxy: expected True or False, got {self.use_proxy!r}")
        if self.max_receive_size is not None:
            _check_integer("max_receive_size", self.max_receive_size, 1)
            if self.max_receive_size >= _GRPC_LIMIT:
                raise ValueError(
                    f"max_receive_size: expected less than {_GRPC_LIMIT}, or None,"
                    f" got {_number_text(self.max_receive_size)}"
                )
        if check_seconds("connect_timeout", self.connect_timeout) is None:
            raise TypeError("connect_timeout: expected a number of seconds, got None")
        if 1000 * self.connect_timeout >= _GRPC_LIMIT:
            raise ValueError(
                f"connect_timeout: expected less than {_GRPC_LIMIT // 1000} seconds,"
                f" got {_number_text(self.connect_timeout)}"
            )


def _check_option(option: str, value: object) -> None:
    # gRPC ignores options of other types silently.
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TypeError(
            f"channel_options: {option}: expected an integer or a string, got {value!r}"
        )
    if isinstance(value, int) and not -_GRPC_LIMIT <= value < _GRPC_LIMIT:
        raise ValueError(
            f"channel_options: {option}: expected an integer of 32 bits, got {_number_text(value)}"
        )
    if option == _GRPC_RETRIES and value:
        raise ValueError(
            f"channel_options: {option}: expected 0, got {value!r}; gRPC would reuse a signature,"
            " and CallPolicy retries calls"
        )


def _check_metadata(key: object, value: object) -> None:
    """Check what gRPC would reject at each call; the value may be secret, and is not shown."""
    if not isinstance(key, str) or not re.fullmatch(_METADATA_KEY, key):
        raise ValueError("metadata: expected keys of lower-case letters, digits, -, _ and .")
    kind = bytes if key.endswith("-bin") else str
    if not isinstance(value, kind):
        raise TypeError(f"metadata: {key}: expected {kind.__name__}, got {type(value).__name__}")
    if isinstance(value, str) and not (value.isascii() and value.isprintable()):
        raise ValueError(f"metadata: {key}: expected printable ASCII characters only")
