"""Where a server keeps its inventory: the `Store` protocol, and a module for each engine.

`open_store` is the only place that chooses an engine.
"""

from pathlib import Path

from .sqlite import SqliteStore
from .store import Store, StoreError


async def open_store(database: Path | None) -> Store:
    """Open a store.

    Args:
        database: An SQLite file, created if it does not exist. None = in memory.

    Raises:
        StoreError: If the file cannot be opened, is not an Assets database, or is one of a newer
            release.
    """
    return await SqliteStore.open(database)


__all__ = ["Store", "StoreError", "open_store"]
