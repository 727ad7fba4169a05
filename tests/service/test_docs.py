"""The examples of README and documents, run as they stand there."""

import ast
import asyncio
import doctest
import os
import re
import shutil
import sys
import tomllib
from collections.abc import AsyncIterator
from contextlib import suppress
from inspect import isawaitable
from pathlib import Path
from typing import Any, Final

import pytest
import trustme
from frequenz.client.common.microgrid import MicrogridId
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from frequenz.client.assets import AssetsApiClient, building, inventory
from frequenz.client.assets.cli.exits import ExitCode
from frequenz.client.assets.fleet import Site
from frequenz.client.assets.inventory import Inventory
from frequenz.server.assets import AssetsServer
from frequenz.server.assets.demo import FLEETS

from ..downstream.test_component_graph import demo_fleets
from ..pages import ROOT, blocks, run_by
from ..unit.networks.test_pandapower import network_file
from .fleets import BATTERY, FLEET, component, fleet, site

HERE: Final = "tests/service/test_docs.py"

URLS: Final = ("grpc://localhost:9090?ssl=false", "grpc://assets.staging.example.com")
"""The addresses in examples, instead of which the tests use that of their server."""


def pages(test: str) -> list[Any]:
    """Return the examples that a test of this file runs, page by page."""
    return [
        pytest.param([block.text for block in found], id=page)
        for page, found in run_by(f"{HERE}::{test}").items()
    ]


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
    network_file(tmp_path)
    write_certificate(tmp_path)
    (tmp_path / "src").symlink_to(ROOT / "src")
    (tmp_path / ".venv").symlink_to(Path(sys.prefix))
    async with AssetsServer(sites) as server:
        yield server.url


def write_certificate(folder: Path) -> None:
    """Write the certificate of a server and its key."""
    certificate = trustme.CA().issue_cert("localhost", "127.0.0.1")
    certificate.cert_chain_pems[0].write_to_path(folder / "chain.pem")
    certificate.private_key_pem.write_to_path(folder / "key.pem")


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


@pytest.mark.parametrize("codes", pages("test_python_runs"))
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


async def run_lines(text: str, url: str) -> list[str]:
    """Run the lines of a shell session; return what each prints."""
    exported, outputs = "", []
    for line in with_url(text, url).replace("\\\n", "").splitlines():
        if line.startswith(("export ", "source ")):
            exported += f"{line}; "
        elif line.startswith("make "):
            assert set(re.findall(r"make ([\w-]+)", line)) <= targets(), line
        elif line.startswith("pip install "):
            assert set(re.findall(r"[\w-]+(?=[],])", line)) <= extras(), line
        elif "assets-server serve " in line:
            await serve(exported + line)
        else:
            outputs.append(await run_line(line, exported))
    return outputs


def targets() -> set[str]:
    """Return what `make` can do."""
    return {*re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)}


def extras() -> set[str]:
    """Return the extras of the package."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return set(project["optional-dependencies"])


async def serve(line: str) -> None:
    """Start a server on a free port of this machine; it must print its URL."""
    line = re.sub(r" --port \d+|  +#.*", "", line).replace("0.0.0.0", "127.0.0.1")
    process = await asyncio.create_subprocess_exec(
        *("bash", "-c", f"exec {line} --port 0"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    shown = await process.stdout.readline()
    process.terminate()
    _, errors = await process.communicate()
    assert shown.startswith(b"grpc://"), f"{line}\n{errors.decode()}"


async def run_line(line: str, exported: str) -> str:
    """Run a line of a shell session; return what it prints."""
    if shutil.which("jq") is None:
        line, _, _ = line.partition("| jq")  # jq is not ours
    exit_code, output = await run("bash", "-c", exported + line, answer="a-key\n")
    command = " ".join(line.split()[:2])
    assert exit_code == EXPECTED_CODES.get(command, 0), f"{line}\n{output}"
    return output


@pytest.mark.parametrize("texts", pages("test_commands_run"))
async def test_commands_run(texts: list[str], url: str) -> None:
    for profile in ([], ["--profile", "staging"]):
        await run("assets-cli", *profile, "config", "set", "url", url)
    await run_lines("".join(texts), url)


@pytest.mark.parametrize("texts", pages("test_the_commands_about_history_run"))
async def test_the_commands_about_history_run(texts: list[str], url: str) -> None:
    outputs = await run_lines("".join(texts), url)
    assert "Sold" in outputs[3]
    assert outputs[5] == "removed: microgrid 203\n"
    assert outputs[6].startswith("Revision 3: ")


def example(document: str, file: str = HERE) -> dict[str, Any]:
    """Return the names that the examples of a document define which a test file runs."""
    names: dict[str, Any] = {}
    for block in blocks(f"docs/{document}"):
        if block.runner == file:
            exec(compile(block.text, document, "exec"), names)
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


@pytest.mark.parametrize("texts", pages("test_a_session_is_as_printed"))
async def test_a_session_is_as_printed(texts: list[str]) -> None:
    names = example("topology.md")
    names |= {name: getattr(building, name) for name in building.__all__}
    async with AssetsServer(demo_fleets()) as server, AssetsApiClient(server.url) as client:
        names["topology"] = await names["topology_of"](client, MicrogridId(201))
        names["cigre"] = await names["topology_of"](client, MicrogridId(100))
    parser = doctest.DocTestParser()
    session = parser.get_doctest("\n".join(texts), names, "session", None, None)
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    printed: list[str] = []

    results = await asyncio.to_thread(runner.run, session, out=printed.append)

    assert results.attempted
    assert not results.failed, "".join(printed)
