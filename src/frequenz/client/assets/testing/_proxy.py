"""A TCP proxy on loopback that disturbs the connections between a client and a server."""

import asyncio
import enum
import random
import socket
import struct
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Self

LOOPBACK: Final = "127.0.0.1"

GOAWAY: Final = 7
PING: Final = 6

_CHUNK: Final = 65_536
_STEP_SECONDS: Final = 0.01
_FRAME_HEAD: Final = 9
_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)


def url_of(port: int) -> str:
    """Return the URL of a server on a port of this machine, without TLS."""
    return f"grpc://{LOOPBACK}:{port}?ssl=false"


class FaultKind(enum.Enum):
    """What can be wrong with a network."""

    PASS = "nothing"
    DELAY = "delay"
    STALL = "stall"
    RESET = "reset"
    TRUNCATE = "truncate"
    HALF_OPEN = "half-open"
    DRIP = "slow drip"
    BANDWIDTH = "bandwidth"
    BLACK_HOLE = "black hole"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a network, and how much."""

    kind: FaultKind

    amount: float = 0
    """DELAY: the delay of each piece of data, in s. RESET: the probability that a piece of a reply
    resets its connection. TRUNCATE: the bytes of replies after which a connection ends. DRIP: the
    bytes that are sent every 10 ms. BANDWIDTH: bytes per s."""

    def __str__(self) -> str:
        return f"{self.kind.value} {self.amount:g}" if self.amount else self.kind.value


PASS: Final = Fault(FaultKind.PASS)
STALL: Final = Fault(FaultKind.STALL)
HALF_OPEN: Final = Fault(FaultKind.HALF_OPEN)
BLACK_HOLE: Final = Fault(FaultKind.BLACK_HOLE)
REFUSE: Final = Fault(FaultKind.REFUSE)


class Frames:
    """Counts the HTTP/2 frames in a stream of bytes, by their type."""

    def __init__(self) -> None:
        self.types: Counter[int] = Counter()
        self._head = b""
        self._skip = 0

    def feed(self, data: bytes) -> None:
        """Process the next bytes."""
        while data:
            skipped = min(self._skip, len(data))
            self._skip -= skipped
            data = data[skipped:]
            missing = _FRAME_HEAD - len(self._head)
            self._head += data[:missing]
            data = data[missing:]
            if len(self._head) == _FRAME_HEAD:
                self.types[self._head[3]] += 1
                self._skip = int.from_bytes(self._head[:3], "big")
                self._head = b""


class _BrokenError(Exception):
    """A connection should end, with or without a reset."""

    def __init__(self, *, is_reset: bool) -> None:
        self.is_reset = is_reset


class _Link:
    """A connection through the proxy, with the sockets of both sides."""

    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self.client = client
        self.server = server
        self.port = 0
        """The port from which the connection reaches the server, once it does."""

        self.frames = Frames()
        self.replied = 0
        self.ends_at: int | None = None
        """The bytes of replies after which the connection ends."""

        self.is_dead = False
        """Whether bytes of a reply were lost: those that follow are of no use."""

        self.is_silent = False
        """Whether nothing gets through any more, in either direction."""

        self.is_reset = False
        """Whether the connection of the client is reset instead of closed."""

    def close(self) -> None:
        if self.is_reset:
            with suppress(OSError):
                self.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self.client.close()
        self.server.close()


class Proxy:
    """Forwards connections to a port, with a fault that can be changed at any time."""

    def __init__(self, target: int, seed: int = 0) -> None:
        """Forward to a port of this machine; the seed is that of random resets."""
        self.port = 0
        self.connections = 0
        """How many connections were accepted."""

        self.goaways = 0
        """How many GOAWAY frames the server sent."""

        self.pings = 0
        """How many PING frames the server sent."""

        self.resets = 0
        """How many connections were reset."""

        self.target = target
        """The port to which new connections are forwarded."""

        self._random = random.Random(seed)
        self._fault = PASS
        self._changed = asyncio.Event()
        self._socket: socket.socket | None = None
        self._accepting: asyncio.Task[None] | None = None
        self._links: dict[asyncio.Task[None], _Link] = {}
        self._fillers: list[socket.socket] = []

    @property
    def url(self) -> str:
        """The URL for clients, without TLS."""
        return url_of(self.port)

    async def set_fault(self, fault: Fault) -> None:
        """Change the fault, of existing connections too."""
        self._fault = fault
        self._changed.set()
        self._changed = asyncio.Event()
        await self._stop_accepting()
        self._stop_filling()
        listening = self._socket or self._bind()
        match fault.kind:
            case FaultKind.REFUSE:
                listening.close()
                self._socket = self._bind()  # so that no other program gets the port
            case FaultKind.BLACK_HOLE:
                listening.listen(0)
                self._fill()
            case _:
                listening.listen(1024)
                self._accepting = asyncio.create_task(self._accept(listening))

    def reset(self) -> None:
        """Reset all existing connections."""
        for task, link in self._links.items():
            link.is_reset = True
            task.cancel()
        self.resets += len(self._links)

    def reset_from(self, port: int) -> None:
        """Reset the connection that reaches the server from a port."""
        for task, link in self._links.items():
            if link.port == port:
                link.is_reset = True
                task.cancel()
                self.resets += 1

    def cut_from(self, port: int, after: int) -> None:
        """End the connection that reaches the server from a port after some bytes of replies."""
        for link in self._links.values():
            if link.port == port:
                link.ends_at = link.replied + after

    def silence(self) -> None:
        """Let nothing through on existing connections, without closing them."""
        for link in self._links.values():
            link.is_silent = True

    async def __aenter__(self) -> Self:
        """Start listening."""
        await self.set_fault(PASS)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close everything."""
        await self._stop_accepting()
        self._stop_filling()
        if self._socket is not None:
            self._socket.close()
        for task in list(self._links):
            task.cancel()
        await asyncio.gather(*self._links, return_exceptions=True)

    def _bind(self) -> socket.socket:
        bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        bound.setblocking(False)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((LOOPBACK, self.port))
        self.port = bound.getsockname()[1]
        self._socket = bound
        return bound

    def _fill(self) -> None:
        """Fill the backlog, so that attempts to connect get no answer."""
        for _ in range(2):
            filler = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            filler.setblocking(False)
            with suppress(BlockingIOError):
                filler.connect((LOOPBACK, self.port))
            self._fillers.append(filler)

    def _stop_filling(self) -> None:
        for filler in self._fillers:
            filler.close()
        self._fillers = []

    async def _stop_accepting(self) -> None:
        accepting, self._accepting = self._accepting, None
        if accepting is not None:
            accepting.cancel()
            await asyncio.gather(accepting, return_exceptions=True)

    async def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            client, _ = await loop.sock_accept(listening)
            self.connections += 1
            server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            for end in (client, server):
                end.setblocking(False)
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            link = _Link(client, server)
            task = loop.create_task(self._serve(link))
            self._links[task] = link
            # Not in the task itself, which may be cancelled before it begins.
            task.add_done_callback(lambda done: self._links.pop(done).close())

    async def _serve(self, link: _Link) -> None:
        loop = asyncio.get_running_loop()
        pumps: list[asyncio.Task[None]] = []
        try:
            await loop.sock_connect(link.server, (LOOPBACK, self.target))
            link.port = link.server.getsockname()[1]
            pumps = [
                loop.create_task(self._pump(link, is_reply=is_reply)) for is_reply in (False, True)
            ]
            done, _ = await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            for pump in done:
                pump.result()
        except _BrokenError as broken:
            link.is_reset = broken.is_reset
            self.resets += broken.is_reset
        except OSError:
            link.is_reset = True  # the server does not listen, or one side was reset
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)

    async def _pump(self, link: _Link, *, is_reply: bool) -> None:
        """Forward bytes in one direction until they end."""
        loop = asyncio.get_running_loop()
        source, sink = (link.server, link.client) if is_reply else (link.client, link.server)
        while data := await loop.sock_recv(source, _CHUNK):
            if is_reply:
                self._count(link, data)
            await self._forward(link, sink, data, is_reply=is_reply)

    def _count(self, link: _Link, data: bytes) -> None:
        types = link.frames.types
        goaways, pings = types[GOAWAY], types[PING]
        link.frames.feed(data)
        self.goaways += types[GOAWAY] - goaways
        self.pings += types[PING] - pings

    async def _forward(
        self, link: _Link, sink: socket.socket, data: bytes, *, is_reply: bool
    ) -> None:
        while self._fault.kind in (FaultKind.STALL, FaultKind.BLACK_HOLE):
            await self._changed.wait()
        kind, amount = self._fault.kind, self._fault.amount
        pieces, pause = [data], 0.0
        ends_at = link.ends_at
        if kind is FaultKind.TRUNCATE:
            ends_at = int(amount)
        is_cut = is_reply and ends_at is not None and link.replied + len(data) > ends_at
        match kind:
            case FaultKind.HALF_OPEN if is_reply:
                link.is_dead = True
            case FaultKind.RESET if is_reply and self._random.random() < amount:
                raise _BrokenError(is_reset=True)
            case FaultKind.DELAY:
                await asyncio.sleep(amount)
            case FaultKind.DRIP:
                pieces, pause = _pieces(data, int(amount)), _STEP_SECONDS
            case FaultKind.BANDWIDTH:
                size = max(int(amount * _STEP_SECONDS), 1)
                pieces, pause = _pieces(data, size), size / amount
        if is_cut and ends_at is not None:
            pieces = [data[: max(ends_at - link.replied, 0)]]
        if is_reply:
            link.replied += len(data)
        for piece in [] if link.is_silent or (is_reply and link.is_dead) else pieces:
            await asyncio.get_running_loop().sock_sendall(sink, piece)
            if pause:
                await asyncio.sleep(pause)
        if is_cut:
            raise _BrokenError(is_reset=False)


def _pieces(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]
