"""Nonces: each one counts once, so that a call that somebody has recorded cannot be repeated."""

import math
from enum import Enum, auto
from typing import Final, Protocol

from .limits import Limits

CLOCK_SECONDS: Final = 60
"""By how much the clocks of servers may differ.

One that is ahead must not delete what another one still accepts.
"""

_ROUNDED_SECONDS: Final = 2
"""By how much longer nonces are remembered, as times are rounded."""

_SHARES: Final = 8
"""A key has at most this part of the space, so that it does not fill it for all others."""


def max_per_key(max_nonces: int) -> int:
    """Return how many nonces of one key are remembered."""
    return max(1, max_nonces // _SHARES)


def nonces_within(limits: Limits, tolerance_seconds: float) -> int:
    """Return for how many nonces there must be space; some 150 bytes each.

    As many keys as there are shares of the space can then call as often as their limits allow.

    Args:
        limits: The limits.
        tolerance_seconds: How long a call is accepted after the time that it is signed with, in s.
    """
    seconds = tolerance_seconds + CLOCK_SECONDS + _ROUNDED_SECONDS
    return _SHARES * math.ceil(limits.burst + limits.calls_per_second * seconds)


class Use(Enum):
    """What using a nonce resulted in."""

    FIRST = auto()
    """It was not used before, and counts."""

    REPEATED = auto()
    """It was used before."""

    FULL = auto()
    """There is no space to remember it. It may have been used before, so it does not count."""


class Nonces(Protocol):
    """Remembers nonces until the calls that they belong to are too old to be accepted.

    A store of nonces that servers share must answer `FIRST` only once for a nonce, whichever server
    asks, and only after the nonce is certain to be remembered if that server ends.
    """

    async def use(self, key_id: str, nonce: str, until: float, now: float) -> Use:
        """Use a nonce.

        Args:
            key_id: The ID of the key that signed it; nonces of different keys are different.
            nonce: The nonce, as text.
            until: When it may be forgotten, in s since 1970: the time that the call is signed with
                and the tolerance, not the present and the tolerance.
            now: The present, in s since 1970.
        """

    async def probe(self, now: float) -> None:
        """Forget what may be forgotten; raises an error if nonces cannot be used at the moment.

        Args:
            now: The present, in s since 1970.
        """

    def __len__(self) -> int:
        """Return how many nonces are remembered, as far as it is known without asking."""

    async def close(self) -> None:
        """Finish the uses under way, and free the space."""


class MemoryNonces:
    """The nonces of one process, which forgets them when it ends."""

    def __init__(self, max_nonces: int) -> None:
        """Remember no more than a number of nonces; a key at most an eighth of them."""
        self._max = max_nonces
        self._max_per_key = max_per_key(max_nonces)
        self._used: set[tuple[str, str]] = set()
        self._expiring: dict[int, list[tuple[str, str]]] = {}
        self._by_key: dict[str, int] = {}
        self._forgotten = 0

    def __len__(self) -> int:
        """Return how many nonces are remembered."""
        return len(self._used)

    async def use(self, key_id: str, nonce: str, until: float, now: float) -> Use:
        """Use a nonce."""
        self._forget(int(now))
        entry = key_id, nonce
        if entry in self._used:
            return Use.REPEATED
        of_key = self._by_key.get(key_id, 0)
        if len(self._used) >= self._max or of_key >= self._max_per_key:
            return Use.FULL
        self._used.add(entry)
        self._by_key[key_id] = of_key + 1
        # A second longer: rounded up, and not forgotten in the second in which it still counts.
        self._expiring.setdefault(int(until) + 2, []).append(entry)
        return Use.FIRST

    async def probe(self, now: float) -> None:
        """Forget what may be forgotten."""
        self._forget(int(now))

    async def close(self) -> None:
        """Do nothing: the memory is freed with the object."""

    def _forget(self, now: int) -> None:
        if now == self._forgotten:
            return
        self._forgotten = now
        for second in [second for second in self._expiring if second <= now]:
            for entry in self._expiring.pop(second):
                self._used.discard(entry)
                self._by_key[entry[0]] -= 1
                if not self._by_key[entry[0]]:
                    del self._by_key[entry[0]]
