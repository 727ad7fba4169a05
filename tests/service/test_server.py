"""The server itself: its life, the address it listens on, and how it lets calls finish."""

import asyncio
import errno
import socket
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest
from frequenz.client.common.microgrid import MicrogridId

from frequenz.client.assets import AssetsApiClient, CallPolicy, Microgrid, inventory
from frequenz.client.assets.exceptions import ServiceUnavailable
from frequenz.client.assets.inventory import InventoryFileError
from frequenz.server.assets import AssetsServer, ServerSettings

from .conftest import MakeServer
from .fleets import FLEET, big_fleet
from .raw import COMPONENTS, ask, request, until_accepted
from .servers import faults, locked, raw_channel, start_and_stop

SITE = MicrogridId(1)
SOON = 0.2
"""Time in which what must not happen would have happened, in s."""


REFUSED: Final = "Connection refused"


async def ask_for_the_site(url: str, timeout: float = 30) -> Microgrid:
    async with AssetsApiClient(url) as client:
        return await client.get_microgrid(SITE, timeout=timeout)


# Its life -----------------------------------------------------------------------------------------


async def test_a_server_of_fleet_files_serves_all_their_sites(tmp_path: Path) -> None:
    sites = FLEET.sites
    inventory.write(inventory.Inventory(sites[:1]), tmp_path / "one.yaml")
    inventory.write(inventory.Inventory(sites[1:]), tmp_path / "others.json")

    async with (
        AssetsServer.from_fleet(tmp_path / "one.yaml", str(tmp_path / "others.json")) as server,
        AssetsApiClient(server.url) as client,
    ):
        for site in sites:
            found = await client.get_microgrid(MicrogridId(site.microgrid.id))
            assert found.name == site.microgrid.name


def test_a_fleet_file_that_is_none_is_refused_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "fleet.yaml").write_text("version: 1\nmicrogrid: []\n")

    with pytest.raises(InventoryFileError, match=r"fleet\.yaml:2:1: microgrid: unknown key"):
        AssetsServer.from_fleet(tmp_path / "fleet.yaml")


async def test_a_server_that_is_not_running_has_no_url(make_server: MakeServer) -> None:
    server = make_server()

    with pytest.raises(RuntimeError, match="start it first"):
        _ = server.url
    async with server:
        assert server.url
    with pytest.raises(RuntimeError, match="start it first"):
        _ = server.url


async def test_the_url_is_complete(server: AssetsServer) -> None:
    url = urlsplit(server.url)

    assert (url.scheme, url.hostname, url.query) == ("grpc", "127.0.0.1", "ssl=false")
    assert url.port


async def test_starting_a_running_server_is_refused_and_does_it_no_harm(
    server: AssetsServer,
) -> None:
    url = server.url

    with pytest.raises(RuntimeError, match=r"running already, on grpc://127\.0\.0\.1:"):
        await server.start()

    assert server.url == url
    assert (await ask_for_the_site(url)).id == SITE


async def test_a_server_can_be_stopped_twice_and_before_it_starts(make_server: MakeServer) -> None:
    server = make_server()

    await server.stop()
    await server.start()
    await server.stop()
    await server.stop()


async def test_a_stopped_server_starts_again_with_its_fleet(make_server: MakeServer) -> None:
    server = make_server()

    for _ in range(3):
        async with server:
            assert (await ask_for_the_site(server.url)).name == "Site 1"


async def test_a_server_starts_again_on_the_same_port(make_server: MakeServer) -> None:
    async with make_server() as first:
        port = urlsplit(first.url).port
        url = first.url
    async with make_server(port=port) as second:
        assert second.url == url
        assert (await ask_for_the_site(url)).id == SITE


async def test_a_stopped_server_refuses_calls(make_server: MakeServer) -> None:
    async with make_server() as server:
        url = server.url
        async with AssetsApiClient(url) as client:
            await client.get_microgrid(SITE)
            await server.stop()
            with pytest.raises(ServiceUnavailable, match=REFUSED):
                await client.get_microgrid(SITE, timeout=0.5)
    with pytest.raises(ServiceUnavailable, match=REFUSED):
        await ask_for_the_site(url, timeout=0.5)


async def test_servers_live_side_by_side(make_server: MakeServer) -> None:
    async with make_server() as one, AssetsServer(FLEET) as another:
        assert one.url != another.url
        assert await ask_for_the_site(one.url) == await ask_for_the_site(another.url)


# Its address --------------------------------------------------------------------------------------


@pytest.mark.parametrize("listening", [True, False])
async def test_a_port_in_use_is_an_error_that_names_the_address(
    make_server: MakeServer, listening: bool
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        if listening:
            other.listen()
        port = other.getsockname()[1]
        server = make_server(port=port)

        with pytest.raises(OSError, match=f"cannot listen on 127.0.0.1:{port}: ") as refused:
            await start_and_stop(server)

    assert refused.value.errno == errno.EADDRINUSE


async def test_two_servers_cannot_share_a_port(make_server: MakeServer) -> None:
    async with make_server() as server:
        port = urlsplit(server.url).port
        assert port
        with pytest.raises(OSError, match="cannot listen on"):
            await start_and_stop(AssetsServer(FLEET, ServerSettings(port=port)))
        assert (await ask_for_the_site(server.url)).id == SITE


async def test_a_server_starts_after_its_port_has_become_free(make_server: MakeServer) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        server = make_server(port=other.getsockname()[1])
        with pytest.raises(OSError, match="cannot listen on"):
            await start_and_stop(server)

    async with server:
        assert (await ask_for_the_site(server.url)).id == SITE


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "192.0.2.1", "2001:db8::1", "example.org", "", "127.0.0.1.example"]
)
def test_a_host_that_is_not_loopback_is_refused(host: str) -> None:
    with pytest.raises(ValueError, match=r"is not a loopback address.*unless insecure"):
        ServerSettings(host=host)


@pytest.mark.parametrize(("host", "address"), [("0.0.0.0", "0.0.0.0"), ("::", "[::]")])
def test_with_insecure_any_host_is_accepted(host: str, address: str) -> None:
    assert ServerSettings(host=host, insecure=True).address == address


@pytest.mark.parametrize("host", ["localhost", "127.9.9.9"])
async def test_a_server_listens_on_any_name_of_this_machine(host: str) -> None:
    async with AssetsServer(FLEET, ServerSettings(host=host)) as server:
        assert server.url.startswith(f"grpc://{host}:")
        assert (await ask_for_the_site(server.url)).id == SITE


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


needs_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")


@needs_ipv6
async def test_a_server_listens_on_ipv6(make_server: MakeServer) -> None:
    async with make_server(host="::1") as server:
        assert server.url.startswith("grpc://[::1]:")
        assert (await ask_for_the_site(server.url)).id == SITE


@needs_ipv6
async def test_an_ipv6_port_in_use_is_an_error_that_names_the_address() -> None:
    with socket.socket(socket.AF_INET6) as other:
        other.bind(("::1", 0))
        port = other.getsockname()[1]
        with pytest.raises(OSError, match=rf"cannot listen on \[::1\]:{port}: "):
            await start_and_stop(AssetsServer(FLEET, ServerSettings(host="::1", port=port)))


@needs_ipv6
async def test_a_name_of_two_addresses_is_refused_when_one_of_them_is_in_use() -> None:
    # A client of the URL would else reach whoever has the port on the other address.
    with socket.socket(socket.AF_INET6) as other:
        other.bind(("::1", 0))
        other.listen()
        server = AssetsServer(FLEET, ServerSettings(host="localhost", port=other.getsockname()[1]))
        with pytest.raises(OSError, match="cannot listen on"):
            await start_and_stop(server)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"port": -1}, "port must be from 0 to 65535, got -1"),
        ({"port": 65536}, "port must be from 0 to 65535, got 65536"),
        ({"grace_seconds": -0.5}, "grace_seconds must not be negative, got -0.5"),
    ],
)
def test_a_setting_out_of_range_is_refused(wrong: dict[str, float], sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^{sentence}$"):
        ServerSettings(**wrong)  # type: ignore[arg-type]


# Calls in flight at the end -----------------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A database file, to be locked: then calls are slow for real."""
    return tmp_path / "fleet.db"


async def begin_call(client: AssetsApiClient) -> "asyncio.Task[Microgrid]":
    """Begin a call, and return when the server has taken it up."""
    call = asyncio.create_task(client.get_microgrid(SITE))
    await asyncio.sleep(0)
    await until_accepted(client.channel)
    return call


async def test_a_call_in_flight_finishes_while_the_server_stops(file: Path) -> None:
    settings = ServerSettings(database=file)
    async with AssetsServer(FLEET, settings) as server, AssetsApiClient(server.url) as client:
        with locked(file):
            call = await begin_call(client)
            stop = asyncio.create_task(server.stop())
            await asyncio.sleep(SOON)
            assert not call.done()
            assert not stop.done()

        assert (await call).id == SITE
        await stop


async def test_new_calls_are_refused_while_one_in_flight_finishes(file: Path) -> None:
    settings = ServerSettings(database=file)
    async with AssetsServer(FLEET, settings) as server, AssetsApiClient(server.url) as client:
        url = server.url
        with locked(file):
            call = await begin_call(client)
            stop = asyncio.create_task(server.stop())
            await asyncio.sleep(SOON)
            with pytest.raises(ServiceUnavailable, match=REFUSED):
                await client.get_microgrid(SITE, timeout=0.5)
            with pytest.raises(ServiceUnavailable, match=REFUSED):
                await ask_for_the_site(url, timeout=0.5)

        assert (await call).id == SITE
        await stop


async def test_a_call_in_flight_is_broken_off_after_the_grace(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = ServerSettings(database=file, grace_seconds=SOON)
    once = CallPolicy(max_attempts=1)
    async with (
        AssetsServer(FLEET, settings) as server,
        AssetsApiClient(server.url, policy=once) as client,
    ):
        with locked(file):
            calls = [await begin_call(client) for _ in range(5)]
            stop = asyncio.create_task(server.stop())
            for call in calls:
                with pytest.raises(ServiceUnavailable):
                    await call
        await stop

    assert not faults(caplog)  # that a call was broken off is no fault of the server


async def test_a_server_without_calls_stops_at_once(make_server: MakeServer) -> None:
    async with make_server(grace_seconds=30) as server, AssetsApiClient(server.url) as client:
        await client.get_microgrid(SITE)
        async with asyncio.timeout(10):
            await server.stop()


async def test_a_large_reply_in_flight_arrives_whole_while_the_server_stops(
    make_server: MakeServer,
) -> None:
    served = big_fleet(components=20_000, name_length=500)
    async with make_server(served) as server, raw_channel(server) as channel:
        call = asyncio.create_task(ask(channel, COMPONENTS, request(COMPONENTS, 1)))
        await asyncio.sleep(0)
        await until_accepted(channel)
        await server.stop()

        assert len((await call).components) == 20_000
