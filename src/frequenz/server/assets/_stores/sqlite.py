"""The store in SQLite: a file, or in memory."""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any, Final, Self, TypeVar

from frequenz.api.common.v1alpha8.types.interval_pb2 import Interval
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from google.protobuf.timestamp_pb2 import Timestamp

from frequenz.client.assets.inventory import Inventory

from .rows import (
    escape_nul,
    normalize_location,
    stored_location_value,
    to_instant,
    to_rows,
    to_signed,
)
from .store import StoreError
from .time_series import clip_time_series

ResultT = TypeVar("ResultT")

_APPLICATION_ID: Final = int.from_bytes(b"FzAs")
"""Marks a file as a database of this store."""


class SqliteStore:
    """A store in SQLite.

    A thread of its own runs all queries, one after the other, so that the event loop never waits.
    """

    def __init__(
        self,
        name: str,
        connection: sqlite3.Connection,
        thread: ThreadPoolExecutor,
        watching: sqlite3.Connection | None,
    ) -> None:
        """Use `open()` instead."""
        self._name = name
        self._connection = connection
        self._thread = thread
        self._replacements = 0
        self._watching = watching

    @classmethod
    async def open(cls, path: Path | None, *, create: bool = True) -> Self:
        """Open a file, or a database in memory (None).

        Args:
            path: The file.
            create: Whether to create the file if it does not exist or is empty.

        Raises:
            StoreError: If the file cannot be opened, does not exist or is empty and is not created,
                is not a database of this store, or is one of a newer release.
        """
        thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="assets-store")
        loop = asyncio.get_running_loop()
        try:
            connection = await loop.run_in_executor(thread, _open, path, create)
        except BaseException:
            thread.shutdown(wait=False)
            raise
        watching = sqlite3.connect(path, timeout=0) if path else None
        return cls(str(path or "database in memory"), connection, thread, watching)

    async def replace(self, inventory: Inventory) -> None:
        """Replace what is stored by an inventory."""
        try:
            await self._run(_replace, inventory)
        except sqlite3.Error as error:
            raise StoreError(f"{self._name}: cannot store the inventory: {error}") from error
        finally:
            self._replacements += 1

    async def microgrid(self, microgrid_id: int) -> bytes | None:
        """Return a microgrid."""
        found = await self._run(_select, Query("microgrid").equal("id", microgrid_id))
        return found[0] if found else None

    async def microgrids(
        self, request: platformassets_pb2.ListMicrogridsRequest
    ) -> Sequence[bytes]:
        """Return microgrids."""
        query = Query("microgrid").identified().among("id", request.filter.microgrid_ids)
        if gridpools := request.filter.gridpool_ids:
            members = "SELECT microgrid_id FROM relation WHERE gridpool_id IN (...)"
            query = query.where(f"id IN ({members})", gridpools)
        return await self._run(_select, query)

    async def components(
        self, request: platformassets_pb2.ListMicrogridElectricalComponentsRequest
    ) -> Sequence[bytes] | None:
        """Return components of a microgrid."""
        query = Query("component").equal("microgrid_id", request.microgrid_id)
        query = query.among("id", request.filter.component_ids)
        query = query.among("category", request.filter.categories)
        return await self._run(_select_of_microgrid, request.microgrid_id, query)

    async def connections(
        self, request: platformassets_pb2.ListMicrogridElectricalComponentConnectionsRequest
    ) -> Sequence[bytes] | None:
        """Return connections of a microgrid."""
        query = Query("connection").equal("microgrid_id", request.microgrid_id)
        query = query.among("source", request.filter.source_component_ids)
        query = query.among("destination", request.filter.destination_component_ids)
        return await self._run(_select_of_microgrid, request.microgrid_id, query)

    async def sensors(
        self, request: platformassets_pb2.ListMicrogridSensorsRequest
    ) -> Sequence[bytes] | None:
        """Return sensors of a microgrid."""
        query = Query("sensor").equal("microgrid_id", request.microgrid_id)
        query = query.among("id", request.filter.sensor_ids)
        return await self._run(_select_of_microgrid, request.microgrid_id, query)

    async def gridpools(self, request: platformassets_pb2.ListGridpoolsRequest) -> Sequence[bytes]:
        """Return gridpools."""
        query = Query("gridpool").identified().among("id", request.filter.gridpool_ids)
        return await self._run(_select, query)

    async def energy_schedules(
        self, request: platformassets_pb2.ListGridpoolEnergySchedulesRequest
    ) -> Sequence[bytes]:
        """Return energy schedules of a gridpool."""
        query = Query("energy_schedule").equal("gridpool_id", request.gridpool_id)
        query = query.among("id", request.filter.schedule_ids)
        query = query.among("direction", request.filter.directions)
        period = request.filter.effective_validity_period
        if period.HasField("end_time"):
            query = query.before("start", period.end_time)
        if period.HasField("start_time"):
            query = query.after("end", period.start_time)
        interval = None
        if request.filter.HasField("time_series_interval"):
            interval = request.filter.time_series_interval
        return await self._run(_select_schedules, query, interval)

    async def relations(
        self, request: platformassets_pb2.ListMarketTopologyRelationsRequest
    ) -> Sequence[bytes]:
        """Return market topology relations."""
        wanted = request.filter
        query = Query("relation").among("gridpool_id", wanted.gridpool_ids)
        query = query.among("microgrid_id", wanted.microgrid_ids)
        locations = [normalize_location(it.value) for it in wanted.market_location_id_values]
        query = query.among("location_value", locations)
        if wanted.delivery_areas:
            areas = [[escape_nul(area.code), area.code_type] for area in wanted.delivery_areas]
            pairs = (
                "SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?)"
            )
            query = query.where(f"(area_code, area_code_type) IN ({pairs})", areas)
        if wanted.participation_types:
            participating = "SELECT relation FROM participation WHERE type IN (...)"
            query = query.where(f"position IN ({participating})", wanted.participation_types)
        return await self._run(_select, query)

    def revision(self) -> object:
        """Return what is different once this or another process has changed the content."""
        if self._watching is None:
            return self._replacements
        try:
            # In microseconds, as nothing is read but the header of the file.
            (version,) = self._watching.execute("PRAGMA data_version").fetchone()
        except sqlite3.OperationalError:  # locked, while another process writes
            return object()
        return self._replacements, version

    async def close(self) -> None:
        """Finish the queries under way, and close the database."""
        if self._watching is not None:
            self._watching.close()
        await self._run(sqlite3.Connection.close)
        self._thread.shutdown()

    async def _run(self, function: Callable[..., ResultT], *arguments: Any) -> ResultT:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, function, self._connection, *arguments)


def _open(path: Path | None, create: bool) -> sqlite3.Connection:
    if path and not create and not path.exists():
        raise StoreError(f"{path}: no such file")
    try:
        connection = sqlite3.connect(path or ":memory:", isolation_level=None)
    except sqlite3.Error as error:
        raise StoreError(f"{path}: cannot be opened as a database: {error}") from error
    try:
        _migrate(connection, path, create)
    except sqlite3.Error as error:
        connection.close()
        raise StoreError(f"{path}: cannot be used as a database: {error}") from error
    except StoreError:
        connection.close()
        raise
    return connection


def _migrate(connection: sqlite3.Connection, path: Path | None, create: bool) -> None:
    """Bring the schema up to date, a transaction for each step."""
    connection.create_function("stored_location_value", 1, stored_location_value)
    steps = sorted((resources.files(__package__) / "schema").iterdir(), key=lambda step: step.name)
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    is_new = (application, version, tables) == (0, 0, 0)
    is_ours = application == _APPLICATION_ID and 0 < version <= len(steps)
    if not is_new and not is_ours:
        raise StoreError(f"{path}: not an Assets database, or one of a newer release")
    if is_new and not create:
        raise StoreError(f"{path}: empty, without an inventory; give a fleet to store in it")
    for number, step in enumerate(steps[version:], start=version + 1):
        connection.executescript(
            f"BEGIN;\n{step.read_text(encoding='utf-8')}\n"
            f"PRAGMA application_id = {_APPLICATION_ID}; PRAGMA user_version = {number};\nCOMMIT;"
        )


def _replace(connection: sqlite3.Connection, inventory: Inventory) -> None:
    tables = to_rows(inventory)
    connection.execute("BEGIN IMMEDIATE")
    try:
        for table, rows in tables.items():
            connection.execute(f"DELETE FROM {table}")
            for row in rows:
                columns, marks = ", ".join(row), ", ".join("?" * len(row))
                values = [to_signed(value) for value in row.values()]
                connection.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", values)
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


@dataclass(frozen=True)
class Query:
    """A query for the messages of one table; each method adds a condition."""

    table: str
    conditions: tuple[str, ...] = ()
    parameters: tuple[int | str, ...] = ()

    def where(self, condition: str, values: Iterable[Any]) -> Self:
        """Add a condition on a list of values, in which `...` stands for the values.

        The list is one parameter, a JSON array, since SQLite limits the number of parameters.
        """
        expanded = condition.replace("...", "SELECT value FROM json_each(?)")
        return self._and(expanded, json.dumps([to_signed(value) for value in values]))

    def among(self, column: str, values: Sequence[Any]) -> Self:
        """Require one of some values; no values = no condition."""
        return self.where(f"{column} IN (...)", values) if values else self

    def identified(self) -> Self:
        """Require an ID other than 0, which in requests means that it is missing."""
        return self._and("id <> 0")

    def equal(self, column: str, value: int) -> Self:
        """Require a value."""
        return self._and(f"{column} = ?", to_signed(value))

    def before(self, end: str, time: Timestamp) -> Self:
        """Require that an end of a period, `start` or `end`, is unset or before a time."""
        return self._and(self._compare(end, "<"), *to_instant(time))

    def after(self, end: str, time: Timestamp) -> Self:
        """Require that an end of a period, `start` or `end`, is unset or after a time."""
        return self._and(self._compare(end, ">"), *to_instant(time))

    @staticmethod
    def _compare(end: str, operator: str) -> str:
        return f"({end}_seconds IS NULL OR ({end}_seconds, {end}_nanos) {operator} (?, ?))"

    def _and(self, condition: str, *parameters: int | str) -> Self:
        return replace(
            self,
            conditions=(*self.conditions, condition),
            parameters=(*self.parameters, *parameters),
        )

    @property
    def sql(self) -> str:
        """The query in SQL."""
        where = f" WHERE {' AND '.join(self.conditions)}" if self.conditions else ""
        return f"SELECT message FROM {self.table}{where} ORDER BY position"


def _select(connection: sqlite3.Connection, query: Query) -> list[bytes]:
    return [message for (message,) in connection.execute(query.sql, query.parameters)]


def _select_of_microgrid(
    connection: sqlite3.Connection, microgrid_id: int, query: Query
) -> list[bytes] | None:
    """Return entities of a microgrid, or None if the microgrid does not exist."""
    exists = _select(connection, Query("microgrid").equal("id", microgrid_id))
    return _select(connection, query) if exists else None


def _select_schedules(
    connection: sqlite3.Connection, query: Query, interval: Interval | None
) -> list[bytes]:
    schedules = _select(connection, query)
    if interval is None:
        return schedules
    return [clip_time_series(schedule, interval) for schedule in schedules]
