"""The store in SQLite: in a file, or in memory."""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from pathlib import Path
from typing import Any, Self, TypeVar

from frequenz.client.assets.inventory import Inventory

ResultT = TypeVar("ResultT")


class StoreError(Exception):
    """A database cannot be used as a store."""


class SqliteStore:
    """A store in SQLite.

    One thread of its own does all the work with the database, so that the event loop never waits
    for it; what arrives meanwhile waits in line.
    """

    def __init__(self, connection: sqlite3.Connection, thread: ThreadPoolExecutor) -> None:
        """Use `open()` instead."""
        self._connection = connection
        self._thread = thread

    @classmethod
    async def open(cls, path: Path | None) -> Self:
        """Open the database in a file, made where there is none, or in memory (None).

        Raises:
            StoreError: If the file is no database of this store, or of a newer release.
        """
        thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="assets-store")
        loop = asyncio.get_running_loop()
        try:
            connection = await loop.run_in_executor(thread, _open, path)
        except BaseException:
            thread.shutdown(wait=False)
            raise
        return cls(connection, thread)

    async def replace(self, inventory: Inventory) -> None:
        """Take an inventory in place of what is there."""
        await self._do(_replace, inventory)

    async def microgrid(self, microgrid_id: int) -> bytes | None:
        """Return a microgrid: the first one, where several have the id."""
        return await self._do(_microgrid, _signed(microgrid_id))

    async def components(
        self, microgrid_id: int, ids: Sequence[int], categories: Sequence[int]
    ) -> list[bytes] | None:
        """Return the components of a microgrid."""
        filters = {"id": ids, "category": categories}
        return await self._do(_entities, "component", microgrid_id, filters)

    async def connections(
        self, microgrid_id: int, sources: Sequence[int], destinations: Sequence[int]
    ) -> list[bytes] | None:
        """Return the connections of a microgrid."""
        filters = {"source": sources, "destination": destinations}
        return await self._do(_entities, "connection", microgrid_id, filters)

    async def close(self) -> None:
        """Close the database, after what is under way."""
        await self._do(sqlite3.Connection.close)
        self._thread.shutdown()

    async def _do(self, work: Callable[..., ResultT], *arguments: Any) -> ResultT:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, work, self._connection, *arguments)


def _open(path: Path | None) -> sqlite3.Connection:
    connection = sqlite3.connect(path or ":memory:", isolation_level=None)
    try:
        _migrate(connection, path)
    except sqlite3.DatabaseError as error:
        connection.close()
        raise StoreError(f"{path}: cannot be used as a database: {error}") from error
    except StoreError:
        connection.close()
        raise
    return connection


def _migrate(connection: sqlite3.Connection, path: Path | None) -> None:
    """Bring the schema up to date, each step as a whole."""
    steps = sorted(
        (step for step in (resources.files(__package__) / "schema").iterdir()),
        key=lambda step: step.name,
    )
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if version > len(steps) or (version == 0 and tables):
        raise StoreError(f"{path}: is a database, but not one that this release made or can read")
    for number, step in enumerate(steps[version:], start=version + 1):
        connection.executescript(
            f"BEGIN;\n{step.read_text(encoding='utf-8')}\nPRAGMA user_version = {number};\nCOMMIT;"
        )


def _replace(connection: sqlite3.Connection, inventory: Inventory) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        for table in ("microgrid", "component", "connection"):
            connection.execute(f"DELETE FROM {table}")
        connection.executemany(
            "INSERT INTO microgrid (id, message) VALUES (?, ?)", _microgrid_rows(inventory)
        )
        connection.executemany(
            "INSERT INTO component (microgrid_id, id, category, message) VALUES (?, ?, ?, ?)",
            _component_rows(inventory),
        )
        connection.executemany(
            "INSERT INTO connection (microgrid_id, source, destination, message)"
            " VALUES (?, ?, ?, ?)",
            _connection_rows(inventory),
        )
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _microgrid_rows(inventory: Inventory) -> Iterator[tuple[int, bytes]]:
    for site in inventory.sites:
        yield _signed(site.microgrid.id), site.microgrid.SerializeToString()


def _component_rows(inventory: Inventory) -> Iterator[tuple[int, int, int, bytes]]:
    for site in inventory.sites:
        microgrid_id = _signed(site.microgrid.id)
        for message in site.components:
            data = message.SerializeToString()
            yield microgrid_id, _signed(message.id), message.category, data


def _connection_rows(inventory: Inventory) -> Iterator[tuple[int, int, int, bytes]]:
    for site in inventory.sites:
        microgrid_id = _signed(site.microgrid.id)
        for message in site.connections:
            source = _signed(message.source_electrical_component_id)
            destination = _signed(message.destination_electrical_component_id)
            yield microgrid_id, source, destination, message.SerializeToString()


def _microgrid(connection: sqlite3.Connection, microgrid_id: int) -> bytes | None:
    row = connection.execute(
        "SELECT message FROM microgrid WHERE id = ? ORDER BY position LIMIT 1", (microgrid_id,)
    ).fetchone()
    return None if row is None else row[0]


def _entities(
    connection: sqlite3.Connection,
    table: str,
    microgrid_id: int,
    filters: Mapping[str, Sequence[int]],
) -> list[bytes] | None:
    """Return the entities of a microgrid that match every filter, each one number of it."""
    microgrid = _signed(microgrid_id)
    if _microgrid(connection, microgrid) is None:
        return None
    query = f"SELECT message FROM {table} WHERE microgrid_id = ?"
    parameters: list[int | str] = [microgrid]
    for column, numbers in filters.items():
        if numbers:
            # One JSON array instead of a placeholder each: their number is limited.
            query += f" AND {column} IN (SELECT value FROM json_each(?))"
            parameters.append(json.dumps([_signed(number) for number in numbers]))
    return [message for (message,) in connection.execute(f"{query} ORDER BY position", parameters)]


def _signed(number: int) -> int:
    """Return an unsigned number of 64 bits as the signed one with the same bits."""
    return number - 2**64 if number >= 2**63 else number
