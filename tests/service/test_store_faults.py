"""What a server does about its database when something is wrong with it, or with its reader."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import grpc
import pytest
from frequenz.client.common.microgrid import MicrogridId
from grpc_health.v1 import health_pb2, health_pb2_grpc

from frequenz.client.assets import AssetsApiClient, CallPolicy, inventory
from frequenz.client.assets.inventory import Inventory
from frequenz.server.assets import AssetsServer, ServerSettings, StoreError
from frequenz.server.assets._callers import Nonces
from frequenz.server.assets._callers.nonce_file import open_nonce_file
from frequenz.server.assets._operation.health import Health, keep_health
from frequenz.server.assets._stores import open_store, pages, replace

from .fleets import FLEET, big_fleet, component, fleet, site
from .raw import COMPONENTS, MICROGRID, ask, request
from .servers import execute, locked, raw_channel, start_and_stop, until_health_is
from .test_server_cli import COMMAND, TIME_TO_START, run, serving, until_ended, wait

SERVING: Final = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING: Final = health_pb2.HealthCheckResponse.NOT_SERVING
PATIENT: Final = CallPolicy(timeout=30, max_attempts=1_000, budget=None)
"""Five attempts with random pauses may be over at once."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "fleet.db"


def server_on(file: Path, **settings: Any) -> AssetsServer:
    return AssetsServer(FLEET, ServerSettings(database=file, **settings))


async def health_of(channel: grpc.aio.Channel) -> int:
    stub: Any = health_pb2_grpc.HealthStub(channel)
    answer = await stub.Check(health_pb2.HealthCheckRequest())
    return int(answer.status)


async def test_findings_that_nobody_reads_do_not_stop_the_server(tmp_path: Path) -> None:
    components = ", ".join("{id: 1, category: meter}" for _ in range(2_000))
    text = f"version: 1\nmicrogrids: [{{id: 1, components: [{components}]}}]\n"
    (tmp_path / "faulty.yaml").write_text(text)
    async with serving(tmp_path / "faulty.yaml", "--port=0") as (process, url):
        async with AssetsApiClient(url) as client:
            await client.get_microgrid(MicrogridId(1))
        process.terminate()
        result = await wait(process)  # reads standard error for the first time
    assert result.code == 0
    *lines, last = result.err.splitlines()
    assert len(lines) == 20
    assert last.startswith("... and ")
    assert last.endswith("; --verbose or `assets-cli check FLEET` lists them")


@pytest.mark.parametrize("workers", [1, 2])
async def test_a_log_that_nobody_reads_does_not_stop_the_server(
    tmp_path: Path, file: Path, workers: int
) -> None:
    """A pipe takes 64 KiB; each error has a traceback of about 2 KB."""
    inventory.write(FLEET, tmp_path / "fleet.yaml")
    arguments = ("--port=0", "--database", file, f"--workers={workers}")
    async with serving(tmp_path / "fleet.yaml", *arguments) as (process, url):
        execute(file, "ALTER TABLE component RENAME TO hidden")
        async with raw_channel(url) as channel:
            for _ in range(300):
                with pytest.raises(grpc.aio.AioRpcError, match="Internal error"):
                    await ask(channel, COMPONENTS, request(COMPONENTS, 1))
            assert (await ask(channel, MICROGRID, request(MICROGRID, 1))).microgrid.id == 1
        process.terminate()
        await asyncio.to_thread(until_ended, process)
        assert process.stderr
        log = (await process.stderr.read()).decode()
    assert process.returncode == 0
    assert log.count("no such table") > 20


async def test_a_filter_beyond_the_limit_is_refused_with_the_limit() -> None:
    async with AssetsServer(FLEET) as server, raw_channel(server) as channel:
        allowed = request(COMPONENTS, 1, component_ids=range(1, 10_001))
        assert len((await ask(channel, COMPONENTS, allowed)).components) == 4
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await ask(channel, COMPONENTS, request(COMPONENTS, 1, component_ids=range(1, 10_002)))
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert refused.value.details() == (
        "filter.component_ids has 10001 values; it may have at most 10000."
    )


async def test_calls_are_answered_and_servers_start_while_another_process_changes_the_database(
    file: Path,
) -> None:
    async with server_on(file) as server, AssetsApiClient(server.url) as client:
        with locked(file):
            assert (await client.get_microgrid(MicrogridId(1))).name == "Site 1"
            await start_and_stop(AssetsServer(None, ServerSettings(database=file)))
            with pytest.raises(StoreError, match="another process is changing it"):
                await server.apply(fleet(site(9)))
        await server.apply(fleet(site(9)))
        assert [it.id for it in await client.list_microgrids()] == [MicrogridId(9)]


async def test_a_database_that_is_not_available_is_tried_again_by_clients(tmp_path: Path) -> None:
    folder, away = tmp_path / "here", tmp_path / "away"
    folder.mkdir()
    await start_and_stop(server_on(folder / "fleet.db"))
    async with AssetsServer(None, ServerSettings(database=folder / "fleet.db")) as server:
        folder.rename(away)  # before any query: readers connect when they are needed
        async with (
            raw_channel(server) as channel,
            AssetsApiClient(server.url, policy=PATIENT) as client,
        ):
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await ask(channel, MICROGRID, request(MICROGRID, 1))
            assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
            waiting = asyncio.create_task(client.get_microgrid(MicrogridId(1)))
            await asyncio.sleep(0.2)
            assert not waiting.done()
            away.rename(folder)
            assert (await waiting).name == "Site 1"


@asynccontextmanager
async def probed(
    file: Path, content: Inventory = FLEET, nonces: Nonces | None = None
) -> AsyncIterator[Any]:
    """Probe a store all the time; yield a function that waits until the health is so."""
    store, health = await open_store(file), Health()
    await replace(store, content)
    health.report(is_serving=True)
    probing = asyncio.create_task(keep_health(health, store, nonces, seconds=0.01))

    yield partial(until_health_is, health)
    probing.cancel()
    await store.close()


TABLES: Final = ["microgrid", "component", "relation", "participation", "revision"]


@pytest.mark.parametrize("table", TABLES)
async def test_the_health_knows_that_a_table_is_missing(file: Path, table: str) -> None:
    async with probed(file) as until:
        await until(SERVING)
        execute(file, f"ALTER TABLE {table} RENAME TO hidden")
        await until(NOT_SERVING)
        execute(file, f"ALTER TABLE hidden RENAME TO {table}")
        await until(SERVING)


async def test_the_health_knows_that_nonces_are_not_remembered(file: Path, tmp_path: Path) -> None:
    nonce_file = tmp_path / "nonces"
    nonces = await open_nonce_file(nonce_file, 1000)
    async with probed(file, nonces=nonces) as until:
        await until(SERVING)
        execute(nonce_file, "ALTER TABLE nonce RENAME TO hidden")
        await until(NOT_SERVING)
        execute(nonce_file, "ALTER TABLE hidden RENAME TO nonce")
        await until(SERVING)
    await nonces.close()


@pytest.mark.parametrize("table", TABLES)
async def test_a_database_without_a_table_is_refused(file: Path, table: str) -> None:
    await start_and_stop(server_on(file))
    execute(file, f"DROP TABLE {table}")
    with pytest.raises(StoreError, match=f"has no table {table}$"):
        await start_and_stop(AssetsServer(None, ServerSettings(database=file)))


def damage(file: Path) -> bytes:
    """Damage two pages in the middle of a file; return what it had."""
    data = file.read_bytes()
    with file.open("r+b") as opened:
        opened.seek(len(data) // 2)
        opened.write(b"\xff" * 8192)
    return data


async def test_a_database_with_damaged_pages_is_refused(file: Path) -> None:
    await start_and_stop(AssetsServer(big_fleet(2_000, 50), ServerSettings(database=file)))
    damage(file)
    with pytest.raises(StoreError, match="the file is damaged"):
        await start_and_stop(AssetsServer(None, ServerSettings(database=file)))


DAMAGED: Final = big_fleet(2_000, 50)


async def test_callers_of_damaged_pages_get_an_error_and_others_an_answer(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await start_and_stop(AssetsServer(DAMAGED, ServerSettings(database=file)))
    async with AssetsServer(None, ServerSettings(database=file)) as server:
        damage(file)
        async with raw_channel(server) as channel:
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await ask(channel, COMPONENTS, request(COMPONENTS, 1))
            assert (await ask(channel, MICROGRID, request(MICROGRID, 1))).microgrid.id == 1
    assert refused.value.code() is grpc.StatusCode.INTERNAL
    assert "the file is damaged; restore it from a copy" in caplog.text


async def test_the_health_knows_that_pages_are_damaged(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "_SECONDS", 0.05)
    monkeypatch.setattr(pages, "_TIMES_AS_LONG", 1)
    async with probed(file, DAMAGED) as until:
        await until(SERVING)
        execute(file, "PRAGMA wal_checkpoint(TRUNCATE)")
        data = damage(file)
        await until(NOT_SERVING)
        with file.open("r+b") as opened:
            opened.write(data)
        await until(SERVING)


async def test_a_check_of_pages_does_not_hold_up_the_end(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "_SECONDS", 0.0)
    store = await open_store(file)
    await replace(store, DAMAGED)
    slow_check = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000)"
        " SELECT count(*) FROM n"
    )
    monkeypatch.setattr(pages, "_CHECK", slow_check)
    probing = asyncio.create_task(store.probe())
    await asyncio.sleep(0.3)
    assert not probing.done()
    async with asyncio.timeout(10):
        await store.close()
    with pytest.raises(StoreError, match="interrupted"):
        await probing


async def test_four_servers_start_at_once_on_one_new_database(tmp_path: Path, file: Path) -> None:
    (tmp_path / "fleet.yaml").write_text("version: 1\nmicrogrids: [{id: 1}]\n")
    started = [
        await asyncio.create_subprocess_exec(
            COMMAND,
            *("serve", tmp_path / "fleet.yaml", "--port=0", "--database", file),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for _ in range(4)
    ]
    urls = []
    for process in started:
        assert process.stdout
        async with asyncio.timeout(TIME_TO_START):
            urls.append(await process.stdout.readline())
        process.terminate()
    results = [await wait(process) for process in started]
    assert [it.code for it in results] == [0] * 4, results
    assert all(url.startswith(b"grpc://") for url in urls)
    history = await run("history", "--database", file)
    assert len(history.out.splitlines()) == 2  # a title, and one revision


async def until_open(port: int) -> None:
    """Wait until something listens; gRPC would wait longer after a refusal."""
    async with asyncio.timeout(TIME_TO_START):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionError:
                await asyncio.sleep(0.002)
            else:
                writer.close()
                return


async def test_while_it_loads_a_server_is_not_healthy_and_calls_are_tried_again(
    file: Path, free_port: int
) -> None:
    await start_and_stop(server_on(file))
    loading = big_fleet(30_000, 10)
    server = AssetsServer(loading, ServerSettings(database=file, port=free_port))
    seen, codes = set(), set()
    starting = asyncio.create_task(server.start())
    await until_open(free_port)
    async with raw_channel(f"grpc://127.0.0.1:{free_port}?ssl=false") as channel:
        while not starting.done():
            try:
                seen.add(await health_of(channel))
                await ask(channel, MICROGRID, request(MICROGRID, 1))
            except grpc.aio.AioRpcError as error:
                codes.add((error.code(), error.details()))
            await asyncio.sleep(0.005)
        await starting
        assert await health_of(channel) == SERVING
        found = await ask(channel, COMPONENTS, request(COMPONENTS, 1))
        await server.stop()
    assert len(found.components) == len(loading.sites[0].components)
    assert NOT_SERVING in seen
    text = "The inventory is being loaded; try again later."
    assert (grpc.StatusCode.UNAVAILABLE, text) in codes


async def test_the_first_error_is_shown_when_the_disk_is_full(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await open_store(file)
    await replace(store, FLEET)
    # A limit of the connection that writes: the error is that of a full disk.
    writer: Any = store._writer  # type: ignore[attr-defined]
    (pages,) = writer.execute("PRAGMA page_count").fetchone()
    writer.execute(f"PRAGMA max_page_count = {pages}")
    sites = (site(number, [component(1, name="n" * 500)]) for number in range(2, 2_000))
    with pytest.raises(StoreError, match=r"no space is left.*: database or disk is full$"):
        await replace(store, fleet(*sites))
    await store.close()
    async with (
        AssetsServer(None, ServerSettings(database=file)) as server,
        AssetsApiClient(server.url) as client,
    ):
        assert len(await client.list_microgrids()) == len(FLEET.sites)
