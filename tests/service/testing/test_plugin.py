"""The plugin of pytest, in processes of its own, with each plugin for asynchronous tests."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from frequenz.client.assets import inventory

from ..fleets import FLEET

FIXTURES: Final = {
    "assets_fleet",
    "assets_server",
    "assets_client",
    "assets_blocking_client",
    "assets_session_server",
    "assets_session_client",
    "assets_session_blocking_client",
}

ASYNCHRONOUS: Final = """
import pytest
from frequenz.client.common.microgrid import MicrogridId

pytestmark = [pytest.mark.{mark}, pytest.mark.assets_fleet("fleet.json")]

@pytest.mark.parametrize("number", range(3))
async def test_function_scope(assets_server, assets_client, number):
    assert (await assets_client.get_microgrid(MicrogridId(1))).name == "Site 1"
    assert len(assets_server.calls) == 1

class TestInClass:
    async def test_session_scope(self, assets_session_server, assets_session_client):
        assert [it.id for it in await assets_session_client.list_microgrids()] == [MicrogridId(2)]

    async def test_session_scope_again(self, assets_session_server, assets_session_client):
        assert [it.id for it in await assets_session_client.list_microgrids()] == [MicrogridId(2)]
"""
BLOCKING: Final = """
import pytest
from frequenz.client.common.microgrid import MicrogridId

@pytest.mark.assets_fleet("fleet.json")
def test_function_scope(assets_server, assets_blocking_client):
    assert assets_blocking_client.get_microgrid(MicrogridId(1)).name == "Site 1"
    assert len(assets_server.calls) == 1

def test_session_scope(assets_session_blocking_client, assets_blocking_client):
    assert len(assets_session_blocking_client.list_microgrids()) == 1
    assert len(assets_blocking_client.list_microgrids()) == 1
"""
CONFTEST: Final = """
from pathlib import Path
import pytest
from frequenz.client.assets import inventory

@pytest.fixture(scope="session")
def assets_fleet():
    return inventory.read(Path(__file__).with_name("fleet.json")).without_sites(1, 2**64 - 1)

@pytest.fixture
def anyio_backend():
    return "asyncio"
"""


WITH_ASYNCIO: Final = ("-o", "asyncio_default_fixture_loop_scope=function")
"""Without this option, pytest-asyncio warns."""


def run(folder: Path, *options: str, expected: int = 0) -> str:
    """Run the tests of a folder; warnings are errors."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error"]
    done = subprocess.run(
        [*command, "--strict-markers", *options],
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
        timeout=50,
    )
    assert done.returncode == expected, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with a fleet, a conftest and blocking tests."""
    inventory.write(FLEET, tmp_path / "fleet.json")
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_blocking.py").write_text(BLOCKING)
    return tmp_path


@pytest.mark.parametrize(
    ("mark", "options"),
    [
        ("asyncio", (*WITH_ASYNCIO, "-o", "asyncio_mode=strict")),
        ("asyncio(loop_scope='session')", (*WITH_ASYNCIO, "-o", "asyncio_mode=strict")),
        ("filterwarnings('default:x')", (*WITH_ASYNCIO, "-o", "asyncio_mode=auto", "-n", "2")),
        ("anyio", ("-p", "no:asyncio")),
    ],
    ids=["strict", "strict-session-loop", "auto-xdist", "anyio"],
)
def test_fixtures_work_with_each_plugin(project: Path, mark: str, options: tuple[str]) -> None:
    (project / "test_asynchronous.py").write_text(ASYNCHRONOUS.format(mark=mark))
    assert "7 passed" in run(project, *options)


def test_the_marker_and_the_fixtures_are_listed(tmp_path: Path) -> None:
    assert "@pytest.mark.assets_fleet(*fleets, tls=False)" in run(
        tmp_path, "--markers", *WITH_ASYNCIO
    )
    listed = run(tmp_path, "--fixtures", *WITH_ASYNCIO)
    assert {*re.findall(r"^(assets_\w+)", listed, re.MULTILINE)} == FIXTURES


def test_files_are_found_from_the_folder_of_the_test(project: Path) -> None:
    folder = project / "deeper"
    folder.mkdir()
    (project / "fleet.json").rename(folder / "fleet.json")
    (project / "conftest.py").unlink()
    (project / "test_blocking.py").rename(folder / "test_blocking.py")
    assert "1 passed" in run(project, "-k", "function", *WITH_ASYNCIO)


MISTAKES: Final = {
    "'missing.yaml'": "No such file or directory: '.*/missing.yaml'",
    "3": "fleet: expected the path of an inventory file, an Inventory, a Site, or an object",
    "": "marker assets_fleet: expected at least one fleet",
    "'fleet.json', ssl=True": "marker assets_fleet: unknown argument ssl; expected tls",
}
"""Arguments of the marker, and their errors."""


def test_mistakes_in_the_marker_have_clear_errors(project: Path) -> None:
    for number, marker in enumerate(MISTAKES):
        text = BLOCKING.replace('"fleet.json"', marker)
        (project / f"test_mistake_{number}.py").write_text(text)
    output = run(project, "-k", "mistake and function", *WITH_ASYNCIO, expected=1)
    for message in MISTAKES.values():
        assert re.search(message, output)


def test_pytest_starts_without_importing_grpc() -> None:
    code = """
import sys
import frequenz.client.assets.testing._plugin
heavy = {"grpc", "google.protobuf", "hypothesis", "yaml", "trustme", "frequenz.client.base"}
assert not heavy & set(sys.modules), heavy & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
