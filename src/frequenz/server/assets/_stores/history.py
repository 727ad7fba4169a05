"""Reading revisions: the inventory as it was, and what differs between two of them."""

from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from frequenz.client.assets.inventory import Inventory, Site
from frequenz.client.assets.inventory._diff import Difference, diff

from .batches import batches
from .queries import valid_at
from .revisions import REVISION_COLUMNS, Revision, to_revision
from .store import Query, Store, StoreError, Transaction, Values
from .tables import MICROGRID, OF_MARKET, OF_SITE, WITHIN_MICROGRID, Table

_SITES_AT_ONCE: Final = 100
"""How many sites are read with one query for each table."""


async def revisions(store: Store, microgrid_id: int | None = None) -> list[Revision]:
    """Return the revisions, the newest one first.

    Args:
        store: The store.
        microgrid_id: Only those that changed this microgrid (as a signed integer).
    """
    query = Query(f"SELECT {REVISION_COLUMNS} FROM revision ORDER BY number DESC")
    if microgrid_id is not None:
        query = Query(
            f"SELECT {REVISION_COLUMNS} FROM revision WHERE number IN"
            " (SELECT revision FROM revision_microgrid WHERE microgrid_id = {})"
            " ORDER BY number DESC",
            (microgrid_id,),
        )
    return [to_revision(record) for record in await store.fetch(query)]


async def revision(store: Store, number: int) -> Revision:
    """Return a revision.

    Raises:
        StoreError: If it does not exist.
    """
    query = Query(f"SELECT {REVISION_COLUMNS} FROM revision WHERE number = {{}}", (number,))
    for record in await store.fetch(query):
        return to_revision(record)
    ((newest,),) = await store.fetch(Query("SELECT coalesce(max(number), 0) FROM revision"))
    known = f"it has 1 to {newest}" if newest else "it has none yet"
    raise StoreError(f"{store.name}: there is no revision {number}; {known}")


async def revision_at(store: Store, moment: datetime) -> Revision:
    """Return the newest revision at a moment.

    Raises:
        StoreError: If there was none yet.
    """
    microseconds = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // _MICROSECOND
    for record in await store.fetch(
        Query(
            f"SELECT {REVISION_COLUMNS} FROM revision WHERE moment <= {{}}"
            " ORDER BY number DESC LIMIT 1",
            (microseconds,),
        )
    ):
        return to_revision(record)
    raise StoreError(f"{store.name}: there was no inventory yet at {moment.isoformat()}")


_MICROSECOND: Final = datetime.resolution


async def read(
    source: Store | Transaction,
    at: int,
    microgrid_ids: Sequence[int] | None = None,
    *,
    market: bool = True,
) -> AsyncIterator[Inventory]:
    """Yield the inventory of a revision, some sites at a time and the market at last.

    Args:
        source: What to read from.
        at: The number of the revision.
        microgrid_ids: Only these microgrids (as signed integers); None = all.
        market: Whether to read the gridpools, energy schedules and market topology.
    """
    if microgrid_ids is None:
        text = f"SELECT t.microgrid_id FROM microgrid AS t WHERE {valid_at('t', at)}"
        records = await source.fetch(Query(f"{text} ORDER BY t.position, t.row_id"))
        microgrid_ids = list(dict.fromkeys(microgrid_id for (microgrid_id,) in records))
    for batch in batches(microgrid_ids, _SITES_AT_ONCE):
        yield Inventory(await _sites(source, at, batch))
    if market:
        lists = [await _market(source, at, table) for table in OF_MARKET]
        yield Inventory((), *lists)


async def _sites(
    source: Store | Transaction, at: int, microgrid_ids: Sequence[int]
) -> tuple[Site, ...]:
    parts: dict[str, defaultdict[tuple[int, int], list[Any]]] = {}
    among = Values(("microgrid_id",), [(microgrid_id,) for microgrid_id in microgrid_ids])
    for table in OF_SITE:
        parts[table.name] = defaultdict(list)
        query = Query(
            f"SELECT t.microgrid_id, t.occurrence, t.message FROM {table.name} AS t"
            f" WHERE {valid_at('t', at)} AND t.microgrid_id IN {{}} ORDER BY t.position, t.row_id",
            (among,),
        )
        for microgrid_id, occurrence, message in await source.fetch(query):
            entity = table.entity.message.FromString(bytes(message))
            parts[table.name][microgrid_id, occurrence].append(entity)
    return tuple(
        Site(microgrid, *(tuple(parts[table.name][owner]) for table in WITHIN_MICROGRID))
        for owner, (microgrid,) in parts[MICROGRID.name].items()
    )


async def _market(source: Store | Transaction, at: int, table: Table) -> tuple[Any, ...]:
    text = f"SELECT t.message FROM {table.name} AS t WHERE {valid_at('t', at)}"
    records = await source.fetch(Query(f"{text} ORDER BY t.position, t.row_id"))
    return tuple(table.entity.message.FromString(bytes(message)) for (message,) in records)


async def differences(
    source: Store | Transaction, before: int, after: int
) -> AsyncIterator[Difference]:
    """Yield what differs between two revisions, site by site, the market at last.

    Args:
        source: What to read from.
        before: The number of the first revision; 0 = the empty inventory before all.
        after: The number of the second one.
    """
    low, high = sorted((before, after))
    records = await source.fetch(
        Query(
            "SELECT DISTINCT microgrid_id FROM revision_microgrid"
            f" WHERE revision > {low} AND revision <= {high}"
        )
    )
    changed = [microgrid_id for (microgrid_id,) in records]
    microgrid_ids = sorted(it for it in changed if it is not None)
    for batch in batches(microgrid_ids, _SITES_AT_ONCE):
        old, new = [Inventory(await _sites(source, at, batch)) for at in (before, after)]
        for difference in diff(old, new):
            yield difference
    if None in changed:
        old, new = [
            Inventory((), *[await _market(source, at, table) for table in OF_MARKET])
            for at in (before, after)
        ]
        for difference in diff(old, new):
            yield difference
