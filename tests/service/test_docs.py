"""Examples of the documents, run as they stand there."""

import asyncio
import doctest
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from frequenz.client.common.microgrid import MicrogridId
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from frequenz.client.assets import AssetsApiClient
from frequenz.client.assets.inventory import Inventory
from frequenz.server.assets import AssetsServer

from ..downstream.test_component_graph import demo_fleets
from .fleets import FLEET

DOCS = Path(__file__).parents[2] / "docs"


def example(document: str) -> dict[str, Any]:
    """Return the names that the examples of a document define."""
    marked = r"<!-- run by .*? -->\n```python\n(.*?)```"
    names: dict[str, Any] = {}
    for code in re.findall(marked, (DOCS / document).read_text(encoding="utf-8"), re.DOTALL):
        exec(compile(code, document, "exec"), names)
    return names


def blocks(language: str) -> list[str]:
    """Return the code of a language in the README."""
    text = (DOCS.parent / "README.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


async def test_an_empty_list_of_ids_does_not_return_the_whole_fleet() -> None:
    microgrids = example("reliability.md")["microgrids"]
    async with AssetsServer(FLEET) as server, AssetsApiClient(server.url) as client:
        assert await microgrids(client, []) == []
        assert [it.id for it in await microgrids(client, [MicrogridId(1)])] == [MicrogridId(1)]


def test_the_test_in_the_readme_passes(tmp_path: Path) -> None:
    (test,) = (code for code in blocks("python") if "def test_" in code)
    (fleet,) = blocks("yaml")
    (tmp_path / "test_fleet.py").write_text(test, encoding="utf-8")
    (tmp_path / "fleet.yaml").write_text(fleet, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_fleet.py"]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "1 passed" in ended.stdout, ended.stdout


async def test_the_example_of_tracing_makes_a_span_for_each_attempt() -> None:
    seen = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(seen))
    async with AssetsServer(Inventory()) as server:
        await example("reliability.md")["traced"](server.url, provider)
    (span,) = seen.get_finished_spans()
    assert span.name.endswith("/ListMicrogrids")
    assert span.attributes is not None
    assert span.attributes["rpc.grpc.status_code"] == 0


async def test_the_sessions_about_topologies_are_as_printed() -> None:
    names = example("topology.md")
    async with AssetsServer(demo_fleets()) as server, AssetsApiClient(server.url) as client:
        names["topology"] = await names["topology_of"](client, MicrogridId(201))
    text = (DOCS / "topology.md").read_text(encoding="utf-8")
    sessions = "\n".join(re.findall(r"```pycon\n(.*?)```", text, re.DOTALL))
    session = doctest.DocTestParser().get_doctest(sessions, names, "topology.md", None, None)
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    printed: list[str] = []

    results = await asyncio.to_thread(runner.run, session, out=printed.append)

    assert results.attempted > 20
    assert not results.failed, "".join(printed)
