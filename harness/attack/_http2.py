"""A client of HTTP/2 that sends what others would not (RFC 9113)."""

import asyncio
import struct
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, NamedTuple

from frequenz.client.assets._wire.requests import SERVICE
from frequenz.client.assets.testing._proxy import LOOPBACK

PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

DATA: Final = 0
HEADERS: Final = 1
RST_STREAM: Final = 3
SETTINGS: Final = 4
PING: Final = 6
GOAWAY: Final = 7
END_STREAM: Final = 1
ACK: Final = 1
END_HEADERS: Final = 4
CANCEL: Final = struct.pack("!L", 8)
"""The payload of RST_STREAM for a call that is not needed any more."""

_WINDOW_UPDATE: Final = 8
_INITIAL_WINDOW_SIZE: Final = 4
_HEAD_BYTES: Final = 9


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    """Return a frame."""
    return struct.pack("!L", len(payload))[1:] + struct.pack("!BBL", kind, flags, stream) + payload


def small_window(size: int) -> bytes:
    """Return the settings of a client that takes so many bytes of a reply."""
    return frame(SETTINGS, 0, 0, struct.pack("!HL", _INITIAL_WINDOW_SIZE, size))


def larger_window(size: int) -> bytes:
    """Return what lets the server send so many bytes more on the connection."""
    return frame(_WINDOW_UPDATE, 0, 0, struct.pack("!L", size))


def headers(method: str, metadata: tuple[tuple[str, str], ...], stream: int = 1) -> bytes:
    """Return the headers of a call whose request is still to come."""
    pairs = (
        (":method", "POST"),
        (":scheme", "http"),
        (":path", f"/{SERVICE}/{method}"),
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


class Frame(NamedTuple):
    """A frame that was received."""

    kind: int
    flags: int
    stream: int
    payload: bytes


class Connection(NamedTuple):
    """A connection to a server; it answers settings and pings only."""

    reader: StreamReader
    writer: StreamWriter

    async def send(self, *frames: bytes) -> None:
        """Send frames."""
        self.writer.write(b"".join(frames))
        await self.writer.drain()

    async def frames(self) -> AsyncIterator[Frame]:
        """Yield frames until the connection ends."""
        try:
            while True:
                head = await self.reader.readexactly(_HEAD_BYTES)
                kind, flags, stream = struct.unpack("!BBL", head[3:])
                payload = await self.reader.readexactly(int.from_bytes(head[:3]))
                if kind in (SETTINGS, PING) and not flags & ACK:
                    await self.send(frame(kind, ACK, 0, payload if kind == PING else b""))
                yield Frame(kind, flags, stream, payload)
        except (asyncio.IncompleteReadError, ConnectionError):
            return


@asynccontextmanager
async def connection(
    port: int, settings: bytes = frame(SETTINGS, 0, 0, b""), address: str = LOOPBACK
) -> AsyncIterator[Connection]:
    """Connect to a server of this machine, from an address of this machine."""
    reader, writer = await asyncio.open_connection(LOOPBACK, port, local_addr=(address, 0))
    try:
        made = Connection(reader, writer)
        await made.send(PREFACE, settings)
        yield made
    finally:
        writer.close()
