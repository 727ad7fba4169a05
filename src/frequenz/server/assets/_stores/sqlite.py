"""The store in SQLite: a file that stays, or one that is removed when the store is closed."""

import asyncio
import json
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing, contextmanager
from importlib import resources
from pathlib import Path
from typing import Any, Final, Self, TypeVar
from urllib.parse import quote

from .joining import as_field
from .pages import PageChecks, check_pages
from .reading_threads import ReadingThreads
from .rows import stored_enterprise_id, stored_location_value
from .scripts import statements
from .store import (
    Changed,
    CorruptError,
    Query,
    ReadOnlyError,
    Record,
    StoreError,
    UnavailableError,
    Values,
)
from .tables import TABLES
from .temporary import make_folder, remove_folder
from .waiting import WaitingQueries
from .write_ahead_log import use_write_ahead_log

ResultT = TypeVar("ResultT")

_TABLES: Final = (
    *(*TABLES, "participation", "revision", "revision_microgrid"),
    *("caller_key", "caller_key_state"),
)
"""All tables."""

_APPLICATION_ID: Final = int.from_bytes(b"FzAs")
"""Marks a file as a database of this store."""

_BYTES: Final = "x'{}'"
"""The literal of bytes, given in hexadecimal digits."""

_READERS: Final = 4
"""The number of connections that answer queries; the result is copied outside of Python's lock."""

_SLOW_SECONDS: Final = 0.005
"""How long the event loop may read a row; what takes longer is read by a thread."""

_STEPS: Final = 1_000
"""After how many instructions SQLite asks whether the loop has waited too long: some 30 us."""

_AVOID_SECONDS: Final = 10.0
"""How long after such a row threads read all of them: the disk may be slow."""

_WAIT_SECONDS: Final = 2.0
"""How long a query or a change waits while another process locks the database."""

_OPEN_SECONDS: Final = 30.0
"""The same while it is opened: another server may be creating its tables."""

_empty_databases: Final[list[bytes]] = []
"""The content of the first temporary database when it had its tables; others start with it.

Tests start a server each: all steps of the schema would take most of the time.
"""

_ERRORS: Final[Mapping[int, tuple[type[StoreError], str]]] = {
    sqlite3.SQLITE_BUSY: (UnavailableError, "another process is changing it"),
    sqlite3.SQLITE_LOCKED: (UnavailableError, "another process is changing it"),
    sqlite3.SQLITE_FULL: (UnavailableError, "no space is left; make room and try again"),
    sqlite3.SQLITE_PROTOCOL: (UnavailableError, "too many processes are opening it"),
    sqlite3.SQLITE_IOERR: (UnavailableError, "the disk reports an error"),
    sqlite3.SQLITE_NOMEM: (UnavailableError, "no memory is left"),
    sqlite3.SQLITE_CANTOPEN: (UnavailableError, "the file cannot be opened"),
    sqlite3.SQLITE_READONLY: (ReadOnlyError, "the file or its directory is read-only"),
    sqlite3.SQLITE_PERM: (ReadOnlyError, "the file or its directory is read-only"),
    sqlite3.SQLITE_CORRUPT: (CorruptError, "the file is damaged; restore it from a copy"),
    sqlite3.SQLITE_NOTADB: (CorruptError, "the file is damaged, or not a database"),
}
"""A primary result code of SQLite -> the error and what it means."""


class SqliteStore:
    """A store in SQLite.

    One thread writes the inventory; others answer lists and run small statements, each with a
    connection of its own; the event loop itself reads single rows, and gives up after some
    milliseconds. So neither the event loop nor a query ever waits for a change.
    """

    def __init__(self, path: Path | None) -> None:
        """Use `open()` instead."""
        # Not SQLite's databases in memory: there, queries wait for changes.
        self._folder = None if path else make_folder()
        self._path = path or Path(self._folder or "", "fleet.db")
        self.name = str(path or "temporary database")
        self._uri = f"file:{quote(str(self._path.absolute()))}"
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="assets-store-writer")
        self._readers = ReadingThreads(_READERS, "assets-store-reader")
        self._writer: sqlite3.Connection
        self._of_loop: sqlite3.Connection
        self._loop_began = 0.0
        self._avoided_until = 0.0
        self._of_thread = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._pages = PageChecks(f"{self._uri}?mode=rw", self.name)
        self._waiting = WaitingQueries()
        self._changing = asyncio.Lock()
        self._changes = 0

    @classmethod
    async def open(cls, path: Path | None, *, create: bool = True) -> Self:
        """Open a file, or a temporary one (None).

        Args:
            path: The file.
            create: Whether to create the file if it does not exist or is empty.

        Raises:
            StoreError: If the file cannot be opened, does not exist or is empty and is not created,
                is damaged, is not a database of this store, or is one of a newer release.
        """
        store = cls(path)
        try:
            await store._run(store._open, create)
        except BaseException:
            store._shut_down()
            raise
        return store

    async def fetch(self, query: Query) -> Sequence[Record]:
        """Return the result of a query."""
        with self._waiting.one_more(self.name), _named_errors(self.name):
            return await self._readers.run(self._fetch, query)

    async def fetch_one(self, query: Query) -> Record | None:
        """Return the first row of a result.

        It is read in the event loop: a few pages, which nearly always are in memory. A thread would
        wait for Python's lock several times, which takes ten times as long.
        """
        self._loop_began = began = time.monotonic()
        if began >= self._avoided_until:
            try:
                record: Record | None = self._of_loop.execute(*to_sql(query)).fetchone()
                return record
            except sqlite3.Error:
                pass  # slow, or perhaps locked: a thread may wait, and says what is wrong
            finally:
                if self._loop_waits_long():
                    self._avoided_until = time.monotonic() + _AVOID_SECONDS
        records = await self.fetch(query)
        return records[0] if records else None

    def _loop_waits_long(self) -> bool:
        """Return whether a row takes too long; SQLite asks, too, and then ends the query."""
        return time.monotonic() - self._loop_began > _SLOW_SECONDS

    async def fetch_fields(self, query: Query, number: int) -> bytes | None:
        """Return the messages of a result one after the other, each as a field of a reply."""
        with self._waiting.one_more(self.name), _named_errors(self.name):
            count, fields = await self._readers.run(self._fetch_fields, query, number)
        return (fields or b"") if count else None

    @asynccontextmanager
    async def transaction(self, changes: Changed = "inventory") -> AsyncIterator["_Transaction"]:
        """Begin a transaction, whatever it changes."""
        del changes  # there is a single writer
        async with self._changing:
            transaction = _Transaction(self)
            try:
                await transaction.run("BEGIN IMMEDIATE")
                yield transaction
                if not transaction.is_over:
                    await transaction.run("COMMIT")
            except BaseException:
                # What is under way in the thread ends before, whoever stopped waiting for it.
                await asyncio.shield(transaction.roll_back())
                raise
            finally:
                self._changes += 1

    async def run(self, query: Query, *, repeats: bool = True) -> Sequence[Record]:
        """Run a statement on a connection of its own, which cannot be lost."""
        with self._waiting.one_more(self.name), _named_errors(self.name):
            return await self._readers.run(self._run_once, query)

    def revision(self) -> object:
        """Return what is different once this or another process has changed the content."""
        try:
            # In microseconds, as nothing is read but the header of the file.
            (version,) = self._of_loop.execute("PRAGMA data_version").fetchone()
        except sqlite3.OperationalError:  # locked, while another process writes
            return object()
        return self._changes, version

    async def probe(self) -> None:
        """Read a row of each table, and now and then all pages of a file."""
        with self._waiting.one_more(self.name), _named_errors(self.name):
            await self._readers.run(self._probe)

    async def close(self) -> None:
        """Finish the queries under way, and close the database."""
        await asyncio.get_running_loop().run_in_executor(None, self._shut_down)

    async def _run(self, function: Callable[..., ResultT], *arguments: Any) -> ResultT:
        """Run a function in the thread that writes."""
        loop = asyncio.get_running_loop()
        with _named_errors(self.name):
            return await loop.run_in_executor(self._thread, function, *arguments)

    # In the threads ------------------------------------------------------------------------------

    def _connect(self, wait_seconds: float, *, create: bool = False) -> sqlite3.Connection:
        # Otherwise, SQLite makes an empty database of a file that has been removed meanwhile.
        mode = "?mode=rwc" if create or self._folder else "?mode=rw"
        return sqlite3.connect(
            f"{self._uri}{mode}",
            uri=True,
            timeout=wait_seconds,
            isolation_level=None,
            check_same_thread=False,
        )

    def _keep(self, connection: sqlite3.Connection) -> sqlite3.Connection:
        """Have a connection closed with the store."""
        self._connections.append(connection)
        return connection

    def _open(self, create: bool) -> None:
        if self._folder is None and not create and not self._path.exists():
            raise StoreError(f"{self._path}: no such file")
        if self._folder is not None and _empty_databases:
            self._path.write_bytes(_empty_databases[0])
        self._writer = self._keep(self._connect(_OPEN_SECONDS, create=create))
        if self._folder is None:
            check_pages(self._writer, self.name)
        else:
            self._writer.execute("PRAGMA synchronous = OFF")  # it is lost with the process anyway
        _migrate(self._writer, self.name, create)
        if self._folder is not None and not _empty_databases:
            _empty_databases.append(self._writer.serialize())
        use_write_ahead_log(self._writer, _OPEN_SECONDS)
        self._writer.execute(f"PRAGMA busy_timeout = {_WAIT_SECONDS * 1000:.0f}")
        self._of_loop = self._keep(self._connect(0))
        self._of_loop.execute("PRAGMA query_only = 1")
        self._of_loop.set_progress_handler(self._loop_waits_long, _STEPS)  # ends what takes longer

    def _reader(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._of_thread, "connection", None)
        if connection is None:
            connection = self._of_thread.connection = self._keep(self._connect(_WAIT_SECONDS))
            connection.execute("PRAGMA query_only = 1")
        return connection

    def _fetch(self, query: Query) -> list[Record]:
        return self._reader().execute(*to_sql(query)).fetchall()

    def _fetch_fields(self, query: Query, number: int) -> tuple[int, bytes | None]:
        text, parameters = to_sql(query)
        # One row: between rows, Python would take its lock, for which it waits while the loop runs.
        # The subquery is sorted, so `group_concat` gets the messages in order.
        # Texts may have any bytes: the encoding is UTF-8, and nothing converts them.
        joined = f"CAST(group_concat({as_field(number, _BYTES)}, '') AS BLOB)"
        text = f"SELECT count(*), {joined} FROM ({text})"
        ((count, fields),) = self._reader().execute(text, parameters).fetchall()
        return count, fields

    def _run_once(self, query: Query) -> list[Record]:
        with closing(self._connect(_WAIT_SECONDS)) as connection:
            return _execute(connection, *to_sql(query))

    def _probe(self) -> None:
        for table in _TABLES:
            self._reader().execute(f"SELECT * FROM {table} LIMIT 1").fetchall()
        if self._folder is None:
            self._pages.check_when_due()

    def _shut_down(self) -> None:
        self._pages.stop()
        self._readers.shutdown()
        self._thread.shutdown()
        for connection in self._connections:
            connection.close()
        if self._folder is not None:
            remove_folder(self._folder)


class _Transaction:
    """The transaction of the connection that writes."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store
        self.is_over = False

    async def fetch(self, query: Query) -> Sequence[Record]:
        """Return the result of a query."""
        return await self.run(*to_sql(query))

    async def execute(self, query: Query) -> None:
        """Run a statement."""
        await self.run(*to_sql(query))

    async def insert(self, table: str, columns: Sequence[str], rows: Iterable[Record]) -> None:
        """Insert many rows."""
        marks = ", ".join("?" * len(columns))
        text = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"
        store = self._store
        await store._run(store._writer.executemany, text, rows)

    async def roll_back(self) -> None:
        """Undo all changes."""
        self.is_over = True
        store = self._store
        # SQLite itself has ended the transaction if the disk was full.
        await store._run(_roll_back, store._writer)

    async def run(self, text: str, parameters: Sequence[Any] = ()) -> list[Record]:
        """Run a statement in the thread that writes."""
        store = self._store
        return await store._run(_execute, store._writer, text, parameters)


def _execute(connection: sqlite3.Connection, text: str, parameters: Sequence[Any]) -> list[Record]:
    return connection.execute(text, parameters).fetchall()


def _roll_back(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def to_sql(query: Query) -> tuple[str, list[Any]]:
    """Return a query with SQLite's marks for parameters, and these.

    A list of rows is one parameter, a JSON array, since SQLite limits the number of parameters.
    """
    marks: list[str] = []
    parameters: list[Any] = []
    for parameter in query.parameters:
        if isinstance(parameter, Values):
            marks.append(f"({_rows_of_json(parameter.columns)})")
            is_single = len(parameter.columns) == 1
            rows = [row[0] for row in parameter.rows] if is_single else parameter.rows
            parameters.append(json.dumps(rows))
        else:
            marks.append("?")
            parameters.append(parameter)
    return query.text.format(*marks), parameters


def _rows_of_json(columns: Sequence[str]) -> str:
    if len(columns) == 1:
        return f"SELECT value AS {columns[0]} FROM json_each(?)"
    items = (f"json_extract(value, '$[{at}]') AS {name}" for at, name in enumerate(columns))
    return f"SELECT {', '.join(items)} FROM json_each(?)"


@contextmanager
def _named_errors(name: str) -> Iterator[None]:
    """Raise SQLite's errors as those of a store, with what they mean."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # without the extension of the code
        kind, meaning = _ERRORS.get(code, (StoreError, "cannot be used as a database"))
        raise kind(f"{name}: {meaning}: {error}") from error


# Opening ------------------------------------------------------------------------------------------


def _migrate(connection: sqlite3.Connection, name: str, create: bool) -> None:
    """Bring the schema up to date, all steps in one transaction."""
    connection.create_function("stored_location_value", 1, stored_location_value)
    connection.create_function("stored_enterprise_id", 1, stored_enterprise_id)
    folder = resources.files(__package__) / "schema" / "sqlite"
    steps = sorted(folder.iterdir(), key=lambda step: step.name)
    connection.execute("BEGIN")  # one state of it, however many servers create it at the moment
    try:
        if not _needs_steps(connection, name, len(steps), create=create):
            return  # also while another process changes the database
    finally:
        _roll_back(connection)
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Read again: another server may have started on the same new file.
        if _needs_steps(connection, name, len(steps), create=create):
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            for step in steps[version:]:
                for statement in statements(step.read_text(encoding="utf-8")):
                    connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {len(steps)}")
        connection.execute("COMMIT")
    except BaseException:
        _roll_back(connection)
        raise


def _needs_steps(connection: sqlite3.Connection, name: str, newest: int, *, create: bool) -> bool:
    """Return whether the schema is older than the newest one.

    Raises:
        StoreError: If the database is not one of this store, is of a newer release, or is empty and
            is not created.
        CorruptError: If a table is missing.
    """
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    tables = {table for (table,) in connection.execute("SELECT name FROM sqlite_schema")}
    if (application, version, tables) == (0, 0, set()):
        if create:
            return True
        raise StoreError(f"{name}: empty, without an inventory; give a fleet to store in it")
    if application != _APPLICATION_ID or not 0 < version <= newest:
        raise StoreError(f"{name}: not an Assets database, or one of a newer release")
    if version < newest:
        return True
    if missing := {*_TABLES} - tables:
        raise CorruptError(f"{name}: has no table {', '.join(sorted(missing))}")
    return False
