"""A fleet as a folder of Parquet files, which DuckDB, Spark, Dask, pandas and polars read."""

import errno
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias, get_args

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from ..._wire.entities import (
    COMPONENT,
    CONNECTION,
    GRIDPOOL,
    MICROGRID,
    RELATION,
    SCHEDULE,
    SENSOR,
    Entity,
)
from ...inventory import Inventory, Site
from ._make import TableMaker, Tables, batches
from ._schemas import OF_SITES
from ._sources import Replies, Source, recognized, tables

SplitBy: TypeAlias = Literal["microgrid", "enterprise"]
"""What has a folder of its own within that of a table."""

Folder: TypeAlias = str | os.PathLike[str]

_SITE_LISTS: Final[Mapping[str, Entity[Any]]] = {
    "components": COMPONENT,
    "connections": CONNECTION,
    "sensors": SENSOR,
}
_MARKET_LISTS: Final[Mapping[str, Entity[Any]]] = {
    "gridpools": GRIDPOOL,
    "energy_schedules": SCHEDULE,
    "market_relations": RELATION,
}
_PART: Final = "part-{}"
_NO_ROWS: Final = "no-rows.parquet"


def write_parquet(
    folder: Folder,
    source: Source | Tables,
    *,
    split_by: SplitBy | None = None,
    messages: bool = False,
) -> None:
    """Write a fleet as Parquet files: `<table>.parquet` for each table.

    Sites are read and written in batches, so that memory does not grow with their number. The
    folder appears when it is complete. If anything fails, nothing is left behind.

    Args:
        folder: The folder to make.
        source: The fleet: see `tables`; or its tables.
        split_by: Write the tables of sites as `<table>/microgrid_id=<number>/*.parquet`, or with
            `enterprise_id`, which readers understand as a column ("hive" partitioning).
        messages: Whether to add columns with the messages of the API, for `read_parquet`.

    Raises:
        FileExistsError: If the folder exists.
        OSError: If it cannot be written.
        TypeError, ValueError: If the source or an option is wrong.
        DecodeError: If the bytes of a reply are invalid.
    """
    with Writer(folder, split_by) as writer:
        known = source if isinstance(source, Tables) else recognized(source)
        if isinstance(known, Replies):
            maker = TableMaker(messages=messages, knows_all_microgrids=known.knows_all_microgrids)
            for batch in batches(known.sites):
                writer.add(maker.of_sites(batch))
            writer.add(maker.of_market(known.market))
        elif messages:
            raise ValueError("messages: expected an inventory or replies, not objects or tables")
        else:
            writer.add(dict(known if isinstance(known, Tables) else tables(known)))


def _path(folder: Folder) -> Path:
    if not isinstance(folder, str | os.PathLike):
        raise TypeError(f"folder: expected a path, got {folder!r}")
    return Path(folder)


class Writer:
    """Writes tables batch by batch into a folder that appears when the context is left."""

    def __init__(self, folder: Folder, split_by: SplitBy | None) -> None:
        if split_by is not None and split_by not in get_args(SplitBy):
            expected = " or ".join(map(repr, get_args(SplitBy)))
            raise ValueError(f"split_by: expected {expected}, got {split_by!r}")
        self._folder = _path(folder)
        self._temporary = self._folder.with_name(f".{self._folder.name}.{secrets.token_hex(4)}")
        self._key = None if split_by is None else f"{split_by}_id"
        self._writers: dict[str, Any] = {}
        self._parts = 0
        self.rows: dict[str, int] = {}
        """By table, how many rows were written."""

    def __enter__(self) -> "Writer":
        with self._errors_name_the_folder():
            if self._folder.exists() or self._folder.is_symlink():
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
            self._temporary.mkdir()
        return self

    def add(self, tables_by_name: Mapping[str, Any]) -> None:
        """Write the rows of some tables."""
        with self._errors_name_the_folder():
            self._parts += 1
            for name, table in tables_by_name.items():
                self.rows[name] = self.rows.get(name, 0) + table.num_rows
                if self._key is None or name not in OF_SITES:
                    self._append(name, table)
                elif table.num_rows:
                    self._split(name, table)
                elif not (self._temporary / name).exists():
                    (self._temporary / name).mkdir()
                    pq.write_table(table.drop_columns(self._key), self._temporary / name / _NO_ROWS)

    def _append(self, name: str, table: Any) -> None:
        if name not in self._writers:
            path = self._temporary / f"{name}.parquet"
            self._writers[name] = pq.ParquetWriter(path, table.schema)
        if table.num_rows:
            self._writers[name].write_table(table)

    def _split(self, name: str, table: Any) -> None:
        key = pa.schema([table.schema.field(self._key)])
        ds.write_dataset(
            table,
            self._temporary / name,
            format="parquet",
            partitioning=ds.partitioning(key, flavor="hive"),
            basename_template=f"{_PART.format(self._parts)}-{{i}}.parquet",
            existing_data_behavior="overwrite_or_ignore",
            max_partitions=table.num_rows,
            use_threads=False,  # which would change the order of the rows
        )

    def finish(self) -> None:
        """Write what is buffered to the disk, which takes time; nothing can be added any more."""
        with self._errors_name_the_folder():
            while self._writers:
                self._writers.popitem()[1].close()
            _sync(self._temporary)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None and self._writers:
                self.finish()
            with self._errors_name_the_folder():
                for writer in self._writers.values():
                    writer.close()
                if kind is None:
                    if self._folder.exists():
                        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
                    self._temporary.rename(self._folder)
                    _sync_one(self._folder.parent)
        finally:
            shutil.rmtree(self._temporary, ignore_errors=True)

    @contextmanager
    def _errors_name_the_folder(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            text = error.strerror or str(error)
            number = errno.EIO if error.errno is None else error.errno
            raise OSError(number, text, os.fspath(self._folder)) from error


def _sync(folder: Path) -> None:
    """Let the system write a folder and all in it to the disk."""
    for parent, _, names in os.walk(folder):
        for name in names:
            _sync_one(Path(parent, name))
        _sync_one(Path(parent))


def _sync_one(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# Reading ------------------------------------------------------------------------------------------


class MessagesMissingError(ValueError):
    """A folder of Parquet files was written without messages."""

    def __init__(self, file: Path) -> None:
        """Take one of its files."""
        super().__init__(
            f"{file}: written without messages, which alone have unknown numbers and fields, exact"
            " times and faults; write it with messages=True, or read the table itself"
        )
        self.file = file


def read_parquet(folder: Folder) -> Inventory:
    """Return the inventory in a folder that was written with `messages=True`.

    Raises:
        OSError: If the folder or a file cannot be read.
        ValueError: If it was written without messages, or its files are not those of a fleet.
    """
    path = _path(folder)
    if not path.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), os.fspath(path))
    microgrids = _messages(path, "microgrids", MICROGRID.message)
    lists: dict[str, dict[int, list[Any]]] = {name: {} for name in _SITE_LISTS}
    for name, entity in _SITE_LISTS.items():
        for index, message in _messages(path, name, entity.message):
            lists[name].setdefault(index, []).append(message)
    sites = [
        Site(microgrid, *(tuple(lists[name].get(index, ())) for name in _SITE_LISTS))
        for index, microgrid in sorted(microgrids, key=lambda it: it[0])
    ]
    market = (
        tuple(message for _, message in _messages(path, name, entity.message))
        for name, entity in _MARKET_LISTS.items()
    )
    return Inventory(tuple(sites), *market)


def _messages(folder: Path, name: str, kind: Any) -> list[tuple[int, Any]]:
    """Return the messages of a table with the indices of their sites."""
    single = folder / f"{name}.parquet"
    files = [single] if single.exists() else sorted((folder / name).rglob("*.parquet"))
    if not files:
        raise ValueError(f"{folder}: expected {name}.parquet, or a folder {name} with such files")
    found: list[tuple[int, Any]] = []
    for file in files:
        try:
            columns = pq.ParquetFile(file).schema_arrow.names
            wanted = [column for column in ("site_index", "message") if column in columns]
            table = pq.ParquetFile(file).read(columns=wanted)
        except pa.ArrowInvalid as error:
            raise ValueError(f"{file}: {error}") from error
        if "message" not in columns:
            raise MessagesMissingError(file)
        messages = map(kind.FromString, table["message"].to_pylist())
        indices = table["site_index"].to_pylist() if "site_index" in columns else [0] * len(table)
        found += zip(indices, messages, strict=True)
    return found
