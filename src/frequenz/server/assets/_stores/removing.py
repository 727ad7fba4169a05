"""Removing microgrids and gridpools, in a draft of a revision."""

from collections.abc import Collection, Sequence

from .batches import batches
from .drafts import Draft
from .rows import to_unsigned
from .store import StoreError
from .tables import GRIDPOOL, MICROGRID, OF_MARKET, OF_SITE, SiteKey, site_of

_AT_ONCE = 100
"""How many microgrids are removed before the next ones are read."""


async def remove_sites(draft: Draft, keys: Collection[SiteKey]) -> None:
    """Remove sites."""
    ids = sorted({microgrid_id for microgrid_id, _ in keys})
    for batch in batches(ids, _AT_ONCE):
        for table in OF_SITE:
            stored = await draft.stored(table, "microgrid_id", batch)
            await draft.remove(table, [it.row_id for it in stored if site_of(it.columns) in keys])
        await draft.note_changed(batch)


async def remove_microgrids(draft: Draft, microgrid_ids: Sequence[int]) -> None:
    """Remove microgrids with all that they have.

    Args:
        draft: The revision.
        microgrid_ids: Their IDs, as signed integers.

    Raises:
        StoreError: If one does not exist.
    """
    stored = await draft.stored(MICROGRID, "microgrid_id", microgrid_ids)
    keys = {site_of(row.columns) for row in stored}
    for microgrid_id in microgrid_ids:
        if all(known != microgrid_id for known, _ in keys):
            raise StoreError(f"there is no microgrid {to_unsigned(microgrid_id)}")
    await remove_sites(draft, keys)


async def remove_gridpools(draft: Draft, gridpool_ids: Sequence[int]) -> None:
    """Remove gridpools with their energy schedules and relations.

    Args:
        draft: The revision.
        gridpool_ids: Their IDs, as signed integers.

    Raises:
        StoreError: If one does not exist.
    """
    known = {row.columns[0] for row in await draft.stored(GRIDPOOL, "gridpool_id", gridpool_ids)}
    for gridpool_id in gridpool_ids:
        if gridpool_id not in known:
            raise StoreError(f"there is no gridpool {to_unsigned(gridpool_id)}")
    for table in OF_MARKET:
        stored = await draft.stored(table, "gridpool_id", gridpool_ids)
        await draft.remove(table, [row.row_id for row in stored])
    if gridpool_ids:
        await draft.note_changed([None])
