"""What callers can set: how long and how often calls are made, and over which channel."""

import math
import random
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from types import EllipsisType, UnionType
from typing import Final, TypeAlias

import grpc
import grpc.aio
from frequenz.client.base.retry import Strategy

_LONGEST_TIMEOUT: Final = 1e9
"""gRPC takes longer ones for none at all, or for over already."""

_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 1.0
_OWN_RETRIES: Final = "grpc.enable_retries"

_GRPC_LIMIT: Final = 2**31
"""gRPC takes numbers of 31 bits."""

_INTERCEPTORS: Final = (
    grpc.aio.UnaryUnaryClientInterceptor
    | grpc.aio.UnaryStreamClientInterceptor
    | grpc.aio.StreamUnaryClientInterceptor
    | grpc.aio.StreamStreamClientInterceptor
)

_METADATA_KEY: Final = r"[a-z0-9_.-]+"
"""Few programs need it, so that it is compiled at first use."""

Timeout: TypeAlias = float | EllipsisType | None
"""How long a call may take, in s; None = for ever, `...` = as the policy says."""

Pauses: TypeAlias = Callable[[], float | None]
"""Returns how long to wait before the next attempt, in s; None = there is to be none."""


def check_seconds(name: str, seconds: float | None) -> float | None:
    """Return a time limit in s, None for none.

    Raises:
        TypeError: If it is no number.
        ValueError: If it is not above 0 and finite.
    """
    if seconds is None:
        return None
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise TypeError(f"{name}: expected a number of seconds or None, got {seconds!r}")
    if not 0 < seconds < math.inf:
        raise ValueError(
            f"{name}: expected seconds above 0, or None for no limit, got {_told(seconds)}"
        )
    if seconds > _LONGEST_TIMEOUT:
        raise ValueError(f"{name}: expected at most 1e9 seconds; None is for no limit")
    return seconds


def _check_whole(name: str, number: int, least: int) -> None:
    if isinstance(number, bool) or not isinstance(number, int):
        raise TypeError(f"{name}: expected an integer, got {number!r}")
    if number < least:
        raise ValueError(f"{name}: expected {least} or more, got {_told(number)}")


def _check_type(name: str, value: object, kind: type | UnionType, expected: str) -> None:
    if isinstance(value, bool) or not isinstance(value, kind):
        raise TypeError(f"{name}: expected {expected}, got {value!r}")


def _told(number: float) -> str:
    """Return a number as text; Python refuses to print integers of thousands of digits."""
    is_huge = isinstance(number, int) and abs(number) > 10**15
    return "a number far from it" if is_huge else str(number)


@dataclass(frozen=True, kw_only=True, slots=True, weakref_slot=True)
class RetryBudget:
    """How much a client tries again while a server turns it down.

    Each time that a server answers UNAVAILABLE costs a token, each success gives a part of one
    back; without a whole token, such an answer is final. A connection that breaks costs nothing,
    and is no reason to give up.

    Raises:
        TypeError, ValueError: If a field is of a wrong type or out of range; it is named.
    """

    bucket: int = 100
    """How many tokens there are at first, and at most."""

    ratio: float = 0.25
    """The part of a token that a success gives back."""

    def __post_init__(self) -> None:
        _check_whole("bucket", self.bucket, 1)
        _check_type("ratio", self.ratio, int | float, "a number")
        if not 0 <= self.ratio < math.inf:
            raise ValueError(f"ratio: expected 0 or more, got {_told(self.ratio)}")


class TokenBucket:
    """What a client has left of its budget."""

    def __init__(self, budget: RetryBudget | None) -> None:
        """Make a full bucket; without a budget, it never gets empty."""
        self._budget = budget
        self._tokens = 0.0 if budget is None else float(budget.bucket)

    def spend(self) -> bool:
        """Spend a token on an answer; return whether it may be followed by another attempt."""
        if self._budget is None:
            return True
        self._tokens = max(self._tokens - 1, 0.0)
        return self._tokens >= 1

    def refill(self) -> None:
        """Give a part of a token back, for a success."""
        budget = self._budget
        if budget is not None and self._tokens < budget.bucket:
            self._tokens = min(self._tokens + budget.ratio, budget.bucket)


@dataclass(frozen=True, kw_only=True, slots=True, weakref_slot=True)
class CallPolicy:
    """How long a call may take, and how often it is tried.

    Every call only reads, so that all of them can be tried again.

    Raises:
        TypeError, ValueError: If a field is of a wrong type or out of range; it is named.
    """

    timeout: float | None = 60.0
    """How long a call may take with all its attempts, in s; None = for ever."""

    attempt_timeout: float | None = None
    """How long one attempt may take, in s; None = as long as there is time for the call."""

    max_attempts: int = 5
    """How often a call is tried at most; 1 = never again."""

    backoff: Strategy | None = None
    """How long to wait between attempts; None = at random up to 0.1, 0.2, 0.4, 0.8, 1, 1, ... s."""

    budget: RetryBudget | None = RetryBudget()
    """What protects a server that turns calls down; None = nothing."""

    wait_for_connection: bool = True
    """Whether a call waits for a connection, within its time, instead of failing without one."""

    def __post_init__(self) -> None:
        check_seconds("timeout", self.timeout)
        check_seconds("attempt_timeout", self.attempt_timeout)
        _check_whole("max_attempts", self.max_attempts, 1)
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

    def granted(self, timeout: Timeout) -> float | None:
        """Return the time for a call, in s: what is asked for, or this policy's.

        Raises:
            TypeError, ValueError: If it is not above 0 and finite.
        """
        if isinstance(timeout, EllipsisType):
            return self.timeout
        return check_seconds("timeout", timeout)

    def pauses(self) -> Pauses:
        """Return the pauses of one call, one after another."""
        if self.backoff is not None:
            return self.backoff.copy().next_interval
        made = 0

        def jittered() -> float:
            nonlocal made
            longest = min(_FIRST_PAUSE * 2 ** min(made, 9), _LONGEST_PAUSE)
            made += 1
            return random.uniform(0.0, longest)

        return jittered


@dataclass(frozen=True, kw_only=True, slots=True, weakref_slot=True)
class Transport:
    """What the channel to the server is made of, beyond the URL.

    Raises:
        TypeError, ValueError: If a field is of a wrong type or out of range; it is named.
    """

    channel_options: Sequence[tuple[str, int | str]] = ()
    """Options of gRPC, which win over those of the client. Its own retries stay off."""

    interceptors: Sequence[grpc.aio.ClientInterceptor] = ()
    """Interceptors of gRPC; each attempt of a call passes them, before it is signed."""

    metadata: Sequence[tuple[str, str | bytes]] = field(default=(), repr=False)
    """What to send with each call."""

    compression: grpc.Compression | None = None
    """How to compress requests."""

    user_agent: str | None = None
    """What to call this client towards the server, before gRPC's own name."""

    max_receive_size: int | None = None
    """The size of the largest reply that is taken, in bytes; None = any."""

    connect_timeout: float = 5.0
    """How long one try to connect may take, in s."""

    authority: str | None = None
    """The name of the server for TLS and HTTP/2, where it is not the one in the URL."""

    def __post_init__(self) -> None:
        for name in ("channel_options", "interceptors", "metadata"):
            given = getattr(self, name)
            if isinstance(given, str) or not isinstance(given, Iterable):
                kind = type(given).__name__  # the value may hold a secret
                raise TypeError(f"{name}: expected a sequence, got one of type {kind}")
            object.__setattr__(self, name, tuple(given))
        for option, value in self.channel_options:
            _check_option(option, value)
        for interceptor in self.interceptors:
            _check_type("interceptors", interceptor, _INTERCEPTORS, "interceptors of grpc.aio")
        for key, sent in self.metadata:
            _check_metadata(key, sent)
        _check_type("compression", self.compression, grpc.Compression | None, "a grpc.Compression")
        _check_type("user_agent", self.user_agent, str | None, "a string or None")
        _check_type("authority", self.authority, str | None, "a string or None")
        if self.max_receive_size is not None:
            _check_whole("max_receive_size", self.max_receive_size, 1)
            if self.max_receive_size >= _GRPC_LIMIT:
                raise ValueError(f"max_receive_size: expected less than {_GRPC_LIMIT}, or None")
        if check_seconds("connect_timeout", self.connect_timeout) is None:
            raise TypeError("connect_timeout: expected a number of seconds, got None")
        if 1000 * self.connect_timeout >= _GRPC_LIMIT:
            raise ValueError(f"connect_timeout: expected less than {_GRPC_LIMIT // 1000} seconds")


def _check_option(option: str, value: object) -> None:
    # gRPC drops options of other types without a word.
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TypeError(
            f"channel_options: expected an integer or a string as {option}, got {value!r}"
        )
    if isinstance(value, int) and not -_GRPC_LIMIT <= value < _GRPC_LIMIT:
        raise ValueError(f"channel_options: {option}: {_told(value)} does not fit in 32 bits")
    if option == _OWN_RETRIES and value:
        raise ValueError(
            f"channel_options: {option} must stay off: it would send a signature twice; the policy"
            " tries again"
        )


def _check_metadata(key: object, value: object) -> None:
    """Refuse what gRPC would refuse at each call; the value is not repeated."""
    if not isinstance(key, str) or not re.fullmatch(_METADATA_KEY, key):
        raise ValueError("metadata: expected lower-case letters, digits, - _ . as key")
    kind = bytes if key.endswith("-bin") else str
    if not isinstance(value, kind):
        raise TypeError(f"metadata: expected {kind.__name__} as {key}")
    if isinstance(value, str) and not (value.isascii() and value.isprintable()):
        raise ValueError(f"metadata: {key}: there is a character that is no printable ASCII")
