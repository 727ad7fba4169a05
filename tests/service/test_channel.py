"""The channel of a client: in which event loops it works, and what it leaves behind."""

import asyncio
import gc
import threading
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, Final
from unittest.mock import AsyncMock, MagicMock

import grpc
import grpc.aio
import pytest
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from frequenz.client.base.channel import ChannelOptions
from grpc_health.v1 import health_pb2, health_pb2_grpc

from frequenz.client.assets import AssetsApiClient, CallPolicy, Transport
from frequenz.client.assets._transport.channel import ChannelFactory, LazyChannel
from frequenz.client.assets._wire.requests import OPERATIONS
from frequenz.client.assets.exceptions import ClientNotConnected
from frequenz.server.assets import AssetsServer

from .fleets import FLEET
from .raw import MICROGRID, SERVICE, request

NOWHERE: Final = "grpc://localhost:1?ssl=false"


class Elsewhere:
    """An event loop in another thread."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()

    def start(self, coroutine: Any) -> "Future[Any]":
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def run(self, coroutine: Any) -> Any:
        return self.start(coroutine).result(30)

    def end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    made = Elsewhere()
    yield made
    made.end()


@pytest.fixture
def url(elsewhere: Elsewhere) -> Iterator[str]:
    """The URL of a server that runs in another thread, past the event loops of the tests."""

    async def started() -> AssetsServer:
        server = AssetsServer(FLEET)
        await server.start()
        return server

    server = elsewhere.run(started())
    yield server.url
    elsewhere.run(server.stop())


@contextmanager
def unclosed() -> Iterator[list[str]]:
    """What is said meanwhile of clients that were not disconnected."""
    gc.collect()
    told: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ResourceWarning)
        yield told
        gc.collect()
    told += [str(each.message) for each in caught if issubclass(each.category, ResourceWarning)]


# Event loops --------------------------------------------------------------------------------------


async def name_of(client: AssetsApiClient) -> str | None:
    return (await client.get_microgrid(1)).name


async def name_and_goodbye(client: AssetsApiClient) -> str | None:
    async with client:
        return await name_of(client)


def test_a_client_that_is_made_outside_any_loop_works_in_one(url: str) -> None:
    client = AssetsApiClient(url)
    assert client.is_connected
    assert asyncio.run(name_and_goodbye(client)) == "Site 1"


def test_a_client_works_in_one_loop_after_another(url: str) -> None:
    client = AssetsApiClient(url, auth_key="key")
    stub = client.stub
    for _ in range(2):
        assert asyncio.run(name_of(client)) == "Site 1"
        assert client.stub is stub
    assert asyncio.run(name_and_goodbye(client)) == "Site 1"
    assert not client.is_connected
    assert asyncio.run(name_and_goodbye(client)) == "Site 1"


def test_a_client_may_be_disconnected_in_another_loop(url: str) -> None:
    with unclosed() as told:
        client = AssetsApiClient(url)
        asyncio.run(name_of(client))
        asyncio.run(client.disconnect())
        assert not client.is_connected
        del client
    assert not told


def test_a_client_may_be_connected_to_another_server_outside_any_loop(url: str) -> None:
    client = AssetsApiClient(NOWHERE)
    client.connect(url)
    assert asyncio.run(name_of(client)) == "Site 1"
    client.connect(f"{url}&keep_alive=true")
    assert asyncio.run(name_and_goodbye(client)) == "Site 1"


async def test_a_client_that_is_in_use_in_another_loop_says_so(
    url: str, elsewhere: Elsewhere
) -> None:
    async with AssetsApiClient(url) as client:
        assert await name_of(client) == "Site 1"
        for attempt in (name_of(client), client.ready(), client.list_gridpools()):
            with pytest.raises(RuntimeError, match="event loop of another thread") as refused:
                elsewhere.run(attempt)
            assert "create a client for each event loop" in str(refused.value)
        assert await name_of(client) == "Site 1"


async def test_clients_of_their_own_work_in_loops_at_the_same_time(
    url: str, elsewhere: Elsewhere
) -> None:
    async with AssetsApiClient(url) as client:
        other = elsewhere.start(name_and_goodbye(AssetsApiClient(url)))
        assert await name_of(client) == "Site 1"
        assert await asyncio.wrap_future(other) == "Site 1"


def test_a_channel_needs_a_loop() -> None:
    client = AssetsApiClient(NOWHERE)
    with pytest.raises(RuntimeError, match="no running event loop"):
        client.channel.get_state()


# What is left behind ------------------------------------------------------------------------------


async def test_a_client_that_is_not_disconnected_is_warned_of() -> None:
    async with AssetsServer(FLEET) as server:
        with unclosed() as told:
            client = AssetsApiClient(server.url)
            await name_of(client)
            del client
        assert told == [
            "a client was not disconnected; use `async with`, or await its disconnect()"
        ]


def leave(client: AssetsApiClient) -> None:
    """Do nothing with it."""


@pytest.mark.parametrize("options", [{}, {"connect": False}, {"auth_key": "key"}])
@pytest.mark.parametrize("use", [leave, AssetsApiClient.connect])
def test_a_client_that_was_never_used_is_not_warned_of(
    options: dict[str, Any], use: Callable[[AssetsApiClient], None]
) -> None:
    with unclosed() as told:
        client = AssetsApiClient(NOWHERE, **options)
        use(client)
        del client
    assert not told


async def test_a_client_that_was_disconnected_is_not_warned_of() -> None:
    async with AssetsServer(FLEET) as server:
        with unclosed() as told:
            client = AssetsApiClient(server.url)
            for _ in range(2):
                async with client:
                    await name_of(client)
            client.connect()
            await name_of(client)
            client.connect(f"{server.url}&keep_alive=true")
            await name_of(client)
            await client.list_gridpools(timeout=500)
            await client.disconnect()
            del client
        assert not told


def test_a_client_that_could_not_be_made_is_not_warned_of() -> None:
    with unclosed() as told, pytest.raises(ValueError, match="port"):
        AssetsApiClient("grpc://localhost:0")
    assert not told


# The channel for others ---------------------------------------------------------------------------


async def test_the_channel_serves_other_stubs() -> None:
    stub: Any = health_pb2_grpc.HealthStub
    asked = health_pb2.HealthCheckRequest(service=SERVICE)
    async with AssetsServer(FLEET) as server, AssetsApiClient(server.url) as client:
        health = stub(client.channel)
        reply = await health.Check(asked)
        watch = health.Watch(asked)
        assert reply == await watch.read() == health_pb2.HealthCheckResponse(status="SERVING")
        watch.cancel()


async def test_the_channel_is_one_of_grpc() -> None:
    async with AssetsServer(FLEET) as server, AssetsApiClient(server.url) as client:
        channel = client.channel
        assert isinstance(channel, grpc.aio.Channel)
        await asyncio.wait_for(channel.channel_ready(), 20)
        assert channel.get_state() is grpc.ChannelConnectivity.READY
        made: Any = channel.unary_unary(f"/{SERVICE}/{MICROGRID}")
        reply = await made(request(MICROGRID, 1).SerializeToString(), timeout=20)
        got = platformassets_pb2.GetMicrogridResponse.FromString(reply)
        assert got.microgrid.name == "Site 1"
    assert channel.get_state() is grpc.ChannelConnectivity.SHUTDOWN
    with pytest.raises(grpc.aio.UsageError):
        await made(b"")
    with pytest.raises(ClientNotConnected):
        _ = client.channel


# Pings --------------------------------------------------------------------------------------------


def opener(url: str = NOWHERE, transport: Transport | None = None, **policy: Any) -> ChannelFactory:
    return ChannelFactory(
        url,
        ChannelOptions(),
        transport or Transport(),
        CallPolicy(**policy),
        auth_key=None,
        sign_secret=None,
    )


@pytest.mark.parametrize(
    ("policy", "call", "seconds"),
    [
        (60, 0.1, 20),
        (60, 60, 20),
        (60, 61, 40),
        (60, 120, 40),
        (60, 121, 80),
        (60, 240, 80),
        (60, 480, 160),
        (60, 481, 300),
        (60, 10_000, 300),
        (60, None, 300),
        (1, 60, 20),
        (120, 5, 40),
        (120, 121, 80),
        (None, 5, 300),
        (None, None, 300),
    ],
)
def test_longer_calls_ping_less_often(
    policy: float | None, call: float | None, seconds: int
) -> None:
    assert opener(timeout=policy).ping_ms(call) == 1000 * seconds


@pytest.mark.parametrize("query", ["&keep_alive=false", "&keep_alive=true"])
def test_pings_that_are_asked_for_do_not_depend_on_the_call(query: str) -> None:
    asked = opener(f"{NOWHERE}{query}")
    assert asked.ping_ms(5) == asked.ping_ms(500) == asked.ping_ms(None)


def options_of(
    monkeypatch: pytest.MonkeyPatch, made: ChannelFactory, timeout: float | None
) -> dict[str, Any]:
    """The options with which a channel is opened."""
    opened = MagicMock()
    monkeypatch.setattr(grpc.aio, "insecure_channel", opened)
    made.open(made.ping_ms(timeout))
    _, options, _, _ = opened.call_args.args
    return dict(options)


PERMIT: Final = "grpc.keepalive_permit_without_calls"


@pytest.mark.parametrize(
    ("query", "timeout", "pings"),
    [
        ("", 60, (20_000, 5_000, None)),
        ("", 100, (40_000, 5_000, None)),
        ("", None, (300_000, 5_000, None)),
        ("&keep_alive=false", 60, (None, None, None)),
        ("&keep_alive=true", 60, (60_000, 20_000, 1)),
        ("&keep_alive_interval_s=1.5&keep_alive_timeout_s=0.25", 60, (1_500, 250, 1)),
    ],
)
def test_a_channel_pings_while_idle_only_if_the_url_asks_for_it(
    query: str,
    timeout: float | None,
    pings: tuple[int | None, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    options = options_of(monkeypatch, opener(f"{NOWHERE}{query}"), timeout)
    assert (
        options.get("grpc.keepalive_time_ms"),
        options.get("grpc.keepalive_timeout_ms"),
        options.get(PERMIT),
    ) == pings


def test_the_options_of_the_caller_win(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[tuple[str, int | str]] = [
        ("grpc.keepalive_time_ms", 7),
        ("grpc.max_receive_message_length", 8),
        ("grpc.something_else", "text"),
    ]
    options = options_of(monkeypatch, opener(transport=Transport(channel_options=given)), 60)
    assert dict(given).items() <= options.items()
    assert options["grpc.keepalive_timeout_ms"] == 5_000
    assert options["grpc.enable_retries"] == 0


async def test_calls_of_any_length_share_a_channel_with_those_that_ping_alike() -> None:
    async with AssetsServer(FLEET) as server, AssetsApiClient(server.url) as client:
        channel = client.channel
        assert isinstance(channel, LazyChannel)
        assert channel.channel_for(5) is channel.channel_for(60) is channel.channel_for()
        assert channel.channel_for(500) is channel.channel_for(None)
        assert channel.channel_for(5) is not channel.channel_for(500)


# Calls without a fault ----------------------------------------------------------------------------

METHODS: Final = {
    "GetMicrogrid": ("get_microgrid", (1,)),
    "ListGridpoolEnergySchedules": ("list_gridpool_energy_schedules", (1,)),
    "ListGridpools": ("list_gridpools", ()),
    "ListMarketTopologyRelations": ("list_market_topology_relations", ()),
    "ListMicrogridElectricalComponentConnections": (
        "list_microgrid_electrical_component_connections",
        (1,),
    ),
    "ListMicrogridElectricalComponents": ("list_microgrid_electrical_components", (1,)),
    "ListMicrogridSensors": ("list_microgrid_sensors", (1,)),
    "ListMicrogrids": ("list_microgrids", ()),
}


@pytest.mark.parametrize("operation", METHODS)
async def test_a_call_without_a_fault_is_one_call_of_the_stub_and_nothing_else(
    operation: str,
) -> None:
    assert set(METHODS) == set(OPERATIONS)
    reply = getattr(platformassets_pb2, f"{operation}Response")()
    if operation == "GetMicrogrid":
        reply.microgrid.id = 1
    method, arguments = METHODS[operation]
    client = AssetsApiClient(NOWHERE, connect=False)
    channel, stub = MagicMock(), MagicMock()
    client._channel, client._stub = channel, stub
    stub_method = AsyncMock(return_value=reply)
    setattr(stub, operation, stub_method)

    for options, timeout in ({}, 60.0), ({"timeout": 5}, 5), ({"timeout": None}, None):
        stub_method.reset_mock()
        await getattr(client, method)(*arguments, on_findings=lambda _: None, **options)
        ((asked,), given) = stub_method.await_args or ((None,), {})
        assert type(asked).__name__ == f"{operation}Request"
        assert given == {"timeout": timeout}
        stub_method.assert_awaited_once()
    assert not channel.mock_calls
    assert {name for name, _, _ in stub.mock_calls} == {operation}
