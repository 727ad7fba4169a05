"""The channel of a client: event loops, warnings, other stubs, pings."""

import asyncio
import gc
import threading
import warnings
from collections.abc import Iterator
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
from .raw import METHODS, MICROGRID, SERVICE, call_method, request

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
    event_loop = Elsewhere()
    yield event_loop
    event_loop.end()


@pytest.fixture
def url(elsewhere: Elsewhere) -> Iterator[str]:
    """Yield the URL of a server in another thread, independent of the event loops of tests."""

    async def started() -> AssetsServer:
        server = AssetsServer(FLEET)
        await server.start()
        return server

    server = elsewhere.run(started())
    yield server.url
    elsewhere.run(server.stop())


@contextmanager
def resource_warnings() -> Iterator[list[str]]:
    """Yield a list that has the ResourceWarnings after the block."""
    gc.collect()
    messages: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ResourceWarning)
        yield messages
        gc.collect()
    messages += [str(it.message) for it in caught if issubclass(it.category, ResourceWarning)]


# Event loops --------------------------------------------------------------------------------------


async def name_of(client: AssetsApiClient) -> str | None:
    return (await client.get_microgrid(1)).name


async def name_of_and_disconnect(client: AssetsApiClient) -> str | None:
    async with client:
        return await name_of(client)


def test_a_client_created_outside_event_loops_works_in_one(url: str) -> None:
    client = AssetsApiClient(url)
    assert client.is_connected
    assert asyncio.run(name_of_and_disconnect(client)) == "Site 1"


def test_a_client_works_in_one_event_loop_after_another(url: str) -> None:
    client = AssetsApiClient(url, auth_key="key")
    stub = client.stub
    for _ in range(2):
        assert asyncio.run(name_of(client)) == "Site 1"
        assert client.stub is stub
    assert asyncio.run(name_of_and_disconnect(client)) == "Site 1"
    assert not client.is_connected
    assert asyncio.run(name_of_and_disconnect(client)) == "Site 1"


def test_a_client_can_be_disconnected_in_another_event_loop(url: str) -> None:
    with resource_warnings() as messages:
        client = AssetsApiClient(url)
        asyncio.run(name_of(client))
        asyncio.run(client.disconnect())
        assert not client.is_connected
        del client
    assert not messages


def test_a_client_can_be_connected_to_another_server_outside_event_loops(url: str) -> None:
    client = AssetsApiClient(NOWHERE)
    client.connect(url)
    assert asyncio.run(name_of(client)) == "Site 1"
    client.connect(f"{url}&keep_alive=true")
    assert asyncio.run(name_of_and_disconnect(client)) == "Site 1"


async def test_a_client_cannot_be_used_in_two_event_loops_at_the_same_time(
    url: str, elsewhere: Elsewhere
) -> None:
    async with AssetsApiClient(url) as client:
        assert await name_of(client) == "Site 1"
        for attempt in (name_of(client), client.ready(), client.list_gridpools()):
            with pytest.raises(RuntimeError, match="event loop of another thread") as raised:
                elsewhere.run(attempt)
            assert "create a client for each event loop" in str(raised.value)
        assert await name_of(client) == "Site 1"


async def test_two_clients_can_be_used_in_two_event_loops_at_the_same_time(
    url: str, elsewhere: Elsewhere
) -> None:
    async with AssetsApiClient(url) as client:
        other = elsewhere.start(name_of_and_disconnect(AssetsApiClient(url)))
        assert await name_of(client) == "Site 1"
        assert await asyncio.wrap_future(other) == "Site 1"


def test_a_channel_requires_an_event_loop() -> None:
    client = AssetsApiClient(NOWHERE)
    with pytest.raises(RuntimeError, match="no running event loop"):
        client.channel.get_state()


# Warnings -----------------------------------------------------------------------------------------


async def test_a_client_that_is_not_disconnected_is_warned_about() -> None:
    async with AssetsServer(FLEET) as server:
        with resource_warnings() as messages:
            client = AssetsApiClient(server.url)
            await name_of(client)
            del client
        assert messages == [
            "a client was not disconnected; use `async with`, or await its disconnect()"
        ]


def test_a_client_that_was_never_used_is_not_warned_about() -> None:
    all_options: list[dict[str, Any]] = [{}, {"connect": False}, {"auth_key": "key"}]
    for options in all_options:
        for reconnect in (False, True):
            with resource_warnings() as messages:
                client = AssetsApiClient(NOWHERE, **options)
                if reconnect:
                    client.connect()
                del client
            assert not messages, (options, reconnect)


async def test_a_client_that_was_disconnected_is_not_warned_about() -> None:
    async with AssetsServer(FLEET) as server:
        with resource_warnings() as messages:
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
        assert not messages


def test_a_client_that_could_not_be_created_is_not_warned_about() -> None:
    with resource_warnings() as messages, pytest.raises(ValueError, match="port"):
        AssetsApiClient("grpc://localhost:0")
    assert not messages


# The channel with other stubs ---------------------------------------------------------------------


async def test_the_channel_works_with_other_stubs() -> None:
    stub: Any = health_pb2_grpc.HealthStub
    asked = health_pb2.HealthCheckRequest(service=SERVICE)
    async with AssetsServer(FLEET) as server, AssetsApiClient(server.url) as client:
        health = stub(client.channel)
        reply = await health.Check(asked)
        watch = health.Watch(asked)
        assert reply == await watch.read() == health_pb2.HealthCheckResponse(status="SERVING")
        watch.cancel()


async def test_the_channel_is_a_channel_of_grpc() -> None:
    async with AssetsServer(FLEET) as server, AssetsApiClient(server.url) as client:
        channel = client.channel
        assert isinstance(channel, grpc.aio.Channel)
        await asyncio.wait_for(channel.channel_ready(), 20)
        assert channel.get_state() is grpc.ChannelConnectivity.READY
        method: Any = channel.unary_unary(f"/{SERVICE}/{MICROGRID}")
        reply = await method(request(MICROGRID, 1).SerializeToString(), timeout=20)
        message = platformassets_pb2.GetMicrogridResponse.FromString(reply)
        assert message.microgrid.name == "Site 1"
    assert channel.get_state() is grpc.ChannelConnectivity.SHUTDOWN
    with pytest.raises(grpc.aio.UsageError):
        await method(b"")
    with pytest.raises(ClientNotConnected):
        _ = client.channel


# Pings --------------------------------------------------------------------------------------------


def factory_for(
    url: str = NOWHERE, transport: Transport | None = None, **policy: Any
) -> ChannelFactory:
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
    assert factory_for(timeout=policy).ping_ms(call) == 1000 * seconds


@pytest.mark.parametrize("query", ["&keep_alive=false", "&keep_alive=true"])
def test_pings_set_in_the_url_do_not_depend_on_the_call(query: str) -> None:
    factory = factory_for(f"{NOWHERE}{query}")
    assert factory.ping_ms(5) == factory.ping_ms(500) == factory.ping_ms(None)


def options_of(
    monkeypatch: pytest.MonkeyPatch, factory: ChannelFactory, timeout: float | None
) -> dict[str, Any]:
    """Return the options with which a channel is opened."""
    open_channel = MagicMock()
    monkeypatch.setattr(grpc.aio, "insecure_channel", open_channel)
    factory.open(factory.ping_ms(timeout))
    _, options, _, _ = open_channel.call_args.args
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
def test_an_idle_channel_pings_only_if_the_url_enables_it(
    query: str,
    timeout: float | None,
    pings: tuple[int | None, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    options = options_of(monkeypatch, factory_for(f"{NOWHERE}{query}"), timeout)
    assert (
        options.get("grpc.keepalive_time_ms"),
        options.get("grpc.keepalive_timeout_ms"),
        options.get(PERMIT),
    ) == pings


def test_channel_options_of_the_caller_override_others(monkeypatch: pytest.MonkeyPatch) -> None:
    own: list[tuple[str, int | str]] = [
        ("grpc.keepalive_time_ms", 7),
        ("grpc.max_receive_message_length", 8),
        ("grpc.something_else", "text"),
    ]
    options = options_of(monkeypatch, factory_for(transport=Transport(channel_options=own)), 60)
    assert dict(own).items() <= options.items()
    assert options["grpc.keepalive_timeout_ms"] == 5_000
    assert options["grpc.enable_retries"] == 0


async def test_calls_with_the_same_interval_of_pings_share_a_channel() -> None:
    async with AssetsServer(FLEET) as server, AssetsApiClient(server.url) as client:
        channel = client.channel
        assert isinstance(channel, LazyChannel)
        assert channel.channel_for(5) is channel.channel_for(60) is channel.channel_for()
        assert channel.channel_for(500) is channel.channel_for(None)
        assert channel.channel_for(5) is not channel.channel_for(500)


# Calls without errors -----------------------------------------------------------------------------


@pytest.mark.parametrize("operation", METHODS)
async def test_a_successful_call_only_calls_its_method_of_the_stub_once(operation: str) -> None:
    assert set(METHODS) == set(OPERATIONS)
    reply = getattr(platformassets_pb2, f"{operation}Response")()
    if operation == "GetMicrogrid":
        reply.microgrid.id = 1
    client = AssetsApiClient(NOWHERE, connect=False)
    channel, stub = MagicMock(), MagicMock()
    client._channel, client._stub = channel, stub
    stub_method = AsyncMock(return_value=reply)
    setattr(stub, operation, stub_method)

    for options, timeout in ({}, 60.0), ({"timeout": 5}, 5), ({"timeout": None}, None):
        stub_method.reset_mock()
        await call_method(client, operation, on_findings=lambda _: None, **options)
        ((sent,), sent_options) = stub_method.await_args or ((None,), {})
        assert type(sent).__name__ == f"{operation}Request"
        assert sent_options == {"timeout": timeout}
        stub_method.assert_awaited_once()
    assert not channel.mock_calls
    assert {name for name, _, _ in stub.mock_calls} == {operation}
