"""A real server on a free port, over a fleet in memory and in a database file."""

import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, TypeAlias

import grpc.aio
import pytest

from frequenz.client.assets import AssetsApiClient
from frequenz.client.assets.inventory import Inventory
from frequenz.server.assets import AssetsServer, ServerSettings
from frequenz.server.assets._callers.keys import NewKey, new_key

from .fleets import FLEET
from .keys import OURS, KeyFolder
from .servers import raw_channel

MakeServer: TypeAlias = Callable[..., AssetsServer]


@pytest.fixture(params=["memory", "file"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Path | None:
    """The database of the server: tests that use it run in memory and with a file."""
    return tmp_path / "fleet.db" if request.param == "file" else None


@pytest.fixture
def make_server(database: Path | None) -> MakeServer:
    """Creates servers over a fleet, with settings."""

    def make(fleet: Inventory | None = FLEET, **settings: Any) -> AssetsServer:
        return AssetsServer(fleet, ServerSettings(**{"database": database} | settings))

    return make


@pytest.fixture
async def server(make_server: MakeServer) -> AsyncIterator[AssetsServer]:
    """A running server over the fleet of these tests."""
    async with make_server() as running:
        yield running


@pytest.fixture
async def client(server: AssetsServer) -> AsyncIterator[AssetsApiClient]:
    """A client of the running server."""
    async with AssetsApiClient(server.url) as connected:
        yield connected


@pytest.fixture
async def channel(server: AssetsServer) -> AsyncIterator[grpc.aio.Channel]:
    """A channel to the running server that receives replies of any size."""
    async with raw_channel(server) as connected:
        yield connected


@pytest.fixture
def free_port() -> int:
    """A port of this machine that nothing uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def folder(tmp_path: Path) -> KeyFolder:
    """A folder with keys."""
    return KeyFolder(tmp_path)


@pytest.fixture
def ours(folder: KeyFolder) -> NewKey:
    """A key of an enterprise, for one gridpool."""
    return folder.add(new_key(OURS, [5]))
