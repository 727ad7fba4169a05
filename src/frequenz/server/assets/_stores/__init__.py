"""Where a server keeps its inventory.

`Store` is the protocol that every engine implements in a module of its own; `open_store` is the
only place that chooses one. All else is written once, on top of it: requests become selections
(`selection`), these become queries (`queries`), entities become rows (`rows`), and an inventory
becomes a revision (`revisions`).
"""

import asyncio
from pathlib import Path

from frequenz.client.assets.inventory import Inventory

from .importing import Import
from .revisions import Revision, drafting, system_user
from .rows import to_rows
from .sqlite import SqliteStore
from .store import CorruptError, ReadOnlyError, Store, StoreError, UnavailableError


async def open_store(database: Path | None, *, create: bool = True) -> Store:
    """Open a store.

    Args:
        database: An SQLite file. None = in memory.
        create: Whether to create the file if it does not exist or is empty.

    Raises:
        StoreError: If the file cannot be opened, does not exist or is empty and is not created, is
            damaged, is not an Assets database, or is one of a newer release.
    """
    return await SqliteStore.open(database, create=create)


async def replace(
    store: Store, inventory: Inventory, *, author: str = "", comment: str = ""
) -> Revision | None:
    """Store an inventory instead of all that a store has.

    Returns:
        The revision that was made, or None if nothing differs.

    Raises:
        StoreError: If the inventory cannot be stored.
    """
    rows = await asyncio.to_thread(to_rows, inventory)
    async with drafting(store) as draft:
        importing = Import(draft, "replace")
        await importing.put(rows)
        await importing.finish()
        return await draft.finish(author or system_user(), comment)


__all__ = [
    "CorruptError",
    "ReadOnlyError",
    "Store",
    "StoreError",
    "UnavailableError",
    "open_store",
    "replace",
]
