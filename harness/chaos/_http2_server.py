"""A server that violates HTTP/2 (RFC 9113), or makes unusual use of it.

The first six cases are gRPC's negative interoperability tests, which its documentation describes.
The reply to every call is that of GetMicrogrid.
"""

import asyncio
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Final, NamedTuple, TypeAlias

from frequenz.api.common.v1alpha8.microgrid import microgrid_pb2
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2

from frequenz.client.assets.testing._proxy import LOOPBACK, url_of

from ..shared.http2 import (
    ACK,
    DATA,
    END_HEADERS,
    END_STREAM,
    GOAWAY,
    HEADERS,
    MAX_CONCURRENT_STREAMS,
    PING,
    PREFACE,
    RST_STREAM,
    SETTINGS,
    frame,
    header,
    message,
    read_frame,
)

_FLOOD: Final = 200

_STATUS_200: Final = b"\x88"
"""Entry 8 of the static table of HPACK (RFC 7541)."""

_NO_ENTRY: Final = b"\x80"
"""Entry 0, which HPACK forbids."""

_GRPC: Final = _STATUS_200 + header("content-type", "application/grpc")
_HTML: Final = _STATUS_200 + header("content-type", "text/html")
_TRAILERS: Final = header("grpc-status", "0")

_REPLY: Final = platformassets_pb2.GetMicrogridResponse(
    microgrid=microgrid_pb2.Microgrid(id=1, name="Depot")
).SerializeToString()
_BODY: Final = message(_REPLY)


class Connection:
    """A connection of a client, with methods to answer it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.answered = 0
        self.open: set[int] = set()
        """The streams whose requests are complete, but not answered yet."""

        self.most_open = 0
        """The most open streams since the client acknowledged the last settings."""

    def send(self, kind: int, stream: int = 0, payload: bytes = b"", flags: int = 0) -> None:
        """Send a frame."""
        self._writer.write(frame(kind, flags, stream, payload))

    def headers(self, stream: int, block: bytes, flags: int = 0) -> None:
        """Send headers, or trailers."""
        self.send(HEADERS, stream, block, flags | END_HEADERS)

    def data(self, stream: int, data: bytes, flags: int = 0) -> None:
        """Send a part of a reply."""
        self.send(DATA, stream, data, flags)

    def reset(self, stream: int) -> None:
        """End a stream without an error code."""
        self.send(RST_STREAM, stream, struct.pack("!L", 0))

    def pings(self) -> None:
        """Send many pings."""
        for number in range(_FLOOD):
            self.send(PING, payload=number.to_bytes(8, "big"))

    def answer(self, stream: int) -> None:
        """Answer a call correctly."""
        self.headers(stream, _GRPC)
        self.data(stream, _BODY)
        self.headers(stream, _TRAILERS, END_STREAM)

    async def requests(self) -> AsyncIterator[int]:
        """Answer settings and pings, and yield the stream of each complete request."""
        await self._reader.readexactly(len(PREFACE))
        while True:
            kind, flags, stream, payload = await read_frame(self._reader)
            if kind == SETTINGS:
                if flags & ACK:
                    self.most_open = len(self.open)
                else:
                    self.send(SETTINGS, flags=ACK)
            elif kind == PING and not flags & ACK:
                self.send(PING, payload=payload, flags=ACK)
            elif kind in (HEADERS, DATA) and flags & END_STREAM:
                self.open.add(stream)
                self.most_open = max(self.most_open, len(self.open))
                yield stream

    async def drain(self) -> None:
        """Wait until everything is sent."""
        await self._writer.drain()


Answer: TypeAlias = Callable[[Connection, int], Awaitable[None]]


async def _goaway(connection: Connection, stream: int) -> None:
    connection.answer(stream)
    connection.send(GOAWAY, payload=struct.pack("!LL", stream, 0))


async def _rst_after_header(connection: Connection, stream: int) -> None:
    connection.headers(stream, _GRPC)
    connection.reset(stream)


async def _rst_during_data(connection: Connection, stream: int) -> None:
    connection.headers(stream, _GRPC)
    connection.data(stream, _BODY[: len(_BODY) // 2])
    connection.reset(stream)


async def _rst_after_data(connection: Connection, stream: int) -> None:
    connection.headers(stream, _GRPC)
    connection.data(stream, _BODY)
    connection.reset(stream)


async def _ping(connection: Connection, stream: int) -> None:
    connection.pings()
    connection.headers(stream, _GRPC)
    connection.pings()
    connection.data(stream, _BODY)
    connection.pings()
    connection.headers(stream, _TRAILERS, END_STREAM)
    connection.pings()


async def _max_streams(connection: Connection, stream: int) -> None:
    if connection.answered == 0:
        connection.send(SETTINGS, payload=struct.pack("!HL", MAX_CONCURRENT_STREAMS, 1))
    else:
        await asyncio.sleep(0.01)  # for parallel calls to arrive, if there are any
    connection.answer(stream)


async def _correctly(connection: Connection, stream: int) -> None:
    connection.answer(stream)


async def _bad_hpack(connection: Connection, stream: int) -> None:
    connection.headers(stream, _NO_ENTRY)


async def _missing_trailers(connection: Connection, stream: int) -> None:
    connection.headers(stream, _GRPC)
    connection.data(stream, _BODY, END_STREAM)


async def _wrong_content_type(connection: Connection, stream: int) -> None:
    connection.headers(stream, _HTML)
    connection.data(stream, b"<html>It works!</html>", END_STREAM)


class Case(NamedTuple):
    """How a server misbehaves."""

    answer: Answer

    is_answered: bool
    """Whether calls get their replies all the same."""

    has_settings: bool = True

    parallel_calls: int = 0
    """How many calls to make after the first ones; the server takes one at a time."""


CASES: Final[Mapping[str, Case]] = {
    "goaway after a response": Case(_goaway, True),
    "rst_stream after header": Case(_rst_after_header, False),
    "rst_stream during data": Case(_rst_during_data, False),
    "rst_stream after data": Case(_rst_after_data, False),
    "ping flood": Case(_ping, True),
    "max_streams change": Case(_max_streams, True, parallel_calls=10),
    "no SETTINGS": Case(_correctly, False, has_settings=False),
    "bad HPACK": Case(_bad_hpack, False),
    "missing trailers": Case(_missing_trailers, False),
    "wrong content-type": Case(_wrong_content_type, False),
}


class MisbehavingServer:
    """The server of one case."""

    def __init__(self, case: Case) -> None:
        self.port = 0
        self.connections: list[Connection] = []
        self._case = case

    @property
    def url(self) -> str:
        """The URL for clients."""
        return url_of(self.port)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Serve, and close every connection in the end."""
        tasks: set[asyncio.Task[None]] = set()

        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            tasks.add(task)
            try:
                await self._serve(Connection(reader, writer))
            except asyncio.CancelledError:
                pass  # the server ends; asyncio would log this error
            finally:
                writer.close()
                tasks.discard(task)

        server = await asyncio.start_server(accept, LOOPBACK, 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            server.close()
            for task in list(tasks):
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, connection: Connection) -> None:
        self.connections.append(connection)
        if self._case.has_settings:
            connection.send(SETTINGS)
        async with asyncio.TaskGroup() as group:
            with suppress(asyncio.IncompleteReadError, OSError):
                async for stream in connection.requests():
                    group.create_task(self._answer(connection, stream))

    async def _answer(self, connection: Connection, stream: int) -> None:
        with suppress(OSError):
            await self._case.answer(connection, stream)
            connection.answered += 1
            connection.open.discard(stream)
            await connection.drain()
