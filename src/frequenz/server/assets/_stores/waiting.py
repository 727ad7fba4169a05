"""A limit for the queries that wait for an answer."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from .store import UnavailableError

_MAX_WAITING: Final = 1_000
"""How many queries may wait before more are refused."""


class WaitingQueries:
    """The queries of a store that wait for an answer."""

    def __init__(self) -> None:
        """Begin without any."""
        self._count = 0
        self._is_idle = asyncio.Event()
        self._is_idle.set()

    @contextmanager
    def one_more(self, name: str) -> Iterator[None]:
        """Count a query until the block ends.

        Raises:
            UnavailableError: If too many wait already; names the store.
        """
        if self._count >= _MAX_WAITING:
            raise UnavailableError(
                f"{name}: {self._count} queries are waiting already; try again later"
            )
        self._count += 1
        self._is_idle.clear()
        try:
            yield
        finally:
            self._count -= 1
            if not self._count:
                self._is_idle.set()

    async def answered(self) -> None:
        """Wait until no query waits any more."""
        await self._is_idle.wait()
