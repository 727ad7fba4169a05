"""A server's fleet as an inventory: protobuf messages, so that nothing is lost on the way."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar

from ... import AssetsApiClient
from ..._wire import requests
from ...exceptions import (
    ApiClientError,
    OperationNotImplemented,
    OperationTimedOut,
    OperationUnauthenticated,
    ServiceUnavailable,
)
from ...inventory import Inventory, Site
from .concurrency import for_each

ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")

MAX_UNANSWERED: Final = 8
"""After how many parts in a row without an answer the rest is skipped."""

_UNANSWERED: Final = (OperationTimedOut, ServiceUnavailable)

_LISTS: Final = {
    "ListMicrogridSensors": "sensors",
    "ListGridpools": "gridpools",
    "ListGridpoolEnergySchedules": "energy_schedules",
    "ListMarketTopologyRelations": "market_topology",
}
"""The calls that a server may not offer -> the lists of an inventory that they fill."""

OnProgress: TypeAlias = Callable[[int, int], None]
"""Gets how many parts of the fleet are done, and how many there are."""


class Part(NamedTuple):
    """A part of a fleet that is fetched on its own."""

    kind: str
    id: int | None = None
    """None if there is only one of its kind."""

    def __str__(self) -> str:
        return self.kind if self.id is None else f"{self.kind} {self.id}"


class FailedPart(NamedTuple):
    """A part that could not be fetched."""

    part: Part
    error: ApiClientError


class FetchedFleet(NamedTuple):
    """The parts of a fleet that were fetched, and those that were not."""

    inventory: Inventory
    failed: tuple[FailedPart, ...]

    skipped: tuple[Part, ...]
    """Parts that were not requested because the server had stopped answering."""

    not_offered: tuple[str, ...]
    """Lists of the inventory for which the server offers no call."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was fetched."""
        return self.inventory == Inventory()

    @property
    def missing(self) -> int:
        """How many parts were not fetched."""
        return len(self.failed) + len(self.skipped)

    @property
    def incomplete(self) -> tuple[str, ...]:
        """Lists of the inventory that may lack items because the server does not offer them."""
        # Gridpools lead to the schedules.
        dependent = ("energy_schedules",) if "gridpools" in self.not_offered else ()
        return tuple(dict.fromkeys((*self.not_offered, *dependent)))


async def fetch_fleet(
    client: AssetsApiClient,
    microgrid_ids: Iterable[int] | None = None,
    on_progress: OnProgress | None = None,
) -> FetchedFleet:
    """Return some microgrids, or the whole fleet with its market.

    A part that fails does not affect the others, unless the server rejects the key or stops
    answering: then the rest is not requested.

    Raises:
        ApiClientError: If the microgrids of the fleet cannot be listed.
    """
    fetcher = _FleetFetcher(client, on_progress)
    if microgrid_ids is None:
        inventory = await fetcher.fetch_all()
    else:
        inventory = Inventory(await fetcher.fetch_sites(list(dict.fromkeys(microgrid_ids))))
    return fetcher.result(inventory)


class _FleetFetcher:
    """The state of one `fetch_fleet`."""

    def __init__(self, client: AssetsApiClient, on_progress: OnProgress | None) -> None:
        self._client = client
        self._on_progress = on_progress
        self._done = 0
        self._total = 0
        self._order: dict[Part, int] = {}
        """The order in which parts were started; they end in any order."""

        self._failed: list[FailedPart] = []
        self._skipped: list[Part] = []
        self._not_offered: set[str] = set()
        self._unanswered = 0
        self._rejection: OperationUnauthenticated | None = None

    def result(self, inventory: Inventory) -> FetchedFleet:
        return FetchedFleet(
            inventory,
            tuple(sorted(self._failed, key=lambda failed: self._order[failed.part])),
            tuple(self._skipped),
            tuple(name for call, name in _LISTS.items() if call in self._not_offered),
        )

    async def fetch_all(self) -> Inventory:
        reply = await self._call("ListMicrogrids", requests.list_microgrids())
        sites = await self._fetch_each(
            "microgrid", reply.microgrids, lambda it: it.id, lambda it: self._fetch_site(it.id, it)
        )
        gridpools = await self._fetch_market(
            "ListGridpools", requests.list_gridpools(), "gridpools"
        )
        relations = await self._fetch_market(
            "ListMarketTopologyRelations", requests.list_relations(), "relations"
        )
        # Some gridpools may appear in relations only.
        gridpool_ids = [
            *(gridpool.id for gridpool in gridpools),
            *(relation.gridpool_id for relation in relations if relation.HasField("gridpool_id")),
        ]
        schedules = await self._fetch_each(
            "energy schedules of gridpool",
            [it for it in dict.fromkeys(gridpool_ids) if it],  # servers reject 0, a missing ID
            int,
            lambda gridpool_id: self._list_if_offered(
                "ListGridpoolEnergySchedules",
                requests.list_schedules(gridpool_id),
                "schedules",
            ),
        )
        return Inventory(
            sites, gridpools, tuple(it for some in schedules for it in some), relations
        )

    async def fetch_sites(self, microgrid_ids: Sequence[int]) -> tuple[Site, ...]:
        return await self._fetch_each("microgrid", microgrid_ids, int, self._fetch_site)

    async def _fetch_each(
        self,
        kind: str,
        items: Sequence[ItemT],
        id_of: Callable[[ItemT], int],
        fetch: Callable[[ItemT], Awaitable[ResultT]],
    ) -> tuple[ResultT, ...]:
        """Return the parts for some items in their order, without those that fail."""
        results: list[ResultT | None] = [None] * len(items)
        self._total += len(items)
        self._report_progress()

        async def fetch_one(index: int) -> None:
            item = items[index]
            results[index] = await self._fetch_part(Part(kind, id_of(item)), lambda: fetch(item))
            self._done += 1
            self._report_progress()

        await for_each(range(len(items)), fetch_one)
        return tuple(result for result in results if result is not None)

    def _report_progress(self) -> None:
        if self._on_progress is not None:
            self._on_progress(self._done, self._total)

    async def _fetch_part(
        self, part: Part, fetch: Callable[[], Awaitable[ResultT]]
    ) -> ResultT | None:
        """Return a part; None if it fails or is skipped."""
        self._order.setdefault(part, len(self._order))
        if self._rejection is not None:
            self._failed.append(FailedPart(part, self._rejection))
            return None
        if self._unanswered >= MAX_UNANSWERED:
            self._skipped.append(part)
            return None
        try:
            result = await fetch()
        except ApiClientError as error:
            self._failed.append(FailedPart(part, error))
            if isinstance(error, OperationUnauthenticated):
                self._rejection = error
            self._count_unanswered(is_answered=not isinstance(error, _UNANSWERED))
            return None
        self._count_unanswered(is_answered=True)
        return result

    def _count_unanswered(self, *, is_answered: bool) -> None:
        if self._unanswered < MAX_UNANSWERED:
            self._unanswered = 0 if is_answered else self._unanswered + 1

    async def _fetch_site(self, microgrid_id: int, microgrid: Any = None) -> Site:
        if microgrid is None:
            reply = await self._call("GetMicrogrid", requests.get_microgrid(microgrid_id))
            if not reply.HasField("microgrid"):
                raise ApiClientError(
                    server_url=self._client.server_url,
                    operation="GetMicrogrid",
                    description="the reply has no microgrid",
                    retryable=False,
                )
            microgrid = reply.microgrid
        components = await self._call(
            "ListMicrogridElectricalComponents", requests.list_components(microgrid_id)
        )
        connections = await self._call(
            "ListMicrogridElectricalComponentConnections",
            requests.list_connections(microgrid_id),
        )
        sensors = await self._list_if_offered(
            "ListMicrogridSensors", requests.list_sensors(microgrid_id), "sensors"
        )
        return Site(
            microgrid, tuple(components.components), tuple(connections.connections), sensors
        )

    async def _fetch_market(self, operation: str, request: Any, field: str) -> tuple[Any, ...]:
        part = Part(_LISTS[operation].replace("_", " "))
        items = await self._fetch_part(
            part, lambda: self._list_if_offered(operation, request, field)
        )
        return items or ()

    async def _list_if_offered(self, operation: str, request: Any, field: str) -> tuple[Any, ...]:
        """Return the items of a reply; none if the server does not offer the call."""
        if operation in self._not_offered:
            return ()
        try:
            reply = await self._call(operation, request)
        except OperationNotImplemented:
            self._not_offered.add(operation)
            return ()
        return tuple(getattr(reply, field))

    async def _call(self, operation: str, request: Any) -> Any:
        return await self._client._message(operation, request, ...)
