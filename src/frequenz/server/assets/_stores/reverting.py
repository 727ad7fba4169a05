"""Undoing a revision by a new one."""

from collections.abc import Hashable
from typing import Final

from .comparison import Changes, Stored, Wanted
from .drafts import Draft
from .importing import key_of
from .rows import Row, participation_types, to_unsigned
from .store import Query, StoreError
from .tables import OF_SITE, RELATION, TABLES, WITHIN_MICROGRID, Table, site_of

_IS_TOUCHED: Final = (
    "e.microgrid_id IN (SELECT microgrid_id FROM revision_microgrid WHERE revision = {})"
)
"""The condition that the revision has changed the microgrid of an entity."""


async def revert(draft: Draft, number: int) -> None:
    """Undo what a revision changed.

    Args:
        draft: The new revision.
        number: The revision to undo.

    Raises:
        StoreError: If a later revision has changed the same entities again, or if something would
            be left without its microgrid.
    """
    for table in TABLES.values():
        added = await _rows(draft, table, f"added = {number}", number)
        removed = await _rows(draft, table, f"removed = {number}", number)
        await _check_unchanged(draft, table, number, added + removed, added)
        wanted = [Wanted(row.position, _to_row(table, row)) for row in removed]
        await draft.write(table, Changes((), (), added, wanted))
    await _check_owned(draft, number)
    touched = Query(
        "SELECT DISTINCT microgrid_id FROM revision_microgrid WHERE revision = {}", (number,)
    )
    await draft.note_changed([it for (it,) in await draft.transaction.fetch(touched)])


async def _check_owned(draft: Draft, number: int) -> None:
    """Raise if something is left without its microgrid."""
    for table in WITHIN_MICROGRID:
        left = Query(
            f"SELECT e.message, e.microgrid_id FROM {table.name} AS e"
            f" WHERE e.removed IS NULL AND {_IS_TOUCHED} AND NOT EXISTS ("
            "SELECT 1 FROM microgrid AS owner WHERE owner.removed IS NULL"
            " AND owner.enterprise_id = e.enterprise_id AND owner.microgrid_id = e.microgrid_id"
            " AND owner.occurrence = e.occurrence) ORDER BY e.position, e.row_id LIMIT 1",
            (number,),
        )
        for data, microgrid_id in await draft.transaction.fetch(left):
            name = table.entity.name_of(table.entity.message.FromString(bytes(data)))
            raise StoreError(
                f"revision {number} cannot be reverted: {name} would be left without microgrid"
                f" {to_unsigned(microgrid_id)}, as a later revision has changed one of them; revert"
                " that one first"
            )


async def _rows(draft: Draft, table: Table, condition: str, number: int) -> list[Stored]:
    if table in OF_SITE:
        return await draft.rows(table, Query(f"{condition} AND {_IS_TOUCHED}", (number,)))
    return await draft.rows(table, Query(condition))


async def _check_unchanged(
    draft: Draft, table: Table, number: int, changed: list[Stored], added: list[Stored]
) -> None:
    """Raise if a later revision has changed entities which the one to undo has changed."""
    key = key_of(table)

    def owned_key(row: Stored) -> Hashable:
        if table in OF_SITE:  # also if it has another enterprise now
            return site_of(row.columns), key(row.message)
        return row.columns[: len(table.owner)], key(row.message)

    keys = {owned_key(row) for row in changed}
    owners = {row.columns[table.columns.index(table.import_key)] for row in changed}
    newest = await draft.stored(table, table.import_key, owners)
    by_id = {row.row_id: row for row in newest if owned_key(row) in keys}
    expected = {row.row_id: row for row in added}
    differing = [by_id.get(it) or expected[it] for it in sorted(by_id.keys() ^ expected.keys())]
    if differing:
        message = table.entity.message.FromString(differing[0].message)
        more = f" and {len(differing) - 1} more" if len(differing) > 1 else ""
        raise StoreError(
            f"revision {number} cannot be reverted: a later one has changed"
            f" {table.entity.name_of(message)}{more}; revert that one first"
        )


def _to_row(table: Table, row: Stored) -> Row:
    types: tuple[int, ...] = ()
    if table is RELATION:
        types = participation_types(table.entity.message.FromString(row.message))
    return Row(row.columns, row.message, types)
