"""The programs in `examples/` run as they are, against a real server."""

import inspect
import runpy
from pathlib import Path
from typing import Any

import pytest

from frequenz.server.assets import AssetsServer

EXAMPLES = Path(__file__).parents[2] / "examples"

OUTPUT = {
    "ask_a_server.py": "CID5:Battery LiIonBattery",
    "handle_findings.py": "2 good components, and\nValidation failed: component 12",
    "inventory_files.py": "changed: microgrid 2: location.latitude: 95.0 -> 59.0",
    "power_formulas.py": "battery: COALESCE(#4, 0.0)",
    "set_retries.py": "MID1:Depot\nNo such microgrid",
}
"""Something that each program prints."""


def names_in(program: str) -> dict[str, Any]:
    return runpy.run_path(str(EXAMPLES / program))


def test_every_example_is_run() -> None:
    programs = {path.name for path in EXAMPLES.glob("*.py")}
    assert programs == OUTPUT.keys() | {"test_with_a_server.py"}


@pytest.mark.parametrize("program", OUTPUT)
async def test_an_example_prints_its_results(
    program: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with AssetsServer.from_fleet(EXAMPLES / "fleet.yaml") as server:
        monkeypatch.setenv("ASSETS_API_URL", server.url)
        running = names_in(program)["main"]()
        if inspect.isawaitable(running):
            await running
    assert OUTPUT[program] in capsys.readouterr().out


@pytest.mark.parametrize(
    "name",
    ["test_the_depot_has_a_battery", "test_a_battery_behind_each_of_two_inverters_counts"],
)
def test_the_example_of_a_test_passes(name: str) -> None:
    names_in("test_with_a_server.py")[name]()
