"""Tasks beside the calls go on after faults, also when no file can be opened."""

import asyncio
import itertools
import multiprocessing
import os
import resource
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import cast

import pytest
from grpc_health.v1 import health_pb2

from frequenz.server.assets import ServerSettings
from frequenz.server.assets._operation import background, memory
from frequenz.server.assets._operation.background import in_background
from frequenz.server.assets._operation.connections import Connections, disconnect
from frequenz.server.assets._operation.health import Health, keep_health
from frequenz.server.assets._operation.loaded import Loaded
from frequenz.server.assets._stores import Store, UnavailableError
from frequenz.server.assets._workers import Workers

from .processes import until
from .servers import faults, store_fleet, until_health_is


@contextmanager
def no_file_may_be_opened() -> Iterator[None]:
    """Use up the descriptors of this process."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = max(int(file.name) for file in Path("/dev/fd").iterdir())
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 1, limits[1]))
    used = []
    try:
        with pytest.raises(OSError, match="Too many open files"):
            while True:
                used.append(os.dup(0))
        yield
    finally:
        for number in used:
            os.close(number)
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


async def test_what_fails_is_logged_and_started_again_until_the_end(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(background, "_PAUSE_SECONDS", 0.01)
    starts, is_watching, has_ended = itertools.count(), asyncio.Event(), asyncio.Event()

    async def watch() -> None:
        if next(starts) < 2:
            raise OSError("Too many open files")
        is_watching.set()
        try:
            await asyncio.Event().wait()
        finally:
            has_ended.set()

    async with in_background(watch, "the watch"):
        await asyncio.wait_for(is_watching.wait(), 10)
    assert has_ended.is_set()
    records = faults(caplog)
    assert [it.getMessage() for it in records] == ["Failed: the watch; starting it again"] * 2
    assert all(it.exc_info for it in records)


def test_connections_are_closed_when_no_file_can_be_opened() -> None:
    with ExitStack() as stack:
        listening = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        address = listening.getsockname()
        opened = [stack.enter_context(socket.create_connection(address)) for _ in range(3)]
        for _ in opened:
            stack.enter_context(listening.accept()[0])
        host, port = opened[0].getsockname()
        with no_file_may_be_opened():
            closed = Connections(lambda: [address[1]], per_address=2).close_surplus()
            disconnect([f"ipv4:{host}:{port}"])
        assert closed == Counter({host: 1})
        for one in opened:
            one.settimeout(5)
        assert opened[0].recv(1) == b""
        others: list[bytes | None] = []
        for one in opened[1:]:
            one.setblocking(False)
            try:
                others.append(one.recv(1))
            except BlockingIOError:
                others.append(None)
        assert sorted(others, key=str) == [None, b""]


async def test_a_worker_is_replaced_once_files_can_be_opened_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await store_fleet(tmp_path / "fleet.db")
    workers = Workers(ServerSettings(database=tmp_path / "fleet.db"), 1)
    await workers.start(Loaded(None, None, None))
    try:
        with no_file_may_be_opened():
            for process in multiprocessing.active_children():
                process.kill()
            await until(lambda: "A worker cannot start: [Errno 24]" in caplog.text)
        await until(lambda: len(multiprocessing.active_children()) == 1)
    finally:
        await workers.stop()


async def test_the_health_is_right_again_after_an_unexpected_error(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(background, "_PAUSE_SECONDS", 0.01)
    error: Exception | None = UnavailableError("locked")

    class Probed:
        async def probe(self) -> None:
            if error is not None:
                raise error

    health = Health()
    health.report(is_serving=True)
    probe = partial(keep_health, health, cast("Store", Probed()), None, 0.01)
    async with in_background(probe, "the probe"):
        await until_health_is(health, health_pb2.HealthCheckResponse.NOT_SERVING)
        error = RuntimeError("unexpected")
        await until(lambda: "Failed: the probe" in caplog.text)
        error = None
        await until_health_is(health, health_pb2.HealthCheckResponse.SERVING)


async def test_memory_that_is_freed_later_is_returned_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """At the first return, all is in use; afterwards, glibc keeps what is freed."""
    in_use, resident, returns = 600, 100, 0

    def trim(_: int) -> None:
        nonlocal resident, returns
        resident, returns = in_use, returns + 1

    monkeypatch.setattr(memory, "_trim_function", lambda: trim)
    monkeypatch.setattr(memory, "_resident_bytes", lambda: resident)
    monkeypatch.setattr(memory, "_LOOK_SECONDS", 0.001)
    async with memory.returning_free_memory():
        await asyncio.sleep(0.05)
        assert returns == 0
        resident = 600
        await until(lambda: returns > 0)
        in_use = 100
        await until(lambda: resident == 100)
        returns = 0
        await asyncio.sleep(0.05)
        assert returns == 0
