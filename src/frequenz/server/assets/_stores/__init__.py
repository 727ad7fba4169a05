"""Where a server keeps its inventory.

`Store` is the protocol that every engine implements in a module of its own; `open_store` is the
only place that chooses one. All else is written once, on top of it: requests become selections
(`selection`), these become queries (`queries`), entities become rows (`rows`), and an inventory
becomes a revision (`drafts`).
"""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

from frequenz.client.assets._extras import is_own, missing_package_text
from frequenz.client.assets._lazy import lazy_module
from frequenz.client.assets.inventory import Difference, Inventory

from .drafts import drafting
from .importing import Import
from .patching import patch_newest
from .revisions import Revision, system_user
from .rows import Rows, to_rows
from .sqlite import SqliteStore
from .store import CorruptError, ReadOnlyError, Store, StoreError, UnavailableError
from .urls import is_url

_postgres = lazy_module(".postgres", __package__)  # its driver is optional


async def open_store(database: str | os.PathLike[str] | None, *, create: bool = True) -> Store:
    """Open a store.

    Args:
        database: An SQLite file, or the URL of a PostgreSQL database. None = a temporary
            one, removed when the store is closed.
        create: Whether to create the file or tables if they do not exist or the file is empty.

    Raises:
        StoreError: If the database cannot be opened or reached, does not exist or is empty and is
            not created, is damaged, is not an Assets database, or is one of a newer release.
    """
    if isinstance(database, str) and is_url(database):
        try:
            engine = _postgres.PostgresStore
        except ModuleNotFoundError as error:
            if is_own(error):
                raise
            raise StoreError(missing_package_text("PostgreSQL", "postgres", error)) from error
        store: Store = await engine.open(database, create=create)
        return store
    return await SqliteStore.open(None if database is None else Path(database), create=create)


async def replace(
    store: Store, inventory: Inventory | Rows, *, author: str = "", comment: str = ""
) -> Revision | None:
    """Store an inventory, or its rows, instead of all that a store has.

    Returns:
        The revision that was made, or None if nothing differs.

    Raises:
        StoreError: If the inventory cannot be stored.
    """
    if isinstance(inventory, Rows):
        rows = inventory
    else:
        rows = await asyncio.to_thread(to_rows, inventory)
    async with drafting(store) as draft:
        importing = Import(draft, "replace")
        await importing.put(rows)
        await importing.finish()
        return await draft.finish(author or system_user(), comment)


async def apply_differences(
    store: Store, differences: Sequence[Difference], *, author: str = "", comment: str = ""
) -> Revision | None:
    """Make differences in the newest inventory of a store, which nobody changes meanwhile.

    Returns:
        The revision that was made, or None if nothing differs.

    Raises:
        DifferenceError: If they do not fit.
        StoreError: If the inventory cannot be stored.
    """
    async with drafting(store) as draft:
        await patch_newest(draft, differences)
        return await draft.finish(author or system_user(), comment)


__all__ = [
    "CorruptError",
    "ReadOnlyError",
    "Store",
    "StoreError",
    "UnavailableError",
    "apply_differences",
    "open_store",
    "replace",
]
