"""Storing an inventory as a revision, part by part, so that a fleet of any size fits."""

from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, Literal, TypeAlias

from frequenz.client.assets._wire.entities import name_of
from frequenz.client.assets.findings import Severity
from frequenz.client.assets.findings._rules import Fault, Rule
from frequenz.client.assets.inventory._identity import KEYS

from .comparison import Changes, Stored, Wanted, at_same_place, compare
from .drafts import Draft
from .removing import remove_sites
from .rows import Row, Rows, SiteRows
from .store import Query, Values
from .tables import (
    ENERGY_SCHEDULE,
    GRIDPOOL,
    MICROGRID,
    OF_MARKET,
    RELATION,
    WITHIN_MICROGRID,
    SiteKey,
    Table,
    site_of,
)

Mode: TypeAlias = Literal["replace", "merge"]
"""Whether what an import does not have is removed, or stays.

A microgrid of the import replaces the whole of a stored one with its ID in either case, and an
entity of the market the stored one that has the same key.
"""


class Import:
    """An import into a draft."""

    def __init__(self, draft: Draft, mode: Mode) -> None:
        """Begin an import."""
        self._draft = draft
        self._replaces = mode == "replace"
        self._occurrences: Counter[int] = Counter()
        self._positions: Counter[str] = Counter()
        self._kept: defaultdict[str, set[int]] = defaultdict(set)
        self._repeated: set[SiteKey] = set()
        """The stored sites that repeat an ID of the import; what it has no longer is removed."""
        self._changes_market = False

    async def put(self, rows: Rows) -> None:
        """Store a part, which has each of its sites completely."""
        if rows.sites[MICROGRID.name].messages:
            await self._store_sites(self._renumbered(rows.sites))
        for table in OF_MARKET:
            await self._store_market(table, rows.market[table.name])

    async def finish(self) -> None:
        """Remove what the import does not have."""
        if self._replaces:
            await self._remove_sites()
        else:
            gone = {
                (microgrid_id, occurrence)
                for microgrid_id, occurrence in self._repeated
                if occurrence >= self._occurrences[microgrid_id]
            }
            await remove_sites(self._draft, gone)
        await self.finish_market()

    async def finish_market(self) -> None:
        """Finish an import that has the market alone; all sites stay."""
        if self._replaces:
            await self._remove_market()
        if self._changes_market:
            await self._draft.note_changed([None])

    async def findings(self) -> list[tuple[bool, str]]:
        """Return what is wrong across parts: whether it is major, and a sentence.

        In parts, an inventory cannot be checked for microgrids, gridpools and energy schedules that
        are there several times, nor for references of the market to what does not exist.
        """
        found = []
        for table, fault, condition in _ACROSS_PARTS:
            is_ours = self._where_ours(table)
            query = Query(
                f"SELECT t.message FROM {table.name} AS t WHERE t.removed IS NULL{is_ours.text}"
                f" AND {condition} ORDER BY t.position, t.row_id",
                is_ours.parameters,
            )
            for (data,) in await self._draft.transaction.fetch(query):
                message = table.entity.message.FromString(bytes(data))
                finding = fault(message).of(name_of(message))
                found.append((finding.severity is Severity.MAJOR, str(finding)))
        return found

    def _where_ours(self, table: Table) -> Query:
        """Return the condition that a row is one of the import; in a merge, others are not."""
        if self._replaces:
            return Query("")
        kept = Values(("row_id",), [(row_id,) for row_id in self._kept[table.name]])
        return Query(f" AND (t.added = {self._draft.number} OR t.row_id IN {{}})", (kept,))

    # Sites ----------------------------------------------------------------------------------------

    def _renumbered(self, sites: Mapping[str, SiteRows]) -> Mapping[str, SiteRows]:
        """Return sites of a part, their occurrences counted from those in earlier parts."""
        _, microgrid_ids, _ = sites[MICROGRID.name].columns
        before = {it: self._occurrences[it] for it in microgrid_ids if it in self._occurrences}
        self._occurrences.update(microgrid_ids)
        if not before:
            return sites
        return {name: _shifted(rows, before) for name, rows in sites.items()}

    async def _store_sites(self, sites: Mapping[str, SiteRows]) -> None:
        microgrids = sites[MICROGRID.name]
        keys = {*map(site_of, zip(*microgrids.columns, strict=True))}
        known = await self._draft.stored(MICROGRID, "microgrid_id", {it for it, _ in keys})
        changed = await self._write(MICROGRID, self._compare_microgrids(known, microgrids, keys))
        # Without a microgrid, nothing is stored of a site.
        known_ids = {_site(row)[0] for row in known}
        for table in WITHIN_MICROGRID:
            rows = sites[table.name]
            stored = await self._draft.stored(table, "microgrid_id", known_ids)
            if stored:
                wanted = map(Wanted, rows.positions, rows.rows())
                changed |= await self._write(table, compare(_among(stored, keys), wanted))
            else:
                await self._draft.insert(table, rows.positions, rows.columns, rows.messages)
                changed.update(rows.columns[1])
        await self._draft.note_changed(changed)

    def _compare_microgrids(
        self, stored: Sequence[Stored], microgrids: SiteRows, keys: Collection[SiteKey]
    ) -> Changes:
        """Return what changes stored microgrids into those of a part; note which ones repeat."""
        self._repeated.update(key for key in map(_site, stored) if key[1])
        positions = [self._next_position(MICROGRID) for _ in microgrids.messages]
        changes = compare(_among(stored, keys), map(Wanted, positions, microgrids.rows()))
        # Only repeats: the finding asks for no others.
        self._kept[MICROGRID.name].update(it.row_id for it in changes.kept if _site(it)[1])
        return at_same_place(changes, key_of(MICROGRID))

    async def _write(self, table: Table, changes: Changes) -> set[int]:
        """Store changes; return the IDs of the microgrids that they concern."""
        await self._draft.write(table, changes)
        removed = {_site(row)[0] for row in changes.removed}
        return removed | {_site(it.row)[0] for it in changes.added}

    async def _remove_sites(self) -> None:
        """Remove the sites that the import does not have."""
        gone = {
            (microgrid_id, occurrence)
            for _, _, microgrid_id, occurrence in await self._draft.stored_before(MICROGRID)
            if occurrence >= self._occurrences[microgrid_id]
        }
        await remove_sites(self._draft, gone)

    # Market ---------------------------------------------------------------------------------------

    async def _store_market(self, table: Table, rows: Sequence[Row]) -> None:
        if not rows:
            return
        kept = self._kept[table.name]
        gridpool_ids = {row.columns[0] for row in rows}
        # Without those of earlier parts: an entity that is there twice is two, and a finding.
        stored = await self._draft.stored(table, table.import_key, gridpool_ids, only_before=True)
        wanted = [Wanted(self._next_position(table), row) for row in rows]
        changes = compare((row for row in stored if row.row_id not in kept), wanted)
        kept.update(row.row_id for row in changes.kept)
        if self._replaces:
            changes = changes._replace(removed=())  # later parts may have them
        else:
            key = key_of(table)
            replaced = {key(it.row.message) for it in changes.added}
            removed = [row for row in changes.removed if key(row.message) in replaced]
            changes = at_same_place(changes._replace(removed=removed), key)
        self._changes_market |= bool(changes.added or changes.removed)
        await self._draft.write(table, changes)

    async def _remove_market(self) -> None:
        """Remove the gridpools, energy schedules and relations that the import does not have."""
        for table in OF_MARKET:
            kept = self._kept[table.name]
            gone = [
                row_id
                for row_id, *_ in await self._draft.stored_before(table)
                if row_id not in kept
            ]
            self._changes_market |= bool(gone)
            await self._draft.remove(table, gone)

    def _next_position(self, table: Table) -> int | None:
        if not self._replaces:
            return None
        self._positions[table.name] += 1
        return self._positions[table.name]


def _site(row: Row | Stored) -> SiteKey:
    return site_of(row.columns)


def _among(stored: Iterable[Stored], keys: Collection[SiteKey]) -> Iterator[Stored]:
    """Yield the rows of some sites; other parts of the import may have others with their IDs."""
    return (row for row in stored if _site(row) in keys)


def _shifted(rows: SiteRows, before: Mapping[int, int]) -> SiteRows:
    """Return rows with other occurrences, given how many sites with an ID are before them."""
    enterprise_ids, microgrid_ids, occurrences, *others = rows.columns
    owners = zip(microgrid_ids, occurrences, strict=True)
    shifted = array("q", [before.get(it, 0) + occurrence for it, occurrence in owners])
    return replace(rows, columns=(enterprise_ids, microgrid_ids, shifted, *others))


def key_of(table: Table) -> Callable[[bytes], Hashable]:
    """Return the function from a stored message to what identifies it among others."""
    key, message = KEYS[table.entity.inventory_list], table.entity.message
    return lambda data: key(message.FromString(data))


def _where_unknown(column: str, table: str) -> str:
    """Return the condition that a microgrid or gridpool does not exist; 0 is a fault already."""
    return (
        f"t.{column} <> 0 AND NOT EXISTS (SELECT 1 FROM {table} AS other"
        f" WHERE other.removed IS NULL AND other.{column} = t.{column})"
    )


def _where_id_taken(table: str, *columns: str) -> str:
    """Return the condition that an earlier row has the same ID; 0 is a fault already."""
    same = " AND ".join(f"other.{column} = t.{column}" for column in columns)
    return (
        f"t.{columns[-1]} <> 0 AND EXISTS (SELECT 1 FROM {table} AS other"
        f" WHERE other.removed IS NULL AND {same} AND other.position < t.position)"
    )


_NO_GRIDPOOL: Final = _where_unknown("gridpool_id", "gridpool")

_ACROSS_PARTS: Final[tuple[tuple[Table, Callable[[Any], Fault], str], ...]] = (
    (
        MICROGRID,
        lambda message: Rule.ID_TAKEN.at("id", number=message.id, noun="microgrid"),
        "t.occurrence > 0 AND t.microgrid_id <> 0",
    ),
    (
        GRIDPOOL,
        lambda message: Rule.ID_TAKEN.at("id", number=message.id, noun="gridpool"),
        _where_id_taken("gridpool", "gridpool_id"),
    ),
    (
        ENERGY_SCHEDULE,
        lambda it: Rule.ID_TAKEN.at("schedule_id", number=it.schedule_id, noun="schedule"),
        _where_id_taken("energy_schedule", "gridpool_id", "id"),
    ),
    (
        ENERGY_SCHEDULE,
        lambda message: Rule.NO_SUCH_GRIDPOOL.at("gridpool_id", number=message.gridpool_id),
        _NO_GRIDPOOL,
    ),
    (
        RELATION,
        lambda message: Rule.NO_SUCH_GRIDPOOL.at("gridpool_id", number=message.gridpool_id),
        _NO_GRIDPOOL,
    ),
    (
        RELATION,
        lambda message: Rule.NO_SUCH_MICROGRID.at("microgrid_id", number=message.microgrid_id),
        _where_unknown("microgrid_id", "microgrid"),
    ),
)
"""Where to look for faults across parts: a table, its fault, and which rows have it."""
