"""Pauses of a change, so that those who read meanwhile do not wait for it.

A change keeps a processor of the database busy, and has a connection of its own, of which the
system does not know that it may take longer. Pauses that are as long as what is between them leave
half of the time to others, if each is short.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import asyncpg

from .hosts import STATE

_ROWS: Final = 200
"""How many rows are stored between two pauses: what takes some milliseconds."""

_ASK_SECONDS: Final = 0.2
"""How often a change looks for others."""

# What a transaction has once seen of other connections stays the same without the first statement.
_FORGET: Final = "SELECT pg_stat_clear_snapshot()"

_OTHERS: Final = (
    "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()"
    " AND backend_type = 'client backend' AND pid <> pg_backend_pid() AND query <> $1"
    " AND state_change > clock_timestamp() - interval '50 milliseconds')"
)
"""Whether others use the database; what all processes ask all the time does not count."""


class Pauses:
    """The pauses of a change on a connection."""

    def __init__(self, connection: "asyncpg.Connection[Any]") -> None:
        """Begin without any."""
        self._connection = connection
        self._has_others = False
        self._asked = float("-inf")

    async def rows(self) -> int | None:
        """Return how many rows to store until the next pause; None = all."""
        return _ROWS if await self._are_others_there() else None

    @asynccontextmanager
    async def one_after(self) -> AsyncIterator[None]:
        """Pause after the block as long as it took, if others use the database."""
        pauses = await self._are_others_there()
        loop = asyncio.get_running_loop()
        began = loop.time()
        yield
        if pauses:
            await asyncio.sleep(loop.time() - began)

    async def _are_others_there(self) -> bool:
        now = asyncio.get_running_loop().time()
        if now - self._asked >= _ASK_SECONDS:
            await self._connection.execute(_FORGET)
            self._has_others = await self._connection.fetchval(_OTHERS, STATE)
            self._asked = now
        return self._has_others
