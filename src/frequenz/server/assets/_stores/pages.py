"""Looking for damaged pages of an SQLite file: when it is opened, and now and then afterwards."""

import sqlite3
import threading
import time
from contextlib import closing
from typing import Final

from .store import CorruptError

_SECONDS: Final = 60.0
"""How long after a check the next one is due."""

_TIMES_AS_LONG: Final = 50
"""The same in durations of the last check: those of large files must not keep a disk busy."""

_CHECK: Final = "PRAGMA quick_check(1)"


def check_pages(connection: sqlite3.Connection, name: str) -> None:
    """Look at all pages of a file.

    Raises:
        CorruptError: If one is damaged.
    """
    (result,) = connection.execute(_CHECK).fetchone()
    if result != "ok":
        raise CorruptError(f"{name}: the file is damaged; restore it from a copy: {result}")


class PageChecks:
    """The checks of a file that was checked when it was opened."""

    def __init__(self, uri: str, name: str) -> None:
        """Begin.

        Args:
            uri: The file, to connect to.
            name: The database in errors.
        """
        self._uri = uri
        self._name = name
        self._due = time.monotonic() + _SECONDS
        self._damage: CorruptError | None = None
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._is_over = False

    def check_when_due(self) -> None:
        """Check the file if that is due; takes about a second for a million components.

        Raises:
            CorruptError: If a page was damaged at the last check.
        """
        began = time.monotonic()
        if began >= self._due:
            self._damage = self._check()
            now = time.monotonic()
            self._due = now + max(_SECONDS, _TIMES_AS_LONG * (now - began))
        if self._damage is not None:
            raise self._damage

    def stop(self) -> None:
        """Interrupt a check in another thread, and begin no other one."""
        with self._lock:
            self._is_over = True
            if self._connection is not None:
                self._connection.interrupt()

    def _check(self) -> CorruptError | None:
        # On a connection of its own: others would show pages that they remember.
        with closing(sqlite3.connect(self._uri, uri=True, check_same_thread=False)) as connection:
            with self._lock:
                if self._is_over:
                    return None
                self._connection = connection
            try:
                check_pages(connection, self._name)
            except CorruptError as damage:
                return damage
            finally:
                with self._lock:
                    self._connection = None
        return None
