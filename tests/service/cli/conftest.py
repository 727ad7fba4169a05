"""A server for the commands, in a process of its own."""

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from frequenz.server.assets import AssetsServer, ServerSettings

from ..expected.fleet import FLEET
from .running import FOLDER


@pytest.fixture(scope="session")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server over the fleet of the expected texts."""
    database = tmp_path_factory.mktemp("fleet") / "fleet.db"
    asyncio.run(_fill(database))
    command: list[str | Path] = [FOLDER / "assets-server", "serve", "--port=0"]
    with subprocess.Popen(
        [*command, "--database", database],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as server:
        assert server.stdout
        try:
            yield server.stdout.readline().rstrip("\n")
        finally:
            server.kill()


async def _fill(database: Path) -> None:
    async with AssetsServer(FLEET, ServerSettings(database=database)):
        pass
