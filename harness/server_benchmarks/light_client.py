"""Calls a server for some time: `python -m harness.server_benchmarks.light_client`.

A client of gRPC costs as much as the server, and two workers cannot show what they can do while it
takes a core. This one writes the frames of HTTP/2 (RFC 9113) itself, and takes replies a few at a
time: a sixth of the processor time of a worker. It checks nothing but the size of replies, and
prints how many calls were answered per second.
"""

import argparse
import selectors
import socket
import struct
from contextlib import ExitStack
from time import perf_counter, sleep
from typing import Final
from urllib.parse import urlsplit

from ..shared.http2 import (
    ACK,
    DATA,
    END_HEADERS,
    END_STREAM,
    GOAWAY,
    HEADERS,
    INITIAL_WINDOW_SIZE,
    MAX_FRAME_SIZE,
    PING,
    PREFACE,
    RST_STREAM,
    SETTINGS,
    WINDOW_UPDATE,
    WITH_INDEXING,
    frame,
    header,
    message,
    settings,
)
from ._calls import KINDS, SERVICE, Kind, as_new

_KNOWN: Final = 0x80
_FIRST_DYNAMIC: Final = 62
"""The index of the header that was added last (RFC 7541)."""

_MAX_WINDOW: Final = 2**31 - 1
_FRAME_SIZE: Final = 2**16

_BUFFER_BYTES: Final = 2**20
"""How many bytes are read at a time."""

_SILENCE_SECONDS: Final = 30.0

_PAUSE_SECONDS: Final = 0.001
"""Several replies arrive meanwhile: one read for each would cost more than all the rest."""

_START: Final = struct.Struct("!BHBBL")
"""The start of a frame: its length as two numbers, kind, flags, and stream."""

_BEGIN: Final = (
    PREFACE
    # The replies of a stream, and of the connection, need not wait.
    + settings((INITIAL_WINDOW_SIZE, _MAX_WINDOW), (MAX_FRAME_SIZE, _FRAME_SIZE))
    + frame(WINDOW_UPDATE, payload=struct.pack("!L", _MAX_WINDOW - 65_535))
)


class Connection:
    """A connection with the same number of calls under way all the time."""

    def __init__(self, address: tuple[str, int], kind: Kind, *, is_new: bool) -> None:
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.answered = 0
        self._kind = kind
        self._is_new = is_new
        self._stream = 1
        self._buffer = bytearray(_BUFFER_BYTES)
        self._left = 0
        """How many bytes at the start of the buffer belong to a frame that has not arrived yet."""

        self._unconfirmed = 0
        self._sizes: dict[int, int] = {}
        self._size = 0
        headers = [
            (":method", "POST"),
            (":scheme", "http"),
            (":path", f"{SERVICE}/{kind.operation}"),
            (":authority", f"{address[0]}:{address[1]}"),
            ("content-type", "application/grpc"),
            ("te", "trailers"),
        ]
        self._headers = b"".join(header(*it, WITH_INDEXING) for it in headers)
        """Those of the next call."""

        self._known_headers = bytes(
            _KNOWN | _FIRST_DYNAMIC + place for place in reversed(range(len(headers)))
        )
        self.socket.sendall(_BEGIN)

    def call(self, count: int) -> None:
        """Begin some calls."""
        frames = []
        for _ in range(count):
            request = as_new(self._kind.request) if self._is_new else self._kind.request
            frames.append(frame(HEADERS, END_HEADERS, self._stream, self._headers))
            frames.append(frame(DATA, END_STREAM, self._stream, message(request)))
            self._headers = self._known_headers
            self._sizes[self._stream] = 0
            self._stream += 2
        self.socket.sendall(b"".join(frames))

    def read(self) -> int:
        """Take what has arrived; return how many calls were answered.

        Raises:
            RuntimeError: If the server ends the connection or a call, or a reply has another size.
        """
        buffer, sizes = self._buffer, self._sizes
        count = self.socket.recv_into(memoryview(buffer)[self._left :])
        if not count:
            raise RuntimeError("the server has ended a connection")
        available = self._left + count
        at = answered = of_data = 0
        while available - at >= _START.size:
            high, low, kind, flags, stream = _START.unpack_from(buffer, at)
            end = at + _START.size + (high << 16 | low)
            if available < end:
                break
            if kind in (RST_STREAM, GOAWAY):
                raise RuntimeError("the server has ended a call or a connection")
            if stream in sizes:
                if kind == DATA:
                    sizes[stream] += end - at - _START.size
                    of_data += end - at - _START.size
                if flags & END_STREAM and kind <= HEADERS:
                    self._check(sizes.pop(stream))
                    answered += 1
            elif kind in (SETTINGS, PING) and not flags & ACK:
                payload = bytes(buffer[at + _START.size : end]) if kind == PING else b""
                self.socket.sendall(frame(kind, ACK, 0, payload))
            at = end
        self._left = available - at
        buffer[: self._left] = buffer[at:available]
        self._confirm(of_data)
        self.answered += answered
        return answered

    def _check(self, size: int) -> None:
        self._size = self._size or size
        if not size:
            raise RuntimeError("a call has failed: its reply is empty")
        if size != self._size:
            raise RuntimeError(f"a reply has {size} bytes, others have {self._size}")

    def _confirm(self, count: int) -> None:
        """Let the server send as many bytes more."""
        self._unconfirmed += count
        if self._unconfirmed > _MAX_WINDOW // 4:
            size = struct.pack("!L", self._unconfirmed)
            self.socket.sendall(frame(WINDOW_UPDATE, payload=size))
            self._unconfirmed = 0


def calls_per_second(
    url: str, kind: Kind, connections: int, seconds: float, *, is_new: bool
) -> float:
    """Return how many calls per second a server answers.

    Args:
        url: The server.
        kind: The call, with the number of callers.
        connections: Over how many connections they call.
        seconds: How long.
        is_new: Whether each request has other bytes than all before.

    Raises:
        ValueError: If the callers cannot be divided among the connections.
        RuntimeError: If a call fails.
    """
    if kind.callers % connections:
        raise ValueError(f"connections: {connections} do not divide {kind.callers} callers")
    parts = urlsplit(url)
    assert parts.hostname is not None and parts.port is not None
    with ExitStack() as stack:
        selector = stack.enter_context(selectors.DefaultSelector())
        opened = []
        for _ in range(connections):
            connection = Connection((parts.hostname, parts.port), kind, is_new=is_new)
            stack.enter_context(connection.socket)
            selector.register(connection.socket, selectors.EVENT_READ, connection)
            connection.call(kind.callers // connections)
            opened.append(connection)
        began = perf_counter()
        while perf_counter() - began < seconds:
            ready = selector.select(_SILENCE_SECONDS)
            if not ready:
                raise RuntimeError(f"no answer for {_SILENCE_SECONDS:g} s")
            for key, _ in ready:
                if answered := key.data.read():
                    key.data.call(answered)
            sleep(_PAUSE_SECONDS)
        return sum(connection.answered for connection in opened) / (perf_counter() - began)


def main() -> None:
    """Call, and print the number."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("operation", choices=KINDS)
    parser.add_argument("--connections", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--new", action="store_true")
    given = parser.parse_args()
    kind = KINDS[given.operation]
    print(calls_per_second(given.url, kind, given.connections, given.seconds, is_new=given.new))


if __name__ == "__main__":
    main()
