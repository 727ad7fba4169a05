"""Call a server that offers less with our client, and check the results."""

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
from ._servers import CURRENT, FIRST, Arrival, gated_server, refusal
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
class Served:
    """A fleet that is served, and what the calls must return."""

    fleet: Inventory

    answers: Mapping[str, Any]
    """By operation."""

    async def expect_answers(self, client: AssetsApiClient, calls: Mapping[str, CallOf]) -> None:
        """Raise UnexpectedError unless calls return what they must."""
        for operation, call in calls.items():
            expect(operation, self.answers[operation], await call(client))

    async def expect_all_current(self, version: ApiVersion, generations: Set[str]) -> str:
        """Raise UnexpectedError unless all calls are answered, all in the current generation."""
        async with (
            gated_server(self.fleet, generations) as (url, gate),
            AssetsApiClient(url, api_version=version) as client,
        ):
            await self.expect_answers(client, EVERY)
            expect("calls", arrivals(CURRENT, EVERY), gate.take_arrivals())
        return f"{len(EVERY)} calls, none of the first generation"


def arrivals(generation: str, operations: Iterable[str]) -> list[str]:
    """Return calls as `Gate.take_arrivals` does."""
    return [str(Arrival(generation, operation)) for operation in operations]


def without(calls: Mapping[str, CallOf], operation: str) -> dict[str, CallOf]:
    """Return all calls but one."""
    return {name: call for name, call in calls.items() if name != operation}


async def refusal_of(client: AssetsApiClient, call: CallOf) -> str:
    """Return the text with which a call that is not implemented is refused.

    Raises:
        UnexpectedError: If it is not refused.
    """
    try:
        answer = await call(client)
    except OperationNotImplemented as error:
        expect("status", grpc.StatusCode.UNIMPLEMENTED, error.grpc_error.code())
        return str(error.grpc_error.details())
    raise UnexpectedError(f"expected an error, got {answer!r}")


async def expect_refused(
    client: AssetsApiClient, calls: Mapping[str, CallOf], generation: str = CURRENT
) -> str:
    """Raise UnexpectedError unless calls are refused with the text of the server."""
    for operation, call in calls.items():
        expected = refusal(Arrival(generation, operation))
        expect(f"refusal of {operation}", expected, await refusal_of(client, call))
    return f"the server's UNIMPLEMENTED, {len(calls)} calls"


async def expect_explained(client: AssetsApiClient, calls: Mapping[str, CallOf]) -> None:
    """Raise UnexpectedError unless calls are refused with the generation that the server has."""
    for operation, call in calls.items():
        sentence = await refusal_of(client, call)
        for part in (operation, "first generation", "frequenz.api.assets.v1"):
            if part not in sentence:
                raise UnexpectedError(f"{operation}: {part!r} is not in {sentence!r}")
