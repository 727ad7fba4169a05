"""Notebooks run in a real Jupyter kernel, against a real server."""

import json
from collections import Counter
from pathlib import Path
from typing import Any, Final

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from frequenz.client.assets import inventory
from frequenz.client.assets.fleet import geojson
from frequenz.server.assets import AssetsServer
from frequenz.server.assets.demo import FLEETS

from ..pages import blocks

EXAMPLES: Final = Path(__file__).parents[2] / "examples"
NOTEBOOKS: Final = sorted(EXAMPLES.glob("*.ipynb"))


@pytest.fixture(autouse=True)
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kernels read and write no settings of the user."""
    for name in ("HOME", "IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "MPLCONFIGDIR"):
        monkeypatch.setenv(name, str(tmp_path))


async def execute(notebook: Any, url: str, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Execute a notebook for a server; return the outputs of the last cell."""
    monkeypatch.setenv("ASSETS_API_URL", url)
    await NotebookClient(notebook, kernel_name="python3", timeout=50).async_execute()
    outputs: list[Any] = notebook.cells[-1].outputs
    return outputs


async def test_the_chart_of_a_fleet_shows_its_installed_power(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fleet = inventory.read_all(FLEETS)
    notebook = nbformat.read(EXAMPLES / "fleet.ipynb", as_version=4)
    notebook.cells.append(new_code_cell("print(power.to_json())"))
    async with AssetsServer(fleet) as server:
        (printed,) = await execute(notebook, server.url, monkeypatch)

    expected: Counter[str] = Counter()
    for feature in json.loads(geojson(fleet))["features"]:
        expected.update(feature["properties"]["rated_power_w"])
    del expected["meter"]
    assert len(expected) > 4
    assert json.loads(printed.text) == pytest.approx(
        {category: watts / 1000 for category, watts in expected.items()}
    )
    (chart,) = notebook.cells[-2].outputs
    assert "image/png" in chart.data


CELLS: Final = [
    """
import asyncio, os, signal, socket, threading
from frequenz.client.assets import AssetsApiClient as Asynchronous
from frequenz.client.assets.blocking import AssetsApiClient, fetch_fleet, iter_sites
assert asyncio.get_running_loop().is_running()
client = AssetsApiClient.from_env()
microgrids = client.list_microgrids()
""",
    """
threads = []
snapshot = fetch_fleet(client, on_progress=lambda *_: threads.append(threading.current_thread()))
assert {site.id for site in iter_sites(client)} == {microgrid.id for microgrid in microgrids}
assert set(threads) == {threading.current_thread()}
""",
    """
async with Asynchronous(client.server_url) as asynchronous:
    assert await asynchronous.list_microgrids() == microgrids
    assert client.list_microgrids() == microgrids
""",
    """
silent = socket.create_server(("127.0.0.1", 0))
threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
try:
    AssetsApiClient(f"grpc://127.0.0.1:{silent.getsockname()[1]}?ssl=false").list_microgrids()
except KeyboardInterrupt:
    silent.close()
    print("interrupted", client.list_microgrids() == microgrids)
""",
]


async def test_blocking_calls_work_while_the_loop_of_the_kernel_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    notebook = new_notebook(cells=[new_code_cell(text) for text in CELLS])
    async with AssetsServer(inventory.read(FLEETS[0])) as server:
        outputs = await execute(notebook, server.url, monkeypatch)
    assert outputs[-1].text == "interrupted True\n"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_notebooks_are_stored_without_outputs(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert code
    assert all(not cell.outputs and cell.execution_count is None for cell in code)


def test_every_notebook_is_run() -> None:
    assert [path.name for path in NOTEBOOKS] == ["fleet.ipynb"]


async def test_the_page_about_notebooks_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    codes = [block.text for block in blocks("docs/guides/notebooks.md")]
    notebook = new_notebook(cells=[new_code_cell(code) for code in codes])
    async with AssetsServer(inventory.read(FLEETS[0])) as server:
        outputs = await execute(notebook, server.url, monkeypatch)
    shown = [
        {kind for output in cell.outputs for kind in output.get("data", {})}
        for cell in notebook.cells
    ]
    assert len(codes) == 4
    assert "text/html" in shown[0]
    assert "image/png" in shown[2]
    assert "image/svg+xml" in outputs[-1].data
