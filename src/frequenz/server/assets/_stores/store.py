"""What every store can do, whatever its engine: run queries, and change rows in a transaction."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Literal, NamedTuple, Protocol, TypeAlias

from .rows import Value

Record: TypeAlias = Sequence[Any]
"""A row of a result."""


class StoreError(Exception):
    """A database cannot be used as a store."""


class UnavailableError(StoreError):
    """A database cannot be used at the moment; later, the same may succeed."""


class ReadOnlyError(StoreError):
    """A database cannot be changed."""


class CorruptError(StoreError):
    """A database is damaged."""


class Values(NamedTuple):
    """A list of rows as a parameter: a table with some columns, in parentheses."""

    columns: tuple[str, ...]
    rows: Sequence[Sequence[Value]]


class Query(NamedTuple):
    """A statement in the SQL that all engines understand."""

    text: str
    """With `{}` for each parameter."""

    parameters: tuple[Value | bytes | Values, ...] = ()


Changed: TypeAlias = Literal["inventory", "keys"]
"""What a transaction changes: the inventory with its revisions, or the keys of callers."""


class Transaction(Protocol):
    """Changes which all become visible at its end, or not at all."""

    async def fetch(self, query: Query) -> Sequence[Record]:
        """Return the result of a query, which sees the changes of this transaction."""

    async def execute(self, query: Query) -> None:
        """Run a statement without a result."""

    async def insert(self, table: str, columns: Sequence[str], rows: Iterable[Record]) -> None:
        """Insert many rows."""

    async def roll_back(self) -> None:
        """Undo all changes, and end the transaction."""


class Store(Protocol):
    """A database with the tables of `tables` and those of revisions.

    Every method raises an `UnavailableError` if the database cannot be reached, is locked for too
    long, or has no space left; a `CorruptError` or `ReadOnlyError` if it is so; and a `StoreError`
    for all else.
    """

    @property
    def name(self) -> str:
        """The database as errors name it, without passwords."""

    async def fetch(self, query: Query) -> Sequence[Record]:
        """Return the result of a query, in one snapshot of the database."""

    async def fetch_one(self, query: Query) -> Record | None:
        """Return the first row of a result that an index finds; None = the result is empty."""

    async def fetch_fields(self, query: Query, number: int) -> bytes | None:
        """Return the messages of a result one after the other, each as a field of a reply.

        Args:
            query: Has a result with the columns `message` and `size`; messages may be NULL.
            number: The number of the field.

        Returns:
            None if the result is empty.
        """

    def transaction(
        self, changes: Changed = "inventory"
    ) -> AbstractAsyncContextManager[Transaction]:
        """Begin a transaction; of those that change the same, there is only one at a time.

        The others wait. A change of keys waits for imports, too, in SQLite, which has a single
        writer.
        """

    async def run(self, query: Query, *, repeats: bool = True) -> Sequence[Record]:
        """Return the result of a statement that may change tables beside the inventory.

        It sees the newest state, never that of a standby; no transaction waits for it, and it makes
        no revision.

        Args:
            query: The statement.
            repeats: Whether it is run again if the connection is lost, perhaps only after it was
                committed.
        """

    def revision(self) -> object:
        """Return what is different once the content has changed, and equal until then."""

    async def probe(self) -> None:
        """Do nothing if queries can be answered at the moment."""

    async def close(self) -> None:
        """Finish the queries under way, and close the database."""
