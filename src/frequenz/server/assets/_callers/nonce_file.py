"""Nonces in an SQLite file, which the processes of a machine share, and which outlives them."""

import asyncio
import sqlite3
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, NamedTuple

from .keys import KeysError
from .nonces import DEFAULT_MAX_NONCES, Use

_APPLICATION_ID: Final = int.from_bytes(b"FzNo")
_LOCK_SECONDS: Final = 10.0
_PART_OF_KEY: Final = 8
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


class NonceFileError(KeysError):
    """A file cannot be used for nonces."""


class _Waiting(NamedTuple):
    """A nonce whose use is not written yet."""

    key_id: str
    nonce: str
    until: int
    answer: "asyncio.Future[Use]"


class NonceFile:
    """The nonces of all processes that use a file.

    What is used while a transaction is written is written together in the next one. A process that
    is killed loses nothing; a machine without power may lose the last transactions.
    """

    def __init__(
        self, connection: sqlite3.Connection, thread: ThreadPoolExecutor, max_nonces: int
    ) -> None:
        """Use `open()` instead."""
        self._connection = connection
        self._thread = thread
        self._max = max_nonces
        self._waiting: list[_Waiting] = []
        self._writing: asyncio.Task[None] | None = None
        self._count = 0

    @classmethod
    async def open(cls, path: Path, max_nonces: int = DEFAULT_MAX_NONCES) -> "NonceFile":
        """Open a file, which is created if it does not exist.

        Args:
            path: The file.
            max_nonces: How many nonces to remember; for a key, an eighth of them.

        Raises:
            NonceFileError: If it cannot be written, or is not a file of nonces.
        """
        thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="assets-nonces")
        try:
            connection = await asyncio.get_running_loop().run_in_executor(thread, _open, path)
        except BaseException:
            thread.shutdown(wait=False)
            raise
        return cls(connection, thread, max_nonces)

    async def use(self, key_id: str, nonce: str, until: float, now: float) -> Use:
        """Use a nonce; returns when it is written.

        Raises:
            NonceFileError: If it cannot be written.
        """
        loop = asyncio.get_running_loop()
        waiting = _Waiting(key_id, nonce, int(until) + 1, loop.create_future())
        self._waiting.append(waiting)
        if self._writing is None:
            self._writing = loop.create_task(self._write(now))
        return await waiting.answer

    def __len__(self) -> int:
        """Return how many nonces there were after the last use."""
        return self._count

    async def close(self) -> None:
        """Write what is used, and close the file."""
        if self._writing is not None:
            await self._writing
        await asyncio.get_running_loop().run_in_executor(self._thread, self._connection.close)
        self._thread.shutdown()

    async def _write(self, now: float) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                uses, self._count = await loop.run_in_executor(
                    self._thread, _use, self._connection, batch, int(now), self._max
                )
            except sqlite3.Error as error:
                _fail(batch, NonceFileError(f"cannot remember nonces: {error}"))
                continue
            for waiting, use in zip(batch, uses, strict=True):
                if not waiting.answer.done():  # its call was cancelled
                    waiting.answer.set_result(use)
        self._writing = None


def _fail(batch: list[_Waiting], error: NonceFileError) -> None:
    for waiting in batch:
        if not waiting.answer.done():
            waiting.answer.set_exception(error)


def _open(path: Path) -> sqlite3.Connection:
    try:
        # Nobody else may read which keys call when.
        path.touch(mode=0o600)
        connection = sqlite3.connect(path, isolation_level=None, timeout=_LOCK_SECONDS)
    except (OSError, sqlite3.Error) as error:
        raise NonceFileError(f"{path}: cannot be opened for nonces: {error}") from error
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("BEGIN IMMEDIATE")
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        if application not in (0, _APPLICATION_ID) or (tables and not application):
            raise NonceFileError(f"{path}: expected a file of nonces, or none")
        for statement in _statements(_SCHEMA):
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        connection.close()
        raise NonceFileError(f"{path}: cannot be used for nonces: {error}") from error
    except NonceFileError:
        connection.close()
        raise
    return connection


def _statements(script: str) -> list[str]:
    """Return the statements of a script, which `executescript` would commit one by one."""
    statements, statement = [], ""
    for line in script.strip().splitlines():
        statement += f"{line}\n"
        if sqlite3.complete_statement(statement):
            statements.append(statement)
            statement = ""
    return statements


def _use(
    connection: sqlite3.Connection, batch: list[_Waiting], now: int, max_nonces: int
) -> tuple[list[Use], int]:
    """Return the result of each use, and how many nonces there are then."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        _forget(connection, now)
        counts = Counter(dict(connection.execute("SELECT key, nonces FROM used")))
        before = counts.copy()
        uses = [_use_one(connection, waiting, counts, max_nonces) for waiting in batch]
        connection.executemany(
            "INSERT OR REPLACE INTO used VALUES (?, ?)",
            [(key, count) for key, count in counts.items() if count != before[key]],
        )
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return uses, counts.total()


def _forget(connection: sqlite3.Connection, now: int) -> None:
    """Delete the nonces that need not be remembered any more."""
    expired = "FROM nonce WHERE until < ?"
    counts = connection.execute(f"SELECT count(*), key {expired} GROUP BY key", (now,)).fetchall()
    if counts:
        connection.execute(f"DELETE {expired}", (now,))
        connection.executemany("UPDATE used SET nonces = nonces - ? WHERE key = ?", counts)


def _use_one(
    connection: sqlite3.Connection, waiting: _Waiting, counts: Counter[str], max_nonces: int
) -> Use:
    key = waiting.key_id
    if counts.total() >= max_nonces or counts[key] >= max(1, max_nonces // _PART_OF_KEY):
        found = connection.execute(
            "SELECT 1 FROM nonce WHERE key = ? AND nonce = ?", (key, waiting.nonce)
        ).fetchone()
        return Use.REPEATED if found else Use.FULL
    inserted = connection.execute(
        "INSERT INTO nonce VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        (key, waiting.nonce, waiting.until),
    )
    if not inserted.rowcount:
        return Use.REPEATED
    counts[key] += 1
    return Use.FIRST
