"""Whole sites and fleets: fetch them, stream them, watch them for changes, and get them as tables.

```python
snapshot = await fetch_fleet(client)
for site in snapshot.sites:
    print(site.microgrid, len(site.components))
print(tables(snapshot).components.to_pandas())
```

Tables need the extra `tables`.
"""

from typing import TYPE_CHECKING, Final

from .._lazy import lazy_exports

if TYPE_CHECKING:
    from ._arguments import OnFailure, OnProgress
    from ._cursor import Cursor
    from ._fetch import MissingSitesError, fetch_fleet, fetch_site, iter_sites
    from ._geojson import geojson, write_geojson
    from ._parts import ALL, FailedPart, ListName, Part, PartKind
    from ._site import Site, SiteView
    from ._snapshot import FleetSnapshot
    from ._tables import (
        ComponentTables,
        ParquetExport,
        SplitBy,
        Tables,
        export_parquet,
        fetch_component_tables,
        fetch_tables,
        read_parquet,
        tables,
        write_parquet,
    )
    from ._watch import (
        MarketChanged,
        SiteAdded,
        SiteChanged,
        SiteRemoved,
        WatchEvent,
        WatchFailed,
        watch,
    )

_EXPORTS: Final = {
    "ALL": "._parts",
    "ComponentTables": "._tables",
    "Cursor": "._cursor",
    "FailedPart": "._parts",
    "FleetSnapshot": "._snapshot",
    "ListName": "._parts",
    "MarketChanged": "._watch",
    "MissingSitesError": "._fetch",
    "OnFailure": "._arguments",
    "OnProgress": "._arguments",
    "ParquetExport": "._tables",
    "Part": "._parts",
    "PartKind": "._parts",
    "Site": "._site",
    "SiteAdded": "._watch",
    "SiteChanged": "._watch",
    "SiteRemoved": "._watch",
    "SiteView": "._site",
    "SplitBy": "._tables",
    "Tables": "._tables",
    "WatchEvent": "._watch",
    "WatchFailed": "._watch",
    "export_parquet": "._tables",
    "fetch_component_tables": "._tables",
    "fetch_fleet": "._fetch",
    "fetch_site": "._fetch",
    "fetch_tables": "._tables",
    "geojson": "._geojson",
    "iter_sites": "._fetch",
    "read_parquet": "._tables",
    "tables": "._tables",
    "watch": "._watch",
    "write_geojson": "._geojson",
    "write_parquet": "._tables",
}

if not TYPE_CHECKING:  # which would take any name for one of this package
    __getattr__, __dir__ = lazy_exports(globals(), _EXPORTS)

__all__ = [
    "ALL",
    "ComponentTables",
    "Cursor",
    "FailedPart",
    "FleetSnapshot",
    "ListName",
    "MarketChanged",
    "MissingSitesError",
    "OnFailure",
    "OnProgress",
    "ParquetExport",
    "Part",
    "PartKind",
    "Site",
    "SiteAdded",
    "SiteChanged",
    "SiteRemoved",
    "SiteView",
    "SplitBy",
    "Tables",
    "WatchEvent",
    "WatchFailed",
    "export_parquet",
    "fetch_component_tables",
    "fetch_fleet",
    "fetch_site",
    "fetch_tables",
    "geojson",
    "iter_sites",
    "read_parquet",
    "tables",
    "watch",
    "write_geojson",
    "write_parquet",
]
