"""Making revisions: each is one transaction, of which readers see all or nothing."""

import time
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from itertools import repeat
from typing import Final

from .batches import batches
from .comparison import Changes, Stored, Wanted
from .revisions import REVISION_COLUMNS, Revision, to_revision
from .rows import Value
from .store import Query, Store, Transaction, Values
from .tables import RELATION, Table

# Others can use the database between statements, so these are short.
_VALUES_AT_ONCE: Final = 10
"""How many values a query looks for, such as the IDs of microgrids."""
_ROWS_AT_ONCE: Final = 200
"""How many rows a statement changes."""


class Draft:
    """A revision while it is made."""

    def __init__(self, transaction: Transaction, number: int, last_moment: int) -> None:
        """Use `drafting()` instead."""
        self.transaction = transaction
        self.number = number
        self._last_moment = last_moment
        self._next_row_ids: dict[str, int] = {}
        self._next_positions: dict[str, int] = {}
        self._added = self._removed = self._moved = 0

    @property
    def is_first(self) -> bool:
        """Whether nothing is stored yet."""
        return self.number == 1

    async def stored(
        self, table: Table, column: str, values: Collection[Value], *, only_before: bool = False
    ) -> list[Stored]:
        """Return the newest rows that have one of some values in a column.

        Rows with the same value are in order of their positions.

        Args:
            table: The table.
            column: The column.
            values: The values.
            only_before: Whether to leave out those that this revision has added.
        """
        if self.is_first:
            return []
        found: list[Stored] = []
        for batch in batches(dict.fromkeys(values), _VALUES_AT_ONCE):
            among = Values((column,), [(value,) for value in batch if value is not None])
            or_null = f" OR {column} IS NULL" if None in batch else ""
            before = f" AND added < {self.number}" if only_before else ""
            condition = f"removed IS NULL{before} AND ({column} IN {{}}{or_null})"
            found += await self.rows(table, Query(condition, (among,)))
        return found

    async def stored_before(self, table: Table) -> list[tuple[int, ...]]:
        """Return the row IDs and owners of the newest rows that this revision has not added."""
        if self.is_first:
            return []
        columns = ", ".join(("row_id", *table.owner))
        text = f"SELECT {columns} FROM {table.name} WHERE removed IS NULL AND added < {self.number}"
        return [tuple(record) for record in await self.transaction.fetch(Query(text))]

    async def rows(self, table: Table, condition: Query) -> list[Stored]:
        """Return the rows of all revisions that meet a condition; a table is `e` in it."""
        columns = ", ".join(("row_id", "position", "message", *table.columns))
        records = await self.transaction.fetch(
            Query(
                f"SELECT {columns} FROM {table.name} AS e WHERE {condition.text}"
                " ORDER BY position, row_id",
                condition.parameters,
            )
        )
        return [
            Stored(row_id, position, tuple(others), bytes(message))
            for row_id, position, message, *others in records
        ]

    async def write(self, table: Table, changes: Changes) -> None:
        """Store changes of a table."""
        await self.remove(table, [row.row_id for row in changes.removed])
        self._moved += len(changes.moved)
        for moved in batches(changes.moved, _ROWS_AT_ONCE):
            await self.transaction.execute(
                Query(
                    f"UPDATE {table.name} SET position = moved.position FROM {{}} AS moved"
                    f" WHERE {table.name}.row_id = moved.row_id",
                    (Values(("row_id", "position"), moved),),
                )
            )
        await self._add(table, changes.added)

    async def remove(self, table: Table, row_ids: Sequence[int]) -> None:
        """Remove rows of a table from the newest revision."""
        self._removed += len(row_ids)
        for batch in batches(row_ids, _ROWS_AT_ONCE):
            await self.transaction.execute(
                Query(
                    f"UPDATE {table.name} SET removed = {self.number} WHERE row_id IN {{}}",
                    (Values(("row_id",), [(row_id,) for row_id in batch]),),
                )
            )

    async def _add(self, table: Table, added: Sequence[Wanted]) -> None:
        if not added:
            return
        if any(it.position is None for it in added):
            added = await self._at_end(table, added)
        row_id = await self.insert(
            table,
            [it.position for it in added],
            [*zip(*(it.row.columns for it in added), strict=True)],
            [it.row.message for it in added],
        )
        if table is RELATION:
            types = [
                (number, type_)
                for number, it in enumerate(added, start=row_id)
                for type_ in it.row.participation_types
            ]
            await self.transaction.insert("participation", ("relation", "type"), types)

    async def insert(
        self,
        table: Table,
        positions: Iterable[int | None],
        columns: Iterable[Iterable[Value]],
        messages: Sequence[bytes],
    ) -> int:
        """Add rows to a table, given column by column; return the ID of the first one."""
        count = len(messages)
        self._added += count
        row_id = self._next_row_ids.get(table.name) or await self._after_last(table, "row_id")
        self._next_row_ids[table.name] = row_id + count
        await self.transaction.insert(
            table.name,
            table.inserted,
            zip(
                range(row_id, row_id + count),
                positions,
                *columns,
                messages,
                repeat(self.number, count),
                strict=True,
            ),
        )
        return row_id

    async def _at_end(self, table: Table, added: Sequence[Wanted]) -> list[Wanted]:
        """Give rows without a position those after the last one."""
        position = self._next_positions.get(table.name)
        if position is None:
            position = await self._after_last(table, "position")
        placed = []
        for it in added:
            placed.append(it if it.position is not None else Wanted(position, it.row))
            position += it.position is None
        self._next_positions[table.name] = position
        return placed

    async def _after_last(self, table: Table, column: str) -> int:
        if self.is_first:
            return 1
        query = Query(f"SELECT coalesce(max({column}), 0) + 1 FROM {table.name}")
        ((number,),) = await self.transaction.fetch(query)
        return int(number)

    async def note_changed(self, microgrid_ids: Iterable[int | None]) -> None:
        """Note which microgrids this revision changes; None = the market."""
        await self.transaction.insert(
            "revision_microgrid",
            ("revision", "microgrid_id"),
            [(self.number, microgrid_id) for microgrid_id in microgrid_ids],
        )

    async def finish(self, author: str, comment: str) -> Revision | None:
        """Store the revision; return it, or None if it changes nothing."""
        if not (self._added or self._removed or self._moved):
            return None
        # Also if the clock was set back: the order of moments is that of numbers.
        moment = max(time.time_ns() // 1_000, self._last_moment)
        record = (self.number, moment, author, comment, self._added, self._removed)
        columns = REVISION_COLUMNS.split(", ")
        await self.transaction.insert("revision", columns, [record])
        return to_revision(record)


@asynccontextmanager
async def drafting(store: Store) -> AsyncIterator[Draft]:
    """Begin a revision, in a transaction that ends with the block."""
    async with store.transaction() as transaction:
        newest = Query("SELECT number, moment FROM revision ORDER BY number DESC LIMIT 1")
        records = await transaction.fetch(newest)
        number, moment = records[0] if records else (0, 0)
        yield Draft(transaction, number + 1, moment)
