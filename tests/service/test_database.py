"""The database file: what it keeps, which files are refused, and errors of the database."""

import asyncio
import itertools
import logging
import re
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from importlib import resources
from pathlib import Path
from typing import Any, Final

import grpc.aio
import pytest
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from frequenz.client.common.microgrid import MicrogridId

from frequenz.client.assets import AssetsApiClient
from frequenz.client.assets.exceptions import InternalError
from frequenz.client.assets.inventory import Inventory
from frequenz.server.assets import AssetsServer, ServerSettings, StoreError

from .fleets import FLEET, component, connection, fleet, site
from .raw import CALLS, COMPONENTS, CONNECTIONS, MICROGRID, ask, in_bytes, request, whole
from .servers import execute, faults, locked, raw_channel, slow, start_and_stop

# Typed as Any: the stubs do not know that messages can be given as dictionaries.
pb: Final[Any] = platformassets_pb2

OTHER_FLEET = fleet(site(1, [component(1), component(2)], [connection(1, 2)]), site(9))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "fleet.db"


@contextmanager
def breaking_inserts(file: Path) -> Iterator[None]:
    """Make every insert of a connection fail, as on a full disk."""
    execute(
        file,
        "CREATE TRIGGER full BEFORE INSERT ON connection"
        " BEGIN SELECT RAISE(ABORT, 'no space'); END",
    )
    yield
    execute(file, "DROP TRIGGER full")


def relation(gridpool: int, location: str) -> Any:
    return pb.MarketTopologyRelation(
        gridpool_id=gridpool,
        market_location_ref={"market_location_id": {"id": {"value": location}}},
    )


def server_on(file: Path, served: Inventory | None = FLEET) -> AssetsServer:
    return AssetsServer(served, ServerSettings(database=file))


async def assert_serves(server: AssetsServer, served: Inventory) -> None:
    async with raw_channel(server) as channel:
        for wanted in served.sites:
            for call in CALLS:
                answer = await ask(channel, call, request(call, wanted.microgrid.id))
                assert in_bytes(answer) == in_bytes(whole(call, wanted))


# What it keeps ------------------------------------------------------------------------------------


async def test_a_server_without_a_fleet_serves_the_content_of_the_file(file: Path) -> None:
    await start_and_stop(server_on(file))
    for _ in range(2):
        async with server_on(file, None) as server:
            await assert_serves(server, FLEET)


async def test_a_fleet_replaces_the_whole_content_of_the_file(file: Path) -> None:
    await start_and_stop(server_on(file))
    await start_and_stop(server_on(file, OTHER_FLEET))
    async with server_on(file, None) as server, raw_channel(server) as channel:
        await assert_serves(server, OTHER_FLEET)
        for gone in FLEET.sites[1:]:
            with pytest.raises(grpc.aio.AioRpcError, match="There is no microgrid"):
                await ask(channel, MICROGRID, request(MICROGRID, gone.microgrid.id))


async def test_an_empty_fleet_empties_the_file(file: Path) -> None:
    await start_and_stop(server_on(file))
    await start_and_stop(server_on(file, fleet()))
    with closing(sqlite3.connect(file)) as database:
        for table in ("microgrid", "component", "connection"):
            valid = database.execute(f"SELECT count(*) FROM {table} WHERE removed IS NULL")
            assert valid.fetchone() == (0,)


async def test_a_fleet_that_cannot_be_stored_leaves_the_file_unchanged(file: Path) -> None:
    await start_and_stop(server_on(file))
    # When the first connection is inserted, the microgrids and components are already replaced.
    with breaking_inserts(file), pytest.raises(StoreError, match=r"fleet\.db: .*no space"):
        await start_and_stop(server_on(file, OTHER_FLEET))

    async with server_on(file, None) as server:
        await assert_serves(server, FLEET)


async def test_a_running_server_answers_with_the_old_fleet_or_the_new_one(file: Path) -> None:
    old, new = (
        fleet(site(1, [component(number, name=name) for number in range(500)]))
        for name in ("old", "new")
    )

    async with server_on(file, old) as running, raw_channel(running) as channel:
        wanted = request(COMPONENTS, 1)
        answers = [await ask(channel, COMPONENTS, wanted)]
        replacing = asyncio.create_task(start_and_stop(server_on(file, new)))
        while not replacing.done():
            answers.append(await ask(channel, COMPONENTS, wanted))
        await replacing
        answers.append(await ask(channel, COMPONENTS, wanted))

    first_to_last = [answer for answer, _ in itertools.groupby(answers)]
    assert first_to_last == [whole(COMPONENTS, served.sites[0]) for served in (old, new)]


async def test_a_database_of_the_first_release_finds_market_locations_as_now(file: Path) -> None:
    schema = resources.files("frequenz.server.assets._stores") / "schema/sqlite/001_inventory.sql"
    execute(file, schema.read_text(encoding="utf-8"))
    # The first release only ignored whitespace, except zero-width spaces, and U+002D.
    stored = {"DE-1": "DE1", "de\u20101": "DE\u20101", "\u200bDE\u22121": "\u200bDE\u22121"}
    relations = [relation(number, value) for number, value in enumerate(stored, start=1)]
    relations.append(relation(4, "a\\-\0"))
    relations.append(pb.MarketTopologyRelation(gridpool_id=5))
    columns = [*stored.values(), "A\\\\\\0", None]
    with closing(sqlite3.connect(file)) as database, database:
        database.executemany(
            "INSERT INTO relation (location_value, message) VALUES (?, ?)",
            zip(columns, (it.SerializeToString() for it in relations), strict=True),
        )
        database.execute(f"PRAGMA application_id = {int.from_bytes(b'FzAs')}")
        database.execute("PRAGMA user_version = 1")

    for _ in range(2):
        async with server_on(file, None) as server, raw_channel(server) as channel:
            for value, expected in (("de 1", [1, 2, 3]), ("A\\\0", [4]), (None, [1, 2, 3, 4, 5])):
                wanted = [] if value is None else [{"value": value}]
                message = pb.ListMarketTopologyRelationsRequest(
                    filter={"market_location_id_values": wanted}
                )
                reply = await ask(channel, "ListMarketTopologyRelations", message)
                assert [it.gridpool_id for it in reply.relations] == expected


async def test_a_missing_file_is_only_created_with_a_fleet(file: Path) -> None:
    for _ in range(2):
        with pytest.raises(StoreError, match=f"^{re.escape(str(file))}: no such file$"):
            await start_and_stop(server_on(file, None))

    await start_and_stop(server_on(file))
    await start_and_stop(server_on(file, None))


async def test_an_empty_file_is_only_used_with_a_fleet(file: Path) -> None:
    text_file(file.parent, "")
    for _ in range(2):
        message = f"^{re.escape(str(file))}: empty, without an inventory; give a fleet to store"
        with pytest.raises(StoreError, match=message):
            await start_and_stop(server_on(file, None))
        assert content(file) == b""

    await start_and_stop(server_on(file))
    await start_and_stop(server_on(file, None))


async def test_the_path_of_the_file_can_be_text(file: Path) -> None:
    await start_and_stop(AssetsServer(FLEET, ServerSettings(database=str(file))))

    async with (
        AssetsServer(settings=ServerSettings(database=str(file))) as server,
        AssetsApiClient(server.url) as client,
    ):
        assert [it.id for it in await client.list_microgrids()] == [
            MicrogridId(it.microgrid.id) for it in FLEET.sites
        ]


# Files that are refused ---------------------------------------------------------------------------


def text_file(folder: Path, text: str) -> Path:
    (folder / "fleet.db").write_text(text)
    return folder / "fleet.db"


def content(file: Path) -> bytes:
    return file.read_bytes()


async def assert_refused(file: Path, sentence: str) -> None:
    """Check that a file is refused and left unchanged, with a fleet and without."""
    before = content(file)
    for served in (FLEET, None):
        with pytest.raises(StoreError, match=f"^{re.escape(str(file))}: {sentence}"):
            await start_and_stop(server_on(file, served))
        assert content(file) == before


@pytest.mark.parametrize("text", ["hi", "version: 1\nmicrogrids: []\n" * 1000])
async def test_a_file_that_is_not_a_database_is_refused(tmp_path: Path, text: str) -> None:
    file = text_file(tmp_path, text)

    await assert_refused(file, "the file is damaged, or not a database: file is not a database")


async def test_a_database_of_a_newer_release_is_refused(file: Path) -> None:
    await start_and_stop(server_on(file))
    execute(file, "PRAGMA user_version = 999")

    await assert_refused(file, "not an Assets database, or one of a newer release")


@pytest.mark.parametrize("version", [0, 1, 999, -1])
async def test_a_database_of_another_program_is_refused(file: Path, version: int) -> None:
    execute(file, f"CREATE TABLE invoice (id INTEGER); PRAGMA user_version = {version}")

    await assert_refused(file, "not an Assets database, or one of a newer release")


@pytest.mark.parametrize("where", [".", "missing/fleet.db"])
async def test_a_path_that_cannot_be_a_file_is_refused(tmp_path: Path, where: str) -> None:
    with pytest.raises(StoreError, match=re.escape(str(tmp_path / where))):
        await start_and_stop(server_on(tmp_path / where))


async def test_a_refused_file_can_be_used_once_it_is_repaired(tmp_path: Path) -> None:
    file = text_file(tmp_path, "")
    execute(file, "PRAGMA user_version = 999")
    server = server_on(file)
    with pytest.raises(StoreError):
        await start_and_stop(server)

    execute(file, "PRAGMA user_version = 0")
    async with server:
        await assert_serves(server, FLEET)


# Errors of the database ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "failing"),
    [("microgrid", CALLS), ("component", [COMPONENTS]), ("connection", [CONNECTIONS])],
)
async def test_an_error_goes_to_the_log_and_the_caller_only_gets_its_id(
    file: Path, caplog: pytest.LogCaptureFixture, table: str, failing: list[str]
) -> None:
    async with server_on(file) as server, raw_channel(server) as channel:
        execute(file, f"DROP TABLE {table}")
        for call in failing:
            caplog.clear()
            with pytest.raises(grpc.aio.AioRpcError) as failed:
                await ask(channel, call, request(call, 1))

            assert failed.value.code() is grpc.StatusCode.INTERNAL
            details = re.fullmatch(
                r"Internal error ([0-9a-f]{32}); the log of the server has the details\.",
                failed.value.details() or "",
            )
            assert details
            (record,) = faults(caplog)
            assert record.levelno == logging.ERROR
            assert record.getMessage() == f"Error {details[1]}: {call} failed"
            assert f"sqlite3.OperationalError: no such table: {table}" in caplog.text
            assert "Traceback" in caplog.text


async def test_each_error_has_its_own_id(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with server_on(file) as server, AssetsApiClient(server.url) as client:
        execute(file, "DROP TABLE microgrid")
        for _ in range(3):
            with pytest.raises(InternalError):
                await client.get_microgrid(MicrogridId(1))

    assert len({record.getMessage() for record in faults(caplog)}) == 3


async def test_an_error_of_one_rpc_does_not_affect_the_others(file: Path) -> None:
    (wanted, *_) = FLEET.sites
    async with server_on(file) as server, raw_channel(server) as channel:
        execute(file, "DROP TABLE component")
        with pytest.raises(grpc.aio.AioRpcError):
            await ask(channel, COMPONENTS, request(COMPONENTS, 1))

        for call in (MICROGRID, CONNECTIONS):
            assert await ask(channel, call, request(call, 1)) == whole(call, wanted)


async def test_calls_work_again_when_the_database_is_repaired(file: Path) -> None:
    async with server_on(file) as server:
        execute(file, "ALTER TABLE component RENAME TO hidden")
        async with raw_channel(server) as channel:
            with pytest.raises(grpc.aio.AioRpcError):
                await ask(channel, COMPONENTS, request(COMPONENTS, 1))
        execute(file, "ALTER TABLE hidden RENAME TO component")

        await assert_serves(server, FLEET)


async def test_a_caller_that_gives_up_is_not_an_error(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with server_on(file) as server, raw_channel(server) as channel:
        with slow(file):
            for _ in range(5):
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.02):
                        await ask(channel, MICROGRID, request(MICROGRID, 1))
        await assert_serves(server, FLEET)

    assert not faults(caplog)


# A slow database ----------------------------------------------------------------------------------

LONGEST_PAUSE = 2.0
"""Longer than a busy machine needs to return to a task, and shorter than the time for which SQLite
waits for a lock, and an event loop with it if it is blocked, in s.
"""


@pytest.fixture
async def pauses() -> AsyncIterator[list[float]]:
    """How long the event loop took to return to a task that wakes up all the time, in s."""
    waited: list[float] = []

    async def tick() -> None:
        last = time.monotonic()
        while True:
            await asyncio.sleep(0.01)
            now = time.monotonic()
            waited.append(now - last)
            last = now

    ticking = asyncio.create_task(tick())
    yield waited
    ticking.cancel()


async def test_the_event_loop_is_not_blocked_while_calls_wait_for_the_database(
    file: Path, pauses: list[float]
) -> None:
    async with server_on(file) as server, raw_channel(server) as channel:
        with slow(file):
            waiting = [
                asyncio.create_task(ask(channel, call, request(call, 1))) for call in CALLS * 3
            ]
            await asyncio.sleep(0.3)
            assert not any(call.done() for call in waiting)
            assert max(pauses) < LONGEST_PAUSE

        await asyncio.gather(*waiting)


async def test_the_event_loop_is_not_blocked_while_a_server_waits_for_the_database(
    file: Path, pauses: list[float]
) -> None:
    await start_and_stop(server_on(file))
    with locked(file):
        starting = asyncio.create_task(start_and_stop(server_on(file, OTHER_FLEET)))
        await asyncio.sleep(0.3)
        assert not starting.done()
        assert max(pauses) < LONGEST_PAUSE

    await starting
