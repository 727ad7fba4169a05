"""Servers and channels beyond those of the fixtures."""

import asyncio
import logging
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import grpc.aio
import pytest
from grpc_health.v1 import health_pb2

from frequenz.server.assets import AssetsServer
from frequenz.server.assets._operation.health import Health
from frequenz.server.assets._stores import open_store, replace

from .fleets import FLEET


async def start_and_stop(server: AssetsServer) -> None:
    """Start and stop a server, for tests that expect it not to start.

    If it starts after all, it must stop, since a running one keeps the interpreter from ending.
    """
    async with server:
        pass


def raw_channel(server: AssetsServer | str) -> grpc.aio.Channel:
    """Return a channel to a server, or to a URL, that receives replies of any size.

    It has a connection of its own, also if there are others.
    """
    url = server if isinstance(server, str) else server.url
    options = [("grpc.max_receive_message_length", -1), ("grpc.use_local_subchannel_pool", 1)]
    return grpc.aio.insecure_channel(urlsplit(url).netloc, options=options)


@contextmanager
def slow(database: Path) -> Iterator[None]:
    """Let each query of a microgrid take more than a second."""
    execute(
        database,
        """
        ALTER TABLE microgrid RENAME TO hidden;
        CREATE VIEW microgrid AS SELECT hidden.* FROM hidden, (
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000)
            SELECT count(*) FROM n
        )
        """,
    )
    yield
    execute(database, "DROP VIEW microgrid; ALTER TABLE hidden RENAME TO microgrid")


@contextmanager
def locked(database: Path) -> Iterator[None]:
    """Lock a database against other changes."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """Mount a disk of a few bytes, such as `300k`, in a new folder; only root may."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("only root may mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


async def until_health_is(health: Health, status: int) -> None:
    """Wait until the service reports a status."""
    check: Any = health.Check
    async with asyncio.timeout(10):
        while True:
            found = await check(health_pb2.HealthCheckRequest(), None)
            if found.status == status:
                return
            await asyncio.sleep(0.01)


def fill(file: Path) -> None:
    """Write a file until the disk is full."""
    with suppress(OSError), file.open("wb", buffering=0) as filler:
        while True:
            filler.write(bytes(4096))


def grow(disk: Path, size: str) -> None:
    """Make a small disk larger."""
    subprocess.run(["mount", "-o", f"remount,size={size}", disk], check=True)


async def store_fleet(database: Path) -> None:
    """Store an inventory in a new database."""
    store = await open_store(database)
    await replace(store, FLEET)
    await store.close()


def execute(database: Path, script: str) -> None:
    """Run SQL on a database file, on a connection of its own."""
    with closing(sqlite3.connect(database)) as connection:
        connection.executescript(script)


def faults(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    """Return the log records of servers."""
    return [record for record in caplog.records if record.name == "frequenz.server.assets"]
