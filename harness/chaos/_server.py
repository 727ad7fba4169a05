"""The server that is called: the Assets service, behind an interceptor that makes it fail."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import grpc
import grpc.aio

from frequenz.client.assets import inventory
from frequenz.server.assets._service import AssetsService, handlers
from frequenz.server.assets._stores.sqlite import SqliteStore

from ._proxy import LOOPBACK

FLEET: Final = Path(__file__).with_name("fleet.yaml")

ATTEMPTS: Final = "attempts"
REFUSED: Final = "refused"
FINISHED: Final = "finished"
CANCELLED: Final = "cancelled"


@dataclass(frozen=True, kw_only=True, slots=True)
class Behaviour:
    """How a server takes calls; by default, well."""

    status: str | None = None
    """The name of the status to answer with instead of a reply."""

    probability: float = 1.0
    """With which probability a call gets the status."""

    first: int | None = None
    """How many calls get the status, before all others get replies; None = no limit."""

    pushback_ms: int | None = None
    """After how many ms the client is told to try again."""

    delay: float = 0.0
    """How long a call takes at least, in s."""

    random_delay: bool = False
    """Whether a call takes anything up to the delay instead."""

    padding: int = 0
    """How many bytes longer than it should be a reply is."""

    is_garbage: bool = False
    """Whether a reply is no message."""


class FaultyServer(grpc.aio.ServerInterceptor):
    """A server in this process, and the interceptor that makes it fail."""

    def __init__(self, seed: int = 0) -> None:
        self.behaviour = Behaviour()
        self.counts: Counter[str] = Counter()
        """What became of the attempts, and how many there were of each call."""

        self._failures = 0
        self._random = random.Random(seed)
        self._server: grpc.aio.Server | None = None
        self._store: SqliteStore | None = None

    def behave(self, behaviour: Behaviour) -> None:
        """Take calls in another way from now on, and count anew."""
        self.behaviour = behaviour
        self.counts = Counter()
        self._failures = 0

    async def prepare(self) -> None:
        """Do what takes long, before it is time to listen."""
        self._store = await SqliteStore.open(None)
        await self._store.replace(inventory.read(FLEET))

    async def listen(self, port: int = 0, options: Sequence[tuple[str, int]] = ()) -> int:
        """Begin to serve; return the port."""
        if self._store is None:
            await self.prepare()
        assert self._store is not None
        self._server = grpc.aio.server(interceptors=[self], options=list(options))
        self._server.add_generic_rpc_handlers(handlers(AssetsService(self._store)))
        port = self._server.add_insecure_port(f"{LOOPBACK}:{port}")
        await self._server.start()
        return port

    async def stop(self, grace: float | None = None) -> None:
        """Take no more calls, and end those in flight after the grace, in s."""
        if self._server is not None:
            await self._server.stop(grace)
        if self._store is not None:
            await self._store.close()

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Any]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Any:
        """Return what answers a call."""
        handler = await continuation(handler_call_details)
        if handler is None:
            return None
        name = handler_call_details.method.rpartition("/")[2]

        async def answer(data: bytes, context: "grpc.aio.ServicerContext[bytes, bytes]") -> bytes:
            counts = self.counts
            counts.update((ATTEMPTS, name))
            try:
                reply = await self._answer(handler.unary_unary, data, context)
            except asyncio.CancelledError:
                counts[CANCELLED] += 1
                raise
            except grpc.aio.AbortError:
                counts[REFUSED] += 1
                raise
            counts[FINISHED] += 1
            return reply

        answering: Any = answer  # the types of gRPC know no asynchronous handlers
        return grpc.unary_unary_rpc_method_handler(answering)

    async def _answer(
        self,
        handler: Callable[[bytes, Any], Awaitable[bytes]],
        data: bytes,
        context: "grpc.aio.ServicerContext[bytes, bytes]",
    ) -> bytes:
        behaviour = self.behaviour
        if behaviour.delay:
            share = self._random.random() if behaviour.random_delay else 1.0
            await asyncio.sleep(behaviour.delay * share)
        if behaviour.status is not None and self._fails(behaviour):
            pushback = behaviour.pushback_ms
            await context.abort(
                grpc.StatusCode[behaviour.status],
                "as told",
                () if pushback is None else (("grpc-retry-pushback-ms", str(pushback)),),
            )
        if behaviour.is_garbage:
            return b"\xff"
        # Field 99, of a later contract: no client knows it.
        padding = behaviour.padding
        return await handler(data, context) + (_later_field(padding) if padding else b"")

    def _fails(self, behaviour: Behaviour) -> bool:
        if behaviour.first is not None and self._failures >= behaviour.first:
            return False
        is_failure = self._random.random() < behaviour.probability
        self._failures += is_failure
        return is_failure


def _later_field(size: int) -> bytes:
    """Return a field of so many bytes."""
    length, rest = bytearray(), size
    while rest > 0x7F:
        length.append(rest & 0x7F | 0x80)
        rest >>= 7
    length.append(rest)
    return b"\x9a\x06" + bytes(length) + bytes(size)
