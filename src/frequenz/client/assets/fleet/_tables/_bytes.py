"""Arrow tables as the bytes of files."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import feather

_WRITERS: Final[Mapping[str, Callable[[Any, Any], None]]] = {
    "parquet": pq.write_table,
    "arrow": feather.write_feather,
}


def to_bytes(
    table: Any, file_format: str, *, fields: Sequence[str] | None, sort: str | None
) -> bytes:
    """Return a table as a Parquet or an Arrow file.

    Args:
        table: The table.
        file_format: `parquet` or `arrow`.
        fields: The columns; None for all.
        sort: The column by which to sort, in descending order for `-column`; nulls come last.
    """
    if sort is not None:
        key = table[sort.removeprefix("-")]
        if pa.types.is_dictionary(key.type):
            key = key.cast(pa.string())
        order = "descending" if sort.startswith("-") else "ascending"
        table = table.take(pc.sort_indices(pa.table({"key": key}), sort_keys=[("key", order)]))
    if fields is not None:
        table = table.select(list(fields))
    sink = pa.BufferOutputStream()
    _WRITERS[file_format](table, sink)
    data: bytes = sink.getvalue().to_pybytes()
    return data
