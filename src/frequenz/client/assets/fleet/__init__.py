"""Whole sites and fleets.

Tables need the extra `tables`.
"""

from typing import TYPE_CHECKING, Final

from .._lazy import lazy_exports

if TYPE_CHECKING:
    from ._geojson import geojson, write_geojson
    from ._tables import Tables, read_parquet, tables, write_parquet

_EXPORTS: Final = {
    "Tables": "._tables",
    "geojson": "._geojson",
    "read_parquet": "._tables",
    "tables": "._tables",
    "write_geojson": "._geojson",
    "write_parquet": "._tables",
}

if not TYPE_CHECKING:  # which would take any name for one of this package
    __getattr__, __dir__ = lazy_exports(globals(), _EXPORTS)

__all__ = ["Tables", "geojson", "read_parquet", "tables", "write_geojson", "write_parquet"]
