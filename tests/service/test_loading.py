"""`assets-server serve FLEET` until it serves: it listens first, then reads and stores the fleet.

The fleet is a pipe, so that the test decides how long it takes to read.
"""

import asyncio
import fcntl
import os
import select
import signal
import termios
from array import array
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, NamedTuple, TextIO

import grpc
import pytest
from grpc_health.v1 import health_pb2

from frequenz.client.assets import inventory
from frequenz.server.assets._callers.key_table import KeyTable
from frequenz.server.assets._callers.secret_box import SecretBox
from frequenz.server.assets._stores import open_store

from .fleets import FLEET, fleet, site
from .keys import TWO_ENTERPRISES, answer
from .processes import line_of, until, workers_of
from .raw import MICROGRID, request
from .servers import raw_channel
from .stores.test_database_callers import added
from .stores.test_database_callers import until as until_answered
from .test_operation import health, write
from .test_server_cli import COMMAND, FAULTY, TIME_TO_START, ProcessResult, run, start, wait
from .test_workers import WORKERS, is_there, names, temporary

CONNECTIONS: Final = 12
"""How many, so that each of two workers gets some."""

PIPE_BYTES: Final = 65_536
"""What a pipe takes; then whoever writes to it waits."""

HEALTH: Final = health_pb2.HealthCheckResponse

each_count = pytest.mark.parametrize("workers", [1, WORKERS])


class Loading(NamedTuple):
    """A server that reads its fleet."""

    process: Process
    url: str
    fleet: TextIO
    """Where to write the fleet."""

    async def finish(self) -> None:
        """End the fleet, and wait until the server prints its URL."""
        self.fleet.close()
        assert self.process.stdout
        async with asyncio.timeout(TIME_TO_START):
            line = await self.process.stdout.readline()
        assert line.decode() == f"{self.url}?ssl=false\n"

    async def statuses(self) -> set[tuple[grpc.StatusCode, str]]:
        """Return what calls by many connections get: the status, and its details."""
        data = request(MICROGRID, 1).SerializeToString()
        found = [await answer(self.url, MICROGRID, data) for _ in range(CONNECTIONS)]
        return {(it.status, it.details) for it in found}

    async def healths(self) -> set[int]:
        found = set()
        for _ in range(CONNECTIONS):
            async with raw_channel(self.url) as channel:
                found.add(await health(channel))
        return found


@asynccontextmanager
async def loading(folder: Path, port: int, *options: str | Path) -> AsyncIterator[Loading]:
    """Run `assets-server serve` over a pipe; yield when it waits for the fleet."""
    pipe = folder / "pipe.yaml"
    os.mkfifo(pipe)
    process = await start("serve", pipe, f"--port={port}", *options, TMPDIR=str(folder))
    try:
        with await asyncio.to_thread(pipe.open, "w") as writing:  # waits until it is read
            yield Loading(process, f"grpc://127.0.0.1:{port}", writing)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def text_of(name: str, folder: Path) -> str:
    write(folder / "written.yaml", name)
    return (folder / "written.yaml").read_text()


UNAVAILABLE: Final = {
    (grpc.StatusCode.UNAVAILABLE, "The inventory is being loaded; try again later.")
}


@each_count
async def test_a_server_listens_before_it_has_read_its_fleet(
    tmp_path: Path, free_port: int, workers: int
) -> None:
    text = text_of("Depot", tmp_path)
    async with loading(tmp_path, free_port, f"--workers={workers}") as server:
        assert await server.statuses() == UNAVAILABLE
        assert await server.healths() == {HEALTH.NOT_SERVING}
        server.fleet.write(text)
        await server.finish()
        assert await server.healths() == {HEALTH.SERVING}
        assert await names(server.url) == {"Depot"}


async def test_a_worker_that_is_replaced_during_the_load_serves_when_the_others_do(
    tmp_path: Path, free_port: int
) -> None:
    text = text_of("Depot", tmp_path)
    async with loading(tmp_path, free_port, f"--workers={WORKERS}") as server:
        processes = workers_of(server.process)  # the last one reads the fleet
        assert len(processes) == WORKERS + 1
        for number in processes[:WORKERS]:
            os.kill(number, signal.SIGKILL)
            await line_of(server.process, "A worker has ended")
        async with raw_channel(server.url) as channel:
            await asyncio.wait_for(channel.channel_ready(), TIME_TO_START)
        assert await server.healths() == {HEALTH.NOT_SERVING}
        server.fleet.write(text)
        await server.finish()
        assert await server.healths() == {HEALTH.SERVING}
        assert await names(server.url) == {"Depot"}


@each_count
async def test_keys_that_change_in_the_database_during_the_load_count(
    tmp_path: Path, free_port: int, workers: int
) -> None:
    unavailable, database = grpc.StatusCode.UNAVAILABLE, tmp_path / "fleet.db"
    inventory.write(TWO_ENTERPRISES, tmp_path / "fleet.yaml")
    text = (tmp_path / "fleet.yaml").read_text()
    store = await open_store(database)
    keys = KeyTable(store, SecretBox.open(tmp_path / "e.key", create=True))
    first = await added(keys)
    async with loading(
        *(tmp_path, free_port, f"--workers={workers}", "--keys=database"),
        *("--database", database, "--encryption-key", tmp_path / "e.key"),
    ) as server:
        await until_answered(server.url, first, unavailable)
        second = await added(keys)
        await until_answered(server.url, second, unavailable)
        server.fleet.write(text)
        await server.finish()
        for key in (first, second):
            await until_answered(server.url, key, grpc.StatusCode.OK)
    await store.close()


@each_count
async def test_a_port_in_use_is_refused_before_a_file_is_read(
    tmp_path: Path, free_port: int, workers: int
) -> None:
    os.mkfifo(tmp_path / "never.yaml")  # whoever reads it waits for ever
    async with loading(tmp_path, free_port):
        result = await run(
            "serve", tmp_path / "never.yaml", f"--port={free_port}", f"--workers={workers}"
        )
    assert (result.code, result.out) == (1, "")
    assert f"cannot listen on 127.0.0.1:{free_port}: Address already in use" in result.err


class Refused(NamedTuple):
    """A fleet that is not served, with options, and the message."""

    text: str
    options: list[str]
    message: str


REFUSED: Final = {
    "an invalid file": Refused("version: 1\nmicrogrids: 7\n", [], "pipe.yaml:2:13: microgrids: "),
    "major findings": Refused(
        FAULTY, ["--strict"], "Error: refused because of major findings (--strict)"
    ),
}


@each_count
@pytest.mark.parametrize("refused", REFUSED.values(), ids=REFUSED)
async def test_a_fleet_that_is_refused_changes_no_database(
    tmp_path: Path, free_port: int, refused: Refused, workers: int
) -> None:
    text, given, message = refused
    database = tmp_path / "fleet.db"
    inventory.write(FLEET, tmp_path / "fleet.yaml")
    stored = await run("import", tmp_path / "fleet.yaml", "--database", database)
    assert stored.code == 0
    options = [*given, f"--workers={workers}", f"--database={database}", "--pause=600"]
    async with loading(tmp_path, free_port, *options) as server:
        children = workers_of(server.process)
        server.fleet.write(text)
        server.fleet.close()
        result = await wait(server.process)
        assert not any(map(is_there, children))
    assert (result.code, result.out) == (1, "")
    assert message in result.err
    assert "Traceback" not in result.err
    history = await run("history", "--database", database)
    assert len(history.out.splitlines()) == 2


@each_count
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_during_the_load_ends_the_server_in_order(
    tmp_path: Path, free_port: int, number: signal.Signals, workers: int
) -> None:
    """Without a pause, as nobody was served."""
    async with loading(tmp_path, free_port, f"--workers={workers}", "--pause=600") as server:
        children = workers_of(server.process)
        server.process.send_signal(number)
        result = await wait(server.process)
    assert result == ProcessResult(0, "", "")
    assert not any(map(is_there, children))
    assert not temporary(tmp_path)


async def test_sigterm_for_all_processes_during_the_load_is_that_for_the_first(
    tmp_path: Path, free_port: int
) -> None:
    """Systemd sends it to all."""
    async with loading(tmp_path, free_port) as server:
        (reading,) = workers_of(server.process)
        os.kill(reading, signal.SIGTERM)
        await asyncio.sleep(0.3)
        assert await server.healths() == {HEALTH.NOT_SERVING}
        server.process.terminate()
        result = await wait(server.process)
    assert result == ProcessResult(0, "", "")


@each_count
async def test_a_second_signal_during_the_load_ends_all_processes_immediately(
    tmp_path: Path, free_port: int, workers: int
) -> None:
    async with loading(tmp_path, free_port, f"--workers={workers}") as server:
        children = workers_of(server.process)
        # So that both are there when it looks.
        for number in (signal.SIGSTOP, signal.SIGTERM, signal.SIGINT, signal.SIGCONT):
            server.process.send_signal(number)
        result = await wait(server.process)
        await until(lambda: not any(map(is_there, children)))
    assert result.code in (128 + signal.SIGINT, 128 + signal.SIGTERM)
    assert not temporary(tmp_path)


async def test_sighup_during_the_load_lets_the_fleet_be_read_again_after_it(
    tmp_path: Path, free_port: int
) -> None:
    first, second = (text_of(name, tmp_path) for name in ("first", "second"))
    async with loading(tmp_path, free_port) as server:
        server.process.send_signal(signal.SIGHUP)
        await asyncio.sleep(0.3)
        server.fleet.write(first)
        await server.finish()
        assert await names(server.url) == {"first"}
        await until(lambda: len(workers_of(server.process)) == 1)  # which reads
        with await asyncio.to_thread((tmp_path / "pipe.yaml").open, "w") as again:
            again.write(second)
        await line_of(server.process, "Reloaded: ")
        assert await names(server.url) == {"second"}


async def test_findings_that_nobody_reads_keep_no_signal_waiting(
    tmp_path: Path, free_port: int
) -> None:
    """They are more than a pipe takes."""
    faulty = tmp_path / "faulty.yaml"
    inventory.write(fleet(*map(site, [1] * 1_000)), faulty)
    unread, written = os.pipe()

    def is_full() -> bool:
        waiting = array("i", [0])
        fcntl.ioctl(unread, termios.FIONREAD, waiting)
        return waiting[0] > PIPE_BYTES - select.PIPE_BUF

    with os.fdopen(unread), os.fdopen(written, "w") as stderr:
        process = await asyncio.create_subprocess_exec(
            *(COMMAND, "serve", faulty, f"--port={free_port}", "--verbose"), stderr=stderr
        )
        try:
            await until(is_full)
            async with raw_channel(f"grpc://127.0.0.1:{free_port}") as channel:
                assert await health(channel) == HEALTH.NOT_SERVING
            process.terminate()
            assert await asyncio.wait_for(process.wait(), TIME_TO_START) == 0
        finally:
            if process.returncode is None:
                process.kill()
