"""The store in PostgreSQL: one primary, and standbys that may answer queries."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Iterable,
    Mapping,
    Sequence,
)
from contextlib import asynccontextmanager, suppress
from itertools import islice
from typing import Any, Final, Self

import asyncpg

from ..store import Changed, Query, Record, UnavailableError
from ..urls import Location, locate
from ..waiting import WaitingQueries
from . import schema
from .errors import FAILURES, LostError, meaning, named_errors
from .hosts import CHANNEL, Host, Hosts, close, connect_to_primary
from .pauses import Pauses
from .sql import joined, to_sql

_REPEATS: Final = 2
"""A query loses its connection, and perhaps the next one when the loss of the host is noticed."""

_LOCK_SECONDS: Final = 10.0
"""How long a change waits while another process changes the database."""

_LOCKS: Final[Mapping[Changed, int]] = {"inventory": schema.LOCK, "keys": schema.KEYS_LOCK}

_ANALYZED_FROM: Final = 10_000
"""How many new rows a table has at the first ANALYZE of a transaction."""

_GROWTH: Final = 4
"""How many times as many it has at the next one."""


class PostgresStore:
    """A store in PostgreSQL.

    Queries share a few connections to each host; a change has a connection of its own.
    """

    def __init__(self, location: Location) -> None:
        """Use `open()` instead."""
        self.name = location.name
        self._location = location
        self._hosts = Hosts(location)
        self._changing = {changed: asyncio.Lock() for changed in _LOCKS}
        self._changes = 0
        self._waiting = WaitingQueries()

    @classmethod
    async def open(cls, url: str, *, create: bool = True) -> Self:
        """Connect to a database.

        Args:
            url: `postgresql://USER@HOST,HOST/NAME?PARAMETERS`.
            create: Whether to create the tables if there are none.

        Raises:
            StoreError: If the URL is wrong, no host is a primary that can be used, the database has
                other tables, is one of a newer release, or has no tables and these are not created.
        """
        location = locate(url)
        store = cls(location)
        connection = await connect_to_primary(location)
        try:
            with named_errors(store.name):
                await schema.update(connection, store.name, create=create)
        finally:
            await close(connection)
        store._hosts.start()
        try:
            await store._hosts.writer()
        except BaseException:
            await store.close()
            raise
        return store

    async def fetch(self, query: Query) -> Sequence[Record]:
        """Return the result of a query."""
        return await self._answered(self._hosts.reader, *to_sql(query))

    async def fetch_one(self, query: Query) -> Record | None:
        """Return the first row of a result."""
        records = await self.fetch(query)
        return records[0] if records else None

    async def fetch_fields(self, query: Query, number: int) -> bytes | None:
        """Return the messages of a result one after the other, each as a field of a reply."""
        text, parameters = to_sql(query)
        text = joined(text, number)
        ((count, fields),) = await self._answered(self._hosts.reader, text, parameters)
        return (fields or b"") if count else None

    async def run(self, query: Query, *, repeats: bool = True) -> Sequence[Record]:
        """Run a statement on the primary."""
        text, parameters = to_sql(query)
        return await self._answered(
            self._hosts.writer, text, parameters, _REPEATS if repeats else 0
        )

    async def _answered(
        self,
        host: Callable[[], Awaitable[Host]],
        text: str,
        parameters: Sequence[Any],
        repeats: int = _REPEATS,
    ) -> Sequence[Record]:
        with self._waiting.one_more(self.name):
            for _ in range(repeats):
                with suppress(LostError):  # a query can be repeated, on whatever host is up then
                    return await self._fetch(await host(), text, parameters)
            return await self._fetch(await host(), text, parameters)

    async def _fetch(self, host: Host, text: str, parameters: Sequence[Any]) -> list[Record]:
        with named_errors(host.name):
            return await host.fetch(text, parameters)

    @asynccontextmanager
    async def transaction(self, changes: Changed = "inventory") -> AsyncIterator["_Transaction"]:
        """Begin a transaction."""
        async with self._changing[changes]:
            host = await self._hosts.writer()
            connection = await host.connect()
            transaction = _Transaction(connection, host.name)
            try:
                await transaction.begin(_LOCKS[changes])
                yield transaction
                if not transaction.is_over:
                    host.stored(await transaction.commit())
            finally:
                self._changes += 1
                # What is not committed ends with the connection, whatever state its host is in.
                await close(connection)

    def revision(self) -> object:
        """Return what is different once this or another process has changed the content."""
        host = self._hosts.primary
        if host is None or host.session is None:
            return object()
        return host.session.number, host.revision, self._changes

    async def probe(self) -> None:
        """Read a row of each table, also those of callers."""
        for table in schema.CREATED:
            await self.fetch(Query(f"SELECT * FROM {table} LIMIT 1"))

    async def close(self) -> None:
        """Finish the queries under way, and close all connections."""
        await self._waiting.answered()
        await self._hosts.stop()


class _Transaction:
    """A transaction on a connection of its own."""

    def __init__(self, connection: "asyncpg.Connection[Any]", name: str) -> None:
        self._connection = connection
        self._name = name
        self._pauses = Pauses(connection)
        self._new_rows: Counter[str] = Counter()
        self._analyzed_at: defaultdict[str, int] = defaultdict(lambda: _ANALYZED_FROM)
        """How many new rows a table has at its next ANALYZE."""
        self.is_over = False

    async def begin(self, lock: int) -> None:
        """Begin, as soon as no other process changes the same."""
        with named_errors(self._name):
            await self._connection.execute(
                f"BEGIN; SET LOCAL lock_timeout = {_LOCK_SECONDS * 1000:.0f};"
                f" SELECT pg_advisory_xact_lock({lock})"
            )

    async def fetch(self, query: Query) -> Sequence[Record]:
        """Return the result of a query."""
        text, parameters = to_sql(query)
        with named_errors(self._name):
            async with self._pauses.pausing():
                records: list[Record] = await self._connection.fetch(text, *parameters)
            return records

    async def execute(self, query: Query) -> None:
        """Run a statement."""
        text, parameters = to_sql(query)
        with named_errors(self._name):
            async with self._pauses.pausing():
                await self._connection.execute(text, *parameters)

    async def insert(self, table: str, columns: Sequence[str], rows: Iterable[Record]) -> None:
        """Insert many rows."""
        left = iter(rows)
        with named_errors(self._name):
            while piece := [*islice(left, await self._pauses.batch_size())]:
                async with self._pauses.pausing():
                    await self._copy(table, columns, piece)

    async def _copy(self, table: str, columns: Sequence[str], rows: Sequence[Record]) -> None:
        connection = self._connection
        await _unless_lost(
            connection, connection.copy_records_to_table(table, columns=columns, records=rows)
        )
        self._new_rows[table] += len(rows)
        if self._new_rows[table] >= self._analyzed_at[table]:
            self._analyzed_at[table] = self._new_rows[table] * _GROWTH
            await self._analyze(table)

    async def _analyze(self, table: str) -> None:
        """Update the statistics by which queries are planned.

        PostgreSQL does so by itself some time after the end of a transaction, and until then would
        read the whole of a new table to find a few of its rows.
        """
        # Skipped while VACUUM has the lock, which often does the same.
        await self._connection.execute(f"ANALYZE (SKIP_LOCKED) {table}")

    async def commit(self) -> int:
        """End the transaction, and tell all processes; return the newest revision."""
        newest = "SELECT coalesce(max(number), 0) FROM revision"
        with named_errors(self._name):
            number: int = await self._connection.fetchval(newest)
            await self._connection.execute("SELECT pg_notify($1, $2)", CHANNEL, str(number))
        self.is_over = True
        try:
            await self._connection.execute("COMMIT")
        except FAILURES as error:
            if not issubclass(meaning(error).error, LostError):
                with named_errors(self._name):
                    raise
            raise UnavailableError(
                f"{self._name}: the connection was lost at the end of the change; the history says"
                f" whether it is stored: {error}"
            ) from error
        return number

    async def roll_back(self) -> None:
        """Undo all changes."""
        if self.is_over or self._connection.is_closed():
            return
        self.is_over = True
        with named_errors(self._name):
            await self._connection.execute("ROLLBACK")


async def _unless_lost(
    connection: "asyncpg.Connection[Any]", copying: Coroutine[Any, Any, object]
) -> None:
    """Wait for a COPY to the server.

    The driver would wait for ever if the connection is lost while more is to be sent than fits.

    Raises:
        ConnectionDoesNotExistError: If the connection is lost.
    """
    lost = asyncio.Event()

    def listen(_: object) -> None:
        lost.set()

    connection.add_termination_listener(listen)
    copy, loss = asyncio.create_task(copying), asyncio.create_task(lost.wait())
    try:
        done, _ = await asyncio.wait({copy, loss}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        connection.remove_termination_listener(listen)
        for task in (copy, loss):
            task.cancel()
        await asyncio.gather(copy, loss, return_exceptions=True)
    if copy in done:
        copy.result()
    else:
        raise asyncpg.ConnectionDoesNotExistError("the connection was lost during a COPY")
