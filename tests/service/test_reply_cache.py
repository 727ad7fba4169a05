"""The server keeps replies as long as the content of its store is the same."""

from collections.abc import Hashable
from pathlib import Path
from typing import Any

from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from google.protobuf.message import Message

from frequenz.client.assets import AssetsApiClient
from frequenz.client.assets.inventory import Inventory
from frequenz.server.assets import AssetsServer, ServerSettings
from frequenz.server.assets._callers import Scope
from frequenz.server.assets._reply_cache import Key, ReplyCache
from frequenz.server.assets._stores import open_store, replace

from .fleets import fleet, site


class Reading:
    """Replies with a number that grows with each reading."""

    def __init__(self, size: int = 1) -> None:
        self.count = 0
        self.revision: object = 1
        self.cache = ReplyCache(lambda: self.revision, max_bytes=1000)
        self.size = size

    async def read(self) -> bytes:
        self.count += 1
        return bytes([self.count]) * self.size

    async def ask(self, request: Message) -> int:
        return (await self.cache.reply(key(request), self.read))[0]


def key(request: Message, scope: Hashable = None) -> Key:
    return type(request).__name__, request.SerializeToString(), scope


def request(number: int) -> Message:
    return platformassets_pb2.GetMicrogridRequest(microgrid_id=number)


async def test_a_reply_is_read_once_for_each_request() -> None:
    reading = Reading()
    sensors = platformassets_pb2.ListMicrogridSensorsRequest(microgrid_id=1)
    asked = [await reading.ask(it) for it in (request(1), request(2), request(1), sensors)]
    assert asked == [1, 2, 1, 3]  # requests with the same bytes and another class differ


async def test_callers_who_see_something_else_have_replies_of_their_own() -> None:
    reading = Reading()
    scopes: list[Hashable] = [None, Scope(7), Scope(8), Scope(7, frozenset({5}))]
    for _ in range(2):
        replies = [await reading.cache.reply(key(request(1), it), reading.read) for it in scopes]
        assert replies == [b"\1", b"\2", b"\3", b"\4"]


async def test_a_new_revision_is_read_anew() -> None:
    reading = Reading()
    assert await reading.ask(request(1)) == 1
    reading.revision = 2
    assert await reading.ask(request(1)) == 2


async def test_what_was_read_during_a_change_is_not_kept() -> None:
    reading = Reading()

    async def change() -> bytes:
        reading.revision = 2
        await reading.ask(request(9))
        return b"old"

    await reading.cache.reply(key(request(1)), change)
    assert await reading.ask(request(1)) == 2


async def test_the_replies_used_last_are_kept() -> None:
    reading = Reading(size=200)
    for number in (1, 2, 1, 3):  # two of 200 bytes, and what they take besides, fit
        await reading.ask(request(number))
    assert reading.count == 3
    await reading.ask(request(1))
    assert reading.count == 3
    await reading.ask(request(2))
    assert reading.count == 4


async def test_a_reply_over_the_limit_is_not_kept() -> None:
    reading = Reading(size=2000)
    assert [await reading.ask(request(1)) for _ in range(2)] == [1, 2]


async def test_a_reply_over_the_limit_leaves_others_their_space() -> None:
    reading = Reading()
    await reading.ask(request(1))
    reading.size = 2000
    await reading.ask(request(2))
    assert await reading.ask(request(1)) == 1


async def test_callers_see_what_another_process_stores(tmp_path: Path) -> None:
    database = tmp_path / "fleet.db"
    settings = ServerSettings(database=database)
    async with (
        AssetsServer(fleet(site(1)), settings) as server,
        AssetsApiClient(server.url) as client,
    ):
        assert len(await client.list_microgrids()) == 1
        other = await open_store(database)  # as in another process: a connection of its own
        for sites in ([site(1), site(2)], [site(3)]):
            await replace(other, fleet(*sites))
            assert len(await client.list_microgrids()) == len(sites)
        await other.close()


async def test_callers_see_what_is_stored_in_memory() -> None:
    store = await open_store(None)
    revisions: list[Any] = [store.revision(), store.revision()]
    await replace(store, Inventory())
    revisions.append(store.revision())
    await store.close()
    assert revisions[0] == revisions[1] != revisions[2]
