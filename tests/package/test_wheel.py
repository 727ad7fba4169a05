"""The wheel, in an environment that has nothing but what the wheel requires."""

import os
import subprocess
import sys
import tomllib
import venv
import zipfile
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import Final

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")

pytestmark = pytest.mark.timeout(300)

SERVE_AND_ASK = """
import asyncio
from frequenz.client.assets import AssetsApiClient
from frequenz.client.assets.inventory import parse_text
from frequenz.client.common.microgrid import MicrogridId
from frequenz.server.assets import AssetsServer

async def main():
    fleet = parse_text("{version: 1, microgrids: [{id: 7, name: Seven}]}", name="text")
    async with AssetsServer(fleet) as server, AssetsApiClient(server.url) as client:
        print(await client.get_microgrid(MicrogridId(7)))

asyncio.run(main())
"""


TESTS: Final = """
import pytest
from frequenz.client.common.microgrid import MicrogridId
from grpc import StatusCode
from frequenz.client.assets.testing import call

pytestmark = pytest.mark.assets_fleet("fleet.yaml")

def test_an_outage(assets_server, assets_blocking_client):
    assets_server.faults.fail("GetMicrogrid", StatusCode.UNAVAILABLE, times=1)
    assert assets_blocking_client.get_microgrid(MicrogridId(7)).name == "Seven"
    assert assets_server.calls == [
        call("GetMicrogrid", microgrid_id=7, status=StatusCode.UNAVAILABLE),
        call("GetMicrogrid", microgrid_id=7),
    ]
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the project, built as `make build` does."""
    target = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--wheel", "--outdir", target, ROOT)
    (built,) = target.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment with the wheel alone."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder)
    python = folder / "bin" / "python"
    run(*PIP, "--python", python, "install", "--quiet", "--no-deps", "--no-index", wheel)
    return folder


def run(*command: str | Path, expected: int = 0) -> subprocess.CompletedProcess[str]:
    """Run a command outside the project, so that it finds only what is installed."""
    variables = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, cwd="/", env=variables
    )
    assert done.returncode == expected, done.stdout + done.stderr
    return done


def add_required(environment: Path, *extras: str) -> None:
    """Link what the wheel requires, with extras, from the environment of the tests.

    That takes no network and a tenth of the time of an installation.
    """
    (site_packages,) = environment.glob("lib/python*/site-packages")
    (metadata,) = site_packages.glob("frequenz_client_assets-*.dist-info")
    for required in _required(Distribution.at(metadata), {"", *extras}, {}).values():
        for file in required.files or ():
            link = site_packages / file
            if ".." not in file.parts and not link.exists():
                link.parent.mkdir(parents=True, exist_ok=True)
                link.symlink_to(Path(str(required.locate_file(file))))


def _required(
    of: Distribution, extras: set[str], found: dict[str, Distribution]
) -> dict[str, Distribution]:
    """Add what a distribution requires to what was found, all the way down."""
    for requirement in map(Requirement, of.requires or ()):
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in extras):
            name = requirement.name.lower()
            if name not in found:
                found[name] = distribution(name)
                _required(found[name], {"", *requirement.extras}, found)
    return found


def test_the_wheel_contains_types_schema_and_fleets(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {
        "frequenz/client/assets/blocking.pyi",
        "frequenz/client/assets/py.typed",
        "frequenz/server/assets/py.typed",
        "frequenz/server/assets/_stores/schema/sqlite/001_inventory.sql",
        "frequenz/server/assets/demo/fleets/sites.yaml",
        "frequenz/server/assets/demo/fleets/cigre-mv.yaml",
    } <= names
    assert not {"frequenz/__init__.py", "frequenz/client/__init__.py"} & names


def test_the_client_needs_little_and_the_extras_add_the_rest(environment: Path) -> None:
    python, commands = environment / "bin" / "python", environment / "bin"
    add_required(environment)
    run(python, "-c", "from frequenz.client.assets import AssetsApiClient")
    missing = "import importlib.util as i; print([*map(i.find_spec, ('yaml', 'click', 'rich'))])"
    assert run(python, "-c", missing).stdout == "[None, None, None]\n"
    for extra, *command in (
        ("server", "assets-server", "--version"),
        ("cli", "assets-cli", "demo"),
    ):
        refused = run(commands / command[0], *command[1:], expected=1)
        assert f"frequenz-client-assets[{extra}]" in refused.stderr
        assert "Traceback" not in refused.stderr

    add_required(environment, "server")
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert run(commands / "assets-server", "--version").stdout.split()[-1] == version
    assert run(python, "-c", SERVE_AND_ASK).stdout == "MID7:Seven\n"
    assert "CIGRE MV benchmark" in run(commands / "assets-cli", "demo").stdout
    run(*PIP, "--python", python, "check")


def test_the_extra_testing_is_all_that_tests_of_an_application_need(
    wheel: Path, tmp_path: Path
) -> None:
    python = tmp_path / "environment" / "bin" / "python"
    venv.create(tmp_path / "environment")
    run(*PIP, "--python", python, "install", "--quiet", "--no-deps", "--no-index", wheel)
    add_required(tmp_path / "environment", "testing")
    project = tmp_path / "project"
    project.mkdir()
    (project / "fleet.yaml").write_text("{version: 1, microgrids: [{id: 7, name: Seven}]}")
    (project / "test_application.py").write_text(TESTS)
    (project / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers -W error\n")
    done = run(python, "-m", "pytest", "-q", project, "-p", "no:cacheprovider")
    assert "1 passed" in done.stdout
    strategies = "from frequenz.client.assets.testing import strategies"
    assert "pip install hypothesis" in run(python, "-c", strategies, expected=1).stderr
