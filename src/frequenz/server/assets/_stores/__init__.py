"""Where a server keeps its inventory: the `Store` protocol, and a module for each engine.

`open_store` is the only place that chooses an engine.
"""

from pathlib import Path

from .sqlite import SqliteStore
from .store import Store, StoreError


async def open_store(database: Path | None, *, create: bool = True) -> Store:
    """Open a store.

    Args:
        database: An SQLite file. None = in memory.
        create: Whether to create the file if it does not exist or is empty.

    Raises:
        StoreError: If the file cannot be opened, does not exist or is empty and is not created, is
            not an Assets database, or is one of a newer release.
    """
    return await SqliteStore.open(database, create=create)


__all__ = ["Store", "StoreError", "open_store"]
