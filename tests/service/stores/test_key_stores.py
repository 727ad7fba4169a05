"""Keys are the same wherever they are kept: in a file, or in a database of each engine."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from frequenz.server.assets._callers import KeysError, KeyStore
from frequenz.server.assets._callers.key_file import KeyFile
from frequenz.server.assets._callers.key_table import KeyTable, tag_of_keys
from frequenz.server.assets._callers.keys import Key, Keys, changed, new_key, with_new_secret
from frequenz.server.assets._callers.secret_box import SecretBox
from frequenz.server.assets._stores import StoreError
from frequenz.server.assets._stores.postgres import store as engine
from frequenz.server.assets._stores.store import Query

from .conftest import Location, OpenStore


@pytest.fixture
def box(tmp_path: Path) -> SecretBox:
    return SecretBox.open(tmp_path / "encryption.key", create=True)


@pytest.fixture(params=["keys.toml", "file", "memory", "postgres"])
async def keys(
    request: pytest.FixtureRequest, tmp_path: Path, box: SecretBox, opened: OpenStore
) -> AsyncIterator[KeyStore]:
    match request.param:
        case "keys.toml":
            yield KeyFile(tmp_path / "keys.toml", box)
        case "postgres":
            yield KeyTable(await opened(request.getfixturevalue("database_url")), box)
        case "file":
            yield KeyTable(await opened(tmp_path / "fleet.db"), box)
        case _:
            yield KeyTable(await opened(None), box)


def add(stored: Keys, key: Key) -> Keys:
    return (*stored, key)


async def test_keys_are_loaded_as_they_were_added_in_their_order(keys: KeyStore) -> None:
    rotated, _ = with_new_secret(new_key(7, [5, 2**64 - 1]).key)
    written = (
        new_key(2**64 - 1, comment="quotes \"' and a \\ backslash, ü 🔋").key,
        replace(rotated, is_disabled=True, expires=datetime(2100, 1, 1, 0, 0, 0, 7, UTC)),
        new_key(7, has_secret=False).key,
        *(new_key(7).key for _ in range(20)),
    )
    for key in written:
        await keys.update(partial(add, key=key))

    assert await keys.load() == written


async def test_changes_at_the_same_time_are_all_kept(keys: KeyStore) -> None:
    added = [new_key(7).key for _ in range(8)]
    await asyncio.gather(*(keys.update(partial(add, key=key)) for key in added))

    assert {key.id for key in await keys.load()} == {key.id for key in added}


async def test_a_change_that_fails_changes_nothing(keys: KeyStore) -> None:
    first = new_key(7).key
    await keys.update(partial(add, key=first))
    with pytest.raises(KeysError, match="no such key: 'typo'"):
        await keys.update(lambda stored: changed(stored, "typo", lambda _: None))

    assert await keys.load() == (first,)
    await keys.update(lambda stored: changed(stored, first.id, lambda _: None))
    assert await keys.load() == ()


# Databases only -----------------------------------------------------------------------------------


async def test_in_postgres_keys_change_during_an_import(
    box: SecretBox, opened: OpenStore, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "_LOCK_SECONDS", 0.2)
    one, other = await opened(database_url), await opened(database_url)
    added = [new_key(7).key for _ in range(2)]
    async with one.transaction():
        for store, key in zip((one, other), added, strict=True):
            await KeyTable(store, box).update(partial(add, key=key))
    assert await KeyTable(one, box).load() == tuple(added)
    async with one.transaction("keys"):
        with pytest.raises(StoreError, match="another process is changing it; try again"):
            await KeyTable(other, box).update(partial(add, key=new_key(7).key))


async def test_each_change_has_another_tag(
    shared_location: Location, opened: OpenStore, box: SecretBox
) -> None:
    """Also one that makes what there was before, and seen by another process."""
    keys, other = KeyTable(await opened(shared_location), box), await opened(shared_location)
    first = new_key(7).key
    tags = [await tag_of_keys(other)]
    for function in (partial(add, key=first), lambda _: (), partial(add, key=first)):
        await keys.update(function)
        tags.append(await tag_of_keys(other))

    assert tags[0] == ""
    assert len({*tags}) == 4


async def test_neither_keys_nor_secrets_are_in_the_database(
    shared_location: Location, opened: OpenStore, box: SecretBox
) -> None:
    store = await opened(shared_location)
    new = new_key(7)
    await KeyTable(store, box).update(lambda _: (new.key,))

    text = repr(await store.run(Query("SELECT * FROM caller_key")))
    assert new.key.id in text
    assert new.text not in text
    assert new.secret and new.secret not in text


@pytest.mark.parametrize("wrong", ["box", "row", "gridpools"])
async def test_what_cannot_be_used_is_an_error_without_secrets(
    shared_location: Location, opened: OpenStore, box: SecretBox, tmp_path: Path, wrong: str
) -> None:
    store = await opened(shared_location)
    first, second = new_key(7).key, new_key(7).key
    await KeyTable(store, box).update(lambda _: (first, second))
    if wrong == "box":
        box = SecretBox.open(tmp_path / "other.key", create=True)
    elif wrong == "row":  # somebody swaps the secrets of two keys
        await store.run(
            Query(
                "UPDATE caller_key SET secrets ="
                " (SELECT o.secrets FROM caller_key AS o WHERE o.id <> caller_key.id)"
            )
        )
    else:
        await store.run(Query("UPDATE caller_key SET gridpool_ids = {}", ('["secret"]',)))

    with pytest.raises(KeysError, match=f"key {first.id}: ") as failed:
        await KeyTable(store, box).load()
    assert "secret" not in str(failed.value).replace("cannot decrypt a secret", "")
