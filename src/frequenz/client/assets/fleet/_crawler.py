"""Fetching the parts of a fleet, until the server rejects the key or stops answering."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import aclosing
from time import monotonic
from typing import Any, Final, TypeVar

from google.protobuf.message import DecodeError, Message

from .._client import AssetsApiClient
from .._wire import requests
from .._wire.reply import Reply, parse
from ..exceptions import (
    ApiClientError,
    OperationNotImplemented,
    OperationTimedOut,
    OperationUnauthenticated,
    ServiceUnavailable,
)
from ._arguments import check_client, check_concurrency, check_include
from ._concurrency import as_completed, together
from ._parts import FailedPart, ListName, Part, PartKind
from ._replies import MarketReplies, SiteReplies

ResultT = TypeVar("ResultT")
NumberedT = TypeVar("NumberedT")

MAX_UNANSWERED: Final = 8
"""After how many parts in a row without an answer the rest is not requested."""

NO_ANSWER_ERRORS: Final = (OperationTimedOut, ServiceUnavailable)
"""The errors of calls to which the server did not reply."""

_LEAST_SECONDS: Final = 0.001

LIST_OF_OPTIONAL_CALL: Final[Mapping[str, ListName]] = {
    "ListMicrogridSensors": "sensors",
    "ListGridpools": "gridpools",
    "ListGridpoolEnergySchedules": "energy_schedules",
    "ListMarketTopologyRelations": "market_topology",
}
"""The calls that a server may not offer -> the lists that they fill."""


class Crawler:
    """The state of fetching one fleet."""

    def __init__(
        self,
        client: AssetsApiClient,
        *,
        include: Iterable[ListName],
        concurrency: int,
        timeout: float | None,
        checks_lists: bool = True,
    ) -> None:
        """Fetch some lists of a fleet.

        Args:
            client: The client.
            include: The lists.
            concurrency: How many sites to fetch at a time.
            timeout: The time limit for the whole, in s.
            checks_lists: Whether a site fails if the bytes of one of its lists are invalid.

        Raises:
            TypeError, ValueError: If an argument has a wrong type or is out of range.
        """
        check_client(client)
        self._client = client
        self._include = check_include(include)
        self._concurrency = check_concurrency(concurrency)
        self._checks_lists = checks_lists
        seconds = client._policy.resolve_timeout(timeout)
        self._timeout = seconds
        self._deadline = None if seconds is None else monotonic() + seconds
        self._order: dict[Part, int] = {}
        """The order in which parts were started; they end in any order."""

        self._failures: list[FailedPart] = []
        self._not_offered: set[str] = set()
        self._unanswered_in_a_row = 0
        self._last_no_answer: ApiClientError | None = None
        self.not_asked: list[Part] = []
        """Parts that were not requested: the server stopped answering, or the time was over."""

        self.rejection: OperationUnauthenticated | None = None
        """How the server rejected the key, if it did."""

    @property
    def failures(self) -> tuple[FailedPart, ...]:
        """The parts that failed, in the order in which they were started."""
        return tuple(sorted(self._failures, key=lambda failed: self._order[failed.part]))

    @property
    def not_offered(self) -> tuple[ListName, ...]:
        """The lists for which the server offers no call."""
        return tuple(
            name for call, name in LIST_OF_OPTIONAL_CALL.items() if call in self._not_offered
        )

    def take_failures(self) -> Iterator[FailedPart]:
        """Yield what failed or was not requested since the last time, each with its reason."""
        failures, self._failures = self.failures, []
        not_asked, self.not_asked = self.not_asked, []
        yield from failures
        for part in not_asked:
            yield FailedPart(part, self._reason_not_asked())

    def _reason_not_asked(self) -> ApiClientError:
        if self._is_given_up and self._last_no_answer is not None:
            return self._last_no_answer
        return ApiClientError(
            server_url=self._client.server_url,
            operation="fetch",
            description=f"it was not requested within the timeout of {self._timeout:g} s",
            retryable=True,
        )

    async def list_microgrids(self) -> list[Any]:
        """Return the messages of all microgrids.

        Raises:
            ApiClientError: If they cannot be listed.
        """
        reply = await self._call("ListMicrogrids", requests.list_microgrids())
        return [*reply.message.microgrids]

    async def sites(self, microgrids: Iterable[Any]) -> AsyncGenerator[tuple[int, Any], None]:
        """Yield the sites of some microgrids, given as messages or IDs, as they arrive.

        Each has its index; in place of one that fails, there is None.
        """

        async def fetch(microgrid: Any) -> SiteReplies | None:
            if isinstance(microgrid, int):
                return await self.fetch_part(
                    Part("microgrid", microgrid), lambda: self.fetch_site(microgrid)
                )
            return await self.fetch_part(
                Part("microgrid", microgrid.id), lambda: self.fetch_site(microgrid.id, microgrid)
            )

        async with aclosing(self._each(microgrids, fetch)) as results:
            async for result in results:
                yield result

    async def _each(
        self, items: Iterable[NumberedT], fetch: Callable[[NumberedT], Awaitable[ResultT]]
    ) -> AsyncGenerator[tuple[int, ResultT], None]:
        async def fetch_one(numbered: tuple[int, NumberedT]) -> tuple[int, ResultT]:
            index, item = numbered
            return index, await fetch(item)

        numbered = enumerate(items)
        async with aclosing(as_completed(numbered, fetch_one, self._concurrency)) as results:
            async for result in results:
                yield result

    async def market(
        self, on_total: Callable[[int], None], on_done: Callable[[], None]
    ) -> MarketReplies:
        """Return the lists of the market.

        Args:
            on_total: Gets how many energy schedules there are to fetch.
            on_done: Called after each of them.
        """
        include = self._include
        gridpools = relations = None
        if include & {"gridpools", "energy_schedules"}:  # gridpools lead to the schedules
            gridpools = await self._market_list(
                "gridpools", "ListGridpools", requests.list_gridpools()
            )
        if "market_topology" in include:
            relations = await self._market_list(
                "market topology", "ListMarketTopologyRelations", requests.list_relations()
            )
        schedules = None
        if "energy_schedules" in include:
            ids = _gridpool_ids(gridpools, relations)
            on_total(len(ids))
            found: list[Reply | None] = [None] * len(ids)
            async with aclosing(self._each(ids, self._fetch_schedules)) as results:
                async for index, reply in results:
                    found[index] = reply
                    on_done()
            if "ListGridpoolEnergySchedules" not in self._not_offered:
                schedules = tuple(reply for reply in found if reply is not None)
        return MarketReplies(gridpools if "gridpools" in include else None, schedules, relations)

    async def _market_list(self, kind: PartKind, operation: str, request: Message) -> Reply | None:
        return await self.fetch_part(Part(kind), lambda: self._call_if_offered(operation, request))

    async def _fetch_schedules(self, gridpool_id: int) -> Reply | None:
        request = requests.list_schedules(gridpool_id)
        return await self.fetch_part(
            Part("energy schedules of gridpool", gridpool_id),
            lambda: self._call_if_offered("ListGridpoolEnergySchedules", request),
        )

    async def fetch_part(
        self, part: Part, fetch: Callable[[], Awaitable[ResultT]]
    ) -> ResultT | None:
        """Return a part; None if it fails or is not requested."""
        self._order.setdefault(part, len(self._order))
        if self.rejection is not None:
            self._failures.append(FailedPart(part, self.rejection))
            return None
        if self._is_given_up or self._is_over():
            self.not_asked.append(part)
            return None
        try:
            result = await fetch()
        except ApiClientError as error:
            self._failures.append(FailedPart(part, error))
            if isinstance(error, OperationUnauthenticated):
                self.rejection = error
            self._note_answer(error)
            return None
        self._note_answer(None)
        return result

    def _is_over(self) -> bool:
        return self._deadline is not None and monotonic() >= self._deadline

    @property
    def _is_given_up(self) -> bool:
        """Whether so many parts had no answer that nothing else is requested."""
        return self._unanswered_in_a_row >= MAX_UNANSWERED

    def _note_answer(self, error: ApiClientError | None) -> None:
        """Note how a part ended: with an error, or with None."""
        if self._is_given_up:
            return  # calls that were under way then change nothing
        if isinstance(error, NO_ANSWER_ERRORS):
            self._unanswered_in_a_row += 1
            self._last_no_answer = error
        else:
            self._unanswered_in_a_row = 0

    async def fetch_site(
        self, microgrid_id: int, microgrid: Any = None, *, at_once: bool = False
    ) -> SiteReplies:
        """Return what the server has of a microgrid, whose message may be known.

        Args:
            microgrid_id: The ID of the microgrid.
            microgrid: Its message.
            at_once: Whether to request all lists at the same time, which is faster for one site;
                many sites share the connection anyway.

        Raises:
            ApiClientError: If a call fails.
        """
        if microgrid is None:
            # If there is no such microgrid, one call fails instead of several.
            reply = await self._call("GetMicrogrid", requests.get_microgrid(microgrid_id))
            if not reply.message.HasField("microgrid"):
                raise ApiClientError(
                    server_url=self._client.server_url,
                    operation="GetMicrogrid",
                    description=f"The reply for microgrid {microgrid_id} contains no microgrid",
                    retryable=False,
                )
            microgrid = reply.message.microgrid
        calls: dict[ListName, Callable[[], Awaitable[Reply | None]]] = {
            "components": lambda: self._call(
                "ListMicrogridElectricalComponents",
                requests.list_components(microgrid_id),
                is_checked=self._checks_lists,
            ),
            "connections": lambda: self._call(
                "ListMicrogridElectricalComponentConnections",
                requests.list_connections(microgrid_id),
                is_checked=self._checks_lists,
            ),
            "sensors": lambda: self._call_if_offered(
                "ListMicrogridSensors",
                requests.list_sensors(microgrid_id),
                is_checked=self._checks_lists,
            ),
        }
        wanted = [name for name in calls if name in self._include]
        if at_once:
            found = await together(*(calls[name]() for name in wanted))
        else:
            found = [await calls[name]() for name in wanted]
        lists = dict(zip(wanted, found, strict=True))
        return SiteReplies(microgrid_id, Reply.of(microgrid), *(lists.get(name) for name in calls))

    async def _call_if_offered(
        self, operation: str, request: Message, *, is_checked: bool = True
    ) -> Reply | None:
        """Return a reply; None if the server does not offer the call."""
        if operation in self._not_offered:
            return None
        try:
            return await self._call(operation, request, is_checked=is_checked)
        except OperationNotImplemented:
            self._not_offered.add(operation)
            return None

    async def _call(self, operation: str, request: Message, *, is_checked: bool = True) -> Reply:
        """Return a reply, valid if checked, as bytes: a message takes several times the memory."""
        reply = await self._client._calls.make(operation, request, self._call_timeout())
        if is_checked and not reply.is_message:
            try:
                parse(reply.kind, reply.data)
            except DecodeError as error:
                raise self._client._invalid_reply(operation, reply, error) from error
        return reply

    def _call_timeout(self) -> float | None:
        most = self._client._policy.timeout
        if self._deadline is None:
            return most
        left = max(self._deadline - monotonic(), _LEAST_SECONDS)
        return left if most is None else min(left, most)


def _gridpool_ids(gridpools: Reply | None, relations: Reply | None) -> list[int]:
    """Return the IDs of gridpools; some may appear in relations only."""
    ids = [
        *(it.id for it in (gridpools.message.gridpools if gridpools else ())),
        *(
            it.gridpool_id
            for it in (relations.message.relations if relations else ())
            if it.HasField("gridpool_id")
        ),
    ]
    return [it for it in dict.fromkeys(ids) if it]  # servers reject 0, a missing ID
