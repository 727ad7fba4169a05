"""The wheel, in an environment that has nothing else."""

import os
import subprocess
import sys
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONSTRAINTS = ROOT / "constraints.txt"

pytestmark = pytest.mark.timeout(300)

ASK_ONESELF = """
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


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel of the project, built as `make build` does."""
    target = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--outdir", str(target), str(ROOT)]
    run(*command)
    (built,) = target.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def empty_environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder with the commands of a new environment."""
    place = tmp_path_factory.mktemp("environment")
    venv.create(place, with_pip=True)
    return place / "bin"


def run(*command: str | Path, expected: int = 0) -> subprocess.CompletedProcess[str]:
    """Run a command away from the project, so that only what is installed is found."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, cwd="/", env=environment
    )
    assert done.returncode == expected, done.stdout + done.stderr
    return done


def install(environment: Path, what: str) -> None:
    """Install a requirement, in the versions that the project is tested with."""
    run(environment / "python", "-m", "pip", "install", "--quiet", "-c", CONSTRAINTS, what)


def test_the_wheel_holds_types_schema_and_fleets(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {
        "frequenz/client/assets/py.typed",
        "frequenz/server/assets/py.typed",
        "frequenz/server/assets/_stores/schema/001_inventory.sql",
        "frequenz/server/assets/demo/fleets/sites.yaml",
        "frequenz/server/assets/demo/fleets/cigre-mv.yaml",
    } <= names
    assert not {"frequenz/__init__.py", "frequenz/client/__init__.py"} & names


def test_the_client_is_light_and_the_extras_bring_the_rest(
    wheel: Path, empty_environment: Path
) -> None:
    python = empty_environment / "python"
    install(empty_environment, str(wheel))
    run(python, "-c", "from frequenz.client.assets import AssetsApiClient")
    for module in ("yaml", "click", "rich"):
        run(python, "-c", f"import {module}", expected=1)
    refused = run(empty_environment / "assets-server", "--version", expected=1)
    assert "frequenz-client-assets[server]" in refused.stderr
    assert "Traceback" not in refused.stderr
    refused = run(empty_environment / "assets-cli", "demo", expected=1)
    assert "frequenz-client-assets[cli]" in refused.stderr
    assert "Traceback" not in refused.stderr

    install(empty_environment, f"{wheel}[server]")
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    told = run(empty_environment / "assets-server", "--version")
    assert told.stdout.split()[-1] == version
    assert run(python, "-c", ASK_ONESELF).stdout == "MID7:Seven\n"
    shown = run(empty_environment / "assets-cli", "demo")
    assert "CIGRE MV benchmark" in shown.stdout
    run(python, "-m", "pip", "check")
