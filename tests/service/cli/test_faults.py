"""Faults around the command: networks, servers, pipes, disks, and Ctrl-C."""

import asyncio
import os
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from time import monotonic
from typing import Final

import grpc
import pytest

from frequenz.client.assets.cli.asking import connection
from frequenz.client.assets.cli.exits import ExitCode
from frequenz.server.assets import AssetsServer

from ..canned import Status, answering
from .running import COMMAND, ENVIRONMENT, FOLDER, NOWHERE, Ended, invoke, run, start
from .terminal import see

DEMO: Final = Path(__file__).parents[3] / "src/frequenz/server/assets/demo/fleets/sites.yaml"


def assert_one_message(ended: Ended, code: ExitCode, *words: str) -> None:
    """Check for no output, one line on standard error, and the exit code."""
    assert (ended.code, ended.out) == (code, b""), ended.err
    assert ended.err.startswith("assets-cli: ")
    assert ended.err.endswith("\n")
    assert ended.err.count("\n") == 1, ended.err
    for word in words:
        assert word in ended.err


# Servers ------------------------------------------------------------------------------------------


async def test_a_server_that_does_not_run_is_reported() -> None:
    start_time = monotonic()
    ended = await run("gridpools", "--timeout=0.5", "--url", NOWHERE)

    assert_one_message(
        ended, ExitCode.UNAVAILABLE, "Connection refused", NOWHERE, "server is running"
    )
    assert monotonic() - start_time < 5


@contextmanager
def silent() -> Iterator[str]:
    """The URL of a server that accepts connections and never answers."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        yield _url(listening)


def _url(listening: socket.socket) -> str:
    return f"grpc://127.0.0.1:{listening.getsockname()[1]}?ssl=false"


def test_a_connection_is_waited_for_for_a_limited_time(monkeypatch: pytest.MonkeyPatch) -> None:
    assert connection._CONNECT_SECONDS == 5
    monkeypatch.setattr(connection, "_CONNECT_SECONDS", 0.5)
    with silent() as url:
        start_time = monotonic()
        ended = invoke("gridpools", "--url", url)
        duration = monotonic() - start_time

    assert (ended.exit_code, ended.stdout) == (ExitCode.UNAVAILABLE, "")
    assert url in ended.stderr
    assert 0.5 <= duration < 5


@asynccontextmanager
async def frozen() -> AsyncIterator[str]:
    """The URL of a server whose process is stopped."""
    server = await asyncio.create_subprocess_exec(
        *(FOLDER / "assets-server", "serve", "--port=0", DEMO),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert server.stdout
    try:
        url = (await server.stdout.readline()).decode().strip()
        server.send_signal(signal.SIGSTOP)
        yield url
    finally:
        server.kill()
        await server.communicate()


async def test_a_frozen_server_is_reported() -> None:
    async with frozen() as url:
        ended = await run("microgrids", "--url", url, "--timeout=1")

    assert_one_message(ended, ExitCode.UNAVAILABLE, url)


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (
            grpc.StatusCode.UNAUTHENTICATED,
            ExitCode.NOT_ALLOWED,
            "set the right API key with --auth-key-file",
        ),
        (grpc.StatusCode.PERMISSION_DENIED, ExitCode.NOT_ALLOWED, "ask the operator of the server"),
        (grpc.StatusCode.NOT_FOUND, ExitCode.NOT_FOUND, "list what exists"),
        (grpc.StatusCode.DEADLINE_EXCEEDED, ExitCode.UNAVAILABLE, "--timeout SECONDS"),
        (grpc.StatusCode.UNAVAILABLE, ExitCode.UNAVAILABLE, "the server is running"),
        (grpc.StatusCode.INVALID_ARGUMENT, ExitCode.USAGE, "check the arguments"),
        (grpc.StatusCode.INTERNAL, ExitCode.FAILURE, "contact the operator"),
        (grpc.StatusCode.UNIMPLEMENTED, ExitCode.FAILURE, "a recent Assets API server"),
    ],
)
async def test_a_status_has_an_exit_code_and_a_hint(
    status: grpc.StatusCode, code: ExitCode, words: str
) -> None:
    async with answering({"ListGridpools": Status(status)}) as canned:
        ended = await run("gridpools", "--url", canned.url, "--timeout=10")

    assert_one_message(ended, code, words, status.name, canned.url)


async def test_an_invalid_reply_is_reported() -> None:
    async with answering({"ListGridpools": b"\xff"}) as canned:
        ended = await run("gridpools", "--url", canned.url)

    assert_one_message(ended, ExitCode.FAILURE, "--debug for details")


async def test_debug_adds_the_traceback_and_the_attempts() -> None:
    async with answering({"ListGridpools": Status(grpc.StatusCode.INTERNAL)}) as canned:
        ended = await run("gridpools", "--url", canned.url, "--debug")

    assert (ended.code, ended.out) == (ExitCode.FAILURE, b"")
    assert "Traceback (most recent call last)" in ended.err
    assert "ListGridpools: attempt 1: INTERNAL" in ended.err
    assert "(INTERNAL, ListGridpools at" in ended.err.splitlines()[-1]


@pytest.mark.parametrize("is_terminal", [False, True])
async def test_a_terminal_says_what_explains_an_error(is_terminal: bool, tmp_path: Path) -> None:
    async with answering({"ListGridpools": Status(grpc.StatusCode.NOT_FOUND)}) as canned:
        arguments = ["--url", canned.url, "gridpools"]
        if is_terminal:
            shown, code = await asyncio.to_thread(see, arguments, width=400, folder=tmp_path)
        else:
            ended = await run(*arguments)
            shown, code = ended.err, ended.code
    assert code == ExitCode.NOT_FOUND
    assert ("(see `assets-cli explain NOT_FOUND`)" in shown) == is_terminal


# Output -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    ["--help", "completion bash"]
    + [f"gridpools -o {form}" for form in ("table", "json", "jsonl", "yaml", "csv")],
)
async def test_a_full_disk_is_reported(url: str, line: str) -> None:
    ended = await run(*line.split(), out="/dev/full", ASSETS_API_URL=url)

    assert_one_message(ended, ExitCode.FAILURE, "standard output: No space left on device")


@pytest.mark.parametrize("arguments", [("gridpools",), ("gridpools", "-o", "table"), ("--help",)])
async def test_a_closed_pipe_is_no_error_message(url: str, arguments: tuple[str, ...]) -> None:
    ours, its = os.pipe()
    os.close(ours)
    process = await asyncio.create_subprocess_exec(
        COMMAND,
        *arguments,
        stdout=its,
        stderr=subprocess.PIPE,
        env=ENVIRONMENT | {"ASSETS_API_URL": url},
    )
    os.close(its)
    _, err = await process.communicate()

    assert (process.returncode, err) == (ExitCode.CLOSED_PIPE, b"")


@pytest.mark.parametrize(
    ("redirection", "code", "err"),
    [
        (">&-", ExitCode.FAILURE, "assets-cli: standard output is closed\n"),
        ("2>&-", ExitCode.OK, ""),
        ("2>/dev/full --fields nonsense", ExitCode.USAGE, ""),
        ("2>&- --fields nonsense", ExitCode.USAGE, ""),
        ("<&-", ExitCode.OK, ""),
        (
            "--auth-key <&-",
            ExitCode.USAGE,
            "assets-cli: --auth-key: no terminal to prompt on; use --auth-key-file FILE"
            " (see `assets-cli gridpools --help`)\n",
        ),
    ],
)
async def test_streams_may_be_closed(url: str, redirection: str, code: ExitCode, err: str) -> None:
    line = f"exec {COMMAND} gridpools {redirection}"
    ended = await start("-c", line, command="/bin/sh", ASSETS_API_URL=url)

    assert (ended.code, ended.err) == (code, err)


# Ctrl-C -------------------------------------------------------------------------------------------


async def test_ctrl_c_ends_with_130() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        process = await start_call(_url(listening))
        accepted, _ = await asyncio.to_thread(listening.accept)
        with accepted:
            process.send_signal(signal.SIGINT)
            out, err = await process.communicate()

    assert (process.returncode, out, err) == (130, b"", b"assets-cli: interrupted\n")


async def test_ctrl_c_ends_with_130_at_any_time() -> None:
    with silent() as url:
        for tenth in range(1, 6):
            process = await start_call(url)
            await asyncio.sleep(0.05 + tenth / 20)
            process.send_signal(signal.SIGINT)
            out, err = await process.communicate()

            # Before the command runs at all, Python ends as the signal has it.
            if process.returncode != -signal.SIGINT:
                assert (process.returncode, out, err) == (130, b"", b"assets-cli: interrupted\n")


async def start_call(url: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(COMMAND, "gridpools", "--url", url),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=ENVIRONMENT,
    )


async def test_ctrl_c_at_a_prompt_ends_with_130() -> None:
    line = ("gridpools", "--url", NOWHERE, "--auth-key")
    shown, code = await asyncio.to_thread(see, line, typed="\x03", prompt="Key: ")

    assert code == ExitCode.INTERRUPTED
    assert "Traceback" not in shown
    assert shown.endswith("assets-cli: interrupted\n")


# Findings -----------------------------------------------------------------------------------------

FOUND: Final = {
    "microgrids": "microgrids: 4 findings (2 major); see `assets-cli check`",
    "microgrids --wide": "microgrids and their components: 20 findings (14 major); see"
    " `assets-cli check`",
    "microgrid 203": "microgrid 203: 4 findings (2 major); see `assets-cli check 203`",
    "component-connections 203": "connections of microgrid 203: 2 major findings; see"
    " `assets-cli check 203`",
    "microgrid 201": "",
    "gridpools": "",
}
"""What commands print about findings in the sites of the demo."""


async def test_findings_are_one_message() -> None:
    async with AssetsServer.from_fleet(DEMO) as server:
        for line, message in FOUND.items():
            ended = await run(*line.split(), "--url", server.url)
            assert (ended.code, ended.err) == (0, f"assets-cli: {message}\n" if message else "")
