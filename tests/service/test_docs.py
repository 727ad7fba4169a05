"""The examples of README and documents, run as they stand there."""

import ast
import asyncio
import doctest
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from inspect import isawaitable
from pathlib import Path
from typing import Any, Final

import pytest
from frequenz.client.common.microgrid import MicrogridId
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from frequenz.client.assets import AssetsApiClient, inventory
from frequenz.client.assets.cli.exits import ExitCode
from frequenz.client.assets.fleet import Site
from frequenz.client.assets.inventory import Inventory
from frequenz.server.assets import AssetsServer
from frequenz.server.assets.demo import FLEETS

from ..downstream.test_component_graph import demo_fleets
from .fleets import BATTERY, FLEET, component, fleet, site

ROOT: Final = Path(__file__).parents[2]
PAGES: Final = [
    ROOT / "README.md",
    *sorted(it for it in (ROOT / "docs").rglob("*.md") if it.parent.name != "tutorials"),
]
"""All pages but the tutorials, which `test_tutorials.py` walks."""

URLS: Final = ("grpc://localhost:9090?ssl=false", "grpc://assets.staging.example.com")
"""The addresses in examples, instead of which the tests use that of their server."""


def blocks(page: Path, language: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the text of each block of code in a language."""
    text = page.read_text(encoding="utf-8")
    for match in re.finditer(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        yield text.count("\n", 0, match.start()) + 2, match[1]


def pages(language: str, contains: str) -> list[Any]:
    """Return the examples of each page that has some."""
    texts = {
        str(page.relative_to(ROOT)): [
            text for _, text in blocks(page, language) if re.search(contains, text)
        ]
        for page in PAGES
    }
    return [pytest.param(found, id=name) for name, found in texts.items() if found]


@pytest.fixture
async def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """A server with the demo's sites; their files are in the working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
    for name in [name for name in os.environ if name.startswith(("ASSETS_", "XDG_"))]:
        monkeypatch.delenv(name)
    sites = inventory.read(FLEETS[0])
    for name in ("fleet.yaml", "fleet.jsonl"):
        inventory.write(sites, tmp_path / name)
    async with AssetsServer(sites) as server:
        yield server.url


async def run(*command: str, answer: str = "") -> tuple[int | None, str]:
    """Run a command; return its exit code and its output."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await process.communicate(answer.encode())
    return process.returncode, out.decode()


def with_url(text: str, url: str) -> str:
    for shown in URLS:
        text = text.replace(shown, url)
    return text


@pytest.mark.parametrize("codes", pages("python", r"frequenz\.|client\."))
async def test_python_runs(codes: list[str], url: str, tmp_path: Path) -> None:
    """The examples of a page run one after another, with the names of those before."""
    async with AssetsApiClient(url) as client:
        names: dict[str, Any] = {"client": client, "url": url}
        for code in codes:
            if "def test_" in code:
                (tmp_path / "test_example.py").write_text(code, encoding="utf-8")
                exit_code, output = await run(
                    sys.executable, "-m", "pytest", "-q", "test_example.py"
                )
                assert exit_code == 0, output
            elif "asyncio.run(" in code:
                exit_code, output = await run(sys.executable, "-c", with_url(code, url))
                assert exit_code == 0, output
            else:
                compiled = compile(code, "example", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
                result = eval(compiled, names)
                if isawaitable(result):
                    await result
                if names["client"] is not client:
                    await names.pop("client").disconnect()
                    names["client"] = client


EXPECTED_CODES: Final = {"assets-cli check": ExitCode.FINDINGS, "assets-server diff": 1}
"""Commands that end with another exit code than 0 for the demo's sites."""


@pytest.mark.parametrize("texts", pages("sh", "assets-cli"))
async def test_commands_run(texts: list[str], url: str) -> None:
    for profile in ([], ["--profile", "staging"]):
        await run("assets-cli", *profile, "config", "set", "url", url)
    exported = ""
    for line in with_url("".join(texts), url).splitlines():
        if line.startswith("export "):
            exported = f"{line}; "
            continue
        if shutil.which("jq") is None:
            line, _, _ = line.partition("| jq")  # noqa: PLW2901 - jq is not ours
        exit_code, output = await run("bash", "-c", exported + line, answer="a-key\n")
        command = " ".join(line.split()[:2])
        assert exit_code == EXPECTED_CODES.get(command, 0), f"{line}\n{output}"


async def test_the_commands_about_history_run(url: str) -> None:
    texts = [text for _, text in blocks(ROOT / "docs" / "history.md", "sh")]
    outputs = []
    for line in "".join(texts).splitlines():
        exit_code, output = await run("bash", "-c", line)
        command = " ".join(line.split()[:2])
        assert exit_code == EXPECTED_CODES.get(command, 0), f"{line}\n{output}"
        outputs.append(output)
    assert "Sold" in outputs[3]
    assert outputs[5] == "removed: microgrid 203\n"
    assert outputs[6].startswith("Revision 3: ")


def example(document: str) -> dict[str, Any]:
    """Return the names that the marked examples of a document define."""
    marked = r"<!-- run by .*? -->\n```python\n(.*?)```"
    names: dict[str, Any] = {}
    text = (ROOT / "docs" / document).read_text(encoding="utf-8")
    for code in re.findall(marked, text, re.DOTALL):
        exec(compile(code, document, "exec"), names)
    return names


async def test_an_empty_list_of_ids_does_not_return_the_whole_fleet() -> None:
    microgrids = example("reliability.md")["microgrids"]
    async with AssetsServer(FLEET) as server, AssetsApiClient(server.url) as client:
        assert await microgrids(client, []) == []
        assert [it.id for it in await microgrids(client, [MicrogridId(1)])] == [MicrogridId(1)]


async def test_the_examples_of_blocking_calls_run_beside_a_loop() -> None:
    names = example("blocking.md")
    async with AssetsServer(FLEET) as server, AssetsApiClient(server.url) as client:
        microgrids = await client.list_microgrids()
        counts = await asyncio.to_thread(names["component_counts"], server.url)
        totals = await asyncio.to_thread(names["fetch_and_stream"], server.url)
        *known, last = counts
        new = await asyncio.to_thread(names["wait_for_new_site"], server.url, {*known})
    assert counts.keys() == {int(microgrid.id) for microgrid in microgrids}
    assert totals == (len(counts), sum(counts.values()))
    assert new == last


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


async def test_the_examples_of_tables_fetch_and_export(tmp_path: Path) -> None:
    examples = example("tables.md")
    served = fleet(site(1, [component(1)]), site(2, [component(2, BATTERY), component(3)]))
    async with AssetsServer(served) as server, AssetsApiClient(server.url) as client:
        counts = await examples["components_by_category"](client)
        assert (sum(counts.values()), counts["battery"]) == (3, 1)
        assert await examples["export"](client, tmp_path / "fleet") == 3


async def test_the_examples_of_fleets_fetch_stream_and_watch(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    examples, stored = example("fleets.md"), tmp_path / "cursor"
    served = fleet(site(1, [component(1)]), site(2, [component(2, BATTERY), component(3)]))
    async with AssetsServer(served) as server, AssetsApiClient(server.url) as client:
        assert len(await examples["batteries"](client, 2)) == 1
        assert "Site 2" in await examples["largest"](client)
        assert await examples["count_components"](client) == 3
        capsys.readouterr()
        for _ in range(2):  # the second one goes on from the cursor
            with suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await examples["follow"](client, stored)
    assert [line.split(":")[-1] for line in capsys.readouterr().out.splitlines()] == [
        "Site 1 anew",
        "Site 2 anew",
    ]


def test_the_history_of_a_site_has_each_change() -> None:
    (depot,) = (it for it in demo_fleets().sites if it.microgrid.id == 201)
    history = example("topology.md")["history"](Site.of(depot))
    lives = [it.operational_lifetime for it in Site.of(depot).components]
    assert [number for _, number in history] == [
        sum(life.is_operational_at(moment) for life in lives) for moment, _ in history
    ]
    assert len(history) == len({*history}) == 5


async def test_the_sessions_about_topologies_are_as_printed() -> None:
    names = example("topology.md")
    async with AssetsServer(demo_fleets()) as server, AssetsApiClient(server.url) as client:
        names["topology"] = await names["topology_of"](client, MicrogridId(201))
        names["cigre"] = await names["topology_of"](client, MicrogridId(100))
    text = (ROOT / "docs" / "topology.md").read_text(encoding="utf-8")
    sessions = "\n".join(re.findall(r"```pycon\n(.*?)```", text, re.DOTALL))
    session = doctest.DocTestParser().get_doctest(sessions, names, "topology.md", None, None)
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    printed: list[str] = []

    results = await asyncio.to_thread(runner.run, session, out=printed.append)

    assert results.attempted > 20
    assert not results.failed, "".join(printed)
