"""`assets-server serve --workers`: processes that serve the same database on one port."""

import asyncio
import multiprocessing
import os
import re
import signal
from dataclasses import replace
from pathlib import Path
from typing import Final

import grpc
import pytest

from frequenz.client.assets import inventory
from frequenz.server.assets import ServerSettings, _workers
from frequenz.server.assets._callers.keys import NewKey, new_key
from frequenz.server.assets._operation.loaded import Loaded

from .fleets import FLEET, fleet, site
from .keys import OURS, TWO_ENTERPRISES, KeyFolder, answer, sent_by
from .processes import line_of, until, workers_of
from .raw import MICROGRID, ask, request
from .servers import store_fleet
from .test_metrics import scrape
from .test_server_cli import TIME_TO_START, invoke, run, serving, short_timeout, wait

WORKERS: Final = 2


def temporary(folder: Path) -> list[Path]:
    return [*folder.glob("assets-server-*")]


def is_there(number: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False


async def names(url: str) -> set[str]:
    """Ask by many connections, so that every worker answers some."""
    found = set()
    for _ in range(16):
        options = [("grpc.use_local_subchannel_pool", 1)]
        address = url.removeprefix("grpc://").partition("?")[0]
        async with grpc.aio.insecure_channel(address, options=options) as channel:
            reply = await ask(channel, MICROGRID, request(MICROGRID, 1))
            found.add(reply.microgrid.name)
    return found


@pytest.fixture
def fleet_file(tmp_path: Path) -> Path:
    inventory.write(FLEET, tmp_path / "fleet.yaml")
    return tmp_path / "fleet.yaml"


async def test_a_worker_that_is_killed_is_replaced_and_a_signal_ends_all_in_order(
    fleet_file: Path, tmp_path: Path
) -> None:
    async with serving(*(fleet_file, "--port=0", f"--workers={WORKERS}"), TMPDIR=str(tmp_path)) as (
        process,
        url,
    ):
        first, second = workers_of(process)
        (shared,) = temporary(tmp_path)
        os.kill(first, signal.SIGKILL)
        await until(lambda: len({*workers_of(process)} - {first}) == WORKERS)
        assert second in workers_of(process)
        assert await names(url) == {"Site 1"}
        await until(lambda: len(workers_of(process)) == WORKERS)
        left = workers_of(process)
        process.terminate()
        result = await wait(process)

    assert result.code == 0
    assert "A worker has ended (SIGKILL); starting another one" in result.err
    assert "Traceback" not in result.err
    assert not any(map(is_there, left))
    assert not shared.exists()


async def test_a_second_signal_ends_all_immediately(fleet_file: Path, tmp_path: Path) -> None:
    async with serving(
        *(fleet_file, "--port=0", "--workers=2", "--pause=600"), TMPDIR=str(tmp_path)
    ) as (process, url):
        assert await names(url) == {"Site 1"}
        workers = workers_of(process)
        process.terminate()
        await asyncio.sleep(0.3)
        assert all(map(is_there, workers))
        process.terminate()
        result = await wait(process)

    assert result.code == 128 + signal.SIGTERM
    await until(lambda: not any(map(is_there, workers)))
    assert not temporary(tmp_path)


async def test_workers_end_with_the_first_process(fleet_file: Path, tmp_path: Path) -> None:
    async with serving(*(fleet_file, "--port=0", "--workers=2"), TMPDIR=str(tmp_path)) as (
        process,
        _,
    ):
        workers = workers_of(process)
        process.kill()
        await until(lambda: not any(map(is_there, workers)))


async def test_changes_are_seen_by_all_workers(fleet_file: Path, tmp_path: Path) -> None:
    database = tmp_path / "fleet.db"
    async with serving(fleet_file, "--port=0", "--workers=2", "--database", database) as (
        process,
        url,
    ):
        assert await names(url) == {"Site 1"}
        renamed = site(1)
        renamed.microgrid.name = "imported"
        inventory.write(fleet(renamed), tmp_path / "new.yaml")
        result = await run(
            "import", tmp_path / "new.yaml", "--database", database, "--merge", "--no-check"
        )
        assert result.code == 0, result.err
        assert await names(url) == {"imported"}

        process.send_signal(signal.SIGHUP)
        async with asyncio.timeout(TIME_TO_START):
            while await names(url) != {"Site 1"}:  # noqa: ASYNC110 - the same
                await asyncio.sleep(0.1)


async def test_a_nonce_counts_once_across_workers(
    fleet_file: Path, folder: KeyFolder, ours: NewKey
) -> None:
    sent = sent_by(ours, MICROGRID)
    async with serving(
        *(fleet_file, "--port=0", "--workers=2", "--keys", folder.keys),
        *("--encryption-key", folder.encryption_key),
    ) as (_, url):
        # Each on a connection of its own, so that both workers get some.
        answers = [
            await answer(url, MICROGRID, request(MICROGRID, 1).SerializeToString(), sent)
            for _ in range(12)
        ]

    # This microgrid belongs to nobody, so that the call is refused after its nonce was taken.
    assert [it.status for it in answers] == [
        grpc.StatusCode.NOT_FOUND,
        *[grpc.StatusCode.UNAUTHENTICATED] * 11,
    ]


@pytest.mark.parametrize("option", ["health", "reflection"])
async def test_workers_share_other_addresses_too(
    fleet_file: Path, free_port: int, option: str
) -> None:
    async with serving(
        fleet_file, "--port=0", "--workers=2", f"--{option}=127.0.0.1:{free_port}"
    ) as (process, url):
        assert await names(url) == {"Site 1"}
        assert len(workers_of(process)) == WORKERS


async def test_a_port_in_use_changes_no_database(fleet_file: Path, tmp_path: Path) -> None:
    database = tmp_path / "fleet.db"
    async with serving(fleet_file, "--port=0", "--database", database) as (_, url):
        port = re.search(r":(\d+)\?", url)
        assert port
        inventory.write(fleet(site(9)), tmp_path / "other.yaml")
        for workers in (1, 2):
            result = await run(
                *("serve", tmp_path / "other.yaml", f"--port={port[1]}"),
                *(f"--workers={workers}", "--database", database),
            )
            assert result.code == 1
            assert f"cannot listen on 127.0.0.1:{port[1]}: Address already in use" in result.err
        history = await run("history", "--database", database)
    assert len(history.out.splitlines()) == 2


async def test_a_worker_that_cannot_start_says_why(tmp_path: Path) -> None:
    result = await run("serve", "--port=0", "--workers=2", "--database", tmp_path / "no.db")

    assert result == (1, "", f"Error: {tmp_path}/no.db: no such file\n")


@short_timeout
def test_nonces_in_memory_need_one_worker(
    fleet_file: Path, folder: KeyFolder, ours: NewKey
) -> None:
    keys = f"--keys={folder.keys}", f"--encryption-key={folder.encryption_key}"
    result = invoke("serve", str(fleet_file), "--workers=2", "--nonces=memory", *keys)

    assert result.exit_code == 2
    assert "--nonces memory is that of one process" in result.stderr


async def test_a_worker_that_does_not_use_other_keys_is_replaced(
    tmp_path: Path, folder: KeyFolder, ours: NewKey
) -> None:
    inventory.write(TWO_ENTERPRISES, tmp_path / "fleet.json")
    get = request(MICROGRID, 1).SerializeToString()
    async with serving(
        *(tmp_path / "fleet.json", "--port=0", "--workers=2", "--keys", folder.keys),
        *("--encryption-key", folder.encryption_key),
    ) as (process, url):
        stopped, _ = workers_of(process)
        os.kill(stopped, signal.SIGSTOP)
        folder.replace([new_key(OURS).key])
        process.send_signal(signal.SIGHUP)
        await line_of(process, "A worker does not use what was read")
        assert str(folder.keys) in await line_of(process, "Reloaded: ")
        await until(lambda: len({*workers_of(process)} - {stopped}) == WORKERS)
        for _ in range(12):
            refused = await answer(url, MICROGRID, get, sent_by(ours, MICROGRID))
            assert refused.status is grpc.StatusCode.UNAUTHENTICATED


def test_a_worker_that_fails_while_it_serves_sends_only_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise OSError("no")

    monkeypatch.setattr(_workers, "use_loaded", fail)
    asyncio.run(store_fleet(tmp_path / "fleet.db"))
    loaded, (ours, theirs) = Loaded(None, None, None), multiprocessing.Pipe()
    ours.send((0, loaded))
    with theirs, pytest.raises(OSError, match="no"):
        _workers._serve(ServerSettings(database=tmp_path / "fleet.db"), loaded, theirs)
    assert ours.recv() == "started"
    with pytest.raises(EOFError):
        ours.recv()


async def test_a_reload_with_workers_uses_all_files_or_none(
    tmp_path: Path, folder: KeyFolder, ours: NewKey, free_port: int
) -> None:
    """The fleet is good and the keys are not; then the other way round; a worker dies between."""
    file, second = tmp_path / "fleet.json", new_key(OURS, [5])
    inventory.write(TWO_ENTERPRISES, file)
    get = request(MICROGRID, 1).SerializeToString()

    async def seen(new: NewKey) -> set[tuple[str, bool]]:
        """Return what calls by many connections got: the status, and whether it was the site."""
        found = [await answer(url, MICROGRID, get, sent_by(new, MICROGRID)) for _ in range(12)]
        return {(it.status.name, b"Site 1" in it.reply) for it in found}

    async with serving(
        *(file, "--port=0", "--workers=2", "--keys", folder.keys),
        *("--encryption-key", folder.encryption_key, f"--metrics=127.0.0.1:{free_port}"),
    ) as (process, url):
        assert await seen(ours) == {("OK", True)}
        other = replace(TWO_ENTERPRISES, sites=TWO_ENTERPRISES.sites[1:])
        inventory.write(other, file)
        folder.replace([second.key])
        replaced = folder.keys.read_bytes()
        folder.keys.write_bytes(replaced[: len(replaced) // 2])
        process.send_signal(signal.SIGHUP)
        assert str(folder.keys) in await line_of(process, "Not reloaded")
        assert await seen(ours) == {("OK", True)}

        # Other workers start as these are, not with what is broken now.
        for number in workers_of(process):
            os.kill(number, signal.SIGKILL)
            await until(lambda: number not in workers_of(process))  # noqa: B023 - awaited here
            await until(lambda: len(workers_of(process)) == WORKERS)
        async with asyncio.timeout(TIME_TO_START):
            while await seen(ours) != {("OK", True)}:
                pass

        folder.keys.write_bytes(replaced)
        file.write_text("{")
        process.send_signal(signal.SIGHUP)
        assert f"{file}:1" in await line_of(process, "Not reloaded")
        assert await seen(second) == {("UNAUTHENTICATED", False)}

        inventory.write(other, file)
        process.send_signal(signal.SIGHUP)
        assert str(file) in await line_of(process, "Reloaded: ")
        assert await seen(second) == {("NOT_FOUND", False)}
        assert await seen(ours) == {("UNAUTHENTICATED", False)}
        samples = await scrape(free_port)
    assert samples["assets_server_reloads_total", "failed"] == 2
    assert samples["assets_server_reloads_total", "applied"] == 1
