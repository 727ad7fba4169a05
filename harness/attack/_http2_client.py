"""A client of HTTP/2 that sends what others would not (RFC 9113)."""

import asyncio
import struct
from asyncio import StreamReader, StreamWriter
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from frequenz.client.assets._wire.requests import SERVICE
from frequenz.client.assets.testing._proxy import LOOPBACK

from ..shared import http2
from ..shared.http2 import (
    ACK,
    DATA,
    END_HEADERS,
    END_STREAM,
    HEADERS,
    INITIAL_WINDOW_SIZE,
    PING,
    PREFACE,
    RST_STREAM,
    SETTINGS,
    WINDOW_UPDATE,
    Frame,
    frame,
    header,
    read_frame,
    settings,
)

CANCEL: Final = struct.pack("!L", 8)
"""The payload of RST_STREAM for a call that is not needed any more."""


def small_window(size: int) -> bytes:
    """Return the settings of a client that takes so many bytes of a reply."""
    return settings((INITIAL_WINDOW_SIZE, size))


def headers(
    method: str,
    metadata: tuple[tuple[str, str], ...],
    stream: int = 1,
    service: str = SERVICE,
) -> bytes:
    """Return the headers of a call whose request is still to come."""
    pairs = (
        (":method", "POST"),
        (":scheme", "http"),
        (":path", f"/{service}/{method}"),
        (":authority", "localhost"),
        ("content-type", "application/grpc"),
        ("te", "trailers"),
        *metadata,
    )
    return frame(HEADERS, END_HEADERS, stream, b"".join(header(*pair) for pair in pairs))


def request(message: bytes, stream: int = 1) -> bytes:
    """Return the request of a call, and its end."""
    return frame(DATA, END_STREAM, stream, http2.message(message))


class Connection:
    """A connection to a server, which reads all that comes, and acknowledges settings and pings."""

    def __init__(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Start reading."""
        self._reader = reader
        self._writer = writer
        self.is_open = True
        self.ended: set[int] = set()
        """The calls that the server has ended."""

        self.received: Counter[int] = Counter()
        """How many frames of each kind there were."""

        self.data_bytes = 0
        """How many bytes of replies there were."""

        self._receiving = asyncio.create_task(self._receive())

    async def send(self, *frames: bytes) -> None:
        """Send frames."""
        self._writer.write(b"".join(frames))
        await self._writer.drain()

    async def _receive(self) -> None:
        try:
            while True:
                await self._take(await read_frame(self._reader))
        except (asyncio.IncompleteReadError, ConnectionError):
            self.is_open = False

    async def _take(self, received: Frame) -> None:
        kind, flags, stream, payload = received
        self.received[kind] += 1
        self.data_bytes += len(payload) if kind == DATA else 0
        if kind == RST_STREAM or (kind in (DATA, HEADERS) and flags & END_STREAM):
            self.ended.add(stream)
        elif kind in (SETTINGS, PING) and not flags & ACK:
            await self.send(frame(kind, ACK, 0, payload if kind == PING else b""))
        elif kind == DATA and payload:  # only the windows of calls may be small
            await self.send(frame(WINDOW_UPDATE, payload=struct.pack("!L", len(payload))))

    async def close(self) -> None:
        """Close the connection."""
        self._receiving.cancel()
        await asyncio.wait([self._receiving])
        self._writer.close()


@asynccontextmanager
async def connection(
    port: int, client_settings: bytes = settings(), address: str = LOOPBACK
) -> AsyncIterator[Connection]:
    """Connect to a server of this machine, from an address of this machine."""
    made = Connection(*await asyncio.open_connection(LOOPBACK, port, local_addr=(address, 0)))
    try:
        await made.send(PREFACE, client_settings)
        yield made
    finally:
        await made.close()
