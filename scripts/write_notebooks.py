"""Execute the notebooks of `examples`, and write each with its outputs as a page.

    python -m scripts.write_notebooks docs/notebooks

They call a server with the fleets of the demo. A test compares the pages with what the notebooks
show: run this when a notebook, or what notebooks show, has changed.
"""

import asyncio
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import nbformat
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell

from frequenz.client.assets import inventory
from frequenz.server.assets import AssetsServer
from frequenz.server.assets.demo import FLEETS

from .writing import write_files

NOTEBOOKS: Final = sorted((Path(__file__).parents[1] / "examples").glob("*.ipynb"))

_SET_UP: Final = """\
import matplotlib
from matplotlib_inline.backend_inline import set_matplotlib_formats

matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "the same in every run"})
set_matplotlib_formats("svg", metadata={"Date": None, "Creator": None}, bbox_inches="tight")
"""
"""Charts are SVG, and the same in every run."""

_NOTE: Final = """

`examples/{name}` of the clone, executed for the fleets of the demo (`make notebooks`).
[Work in a notebook](../guides/notebooks.md) explains its steps.
"""

_NOW: Final = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}\+00:00")
"""A time when the notebook was executed: those in the fleets are whole seconds."""


def pages() -> dict[str, str]:
    """Return the texts of the pages and pictures by file name."""
    return {name: text for path in NOTEBOOKS for name, text in _files(path)}


def _files(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of the page of a notebook, and of its pictures."""
    parts: list[str] = []
    for cell in asyncio.run(execute(path)).cells:
        if cell.cell_type == "markdown":
            parts.append(cell.source)
            continue
        parts.append(f"```python\n{cell.source}\n```")
        for output in cell.outputs:
            data = output.get("data", {})
            if "image/svg+xml" in data:
                name = f"{path.stem}-{len(parts)}.svg"
                picture = data["image/svg+xml"]
                yield name, f"{picture[picture.index('<svg') :].strip()}\n"
                parts.append(f"![The chart of the cell above]({name})")
            elif "text/html" in data:
                parts.append(_NOW.sub("2026-11-29 12:00:00+00:00", data["text/html"]))
            else:
                text = output.text if output.output_type == "stream" else data["text/plain"]
                parts.append(f"```text\n{text.rstrip()}\n```")
    title, _, rest = "\n\n".join(parts).partition("\n")
    yield f"{path.stem}.md", f"{title}{_NOTE.format(name=path.name)}{rest}\n"


async def execute(path: Path) -> Any:
    """Return a notebook with its outputs."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.insert(0, new_code_cell(_SET_UP))
    with tempfile.TemporaryDirectory() as folder:
        for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "MPLCONFIGDIR"):
            os.environ[name] = folder
        async with AssetsServer(inventory.read_all(FLEETS)) as server:
            os.environ["ASSETS_API_URL"] = server.url
            await NotebookClient(notebook, kernel_name="python3", timeout=120).async_execute()
    del notebook.cells[0]
    return notebook


if __name__ == "__main__":
    write_files(__doc__, pages)
