"""Fetching one site, the sites of a fleet one by one, or a whole fleet."""

from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any, SupportsIndex

from frequenz.client.common.microgrid import MicrogridId

from .._client import AssetsApiClient
from ..exceptions import ApiClientError
from ._arguments import (
    MicrogridIds,
    OnFailure,
    OnProgress,
    check_callbacks,
    check_ids,
)
from ._concurrency import MAX_CONCURRENT
from ._crawler import Crawler
from ._parts import ALL, FailedPart, ListName
from ._replies import MarketReplies, SiteReplies
from ._site import Site
from ._snapshot import FleetSnapshot


class MissingSitesError(ExceptionGroup[ApiClientError]):
    """Some sites of a fleet could not be fetched; all others were yielded."""

    failures: tuple[FailedPart, ...]
    """The sites, with their errors."""

    def __new__(cls, failures: Sequence[FailedPart]) -> "MissingSitesError":
        """Group the errors of some sites."""
        names = ", ".join(str(failed.part) for failed in failures[:3])
        more = f" and {len(failures) - 3} more" if len(failures) > 3 else ""
        errors = [failed.error for failed in failures]
        group = super().__new__(cls, f"could not fetch {names}{more}", errors)
        group.failures = tuple(failures)
        return group

    def __init__(self, failures: Sequence[FailedPart]) -> None:
        """Group the errors of some sites."""
        super().__init__(self.message, [failed.error for failed in failures])

    def derive(self, excs: Sequence[Any]) -> ExceptionGroup[Any]:
        """Return a plain group of some of the errors, for `split` and `except*`."""
        return ExceptionGroup(self.message, excs)

    def __reduce__(self) -> Any:
        return type(self), (self.failures,)


async def fetch_site(
    client: AssetsApiClient,
    microgrid_id: MicrogridId | SupportsIndex,
    *,
    include: Iterable[ListName] = ALL,
    timeout: float | None = None,
) -> Site:
    """Return a microgrid with its components, connections and sensors.

    Args:
        client: The client.
        microgrid_id: The ID of the microgrid.
        include: The lists to fetch; those of the market are ignored.
        timeout: How long all calls may take together, in s; None for only that of each call.

    Raises:
        TypeError, ValueError: If an argument has a wrong type or is out of range.
        ApiClientError: If a call fails; EntityNotFound if there is no such microgrid.
    """
    (number,) = check_ids([microgrid_id])
    crawler = Crawler(client, include=include, concurrency=1, timeout=timeout)
    return Site(await crawler.fetch_site(number, at_once=True))


async def fetch_fleet(
    client: AssetsApiClient,
    microgrid_ids: MicrogridIds | None = None,
    *,
    concurrency: int = MAX_CONCURRENT,
    include: Iterable[ListName] = ALL,
    on_progress: OnProgress | None = None,
    timeout: float | None = None,
) -> FleetSnapshot:
    """Return some microgrids, or the whole fleet with its market.

    A part that fails does not affect the others, and is in `failures`. After the server rejects
    the key, or leaves several parts in a row without an answer, the rest is not requested.

    Args:
        client: The client.
        microgrid_ids: The IDs of the microgrids, each fetched once; none for an empty list. By
            default all microgrids, and the market.
        concurrency: How many sites to fetch at a time.
        include: The lists to fetch.
        on_progress: Called after each part; what it raises ends the fetching.
        timeout: How long it all may take, in s; None for only the timeout of each call. At its
            end, what was fetched is returned; calls under way are failures, and the rest is in
            `not_asked`.

    Raises:
        TypeError, ValueError: If an argument has a wrong type or is out of range.
        ApiClientError: If the microgrids of the fleet cannot be listed.
    """
    check_callbacks(on_progress=on_progress)
    crawler = Crawler(client, include=include, concurrency=concurrency, timeout=timeout)
    ids = None if microgrid_ids is None else check_ids(microgrid_ids)
    started_at = datetime.now(UTC)
    progress = Progress(on_progress)
    microgrids = await crawler.list_microgrids() if ids is None else ids
    progress.add(len(microgrids))
    found: list[SiteReplies | None] = [None] * len(microgrids)
    async with aclosing(crawler.sites(microgrids)) as results:
        async for index, site in results:
            found[index] = site
            progress.advance()
    market = MarketReplies(None, None, None)
    if ids is None:
        market = await crawler.market(progress.add, progress.advance)
    return FleetSnapshot(
        [site for site in found if site is not None],
        market,
        failures=crawler.failures,
        not_asked=tuple(crawler.not_asked),
        not_offered=crawler.not_offered,
        is_whole_fleet=ids is None,
        started_at=started_at,
        ended_at=datetime.now(UTC),
    )


class Progress:
    """Counts the parts of a fleet."""

    def __init__(self, on_progress: OnProgress | None) -> None:
        self._on_progress = on_progress
        self._done = 0
        self._total = 0

    def add(self, count: int) -> None:
        self._total += count
        self._report()

    def advance(self) -> None:
        self._done += 1
        self._report()

    def _report(self) -> None:
        if self._on_progress is not None:
            self._on_progress(self._done, self._total)


def iter_sites(
    client: AssetsApiClient,
    microgrid_ids: MicrogridIds | None = None,
    *,
    concurrency: int = MAX_CONCURRENT,
    include: Iterable[ListName] = ALL,
    on_failure: OnFailure | None = None,
    timeout: float | None = None,
) -> AsyncGenerator[Site, None]:
    """Yield the sites of a fleet as they arrive, in any order.

    At most `concurrency` sites are fetched or wait for the consumer at any time, so that a fleet
    of any size takes little memory. When the generator is closed, calls under way are cancelled;
    use `contextlib.aclosing` if you leave the loop early.

    Args:
        client: The client.
        microgrid_ids: The IDs of the microgrids; by default all. See `fetch_fleet`.
        concurrency: How many sites to fetch at a time.
        include: The lists to fetch; those of the market are ignored.
        on_failure: Called with each site that cannot be fetched, or is not requested because the
            server rejected the key or stopped answering.
        timeout: How long it all may take, in s, including the time of the consumer.

    Raises:
        TypeError, ValueError: If an argument has a wrong type or is out of range.
        ApiClientError: If the microgrids of the fleet cannot be listed.
        MissingSitesError: If sites could not be fetched, after all others were yielded; not with
            `on_failure`.
    """
    check_callbacks(on_failure=on_failure)
    crawler = Crawler(client, include=include, concurrency=concurrency, timeout=timeout)
    ids = None if microgrid_ids is None else check_ids(microgrid_ids)
    return _iter_sites(crawler, ids, on_failure)


async def _iter_sites(
    crawler: Crawler, ids: list[int] | None, on_failure: OnFailure | None
) -> AsyncGenerator[Site, None]:
    failures: list[FailedPart] = []
    report = failures.append if on_failure is None else on_failure
    microgrids = await crawler.list_microgrids() if ids is None else ids
    async with aclosing(crawler.sites(microgrids)) as results:
        async for _, replies in results:
            for failed in crawler.take_failures():
                report(failed)
            if replies is not None:
                yield Site(replies)
                del replies
    if failures:
        raise MissingSitesError(failures)
