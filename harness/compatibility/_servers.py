"""Servers that offer only some of the calls: ours, behind a gate."""

from collections.abc import AsyncIterator, Awaitable, Callable, Set
from contextlib import asynccontextmanager
from typing import Any, Final, NamedTuple

import grpc
import grpc.aio

from frequenz.client.assets._wire import first_generation, requests
from frequenz.client.assets.inventory import Inventory
from frequenz.client.assets.testing._handlers import bytes_handler
from frequenz.server.assets import AssetsServer

CURRENT: Final = "v1alpha1"
FIRST: Final = "v1"

_GENERATIONS: Final = {requests.SERVICE: CURRENT, first_generation.SERVICE: FIRST}


class Arrival(NamedTuple):
    """A call that arrived at a server."""

    generation: str
    operation: str

    def __str__(self) -> str:
        return f"{self.generation}/{self.operation}"


class Gate(grpc.aio.ServerInterceptor):
    """Lets some calls through, refuses all others, and notes every one."""

    def __init__(self, generations: Set[str], missing: Set[str]) -> None:
        """Let calls of some generations through, without the operations that are missing."""
        self._generations = generations
        self._missing = missing
        self.arrivals: list[Arrival] = []

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Any]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Any:
        """Return the handler of a call."""
        service, _, operation = handler_call_details.method.removeprefix("/").rpartition("/")
        arrival = Arrival(_GENERATIONS.get(service, service), operation)
        self.arrivals.append(arrival)
        if arrival.generation in self._generations and operation not in self._missing:
            return await continuation(handler_call_details)

        async def refuse(_: bytes, context: "grpc.aio.ServicerContext[bytes, bytes]") -> None:
            await context.abort(grpc.StatusCode.UNIMPLEMENTED, refusal(arrival))

        return bytes_handler(refuse)


def refusal(arrival: Arrival) -> str:
    """Return the text with which a gate refuses a call, unlike that of gRPC itself."""
    return f"this server has no {arrival}"


class Gated(NamedTuple):
    """A running server behind a gate."""

    url: str
    gate: Gate


@asynccontextmanager
async def gated_server(
    fleet: Inventory, generations: Set[str], missing: Set[str] = frozenset()
) -> AsyncIterator[Gated]:
    """Serve a fleet with some generations only, without the operations that are missing."""
    gate = Gate(generations, missing)
    async with AssetsServer(fleet, interceptors=[gate]) as server:
        yield Gated(server.url, gate)
