"""Pings of an idle client: the server accepts one every 10 s, but not one every second.

The published client pings every 60 s while it is idle, and reconnects silently if the server closes
the connection. So this client is a plain socket with a minimum of HTTP/2 (RFC 9113).
"""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import pytest

from frequenz.server.assets import AssetsServer

from .fleets import FLEET

pytestmark = [pytest.mark.soak, pytest.mark.timeout(120)]

PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
SETTINGS: Final = 4
PING: Final = 6
GOAWAY: Final = 7
ACK: Final = 1
ENHANCE_YOUR_CALM: Final = 11


class Frame(NamedTuple):
    """A frame of HTTP/2 on the connection itself."""

    kind: int
    flags: int
    payload: bytes

    def to_bytes(self) -> bytes:
        length = len(self.payload).to_bytes(3, "big")
        return length + struct.pack("!BBL", self.kind, self.flags, 0) + self.payload


class Connection:
    """A connection that acknowledges frames, and counts the answers to its pings."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.pongs = 0
        self.goaway: bytes | None = None

    def send(self, kind: int, payload: bytes = b"", flags: int = 0) -> None:
        self._writer.write(Frame(kind, flags, payload).to_bytes())

    async def listen(self) -> None:
        """Read frames until the server sends GOAWAY."""
        while self.goaway is None:
            frame = await self._receive()
            is_ack = bool(frame.flags & ACK)
            if frame.kind == GOAWAY:
                self.goaway = frame.payload
            elif frame.kind in (SETTINGS, PING) and not is_ack:
                self.send(frame.kind, frame.payload if frame.kind == PING else b"", ACK)
            elif frame.kind == PING:
                self.pongs += 1

    async def _receive(self) -> Frame:
        head = await self._reader.readexactly(9)
        kind, flags = head[3], head[4]
        return Frame(kind, flags, await self._reader.readexactly(int.from_bytes(head[:3], "big")))


@asynccontextmanager
async def connected() -> AsyncIterator[Connection]:
    """Run a server, and yield a connection to it that reads frames."""
    async with AssetsServer(FLEET) as server:
        url = urlsplit(server.url)
        reader, writer = await asyncio.open_connection(url.hostname, url.port)
        connection = Connection(reader, writer)
        writer.write(PREFACE)
        connection.send(SETTINGS)
        listening = asyncio.create_task(connection.listen())
        try:
            yield connection
        finally:
            listening.cancel()
            writer.close()
            await writer.wait_closed()


async def ping(connection: Connection, *, times: int, interval: float) -> None:
    """Send pings until the server sends GOAWAY, and wait for the last answer."""
    for number in range(times):
        if connection.goaway is not None:
            return
        if number:
            await asyncio.sleep(interval)
        connection.send(PING, number.to_bytes(8, "big"))
    await asyncio.sleep(1)


async def test_the_server_accepts_a_ping_every_10_s_without_calls() -> None:
    # With default settings, a server closes the connection at the third ping that is too early.
    async with connected() as connection:
        await ping(connection, times=5, interval=10.2)
        assert connection.goaway is None
        assert connection.pongs == 5


async def test_the_server_closes_a_connection_with_a_ping_every_second() -> None:
    async with connected() as connection:
        await ping(connection, times=10, interval=1)
        assert connection.goaway is not None
        assert connection.goaway[4:8] == ENHANCE_YOUR_CALM.to_bytes(4, "big")
        assert connection.goaway.endswith(b"too_many_pings")
