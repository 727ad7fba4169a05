"""SQL scripts for SQLite."""

import sqlite3
from collections.abc import Iterator


def statements(script: str) -> Iterator[str]:
    """Yield the statements of a script, which `executescript` would commit one by one."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
