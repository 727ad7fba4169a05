"""How large the inventory is that a server serves, for its metrics."""

import asyncio
from contextlib import suppress
from typing import Final

from .._stores import Store, StoreError
from .._stores.queries import valid_at
from .._stores.store import Query

_SECONDS: Final = 2.0
"""How often to look whether the inventory has changed."""


class InventorySize:
    """The size of the inventory in a store."""

    def __init__(self, store: Store, revision: int | None) -> None:
        """Know nothing yet.

        Args:
            store: The store.
            revision: The revision that is served; None = the newest one.
        """
        self.microgrids = 0
        self.entities = 0
        self._store = store
        self._of: object = None
        until = "" if revision is None else f" WHERE number <= {revision}"
        # Counting all entities would read all tables.
        self._query = Query(
            f"SELECT (SELECT count(*) FROM microgrid AS m WHERE {valid_at('m', revision)}),"
            " (SELECT CAST(coalesce(sum(entities_added - entities_removed), 0) AS bigint)"
            f" FROM revision{until})"
        )

    async def read(self) -> None:
        """Read the size, if the inventory has changed and the store answers."""
        now = self._store.revision()
        if now != self._of:
            with suppress(StoreError):  # health says so
                ((self.microgrids, self.entities),) = await self._store.fetch(self._query)
                self._of = now

    async def follow(self) -> None:
        """Keep the size up to date, until cancelled."""
        while True:
            await asyncio.sleep(_SECONDS)
            await self.read()
