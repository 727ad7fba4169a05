"""Nonces in an SQLite file, which the processes of a machine share, and which outlives them."""

import asyncio
import json
import logging
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from .._stores.scripts import statements
from .._stores.write_ahead_log import use_write_ahead_log
from .keys import KeysError
from .nonce_batches import BatchedNonces, Nonce, Used
from .nonces import CLOCK_SECONDS, Use, max_per_key

_APPLICATION_ID: Final = int.from_bytes(b"FzNo")
_LOCK_SECONDS: Final = 10.0
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS nonce (
    key TEXT NOT NULL,
    nonce TEXT NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY (key, nonce)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS nonce_by_end ON nonce (until);
CREATE TABLE IF NOT EXISTS used (
    key TEXT PRIMARY KEY,
    nonces INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
"""

# Queries return a single row, of JSON: for each row, the thread has to wait for Python's lock,
# which the event loop keeps for as long as it is busy.
_COUNTS: Final = "SELECT json_group_object(key, nonces) FROM used"
_KNOWN: Final = """
SELECT json_group_array(json_array(key, nonce)) FROM nonce WHERE (key, nonce) IN (
    SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?)
)
"""
_INSERT: Final = "INSERT INTO nonce VALUES {} ON CONFLICT DO NOTHING"
_ADD_TO_COUNTS: Final = """
INSERT INTO used VALUES {} ON CONFLICT DO UPDATE SET nonces = used.nonces + excluded.nonces
"""
_GONE: Final = """
SELECT json_group_object(key, nonces)
FROM (SELECT key, count(*) AS nonces FROM nonce WHERE until < ? GROUP BY key)
"""

_WRITE: Final = "INSERT INTO used VALUES ('', 0)", "DELETE FROM used WHERE key = ''"
"""Together, these change nothing, but fail if nothing can be written."""

_STATEMENTS: Final = 256
"""How many statements are kept: their text depends on the number of rows."""

_MAX_ROWS: Final = 1_000
"""How many rows a statement inserts; SQLite limits its parameters."""

_MAX_PAGES: Final = 10_000
"""Beyond so many pages of 4 KiB in the log, who writes waits until all are in the file."""

_logger = logging.getLogger("frequenz.server.assets")


class NonceFileError(KeysError):
    """A file cannot be used for nonces."""


class _Checkpoints:
    """Moves what is written from the log into the file, in a thread, as it waits for the disk.

    SQLite would do so while calls wait for their nonces: 7 ms, twice a second for 600 calls/s.
    """

    def __init__(self, path: Path) -> None:
        """Move what is written to a file, once it exists."""
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="assets-nonces-log")
        self._moving: Future[None] | None = None

    def begin(self) -> None:
        """Begin to move what is written, unless that is under way."""
        if self._moving is None or self._moving.done():
            self._moving = self._thread.submit(self._move)

    def close(self) -> None:
        """Wait for what is under way."""
        self._thread.submit(self._close).result()
        self._thread.shutdown()

    def _move(self) -> None:
        try:
            if self._connection is None:
                self._connection = _connect(self._path)
            ((_, pages, _),) = self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
            if pages > _MAX_PAGES:  # else the log starts over only if nothing is written meanwhile
                self._connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()
        except sqlite3.Error as error:
            # Nothing is lost: it stays in the log.
            _logger.error("%s: cannot move nonces out of its log: %s", self._path, error)

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()


class NonceFile:
    """The nonces of all processes that use a file.

    A process that is killed loses nothing; a machine without power may lose the last transactions.
    """

    def __init__(
        self,
        path: Path,
        connection: sqlite3.Connection,
        thread: ThreadPoolExecutor,
        max_nonces: int,
        clock_seconds: int,
    ) -> None:
        """Use `open_nonce_file()` instead."""
        self._path = path
        self._connection = connection
        self._checkpoints = _Checkpoints(path)
        self._thread = thread
        self._max = max_nonces
        self._max_per_key = max_per_key(max_nonces)
        self._clock_seconds = clock_seconds
        self._last_forgot = 0

    async def use(self, nonces: Sequence[Nonce], now: int) -> Used:
        """Use nonces."""
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._thread, self._use, nonces, now
            )
        except sqlite3.Error as error:
            raise NonceFileError(f"{self._path}: cannot remember nonces: {error}") from error

    async def close(self) -> None:
        """Close the file."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close)
        self._thread.shutdown()

    def _close(self) -> None:
        try:
            self._checkpoints.close()
        finally:
            self._connection.close()

    def _use(self, nonces: Sequence[Nonce], now: int) -> Used:
        if now != self._last_forgot:
            self._checkpoints.begin()
        with _transaction(self._connection):
            if now != self._last_forgot:
                self._forget(now - self._clock_seconds)
                self._last_forgot = now
            if not nonces:
                for statement in _WRITE:
                    self._connection.execute(statement)
            counts = Counter(self._read_json(_COUNTS))
            # Most are new, so all are inserted at once; only if that fails, each is looked up.
            if self._has_space(nonces, counts) and self._insert(nonces):
                uses = [Use.FIRST] * len(nonces)
            else:
                uses = self._use_each(nonces, counts)
            added = Counter(
                it.key_id for it, use in zip(nonces, uses, strict=True) if use is Use.FIRST
            )
            if added:
                _insert_rows(self._connection, _ADD_TO_COUNTS, [*added.items()])
        return Used(uses, counts.total() + added.total())

    def _has_space(self, nonces: Sequence[Nonce], counts: Counter[str]) -> bool:
        new = Counter(it.key_id for it in nonces)
        return counts.total() + len(nonces) <= self._max and all(
            counts[key] + count <= self._max_per_key for key, count in new.items()
        )

    def _insert(self, nonces: Sequence[Nonce]) -> bool:
        """Insert nonces; return False, with none inserted, if one is there already."""
        self._connection.execute("SAVEPOINT insert_all")
        is_new = _insert_rows(self._connection, _INSERT, nonces) == len(nonces)
        if not is_new:
            self._connection.execute("ROLLBACK TO insert_all")
        self._connection.execute("RELEASE insert_all")
        return is_new

    def _use_each(self, nonces: Sequence[Nonce], before: Counter[str]) -> list[Use]:
        known = {tuple(it) for it in self._read_json(_KNOWN, json.dumps(nonces))}
        counts, uses, first = before.copy(), [], []
        for nonce in nonces:
            if nonce[:2] in known:
                uses.append(Use.REPEATED)
            elif not self._has_space([nonce], counts):
                uses.append(Use.FULL)
            else:
                uses.append(Use.FIRST)
                first.append(nonce)
                counts[nonce.key_id] += 1
        if first:
            _insert_rows(self._connection, _INSERT, first)
        return uses

    def _read_json(self, statement: str, *parameters: str) -> Any:
        ((text,),) = self._connection.execute(statement, parameters)
        return json.loads(text)

    def _forget(self, before: int) -> None:
        """Delete the nonces that need not be remembered any more."""
        ((gone,),) = self._connection.execute(_GONE, (before,))
        if counts := json.loads(gone):
            self._connection.execute("DELETE FROM nonce WHERE until < ?", (before,))
            self._connection.executemany(
                "UPDATE used SET nonces = nonces - ? WHERE key = ?",
                [(count, key) for key, count in counts.items()],
            )
            self._connection.execute("DELETE FROM used WHERE nonces = 0")


def _insert_rows(
    connection: sqlite3.Connection, statement: str, rows: Sequence[Sequence[object]]
) -> int:
    """Insert rows; return how many were."""
    inserted = 0
    for start in range(0, len(rows), _MAX_ROWS):
        part = rows[start : start + _MAX_ROWS]
        marks = ", ".join([f"({', '.join('?' * len(part[0]))})"] * len(part))
        values = [value for row in part for value in row]
        inserted += connection.execute(statement.format(marks), values).rowcount
    return inserted


async def open_nonce_file(
    path: Path, max_nonces: int, clock_seconds: int = CLOCK_SECONDS
) -> BatchedNonces:
    """Open a file, which is created if it does not exist.

    Args:
        path: The file.
        max_nonces: How many nonces to remember; for a key, an eighth of them.
        clock_seconds: How long a nonce may wait for its turn, in s.

    Raises:
        NonceFileError: If it cannot be written, or is not a file of nonces.
    """
    thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="assets-nonces")
    try:
        connection = await asyncio.get_running_loop().run_in_executor(thread, _open, path)
    except BaseException:
        thread.shutdown(wait=False)
        raise
    return BatchedNonces(NonceFile(path, connection, thread, max_nonces, clock_seconds))


def _open(path: Path) -> sqlite3.Connection:
    try:
        # A new file is for its owner only: it says which keys call when.
        path.touch(mode=0o600)
        connection = _connect(path)
    except (OSError, sqlite3.Error) as error:
        raise NonceFileError(f"{path}: cannot be opened for nonces: {error}") from error
    try:
        with _transaction(connection):
            (application,) = connection.execute("PRAGMA application_id").fetchone()
            (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            if application not in (0, _APPLICATION_ID) or (tables and not application):
                raise NonceFileError(f"{path}: expected a file of nonces, or none")
            for statement in statements(_SCHEMA):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
        # Only now: a file of others stays as it is.
        use_write_ahead_log(connection, _LOCK_SECONDS)
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
    except sqlite3.Error as error:
        connection.close()
        raise NonceFileError(f"{path}: cannot be used for nonces: {error}") from error
    except NonceFileError:
        connection.close()
        raise
    return connection


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(
        path, isolation_level=None, timeout=_LOCK_SECONDS, cached_statements=_STATEMENTS
    )


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
