"""Pauses of a change, so that those who read meanwhile do not wait for it.

PostgreSQL does not know that a change has a low priority. While others use the database, a change
sends short statements, and after each one it sleeps as long as that took, at most 0.1 s.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import asyncpg

from .hosts import STATE

_SMALL_BATCH: Final = 200
"""How many rows a change inserts at a time beside others, which takes some milliseconds."""

_LARGE_BATCH: Final = 5_000
"""How many it inserts if it is alone."""

_MAX_SECONDS: Final = 0.1
"""How long a pause is at most. A longer one after a long statement would help nobody."""

_ASK_SECONDS: Final = 0.2
"""How often a change looks for others."""

_RECENT_SECONDS: Final = 0.2
"""How long others count after their last query."""

# A transaction sees other connections as they were when it first looked at them.
_REFRESH: Final = "SELECT pg_stat_clear_snapshot()"

_IS_SHARED: Final = (
    "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()"
    " AND backend_type = 'client backend' AND pid <> pg_backend_pid() AND query <> $1"
    " AND (state = 'active' AND wait_event_type IS DISTINCT FROM 'Lock'"
    " OR state_change > clock_timestamp() - make_interval(secs => $2)))"
)
"""Whether others use the database.

Who has waited for a lock since then, such as another import, does not count, nor does what all
processes ask all the time.
"""


class Pauses:
    """The pauses of the change that has a connection."""

    def __init__(self, connection: "asyncpg.Connection[Any]") -> None:
        """Begin; others are looked for at the first statement."""
        self._connection = connection
        self._was_shared = False
        self._asked = float("-inf")

    async def batch_size(self) -> int:
        """Return how many rows to send with the next statement."""
        return _SMALL_BATCH if await self._is_shared() else _LARGE_BATCH

    @asynccontextmanager
    async def pausing(self) -> AsyncIterator[None]:
        """Pause after the block, which is a statement."""
        pauses = await self._is_shared()
        loop = asyncio.get_running_loop()
        began = loop.time()
        yield
        if pauses:
            await asyncio.sleep(min(loop.time() - began, _MAX_SECONDS))

    async def _is_shared(self) -> bool:
        now = asyncio.get_running_loop().time()
        if now - self._asked >= _ASK_SECONDS:
            await self._connection.execute(_REFRESH)
            self._was_shared = await self._connection.fetchval(_IS_SHARED, STATE, _RECENT_SECONDS)
            self._asked = now
        return self._was_shared
