"""A server that fails on request: the Assets service behind an interceptor."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import grpc
import grpc.aio

from frequenz.client.assets import inventory
from frequenz.client.assets._wire.varint import LENGTH_DELIMITED, make_tag, write_varint
from frequenz.client.assets.testing._handlers import bytes_handler, called_operation
from frequenz.client.assets.testing._proxy import LOOPBACK
from frequenz.server.assets._service import AssetsService, handlers
from frequenz.server.assets._stores import open_store, replace

FLEET: Final = Path(__file__).with_name("fleet.yaml")

ATTEMPTS: Final = "attempts"
REFUSED: Final = "refused"
FINISHED: Final = "finished"
CANCELLED: Final = "cancelled"


@dataclass(frozen=True, kw_only=True, slots=True)
class Behaviour:
    """How a server answers calls; by default, correctly."""

    status: str | None = None
    """The name of the status to answer with instead of a reply."""

    probability: float = 1.0
    """The probability with which a call gets the status."""

    first: int | None = None
    """How many calls get the status, before all others get replies; None = no limit."""

    pushback_ms: int | None = None
    """The pushback that is sent with the status: when the client should try again."""

    delay: float = 0.0
    """How long to wait before each answer, in s."""

    random_delay: bool = False
    """Whether to wait for a random time up to the delay instead."""

    padding: int = 0
    """The size of an unknown field to add to each reply, in bytes."""

    is_garbage: bool = False
    """Whether replies cannot be decoded."""


class FaultyServer(grpc.aio.ServerInterceptor):
    """A server in this process, and the interceptor that makes it fail.

    Unlike `AssetsServer`, it has gRPC's default options, and shares its port with others.
    """

    def __init__(self, seed: int = 0) -> None:
        self.behaviour = Behaviour()
        self.counts: Counter[str] = Counter()
        """The number of attempts, in all, by how they ended, and by operation."""

        self._failures = 0
        self._random = random.Random(seed)
        self._handlers: tuple[grpc.GenericRpcHandler, ...] = ()
        self._server: grpc.aio.Server | None = None
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Load the fleet; the server does not listen yet."""
        store = await open_store(None)
        self._stack.push_async_callback(store.close)
        await replace(store, inventory.read(FLEET))
        self._handlers = handlers(AssetsService(store))
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        await self.stop()
        await self._stack.aclose()

    def behave(self, behaviour: Behaviour) -> None:
        """Change the behaviour, and reset the counts."""
        self.behaviour = behaviour
        self.counts = Counter()
        self._failures = 0

    async def listen(self, port: int, options: Sequence[tuple[str, int]]) -> int:
        """Start serving; return the port."""
        self._server = grpc.aio.server(interceptors=[self], options=options)
        self._server.add_generic_rpc_handlers(self._handlers)
        port = self._server.add_insecure_port(f"{LOOPBACK}:{port}")
        await self._server.start()
        return port

    async def stop(self, grace: float | None = None) -> None:
        """Refuse new calls, and cancel those in flight after a grace period, in s."""
        if self._server is not None:
            await self._server.stop(grace)

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Any]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Any:
        """Return the handler of a call."""
        handler = await continuation(handler_call_details)
        if handler is None:
            return None
        operation = called_operation(handler_call_details)

        async def answer(data: bytes, context: "grpc.aio.ServicerContext[bytes, bytes]") -> bytes:
            counts = self.counts
            counts.update((ATTEMPTS, operation))
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

        return bytes_handler(answer)

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
                "intended",
                () if pushback is None else (("grpc-retry-pushback-ms", str(pushback)),),
            )
        if behaviour.is_garbage:
            return b"\xff"
        return await handler(data, context) + _unknown_field(behaviour.padding)

    def _fails(self, behaviour: Behaviour) -> bool:
        if behaviour.first is not None and self._failures >= behaviour.first:
            return False
        is_failure = self._random.random() < behaviour.probability
        self._failures += is_failure
        return is_failure


_UNKNOWN_FIELD: Final = 99


def _unknown_field(size: int) -> bytes:
    """Return a field that no client knows; nothing for size 0."""
    tag = write_varint(make_tag(_UNKNOWN_FIELD, LENGTH_DELIMITED))
    return tag + write_varint(size) + bytes(size) if size else b""
