"""Servers and channels for tests that need more of them than the fixtures give."""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import grpc.aio
import pytest

from frequenz.server.assets import AssetsServer


async def start_and_stop(server: AssetsServer) -> None:
    """Start a server and stop it: one that a test expects to fail would else run on if it does not.

    It would keep the interpreter from ending.
    """
    async with server:
        pass


def raw_channel(server: AssetsServer | str) -> grpc.aio.Channel:
    """Return a channel to a server, or to a URL, that receives replies of any size."""
    url = server if isinstance(server, str) else server.url
    return grpc.aio.insecure_channel(
        urlsplit(url).netloc, options=[("grpc.max_receive_message_length", -1)]
    )


@contextmanager
def locked(database: Path) -> Iterator[None]:
    """Keep everybody else from reading a database; SQLite lets them wait for 5 s."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        yield


def execute(database: Path, script: str) -> None:
    """Run SQL on a database file, as somebody else than the server."""
    with closing(sqlite3.connect(database)) as connection:
        connection.executescript(script)


def faults(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    """Return what servers have logged."""
    return [record for record in caplog.records if record.name == "frequenz.server.assets"]
