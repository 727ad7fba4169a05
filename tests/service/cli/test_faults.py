"""What goes wrong around the command: networks, servers, pipes, disks, impatient people."""

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

from frequenz.client.assets import exceptions
from frequenz.client.assets.cli.exits import OUTCOMES, Exit
from frequenz.server.assets import AssetsServer

from ..canned import Status, answering
from .running import COMMAND, ENVIRONMENT, FOLDER, NOWHERE, Ended, run
from .terminal import see

DEMO: Final = Path(__file__).parents[3] / "src/frequenz/server/assets/demo/fleets/sites.yaml"


def assert_one_sentence(told: Ended, code: Exit, *words: str) -> None:
    """Nothing on standard output, one line on standard error, and the code."""
    assert (told.code, told.out) == (code, b""), told.err
    assert told.err.startswith("assets-cli: ")
    assert told.err.endswith("\n")
    assert told.err.count("\n") == 1, told.err
    for word in words:
        assert word in told.err


# Servers ------------------------------------------------------------------------------------------


async def test_no_server() -> None:
    began = monotonic()
    told = await run("gridpools", "--timeout=0.5", "--url", NOWHERE)

    assert_one_sentence(told, Exit.UNAVAILABLE, "Connection refused", NOWHERE, "server running")
    assert monotonic() - began < 5


@contextmanager
def mute() -> Iterator[str]:
    """The URL of a server that takes connections and says nothing."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        yield _url(listening)


def _url(listening: socket.socket) -> str:
    return f"grpc://127.0.0.1:{listening.getsockname()[1]}?ssl=false"


async def test_a_mute_server_is_waited_for_5_s_at_most() -> None:
    with mute() as url:
        began = monotonic()
        told = await run("gridpools", "--url", url)
        took = monotonic() - began

    assert_one_sentence(told, Exit.UNAVAILABLE, url)
    assert 5 <= took < 10


@asynccontextmanager
async def frozen() -> AsyncIterator[str]:
    """The URL of a server that has stopped in the middle of everything."""
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


async def test_a_frozen_server() -> None:
    async with frozen() as url:
        told = await run("microgrids", "--url", url, "--timeout=1")

    assert_one_sentence(told, Exit.UNAVAILABLE, url)


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (grpc.StatusCode.UNAUTHENTICATED, Exit.NOT_ALLOWED, "give the right key: --auth-key-file"),
        (grpc.StatusCode.PERMISSION_DENIED, Exit.NOT_ALLOWED, "ask who runs the server"),
        (grpc.StatusCode.NOT_FOUND, Exit.NOT_FOUND, "show what there is"),
        (grpc.StatusCode.DEADLINE_EXCEEDED, Exit.UNAVAILABLE, "--timeout SECONDS"),
        (grpc.StatusCode.UNAVAILABLE, Exit.UNAVAILABLE, "is the server running"),
        (grpc.StatusCode.INVALID_ARGUMENT, Exit.USAGE, "change the options"),
        (grpc.StatusCode.INTERNAL, Exit.FAILURE, "tell who runs the server"),
        (grpc.StatusCode.UNIMPLEMENTED, Exit.FAILURE, "is it a server of the Assets API"),
    ],
)
async def test_what_a_server_answers(status: grpc.StatusCode, code: Exit, words: str) -> None:
    async with answering({"ListGridpools": Status(status)}) as canned:
        told = await run("gridpools", "--url", canned.url, "--timeout=1")

    assert_one_sentence(told, code, words, status.name, canned.url)


async def test_what_is_no_reply() -> None:
    async with answering({"ListGridpools": b"\xff"}) as canned:
        told = await run("gridpools", "--url", canned.url)

    assert_one_sentence(told, Exit.FAILURE, "cannot be decoded", "--debug tells more")


async def test_debug_adds_the_traceback_and_the_attempts() -> None:
    async with answering({"ListGridpools": Status(grpc.StatusCode.INTERNAL)}) as canned:
        told = await run("gridpools", "--url", canned.url, "--debug")

    assert (told.code, told.out) == (Exit.FAILURE, b"")
    assert "Traceback (most recent call last)" in told.err
    assert "ListGridpools: attempt 1: INTERNAL" in told.err
    assert told.err.splitlines()[-1].startswith("assets-cli: as told (INTERNAL, ListGridpools at")


def test_there_is_an_outcome_for_every_error_of_a_call() -> None:
    errors = {
        name
        for name in exceptions.__all__
        if issubclass(getattr(exceptions, name), exceptions.ApiClientError)
    }
    own = {"ClientNotConnected", "ClientDisconnected", "UnknownError", "UnrecognizedGrpcStatus"}
    assert errors - own == set(OUTCOMES)


# Where the output goes ----------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [("gridpools",), ("--help",), ("completion", "bash")])
async def test_a_full_disk_is_said(url: str, arguments: tuple[str, ...]) -> None:
    told = await _into("/dev/full", *arguments, url=url)

    assert_one_sentence(told, Exit.FAILURE, "standard output: No space left on device")


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "yaml", "csv"])
async def test_a_full_disk_is_said_in_every_format(url: str, form: str) -> None:
    told = await _into("/dev/full", "gridpools", "-o", form, url=url)

    assert_one_sentence(told, Exit.FAILURE, "standard output: No space left on device")


async def _into(file: str, *arguments: str, url: str) -> Ended:
    out = os.open(file, os.O_WRONLY)
    process = await asyncio.create_subprocess_exec(
        COMMAND,
        *arguments,
        stdout=out,
        stderr=subprocess.PIPE,
        env=ENVIRONMENT | {"ASSETS_API_URL": url},
    )
    os.close(out)
    _, err = await process.communicate()
    return Ended(process.returncode, b"", err.decode())


@pytest.mark.parametrize("arguments", [("gridpools",), ("gridpools", "-o", "table"), ("--help",)])
async def test_a_closed_pipe_is_silent(url: str, arguments: tuple[str, ...]) -> None:
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

    assert (process.returncode, err) == (Exit.CLOSED_PIPE, b"")


@pytest.mark.parametrize(
    ("redirection", "code", "err"),
    [
        (">&-", Exit.FAILURE, "assets-cli: standard output is closed\n"),
        ("2>&-", Exit.OK, ""),
        ("2>/dev/full --fields nonsense", Exit.USAGE, ""),
        ("2>&- --fields nonsense", Exit.USAGE, ""),
        ("<&-", Exit.OK, ""),
        (
            "--auth-key <&-",
            Exit.USAGE,
            "assets-cli: Option '--auth-key' needs a value, as there is no terminal to ask on; or"
            " give --auth-key-file FILE; `assets-cli gridpools --help` says more\n",
        ),
    ],
)
async def test_streams_may_be_closed(url: str, redirection: str, code: Exit, err: str) -> None:
    line = f"exec {COMMAND} gridpools {redirection}"
    told = await run("-c", line, command="/bin/sh", ASSETS_API_URL=url)

    assert (told.code, told.err) == (code, err)


# Impatience ---------------------------------------------------------------------------------------


async def test_ctrl_c_ends_with_130() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        process = await asking(_url(listening))
        accepted, _ = await asyncio.to_thread(listening.accept)
        with accepted:
            process.send_signal(signal.SIGINT)
            out, err = await process.communicate()

    assert (process.returncode, out, err) == (130, b"", b"assets-cli: interrupted\n")


async def test_ctrl_c_ends_with_130_at_any_time() -> None:
    with mute() as url:
        for tenth in range(1, 6):
            process = await asking(url)
            await asyncio.sleep(0.05 + tenth / 20)
            process.send_signal(signal.SIGINT)
            out, err = await process.communicate()

            # Before the command runs at all, Python ends as the signal has it.
            if process.returncode != -signal.SIGINT:
                assert (process.returncode, out, err) == (130, b"", b"assets-cli: interrupted\n")


async def asking(url: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(COMMAND, "gridpools", "--url", url),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=ENVIRONMENT,
    )


async def test_ctrl_c_where_a_key_is_asked_for_ends_with_130() -> None:
    line = ("gridpools", "--url", NOWHERE, "--auth-key")
    shown, code = await asyncio.to_thread(see, line, typed="\x03", after="Key: ")

    assert code == Exit.INTERRUPTED
    assert "Traceback" not in shown
    assert shown.endswith("assets-cli: interrupted\n")


# Findings -----------------------------------------------------------------------------------------

FOUND: Final = {
    "microgrids": "microgrids: 4 findings, 2 of them major; `assets-cli check` shows them",
    "microgrids --wide": "microgrids and their components: 20 findings, 14 of them major;"
    " `assets-cli check` shows them",
    "microgrid 203": "microgrid 203: 4 findings, 2 of them major; `assets-cli check 203` shows"
    " them",
    "component-connections 203": "connections of microgrid 203: 2 major findings;"
    " `assets-cli check 203` shows them",
    "microgrid 201": "",
    "gridpools": "",
}
"""What the commands say of findings in the demo's sites."""


async def test_findings_are_one_line_on_standard_error() -> None:
    async with AssetsServer.from_fleet(DEMO) as server:
        for line, sentence in FOUND.items():
            told = await run(*line.split(), "--url", server.url)
            assert told.code == 0
            assert told.err == (f"assets-cli: {sentence}\n" if sentence else "")
