"""Ask a server of some shape with our client, and say what must come of it."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Set
from dataclasses import dataclass
from typing import Any, Final

import grpc
from frequenz.client.common.microgrid import MicrogridId

from frequenz.client.assets import AssetsApiClient
from frequenz.client.assets._calls.api_version import ApiVersion
from frequenz.client.assets.exceptions import OperationNotImplemented
from frequenz.client.assets.inventory import Inventory

from ._processes import UnexpectedError
from ._servers import CURRENT, FIRST, Arrival, refusal, serving
from ._table import expect

CallOf = Callable[[AssetsApiClient], Awaitable[Any]]

_SITE: Final = MicrogridId(201)

GET: Final = "GetMicrogrid"

SHARED: Final[Mapping[str, CallOf]] = {
    GET: lambda client: client.get_microgrid(_SITE),
    "ListMicrogridElectricalComponents": (
        lambda client: client.list_microgrid_electrical_components(_SITE)
    ),
    "ListMicrogridElectricalComponentConnections": (
        lambda client: client.list_microgrid_electrical_component_connections(_SITE)
    ),
}
"""The calls of both generations."""

OTHERS: Final[Mapping[str, CallOf]] = {
    "ListMicrogrids": lambda client: client.list_microgrids(),
    "ListMicrogridSensors": lambda client: client.list_microgrid_sensors(MicrogridId(301)),
    "ListGridpools": lambda client: client.list_gridpools(),
    "ListGridpoolEnergySchedules": lambda client: client.list_gridpool_energy_schedules(1),
    "ListMarketTopologyRelations": lambda client: client.list_market_topology_relations(),
}
"""The calls of the current generation only."""

EVERY: Final = {**SHARED, **OTHERS}
BOTH: Final = frozenset({CURRENT, FIRST})


@dataclass(frozen=True)
class World:
    """What is served, and what the calls must return of it."""

    fleet: Inventory

    known: Mapping[str, Any]
    """By operation."""

    async def expect_known(self, client: AssetsApiClient, wanted: Mapping[str, CallOf]) -> None:
        """Raise UnexpectedError unless calls return what they must."""
        for operation, call in wanted.items():
            expect(operation, self.known[operation], await call(client))

    async def expect_all_current(self, version: ApiVersion, generations: Set[str]) -> str:
        """Raise UnexpectedError unless all calls are answered, all in the current generation."""
        async with (
            serving(self.fleet, generations) as (url, gate),
            AssetsApiClient(url, api_version=version) as client,
        ):
            await self.expect_known(client, EVERY)
            expect("calls", arrivals(CURRENT, EVERY), gate.taken())
        return f"{len(EVERY)} calls, none of the first generation"


def arrivals(generation: str, operations: Iterable[str]) -> list[str]:
    """Return calls as they arrive at a server."""
    return [str(Arrival(generation, operation)) for operation in operations]


def without(wanted: Mapping[str, CallOf], operation: str) -> dict[str, CallOf]:
    """Return all calls but one."""
    return {name: call for name, call in wanted.items() if name != operation}


async def refused(client: AssetsApiClient, call: CallOf) -> str:
    """Return the sentence with which a call that is not implemented is refused.

    Raises:
        UnexpectedError: If it is not refused.
    """
    try:
        answer = await call(client)
    except OperationNotImplemented as error:
        expect("status", grpc.StatusCode.UNIMPLEMENTED, error.grpc_error.code())
        return str(error.grpc_error.details())
    raise UnexpectedError(f"there is no error, but an answer: {answer!r}")


async def expect_refused(
    client: AssetsApiClient, wanted: Mapping[str, CallOf], generation: str = CURRENT
) -> str:
    """Raise UnexpectedError unless calls are refused with the server's own words."""
    for operation, call in wanted.items():
        expected = refusal(Arrival(generation, operation))
        expect(f"refusal of {operation}", expected, await refused(client, call))
    return f"the server's UNIMPLEMENTED, {len(wanted)} calls"


async def expect_named(client: AssetsApiClient, wanted: Mapping[str, CallOf]) -> None:
    """Raise UnexpectedError unless calls are refused and told which generation there is."""
    for operation, call in wanted.items():
        sentence = await refused(client, call)
        for part in (operation, "first generation", "frequenz.api.assets.v1"):
            if part not in sentence:
                raise UnexpectedError(f"{operation}: {part!r} is not in {sentence!r}")
