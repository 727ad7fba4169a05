"""SQLite's write-ahead log, with which queries do not wait for changes."""

import sqlite3
import time


def use_write_ahead_log(connection: sqlite3.Connection, wait_seconds: float) -> None:
    """Let queries see the last state, and not wait, while another one is written.

    Args:
        connection: A connection to a file, outside of a transaction.
        wait_seconds: How long to wait for others that do the same.
    """
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            # SQLite itself does not wait here.
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return
