"""Stores of every engine: SQLite in a file and in memory, and real PostgreSQL servers."""

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

import pytest

from frequenz.server.assets._stores import Store, open_store

from .clusters import Folder, PostgresServer, url

ENGINES: Final = ("file", "memory", "postgres")

_numbers: Final = itertools.count()


class Pair(NamedTuple):
    """A primary and the standby that follows it."""

    primary: PostgresServer
    standby: PostgresServer


@pytest.fixture(scope="session")
def folder() -> Iterator[Folder]:
    """A folder for servers, removed at the end."""
    made = Folder()
    yield made
    made.remove()


@pytest.fixture(scope="session")
def postgres(folder: Folder) -> Iterator[PostgresServer]:
    """A server that tests share; each has a database of its own."""
    server = PostgresServer.create(folder)
    yield server.start()
    server.stop()


@pytest.fixture
def pair(folder: Folder) -> Iterator[Pair]:
    """A primary and a standby of the test alone, which may stop and promote them."""
    number = next(_numbers)
    primary = PostgresServer.create(folder, f"primary-{number}").start()
    standby = primary.standby(folder, f"standby-{number}")
    standby.start()
    yield Pair(primary, standby)
    standby.stop()
    primary.stop()


@pytest.fixture
def database(postgres: PostgresServer) -> str:
    """The name of an empty PostgreSQL database."""
    name = f"fleet_{next(_numbers)}"
    postgres.sql(f"CREATE DATABASE {name}")
    return name


@pytest.fixture
def database_url(postgres: PostgresServer, database: str) -> str:
    """The URL of an empty PostgreSQL database."""
    return url(postgres, database=database)


Location: TypeAlias = str | Path | None


@pytest.fixture(params=ENGINES)
def location(request: pytest.FixtureRequest, tmp_path: Path) -> Location:
    """An empty database of each engine."""
    if request.param == "postgres":
        found: str = request.getfixturevalue("database_url")
        return found
    return tmp_path / "fleet.db" if request.param == "file" else None


@pytest.fixture(params=["file", "postgres"])
def shared_location(request: pytest.FixtureRequest, tmp_path: Path) -> Location:
    """An empty database of each engine that several processes can use."""
    if request.param == "postgres":
        found: str = request.getfixturevalue("database_url")
        return found
    return tmp_path / "fleet.db"


OpenStore: TypeAlias = Callable[[Location], Awaitable[Store]]


@pytest.fixture
async def opened() -> AsyncIterator[OpenStore]:
    """Opens stores, which are closed at the end."""
    stores: list[Store] = []

    async def open_one(location: Location) -> Store:
        stores.append(await open_store(location))
        return stores[-1]

    yield open_one
    for store in stores:
        await store.close()


@pytest.fixture
async def store(opened: OpenStore, location: Location) -> Store:
    """An empty store of each engine."""
    return await opened(location)
