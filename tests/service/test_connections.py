"""Connections and replies that nobody reads, by a client that sends what others would not."""

import asyncio
import socket
import time
from contextlib import AsyncExitStack, ExitStack
from typing import Final

import pytest
from harness.attack._http2_client import Connection, connection, headers, request, small_window

from frequenz.client.assets import AssetsApiClient
from frequenz.server.assets import AssetsServer, Limits, ServerSettings
from frequenz.server.assets._operation import unread
from frequenz.server.assets._operation.connections import group, parse_host

from .fleets import FLEET, big_fleet
from .processes import until
from .raw import COMPONENTS, MICROGRID, SERVICE
from .test_limits import SITE
from .test_metrics import read_metrics

HEALTH: Final = "grpc.health.v1.Health"
NEIGHBOUR: Final = "127.0.0.2"
SECONDS: Final = 20
"""How long to wait for what must happen."""


def port_of(server: AssetsServer) -> int:
    return int(server.url.rpartition(":")[2].partition("?")[0])


async def ask(made: Connection, method: str, stream: int = 1, service: str = SERVICE) -> None:
    """Make a call for microgrid 1."""
    await made.send(headers(method, (), stream, service), request(b"\x08\x01", stream))


# Replies ------------------------------------------------------------------------------------------


async def test_who_does_not_read_replies_is_disconnected_and_others_are_not(
    capfd: pytest.CaptureFixture[str],
) -> None:
    limits = Limits(unread_seconds=0.5, unread_bytes=2**24)
    settings = ServerSettings(limits=limits, access_log="json")
    async with (
        AssetsServer(big_fleet(1000, 500), settings) as server,
        connection(port_of(server), small_window(1000)) as slow,
        connection(port_of(server)) as other,
    ):
        await ask(slow, MICROGRID, 1)
        await until(lambda: slow.ended == {1}, SECONDS)
        for stream in (3, 5, 7):
            await ask(slow, COMPONENTS, stream)
        await until(lambda: not slow.is_open, SECONDS)
        assert slow.ended == {1}
        await ask(other, MICROGRID, 1)
        await until(lambda: other.ended == {1}, SECONDS)
    lines = [line for line in capfd.readouterr().err.splitlines() if line.startswith("{")]
    given_up = [line for line in lines if '"the reply was not read"' in line]
    assert len(given_up) == 3
    assert all('"status": "CANCELLED"' in line for line in given_up)


async def test_a_reply_that_is_read_in_time_arrives() -> None:
    """The window of a call grows only after a while."""
    limits = Limits(unread_seconds=15)
    async with (
        AssetsServer(big_fleet(1000, 500), ServerSettings(limits=limits)) as server,
        connection(port_of(server), small_window(1000)) as slow,
    ):
        await ask(slow, COMPONENTS)
        await asyncio.sleep(1)
        assert not slow.ended
        await slow.send(small_window(2**20))
        await until(lambda: slow.ended == {1}, SECONDS)
        assert slow.data_bytes > 500_000


@pytest.mark.parametrize(
    ("service", "method"), [(SERVICE, COMPONENTS), (HEALTH, "Watch")], ids=["reply", "stream"]
)
async def test_who_does_not_read_does_not_hold_the_end(
    monkeypatch: pytest.MonkeyPatch, service: str, method: str
) -> None:
    monkeypatch.setattr(unread, "_LAST_SECONDS", 0.5)
    server = AssetsServer(big_fleet(1000, 500), ServerSettings(grace_seconds=60))
    await server.start()
    async with connection(port_of(server), small_window(0)) as slow:
        await ask(slow, method, service=service)
        await asyncio.sleep(0.5)
        begun = time.monotonic()
        await asyncio.wait_for(server.stop(), SECONDS)
        assert time.monotonic() - begun < 10


# Connections --------------------------------------------------------------------------------------


async def test_an_address_has_no_more_connections_than_it_may() -> None:
    settings = ServerSettings(limits=Limits(connections_per_address=4))
    async with (
        AssetsServer(FLEET, settings) as server,
        AssetsApiClient(server.url) as client,
        AsyncExitStack() as stack,
    ):
        opened = []
        for _ in range(2):  # those that the server has seen stay
            for _ in range(3):
                connecting = connection(port_of(server), address=NEIGHBOUR)
                opened.append(await stack.enter_async_context(connecting))
            await asyncio.sleep(2)
        await until(lambda: sum(it.is_open for it in opened) == 4, SECONDS)
        assert all(it.is_open for it in opened[:3])
        assert (await client.get_microgrid(SITE, timeout=5)).name == "Site 1"
        await opened[0].close()
        await asyncio.sleep(2)
        fifth = await stack.enter_async_context(connection(port_of(server), address=NEIGHBOUR))
        await ask(fifth, MICROGRID)
        await until(lambda: fifth.ended == {1}, SECONDS)
        await asyncio.sleep(2)
        assert fifth.is_open


async def test_other_sockets_of_the_process_are_not_counted() -> None:
    settings = ServerSettings(limits=Limits(connections_per_address=1))
    async with AssetsServer(FLEET, settings):
        with ExitStack() as stack:
            listening = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            opened = [
                stack.enter_context(socket.create_connection(listening.getsockname()))
                for _ in range(3)
            ]
            accepted = [stack.enter_context(listening.accept()[0]) for _ in opened]
            await asyncio.sleep(2.5)
            for one in (*opened, *accepted):
                one.setblocking(False)
                with pytest.raises(BlockingIOError):  # neither data nor the end
                    one.recv(1)


async def test_the_metrics_tell_how_many_connections_there_are(free_port: int) -> None:
    settings = ServerSettings(metrics=f"127.0.0.1:{free_port}")
    async with AssetsServer(FLEET, settings) as server, AsyncExitStack() as stack:
        for address in ("127.0.0.1", NEIGHBOUR, NEIGHBOUR):
            await stack.enter_async_context(connection(port_of(server), address=address))
        async with asyncio.timeout(SECONDS):
            text = ""
            while "assets_server_connections 3.0" not in text:
                text = await asyncio.to_thread(read_metrics, free_port)


GROUPS: Final = {
    "192.0.2.7": "192.0.2.7",
    "::ffff:192.0.2.7": "192.0.2.7",
    "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64",
    "fe80::1%eth0": "fe80::/64",
}


@pytest.mark.parametrize("host", GROUPS)
def test_a_network_of_ipv6_counts_as_one_address(host: str) -> None:
    assert group(parse_host(host)) == GROUPS[host]
