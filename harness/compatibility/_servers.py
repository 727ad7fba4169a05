"""Servers that offer only some of the calls, made of the handlers of ours."""

from collections.abc import AsyncIterator, Sequence, Set
from contextlib import asynccontextmanager
from typing import Any, Final, NamedTuple

import grpc
import grpc.aio

from frequenz.client.assets._wire import first_generation, requests
from frequenz.client.assets.inventory import Inventory
from frequenz.server.assets._service import AssetsService, handlers
from frequenz.server.assets._stores.sqlite import SqliteStore

CURRENT: Final = "v1alpha1"
FIRST: Final = "v1"

_GENERATIONS: Final = {requests.SERVICE: CURRENT, first_generation.SERVICE: FIRST}


class Arrival(NamedTuple):
    """A call that arrived at a server."""

    generation: str
    operation: str

    def __str__(self) -> str:
        return f"{self.generation}/{self.operation}"


class Gate(grpc.GenericRpcHandler):
    """Lets some calls through to handlers, refuses all others, and notes every one."""

    def __init__(
        self, behind: Sequence[grpc.GenericRpcHandler], generations: Set[str], missing: Set[str]
    ) -> None:
        """Offer some generations of the API.

        Args:
            behind: The handlers of all calls of both generations.
            generations: The generations that are offered.
            missing: The calls that are not, in any generation.
        """
        self._behind = behind
        self._generations = generations
        self._missing = missing
        self.arrived: list[Arrival] = []

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> Any:
        """Return what answers a call."""
        path: Any = handler_call_details.method
        service, _, operation = path.removeprefix("/").rpartition("/")
        arrival = Arrival(_GENERATIONS.get(service, service), operation)
        self.arrived.append(arrival)
        if arrival.generation not in self._generations or operation in self._missing:
            return grpc.unary_unary_rpc_method_handler(_refusing(arrival))
        found = (one.service(handler_call_details) for one in self._behind)
        return next((handler for handler in found if handler is not None), None)

    def taken(self) -> list[str]:
        """Return the calls that arrived since this was asked last."""
        arrived, self.arrived = self.arrived, []
        return [str(arrival) for arrival in arrived]


def _refusing(arrival: Arrival) -> Any:
    async def refuse(_: bytes, context: "grpc.aio.ServicerContext[bytes, bytes]") -> None:
        await context.abort(grpc.StatusCode.UNIMPLEMENTED, refusal(arrival))

    return refuse


def refusal(arrival: Arrival) -> str:
    """Return the sentence with which a call is refused, by which it can be told from others."""
    return f"this server has no {arrival}"


class Shape(NamedTuple):
    """A running server."""

    url: str
    gate: Gate


@asynccontextmanager
async def serving(
    fleet: Inventory, generations: Set[str], missing: Set[str] = frozenset()
) -> AsyncIterator[Shape]:
    """Serve a fleet with only some generations and calls."""
    store = await SqliteStore.open(None)
    try:
        await store.replace(fleet)
        gate = Gate(handlers(AssetsService(store)), generations, missing)
        async with _listening((gate,)) as url:
            yield Shape(url, gate)
    finally:
        await store.close()


@asynccontextmanager
async def serving_nothing() -> AsyncIterator[str]:
    """Run a gRPC server that offers nothing, so that gRPC itself refuses each call."""
    async with _listening(()) as url:
        yield url


@asynccontextmanager
async def _listening(offered: Sequence[grpc.GenericRpcHandler]) -> AsyncIterator[str]:
    server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
    server.add_generic_rpc_handlers(tuple(offered))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield f"grpc://127.0.0.1:{port}?ssl=false"
    finally:
        await server.stop(None)
