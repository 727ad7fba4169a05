"""Limits: how much callers may ask for, in all and for each key."""

import random
from collections.abc import Iterator
from dataclasses import Field, dataclass, field, fields
from typing import Any, Final, TypeAlias

from frequenz.client.assets._readable_defaults import ReadableDefaults

_MIB: Final = 2**20
_MAX_INTEGER: Final = 2**31 - 1
"""The integers of gRPC have 32 bits, with a sign."""

_MAX_SECONDS: Final = 10**6


def _limit(default: float, text: str, minimum: float = 1) -> Any:
    return field(default=default, metadata={"text": text, "minimum": minimum})


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits(metaclass=ReadableDefaults):
    """How much callers may ask for.

    The limits for a key count only for callers with a key.

    Raises:
        TypeError: If a limit is not a number.
        ValueError: If it is out of range.
    """

    calls: int = _limit(1000, "calls at the same time, in all")
    calls_per_key: int = _limit(100, "calls at the same time with one key")
    calls_per_second: float = _limit(500.0, "calls per second with one key", 0.001)
    burst: int = _limit(500, "calls that a key may make at once after a pause")
    call_seconds: float = _limit(60.0, "time that a call may take, in s", 0.001)
    request_bytes: int = _limit(4 * _MIB, "size of a request, in bytes")
    metadata_bytes: int = _limit(16 * 1024, "size of the metadata of a call, in bytes", 1024)
    unread_bytes: int = _limit(256 * _MIB, "replies that wait for their readers, in bytes, in all")
    unread_bytes_per_key: int = _limit(64 * _MIB, "the same for one key")
    unread_seconds: float = _limit(60.0, "time that a reply may wait for its reader, in s", 0.1)
    connections: int = _limit(1000, "connections at the same time")
    connections_per_address: int = _limit(1000, "connections at the same time of one address")
    calls_per_connection: int = _limit(1000, "calls at the same time on one connection")
    handshake_seconds: float = _limit(10.0, "time that a new connection may take, in s", 0.1)
    idle_seconds: float = _limit(900.0, "time without a call until a connection ends, in s", 1)
    connection_seconds: float = _limit(
        1800.0, "age at which a connection ends, once its calls have, in s", 1
    )
    ping_seconds: float = _limit(60.0, "silence after which a connection is checked, in s", 1)
    ping_timeout_seconds: float = _limit(20.0, "time for the answer to such a check, in s", 1)

    def __post_init__(self) -> None:
        for it in limit_fields():
            value = getattr(self, it.name)
            is_integer = it.type in (int, "int")
            kinds = int if is_integer else int | float
            if isinstance(value, bool) or not isinstance(value, kinds):
                expected = "an integer" if is_integer else "a number"
                raise TypeError(f"{it.name}: expected {expected}, got {value!r}")
            minimum, maximum = it.metadata["minimum"], _MAX_INTEGER if is_integer else _MAX_SECONDS
            if not minimum <= value <= maximum:  # nor NaN
                raise ValueError(f"{it.name}: expected {minimum} to {maximum}, got {value}")

    @property
    def limits_addresses(self) -> bool:
        """Whether an address may have fewer connections than there may be in all."""
        return self.connections_per_address < self.connections


def limit_fields() -> Iterator["Field[Any]"]:
    """Yield the fields of `Limits`; their metadata has a `text` and a `minimum`."""
    yield from fields(Limits)


class LimitError(Exception):
    """A caller asks for more than it may; the message is for the caller."""

    def __init__(self, text: str, retry_seconds: float) -> None:
        super().__init__(text)
        self.retry_seconds = retry_seconds
        """After how many seconds to try again."""


class Rate:
    """A rate that is smoothed: calls may come at once, but not more of them in the long run.

    This is the generic cell rate algorithm: the state is one time, that at which all calls until
    now would have been made at the rate.
    """

    def __init__(self, per_second: float, burst: int) -> None:
        """Allow a number of calls per second, and some of them at once."""
        self.interval = 1 / per_second
        """The time between two calls in the long run, in s."""

        self._slack = (burst - 1) * self.interval
        self._until = 0.0

    def take(self, now: float, longest: float) -> float:
        """Count a call if it must wait at most as long as allowed; return how long, in s."""
        start = max(self._until, now)
        wait = max(start - now - self._slack, 0.0)
        if wait <= longest:
            self._until = start + self.interval
        return wait

    def give_back(self) -> None:
        """Take back a call that was counted."""
        self._until -= self.interval


MAX_WAIT_SECONDS: Final = 1.0
"""How long a call may wait for its turn, or a refusal is held back, in s.

So a caller that is a little too fast is slowed down, and asking again at once does not pay.
"""

_BUSY_SECONDS: Final = 0.2
"""When to try again if others must finish first."""

_UNREAD_SECONDS: Final = 1.0


_Counts: TypeAlias = dict[str, int]
"""The ID of a key -> how many; keys with none are left out."""


class CallLimits:
    """Counts the calls of each key, and refuses those beyond the limits.

    When the server has as many calls as it may, keys with fewer calls than an equal share are
    still served, so that it has some more: a part that grows with the logarithm of the number of
    keys. The same holds for unread replies.
    """

    def __init__(self, limits: Limits) -> None:
        """Start without calls."""
        self._limits = limits
        self._calls: _Counts = {}
        self._unread: _Counts = {}
        self._all_calls = 0
        self._all_unread = 0
        self._rates: dict[str, Rate] = {}

    @property
    def calls(self) -> int:
        """How many calls there are now."""
        return self._all_calls

    @property
    def unread_bytes(self) -> int:
        """How many bytes of replies wait for their readers."""
        return self._all_unread

    def take_turn(self, key_id: str, now: float) -> float:
        """Count a call in the rate of its key, and return how long it must wait, in s.

        Args:
            key_id: The key of the caller.
            now: A time in s, from a clock that is never set back.

        Raises:
            LimitError: If the caller may not make it now.
        """
        self._check(key_id)
        limits, rate = self._limits, self._rates.get(key_id)
        if rate is None:
            rate = self._rates[key_id] = Rate(limits.calls_per_second, limits.burst)
        wait = rate.take(now, MAX_WAIT_SECONDS)
        if wait > MAX_WAIT_SECONDS:
            text = f"Too many calls: a key may make {limits.calls_per_second:g} per second."
            # Those that are refused now must not all come back at the same time.
            raise LimitError(text, wait * random.uniform(1, 2))
        if wait:
            # Spread over the time until the next turn. Otherwise keys whose callers began together
            # stay in step, and their calls come in bursts that delay everyone else.
            return random.uniform(wait, min(wait + rate.interval, MAX_WAIT_SECONDS))
        return wait

    def give_back(self, key_id: str) -> None:
        """Undo `take_turn`: the call was not made, or was a replay by somebody else."""
        self._rates[key_id].give_back()

    def begin(self, key_id: str | None) -> None:
        """Count a call among those at present; `end` must follow.

        Args:
            key_id: The key of the caller. None = callers without keys, whose limits are those of
                all together.

        Raises:
            LimitError: If the caller may not make it now.
        """
        self._check(key_id)
        self._all_calls += 1
        if key_id is not None:
            _change(self._calls, key_id, 1)

    def _check(self, key_id: str | None) -> None:
        limits = self._limits
        if key_id is not None:
            if self._calls.get(key_id, 0) >= limits.calls_per_key:
                raise LimitError(
                    f"Too many calls at the same time: a key may make {limits.calls_per_key}.",
                    _BUSY_SECONDS,
                )
            if self._unread.get(key_id, 0) >= limits.unread_bytes_per_key:
                raise LimitError("Too many replies are not read yet.", _UNREAD_SECONDS)
        if self._all_calls >= limits.calls and not _has_share(self._calls, key_id, limits.calls):
            raise LimitError("The server has too many calls at the same time.", _BUSY_SECONDS)
        if self._all_unread >= limits.unread_bytes and not _has_share(
            self._unread, key_id, limits.unread_bytes
        ):
            raise LimitError("Too many replies are not read yet.", _UNREAD_SECONDS)

    def replied(self, key_id: str | None, size: int) -> None:
        """Count the bytes of a reply until its call ends."""
        self._all_unread += size
        if key_id is not None:
            _change(self._unread, key_id, size)

    def end(self, key_id: str | None, size: int) -> None:
        """Stop counting a call and the bytes of its reply."""
        self._all_calls -= 1
        self._all_unread -= size
        if key_id is not None:
            _change(self._calls, key_id, -1)
            _change(self._unread, key_id, -size)


def _change(counts: _Counts, key_id: str, by: int) -> None:
    count = counts.get(key_id, 0) + by
    if count:
        counts[key_id] = count
    else:
        counts.pop(key_id, None)


def _has_share(counts: _Counts, key_id: str | None, limit: int) -> bool:
    """Return whether a key has less than it would have if all had the same."""
    if key_id is None:
        return False
    others = len(counts) - (key_id in counts)
    return counts.get(key_id, 0) < limit / (others + 1)
