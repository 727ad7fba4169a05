"""Which sites may have a fault in their component graph: a quick look at all sites at once.

Most sites are trees: one grid connection point, and each other component has one predecessor. In a
tree nothing is wrong; all other sites are checked one by one, by the code for inventories.
"""

from typing import Final

import numpy as np

from ._scan import Array
from ._site_lists import SiteList

_ID_BITS: Final = 40
"""The numbers of components in a key, together with the index of their site."""


def sites_to_check(components: SiteList, connections: SiteList, count: int) -> Array:
    """Return the indices of the sites, of `count`, that are no trees."""
    if count:  # the rules about neighbors need every site
        return np.arange(count)
    suspicious = np.ones(count, bool)
    (ids,) = components.keys
    if not ids.size or int(ids.max()) >> _ID_BITS:
        return np.flatnonzero(suspicious)
    is_root = components.is_grid_connection_point
    assert is_root is not None
    site = components.site
    suspicious = np.bincount(site[is_root], minlength=count) != 1
    keys = _keys(site, ids)
    order = np.argsort(keys, kind="stable")
    in_order = keys[order]
    suspicious[site[order[1:]][in_order[1:] == in_order[:-1]]] = True
    ends = []
    for numbers in connections.keys:
        wanted = _keys(connections.site, numbers)
        place = np.minimum(np.searchsorted(in_order, wanted), ids.size - 1)
        is_known = (in_order[place] == wanted) & (numbers >> np.uint64(_ID_BITS) == 0)
        suspicious[connections.site[~is_known]] = True
        ends.append(order[place])
    source, destination = ends
    predecessors = np.bincount(destination, minlength=ids.size)
    suspicious[site[predecessors != ~is_root]] = True
    parent = np.arange(ids.size)
    parent[destination] = source
    for _ in range(int(ids.size).bit_length()):
        further = parent[parent]
        if np.array_equal(further, parent):
            break
        parent = further
    suspicious[site[~is_root[parent]]] = True
    return np.flatnonzero(suspicious)


def _keys(site: Array, ids: Array) -> Array:
    return (site.astype(np.uint64) << np.uint64(_ID_BITS)) | ids
