"""Making differences in the newest revision, of which only what they concern is read."""

import asyncio
from collections.abc import Collection, Sequence

from frequenz.client.assets.inventory import Difference, Inventory, patch

from .drafts import Draft
from .history import read
from .importing import Import
from .removing import remove_sites
from .rows import Rows, to_rows, to_signed
from .tables import MICROGRID, site_of


async def patch_newest(draft: Draft, differences: Sequence[Difference]) -> None:
    """Make differences in the newest revision.

    Args:
        draft: The new revision.
        differences: As for `inventory.patch`.

    Raises:
        DifferenceError: If they do not fit.
    """
    concerned = {it.microgrid_id for it in differences}
    microgrid_ids = sorted(to_signed(it) for it in concerned if it is not None)
    has_market = None in concerned
    before = Inventory.joined(
        [
            part
            async for part in read(
                draft.transaction, draft.number - 1, microgrid_ids, market=has_market
            )
        ]
    )
    rows = await asyncio.to_thread(_patched_rows, before, differences)
    await _store_sites(draft, microgrid_ids, rows)
    if has_market:
        importing = Import(draft, "replace")
        await importing.put(rows._replace(sites=to_rows(Inventory()).sites))
        await importing.finish_market()


def _patched_rows(before: Inventory, differences: Sequence[Difference]) -> Rows:
    return to_rows(patch(before, differences))


async def _store_sites(draft: Draft, microgrid_ids: Collection[int], rows: Rows) -> None:
    """Store all sites of some microgrids in place of those that there are."""
    importing = Import(draft, "merge")
    await importing.put(Rows(rows.sites, {table: [] for table in rows.market}))
    await importing.finish()
    kept = {site_of(row.columns) for row in rows.sites[MICROGRID.name].rows()}
    stored = await draft.stored(MICROGRID, "microgrid_id", microgrid_ids)
    await remove_sites(draft, {site_of(row.columns) for row in stored} - kept)
