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

PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

DATA: Final = 0
HEADERS: Final = 1
RST_STREAM: Final = 3
SETTINGS: Final = 4
PING: Final = 6
GO_AWAY: Final = 7
WINDOW_UPDATE: Final = 8
END_STREAM: Final = 1
ACK: Final = 1
END_HEADERS: Final = 4
CANCEL: Final = struct.pack("!L", 8)
"""The payload of RST_STREAM for a call that is not needed any more."""

_INITIAL_WINDOW_SIZE: Final = 4
_HEAD_BYTES: Final = 9


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    """Return a frame."""
    return struct.pack("!L", len(payload))[1:] + struct.pack("!BBL", kind, flags, stream) + payload


def small_window(size: int) -> bytes:
    """Return the settings of a client that takes so many bytes of a reply."""
    return frame(SETTINGS, 0, 0, struct.pack("!HL", _INITIAL_WINDOW_SIZE, size))


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
    return frame(
        HEADERS,
        END_HEADERS,
        stream,
        b"".join(_header(name.encode(), value.encode()) for name, value in pairs),
    )


def _header(name: bytes, value: bytes) -> bytes:
    # A literal that is not indexed, without Huffman coding; lengths below 127.
    return b"\x00" + bytes([len(name)]) + name + bytes([len(value)]) + value


def request(message: bytes, stream: int = 1) -> bytes:
    """Return the request of a call, and its end."""
    return frame(DATA, END_STREAM, stream, b"\x00" + struct.pack("!L", len(message)) + message)


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
                head = await self._reader.readexactly(_HEAD_BYTES)
                kind, flags, stream = struct.unpack("!BBL", head[3:])
                payload = await self._reader.readexactly(int.from_bytes(head[:3]))
                await self._take(kind, flags, stream, payload)
        except (asyncio.IncompleteReadError, ConnectionError):
            self.is_open = False

    async def _take(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        self.received[kind] += 1
        self.data_bytes += len(payload) if kind == DATA else 0
        if kind == RST_STREAM or (kind in (DATA, HEADERS) and flags & END_STREAM):
            self.ended.add(stream)
        elif kind in (SETTINGS, PING) and not flags & ACK:
            await self.send(frame(kind, ACK, 0, payload if kind == PING else b""))
        elif kind == DATA and payload:  # only the windows of calls may be small
            await self.send(frame(WINDOW_UPDATE, 0, 0, struct.pack("!L", len(payload))))

    async def close(self) -> None:
        """Close the connection."""
        self._receiving.cancel()
        await asyncio.wait([self._receiving])
        self._writer.close()


@asynccontextmanager
async def connection(
    port: int, settings: bytes = frame(SETTINGS, 0, 0, b""), address: str = LOOPBACK
) -> AsyncIterator[Connection]:
    """Connect to a server of this machine, from an address of this machine."""
    made = Connection(*await asyncio.open_connection(LOOPBACK, port, local_addr=(address, 0)))
    try:
        await made.send(PREFACE, settings)
        yield made
    finally:
        await made.close()
