"""Creating and updating the tables."""

from collections.abc import Sequence
from importlib import resources
from typing import Any, Final

import asyncpg

from ..store import CorruptError, StoreError
from ..tables import TABLES

LOCK: Final = int.from_bytes(b"FzAssets")
"""What whoever changes the database locks; the number says nothing."""

KEYS_LOCK: Final = LOCK + 1
"""What whoever changes the keys locks, which may not wait for an import."""

# Tables of extensions are nobody's content.
_TABLES: Final = """
SELECT c.relname::text FROM pg_class AS c
WHERE c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace
    AND NOT EXISTS (
        SELECT 1 FROM pg_depend AS d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
    )
"""

_VERSION_TABLE: Final = "assets_schema"

CREATED: Final = frozenset(
    {
        *(_VERSION_TABLE, "participation", "revision", "revision_microgrid", *TABLES),
        *("caller_key", "caller_key_state", "nonce", "nonce_count"),
    }
)
"""All tables of the newest schema."""


async def update(connection: "asyncpg.Connection[Any]", name: str, *, create: bool) -> None:
    """Bring the tables up to date, all steps in one transaction.

    Args:
        connection: A connection to the primary.
        name: The database in errors.
        create: Whether to create the tables if there are none.

    Raises:
        StoreError: If the database has other tables, is one of a newer release, or has no tables
            and these are not created.
    """
    steps = _steps()
    # Not locked at first, so that servers can start during a long import.
    if await _version(connection, name, len(steps), create=create) == len(steps):
        return
    async with connection.transaction():
        # Locked before the version is read again: several servers may start on one new database.
        await connection.execute(f"SELECT pg_advisory_xact_lock({LOCK})")
        version = await _version(connection, name, len(steps), create=create)
        for step in steps[version:]:
            await connection.execute(step)
        await connection.execute(f"UPDATE {_VERSION_TABLE} SET version = {len(steps)}")


def _steps() -> Sequence[str]:
    folder = resources.files(__package__).joinpath("..", "schema", "postgres")
    files = sorted(folder.iterdir(), key=lambda it: it.name)
    return [file.read_text(encoding="utf-8") for file in files]


async def _version(
    connection: "asyncpg.Connection[Any]", name: str, newest: int, *, create: bool
) -> int:
    """Return the version of the tables; 0 = there are none, and they shall be created."""
    tables = {table for (table,) in await connection.fetch(_TABLES)}
    if not tables:
        if not create:
            raise StoreError(f"{name}: empty, without an inventory; give a fleet to store in it")
        return 0
    if _VERSION_TABLE not in tables:
        raise StoreError(
            f"{name}: not an Assets database: it has other tables, such as {min(tables)};"
            " give a database of its own"
        )
    version = await connection.fetchval(f"SELECT max(version) FROM {_VERSION_TABLE}")
    if not version or version > newest:
        raise StoreError(
            f"{name}: not an Assets database, or one of a newer release: its tables have version"
            f" {version}, this server knows {newest}"
        )
    if version == newest and (missing := CREATED - tables):
        raise CorruptError(
            f"{name}: has no table {', '.join(sorted(missing))}; restore it from a copy"
        )
    return int(version)
