"""Databases of every earlier schema, with content in every table, are updated without a loss."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from importlib import resources
from pathlib import Path
from typing import Any, Final

import asyncpg
import pytest

from frequenz.client.assets.inventory import Inventory, Site
from frequenz.server.assets._stores import StoreError, open_store
from frequenz.server.assets._stores.history import revisions
from frequenz.server.assets._stores.rows import (
    Row,
    stored_enterprise_id,
    stored_location_value,
    to_rows,
)
from frequenz.server.assets._stores.scripts import statements
from frequenz.server.assets._stores.sqlite import _APPLICATION_ID
from frequenz.server.assets._stores.tables import TABLES, Table

from ..expected.fleet import FLEET
from .clusters import PostgresServer, url
from .contents import answer, content, in_bytes, put, requests_of

CONTENT: Final = Inventory.joined([FLEET, Inventory((Site(FLEET.sites[0].microgrid),))])
"""Something of everything, and one microgrid twice."""

Values = Mapping[str, Any]
"""The name of a column -> its value."""


def steps(engine: str) -> list[str]:
    folder = resources.files("frequenz.server.assets._stores") / "schema" / engine
    return [
        step.read_text(encoding="utf-8")
        for step in sorted(folder.iterdir(), key=lambda step: step.name)
    ]


def earlier(engine: str) -> range:
    """Return the versions of all schemas but the newest one."""
    return range(1, len(steps(engine)))


def rows() -> Iterator[tuple[Table, int, Row]]:
    """Yield the rows of the content, with their positions."""
    parts = to_rows(CONTENT)
    for table in TABLES.values():
        is_of_site = table.name in parts.sites
        found = parts.sites[table.name].rows() if is_of_site else parts.market[table.name]
        for position, row in enumerate(found, start=1):
            yield table, position, row


def record(table: Table, position: int, row: Row) -> Values:
    return {
        "row_id": position,
        "position": position,
        **dict(zip(table.columns, row.columns, strict=True)),
        "message": row.message,
        "added": 1,
    }


def participations() -> list[Values]:
    return [
        {"relation": position, "type": type_}
        for _, position, row in rows()
        for type_ in row.participation_types
    ]


# Added beside the content, as the first revision alone removes nothing and has no author.
REVISIONS: Final = [
    "INSERT INTO revision VALUES (2, 1000000, 'ann', 'a sensor less', 0, 1)",
    "INSERT INTO revision_microgrid VALUES (2, 1)",
    "UPDATE sensor SET removed = 2 WHERE row_id = (SELECT max(row_id) FROM sensor)",
]


def any_value(type_: str, number: int) -> Any:
    """Return a value for a column of which only the type is known."""
    if type_.upper() in ("INTEGER", "BIGINT"):
        return number
    return f"value {number}" if type_.upper() == "TEXT" else b"value %d" % number


# SQLite -------------------------------------------------------------------------------------------

FIRST_WITH_REVISIONS: Final = 3

# What the first schemas named otherwise.
NAMES: Final[Mapping[str, Values]] = {
    "microgrid": {"microgrid_id": "id"},
    "gridpool": {"gridpool_id": "id"},
}


def old_record(table: Table, position: int, row: Row) -> Values:
    """Return a row as the first release stored it."""
    names = NAMES.get(table.name, {})
    return {
        names.get(name, name): value
        for name, value in record(table, position, row).items()
        if name not in ("row_id", "enterprise_id", "occurrence", "added")
    }


def insert(database: sqlite3.Connection, table: str, values: Values) -> None:
    marks = ", ".join("?" * len(values))
    database.execute(
        f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", [*values.values()]
    )


def sqlite_tables(database: sqlite3.Connection) -> list[str]:
    found = database.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    return [name for (name,) in found]


def write_sqlite(path: Path, version: int) -> None:
    """Write a database of a version, in which every table has something."""
    with closing(sqlite3.connect(path)) as database, database:
        database.create_function("stored_location_value", 1, stored_location_value)
        database.create_function("stored_enterprise_id", 1, stored_enterprise_id)
        for number, step in enumerate(steps("sqlite")[:version], start=1):
            for statement in statements(step):
                database.execute(statement)
            if number == 1:
                for table, position, row in rows():
                    insert(database, table.name, old_record(table, position, row))
                for values in participations():
                    insert(database, "participation", values)
            elif number == FIRST_WITH_REVISIONS:
                for statement in REVISIONS:
                    database.execute(statement)
        for table_name in sqlite_tables(database):
            if not database.execute(f"SELECT count(*) FROM {table_name}").fetchone()[0]:
                columns = database.execute(f"PRAGMA table_info({table_name})").fetchall()
                insert(database, table_name, {it[1]: any_value(it[2], it[0]) for it in columns})
        database.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
        database.execute(f"PRAGMA user_version = {version}")


def sqlite_counts(path: Path) -> Mapping[str, int]:
    with closing(sqlite3.connect(path)) as database:
        return {
            name: database.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
            for name in sqlite_tables(database)
        }


def sqlite_schema(path: Path) -> list[Any]:
    with closing(sqlite3.connect(path)) as database:
        text = "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name"
        return database.execute(text).fetchall()


async def assert_complete(location: Path | str, *, has_second: bool) -> None:
    """Check that a database has the content, that its queries find it, and that it can change."""
    store = await open_store(location, create=False)
    try:
        expected = in_bytes(CONTENT)
        assert await content(store, 1) == expected
        assert [it.number for it in await revisions(store)] == ([2, 1] if has_second else [1])
        if has_second:
            sensors = [it.SerializeToString() for it in CONTENT.sites[0].sensors]
            assert await content(store, 2) == [it for it in expected if it != sensors[-1]]
        fresh = await open_store(None)
        try:
            await put(fresh, CONTENT)
            for request in requests_of(CONTENT):
                assert await answer(store, request, 1) == await answer(fresh, request, 1), request
        finally:
            await fresh.close()
        assert await put(store, Inventory(CONTENT.sites[1:2]), "replace") is not None
        assert await content(store, 1) == expected
    finally:
        await store.close()


@pytest.mark.parametrize("version", earlier("sqlite"))
async def test_an_sqlite_database_of_an_earlier_schema_is_updated_without_a_loss(
    tmp_path: Path, version: int
) -> None:
    old, new = tmp_path / "old.db", tmp_path / "new.db"
    write_sqlite(old, version)
    before = sqlite_counts(old)
    assert all(before.values()), "a table without content"

    await (await open_store(old, create=False)).close()

    after = sqlite_counts(old)
    assert {name: count for name, count in after.items() if name in before} == before
    await (await open_store(new)).close()
    assert sqlite_schema(old) == sqlite_schema(new)
    await assert_complete(old, has_second=version >= FIRST_WITH_REVISIONS)


async def test_an_update_that_fails_leaves_the_database_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "old.db"
    write_sqlite(file, 1)
    before = sqlite_schema(file)
    with closing(sqlite3.connect(file)) as database:
        database.execute("CREATE TABLE microgrid_before (id INTEGER)")  # a step makes one, too
    with pytest.raises(StoreError, match="there is already another table"):
        await open_store(file, create=False)
    with closing(sqlite3.connect(file)) as database:
        database.execute("DROP TABLE microgrid_before")
        assert database.execute("PRAGMA user_version").fetchone() == (1,)
    assert sqlite_schema(file) == before
    await assert_complete(file, has_second=False)


# PostgreSQL ---------------------------------------------------------------------------------------


async def insert_postgres(
    connection: "asyncpg.Connection[Any]", table: str, values: Values
) -> None:
    marks = ", ".join(f"${number}" for number, _ in enumerate(values, start=1))
    await connection.execute(
        f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", *values.values()
    )


async def postgres_columns(connection: "asyncpg.Connection[Any]") -> Mapping[str, Values]:
    """Return the types of the columns of each table."""
    found: dict[str, dict[str, Any]] = {}
    for table, column, type_ in await connection.fetch(
        "SELECT table_name::text, column_name::text, data_type::text"
        " FROM information_schema.columns"
        " WHERE table_schema = current_schema() ORDER BY table_name, column_name"
    ):
        found.setdefault(table, {})[column] = type_
    return found


async def postgres_counts(connection: "asyncpg.Connection[Any]") -> Mapping[str, int]:
    return {
        name: await connection.fetchval(f"SELECT count(*) FROM {name}")
        for name in await postgres_columns(connection)
    }


async def write_postgres(connection: "asyncpg.Connection[Any]", version: int) -> None:
    """Write the content of a database of a version, in which every table has something."""
    for number, step in enumerate(steps("postgres")[:version], start=1):
        await connection.execute(step)
        if number == 1:
            for table, position, row in rows():
                await insert_postgres(connection, table.name, record(table, position, row))
            for values in participations():
                await insert_postgres(connection, "participation", values)
            await connection.execute("INSERT INTO revision VALUES (1, 0, 'ann', '', 1, 0)")
            await connection.execute("INSERT INTO revision_microgrid VALUES (1, 1)")
            for statement in REVISIONS:
                await connection.execute(statement)
    columns = await postgres_columns(connection)
    for name, count in (await postgres_counts(connection)).items():
        if not count:
            types = enumerate(columns[name].items())
            values = {column: any_value(type_, number) for number, (column, type_) in types}
            await insert_postgres(connection, name, values)
    await connection.execute(f"UPDATE assets_schema SET version = {version}")


@pytest.mark.parametrize("version", earlier("postgres"))
async def test_a_postgresql_database_of_an_earlier_schema_is_updated_without_a_loss(
    postgres: PostgresServer, database: str, version: int
) -> None:
    target = url(postgres, database=database)
    connection = await asyncpg.connect(target)
    await write_postgres(connection, version)
    before = await postgres_counts(connection)
    assert all(before.values()), "a table without content"

    await (await open_store(target, create=False)).close()

    after = await postgres_counts(connection)
    assert {name: count for name, count in after.items() if name in before} == before
    migrated = await postgres_columns(connection)
    await connection.close()
    postgres.sql(f"CREATE DATABASE {database}_new")
    new = url(postgres, database=f"{database}_new")
    await (await open_store(new)).close()
    connection = await asyncpg.connect(new)
    assert migrated == await postgres_columns(connection)
    await connection.close()
    await assert_complete(target, has_second=True)
