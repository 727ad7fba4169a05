"""What is particular to PostgreSQL: errors, revisions, standbys."""

import asyncio
import os
import shutil
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from frequenz.server.assets._callers.nonce_database import open_nonce_table
from frequenz.server.assets._stores import (
    CorruptError,
    ReadOnlyError,
    Store,
    StoreError,
    UnavailableError,
    open_store,
)
from frequenz.server.assets._stores.postgres import errors, hosts, pauses
from frequenz.server.assets._stores.postgres import store as engine
from frequenz.server.assets._stores.postgres.pauses import Pauses
from frequenz.server.assets._stores.store import Query

from ..fleets import component, fleet, site
from ..processes import until
from ..servers import grow, small_disk
from .clusters import OWNER, USER, Folder, PostgresServer, free_port, url
from .conftest import OpenStore, Pair
from .contents import answer, content, in_bytes, pb, put

SITES = pb.ListMicrogridsRequest()
SECRET = "s3cret-word"
SECONDS = 10
"""How long to wait for what must happen."""

KEPT = fleet(site(1, [component(1)]))
LARGE = fleet(
    *(site(at, [component(it, name="n" * 200) for it in range(400)]) for at in range(2, 200))
)


async def refused(database: str, kind: type[StoreError], *, create: bool = True) -> str:
    """Return the error of a database that cannot be opened."""
    with pytest.raises(StoreError) as caught:
        await (await open_store(database, create=create)).close()
    assert type(caught.value) is kind or issubclass(type(caught.value), kind)
    return str(caught.value)


# Opening ------------------------------------------------------------------------------------------


async def test_an_empty_database_is_not_created_without_a_fleet(database_url: str) -> None:
    assert "give a fleet" in await refused(database_url, StoreError, create=False)


async def test_a_database_of_another_program_is_refused(
    postgres: PostgresServer, database: str
) -> None:
    postgres.sql("CREATE TABLE orders (id int)", database=database)
    text = await refused(url(postgres, database=database), StoreError)
    assert "not an Assets database: it has other tables, such as orders" in text


async def test_a_database_of_a_newer_release_is_refused(
    postgres: PostgresServer, database: str
) -> None:
    target = url(postgres, database=database)
    await (await open_store(target)).close()
    postgres.sql("UPDATE assets_schema SET version = 99", database=database)
    assert "newer release: its tables have version 99" in await refused(target, StoreError)


async def test_a_database_without_a_table_is_refused(
    postgres: PostgresServer, database: str
) -> None:
    target = url(postgres, database=database)
    await (await open_store(target)).close()
    postgres.sql("DROP TABLE sensor", database=database)
    assert "has no table sensor; restore it" in await refused(target, CorruptError)


async def test_a_server_starts_while_another_process_changes_the_database(
    database_url: str, opened: OpenStore
) -> None:
    store = await opened(database_url)
    async with store.transaction():
        await opened(database_url)


async def test_a_database_that_does_not_exist_is_named(postgres: PostgresServer) -> None:
    text = await refused(url(postgres, database="nowhere"), StoreError)
    assert f"database 'nowhere' at {postgres.address}: there is no such database" in text


async def test_a_server_that_is_down_is_named() -> None:
    port = free_port()
    text = await refused(f"postgresql://fleet@127.0.0.1:{port}/fleet", UnavailableError)
    assert f"at 127.0.0.1:{port}: the server cannot be reached; check that it runs" in text


async def test_all_hosts_that_are_down_are_named() -> None:
    first, second = free_port(), free_port()
    text = await refused(
        f"postgresql://fleet@127.0.0.1:{first},127.0.0.1:{second}/fleet", UnavailableError
    )
    assert "no host is a primary" in text
    assert f"127.0.0.1:{first}: the server" in text
    assert f"127.0.0.1:{second}: the server" in text


async def test_too_many_connections_are_named(
    postgres: PostgresServer, database: str, opened: OpenStore
) -> None:
    await opened(url(postgres, database=database))
    postgres.sql("CREATE ROLE guest LOGIN", f"ALTER DATABASE {database} CONNECTION LIMIT 1")
    target = url(postgres, database=database).replace(f"{USER}@", "guest@")
    assert "too many connections" in await refused(target, UnavailableError)


async def test_a_user_without_permissions_is_told(
    postgres: PostgresServer, database: str, opened: OpenStore
) -> None:
    await opened(url(postgres, database=database))
    postgres.sql("CREATE ROLE stranger LOGIN")
    target = url(postgres, database=database).replace(f"{USER}@", "stranger@")
    assert "the user lacks a permission; GRANT it" in await refused(target, StoreError)


# Passwords ----------------------------------------------------------------------------------------


@pytest.fixture
async def guarded(folder: Folder) -> Any:
    """A server that demands a password."""
    server = PostgresServer.create(folder, f"guarded-{free_port()}").start()
    server.sql(f"ALTER ROLE {USER} PASSWORD '{SECRET}'")
    (server.data / "pg_hba.conf").write_text("host all all 127.0.0.1/32 scram-sha-256\n")
    server.reload()
    await asyncio.sleep(0.1)
    yield server
    server.stop()


async def test_passwords_come_from_where_no_one_sees_them(
    guarded: PostgresServer,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    target = url(guarded)
    nothing = tmp_path / "nothing"
    nothing.touch(0o600)
    monkeypatch.setenv("PGPASSFILE", str(nothing))
    told = "the password is wrong or missing; set PGPASSWORD or correct ~/.pgpass"
    assert told in await refused(target, StoreError)
    monkeypatch.setenv("PGPASSWORD", "wrong-word")
    text = await refused(target, StoreError)
    assert told in text
    assert "wrong-word" not in text

    monkeypatch.setenv("PGPASSWORD", SECRET)
    store = await open_store(target)
    assert SECRET not in f"{store!r} {store.name} {vars(store)}"
    await store.close()
    monkeypatch.delenv("PGPASSWORD")

    passwords = tmp_path / "pgpass"
    passwords.write_text(f"127.0.0.1:{guarded.port}:*:{USER}:{SECRET}\n")
    passwords.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(passwords))
    await (await open_store(target)).close()
    monkeypatch.setenv("PGPASSFILE", str(nothing))

    services = tmp_path / "services"
    services.write_text(
        f"[fleet]\nhost=127.0.0.1\nport={guarded.port}\nuser={USER}\ndbname=postgres\n"
        f"password={SECRET}\n"
    )
    monkeypatch.setenv("PGSERVICEFILE", str(services))
    store = await open_store("postgresql://?service=fleet")
    assert store.name == target
    await store.close()
    monkeypatch.setenv("PGSERVICE", "fleet")
    await (await open_store("postgresql://")).close()
    assert SECRET not in caplog.text


# Errors while it runs -----------------------------------------------------------------------------


def test_every_error_has_a_meaning() -> None:
    for code, meaning in errors.MEANINGS.items():
        assert len(code) in (2, 5)
        base: Any = asyncpg.PostgresError  # its stubs leave this out
        kind = base.get_message_class_for_sqlstate(code)
        if len(code) == 5:
            error = kind("text")
            assert errors.meaning(error) is meaning
            expected = pytest.raises(meaning.error, match=f"^fleet: {meaning.text}: text")
            with expected, errors.named_errors("fleet"):
                raise error
    assert errors.meaning(asyncpg.DivisionByZeroError("x")).error is StoreError


async def test_a_change_waits_for_another_process_only_for_a_while(
    database_url: str, opened: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "_LOCK_SECONDS", 0.2)
    one, other = await opened(database_url), await opened(database_url)
    async with one.transaction():
        with pytest.raises(UnavailableError, match="another process is changing it; try again"):
            await put(other, fleet(site(1)))
    await put(other, fleet(site(1)))


async def test_a_read_only_database_is_told(postgres: PostgresServer, database: str) -> None:
    target = url(postgres, database=database)
    await (await open_store(target)).close()
    postgres.sql(f"ALTER DATABASE {database} SET default_transaction_read_only = on")
    store = await open_store(target)
    with pytest.raises(ReadOnlyError, match="it is read-only"):
        await put(store, fleet(site(1)))
    assert await answer(store, SITES) == []
    await store.close()


async def test_a_dropped_table_is_told(
    postgres: PostgresServer, database: str, opened: OpenStore
) -> None:
    store = await opened(url(postgres, database=database))
    await store.probe()
    postgres.sql("DROP TABLE relation", database=database)
    with pytest.raises(CorruptError, match=r"relation.* does not exist"):
        await store.probe()


async def test_a_dropped_table_of_nonces_is_told(
    postgres: PostgresServer, database: str, opened: OpenStore
) -> None:
    store = await opened(url(postgres, database=database))
    nonces = open_nonce_table(store, 1000)
    await nonces.probe(0)
    postgres.sql("DROP TABLE nonce_count", database=database)
    for probe in (store.probe(), nonces.probe(0)):
        with pytest.raises(CorruptError, match=r"nonce_count.* does not exist"):
            await probe


async def test_a_damaged_table_is_told(folder: Folder) -> None:
    server = PostgresServer.create(folder, f"damaged-{free_port()}").start()
    store = await open_store(url(server))
    await put(store, fleet(site(1, [component(it) for it in range(500)])))
    await store.close()
    path = server.data / server.sql("SELECT pg_relation_filepath('component')")
    server.sql("CHECKPOINT")
    server.stop()
    with path.open("r+b") as file:
        file.seek(8192)
        file.write(os.urandom(4096))
    server.start()
    store = await open_store(url(server))
    with pytest.raises(CorruptError, match="it is damaged; restore it from a copy"):
        await answer(store, pb.ListMicrogridElectricalComponentsRequest(microgrid_id=1))
    await store.close()
    server.stop()


async def test_queries_continue_after_connections_were_lost(
    postgres: PostgresServer, database: str, opened: OpenStore
) -> None:
    store = await opened(url(postgres, database=database))
    await put(store, fleet(site(1)))
    kill = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = "
    for _ in range(3):
        await asyncio.gather(*(answer(store, SITES) for _ in range(20)))
        postgres.sql(f"{kill}'{database}'")
        assert len(await answer(store, SITES)) == 1


async def test_a_change_whose_connection_is_lost_leaves_nothing(
    postgres: PostgresServer, database: str, opened: OpenStore
) -> None:
    store = await opened(url(postgres, database=database))
    kill = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = "
    with pytest.raises(UnavailableError, match="the connection is lost"):
        async with store.transaction() as transaction:
            await transaction.insert("revision_microgrid", ("revision",), [(1,)])
            postgres.sql(f"{kill}'{database}'")
            await transaction.fetch(Query("SELECT 1"))
    assert await store.fetch(Query("SELECT * FROM revision_microgrid")) == []


async def test_a_change_can_be_cancelled_while_the_server_does_not_answer(pair: Pair) -> None:
    store = await open_store(url(pair.primary))
    has_begun = asyncio.Event()

    async def change() -> None:
        async with store.transaction() as transaction:
            has_begun.set()
            while True:
                await transaction.fetch(Query("SELECT 1"))

    changing = asyncio.create_task(change())
    await has_begun.wait()
    pair.primary.pause()
    changing.cancel()
    with pytest.raises(asyncio.CancelledError):
        async with asyncio.timeout(10):
            await changing
    pair.primary.resume()
    await store.close()


# Revisions ----------------------------------------------------------------------------------------


async def test_nothing_is_kept_while_no_one_would_tell_of_a_change(pair: Pair) -> None:
    store = await open_store(url(pair.primary))
    await put(store, fleet(site(1)))
    before = store.revision()
    assert store.revision() == before
    pair.primary.stop()
    await until(lambda: store.revision() != store.revision(), SECONDS)
    pair.primary.start()
    await until(lambda: store.revision() == store.revision(), SECONDS)
    assert store.revision() != before  # there may have been changes meanwhile
    await store.close()


async def test_a_server_that_does_not_answer_is_given_up(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hosts, "_ANSWER_SECONDS", 0.3)
    monkeypatch.setattr(hosts, "_CONNECT_SECONDS", 0.3)
    monkeypatch.setattr(hosts, "_WAIT_SECONDS", 0.3)
    store = await open_store(url(pair.primary))
    await put(store, fleet(site(1)))
    pair.primary.pause()
    began = time.monotonic()
    with pytest.raises(UnavailableError, match="the server does not answer"):
        while True:
            await answer(store, SITES)
    await until(lambda: store.revision() != store.revision(), SECONDS)
    assert time.monotonic() - began < 20  # not for ever
    pair.primary.resume()
    await until(lambda: store.revision() == store.revision(), SECONDS)
    assert len(await answer(store, SITES)) == 1
    await store.close()


# Standbys -----------------------------------------------------------------------------------------


async def readers(store: Store, count: int = 6) -> set[int]:
    """Return the ports of the servers that answer queries."""
    query = Query("SELECT inet_server_port()")
    return {(await store.fetch(query))[0][0] for _ in range(count)}


async def until_read_from(store: Store, server: PostgresServer) -> None:
    async with asyncio.timeout(5):
        while await readers(store) != {server.port}:  # noqa: ASYNC110 - no event to wait for
            await asyncio.sleep(0.05)


async def test_standbys_answer_and_the_primary_changes(pair: Pair) -> None:
    store = await open_store(url(pair.standby, pair.primary, reads="prefer-standby"))
    await put(store, fleet(site(1)))
    assert len(await answer(store, SITES)) == 1
    await until_read_from(store, pair.standby)
    await store.close()
    store = await open_store(url(pair.standby, pair.primary))
    assert await readers(store) == {pair.primary.port}
    await store.close()


async def test_a_standby_that_lags_is_not_read(pair: Pair) -> None:
    store = await open_store(url(pair.primary, pair.standby, reads="prefer-standby"))
    await put(store, fleet(site(1)))
    await until_read_from(store, pair.standby)
    pair.standby.sql("SELECT pg_wal_replay_pause()")
    for number in range(2, 6):
        await put(store, fleet(site(number)))
        revision = store.revision()
        assert len(await answer(store, SITES)) == number  # never without what was stored
        assert store.revision() == revision
        assert await readers(store) == {pair.primary.port}
    pair.standby.sql("SELECT pg_wal_replay_resume()")
    await until_read_from(store, pair.standby)
    assert len(await answer(store, SITES)) == 5
    await store.close()


async def test_a_standby_answers_no_longer_than_the_bound_without_the_primary(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hosts, "_WAIT_SECONDS", 0.2)
    target = url(pair.primary, pair.standby, reads="prefer-standby", max_lag="1.5")
    store = await open_store(target)
    await put(store, fleet(site(1)))
    await until_read_from(store, pair.standby)
    pair.primary.stop()
    assert len(await answer(store, SITES)) == 1
    assert store.revision() != store.revision()  # nothing is kept
    await asyncio.sleep(2)
    with pytest.raises(UnavailableError, match="there is no primary"):
        await answer(store, SITES)
    await store.close()


async def test_an_earlier_primary_that_comes_back_is_not_used(pair: Pair) -> None:
    store = await open_store(url(pair.primary, pair.standby))
    await put(store, fleet(site(1)))
    await asyncio.sleep(0.2)
    pair.primary.kill()
    pair.standby.promote()
    async with asyncio.timeout(10):
        while True:
            try:
                await put(store, fleet(site(2)))
                break
            except UnavailableError:
                await asyncio.sleep(0.05)
    pair.primary.start()  # without knowing that there is another one
    await asyncio.sleep(2)
    assert await readers(store) == {pair.standby.port}
    made = await put(store, fleet(site(3)))
    assert made is not None
    assert await content(store, made.number) == in_bytes(fleet(site(1), site(2), site(3)))
    await store.close()


async def test_a_server_that_is_killed_during_a_large_change_is_told(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pauses, "_ASK_SECONDS", float("inf"))  # only before the first statement
    server = PostgresServer.create(folder, f"killed-{free_port()}").start()
    store = await open_store(url(server))
    await put(store, KEPT)

    async def change() -> None:
        columns = ("row_id", "position", "message")
        async with store.transaction() as transaction:
            await transaction.insert("revision_microgrid", ("revision",), [(1,)])
            server.pause()
            records = ((number, number, b"n" * 2**20) for number in range(64))
            await transaction.insert("sensor", columns, records)

    changing = asyncio.create_task(change())
    await asyncio.sleep(0.5)  # what the server does not read fills the buffers
    assert not changing.done()
    server.kill()
    with pytest.raises(UnavailableError, match="the connection is lost; try again"):
        await asyncio.wait_for(changing, 20)
    await store.close()
    store = await open_store(url(server.start()))
    assert await content(store, 1) == in_bytes(KEPT)
    await store.close()
    server.stop()


# Large changes ------------------------------------------------------------------------------------


@pytest.fixture
async def between(database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Pauses]:
    """The pauses of a change that looks for others all the time."""
    monkeypatch.setattr(pauses, "_ASK_SECONDS", 0.0)
    connection = await asyncpg.connect(database_url)
    await connection.execute("BEGIN")
    yield Pauses(connection)
    await connection.close()


async def test_a_change_pauses_only_while_others_use_the_database(
    database_url: str, opened: OpenStore, between: Pauses, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, other = await opened(database_url), await opened(database_url)

    async def read() -> None:
        while True:
            await answer(other, SITES)

    async def look(seconds: float) -> set[int]:
        end = time.monotonic() + seconds
        found = set()
        while time.monotonic() < end:
            found.add(await between.batch_size())
            await asyncio.sleep(0.005)
        return found

    await asyncio.sleep(0.5)  # both have asked for more when they were opened
    # Long enough for both to ask their hosts for what is new.
    assert await look(1.2) == {5_000}
    monkeypatch.setattr(pauses, "_RECENT_SECONDS", 10.0)
    reading = asyncio.create_task(read())
    await asyncio.sleep(0.1)
    assert await look(0.2) == {200}
    began = time.monotonic()
    async with between.pausing():
        await asyncio.sleep(0.05)
    assert time.monotonic() - began >= 0.1

    stored: list[int] = []
    copy = engine._Transaction._copy

    async def noted(self: Any, table: str, columns: Any, rows: Any) -> None:
        stored.append(len(rows))
        await copy(self, table, columns, rows)

    monkeypatch.setattr(engine._Transaction, "_copy", noted)
    rows = [(1, number) for number in range(450)]
    async with store.transaction() as transaction:
        await transaction.insert("revision_microgrid", ("revision", "microgrid_id"), rows)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert stored == [200, 200, 50]
    found = await store.fetch(Query("SELECT * FROM revision_microgrid ORDER BY microgrid_id"))
    assert [tuple(it) for it in found] == rows


async def test_a_long_query_of_others_counts_and_a_change_that_waits_does_not(
    database_url: str, opened: OpenStore, between: Pauses
) -> None:
    store, other = await opened(database_url), await opened(database_url)
    async with store.transaction():
        waiting = asyncio.create_task(put(other, fleet(site(1))))
        await asyncio.sleep(0.5)  # longer than others count after their last query
        assert await between.batch_size() == 5_000
        sleeping = asyncio.create_task(store.fetch(Query("SELECT pg_sleep(1)")))
        await asyncio.sleep(0.5)
        assert await between.batch_size() == 200
    await asyncio.gather(waiting, sleeping)


async def test_a_large_change_lets_postgres_count_its_rows(
    database_url: str, opened: OpenStore
) -> None:
    store = await opened(database_url)
    table, columns = "revision_microgrid", ("revision", "microgrid_id")
    count = Query(f"SELECT reltuples::bigint FROM pg_class WHERE relname = '{table}'")
    async with store.transaction() as transaction:
        counted = []
        for size in (9_999, 1, 29_999, 1):
            await transaction.insert(table, columns, [(1, number) for number in range(size)])
            counted += [it for (it,) in await transaction.fetch(count)]
    assert counted == [-1, 10_000, 10_000, 40_000]


# A disk that is full ------------------------------------------------------------------------------


def owned(small: Path) -> Path:
    """Return a folder on a small disk that belongs to the server."""
    folder = small / "owned"
    folder.mkdir(0o700)
    if OWNER is not None:
        shutil.chown(folder, OWNER)
    return folder


async def test_a_full_disk_of_the_tables_shows_the_first_error_and_loses_nothing(
    folder: Folder,
) -> None:
    with small_disk(folder.path / "small-tables", "12m") as small:
        server = PostgresServer.create(folder, f"full-{free_port()}").start()
        try:
            server.sql(f"CREATE TABLESPACE small LOCATION '{owned(small)}'")
            server.sql("ALTER DATABASE postgres SET default_tablespace = small")
            store = await open_store(url(server))
            await put(store, KEPT)
            text = r"no space is left; make room and try again: .*No space left on device"
            with pytest.raises(UnavailableError, match=text):
                await put(store, LARGE)
            assert await content(store, 1) == in_bytes(KEPT)
            assert await put(store, KEPT) is None
            await store.close()
            store = await open_store(url(server))
            assert await answer(store, SITES) == [KEPT.sites[0].microgrid.SerializeToString()]
            await store.close()
        finally:
            server.kill()  # it could not write its tables


async def test_a_full_disk_of_the_log_shows_the_first_error_and_loses_nothing(
    folder: Folder,
) -> None:
    """PostgreSQL ends then, and cannot start before there is room.

    The driver would wait for ever to send the rest of the change.
    """
    with small_disk(folder.path / "small-log", "36m") as small:
        server = PostgresServer.create(folder, f"full-{free_port()}", log=owned(small)).start()
        try:
            store = await open_store(url(server))
            await put(store, KEPT)
            with pytest.raises(UnavailableError, match="the connection is lost; try again"):
                await put(store, LARGE)
            await store.close()
            assert "No space left on device" in server.log()
            server.stop()
            grow(small, "200m")
            store = await open_store(url(server.start()))
            assert await content(store, 1) == in_bytes(KEPT)
            assert await put(store, LARGE) is not None
            await store.close()
        finally:
            server.stop()
