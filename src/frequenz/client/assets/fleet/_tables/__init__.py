"""Fleets as Arrow tables. Needs the extra `tables`."""

from ..._extras import is_own, missing_package_text

try:
    from ._bytes import to_bytes
    from ._component_tables import ComponentTables, fetch_component_tables
    from ._fetch import ParquetExport, export_parquet, fetch_tables
    from ._make import Tables, make_tables
    from ._parquet import MessagesMissingError, SplitBy, read_parquet, write_parquet
    from ._schemas import INNER_TABLES, SCHEMAS
    from ._sources import ModelObject, Source, tables
except ModuleNotFoundError as error:
    if is_own(error):
        raise
    raise ModuleNotFoundError(
        missing_package_text("making tables", "tables", error), name=error.name
    ) from error

__all__ = [
    "ComponentTables",
    "INNER_TABLES",
    "MessagesMissingError",
    "ModelObject",
    "ParquetExport",
    "SCHEMAS",
    "Source",
    "SplitBy",
    "Tables",
    "fetch_component_tables",
    "export_parquet",
    "fetch_tables",
    "make_tables",
    "read_parquet",
    "tables",
    "to_bytes",
    "write_parquet",
]
