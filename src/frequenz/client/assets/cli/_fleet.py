"""A server's fleet as an inventory: protobuf messages, so that nothing is lost on the way."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple

from frequenz.client.base.exception import ApiClientError, OperationNotImplemented

from .. import AssetsApiClient
from .._wire import contracts
from ..inventory import Inventory, Site
from ._ask import Connection
from ._exits import Exit, Failure, outcome

AT_ONCE: Final = 8
"""How many microgrids, or gridpools, are asked for at the same time."""

_NAMES: Final = {
    "ListMicrogridSensors": "sensors",
    "ListGridpools": "gridpools",
    "ListGridpoolEnergySchedules": "energy schedules",
    "ListMarketTopologyRelations": "market topology",
}
"""The calls that a server may lack, and what they list."""

OnProgress = Callable[[int, int], None]
"""Is told how many parts of the fleet are done, and of how many."""


class Missed(NamedTuple):
    """A part of the fleet that could not be had."""

    what: str
    error: ApiClientError

    @property
    def code(self) -> Exit:
        """The exit code that the error leads to."""
        return outcome(self.error)[0]

    @property
    def sentence(self) -> str:
        """What it is, and why."""
        return f"{self.what}: {outcome(self.error)[1]}"


class Fetched(NamedTuple):
    """What could be had of a fleet."""

    inventory: Inventory
    missed: tuple[Missed, ...]
    lacking: tuple[str, ...]
    """What the server has no call for, by name."""

    def tell(self, connection: Connection) -> None:
        """Say what is not there, a line each.

        Raises:
            Failure: If no microgrid of several, or the only one, could be had.
        """
        if self.lacking:
            connection.tell(
                f"left out, as the server has no calls for it: {', '.join(self.lacking)}"
            )
        has_nothing = not self.inventory.sites
        if len(self.missed) == 1 and has_nothing:
            (missed,) = self.missed
            raise Failure(missed.sentence, missed.code) from missed.error
        for missed in self.missed:
            connection.tell(missed.sentence)
        if self.missed and has_nothing:
            first = self.missed[0]
            raise Failure("none of what was asked for could be had", first.code) from first.error


def no_progress(done: int, total: int) -> None:
    """Tell nobody."""


async def fetch(
    client: AssetsApiClient,
    microgrid_ids: Iterable[int] | None = None,
    on_progress: OnProgress = no_progress,
) -> Fetched:
    """Return some microgrids, or the whole fleet with its market.

    What fails costs the rest nothing.

    Raises:
        ApiClientError: If the microgrids of the fleet cannot be listed.
        Failure: If the server has no call that lists them.
    """
    fetching = _Fetching(client, on_progress)
    if microgrid_ids is None:
        inventory = await fetching.fleet()
    else:
        inventory = Inventory(await fetching.sites(list(dict.fromkeys(microgrid_ids))))
    lacking = tuple(name for call, name in _NAMES.items() if call in fetching.lacking)
    return Fetched(inventory, tuple(fetching.missed), lacking)


class _Fetching:
    """One run of `fetch`."""

    def __init__(self, client: AssetsApiClient, on_progress: OnProgress) -> None:
        self._client = client
        self._on_progress = on_progress
        self._done = 0
        self._total = 0
        self.missed: list[Missed] = []
        self.lacking: set[str] = set()

    async def fleet(self) -> Inventory:
        try:
            reply = await self._ask("ListMicrogrids", contracts.list_microgrids((), ()))
        except OperationNotImplemented as error:
            _, sentence = outcome(error)
            raise Failure(f"{sentence}; without it, say which microgrids: ID...") from error
        sites = await self._each(
            "microgrid", reply.microgrids, lambda it: it.id, lambda it: self._site(it.id, it)
        )
        gridpools = await self._of_market(
            "ListGridpools", contracts.list_gridpools(()), "gridpools"
        )
        relations = await self._of_market(
            "ListMarketTopologyRelations",
            contracts.list_relations((), (), (), (), ()),
            "relations",
        )
        # Some gridpools may show in relations only.
        numbers = [
            *(gridpool.id for gridpool in gridpools),
            *(relation.gridpool_id for relation in relations if relation.HasField("gridpool_id")),
        ]
        schedules = await self._each(
            "energy schedules of gridpool", list(dict.fromkeys(numbers)), int, self._schedules
        )
        return Inventory(
            sites, gridpools, tuple(schedule for some in schedules for schedule in some), relations
        )

    async def sites(self, numbers: Sequence[int]) -> tuple[Site, ...]:
        return await self._each("microgrid", numbers, int, self._site)

    async def _each(
        self,
        what: str,
        items: Sequence[Any],
        number_of: Callable[[Any], int],
        fetch_one: Callable[[Any], Awaitable[Any]],
    ) -> tuple[Any, ...]:
        """Return what comes of each of some items, some at a time, without what fails."""
        self._total += len(items)
        self._on_progress(self._done, self._total)
        turns = asyncio.Semaphore(AT_ONCE)

        async def in_turn(item: Any) -> Any:
            async with turns:
                try:
                    return await fetch_one(item)
                except ApiClientError as error:
                    self.missed.append(Missed(f"{what} {number_of(item)}", error))
                    return None
                finally:
                    self._done += 1
                    self._on_progress(self._done, self._total)

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(in_turn(item)) for item in items]
        results = (task.result() for task in tasks)
        return tuple(result for result in results if result is not None)

    async def _site(self, number: int, microgrid: Any = None) -> Site:
        if microgrid is None:
            reply = await self._ask("GetMicrogrid", contracts.get_microgrid(number))
            if not reply.HasField("microgrid"):
                raise ApiClientError(
                    server_url=self._client.server_url,
                    operation="GetMicrogrid",
                    description="the reply holds no microgrid",
                    retryable=False,
                )
            microgrid = reply.microgrid
        components = await self._ask(
            "ListMicrogridElectricalComponents", contracts.list_components(number, (), ())
        )
        connections = await self._ask(
            "ListMicrogridElectricalComponentConnections",
            contracts.list_connections(number, (), ()),
        )
        sensors = await self._if_offered(
            "ListMicrogridSensors", contracts.list_sensors(number, ()), "sensors"
        )
        return Site(
            microgrid, tuple(components.components), tuple(connections.connections), sensors
        )

    async def _schedules(self, number: int) -> tuple[Any, ...]:
        request = contracts.list_schedules(number, (), (), None, None)
        return await self._if_offered("ListGridpoolEnergySchedules", request, "schedules")

    async def _of_market(self, operation: str, request: Any, field: str) -> tuple[Any, ...]:
        try:
            return await self._if_offered(operation, request, field)
        except ApiClientError as error:
            self.missed.append(Missed(_NAMES[operation], error))
            return ()

    async def _if_offered(self, operation: str, request: Any, field: str) -> tuple[Any, ...]:
        """Return a list of a reply; nothing where the server has no such call."""
        if operation in self.lacking:
            return ()
        try:
            reply = await self._ask(operation, request)
        except OperationNotImplemented:
            self.lacking.add(operation)
            return ()
        return tuple(getattr(reply, field))

    async def _ask(self, operation: str, request: Any) -> Any:
        return await self._client._ask(operation, request, ...)
