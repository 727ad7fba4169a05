"""The server: starting and stopping, its address, interceptors, and calls in flight at the end."""

import asyncio
import errno
import re
import socket
from collections.abc import Awaitable, Callable
from math import nan
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import grpc.aio
import pytest
from frequenz.client.common.microgrid import MicrogridId

from frequenz.client.assets import AssetsApiClient, CallPolicy, Microgrid, inventory
from frequenz.client.assets.exceptions import PermissionDenied, ServiceUnavailable
from frequenz.client.assets.inventory import InventoryFileError
from frequenz.server.assets import AssetsServer, ServerSettings
from frequenz.server.assets._service import AssetsService, Call, handlers
from frequenz.server.assets._stores import open_store, replace

from .conftest import MakeServer
from .fleets import FLEET, big_fleet
from .keys import answer
from .raw import COMPONENTS, FIRST_SERVICE, MICROGRID, SERVICE, ask, request, until_accepted
from .servers import faults, raw_channel, slow, start_and_stop
from .test_metrics import scrape

SITE = MicrogridId(1)
SOON = 0.2
"""How long to wait for something that must not happen, in s."""

REFUSED: Final = "Connection refused"


async def ask_for_the_site(url: str, timeout: float = 30) -> Microgrid:
    async with AssetsApiClient(url) as client:
        return await client.get_microgrid(SITE, timeout=timeout)


# Starting and stopping ----------------------------------------------------------------------------


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


def test_a_server_without_a_fleet_and_a_database_is_refused() -> None:
    message = "^fleet: expected an Inventory, or settings with a database$"
    for settings in (None, ServerSettings()):
        with pytest.raises(ValueError, match=message):
            AssetsServer(None, settings)
    with pytest.raises(ValueError, match=message):
        AssetsServer()


@pytest.mark.parametrize("fleet", ["fleet.yaml", Path("fleet.yaml"), [], {}, b"", ServerSettings()])
def test_a_fleet_of_another_type_is_refused_and_files_lead_to_from_fleet(fleet: Any) -> None:
    message = r"^fleet: expected an Inventory, got .*; for files, use AssetsServer\.from_fleet$"
    with pytest.raises(TypeError, match=message):
        AssetsServer(fleet)
    with pytest.raises(TypeError, match=message):
        AssetsServer(fleet, ServerSettings(database="fleet.db"))


def test_settings_of_another_type_are_refused() -> None:
    settings: Any = {"port": 0}
    with pytest.raises(TypeError, match=r"^settings: expected ServerSettings, got {'port': 0}$"):
        AssetsServer(FLEET, settings)


def test_an_invalid_fleet_file_is_refused_before_the_server_starts(tmp_path: Path) -> None:
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


async def test_the_url_contains_the_port_and_the_parameters(server: AssetsServer) -> None:
    url = urlsplit(server.url)

    assert (url.scheme, url.hostname, url.query) == ("grpc", "127.0.0.1", "ssl=false")
    assert url.port


async def test_starting_a_running_server_is_refused_and_does_not_affect_it(
    server: AssetsServer,
) -> None:
    url = server.url

    with pytest.raises(RuntimeError, match=r"already running on grpc://127\.0\.0\.1:"):
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


async def test_several_servers_run_in_one_process(make_server: MakeServer) -> None:
    async with make_server() as one, AssetsServer(FLEET) as another:
        assert one.url != another.url
        assert await ask_for_the_site(one.url) == await ask_for_the_site(another.url)


# The address --------------------------------------------------------------------------------------


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


NOT_LOOPBACK: Final = (
    *("0.0.0.0", "::", "192.0.2.1", "2001:db8::1"),
    *("example.org", "", "127.0.0.1.example"),
)


def test_a_host_that_is_not_loopback_is_refused() -> None:
    for host in NOT_LOOPBACK:
        with pytest.raises(
            ValueError, match=f"^host: {host!r} is not a loopback address"
        ) as raised:
            ServerSettings(host=host)
        assert str(raised.value).endswith("set allow_anonymous and allow_plaintext")


PROTECTED: Final[dict[str, dict[str, Any]]] = {
    "keys and TLS": {"keys": "k", "ssl_certificate_chain": "c", "ssl_private_key": "p"},
    "keys only": {"keys": "k", "allow_plaintext": True},
    "TLS only": {
        "allow_anonymous": True,
        "ssl_certificate_chain": "c",
        "ssl_private_key": "p",
    },
    "neither": {"allow_anonymous": True, "allow_plaintext": True},
}


@pytest.mark.parametrize("settings", PROTECTED.values(), ids=PROTECTED)
def test_other_machines_are_served_with_keys_and_tls_or_what_is_allowed_instead(
    settings: dict[str, Any],
) -> None:
    for host in NOT_LOOPBACK:
        address = ServerSettings(host=host, **settings).address
        assert address == (f"[{host}]" if ":" in host else host)
        for name in {*settings} - {"ssl_certificate_chain", "ssl_private_key"}:
            fewer = {key: value for key, value in settings.items() if key != name}
            with pytest.raises(ValueError, match=f"^host: {host!r} is not a loopback address"):
                ServerSettings(host=host, **fewer)


def test_insecure_still_works_and_warns() -> None:
    with pytest.warns(DeprecationWarning, match="use allow_anonymous and allow_plaintext"):
        ServerSettings(host="0.0.0.0", insecure=True)


@pytest.mark.parametrize("host", ["localhost", "127.9.9.9"])
async def test_a_server_listens_on_any_loopback_host(host: str) -> None:
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
async def test_localhost_is_refused_if_the_port_is_in_use_on_one_of_its_addresses() -> None:
    # Otherwise a client of the URL might reach the other server.
    with socket.socket(socket.AF_INET6) as other:
        other.bind(("::1", 0))
        other.listen()
        server = AssetsServer(FLEET, ServerSettings(host="localhost", port=other.getsockname()[1]))
        with pytest.raises(OSError, match="cannot listen on"):
            await start_and_stop(server)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"port": -1}, "port: expected a number from 0 to 65535, got -1"),
        ({"port": 65536}, "port: expected a number from 0 to 65535, got 65536"),
        ({"grace_seconds": -0.5}, "grace_seconds: expected 0 or more, got -0.5"),
        ({"grace_seconds": nan}, "grace_seconds: expected 0 or more, got nan"),
    ],
)
def test_a_setting_out_of_range_is_refused(setting: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        ServerSettings(**setting)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"host": 127}, "host: expected a string, got 127"),
        ({"port": "9090"}, "port: expected an integer, got '9090'"),
        ({"port": 9090.0}, "port: expected an integer, got 9090.0"),
        ({"port": True}, "port: expected an integer, got True"),
        ({"port": None}, "port: expected an integer, got None"),
        ({"grace_seconds": "5"}, "grace_seconds: expected a number of seconds, got '5'"),
        ({"database": b"fleet.db"}, "database: expected a path or None, got b'fleet.db'"),
        ({"ssl_certificate_chain": 1}, "ssl_certificate_chain: expected a path or None, got 1"),
        ({"ssl_private_key": 1}, "ssl_private_key: expected a path or None, got 1"),
    ],
)
def test_a_setting_of_another_type_is_refused(setting: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError, match=f"^{message}$"):
        ServerSettings(**setting)


# Interceptors, and the context of a call ----------------------------------------------------------


class Recorder(grpc.aio.ServerInterceptor):
    """Records the methods of all calls, and refuses one of them."""

    def __init__(self, methods: list[str], *, refused: str = "") -> None:
        self.methods = methods
        self._refused = refused

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Any]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Any:
        self.methods.append(handler_call_details.method)
        if handler_call_details.method != self._refused:
            return await continuation(handler_call_details)

        async def refuse(_: bytes, context: grpc.aio.ServicerContext[bytes, bytes]) -> None:
            await context.abort(grpc.StatusCode.PERMISSION_DENIED, "Not for you.")

        refusing: Any = refuse  # the types of gRPC only know synchronous handlers
        return grpc.unary_unary_rpc_method_handler(refusing)


async def test_interceptors_see_every_call_and_can_refuse_it(tmp_path: Path) -> None:
    inventory.write(FLEET, tmp_path / "fleet.yaml")
    first, second = Recorder([]), Recorder([], refused=f"/{SERVICE}/{COMPONENTS}")
    async with (
        AssetsServer.from_fleet(tmp_path / "fleet.yaml", interceptors=[first, second]) as server,
        AssetsApiClient(server.url, api_version="v1alpha1") as client,
    ):
        assert (await client.get_microgrid(SITE)).id == SITE
        with pytest.raises(PermissionDenied, match="Not for you"):
            await client.list_microgrid_electrical_components(SITE)

    assert first.methods == [f"/{SERVICE}/{MICROGRID}", f"/{SERVICE}/{COMPONENTS}"]
    assert second.methods == first.methods


async def test_interceptors_are_called_in_their_order() -> None:
    methods: list[str] = []
    refused = f"/{SERVICE}/{MICROGRID}"
    interceptors = (Recorder(methods, refused=refused), Recorder(methods))
    async with (
        AssetsServer(FLEET, interceptors=interceptors) as server,
        AssetsApiClient(server.url, api_version="v1alpha1") as client,
    ):
        with pytest.raises(PermissionDenied):
            await client.get_microgrid(SITE)

    assert methods == [refused]


class Broken(grpc.aio.ServerInterceptor):
    """Has a handler that raises an error which tells too much."""

    async def intercept_service(self, *_: Any) -> Any:
        async def fail(_: bytes, __: object) -> bytes:
            raise ValueError("the password is 1234")

        failing: Any = fail
        return grpc.unary_unary_rpc_method_handler(failing)


async def test_an_error_of_an_interceptor_is_logged_with_the_id_that_the_caller_gets(
    caplog: pytest.LogCaptureFixture, free_port: int
) -> None:
    settings = ServerSettings(metrics=f"127.0.0.1:{free_port}")
    async with AssetsServer(FLEET, settings, interceptors=[Broken()]) as server:
        ended = await answer(server, MICROGRID)
        counted = await scrape(free_port)
    assert ended.status is grpc.StatusCode.INTERNAL
    found = re.fullmatch(
        r"Internal error (\w+); the log of the server has the details\.", ended.details
    )
    assert found is not None
    assert f"Error {found[1]}: {MICROGRID} failed" in caplog.text
    assert "the password is 1234" in caplog.text
    assert counted["assets_server_calls_total", "", MICROGRID, "INTERNAL"] == 1


def test_an_interceptor_of_another_kind_is_refused() -> None:
    interceptors: Any = [Recorder([]), object()]
    with pytest.raises(TypeError, match=r"^interceptors: expected a grpc\.aio\.ServerInterceptor"):
        AssetsServer(FLEET, interceptors=interceptors)


async def test_handlers_get_the_context_of_a_call_in_both_generations() -> None:
    class Service(AssetsService):
        """Records the metadata that calls arrive with."""

        async def get_microgrid(self, call: Call) -> bytes:
            metadata.append(dict(call.context.invocation_metadata() or ()).get("caller"))
            return await super().get_microgrid(call)

    metadata: list[Any] = []
    store = await open_store(None)
    await replace(store, FLEET)
    server = grpc.aio.server()
    server.add_generic_rpc_handlers(handlers(Service(store)))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            for service in (SERVICE, FIRST_SERVICE):
                get: Any = channel.unary_unary(f"/{service}/{MICROGRID}")
                request_data = request(MICROGRID, 1).SerializeToString()
                await get(request_data, metadata=(("caller", service),))
    finally:
        await server.stop(None)
        await store.close()

    assert metadata == [SERVICE, FIRST_SERVICE]


# Calls in flight when the server stops ------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A database file, which tests lock to make calls slow."""
    return tmp_path / "fleet.db"


async def begin_call(client: AssetsApiClient) -> "asyncio.Task[Microgrid]":
    """Start a call, and return when the server has accepted it."""
    call = asyncio.create_task(client.get_microgrid(SITE))
    await asyncio.sleep(0)
    await until_accepted(client.channel)
    return call


async def test_a_call_in_flight_finishes_while_the_server_stops(file: Path) -> None:
    settings = ServerSettings(database=file)
    async with AssetsServer(FLEET, settings) as server, AssetsApiClient(server.url) as client:
        with slow(file):
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
        with slow(file):
            call = await begin_call(client)
            stop = asyncio.create_task(server.stop())
            await asyncio.sleep(SOON)
            with pytest.raises(ServiceUnavailable, match=REFUSED):
                await client.get_microgrid(SITE, timeout=0.5)
            with pytest.raises(ServiceUnavailable, match=REFUSED):
                await ask_for_the_site(url, timeout=0.5)

        assert (await call).id == SITE
        await stop


async def test_a_call_in_flight_is_cancelled_after_the_grace(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = ServerSettings(database=file, grace_seconds=SOON)
    once = CallPolicy(max_attempts=1)
    async with (
        AssetsServer(FLEET, settings) as server,
        AssetsApiClient(server.url, policy=once) as client,
    ):
        with slow(file):
            calls = [await begin_call(client) for _ in range(5)]
            stop = asyncio.create_task(server.stop())
            for call in calls:
                with pytest.raises(ServiceUnavailable):
                    await call
        await stop

    assert not faults(caplog)  # a cancelled call is not an error of the server


async def test_a_server_without_calls_stops_immediately(make_server: MakeServer) -> None:
    async with make_server(grace_seconds=30) as server, AssetsApiClient(server.url) as client:
        await client.get_microgrid(SITE)
        async with asyncio.timeout(10):
            await server.stop()


async def test_a_large_reply_in_flight_arrives_completely_while_the_server_stops(
    make_server: MakeServer,
) -> None:
    served = big_fleet(components=20_000, name_length=500)
    async with make_server(served) as server, raw_channel(server) as channel:
        call = asyncio.create_task(ask(channel, COMPONENTS, request(COMPONENTS, 1)))
        await asyncio.sleep(0)
        await until_accepted(channel)
        await server.stop()

        assert len((await call).components) == 20_000
