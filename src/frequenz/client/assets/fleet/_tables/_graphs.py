"""Which sites may have a fault in their component graph: a quick look at all sites at once.

Nothing is wrong in a tree behind one grid connection point, whose components may all be where they
are, and exist no longer than what they are behind. All other sites are checked one by one, by the
code for inventories.
"""

from typing import Any, Final

import numpy as np
import pyarrow as pa

from ...topology._kinds import Kind, may_be_behind
from ._scan import Array
from ._site_lists import ComponentList, SiteList

_ID_BITS: Final = 40
"""The numbers of components in a key, together with the index of their site."""

_GRID, _PASSIVE, _BATTERY_INVERTER = map(
    [*Kind].index, (Kind.GRID, Kind.PASSIVE, Kind.BATTERY_INVERTER)
)
_MAY_BE_BEHIND: Final = np.array(
    [[kind is Kind.PASSIVE or may_be_behind(kind, ahead) for ahead in Kind] for kind in Kind]
)
"""By the kind of a component, and of the one in front of it."""


def sites_to_check(components: ComponentList, connections: SiteList, count: int) -> Array:
    """Return the indices of the sites, of `count`, whose graphs may have faults."""
    (ids,) = components.keys
    kind = components.kind
    if not ids.size or int(ids.max()) >> _ID_BITS:
        return np.arange(count)
    is_root = kind == _GRID
    site = components.site
    suspicious = np.bincount(site[is_root], minlength=count) != 1
    for listed in (components, connections):
        suspicious[listed.site[listed.beyond]] = True
    keys = _keys(site, ids)
    order = np.argsort(keys, kind="stable")
    in_order = keys[order]
    suspicious[site[order[1:]][in_order[1:] == in_order[:-1]]] = True
    ends = []
    is_known = np.ones(connections.site.size, bool)
    for numbers in connections.keys:
        wanted = _keys(connections.site, numbers)
        place = np.minimum(np.searchsorted(in_order, wanted), ids.size - 1)
        is_known &= (in_order[place] == wanted) & (numbers >> np.uint64(_ID_BITS) == 0)
        ends.append(order[place])
    suspicious[connections.site[~is_known]] = True
    source, destination = (rows[is_known] for rows in ends)
    predecessors = np.bincount(destination, minlength=ids.size)
    suspicious[site[predecessors != ~is_root]] = True
    parent = np.arange(ids.size)
    parent[destination] = source
    # What is passive counts as if it were not there.
    ahead = _followed(parent, kind[parent] == _PASSIVE)
    suspicious[site[~is_root[_followed(parent, ~is_root[parent])]]] = True
    suspicious[site[~_MAY_BE_BEHIND[kind, kind[ahead]]]] = True
    start, end = _lifetime(components)
    links = _lifetime(connections)
    for first, last in ((start[source], end[source]), (it[is_known] for it in links)):
        is_outside = (start[destination] < first) | (end[destination] > last)
        suspicious[site[destination[is_outside]]] = True
    # Only what exists as long as a component is sure to be behind it all the time.
    lasts = (start == start[ahead]) & (end == end[ahead]) & (kind != _PASSIVE) & ~is_root
    has_successor = np.zeros(ids.size, bool)
    has_successor[ahead[lasts]] = True
    suspicious[site[(is_root | (kind == _BATTERY_INVERTER)) & ~has_successor]] = True
    return np.flatnonzero(suspicious)


def _keys(site: Array, ids: Array) -> Array:
    return (site.astype(np.uint64) << np.uint64(_ID_BITS)) | ids


def _followed(parent: Array, goes_on: Array) -> Array:
    """Return by component, the first one in front of it where one does not go on.

    In a cycle, and after very many steps, that may be any component.

    Args:
        parent: By component, the one in front of it; itself if there is none.
        goes_on: Whether one goes on from the one in front of it.
    """
    for _ in range(int(parent.size).bit_length()):
        if not goes_on.any():
            break
        parent, goes_on = np.where(goes_on, parent[parent], parent), goes_on & goes_on[parent]
    return parent


def _lifetime(listed: SiteList) -> tuple[Array, Array]:
    """Return the start and the end of each lifetime, in nanoseconds since 1970."""
    limits = np.iinfo(np.int64)
    return (
        _filled(listed.columns["operational_lifetime_start"], limits.min),
        _filled(listed.columns["operational_lifetime_end"], limits.max),
    )


def _filled(moments: Any, default: int) -> Array:
    numbers: Array = moments.view(pa.int64()).fill_null(default).to_numpy()
    return numbers
