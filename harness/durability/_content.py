"""What each revision changes, and what it has: both depend only on its number."""

from collections.abc import Iterable
from typing import Final

from frequenz.client.assets.inventory import Inventory, Site
from frequenz.server.assets._stores.drafts import Draft
from frequenz.server.assets._stores.importing import Import, Mode
from frequenz.server.assets._stores.removing import remove_microgrids
from frequenz.server.assets._stores.reverting import revert
from frequenz.server.assets._stores.rows import to_rows

from ..benchmarks.messages import fleet_site

SITES: Final = 20
"""How many sites an import has; they have 52 components each."""

_REMOVED: Final = 1
"""The ID of the microgrid that is removed, and that its revert brings back."""

_FIRST_MERGED: Final = 11

_KINDS: Final = 4
"""Revisions take turns: an import that replaces all, one that merges, a removal, and its revert."""


def _sites(first: int, revision: int) -> tuple[Site, ...]:
    """Return sites whose names have the number of a revision."""
    sites = []
    for number in range(first, first + SITES):
        microgrid, components, connections = fleet_site(number)
        for message in (microgrid, *components):
            message.name = f"{message.name} as of {revision}"
        sites.append(Site(microgrid, tuple(components), tuple(connections)))
    return tuple(sites)


def content(revision: int) -> Inventory:
    """Return the inventory of a revision."""
    turn = (revision - 1) % _KINDS
    sites = {site.microgrid.id: site for site in _sites(1, revision - turn)}
    if turn > 0:
        merged = _sites(_FIRST_MERGED, revision - turn + 1)
        sites |= {site.microgrid.id: site for site in merged}
    if turn == 2:
        del sites[_REMOVED]
    return Inventory(tuple(sites.values()))


async def change(draft: Draft) -> None:
    """Make the changes of the revision that a draft becomes."""
    turn = (draft.number - 1) % _KINDS
    if turn == 0:
        await _import(draft, _sites(1, draft.number), "replace")
    elif turn == 1:
        await _import(draft, _sites(_FIRST_MERGED, draft.number), "merge")
    elif turn == 2:
        await remove_microgrids(draft, [_REMOVED])
    else:
        await revert(draft, draft.number - 1)


async def _import(draft: Draft, sites: Iterable[Site], mode: Mode) -> None:
    importing = Import(draft, mode)
    for site in sites:
        await importing.put(to_rows(Inventory((site,))))
    await importing.finish()


def as_bytes(inventory: Inventory) -> dict[int, list[bytes]]:
    """Return what can be compared: the messages of each microgrid, by its ID."""
    return {
        site.microgrid.id: [
            message.SerializeToString(deterministic=True)
            for message in (site.microgrid, *site.components, *site.connections)
        ]
        for site in inventory.sites
    }
