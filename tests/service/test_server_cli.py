"""The command `assets-server`, as a separate process.

Starting one takes half a second, so most refusals are tested in this process, where an unhandled
exception fails the test.
"""

import asyncio
import os
import re
import signal
import socket
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner, Result
from frequenz.client.common.microgrid import MicrogridId

from frequenz.client.assets import AssetsApiClient, CallPolicy, Microgrid, inventory
from frequenz.server.assets import ServerSettings
from frequenz.server.assets.cli import main

from .fleets import FLEET
from .raw import until_accepted
from .servers import slow

COMMAND = Path(sys.executable).parent / "assets-server"
TIME_TO_START = 30
"""How long a process may take to print its URL, or to exit, in s; machines may be slow."""

SITE = MicrogridId(1)

FAULTY = """\
version: 1
microgrids:
  - id: 1
    name: Depot
    components:
      - {id: 1, category: meter}
      - {id: 1, category: meter}
    connections:
      - [1, 404]
"""

UNREADABLE = """\
version: 1
microgrids:
  - id: one
    nam: Depot
    components:
      - {id: 1, category: metre}
      - {category: meter}
    connections:
      - [1]
"""


class ProcessResult(NamedTuple):
    """The exit code and the output of a process."""

    code: int | None
    out: str
    err: str


async def start(*arguments: str | Path, **environment: str) -> Process:
    return await asyncio.create_subprocess_exec(
        COMMAND, *arguments, stdout=PIPE, stderr=PIPE, env=os.environ | environment
    )


async def wait(process: Process) -> ProcessResult:
    """Wait until a process exits; kill it if it does not."""
    try:
        async with asyncio.timeout(TIME_TO_START):
            out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return ProcessResult(process.returncode, out.decode(), err.decode())


def until_ended(process: Process) -> None:
    """Wait until a process ends; `wait()` would wait for its output to be read, too."""
    end = time.monotonic() + TIME_TO_START
    while process.returncode is None:
        assert time.monotonic() < end
        time.sleep(0.05)


async def run(*arguments: str | Path, **environment: str) -> ProcessResult:
    return await wait(await start(*arguments, **environment))


def invoke(*arguments: str, **environment: str) -> Result:
    """Run the command in this process, for arguments that it refuses.

    If it does not refuse them, it fails at a port in use, unless another port is given.
    """
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        in_use = {"ASSETS_SERVER_SERVE_PORT": str(other.getsockname()[1])}
        runner = CliRunner(env=in_use | environment, catch_exceptions=False)
        return runner.invoke(main, arguments)


short_timeout = pytest.mark.timeout(20)
"""For tests that `invoke` the command: if it serves after all, nothing else stops it."""


@asynccontextmanager
async def serving(*arguments: str | Path, **environment: str) -> AsyncIterator[tuple[Process, str]]:
    """Run `assets-server serve`; yield the process and the URL that it prints."""
    process = await start("serve", *arguments, **environment)
    try:
        assert process.stdout
        async with asyncio.timeout(TIME_TO_START):
            url = (await process.stdout.readline()).decode().rstrip("\n")
        assert url, await wait(process)
        yield process, url
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def ask(url: str) -> Microgrid:
    async with AssetsApiClient(url) as client:
        return await client.get_microgrid(SITE)


@pytest.fixture
def fleet_file(tmp_path: Path) -> Path:
    inventory.write(FLEET, tmp_path / "fleet.yaml")
    return tmp_path / "fleet.yaml"


@pytest.fixture
def faulty_file(tmp_path: Path) -> Path:
    (tmp_path / "faulty.yaml").write_text(FAULTY)
    return tmp_path / "faulty.yaml"


# Serving ------------------------------------------------------------------------------------------


async def test_the_first_line_is_the_url_of_a_server_that_answers(
    fleet_file: Path,
) -> None:
    async with serving(fleet_file, "--port", "0") as (_, url):
        assert url.startswith("grpc://127.0.0.1:")
        assert url.endswith("?ssl=false")
        assert (await ask(url)).name == "Site 1"


async def test_several_fleets_are_served_together(fleet_file: Path, tmp_path: Path) -> None:
    one, others = tmp_path / "one.json", tmp_path / "others.yml"
    inventory.write(inventory.Inventory(FLEET.sites[:1]), one)
    inventory.write(inventory.Inventory(FLEET.sites[1:]), others)

    async with serving(one, others, "--port=0") as (_, url), AssetsApiClient(url) as client:
        for site in FLEET.sites:
            await client.get_microgrid(MicrogridId(site.microgrid.id))


async def test_findings_go_to_standard_error_and_the_fleet_is_served(faulty_file: Path) -> None:
    async with serving(faulty_file, "--port=0") as (process, url):
        assert (await ask(url)).name == "Depot"
        process.terminate()
        result = await wait(process)

    prefix = re.compile(rf"{re.escape(str(faulty_file))}:\d+:\d+: (?=major|minor)")
    lines = [prefix.sub("", line) for line in result.err.splitlines()]
    assert "major: microgrid 1: status: unspecified" in lines
    double = "id: duplicate ID 1: an earlier component in the list has it"
    assert f"major: microgrid 1: component 1 (item 2): {double}" in lines
    assert (
        "major: microgrid 1: connection 1 -> 404: destination:"
        " there is no component 404 in the microgrid"
    ) in lines
    first_major = next(line for line in result.err.splitlines() if "status: unspecified" in line)
    assert first_major.startswith(f"{faulty_file}:3:5: major: ")
    assert result.out == ""  # apart from the URL, which is already read


@pytest.mark.parametrize("source", ["option", "environment"])
async def test_strict_refuses_major_findings_and_prints_them(
    faulty_file: Path, source: str
) -> None:
    if source == "option":
        result = await run("serve", faulty_file, "--port=0", "--strict")
    else:
        result = await run("serve", faulty_file, "--port=0", ASSETS_SERVER_SERVE_STRICT="1")

    assert (result.code, result.out) == (1, "")
    assert "id: duplicate ID 1: an earlier component" in result.err
    assert result.err.endswith("Error: refused because of major findings (--strict)\n")


async def test_strict_accepts_minor_findings(tmp_path: Path) -> None:
    (tmp_path / "fleet.yaml").write_text("version: 1\nmicrogrids: [{id: 1, status: active}]\n")

    async with serving(tmp_path / "fleet.yaml", "--port=0", "--strict") as (process, url):
        assert (await ask(url)).id == SITE
        process.terminate()
        result = await wait(process)

    assert result.code == 0
    assert "minor: microgrid 1: location: missing" in result.err


async def test_a_database_keeps_the_fleet_for_the_next_start(
    fleet_file: Path, tmp_path: Path
) -> None:
    file = tmp_path / "fleet.db"
    async with serving(fleet_file, "--database", file, "--port=0"):
        pass
    async with serving("--database", file, "--port=0") as (_, url):
        assert (await ask(url)).name == "Site 1"


async def test_options_can_come_from_the_environment(fleet_file: Path, tmp_path: Path) -> None:
    async with serving(
        fleet_file,
        ASSETS_SERVER_SERVE_PORT="0",
        ASSETS_SERVER_SERVE_HOST="localhost",
        ASSETS_SERVER_SERVE_DATABASE=str(tmp_path / "fleet.db"),
    ) as (_, url):
        assert url.startswith("grpc://localhost:")
        assert (await ask(url)).name == "Site 1"

    assert (tmp_path / "fleet.db").exists()


async def test_an_option_on_the_command_line_wins_over_the_environment(fleet_file: Path) -> None:
    environment = {"ASSETS_SERVER_SERVE_PORT": "99999", "ASSETS_SERVER_SERVE_HOST": "0.0.0.0"}
    async with serving(fleet_file, "--port=0", "--host=127.0.0.1", **environment) as (_, url):
        assert (await ask(url)).id == SITE


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("HOST", "0.0.0.0", "is not a loopback address"),
        ("PORT", "65536", "is not in the range"),
        ("SSL_PRIVATE_KEY", "missing.pem", "'missing.pem' does not exist"),
        ("GRACE", "-1", "is not in the range"),
    ],
)
@short_timeout
def test_every_option_has_an_environment_variable(
    faulty_file: Path, variable: str, value: str, message: str
) -> None:
    environment = {f"ASSETS_SERVER_SERVE_{variable}": value}

    assert message in invoke("serve", str(faulty_file), **environment).output


# Stopping -----------------------------------------------------------------------------------------

each_signal = pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])


@each_signal
async def test_a_signal_stops_the_server_without_an_error(
    fleet_file: Path, number: signal.Signals
) -> None:
    async with serving(fleet_file, "--port=0") as (process, url), AssetsApiClient(url) as client:
        await client.get_microgrid(SITE)
        process.send_signal(number)
        result = await wait(process)

    assert result.code == 0
    assert "Traceback" not in result.err


@each_signal
async def test_a_signal_lets_a_call_in_flight_finish(
    fleet_file: Path, tmp_path: Path, number: signal.Signals
) -> None:
    file = tmp_path / "fleet.db"
    async with (
        serving(fleet_file, "--port=0", "--database", file) as (process, url),
        AssetsApiClient(url) as client,
    ):
        with slow(file):
            call = asyncio.create_task(client.get_microgrid(SITE))
            await asyncio.sleep(0)
            await until_accepted(client.channel)
            process.send_signal(number)
            await asyncio.sleep(0.3)
            assert process.returncode is None
            assert not call.done()

        assert (await call).name == "Site 1"
        result = await wait(process)

    assert result.code == 0
    assert "Traceback" not in result.err


async def test_a_call_in_flight_is_cancelled_after_the_grace(
    fleet_file: Path, tmp_path: Path
) -> None:
    file = tmp_path / "fleet.db"
    async with (
        serving(fleet_file, "--port=0", "--database", file, "--grace=0.1") as (process, url),
        AssetsApiClient(url, policy=CallPolicy(max_attempts=1)) as client,
    ):
        with slow(file):
            call = asyncio.create_task(client.get_microgrid(SITE))
            await asyncio.sleep(0)
            await until_accepted(client.channel)
            process.terminate()
            await asyncio.wait([call])
            assert call.exception()

        result = await wait(process)

    assert result.code == 0
    assert "Traceback" not in result.err


async def test_sighup_ends_an_import(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.jsonl"
    os.mkfifo(pipe)
    process = await start("import", pipe, "--database", tmp_path / "fleet.db")
    with await asyncio.to_thread(pipe.open, "w"):  # waits until the command reads
        process.send_signal(signal.SIGHUP)
        async with asyncio.timeout(10):
            while process.returncode is None:  # noqa: ASYNC110 - what reads the pipe stays
                await asyncio.sleep(0.02)
    assert (await wait(process)).code == -signal.SIGHUP


# Refusals -----------------------------------------------------------------------------------------


async def test_every_problem_of_a_fleet_file_is_printed_with_its_position(tmp_path: Path) -> None:
    file = tmp_path / "fleet.yaml"
    file.write_text(UNREADABLE)

    result = await run("serve", file, "--port=0")

    assert (result.code, result.out) == (1, "")
    lines = result.err.removeprefix("Error: ").splitlines()
    assert [line.removeprefix(f"{file}:").split(": ")[:2] for line in lines] == [
        ["3:9", "microgrids[0].id"],
        ["4:5", "microgrids[0].nam"],
        ["6:27", "microgrids[0].components[0].category"],
        ["7:9", "microgrids[0].components[1]"],
        ["9:9", "microgrids[0].connections[0]"],
    ]
    assert all(line.startswith(f"{file}:") for line in lines)


async def test_a_port_in_use_is_refused_with_its_address(fleet_file: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        result = await run("serve", fleet_file, f"--port={port}")

    assert result.code == 1
    assert f"cannot listen on 127.0.0.1:{port}: Address already in use" in result.err
    assert "Traceback" not in result.err


INVALID = {
    "no command": (["sevre"], 2, "No such command 'sevre'"),
    "no fleet": (["serve"], 2, "nothing to serve; give FLEET, or a --database"),
    "a missing fleet": (["serve", "missing.yaml"], 2, "'missing.yaml' does not exist"),
    "a folder": (["serve", "."], 2, "is a directory"),
    "another kind of file": (["serve", "text.txt", "--port=0"], 1, "ends in .yaml, .yml, .json"),
    "invalid YAML": (["serve", "text.yaml", "--port=0"], 1, "text.yaml:1:1: "),
    "a port that is not a number": (
        ["serve", "fleet.yaml", "--port=x"],
        2,
        "'x' is not a valid integer",
    ),
    "a port too high": (["serve", "fleet.yaml", "--port=65536"], 2, "65536 is not in the range"),
    "a grace below 0": (["serve", "fleet.yaml", "--grace=-1"], 2, "-1.0 is not in the range"),
    "every address": (["serve", "fleet.yaml", "--host=0.0.0.0"], 2, "is not a loopback address"),
    "a certificate without key": (
        ["serve", "fleet.yaml", "--ssl-certificate-chain=text.txt"],
        2,
        "expected both or neither, got one",
    ),
    "a key without certificate": (
        ["serve", "fleet.yaml", "--ssl-private-key=text.txt"],
        2,
        "expected both or neither, got one",
    ),
    "a file that is not a database": (
        ["serve", "--port=0", "--database=text.txt"],
        1,
        "text.txt: the file is damaged, or not a database: file is not a database",
    ),
    "a missing database without a fleet": (
        ["serve", "--port=0", "--database=typo.db"],
        1,
        "Error: typo.db: no such file",
    ),
    "an empty database without a fleet": (
        ["serve", "--port=0", "--database=empty.db"],
        1,
        "Error: empty.db: empty, without an inventory; give a fleet to store in it",
    ),
    "a database in a missing folder": (
        ["serve", "--port=0", "--database=missing/fleet.db"],
        1,
        "missing",
    ),
    "invalid TLS files": (
        [
            "serve",
            "fleet.yaml",
            "--port=0",
            "--ssl-certificate-chain=text.txt",
            "--ssl-private-key=text.txt",
        ],
        1,
        "text.txt",
    ),
}


@pytest.mark.parametrize(("arguments", "code", "message"), INVALID.values(), ids=INVALID)
@short_timeout
def test_invalid_arguments_are_refused_with_a_message(
    fleet_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    code: int,
    message: str,
) -> None:
    monkeypatch.chdir(fleet_file.parent)
    Path("text.txt").write_text("text: [")
    Path("text.yaml").write_text("]")
    Path("empty.db").touch()

    result = invoke(*arguments)

    assert message in " ".join(result.stderr.split())
    assert (result.exit_code, result.stdout) == (code, "")


# Help and version ---------------------------------------------------------------------------------


async def test_the_version_is_that_of_the_package() -> None:
    result = await run("--version")

    assert result == (0, f"assets-server, version {version('frequenz-client-assets')}\n", "")


@pytest.mark.parametrize("group", [[], ["keys"]], ids=["assets-server", "keys"])
def test_the_help_says_what_each_command_does_in_a_whole_sentence(group: list[str]) -> None:
    _, _, commands = invoke(*group, "--help").stdout.partition("Commands:\n")

    lines = commands.splitlines()
    assert len(lines) > 5
    assert all(line.endswith(".") and not line.endswith("...") for line in lines), commands


def test_the_help_lists_every_option_with_its_default() -> None:
    result = invoke("serve", "--help")

    lines = " ".join(result.stdout.split())
    assert (result.exit_code, result.stderr) == (0, "")
    for option in main.commands["serve"].params:
        is_shown = option.name not in ("fleets", "insecure")  # the latter is deprecated
        assert (option.opts[0] in lines) is is_shown or option.name == "fleets"
    defaults = ServerSettings()
    assert f"[default: {defaults.host}]" in lines
    assert f"[default: {defaults.grace_seconds};" in lines
    assert "[default: 9090;" in lines
