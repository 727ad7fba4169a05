"""A nonce counts once: in memory, in a file and in a PostgreSQL database."""

import asyncio
import itertools
import sqlite3
import stat
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing, suppress
from pathlib import Path
from typing import Final, TypeAlias
from urllib.parse import urlsplit

import pytest

from frequenz.server.assets._callers import nonce_file
from frequenz.server.assets._callers.limits import Limits
from frequenz.server.assets._callers.nonce_batches import BatchedNonces, Nonce, NonceTable, Used
from frequenz.server.assets._callers.nonce_database import DatabaseNonces, open_nonce_table
from frequenz.server.assets._callers.nonce_file import NonceFileError, open_nonce_file
from frequenz.server.assets._callers.nonces import MemoryNonces, Nonces, Use, nonces_within
from frequenz.server.assets._stores.store import Query, UnavailableError

from ...unit.server.calls import NOW
from ..servers import fill, small_disk
from .conftest import OpenStore

MAX: Final = 1000

Open: TypeAlias = Callable[[int], Awaitable[Nonces]]


@pytest.fixture(params=["memory", "file", "postgres"])
async def open_nonces(
    request: pytest.FixtureRequest, tmp_path: Path, opened: OpenStore
) -> AsyncIterator[Open]:
    """Opens nonces, for up to a number of them."""
    async with AsyncExitStack() as stack:

        async def open_one(max_nonces: int) -> Nonces:
            nonces: Nonces
            match request.param:
                case "memory":
                    nonces = MemoryNonces(max_nonces)
                case "file":
                    nonces = await open_nonce_file(tmp_path / "nonces.db", max_nonces, 0)
                case _:
                    store = await opened(request.getfixturevalue("database_url"))
                    nonces = open_nonce_table(store, max_nonces, clock_seconds=0)
            stack.push_async_callback(nonces.close)
            return nonces

        yield open_one


async def test_a_nonce_counts_once_for_each_key(open_nonces: Open) -> None:
    nonces = await open_nonces(100)
    uses = [await nonces.use(key, "n", NOW + 300, NOW) for key in ("a", "a", "b", "a", "b")]

    assert uses == [Use.FIRST, Use.REPEATED, Use.FIRST, Use.REPEATED, Use.REPEATED]


async def test_of_many_uses_at_the_same_time_one_counts(open_nonces: Open) -> None:
    nonces = await open_nonces(100)

    uses = await asyncio.gather(*(nonces.use("a", "n", NOW + 300, NOW) for _ in range(50)))

    assert sorted(uses, key=lambda use: use.value) == [Use.FIRST, *[Use.REPEATED] * 49]


@pytest.mark.parametrize("until", [NOW - 300, NOW, NOW + 300, NOW + 0.9])
async def test_a_nonce_is_remembered_until_its_call_is_too_old(
    open_nonces: Open, until: float
) -> None:
    nonces = await open_nonces(1)
    start = until - 300
    assert await nonces.use("a", "n", until, start) is Use.FIRST
    for moment in (start, start + 150, until):
        assert await nonces.use("a", "n", until, moment) is Use.REPEATED
        assert await nonces.use("a", "m", until, moment) is Use.FULL
    assert await nonces.use("a", "m", until + 600, until + 3) is Use.FIRST


async def test_a_probe_uses_none_and_forgets_old_ones(open_nonces: Open) -> None:
    nonces = await open_nonces(100)
    await nonces.use("a", "n", NOW, NOW)
    for now, expected in ((NOW, 1), (NOW + 3, 0)):
        await nonces.probe(now)
        assert len(nonces) == expected


async def test_full_nonces_refuse_new_ones_and_forget_none(open_nonces: Open) -> None:
    nonces = await open_nonces(16)
    first = [(f"key{index % 8}", str(index)) for index in range(16)]
    assert {await nonces.use(*it, NOW + 300, NOW) for it in first} == {Use.FIRST}

    assert await nonces.use("another", "n", NOW + 300, NOW) is Use.FULL
    assert {await nonces.use(*it, NOW + 300, NOW) for it in first} == {Use.REPEATED}


async def test_a_key_cannot_fill_the_space_of_others(open_nonces: Open) -> None:
    nonces = await open_nonces(16)
    uses = [await nonces.use("greedy", str(index), NOW + 300, NOW) for index in range(20)]

    assert uses == [Use.FIRST] * 2 + [Use.FULL] * 18
    assert await nonces.use("polite", "n", NOW + 300, NOW) is Use.FIRST


async def test_a_key_has_space_again_when_its_nonces_are_too_old(open_nonces: Open) -> None:
    nonces = await open_nonces(16)
    for start in range(NOW, NOW + 3000, 600):
        uses = [await nonces.use("a", str(index), start + 300, start) for index in range(3)]
        assert uses == [Use.FIRST, Use.FIRST, Use.FULL]
        assert len(nonces) == 2


class Busy:
    """A table that calls something while it is written."""

    def __init__(self, table: NonceTable, written: Callable[[], Awaitable[None]]) -> None:
        self._table = table
        self._written = written
        self.is_closed = False

    async def use(self, nonces: Sequence[Nonce], now: int) -> Used:
        await self._written()
        return await self._table.use(nonces, now)

    async def close(self) -> None:
        self.is_closed = True
        await self._table.close()


async def test_nonces_are_forgotten_while_calls_never_cease(
    database_url: str, opened: OpenStore
) -> None:
    """During each transaction, the next call comes, a minute later."""
    uses: list[asyncio.Task[Use]] = []

    async def call() -> None:
        if len(uses) < 40:
            now = NOW + 60 * len(uses)
            uses.append(asyncio.create_task(nonces.use("a", str(now), now + 300, now)))
            await asyncio.sleep(0)

    table = DatabaseNonces(await opened(database_url), 100, clock_seconds=0)
    nonces = BatchedNonces(Busy(table, call))
    await call()
    while not all(use.done() for use in uses):
        await asyncio.wait(uses)

    assert {use.result() for use in uses} == {Use.FIRST}
    assert len(nonces) <= 8


async def test_a_replay_that_waits_for_a_slow_table_is_refused(
    database_url: str, opened: OpenStore
) -> None:
    """Its nonce still counted when it was checked; a call a minute later is in the same batch."""
    table = DatabaseNonces(await opened(database_url), 100, clock_seconds=0)
    nonces = BatchedNonces(table)
    assert await nonces.use("a", "n", NOW, NOW - 300) is Use.FIRST

    uses = await asyncio.gather(
        nonces.use("a", "n", NOW, NOW), nonces.use("a", "m", NOW + 360, NOW + 60)
    )

    assert [*uses] == [Use.REPEATED, Use.FIRST]


@pytest.mark.parametrize("error", [RuntimeError("unexpected"), asyncio.CancelledError()])
async def test_an_unexpected_error_ends_all_waiting(
    database_url: str, opened: OpenStore, error: BaseException
) -> None:
    uses: list[asyncio.Task[Use]] = []

    def call(nonce: str) -> None:
        uses.append(asyncio.create_task(nonces.use("a", nonce, NOW + 300, NOW)))

    async def fail() -> None:
        if len(uses) < 2:
            call("during the transaction")
            await asyncio.sleep(0)
        raise error

    table = Busy(DatabaseNonces(await opened(database_url), 100), fail)
    nonces = BatchedNonces(table)
    call("first")
    await asyncio.wait(uses, timeout=5)
    await asyncio.wait(uses, timeout=5)
    with suppress(asyncio.CancelledError):
        await nonces.close()

    results = await asyncio.wait_for(asyncio.gather(*uses, return_exceptions=True), timeout=5)
    assert [type(result) for result in results] == [type(error)] * 2
    assert table.is_closed


async def test_there_is_space_for_all_that_eight_keys_may_call(open_nonces: Open) -> None:
    limits, tolerance = Limits(calls_per_second=2, burst=10), 20
    nonces = await open_nonces(nonces_within(limits, tolerance))
    count = itertools.count()
    for second in range(0, 100, 5):
        calls = 2 * 5 if second else 10
        now = NOW + second
        uses = await asyncio.gather(
            *(
                nonces.use(f"key{key}", str(next(count)), now + tolerance, now)
                for key in range(8)
                for _ in range(calls)
            )
        )
        assert {*uses} == {Use.FIRST}


async def test_servers_of_a_database_share_its_nonces(database_url: str, opened: OpenStore) -> None:
    """They use the same ones at the same time, each in another order."""
    servers = [open_nonce_table(await opened(database_url), MAX) for _ in range(3)]
    numbers = [str(index) for index in range(200)]
    orders = numbers, numbers[::-1], numbers[100:] + numbers[:100]

    uses = await asyncio.gather(
        *(
            nonces.use(f"key{number[-1]}", number, NOW + 300, NOW)
            for nonces, order in zip(servers, orders, strict=True)
            for number in order
        )
    )

    assert uses.count(Use.FIRST) == 200
    assert uses.count(Use.REPEATED) == 400
    assert await servers[0].use("key0", "new", NOW + 300, NOW) is Use.FIRST
    assert len(servers[0]) == 201


@pytest.mark.parametrize(("is_kept", "expected"), [(True, Use.REPEATED), (False, Use.FIRST)])
async def test_of_two_servers_at_the_same_moment_one_waits_for_the_other(
    database_url: str, opened: OpenStore, is_kept: bool, expected: Use
) -> None:
    """The nonce that the other one writes cannot be seen when the statement begins."""
    store, nonces = await opened(database_url), open_nonce_table(await opened(database_url), MAX)
    async with store.transaction() as transaction:
        await transaction.insert("nonce", ("key", "nonce", "until"), [("a", "n", NOW + 300)])
        using = asyncio.create_task(nonces.use("a", "n", NOW + 300, NOW))
        await asyncio.sleep(0.5)
        assert not using.done()
        if not is_kept:
            await transaction.roll_back()
    assert await using is expected


async def test_a_clock_that_is_ahead_forgets_nothing_that_others_accept(
    database_url: str, opened: OpenStore
) -> None:
    store = await opened(database_url)
    ahead, nonces = open_nonce_table(store, MAX), open_nonce_table(store, MAX)
    assert await nonces.use("a", "n", NOW, NOW) is Use.FIRST
    assert await ahead.use("a", "other", NOW + 350, NOW + 50) is Use.FIRST
    assert await nonces.use("a", "n", NOW, NOW) is Use.REPEATED
    assert await ahead.use("a", "another", NOW + 400, NOW + 62) is Use.FIRST
    assert await store.run(Query("SELECT nonce FROM nonce ORDER BY nonce")) == [
        ("another",),
        ("other",),
    ]


async def test_counts_are_locked_in_the_order_of_the_keys(
    database_url: str, opened: OpenStore
) -> None:
    """Whoever forgets nonces waits for the count of a key only with those of earlier keys."""
    store, other = await opened(database_url), await opened(database_url)
    table = DatabaseNonces(store, 1000, clock_seconds=0)
    keys = [*"qwertzuiopasdfghjklyxcvbnm"]
    for key in keys:
        await table.use([Nonce(key, "n", NOW)], NOW)

    async with other.transaction() as transaction:
        await transaction.fetch(Query("SELECT key FROM nonce_count WHERE key = 'm' FOR UPDATE"))
        using = asyncio.create_task(table.use([Nonce("a", "new", NOW + 600)], NOW + 300))
        await asyncio.sleep(0.5)
        assert not using.done()
        free = Query("SELECT key FROM nonce_count WHERE key <> 'm' FOR UPDATE SKIP LOCKED")
        assert {key for (key,) in await store.run(free)} == {key for key in keys if key > "m"}

    assert (await using).uses == [Use.FIRST]
    counts = await store.run(Query("SELECT key, nonces FROM nonce_count"))
    assert [tuple(count) for count in counts] == [("a", 1)]


@asynccontextmanager
async def losing_answers(host: str, port: int, content: bytes) -> AsyncIterator[int]:
    """Pass on to a server, but end the connection instead of the first answer with some content."""
    has_lost = False

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal has_lost
        while data := await reader.read(2**16):
            if content in data and b"SELECT " in data and not has_lost:
                has_lost = True
                break
            writer.write(data)
        writer.close()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server = await asyncio.open_connection(host, port)
        copying = [asyncio.create_task(copy(reader, server[1]))]
        copying.append(asyncio.create_task(copy(server[0], writer)))
        await asyncio.wait(copying)

    async with await asyncio.start_server(connected, "127.0.0.1", 0) as proxy:
        yield proxy.sockets[0].getsockname()[1]
    assert has_lost


async def test_a_nonce_whose_answer_was_lost_is_not_used_again(
    database_url: str, opened: OpenStore
) -> None:
    """The caller gets UNAVAILABLE, and can sign another call; a repeat would refuse it for ever."""
    at = urlsplit(database_url)
    async with losing_answers(str(at.hostname), int(at.port or 0), b"the nonce") as port:
        through = database_url.replace(f":{at.port}", f":{port}")
        store = await opened(through)
        nonces = open_nonce_table(store, MAX)
        assert await nonces.use("a", "first", NOW + 300, NOW) is Use.FIRST
        with pytest.raises(UnavailableError, match="the connection is lost"):
            await nonces.use("a", "the nonce", NOW + 300, NOW)
        assert await nonces.use("a", "the nonce", NOW + 300, NOW) is Use.REPEATED
        await store.close()


async def test_a_process_forgets_nothing_that_waits_in_another_one(tmp_path: Path) -> None:
    """A replay that was accepted in time waits for the file; meanwhile, another call is written."""
    waiting, other = [await open_nonce_file(tmp_path / "nonces.db", MAX) for _ in range(2)]
    assert await other.use("a", "n", NOW, NOW - 300) is Use.FIRST
    assert await other.use("a", "m", NOW + 310, NOW + 10) is Use.FIRST
    assert await waiting.use("a", "n", NOW, NOW) is Use.REPEATED
    assert await other.use("a", "o", NOW + 400, NOW + 100) is Use.FIRST
    assert len(other) == 2
    for nonces in (waiting, other):
        await nonces.close()


async def test_nonces_in_memory_are_bounded() -> None:
    nonces = MemoryNonces(100)
    for index in range(2000):
        await nonces.use(f"key{index}", "n", NOW + index + 300, NOW + index)
        assert len(nonces) <= 100


async def test_a_file_is_shared_by_processes_and_outlives_them(tmp_path: Path) -> None:
    """The process is killed right after its last use."""
    file = tmp_path / "nonces.db"
    program = f"""
import asyncio, os, pathlib
from frequenz.server.assets._callers.nonce_file import open_nonce_file
async def main():
    nonces = await open_nonce_file(pathlib.Path({str(file)!r}), {MAX})
    for index in range(50):
        print((await nonces.use("a", str(index), {NOW + 300}, {NOW})).name, flush=True)
    os.kill(os.getpid(), 9)
asyncio.run(main())
"""
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE
        )
        for _ in range(2)
    ]
    outputs = [(await process.communicate())[0].decode().split() for process in processes]

    assert (
        sorted([use for output in outputs for use in output]) == ["FIRST"] * 50 + ["REPEATED"] * 50
    )
    nonces = await open_nonce_file(file, MAX)
    uses = {await nonces.use("a", str(index), NOW + 300, NOW) for index in range(50)}
    await nonces.close()
    assert uses == {Use.REPEATED}


async def test_the_log_of_a_file_does_not_grow_while_calls_never_cease(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nonce_file, "_MAX_PAGES", 100)
    nonces = await open_nonce_file(tmp_path / "nonces.db", 500 * MAX)
    for now in range(NOW, NOW + 500):
        calls = (nonces.use(f"key{key}", f"{now} {key}", now + 300, now) for key in range(50))
        assert {*await asyncio.gather(*calls)} == {Use.FIRST}
    log = await asyncio.to_thread((tmp_path / "nonces.db-wal").stat)
    await nonces.close()
    # 107 MiB if nothing is moved into the file, which a thread does that waits while others run.
    assert log.st_size < 20 * 2**20


async def test_servers_start_at_once_on_one_new_file(tmp_path: Path) -> None:
    for number in range(10):
        opening = (open_nonce_file(tmp_path / f"{number}.db", MAX) for _ in range(4))
        for nonces in await asyncio.gather(*opening):
            await nonces.close()


def _modes(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


async def test_a_file_can_be_read_by_its_owner_only(tmp_path: Path) -> None:
    nonces = await open_nonce_file(tmp_path / "nonces.db", MAX)
    await nonces.use("a", "n", NOW, NOW)
    modes = await asyncio.to_thread(_modes, tmp_path)
    await nonces.close()

    assert modes.keys() >= {"nonces.db", "nonces.db-wal"}
    assert {*modes.values()} == {0o600}


@pytest.mark.parametrize("content", ["text", "folder", "missing", "foreign"])
async def test_a_file_that_cannot_be_used_is_an_error_that_names_it(
    tmp_path: Path, content: str
) -> None:
    file = tmp_path / "nonces.db"
    match content:
        case "text":
            file.write_text("not a database " * 100)
        case "folder":
            file.mkdir()
        case "missing":
            file = tmp_path / "missing" / "nonces.db"
        case "foreign":
            with closing(sqlite3.connect(file)) as connection:
                connection.execute("CREATE TABLE other (id)")

    before = file.read_bytes() if file.is_file() else b""
    with pytest.raises(NonceFileError, match=r"nonces\.db"):
        await open_nonce_file(file, MAX)
    assert (file.read_bytes() if file.is_file() else b"") == before


async def test_a_probe_fails_when_the_disk_is_full(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "300k") as disk:
        nonces = await open_nonce_file(disk / "nonces.db", MAX)
        assert await nonces.use("a", "n", NOW + 300, NOW) is Use.FIRST
        fill(disk / "filler")
        with pytest.raises(NonceFileError, match="database or disk is full"):
            for _ in range(100):
                await nonces.probe(NOW)
        (disk / "filler").unlink()
        await nonces.probe(NOW)
        assert await nonces.use("a", "n", NOW + 300, NOW) is Use.REPEATED
        await nonces.close()


async def test_a_file_that_cannot_be_used_any_more_is_an_error_that_names_it(
    tmp_path: Path,
) -> None:
    nonces = await open_nonce_file(tmp_path / "nonces.db", MAX)
    with closing(sqlite3.connect(tmp_path / "nonces.db")) as connection:
        connection.execute("DROP TABLE nonce")
    with pytest.raises(NonceFileError, match=r"nonces\.db: cannot remember nonces: no such table"):
        await nonces.use("a", "n", NOW, NOW)
    await nonces.close()
