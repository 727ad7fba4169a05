"""Whole sites and fleets: fetch them, stream them, watch them for changes.

```python
snapshot = await fetch_fleet(client)
for site in snapshot.sites:
    print(site.microgrid, len(site.components))
```
"""

from ._cursor import Cursor
from ._fetch import MissingSitesError, OnFailure, OnProgress, fetch_fleet, fetch_site, iter_sites
from ._parts import ALL, FailedPart, ListName, Part
from ._site import Site, SiteView
from ._snapshot import FleetSnapshot
from ._watch import (
    MarketChanged,
    SiteAdded,
    SiteChanged,
    SiteRemoved,
    WatchEvent,
    WatchFailed,
    watch,
)

__all__ = [
    "ALL",
    "Cursor",
    "FailedPart",
    "FleetSnapshot",
    "ListName",
    "MarketChanged",
    "MissingSitesError",
    "OnFailure",
    "OnProgress",
    "Part",
    "Site",
    "SiteAdded",
    "SiteChanged",
    "SiteRemoved",
    "SiteView",
    "WatchEvent",
    "WatchFailed",
    "fetch_fleet",
    "fetch_site",
    "iter_sites",
    "watch",
]
