"""Servers whose keys and nonces are in the database: what changes there counts at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import grpc
import pytest

from frequenz.client.assets import inventory
from frequenz.server.assets import AssetsServer, KeysError, ServerSettings
from frequenz.server.assets._callers.key_table import KeyTable
from frequenz.server.assets._callers.keys import NewKey, changed, new_key, with_new_secret
from frequenz.server.assets._callers.opening import KEYS_SECONDS
from frequenz.server.assets._callers.secret_box import SecretBox
from frequenz.server.assets._operation.loaded import Loaded, load
from frequenz.server.assets._operation.reloading import Reloading
from frequenz.server.assets._operation.tls import CertificateFiles, Pem
from frequenz.server.assets._stores.store import Query

from ..keys import OURS, TWO_ENTERPRISES, answer, client_of, sent_by
from ..servers import execute, faults, start_and_stop
from ..test_server_cli import run, serving
from .conftest import Location, OpenStore

LISTING: Final = "ListMicrogrids"
OK: Final = grpc.StatusCode.OK
REFUSED: Final = grpc.StatusCode.UNAUTHENTICATED
SECONDS: Final = 5.0
"""How long a change may take until it counts; half a second, unless the machine is busy."""


@pytest.fixture
async def keys(shared_location: Location, opened: OpenStore, tmp_path: Path) -> KeyTable:
    """The keys in a database of each engine."""
    box = SecretBox.open(tmp_path / "e.key", create=True)
    return KeyTable(await opened(shared_location), box)


@pytest.fixture
async def ours(keys: KeyTable) -> NewKey:
    return await added(keys)


async def added(keys: KeyTable, **options: Any) -> NewKey:
    new = new_key(OURS, [5], **options)
    await keys.update(lambda stored: (*stored, new.key))
    return new


@pytest.fixture
def settings(shared_location: Location, tmp_path: Path) -> ServerSettings:
    return ServerSettings(
        database=shared_location, keys="database", encryption_key=tmp_path / "e.key"
    )


@pytest.fixture
async def two_servers(
    settings: ServerSettings, ours: NewKey
) -> AsyncIterator[tuple[AssetsServer, AssetsServer]]:
    """Two servers of one database, as on two machines."""
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(AssetsServer(TWO_ENTERPRISES, settings))
        yield first, await stack.enter_async_context(AssetsServer(None, settings))


async def status(server: AssetsServer | str, new: NewKey) -> grpc.StatusCode:
    return (await answer(server, LISTING, b"", sent_by(new, LISTING))).status


async def until(server: AssetsServer | str, new: NewKey, expected: grpc.StatusCode) -> None:
    """Wait until 8 calls in a row, each on another connection, are answered as expected."""
    async with asyncio.timeout(SECONDS):
        right = 0
        while right < 8:
            right = right + 1 if await status(server, new) is expected else 0


async def test_a_replay_at_the_other_server_is_refused(
    two_servers: tuple[AssetsServer, AssetsServer], ours: NewKey
) -> None:
    first, second = two_servers
    for _ in range(10):
        sent = sent_by(ours, LISTING)
        answers = await asyncio.gather(
            *(answer(it, LISTING, b"", sent) for it in (first, second, first, second))
        )
        assert sorted(it.status.name for it in answers) == ["OK", *["UNAUTHENTICATED"] * 3]


async def test_keys_that_change_in_the_database_count_without_a_restart(
    two_servers: tuple[AssetsServer, AssetsServer], ours: NewKey, keys: KeyTable
) -> None:
    later = await added(keys)
    for server in two_servers:
        await until(server, later, OK)

    rotated, secret = with_new_secret(later.key)
    await keys.update(lambda stored: changed(stored, later.key.id, lambda _: rotated))
    for server in two_servers:
        await until(server, later._replace(secret=secret), OK)
        assert await status(server, later) is OK

    await disable(keys, ours)
    await keys.update(lambda stored: changed(stored, later.key.id, lambda _: None))
    for server in two_servers:
        await until(server, ours, REFUSED)
        await until(server, later, REFUSED)


async def test_keys_that_cannot_be_used_change_nothing_and_are_logged(
    two_servers: tuple[AssetsServer, AssetsServer],
    ours: NewKey,
    keys: KeyTable,
    caplog: pytest.LogCaptureFixture,
) -> None:
    bare = await added(keys, has_secret=False)
    later = await added(keys)
    async with asyncio.timeout(SECONDS):
        while len(faults(caplog)) < len(two_servers):  # noqa: ASYNC110 - logs set no event
            await asyncio.sleep(0.05)
    for server in two_servers:
        with pytest.raises(KeysError, match=f"key {bare.key.id} has no secret"):
            await server.reload()
        assert [await status(server, new) for new in (ours, later)] == [OK, REFUSED]
    assert f"key {bare.key.id} has no secret" in caplog.text

    await keys.update(lambda stored: changed(stored, bare.key.id, lambda _: None))
    for server in two_servers:
        await until(server, later, OK)


async def disable(keys: KeyTable, new: NewKey) -> None:
    await keys.update(
        lambda stored: changed(stored, new.key.id, lambda key: replace(key, is_disabled=True))
    )


async def test_keys_that_cannot_be_read_are_read_again(
    two_servers: tuple[AssetsServer, AssetsServer],
    ours: NewKey,
    keys: KeyTable,
    settings: ServerSettings,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is logged once for each server."""
    encryption_key = Path(str(settings.encryption_key))
    await asyncio.to_thread(encryption_key.chmod, 0o644)
    await disable(keys, ours)
    await asyncio.sleep(3 * KEYS_SECONDS)
    assert len(faults(caplog)) == len(two_servers)
    for server in two_servers:
        assert await status(server, ours) is OK
    await asyncio.to_thread(encryption_key.chmod, 0o600)
    for server in two_servers:
        await until(server, ours, REFUSED)


async def test_a_revoked_key_waits_for_nothing_else_that_is_read(
    settings: ServerSettings,
    keys: KeyTable,
    opened: OpenStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Neither for a large fleet nor for certificates; a reload does not bring it back."""
    ours = await added(keys)
    fleet = tmp_path / "fleet.json"
    inventory.write(TWO_ENTERPRISES, fleet)
    store = await opened(settings.database)  # type: ignore[arg-type]
    pem = Pem(b"chain", b"key", None)
    loaded = (await load(settings, store))._replace(certificates=pem)
    used: asyncio.Queue[Loaded] = asyncio.Queue()
    is_replacing, goes_on = asyncio.Event(), asyncio.Event()

    async def replace_slowly(*_: Any) -> None:
        is_replacing.set()
        await goes_on.wait()

    monkeypatch.setattr("frequenz.server.assets._operation.reloading.replace", replace_slowly)
    monkeypatch.setattr(CertificateFiles, "read", lambda _: pem)
    with_tls = replace(settings, ssl_certificate_chain="chain.pem", ssl_private_key="key.pem")
    reloading = Reloading(with_tls, store, used.put, lambda _: None)
    following = asyncio.create_task(reloading.follow_keys(loaded))
    reload = asyncio.create_task(reloading.reload([fleet], strict=False))
    async with asyncio.timeout(SECONDS):
        await is_replacing.wait()
        monkeypatch.undo()  # the files of the certificates are missing now
        await disable(keys, ours)
        changed_keys = await used.get()
        goes_on.set()
        await reload
        reloaded = await used.get()
    following.cancel()

    for found in (changed_keys, reloaded):
        assert [key.is_disabled for key in found.keys or ()] == [True]
        assert found.certificates == pem


async def test_nonces_outlive_the_servers(settings: ServerSettings, ours: NewKey) -> None:
    sent, statuses = sent_by(ours, LISTING), []
    for _ in range(2):
        async with AssetsServer(TWO_ENTERPRISES, settings) as server:
            statuses += [(await answer(server, LISTING, b"", sent)).status for _ in range(2)]
    assert statuses == [OK, REFUSED, REFUSED, REFUSED]


async def test_full_nonces_are_refused(settings: ServerSettings, ours: NewKey) -> None:
    async with AssetsServer(TWO_ENTERPRISES, replace(settings, max_nonces=16)) as server:
        statuses = [await status(server, ours) for _ in range(4)]
    assert statuses == [OK, OK, *[grpc.StatusCode.RESOURCE_EXHAUSTED] * 2]


async def test_nonces_that_cannot_be_written_let_nobody_in(
    settings: ServerSettings, ours: NewKey, opened: OpenStore, shared_location: Location
) -> None:
    async with AssetsServer(TWO_ENTERPRISES, settings) as server:
        assert await status(server, ours) is OK
        if isinstance(shared_location, Path):
            execute(shared_location.with_name("fleet.db.nonces"), "DROP TABLE nonce")
        else:
            await (await opened(shared_location)).run(Query("DROP TABLE nonce"))
        refused = await answer(server, LISTING, b"", sent_by(ours, LISTING))
    assert refused.status is grpc.StatusCode.UNAVAILABLE
    assert refused.details == "The server cannot check callers at the moment."


# The commands -------------------------------------------------------------------------------------


async def cli(*arguments: str | Path) -> dict[str, str]:
    """Run `assets-server keys`, and return what it prints."""
    result = await run("keys", *arguments)
    assert result.code == 0, result.err
    return dict(line.split(": ") for line in result.out.splitlines() if ": " in line)


async def test_commands_change_the_keys_of_running_workers(
    shared_location: Location, tmp_path: Path
) -> None:
    inventory.write(TWO_ENTERPRISES, tmp_path / "fleet.json")
    where = "--database", str(shared_location), "--encryption-key", str(tmp_path / "e.key")
    first = await cli(*where, "add", "--enterprise=7")
    keys = [NewKey(new_key(OURS).key, first["key"], first["secret"])]
    async with serving(
        tmp_path / "fleet.json", "--port=0", "--workers=2", "--keys=database", *where
    ) as (_, url):
        await until(url, keys[0], OK)
        second = await cli(*where, "add", "--enterprise=7")
        keys.append(NewKey(new_key(OURS).key, second["key"], second["secret"]))
        await until(url, keys[1], OK)
        sent = sent_by(keys[1], LISTING)
        statuses = [(await answer(url, LISTING, b"", sent)).status for _ in range(8)]
        assert statuses == [OK, *[REFUSED] * 7]
        await cli(*where, "disable", first["id"])
        await until(url, keys[0], REFUSED)
        rotated = await cli(*where, "rotate", second["id"])
        keys.append(keys[1]._replace(secret=rotated["secret"]))
        await until(url, keys[2], OK)
        await cli(*where, "rotate", second["id"], "--finish")
        await until(url, keys[1], REFUSED)
        async with client_of(url, keys[2]) as client:
            assert [int(it.id) for it in await client.list_microgrids()] == [1, 3]
        await cli(*where, "remove", second["id"])
        await until(url, keys[2], REFUSED)
    listed = await run("keys", *where, "list", "-o", "json")
    assert first["id"] in listed.out
    assert second["id"] not in listed.out


async def test_a_database_without_keys_lets_nobody_in(
    settings: ServerSettings, keys: KeyTable
) -> None:
    async with AssetsServer(TWO_ENTERPRISES, settings) as server:
        assert (await answer(server, LISTING)).status is REFUSED
        later = await added(keys)
        await until(server, later, OK)


async def test_another_encryption_key_stops_the_start(
    settings: ServerSettings, ours: NewKey, tmp_path: Path
) -> None:
    SecretBox.open(tmp_path / "other.key", create=True)
    other = replace(settings, encryption_key=tmp_path / "other.key")
    with pytest.raises(KeysError, match=f"key {ours.key.id}: cannot decrypt a secret"):
        await start_and_stop(AssetsServer(TWO_ENTERPRISES, other))
