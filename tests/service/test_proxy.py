"""Proxies of the environment: never for this machine, named where they fail."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest
from frequenz.client.common.microgrid import MicrogridId

from frequenz.client.assets import AssetsApiClient, Transport
from frequenz.client.assets.exceptions import ServiceUnavailable
from frequenz.server.assets import AssetsServer

from .fleets import FLEET

REFUSED = "http://user:hunter2@127.0.0.1:1"
HOST = "assets.example"
VARIABLES = ["grpc_proxy", "https_proxy", "http_proxy", "no_grpc_proxy", "no_proxy", "NO_PROXY"]


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unset what the machine itself may have set."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("variable", ["grpc_proxy", "https_proxy", "http_proxy"])
async def test_a_server_on_this_machine_is_called_without_the_proxy(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, REFUSED)
    async with AssetsServer(FLEET) as server:
        port = urlsplit(server.url).port
        for host in ("127.0.0.1", "localhost"):
            async with AssetsApiClient(f"grpc://{host}:{port}?ssl=false") as client:
                assert await client.list_microgrids(timeout=10)


class Tunnels:
    """What a proxy was asked to connect to."""

    def __init__(self) -> None:
        self.hosts: list[str] = []
        self.url = ""


@asynccontextmanager
async def proxying(target: str) -> AsyncIterator[Tunnels]:
    """Run a proxy that connects every tunnel to one server on this machine."""
    address = urlsplit(target)
    tunnels = Tunnels()
    tasks: set[asyncio.Task[None]] = set()

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(2**16):
                writer.write(data)
        finally:
            writer.close()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        tunnels.hosts.append(head.split()[1].decode())
        server = await asyncio.open_connection(address.hostname, address.port)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        for one, other in ((reader, server[1]), (server[0], writer)):
            task = asyncio.create_task(copy(one, other))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

    listening = await asyncio.start_server(connected, "127.0.0.1", 0)
    tunnels.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    async with listening:
        yield tunnels
    for task in [*tasks]:
        task.cancel()


async def test_another_machine_is_called_through_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    async with AssetsServer(FLEET) as server, proxying(server.url) as tunnels:
        monkeypatch.setenv("https_proxy", tunnels.url)
        async with AssetsApiClient(f"grpc://{HOST}:9090?ssl=false") as client:
            assert await client.get_microgrid(MicrogridId(1), timeout=10)
        assert tunnels.hosts == [f"{HOST}:9090"]


async def test_a_proxy_that_fails_is_named_with_its_variable_and_without_its_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("https_proxy", REFUSED)
    async with AssetsApiClient(f"grpc://{HOST}?ssl=false") as client:
        with pytest.raises(ServiceUnavailable) as raised:
            await client.list_microgrids(timeout=1)
        with pytest.raises(ServiceUnavailable) as not_ready:
            await client.ready(1)
    for error in (raised.value, not_ready.value):
        assert "through the proxy 127.0.0.1:1 of the variable https_proxy" in str(error)
        assert "hunter2" not in str(error)
        assert error.is_retryable


@pytest.mark.parametrize(
    ("environment", "transport", "expected"),
    [
        ({"http_proxy": "p:1"}, Transport(), "http_proxy"),
        ({"http_proxy": "p:1", "grpc_proxy": "http://q:2"}, Transport(), "grpc_proxy"),
        ({"http_proxy": "p:1"}, Transport(use_proxy=False), None),
        ({"http_proxy": "p:1", "NO_PROXY": "example"}, Transport(), None),
        ({"http_proxy": "p:1", "no_proxy": "other, .EXAMPLE"}, Transport(), None),
        ({"http_proxy": "p:1", "no_grpc_proxy": "*"}, Transport(), None),
        ({"http_proxy": "p:1", "no_proxy": "other,"}, Transport(), "http_proxy"),
        ({"http_proxy": ""}, Transport(), None),
        ({}, Transport(), None),
    ],
    ids=str,
)
def test_the_environment_and_the_transport_decide_on_the_proxy(
    environment: dict[str, str],
    transport: Transport,
    expected: str | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    client = AssetsApiClient(f"grpc://{HOST}?ssl=false", transport=transport)
    proxy = client.channel.proxy  # type: ignore[attr-defined]  # of the client's own channel
    assert (proxy and proxy.variable) == expected


@pytest.mark.parametrize(
    "url",
    [
        "grpc://127.0.0.1:1?ssl=false",
        "grpc://[::1]:1?ssl=false",
        "grpc://127.0.0.1:1,127.0.0.2:1?ssl=false",
        "grpc+unix:///run/assets.socket?ssl=false",
        "grpc+dns://localhost:1?ssl=false",
        "GRPC://127.0.0.1:1?ssl=false",
    ],
)
def test_no_form_of_a_local_url_has_a_proxy(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://p:1")
    client = AssetsApiClient(url)
    assert client.channel.proxy is None  # type: ignore[attr-defined]  # as above


@pytest.mark.parametrize(
    "url", ["grpc://10.0.0.1:1,10.0.0.2:1?ssl=false", "grpc://[2001:db8::1]:1?ssl=false"]
)
def test_addresses_can_be_excluded(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://p:1")
    assert AssetsApiClient(url).channel.proxy is not None  # type: ignore[attr-defined]
    monkeypatch.setenv("NO_PROXY", "10.0.0.2,2001:db8::1")
    assert AssetsApiClient(url).channel.proxy is None  # type: ignore[attr-defined]
