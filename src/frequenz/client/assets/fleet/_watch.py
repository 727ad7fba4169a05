"""Watching a fleet: what there is, then what changes."""

import asyncio
import random
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import inf
from time import monotonic
from typing import Any, Final, NamedTuple, TypeAlias

from .._client import AssetsApiClient
from .._wire.reply import Reply
from ..exceptions import (
    ApiClientError,
    ClientNotConnected,
    EntityNotFound,
    OperationNotImplemented,
    OperationUnauthenticated,
    PermissionDenied,
)
from ..inventory import Difference, Inventory, diff, diff_sites
from ._arguments import (
    MicrogridIds,
    check_client,
    check_concurrency,
    check_ids,
    check_include,
)
from ._concurrency import MAX_CONCURRENT
from ._crawler import NO_ANSWER_ERRORS, Crawler
from ._cursor import SITE_KINDS, Cursor, MarketStep, Scope, SiteStep, State, Step
from ._parts import ALL, FailedPart, ListName, Part
from ._replies import MarketReplies, SiteReplies, to_inventory
from ._site import Site

_PERMANENT: Final = (OperationUnauthenticated, ClientNotConnected)
"""The errors that do not go away by waiting."""

_PERMANENT_OF_LIST: Final = (*_PERMANENT, OperationNotImplemented, PermissionDenied)
"""The same for the list of microgrids."""

_MOST_DOUBLINGS: Final = 3


@dataclass(frozen=True, kw_only=True)
class _Event:
    at: datetime
    """When the look began that found it, in UTC."""

    cursor: Cursor = field(repr=False)
    """Where to go on once this event is handled: `watch(..., cursor=event.cursor)`."""


@dataclass(frozen=True, kw_only=True)
class SiteAdded(_Event):
    """A site that was not there before; at first, every site."""

    site: Site


@dataclass(frozen=True, kw_only=True)
class SiteChanged(_Event):
    """A site whose microgrid, components, connections or sensors are not as before."""

    before: Site
    after: Site
    differences: tuple[Difference, ...]


@dataclass(frozen=True, kw_only=True)
class SiteRemoved(_Event):
    """A site that the server no longer has."""

    site: Site
    """The site as it was."""


@dataclass(frozen=True, kw_only=True)
class MarketChanged(_Event):
    """Gridpools, energy schedules or the market topology are not as before; also at first."""

    before: Inventory
    """The market, without sites."""

    after: Inventory
    differences: tuple[Difference, ...]


@dataclass(frozen=True, kw_only=True)
class WatchFailed(_Event):
    """A look that could not see everything; what it did not see counts as unchanged."""

    failures: tuple[FailedPart, ...]
    """What failed; the part is `microgrids` if the fleet could not be listed at all."""

    not_asked: tuple[Part, ...]
    """What was not requested since the server stopped answering, or the look took too long."""

    next_look_in: float
    """The pause before the next look, in s."""


WatchEvent: TypeAlias = SiteAdded | SiteChanged | SiteRemoved | MarketChanged | WatchFailed
"""What a watch yields."""


def watch(
    client: AssetsApiClient,
    microgrid_ids: MicrogridIds | None = None,
    *,
    every: float = 60.0,
    include: Iterable[ListName] = ALL,
    cursor: Cursor | bytes | None = None,
    jitter: float = 0.1,
    timeout: float | None = 300.0,
    concurrency: int = MAX_CONCURRENT,
) -> AsyncGenerator[WatchEvent, None]:
    """Yield what a server has, then what changes, by looking again and again.

    The first look yields everything as added, unless a cursor says what was seen before. While the
    server is away, each look yields a `WatchFailed`, and the pauses double up to 8 times `every`.
    A site that cannot be fetched keeps its state; a site is removed only if the server says so.
    All replies are kept in memory. Close the generator when done: `contextlib.aclosing`.

    Args:
        client: The client.
        microgrid_ids: The IDs of the microgrids, at least one; by default all, and the market.
        every: How long after the begin of a look the next one begins, in s.
        include: The lists to watch, at least one; microgrids themselves are watched, too.
        cursor: That of the last event which was handled, also from an earlier run of the program.
        jitter: By what share, at most, pauses are longer or shorter, at random.
        timeout: How long a look may take, in s; None for only the timeouts of its calls.
        concurrency: How many sites to fetch at a time.

    Raises:
        TypeError, ValueError: If an argument is invalid, or the cursor is of a watch with other
            microgrids or lists.
        OperationUnauthenticated: If the server rejects the key.
        ClientNotConnected: If the client is disconnected.
        PermissionDenied, OperationNotImplemented: If the fleet cannot be listed.
    """
    if isinstance(every, bool) or not isinstance(every, int | float) or not 0 < every < inf:
        raise ValueError(f"every: expected finite seconds above 0, got {every!r}")
    if not (isinstance(jitter, int | float) and 0 <= jitter < 1):
        raise ValueError(f"jitter: expected a share from 0 to below 1, got {jitter!r}")
    check_client(client)
    client._policy.resolve_timeout(timeout)
    names = check_include(include)
    if not names:
        raise ValueError(f"include: expected one or more of {', '.join(sorted(ALL))}, got none")
    ids = None if microgrid_ids is None else tuple(check_ids(microgrid_ids))
    if ids == ():
        raise ValueError("microgrid_ids: expected one or more IDs, or None for all; got none")
    scope = Scope(ids, tuple(sorted(names)))
    if isinstance(cursor, bytes):
        cursor = Cursor.from_bytes(cursor)
    if not isinstance(cursor, Cursor | None):
        raise TypeError(f"cursor: expected a Cursor, its bytes or None, got {cursor!r}")
    if cursor is not None and cursor.scope != scope:
        raise ValueError(
            f"cursor: expected one of a watch of {_describe(scope)}; it is of"
            f" {_describe(cursor.scope)}"
        )
    state = State({}) if cursor is None else cursor.state()
    settings = _Settings(every, jitter, timeout, check_concurrency(concurrency))
    return _watch(client, scope, state, settings)


def _describe(scope: Scope) -> str:
    ids = "all microgrids" if scope.microgrid_ids is None else f"{list(scope.microgrid_ids)}"
    return f"{ids} with {', '.join(scope.include)}"


class _Settings(NamedTuple):
    every: float
    jitter: float
    timeout: float | None
    concurrency: int

    def pause(self, failures: int) -> float:
        """Return the pause after a number of looks that failed one after another."""
        pause = self.every * 2.0 ** min(failures, _MOST_DOUBLINGS)
        return pause * random.uniform(1 - self.jitter, 1 + self.jitter)


async def _watch(
    client: AssetsApiClient, scope: Scope, state: State, settings: _Settings
) -> AsyncGenerator[WatchEvent, None]:
    failed_looks = 0
    while True:
        began, at = monotonic(), datetime.now(UTC)
        look = _Look(client, scope, state, settings)
        await look.run()
        for event in look.events(at):
            yield event
        state = look.state_after()
        failed_looks = failed_looks + 1 if look.is_without_answer else 0
        pause = max(settings.pause(failed_looks) - (monotonic() - began), 0.0)
        if look.failures or look.not_asked:
            yield WatchFailed(
                at=at,
                cursor=Cursor(scope, state),
                failures=look.failures,
                not_asked=look.not_asked,
                next_look_in=pause,
            )
        if (error := look.permanent_error) is not None:
            raise error
        del look  # its replies, during the pause
        await asyncio.sleep(pause)


class _Look:
    """One look at a fleet, compared with what is known."""

    def __init__(
        self, client: AssetsApiClient, scope: Scope, state: State, settings: _Settings
    ) -> None:
        self._scope = scope
        self._state = state
        self._crawler = Crawler(
            client,
            include=scope.include,
            concurrency=settings.concurrency,
            timeout=settings.timeout,
        )
        self._steps: list[Step] = []
        self._unlisted: tuple[FailedPart, ...] = ()
        self._gone: set[int] = set()
        self._seen = 0

    @property
    def failures(self) -> tuple[FailedPart, ...]:
        gone = {Part("microgrid", number) for number in self._gone}
        failures = (it for it in self._crawler.failures if it.part not in gone)
        return (*self._unlisted, *failures)

    @property
    def not_asked(self) -> tuple[Part, ...]:
        return tuple(self._crawler.not_asked)

    @property
    def permanent_error(self) -> ApiClientError | None:
        """An error that does not go away by waiting."""
        errors = (failed.error for failed in self.failures)
        return next((error for error in errors if isinstance(error, _PERMANENT)), None)

    @property
    def is_without_answer(self) -> bool:
        """Whether not a single site was seen because the server did not answer."""
        if self._seen:
            return False
        return any(isinstance(it.error, NO_ANSWER_ERRORS) for it in self.failures)

    async def run(self) -> None:
        """Fetch everything, and find what changed.

        Raises:
            ApiClientError: If the fleet can never be listed.
        """
        ids = self._scope.microgrid_ids
        try:
            listed = [*ids] if ids is not None else await self._crawler.list_microgrids()
        except _PERMANENT_OF_LIST:
            raise
        except ApiClientError as error:
            self._unlisted = (FailedPart(Part("microgrids"), error),)
            return
        changed: dict[int, SiteStep] = {}
        async with aclosing(self._crawler.sites(listed)) as results:
            async for index, site in results:
                if site is None:
                    continue
                self._seen += 1
                before = self._state.sites.get(site.microgrid_id)
                if before is None or not _is_same(before, site):
                    changed[index] = SiteStep(site.microgrid_id, site)
        self._gone = self._find_gone(listed)
        self._steps = [
            *(changed[index] for index in sorted(changed)),
            *(SiteStep(number, None) for number in self._state.sites if number in self._gone),
        ]
        if ids is None:
            market = await self._crawler.market(lambda _: None, lambda: None)
            self._compare_market(market)

    def _find_gone(self, listed: Iterable[Any]) -> set[int]:
        """Return the known sites that the server no longer lists, or says that it does not have."""
        if self._scope.microgrid_ids is None:
            return {*self._state.sites} - {it.id for it in listed}
        return {
            failed.part.id
            for failed in self._crawler.failures
            if isinstance(failed.error, EntityNotFound)
            and failed.part.id is not None
            and failed.part.id in self._state.sites
        }

    def _compare_market(self, market: MarketReplies) -> None:
        """Add the step to a new market; lists that failed stay as they were."""
        before = self._state.market
        parts = {failed.part.kind for failed in self._crawler.failures}
        parts |= {part.kind for part in self._crawler.not_asked}
        kept = {
            "gridpools": "gridpools" in parts,
            "market_topology": "market topology" in parts,
            # Without all gridpools and relations, some schedules were not requested.
            "energy_schedules": bool(
                parts & {"gridpools", "market topology", "energy schedules of gridpool"}
            ),
        }
        after = market._replace(
            **{name: getattr(before, name) for name, is_kept in kept.items() if is_kept}
        )
        if _market_data(before) != _market_data(after):
            self._steps.append(MarketStep(after))

    def events(self, at: datetime) -> Iterator[WatchEvent]:
        """Yield what changed; data that differs in its bytes or order only is no change."""
        for count, step in enumerate(self._steps, 1):
            cursor = Cursor(self._scope, self._state, self._steps, count)
            if isinstance(step, MarketStep):
                yield from self._market_events(step.market, at, cursor)
            else:
                yield from self._site_events(step, at, cursor)

    def _site_events(self, step: SiteStep, at: datetime, cursor: Cursor) -> Iterator[WatchEvent]:
        before, after = self._state.sites.get(step.microgrid_id), step.site
        if before is None:
            if after is not None:
                yield SiteAdded(at=at, cursor=cursor, site=Site(after))
        elif after is None:
            yield SiteRemoved(at=at, cursor=cursor, site=Site(before))
        else:
            sites = Site(before), Site(after)
            if differences := tuple(diff_sites(*(site.messages for site in sites))):
                yield SiteChanged(
                    at=at,
                    cursor=cursor,
                    before=sites[0],
                    after=sites[1],
                    differences=differences,
                )

    def _market_events(
        self, after: MarketReplies, at: datetime, cursor: Cursor
    ) -> Iterator[WatchEvent]:
        inventories = to_inventory((), self._state.market), to_inventory((), after)
        if differences := tuple(diff(*inventories)):
            yield MarketChanged(
                at=at,
                cursor=cursor,
                before=inventories[0],
                after=inventories[1],
                differences=differences,
            )

    def state_after(self) -> State:
        """Return the state once all events were received."""
        return Cursor(self._scope, self._state, self._steps, len(self._steps)).state()


def _is_same(site: SiteReplies, other: SiteReplies) -> bool:
    return all(_data(getattr(site, name)) == _data(getattr(other, name)) for name in SITE_KINDS)


def _market_data(market: MarketReplies) -> tuple[Any, ...]:
    schedules = market.energy_schedules
    return (
        _data(market.gridpools),
        None if schedules is None else tuple(map(_data, schedules)),
        _data(market.market_topology),
    )


def _data(reply: Reply | None) -> bytes | None:
    return None if reply is None else reply.data
