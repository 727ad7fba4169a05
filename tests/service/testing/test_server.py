"""The server for tests: what it serves, how that changes, and what it records."""

import asyncio
import re
from dataclasses import replace
from pathlib import Path
from typing import Final
from unittest import IsolatedAsyncioTestCase, TestCase

import grpc
import grpc.aio
import pytest
from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId

from frequenz.client.assets import AssetsApiClient, Gridpool, blocking, inventory
from frequenz.client.assets.building import grid, site
from frequenz.client.assets.electrical_component import ElectricalComponentCategory
from frequenz.client.assets.exceptions import EntityNotFound
from frequenz.client.assets.inventory import Inventory
from frequenz.client.assets.testing import AssetsTestServer, Call, call
from frequenz.server.assets import AssetsServer

from ..fleets import DEPOT, FLEET
from ..raw import FIRST_SERVICE, GARBAGE, SERVICE, ask
from ..servers import raw_channel

SITE: Final = MicrogridId(1)
GET: Final = "GetMicrogrid"
COMPONENTS: Final = "ListMicrogridElectricalComponents"

fleet = pytest.mark.assets_fleet(FLEET)


@fleet
def test_blocking_tests_have_a_blocking_client(
    assets_blocking_client: blocking.AssetsApiClient,
) -> None:
    assert assets_blocking_client.get_microgrid(SITE).name == "Site 1"


@fleet
def test_a_server_shows_where_it_is_and_what_it_was_asked(
    assets_server: AssetsTestServer, assets_blocking_client: blocking.AssetsApiClient
) -> None:
    assets_blocking_client.get_microgrid(SITE)
    port = assets_server.url.partition("?")[0].rpartition(":")[2]
    assert repr(assets_server) == f"<AssetsTestServer at 127.0.0.1:{port}, 1 calls>"
    assert repr(AssetsTestServer(FLEET)) == "<AssetsTestServer not started, 0 calls>"


def test_faults_offer_what_tests_declare() -> None:
    assert {it for it in dir(AssetsTestServer(FLEET).faults) if not it.startswith("_")} == {
        *("clear", "delay", "drop_connection", "fail", "garbage", "hang", "item", "pending"),
        "truncate",
    }


@pytest.mark.assets_fleet(site(7, "Yard", grid(63).meter("Main")), site(8, "Mill"))
def test_sites_can_be_given_without_a_fleet(
    assets_server: AssetsTestServer, assets_blocking_client: blocking.AssetsApiClient
) -> None:
    assert [it.name for it in assets_blocking_client.list_microgrids()] == ["Yard", "Mill"]
    assets_server.apply(site(9, "Hall"))
    assert [it.name for it in assets_blocking_client.list_microgrids()] == ["Hall"]


def test_without_a_marker_nothing_is_served(
    assets_blocking_client: blocking.AssetsApiClient,
) -> None:
    assert assets_blocking_client.list_microgrids() == []


@fleet
async def test_what_is_applied_is_served_from_the_next_call_on(
    assets_server: AssetsTestServer, assets_client: AssetsApiClient
) -> None:
    for _ in range(2):  # the second reply comes from the server's cache
        assert (await assets_client.get_microgrid(SITE)).name == "Site 1"
    assets_server.apply(FLEET.without_sites(SITE))
    with pytest.raises(EntityNotFound):
        await assets_client.get_microgrid(SITE)


@fleet
async def test_objects_of_the_client_change_what_is_served(
    assets_server: AssetsTestServer, assets_client: AssetsApiClient
) -> None:
    microgrid = await assets_client.get_microgrid(SITE)
    assets_server.update(replace(microgrid, name="Renamed"), Gridpool(id=4, name="North"))
    assert (await assets_client.get_microgrid(SITE)).name == "Renamed"
    assert [it.name for it in await assets_client.list_gridpools()] == ["North"]
    (first, *_) = await assets_client.list_microgrid_electrical_components(SITE)
    assets_server.update(replace(first, name="Main"))
    assert {it.name for it in await assets_client.list_microgrid_electrical_components(SITE)} >= {
        "Main"
    }


def test_what_cannot_be_served_changes_nothing() -> None:
    with AssetsTestServer(FLEET) as server:
        with pytest.raises(LookupError):
            server.update(replace_microgrid_of_component())
        with pytest.raises(TypeError, match="fleet: expected the path"):
            server.apply(3)  # type: ignore[arg-type]
        assert server.fleet is FLEET


def replace_microgrid_of_component() -> object:
    message = type(DEPOT.components[0])()
    message.CopyFrom(DEPOT.components[0])
    message.microgrid_id = 99
    return message


@fleet
async def test_calls_are_recorded_with_their_requests(
    assets_server: AssetsTestServer, assets_client: AssetsApiClient
) -> None:
    categories = [ElectricalComponentCategory.METER]
    ids = [ElectricalComponentId(30)]
    await assets_client.list_microgrid_electrical_components(SITE)
    await assets_client.list_microgrid_electrical_components(
        SITE, component_ids=ids, categories=categories
    )
    with pytest.raises(EntityNotFound):
        await assets_client.get_microgrid(MicrogridId(7))
    assert assets_server.calls == [
        call(COMPONENTS, microgrid_id=1),
        call(COMPONENTS, microgrid_id=1, filter={"component_ids": [30], "categories": [2]}),
        call(GET, microgrid_id=7, status=grpc.StatusCode.NOT_FOUND),
    ]
    assert assets_server.calls[0] != assets_server.calls[1]
    assert assets_server.calls[2] != call(GET, microgrid_id=7)
    assert eval(repr(assets_server.calls), {"call": call, "StatusCode": grpc.StatusCode}) == (
        assets_server.calls
    )


@fleet
async def test_requests_of_the_first_generation_and_invalid_ones_are_recorded(
    assets_server: AssetsTestServer,
) -> None:
    async with raw_channel(assets_server.url) as channel:
        await ask(channel, GET, b"\x08\x01", service=FIRST_SERVICE)
        with pytest.raises(grpc.aio.AioRpcError):
            await ask(channel, GET, GARBAGE, service=SERVICE)
    first, second = assets_server.calls
    assert first == call(GET, microgrid_id=1)
    assert (second.request, second.status) == (None, grpc.StatusCode.INVALID_ARGUMENT)
    assert repr(second) == "call('GetMicrogrid', request=None, status=StatusCode.INVALID_ARGUMENT)"


@fleet
async def test_recorded_metadata_has_no_secrets(assets_server: AssetsTestServer) -> None:
    async with AssetsApiClient(
        assets_server.url, auth_key="my-key", sign_secret="my-secret"
    ) as client:
        await client.get_microgrid(SITE)
    metadata = assets_server.calls[0].metadata
    assert {metadata[name] for name in ("key", "sig", "nonce", "ts")} == {"(hidden)"}
    assert metadata["user-agent"].startswith("frequenz-client-assets/")


def test_a_wrong_expected_call_is_refused() -> None:
    with pytest.raises(ValueError, match="did you mean 'GetMicrogrid'"):
        call("GetMicrogrids", microgrid_id=1)
    with pytest.raises(ValueError, match="GetMicrogrid: field: unknown name 'microgrid'"):
        call(GET, microgrid=1)
    with pytest.raises(ValueError, match="expected the name of one method"):
        call("*")
    assert call(GET) != GET
    assert isinstance(call(GET), Call)


def test_a_server_outside_its_block_has_no_url() -> None:
    server = AssetsTestServer()
    with pytest.raises(RuntimeError, match="not running"):
        assert server.url
    with pytest.raises(RuntimeError, match="not running"):
        server.restart()
    for _ in range(2):
        with server, pytest.raises(RuntimeError, match=re.escape(server.url)):
            server.start()
    with pytest.raises(RuntimeError, match="not running"):
        assert server.url


def test_files_and_builders_can_be_served(tmp_path: Path) -> None:
    class Builder:
        def inventory(self) -> Inventory:
            return FLEET

    path = tmp_path / "fleet.json"
    inventory.write(FLEET, path)
    for source in (path, str(path), Builder(), FLEET):
        assert [site.microgrid.id for site in AssetsTestServer(source).fleet.sites] == [
            site.microgrid.id for site in FLEET.sites
        ]


def test_what_is_not_a_fleet_is_refused() -> None:
    class Builder:
        def inventory(self) -> object:
            return 3

    for wrong, message in (
        (3, "fleet: expected the path of an inventory file, an Inventory, a Site, or an object"),
        (Builder, "fleet: expected the path"),
        (Builder(), r"fleet: expected inventory\(\) of .* to return an Inventory, got 3"),
    ):
        with pytest.raises(TypeError, match=message):
            AssetsTestServer(wrong)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="tls: expected a bool, got 'yes'"):
        AssetsTestServer(FLEET, tls="yes")  # type: ignore[arg-type]


def test_the_server_itself_works_in_blocking_code() -> None:
    with AssetsServer(FLEET) as server, blocking.AssetsApiClient(server.url) as client:
        assert client.get_microgrid(SITE).name == "Site 1"
    with pytest.raises(RuntimeError, match="not running"):
        assert server.url


async def test_the_server_itself_can_serve_another_inventory() -> None:
    server = AssetsServer(FLEET)
    with pytest.raises(RuntimeError, match="not running"):
        await server.apply(FLEET)
    async with server, AssetsApiClient(server.url) as client:
        assert (await client.get_microgrid(SITE)).name == "Site 1"
        with pytest.raises(TypeError, match="change: expected an Inventory or Differences, got 3"):
            await server.apply(3)  # type: ignore[arg-type]
        await server.apply(Inventory())
        assert await client.list_microgrids() == []


class TestWithUnittest(TestCase):
    """The context manager in a blocking test."""

    def test_a_blocking_client(self) -> None:
        with AssetsTestServer(FLEET) as server, blocking.AssetsApiClient(server.url) as client:
            self.assertEqual(client.get_microgrid(SITE).name, "Site 1")
            self.assertEqual(server.calls, [call(GET, microgrid_id=1)])


class TestWithAsynchronousUnittest(IsolatedAsyncioTestCase):
    """The context manager in asynchronous tests, with a server and a client for all of them."""

    async def asyncSetUp(self) -> None:
        self.server = await self.enterAsyncContext(AssetsTestServer(FLEET))
        self.client = await self.enterAsyncContext(AssetsApiClient(self.server.url))

    async def test_a_client(self) -> None:
        self.server.faults.fail(GET, grpc.StatusCode.UNAVAILABLE, times=1)
        self.assertEqual((await self.client.get_microgrid(SITE)).name, "Site 1")
        self.assertEqual(len(self.server.calls), 2)

    async def test_calls_in_parallel(self) -> None:
        await asyncio.gather(*(self.client.get_microgrid(SITE) for _ in range(20)))
        self.assertEqual(self.server.calls, [call(GET, microgrid_id=1)] * 20)
