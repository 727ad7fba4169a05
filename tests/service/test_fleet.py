"""Fetching whole sites and fleets, from servers that answer, fail, stall, deny and lie."""

import asyncio
import gc
import pickle
import weakref
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Any, Final

import grpc
import pytest
from frequenz.api.common.v1alpha8.microgrid import microgrid_pb2
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2 as pb
from frequenz.client.common.microgrid import MicrogridId
from harness.benchmarks.messages import components
from harness.shared import servers
from harness.shared.servers import CannedReplies

from frequenz.client.assets import AssetsApiClient, CallPolicy, inventory
from frequenz.client.assets.exceptions import (
    ApiClientError,
    EntityNotFound,
    OperationTimedOut,
    OperationUnauthenticated,
    PermissionDenied,
)
from frequenz.client.assets.findings import Rule
from frequenz.client.assets.fleet import (
    FailedPart,
    FleetSnapshot,
    MissingSitesError,
    Part,
    Site,
    fetch_fleet,
    fetch_site,
    iter_sites,
)
from frequenz.client.assets.fleet._crawler import MAX_UNANSWERED
from frequenz.client.assets.fleet._replies import SiteReplies
from frequenz.client.assets.testing._handlers import bytes_handler
from frequenz.server.assets._service import AssetsService, handlers
from frequenz.server.assets._stores import open_store, replace

from . import fleets
from .fleets import FLEET, component
from .raw import COMPONENTS, GARBAGE, in_bytes
from .test_generations import CURRENT, FIRST, serving, without

SITES: Final = range(1, 31)
ONCE: Final = CallPolicy(max_attempts=1)


class Unruly(grpc.GenericRpcHandler):
    """The Assets server, but lists of components of some microgrids go wrong."""

    def __init__(self, service: AssetsService) -> None:
        self._handlers = handlers(service)
        self.faults: dict[int, grpc.StatusCode | bytes | None] = {}
        """By microgrid: a status, the bytes of a reply, or no answer for None."""

        self.in_progress: set[int] = set()
        self.stalled = asyncio.Event()
        self.idle = asyncio.Event()

    def service(
        self, handler_call_details: grpc.HandlerCallDetails
    ) -> "grpc.RpcMethodHandler[bytes, bytes] | None":
        found = next(filter(None, (it.service(handler_call_details) for it in self._handlers)))
        if not handler_call_details.method.endswith(f"/{COMPONENTS}"):
            return found
        return bytes_handler(self._list_components)

    async def _list_components(
        self, data: bytes, context: "grpc.aio.ServicerContext[bytes, bytes]"
    ) -> bytes:
        number = pb.ListMicrogridElectricalComponentsRequest.FromString(data).microgrid_id
        fault = self.faults.get(number, _listed(number))
        if isinstance(fault, grpc.StatusCode):
            await context.abort(fault, "refused by the test")
        if isinstance(fault, bytes):
            return fault
        self.in_progress.add(number)
        self.stalled.set()
        self.idle.clear()
        try:
            await asyncio.sleep(60)
        finally:
            self.in_progress.discard(number)
            if not self.in_progress:
                self.idle.set()
        raise AssertionError("nobody waits that long")


def _listed(number: int, asked: int | None = None) -> bytes:
    reply = pb.ListMicrogridElectricalComponentsResponse(
        microgrid_id=asked or number, components=[component(1, microgrid_id=number)]
    )
    return in_bytes(reply)


@asynccontextmanager
async def unruly() -> AsyncIterator[tuple[Unruly, str]]:
    store = await open_store(None)
    await replace(store, fleets.fleet(*(fleets.site(number) for number in SITES)))
    server = Unruly(AssetsService(store))
    try:
        async with servers.serving(server) as url:
            yield server, url
    finally:
        await store.close()


# Sites --------------------------------------------------------------------------------------------


async def test_a_site_has_what_the_client_returns(client: AssetsApiClient) -> None:
    for listed in FLEET.sites:
        number = listed.microgrid.id
        found: list[Any] = []
        site = await fetch_site(client, number)
        assert site.id == MicrogridId(number)
        assert site.microgrid == await client.get_microgrid(number, on_findings=found.append)
        assert site.components == await client.list_microgrid_electrical_components(
            number, on_findings=found.append
        )
        assert site.connections == await client.list_microgrid_electrical_component_connections(
            number, on_findings=found.append
        )
        assert site.sensors == await client.list_microgrid_sensors(number)
        assert site.findings == tuple(finding for call in found for finding in call.findings)
        assert site.messages == listed
        assert site.components is site.components


async def test_a_site_of_an_inventory_is_like_that_of_a_server(client: AssetsApiClient) -> None:
    for listed in FLEET.sites:
        site, of_file = await fetch_site(client, listed.microgrid.id), Site.of(listed)
        for name in ("microgrid", "components", "connections", "sensors", "findings", "messages"):
            assert getattr(site, name) == getattr(of_file, name)


async def test_what_is_not_included_is_not_requested_and_not_empty() -> None:
    async with serving(CURRENT) as offer, AssetsApiClient(offer.url) as client:
        site = await fetch_site(client, 1, include={"connections"})
        assert offer.take_arrived() == [
            "current GetMicrogrid",
            "current ListMicrogridElectricalComponentConnections",
        ]
        assert (len(site.connections), site.sensors) == (3, None)
        with pytest.raises(LookupError, match="microgrid 1: its components were not fetched"):
            _ = site.components
        snapshot = await fetch_fleet(client, include={"gridpools"})
    assert (snapshot.gridpools, snapshot.energy_schedules) == ([], None)
    assert snapshot.market_topology is None
    assert offer.arrived == ["current ListMicrogrids", "current ListGridpools"]


async def test_an_unknown_microgrid_is_an_error(client: AssetsApiClient) -> None:
    with pytest.raises(EntityNotFound):
        await fetch_site(client, 404)


async def test_a_site_of_a_server_of_the_first_generation_has_no_sensors() -> None:
    async with serving(FIRST) as offer, AssetsApiClient(offer.url) as client:
        assert (await fetch_site(client, 1)).sensors is None


async def test_the_other_calls_for_a_site_end_with_the_one_that_fails() -> None:
    async with unruly() as (server, url), AssetsApiClient(url, policy=ONCE) as client:
        server.faults = {1: None}
        with pytest.raises(OperationTimedOut) as caught:
            await fetch_site(client, 1, timeout=0.2)
        assert caught.value.operation == COMPONENTS


# Fleets -------------------------------------------------------------------------------------------


async def test_a_snapshot_is_the_whole_fleet(client: AssetsApiClient) -> None:
    snapshot = await fetch_fleet(client)
    assert snapshot.inventory == FLEET
    assert snapshot.is_complete
    assert not snapshot.is_empty
    assert snapshot.started_at <= snapshot.ended_at
    assert snapshot.started_at.utcoffset() is not None
    assert snapshot.findings == inventory.check(FLEET)
    assert FleetSnapshot.of(FLEET).findings == snapshot.findings
    assert (snapshot.gridpools, snapshot.energy_schedules) == ([], [])


async def test_microgrids_are_fetched_once_and_in_their_order(client: AssetsApiClient) -> None:
    snapshot = await fetch_fleet(client, [2, MicrogridId(1), 2])
    assert [int(site.id) for site in snapshot.sites] == [2, 1]
    assert snapshot.gridpools is None
    assert (await fetch_fleet(client, [])).is_empty


WRONG: Final[dict[str, tuple[dict[str, Any], str]]] = {
    "no concurrency": ({"concurrency": 0}, "concurrency: expected 1 or more, got 0"),
    "a fraction": ({"concurrency": 1.5}, "concurrency: expected an integer, got 1.5"),
    "no such list": ({"include": {"meters"}}, "include: expected some of components, .* 'meters'"),
    "a text": ({"include": "sensors"}, r"include: expected a set of names .* got 'sensors'"),
    "a timeout below 0": ({"timeout": -1}, "timeout: "),
    "no ID": ({"microgrid_ids": [-1]}, "microgrid_id"),
    "one ID": ({"microgrid_ids": 5}, "microgrid_ids: expected IDs, got 5"),
}


@pytest.mark.parametrize(("arguments", "message"), WRONG.values(), ids=WRONG)
async def test_wrong_arguments_are_named(arguments: dict[str, Any], message: str) -> None:
    async with serving(CURRENT) as offer, AssetsApiClient(offer.url) as client:
        with pytest.raises((TypeError, ValueError), match=message):
            await fetch_fleet(client, **arguments)
        with pytest.raises((TypeError, ValueError), match=message):
            iter_sites(client, **arguments)
        assert offer.arrived == []


FAULTS: Final[dict[int, grpc.StatusCode | bytes | None]] = {
    3: grpc.StatusCode.INTERNAL,
    7: grpc.StatusCode.PERMISSION_DENIED,
    11: None,
    13: GARBAGE,
    17: _listed(17, 18),
}


async def test_sites_that_fail_stall_or_lie_do_not_cost_the_others() -> None:
    policy = CallPolicy(timeout=1, max_attempts=1)
    async with unruly() as (server, url), AssetsApiClient(url, policy=policy) as client:
        server.faults = FAULTS
        snapshot = await fetch_fleet(client, concurrency=3)
    failed = {it.part.id: it.error for it in snapshot.failures}
    assert [*failed] == [3, 7, 11, 13]
    assert isinstance(failed[7], PermissionDenied)
    assert isinstance(failed[11], OperationTimedOut)
    assert {error.operation for error in failed.values()} == {COMPONENTS}
    assert [int(site.id) for site in snapshot.sites] == [it for it in SITES if it not in failed]
    assert all(len(site.components) == 1 for site in snapshot.sites)
    (lie,) = (it for it in snapshot.findings if it.finding.rule is Rule.REPLY_FOR_ANOTHER)
    assert lie.microgrid_id == 17


async def test_a_timeout_returns_what_was_fetched() -> None:
    async with unruly() as (server, url), AssetsApiClient(url) as client:
        server.faults = {3: None}
        snapshot = await fetch_fleet(client, concurrency=1, timeout=1)
    assert [int(site.id) for site in snapshot.sites] == [1, 2]
    (failed,) = snapshot.failures
    assert failed.part == Part("microgrid", 3)
    assert isinstance(failed.error, OperationTimedOut)
    assert snapshot.not_asked[:2] == (Part("microgrid", 4), Part("microgrid", 5))
    assert snapshot.not_asked[-2:] == (Part("gridpools"), Part("market topology"))


async def test_what_on_progress_raises_ends_the_fetching() -> None:
    class StopHere(Exception):  # noqa: N818 - not an error
        pass

    def stop(done: int, total: int) -> None:
        assert total >= done
        if done == 5:
            raise StopHere

    async with unruly() as (server, url), AssetsApiClient(url) as client:
        server.faults = {20: None}
        with pytest.raises(StopHere):
            await fetch_fleet(client, [20, *SITES], on_progress=stop)
        await _none_in_progress(server)


async def test_cancelling_cancels_all_calls() -> None:
    async with unruly() as (server, url), AssetsApiClient(url) as client:
        server.faults = dict.fromkeys(SITES)
        fetching = asyncio.create_task(fetch_fleet(client, concurrency=4))
        await server.stalled.wait()
        before = asyncio.all_tasks() - {asyncio.current_task()}
        fetching.cancel()
        with pytest.raises(asyncio.CancelledError):
            await fetching
        assert not any("as_completed" in repr(task.get_coro()) for task in asyncio.all_tasks())
        assert before
        await _none_in_progress(server)


async def _none_in_progress(server: Unruly) -> None:
    async with asyncio.timeout(10):
        await server.idle.wait()


# Streams ------------------------------------------------------------------------------------------


async def test_failures_are_raised_after_all_sites() -> None:
    yielded = []
    async with unruly() as (server, url), AssetsApiClient(url, policy=ONCE) as client:
        server.faults = dict.fromkeys((2, 3, 4, 5), grpc.StatusCode.INTERNAL)
        with pytest.raises(MissingSitesError) as caught:
            async for site in iter_sites(client):
                yielded.append(int(site.id))
    assert sorted(yielded) == [it for it in SITES if it not in server.faults]
    error = caught.value
    assert {it.part.id for it in error.failures} == {*server.faults}
    assert error.exceptions == tuple(it.error for it in error.failures)
    assert str(error).startswith("could not fetch microgrid ")
    assert " and 1 more" in str(error)
    assert error.subgroup(lambda it: isinstance(it, ApiClientError)) is not None


async def test_failures_are_passed_on() -> None:
    failures: list[FailedPart] = []
    async with unruly() as (server, url), AssetsApiClient(url, policy=ONCE) as client:
        server.faults = {2: grpc.StatusCode.INTERNAL}
        sites = [it async for it in iter_sites(client, [1, 2, 3], on_failure=failures.append)]
    assert len(sites) == 2
    assert [it.part for it in failures] == [Part("microgrid", 2)]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [(grpc.StatusCode.UNAUTHENTICATED, OperationUnauthenticated), (None, OperationTimedOut)],
)
async def test_every_site_that_is_not_requested_has_a_reason(
    fault: grpc.StatusCode | None, expected: type[ApiClientError]
) -> None:
    failures: list[FailedPart] = []
    policy = CallPolicy(timeout=0.2, max_attempts=1)
    async with unruly() as (server, url), AssetsApiClient(url, policy=policy) as client:
        server.faults = dict.fromkeys(SITES, fault)
        sites = iter_sites(client, concurrency=4, on_failure=failures.append)
        assert [it async for it in sites] == []
    assert {it.part.id for it in failures} == {*SITES}
    assert len(failures) == len(SITES)
    assert {type(it.error) for it in failures} == {expected}
    assert len(SITES) > MAX_UNANSWERED


async def test_the_end_of_the_time_is_a_reason() -> None:
    failures: list[FailedPart] = []
    async with unruly() as (server, url), AssetsApiClient(url) as client:
        server.faults = {2: None}
        sites = iter_sites(client, concurrency=1, timeout=0.5, on_failure=failures.append)
        assert [int(it.id) async for it in sites] == [1]
    assert {it.part.id for it in failures} == {*SITES} - {1}
    assert "not requested within the timeout of 0.5 s" in str(failures[-1])


async def test_leaving_the_loop_cancels_all_calls() -> None:
    async with unruly() as (server, url), AssetsApiClient(url) as client:
        server.faults = {it: None for it in SITES if it > 1}
        async with aclosing(iter_sites(client, concurrency=4)) as sites:
            async for site in sites:
                await server.stalled.wait()
                assert int(site.id) == 1
                break
        await _none_in_progress(server)


def _canned(sites: int, size: int) -> CannedReplies:
    listed = pb.ListMicrogridsResponse(
        microgrids=[microgrid_pb2.Microgrid(id=number) for number in range(1, sites + 1)]
    )
    replies = {
        "ListMicrogrids": in_bytes(listed),
        COMPONENTS: in_bytes(
            pb.ListMicrogridElectricalComponentsResponse(components=components(size))
        ),
    }
    return CannedReplies(lambda operation, _: replies.get(operation, b""))


def _count_replies() -> int:
    return sum(type(it) is SiteReplies for it in gc.get_objects())


async def _stream(sites: int, size: int, each: Callable[[Site], None]) -> int:
    """Stream a fleet to a slow consumer, and return the most sites that were alive."""
    concurrency, most, count = 4, 0, 0
    gc.collect()
    before = _count_replies()  # of earlier tests
    alive: weakref.WeakSet[Any] = weakref.WeakSet()
    async with servers.serving(_canned(sites, size)) as url, AssetsApiClient(url) as client:
        async for site in iter_sites(client, concurrency=concurrency):
            alive.add(site)
            each(site)
            count += 1
            if count % (sites // 4) == 1:
                await asyncio.sleep(0.3)  # long enough for all that may be fetched meanwhile
                most = max(most, _count_replies() - before)
            most = max(most, len(alive))
    assert count == sites
    return most - concurrency


async def test_sites_that_wait_for_a_slow_consumer_are_few() -> None:
    read = 0

    def each(site: Site) -> None:
        nonlocal read
        read += len(site.components)

    assert await _stream(200, 50, each) <= 1
    assert read == 200 * 50


@pytest.mark.soak
@pytest.mark.timeout(300)
async def test_a_million_components_are_streamed_in_flat_memory() -> None:
    read = 0

    def each(site: Site) -> None:
        nonlocal read
        read += len(site.components)

    assert await _stream(1_000, 1_000, each) <= 1
    assert read == 1_000_000


def test_an_error_of_missing_sites_can_be_pickled() -> None:
    error = ApiClientError(server_url="x", operation="y", description="z", retryable=False)
    missing = MissingSitesError([FailedPart(Part("microgrid", 5), error)])
    failures = missing.__reduce__()[1][0]
    assert type(missing)(failures).failures == missing.failures
    assert pickle.loads(pickle.dumps(Part("gridpools"))) == Part("gridpools")


async def test_a_call_that_is_not_offered_is_made_once() -> None:
    async with serving(without("ListMicrogridSensors")) as offer:
        async with AssetsApiClient(offer.url) as client:
            snapshot = await fetch_fleet(client, concurrency=1)
        assert offer.arrived.count("current ListMicrogridSensors") == 1
    assert snapshot.not_offered == ("sensors",)
    assert all(site.sensors is None for site in snapshot.sites)
