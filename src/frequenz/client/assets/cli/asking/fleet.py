"""A server's fleet as an inventory: protobuf messages, so that nothing is lost on the way."""

import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, Final, NamedTuple, TypeVar

from frequenz.client.base.exception import (
    ApiClientError,
    OperationNotImplemented,
    OperationTimedOut,
    OperationUnauthenticated,
    ServiceUnavailable,
)

from ... import AssetsApiClient
from ..._wire import requests
from ...inventory import Inventory, Site
from ..exits import Failure, outcome
from ..showing.streams import tell
from .concurrency import each

ItemT = TypeVar("ItemT")
FoundT = TypeVar("FoundT")

SILENCES: Final = 8
"""After how many parts in a row without an answer a server is left alone."""

_NO_ANSWER: Final = (OperationTimedOut, ServiceUnavailable)

_NAMED: Final = 3
"""How many parts of a kind a sentence names."""

_FIELDS: Final = {
    "ListMicrogridSensors": "sensors",
    "ListGridpools": "gridpools",
    "ListGridpoolEnergySchedules": "energy_schedules",
    "ListMarketTopologyRelations": "market_topology",
}
"""The calls that a server may lack -> what of an inventory they list."""

OnProgress = Callable[[int, int], None]
"""Is told how many parts of the fleet are done, and of how many."""


class Part(NamedTuple):
    """A part of a fleet."""

    kind: str
    number: int | None = None
    """Which one of its kind; None where there is only one."""

    def __str__(self) -> str:
        return self.kind if self.number is None else f"{self.kind} {self.number}"

    def unnamed_in(self, text: str) -> str:
        """Return a text without the part's number where it stands behind its noun."""
        noun = self.kind.rpartition(" ")[2]
        return re.sub(rf"\b{noun} {self.number}\b", f"{noun} ID", text)


class Missed(NamedTuple):
    """A part of the fleet that could not be had."""

    part: Part
    error: ApiClientError

    @property
    def sentence(self) -> str:
        """What it is, and why."""
        told = outcome(self.error)[1]
        return f"{self.part}: {told}" if told == self.reason else told

    @property
    def reason(self) -> str:
        """Why, whichever one of its kind it is."""
        return self.part.unnamed_in(outcome(self.error)[1])


class Fetched(NamedTuple):
    """What could be had of a fleet."""

    inventory: Inventory
    missed: tuple[Missed, ...]
    """What could not be had."""

    not_asked: tuple[Part, ...]
    """What the server was not asked for, as it did not answer any more."""

    lacking: tuple[str, ...]
    """What of the inventory the server has no call for."""

    @property
    def missing(self) -> int:
        """How many parts there are not."""
        return len(self.missed) + len(self.not_asked)

    @property
    def incomplete(self) -> tuple[str, ...]:
        """What of the inventory may lack some, as the server cannot tell."""
        # Gridpools say whose schedules there are.
        led_to = ("energy_schedules",) if "gridpools" in self.lacking else ()
        return tuple(dict.fromkeys((*self.lacking, *led_to)))

    def tell(self) -> None:
        """Say what is not there, a line for each reason.

        Raises:
            Failure: If nothing could be had of what was asked for.
        """
        if self.lacking:
            tell(f"left out, as the server has no calls for it: {spoken(self.lacking)}")
        sentences = [*self._sentences()]
        if not self.missed or self.inventory != Inventory():
            for sentence in sentences:
                tell(sentence)
            return
        first = self.missed[0].error
        if len(sentences) == 1:
            raise Failure(sentences[0], outcome(first)[0]) from first
        for sentence in sentences:
            tell(sentence)
        raise Failure("none of what was asked for could be had", outcome(first)[0]) from first

    def _sentences(self) -> Iterator[str]:
        reasons: dict[str, list[Missed]] = {}
        for missed in self.missed:
            reasons.setdefault(missed.reason, []).append(missed)
        for reason, several in reasons.items():
            if len(several) == 1:
                yield several[0].sentence
            else:
                yield f"{_named(missed.part for missed in several)}: {reason}"
        if self.not_asked:
            yield (
                f"not asked for, as the server did not answer {SILENCES} times in a row:"
                f" {_named(self.not_asked)}"
            )


def spoken(names: Iterable[str]) -> str:
    """Return what to call lists of an inventory."""
    return ", ".join(name.replace("_", " ") for name in names)


def _named(parts: Iterable[Part]) -> str:
    """Return what to call parts: the first ones of each kind by their numbers."""
    return "; ".join(
        _of_kind(kind, list(several)) for kind, several in groupby(parts, lambda part: part.kind)
    )


def _of_kind(kind: str, parts: Sequence[Part]) -> str:
    if parts[0].number is None:
        return kind
    if len(parts) == 1:
        return str(parts[0])
    names = [str(part.number) for part in parts]
    if len(names) > _NAMED:
        names[_NAMED:] = [f"{len(names) - _NAMED} more"]
    return f"{kind}s {', '.join(names[:-1])} and {names[-1]}"


def no_progress(done: int, total: int) -> None:
    """Tell nobody."""


async def fetch(
    client: AssetsApiClient,
    microgrid_ids: Iterable[int] | None = None,
    on_progress: OnProgress = no_progress,
) -> Fetched:
    """Return some microgrids, or the whole fleet with its market.

    What fails costs the rest nothing, unless the server refuses the key, or answers no more: then
    it is left alone.

    Raises:
        ApiClientError: If the microgrids of the fleet cannot be listed.
        Failure: If the server has no call that lists them.
    """
    fetching = _Fetching(client, on_progress)
    if microgrid_ids is None:
        inventory = await fetching.fleet()
    else:
        inventory = Inventory(await fetching.sites(list(dict.fromkeys(microgrid_ids))))
    return fetching.fetched(inventory)


class _Fetching:
    """One run of `fetch`."""

    def __init__(self, client: AssetsApiClient, on_progress: OnProgress) -> None:
        self._client = client
        self._on_progress = on_progress
        self._done = 0
        self._total = 0
        self._places: dict[Part, int] = {}
        """The parts in their order: they end in any."""

        self._missed: list[Missed] = []
        self._not_asked: list[Part] = []
        self._lacking: set[str] = set()
        self._silences = 0
        self._refusal: OperationUnauthenticated | None = None

    def fetched(self, inventory: Inventory) -> Fetched:
        return Fetched(
            inventory,
            tuple(sorted(self._missed, key=lambda missed: self._places[missed.part])),
            tuple(self._not_asked),
            tuple(field for call, field in _FIELDS.items() if call in self._lacking),
        )

    async def fleet(self) -> Inventory:
        try:
            reply = await self._ask("ListMicrogrids", requests.list_microgrids((), ()))
        except OperationNotImplemented as error:
            _, sentence = outcome(error)
            raise Failure(f"{sentence}; without it, say which microgrids: ID...") from error
        sites = await self._each(
            "microgrid", reply.microgrids, lambda it: it.id, lambda it: self._site(it.id, it)
        )
        gridpools = await self._of_market("ListGridpools", requests.list_gridpools(()), "gridpools")
        relations = await self._of_market(
            "ListMarketTopologyRelations",
            requests.list_relations((), (), (), (), ()),
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
        kind: str,
        items: Sequence[ItemT],
        number_of: Callable[[ItemT], int],
        ask: Callable[[ItemT], Awaitable[FoundT]],
    ) -> tuple[FoundT, ...]:
        """Return what comes of each of some items, some at a time, without what fails."""
        found: list[FoundT | None] = [None] * len(items)
        self._total += len(items)
        self._on_progress(self._done, self._total)

        async def in_turn(place: int) -> None:
            item = items[place]
            found[place] = await self._had(Part(kind, number_of(item)), lambda: ask(item))
            self._done += 1
            self._on_progress(self._done, self._total)

        await each(range(len(items)), in_turn)
        return tuple(one for one in found if one is not None)

    async def _had(self, part: Part, ask: Callable[[], Awaitable[FoundT]]) -> FoundT | None:
        """Return a part; None where it cannot be had, or is not asked for any more."""
        self._places.setdefault(part, len(self._places))
        if self._refusal is not None:
            self._missed.append(Missed(part, self._refusal))
            return None
        if self._silences >= SILENCES:
            self._not_asked.append(part)
            return None
        try:
            found = await ask()
        except ApiClientError as error:
            self._missed.append(Missed(part, error))
            self._hear(error)
            return None
        self._hear(None)
        return found

    def _hear(self, error: ApiClientError | None) -> None:
        """Take notice of an answer, or of none."""
        if isinstance(error, OperationUnauthenticated):
            self._refusal = error
        if self._silences < SILENCES:
            self._silences = self._silences + 1 if isinstance(error, _NO_ANSWER) else 0

    async def _site(self, number: int, microgrid: Any = None) -> Site:
        if microgrid is None:
            reply = await self._ask("GetMicrogrid", requests.get_microgrid(number))
            if not reply.HasField("microgrid"):
                raise ApiClientError(
                    server_url=self._client.server_url,
                    operation="GetMicrogrid",
                    description="the reply holds no microgrid",
                    retryable=False,
                )
            microgrid = reply.microgrid
        components = await self._ask(
            "ListMicrogridElectricalComponents", requests.list_components(number, (), ())
        )
        connections = await self._ask(
            "ListMicrogridElectricalComponentConnections",
            requests.list_connections(number, (), ()),
        )
        sensors = await self._if_offered(
            "ListMicrogridSensors", requests.list_sensors(number, ()), "sensors"
        )
        return Site(
            microgrid, tuple(components.components), tuple(connections.connections), sensors
        )

    async def _schedules(self, number: int) -> tuple[Any, ...]:
        request = requests.list_schedules(number, (), (), None, None)
        return await self._if_offered("ListGridpoolEnergySchedules", request, "schedules")

    async def _of_market(self, operation: str, request: Any, field: str) -> tuple[Any, ...]:
        part = Part(spoken([_FIELDS[operation]]))
        return await self._had(part, lambda: self._if_offered(operation, request, field)) or ()

    async def _if_offered(self, operation: str, request: Any, field: str) -> tuple[Any, ...]:
        """Return a list of a reply; nothing where the server has no such call."""
        if operation in self._lacking:
            return ()
        try:
            reply = await self._ask(operation, request)
        except OperationNotImplemented:
            self._lacking.add(operation)
            return ()
        return tuple(getattr(reply, field))

    async def _ask(self, operation: str, request: Any) -> Any:
        return (await self._client._reply(operation, request, ...)).message
