"""Watching a fleet that changes, whose server restarts, fails for some sites or rejects the key."""

import asyncio
import pickle
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Any, Final

import grpc
import pytest
from frequenz.api.common.v1alpha8.gridpool import gridpool_pb2
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId
from harness.shared import servers

from frequenz.client.assets import AssetsApiClient, CallPolicy
from frequenz.client.assets.exceptions import ClientNotConnected, OperationUnauthenticated
from frequenz.client.assets.fleet import (
    MarketChanged,
    SiteAdded,
    SiteChanged,
    SiteRemoved,
    WatchEvent,
    WatchFailed,
    watch,
)
from frequenz.client.assets.inventory import Inventory, Site
from frequenz.server.assets._service import AssetsService
from frequenz.server.assets._stores import open_store, replace

from . import fleets
from .fleets import component
from .test_generations import CURRENT, RecordingServer

EVERY: Final = 0.02
ONE: Final = fleets.site(1, [component(1)])
TWO: Final = fleets.site(2, [component(1)])
MORE: Final = fleets.site(1, [component(1), component(2)])
LISTED: Final = "current ListMicrogridElectricalComponents"


class Changing:
    """A server whose fleet changes."""

    def __init__(self, store: Any, server: RecordingServer) -> None:
        self._store = store
        self.server = server

    @property
    def url(self) -> str:
        return self.server.url

    async def serve(self, *sites: Site, gridpools: tuple[int, ...] = ()) -> None:
        pools = tuple(gridpool_pb2.Gridpool(id=number) for number in gridpools)
        await replace(self._store, Inventory(sites, pools))


@asynccontextmanager
async def changing(*sites: Site) -> AsyncIterator[tuple[Changing, AssetsApiClient]]:
    store = await open_store(None)
    server = RecordingServer(AssetsService(store), CURRENT)
    served = Changing(store, server)
    await served.serve(*sites)
    policy = CallPolicy(timeout=1, max_attempts=1)
    try:
        async with (
            servers.serving(server) as server.url,
            AssetsApiClient(server.url, policy=policy) as client,
        ):
            yield served, client
    finally:
        await store.close()


async def take(events: AsyncGenerator[WatchEvent, None], count: int) -> list[WatchEvent]:
    async with asyncio.timeout(20):
        return [await anext(events) for _ in range(count)]


def describe(event: WatchEvent) -> str:
    match event:
        case SiteAdded(site=site) | SiteRemoved(site=site) | SiteChanged(after=site):
            return f"{type(event).__name__} {int(site.id)}"
        case _:
            return type(event).__name__


async def test_a_fleet_is_listed_first_and_then_what_changes() -> None:
    async with (
        changing(ONE, TWO) as (served, client),
        aclosing(watch(client, every=EVERY)) as events,
    ):
        first = await take(events, 2)
        assert [*map(describe, first)] == ["SiteAdded 1", "SiteAdded 2"]
        await served.serve(MORE, gridpools=(7,))
        changed, removed, market = await take(events, 3)
        assert isinstance(changed, SiteChanged)
        assert isinstance(removed, SiteRemoved)
        assert isinstance(market, MarketChanged)
        assert [it.id for it in changed.before.components] == [ElectricalComponentId(1)]
        assert [int(it.id) for it in changed.after.components] == [1, 2]
        assert [(it.change, it.entity) for it in changed.differences] == [("added", "component 2")]
        assert int(removed.site.id) == 2
        assert [it.id for it in market.after.gridpools] == [7]
        assert market.before == Inventory()
        assert changed.at >= first[0].at
        await served.serve(ONE, gridpools=(7,))
        assert [describe(it) for it in await take(events, 1)] == ["SiteChanged 1"]


async def test_what_changes_while_the_program_is_down_comes_as_changes() -> None:
    async with changing(ONE, TWO) as (served, client):
        async with aclosing(watch(client, every=EVERY)) as events:
            _, second = await take(events, 2)
        stored = second.cursor.to_bytes()
        assert pickle.loads(pickle.dumps(second.cursor)).to_bytes() == stored
        await served.serve(MORE, fleets.site(3))
        async with aclosing(watch(client, every=EVERY, cursor=stored)) as events:
            found = await take(events, 3)
    assert [*map(describe, found)] == ["SiteChanged 1", "SiteAdded 3", "SiteRemoved 2"]
    changed = found[0]
    assert isinstance(changed, SiteChanged)
    assert [len(it.components) for it in (changed.before, changed.after)] == [1, 2]


async def test_events_that_were_not_handled_come_again() -> None:
    async with changing(ONE, TWO, fleets.site(3)) as (_, client):
        async with aclosing(watch(client, every=EVERY)) as events:
            first, *_ = await take(events, 3)
        async with aclosing(watch(client, every=EVERY, cursor=first.cursor)) as events:
            again = await take(events, 2)
    assert [*map(describe, again)] == ["SiteAdded 2", "SiteAdded 3"]


async def test_a_site_that_fails_keeps_its_state() -> None:
    async with (
        changing(ONE, TWO) as (served, client),
        aclosing(watch(client, every=EVERY)) as events,
    ):
        await take(events, 2)
        served.server.failing = {LISTED: grpc.StatusCode.INTERNAL}
        (failed,) = await take(events, 1)
        assert isinstance(failed, WatchFailed)
        assert [str(it.part) for it in failed.failures] == ["microgrid 1", "microgrid 2"]
        await served.serve(MORE, TWO)
        served.server.failing = {}
        async for event in events:
            if not isinstance(event, WatchFailed):
                break
        assert describe(event) == "SiteChanged 1"


@pytest.mark.parametrize("ids", [None, [1, 2]])
async def test_a_server_that_is_away_is_reported_with_longer_pauses(ids: list[int] | None) -> None:
    away = dict.fromkeys(CURRENT, grpc.StatusCode.UNAVAILABLE)
    every = 0.2  # a pause ends later than it began by the time of a look
    async with (
        changing(ONE, TWO) as (served, client),
        aclosing(watch(client, ids, every=every, jitter=0)) as events,
    ):
        await take(events, 2)
        served.server.failing = {**away}
        failed = await take(events, 4)
        assert {type(it) for it in failed} == {WatchFailed}
        pauses = [it.next_look_in for it in failed if isinstance(it, WatchFailed)]
        assert all(every < pause <= 8 * every for pause in pauses[1:])
        await served.serve(MORE, TWO)
        served.server.failing = {}
        async for event in events:
            if not isinstance(event, WatchFailed):
                break
        assert describe(event) == "SiteChanged 1"


@pytest.mark.parametrize("call", ["ListMicrogrids", "GetMicrogrid"])
async def test_a_rejected_key_is_raised(call: str) -> None:
    ids = [1] if call == "GetMicrogrid" else None
    async with (
        changing(ONE) as (served, client),
        aclosing(watch(client, ids, every=EVERY)) as events,
    ):
        await take(events, 1)
        served.server.failing = {f"current {call}": grpc.StatusCode.UNAUTHENTICATED}
        with pytest.raises(OperationUnauthenticated):
            await take(events, 2)


async def test_a_client_that_was_disconnected_is_raised() -> None:
    async with (
        changing(ONE) as (_, client),
        aclosing(watch(client, [1], every=EVERY)) as events,
    ):
        await take(events, 1)
        await client.disconnect()
        with pytest.raises(ClientNotConnected):
            await take(events, 2)


async def test_some_microgrids_are_watched_and_removed_if_the_server_says_so() -> None:
    async with (
        changing(ONE, TWO) as (served, client),
        aclosing(watch(client, [2, 1], every=EVERY)) as events,
    ):
        first = await take(events, 2)
        assert [*map(describe, first)] == ["SiteAdded 2", "SiteAdded 1"]
        await served.serve(TWO)
        assert [*map(describe, await take(events, 1))] == ["SiteRemoved 1"]
        (missing,) = await take(events, 1)
        assert isinstance(missing, WatchFailed)
        assert [str(it.part) for it in missing.failures] == ["microgrid 1"]


async def test_gridpools_that_fail_are_not_removed() -> None:
    async with (
        changing(ONE) as (served, client),
        aclosing(watch(client, every=EVERY)) as events,
    ):
        await served.serve(ONE, gridpools=(7,))
        await take(events, 2)
        served.server.failing = {"current ListGridpools": grpc.StatusCode.INTERNAL}
        (failed,) = await take(events, 1)
        assert isinstance(failed, WatchFailed)
        served.server.failing = {}
        await served.serve(MORE, gridpools=(7,))
        async for event in events:
            if not isinstance(event, WatchFailed):
                break
        assert describe(event) == "SiteChanged 1"


async def test_another_order_is_no_change() -> None:
    async with (
        changing(MORE) as (served, client),
        aclosing(watch(client, every=EVERY)) as events,
    ):
        await take(events, 1)
        await served.serve(fleets.site(1, [component(2), component(1)]))
        await asyncio.sleep(5 * EVERY)
        await served.serve(ONE)
        (event,) = await take(events, 1)
        assert isinstance(event, SiteChanged)
        assert [it.change for it in event.differences] == ["removed"]


WRONG: Final[dict[str, tuple[Callable[[bytes], dict[str, Any]], str]]] = {
    "no time": (lambda _: {"every": 0}, "every: expected finite seconds above 0, got 0"),
    "no microgrids": (lambda _: {"microgrid_ids": []}, "microgrid_ids: expected one or more IDs"),
    "too much jitter": (lambda _: {"jitter": 1}, "jitter: expected a share from 0 to below 1"),
    "no cursor": (lambda _: {"cursor": b"x"}, "cursor: expected bytes of a cursor"),
    "half a cursor": (lambda it: {"cursor": it[:-9]}, "cursor: expected bytes of a cursor"),
    "of other lists": (
        lambda it: {"cursor": it, "include": {"sensors"}},
        "cursor: expected one of a watch of all microgrids with sensors; it is of all",
    ),
    "of other microgrids": (
        lambda it: {"cursor": it, "microgrid_ids": [5]},
        r"cursor: expected one of a watch of \[5\] with",
    ),
}


@pytest.mark.parametrize(("arguments", "message"), WRONG.values(), ids=WRONG)
async def test_wrong_arguments_are_named(
    arguments: Callable[[bytes], dict[str, Any]], message: str
) -> None:
    async with changing(ONE) as (_, client):
        async with aclosing(watch(client, every=EVERY)) as events:
            (event,) = await take(events, 1)
        with pytest.raises(ValueError, match=message):
            watch(client, **arguments(event.cursor.to_bytes()))
