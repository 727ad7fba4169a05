"""Tables of what a server has, made of the bytes of its replies while they arrive."""

import os
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from typing import Any, NamedTuple

from google.protobuf.message import DecodeError

from ..._client import AssetsApiClient
from ...exceptions import ApiClientError
from .._arguments import MicrogridIds, OnFailure, OnProgress, check_callbacks, check_ids
from .._concurrency import MAX_CONCURRENT, in_thread
from .._crawler import Crawler
from .._fetch import MissingSitesError, Progress
from .._parts import ALL, FailedPart, ListName, Part
from .._replies import SiteReplies
from ._make import BATCH_BYTES, TableMaker, Tables, joined, reply_bytes
from ._parquet import SplitBy, Writer


async def fetch_tables(
    client: AssetsApiClient,
    microgrid_ids: MicrogridIds | None = None,
    *,
    concurrency: int = MAX_CONCURRENT,
    include: Iterable[ListName] = ALL,
    on_progress: OnProgress | None = None,
    on_failure: OnFailure | None = None,
    timeout: float | None = None,
) -> Tables:
    """Return some microgrids, or the whole fleet with its market, as Arrow tables.

    The tables are made of the bytes of the replies in a thread, while others arrive. Sites are in
    the server's order or that of the IDs. Invalid texts, times and the like are findings; a site
    fails if one of its lists cannot be decoded at all.

    Args:
        client: The client.
        microgrid_ids: The IDs of the microgrids; by default all, and the market.
        concurrency: How many sites to fetch at a time.
        include: The lists to fetch; the tables of others are empty.
        on_progress: Called after each part; what it raises ends the fetching.
        on_failure: Called with each part that cannot be fetched or decoded, or is not requested;
            the others are in the tables.
        timeout: How long the fetching may take, in s.

    Raises:
        TypeError, ValueError: If an argument has a wrong type or is out of range.
        ApiClientError: If the microgrids of the fleet cannot be listed.
        MissingSitesError: If parts failed, after all others were fetched; with `on_failure` only
            if there is nothing else.
    """
    fetcher = _TablesFetcher(
        client,
        microgrid_ids,
        include=include,
        concurrency=concurrency,
        timeout=timeout,
        on_progress=on_progress,
        on_failure=on_failure,
    )
    parts: list[dict[str, Any]] = []
    maker = TableMaker()
    await fetcher.run(maker, parts.append, in_order=True)
    return await in_thread(joined, parts)


class ParquetExport(NamedTuple):
    """What was written."""

    rows: dict[str, int]
    """By table, how many rows it has."""

    not_offered: tuple[ListName, ...]
    """Lists for which the server offers no call."""


async def export_parquet(
    client: AssetsApiClient,
    folder: str | os.PathLike[str],
    microgrid_ids: MicrogridIds | None = None,
    *,
    split_by: SplitBy | None = None,
    messages: bool = False,
    concurrency: int = MAX_CONCURRENT,
    include: Iterable[ListName] = ALL,
    on_progress: OnProgress | None = None,
    on_failure: OnFailure | None = None,
    timeout: float | None = None,
) -> ParquetExport:
    """Write what a server has as Parquet files: see `write_parquet`.

    Sites are written while others arrive, in any order, so that memory does not grow with the
    fleet. The folder appears when it is complete. If anything fails, nothing is left behind.

    Args:
        client: The client.
        folder: The folder to make.
        microgrid_ids: The IDs of the microgrids; by default all, and the market.
        split_by: See `write_parquet`.
        messages: See `write_parquet`.
        concurrency: How many sites to fetch at a time.
        include: The lists to fetch; the tables of others are empty.
        on_progress: Called after each part; what it raises ends the export.
        on_failure: Called with each part that cannot be fetched or decoded, or is not requested;
            the others are written.
        timeout: How long it all may take, in s.

    Raises:
        FileExistsError: If the folder exists.
        OSError: If it cannot be written.
        TypeError, ValueError: If an argument has a wrong type or is out of range.
        ApiClientError: If the microgrids of the fleet cannot be listed.
        MissingSitesError: If parts failed; with `on_failure` only if there is nothing else.
    """
    fetcher = _TablesFetcher(
        client,
        microgrid_ids,
        include=include,
        concurrency=concurrency,
        timeout=timeout,
        on_progress=on_progress,
        on_failure=on_failure,
    )
    with Writer(folder, split_by) as writer:
        maker = TableMaker(messages=messages)
        await fetcher.run(maker, writer.add, in_order=False)
        await in_thread(writer.finish)
    return ParquetExport(writer.rows, fetcher.not_offered)


class _TablesFetcher:
    """Fetches a fleet batch by batch, and makes tables of each batch in a thread."""

    def __init__(
        self,
        client: AssetsApiClient,
        microgrid_ids: MicrogridIds | None,
        *,
        include: Iterable[ListName],
        concurrency: int,
        timeout: float | None,
        on_progress: OnProgress | None,
        on_failure: OnFailure | None,
    ) -> None:
        check_callbacks(on_progress=on_progress, on_failure=on_failure)
        self._client = client
        self._ids = None if microgrid_ids is None else check_ids(microgrid_ids)
        self._crawler = Crawler(
            client,
            include=include,
            concurrency=concurrency,
            timeout=timeout,
            checks_lists=False,
        )
        self._progress = Progress(on_progress)
        self._on_failure = on_failure
        self._failures: list[FailedPart] = []

    @property
    def not_offered(self) -> tuple[ListName, ...]:
        return self._crawler.not_offered

    async def run(
        self, maker: TableMaker, add: Callable[[dict[str, Any]], None], *, in_order: bool
    ) -> None:
        """Make the tables of all sites, then of the market, and add them one after another."""
        ids = self._ids
        microgrids = await self._crawler.list_microgrids() if ids is None else ids
        self._progress.add(len(microgrids))
        count = 0

        def make(batch: list[SiteReplies]) -> list[tuple[SiteReplies, DecodeError]]:
            tables, invalid = maker.of_decodable(batch)
            add(tables)
            return invalid

        async with aclosing(self._sites(microgrids, in_order)) as batches:
            async for batch in batches:
                invalid = await in_thread(make, batch)
                count += len(batch) - len(invalid)
                for site, error in invalid:
                    self._report(self._undecodable(site, error))
        has_all = ids is None and not self._failures
        maker.knows_all_microgrids = has_all
        market = None
        if ids is None:
            market = await self._crawler.market(self._progress.add, self._progress.advance)
            self._take_failures()
        tables = await in_thread(maker.of_market, market)
        is_empty = not count and not any(table.num_rows for table in tables.values())
        if self._failures and (self._on_failure is None or is_empty):
            raise MissingSitesError(self._failures)
        await in_thread(add, tables)

    async def _sites(
        self, microgrids: list[Any], in_order: bool
    ) -> AsyncGenerator[list[SiteReplies], None]:
        """Yield the sites in batches that are read together, at least one of them."""
        waiting: dict[int, SiteReplies | None] = {}
        following = 0
        batch: list[SiteReplies] = []
        size = 0
        async with aclosing(self._crawler.sites(microgrids)) as results:
            async for index, site in results:
                self._progress.advance()
                self._take_failures()
                waiting[index if in_order else following] = site
                while following in waiting:
                    ready = waiting.pop(following)
                    following += 1
                    if ready is not None:
                        batch.append(ready)
                        size += reply_bytes(ready)
                if size >= BATCH_BYTES:
                    yield batch
                    batch, size = [], 0
        yield batch

    def _take_failures(self) -> None:
        for failed in self._crawler.take_failures():
            self._report(failed)

    def _report(self, failed: FailedPart) -> None:
        self._failures.append(failed)
        if self._on_failure is not None:
            self._on_failure(failed)

    def _undecodable(self, site: SiteReplies, error: DecodeError) -> FailedPart:
        return FailedPart(
            Part("microgrid", site.microgrid_id),
            ApiClientError(
                server_url=self._client.server_url,
                operation="fetch",
                description=f"A reply cannot be decoded: {error}",
                retryable=False,
            ),
        )
