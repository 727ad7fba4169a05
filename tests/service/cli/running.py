"""Ways to run the command.

A process that imports everything takes half a second, so most processes are forked from one that
has imported the command already. `start` makes one from scratch: for tests of how it starts, of its
environment, and of Ctrl-C. Where no server of this process is called, `invoke` runs it in process.
"""

import asyncio
import multiprocessing
import os
import pkgutil
import sys
from asyncio.subprocess import PIPE
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

import click
from click.testing import CliRunner, Result

from frequenz.client.assets.cli import commands, main
from frequenz.client.assets.cli.root import cli

FOLDER: Final = Path(sys.executable).parent
COMMAND: Final = FOLDER / "assets-cli"
TIMEOUT: Final = 30
"""How long a process may take, in s: machines may be slow."""

NOWHERE: Final = "grpc://127.0.0.1:1?ssl=false"
"""A URL without a server."""

_FOREIGN: Final = ("ASSETS_", "FREQUENZ_", "NO_COLOR", "COLUMNS", "LINES", "XDG_CONFIG_HOME")

ENVIRONMENT: Final = {
    name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)
} | {"XDG_CONFIG_HOME": "/nowhere"}
"""The environment without variables that change what the command does."""

_FORKS: Final = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(
    [
        __name__,
        *(found.name for found in pkgutil.iter_modules(commands.__path__, f"{commands.__name__}.")),
        "frequenz.client.assets.cli.showing.screens",
        *("rich.progress", "tomlkit", "yaml"),
    ]
)


class Ended(NamedTuple):
    """The exit code and the output of a process."""

    code: int | None
    out: bytes
    err: str


async def run(
    *arguments: str | Path, typed: str = "", out: str | Path | None = None, **environment: str
) -> Ended:
    """Run the command in a forked process, with a file for its output if one is given."""
    with TemporaryDirectory() as folder:
        stdin, stdout, stderr = (Path(folder, name) for name in ("in", "out", "err"))
        stdin.write_text(typed)
        files = (stdin, Path(out or stdout), stderr)
        code = await asyncio.to_thread(_run_forked, arguments, files, environment)
        return Ended(code, b"" if out else stdout.read_bytes(), stderr.read_text())


def _run_forked(
    arguments: Sequence[str | Path], files: Sequence[Path], environment: Mapping[str, str]
) -> int | None:
    process = fork(_main, arguments, files, {**ENVIRONMENT, **environment})
    try:
        process.join(TIMEOUT)
        return process.exitcode
    finally:
        process.kill()


def fork(function: Callable[..., None], *arguments: Any) -> ForkServerProcess:
    """Call a function in a process that has imported the command already."""
    process = _FORKS.Process(target=function, args=arguments)
    process.start()
    return process


def _main(
    arguments: Sequence[str | Path], files: Sequence[Path], environment: Mapping[str, str]
) -> None:
    stdin, *outputs = files
    run_main(
        arguments,
        [os.open(stdin, os.O_RDONLY), *(os.open(it, os.O_WRONLY | os.O_CREAT) for it in outputs)],
        environment,
    )


def run_main(
    arguments: Sequence[str | Path], streams: Sequence[int], environment: Mapping[str, str]
) -> None:
    """Run the command in this process, with file descriptors as its standard streams."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    sys.stdin, sys.stdout, sys.stderr = (
        os.fdopen(number, mode, closefd=False) for number, mode in enumerate("rww")
    )
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = [str(COMMAND), *map(str, arguments)]
    main()


async def start(
    *arguments: str | Path, command: str | Path = COMMAND, typed: str = "", **environment: str
) -> Ended:
    """Run the command, or another one, in a process that starts from scratch."""
    process = await asyncio.create_subprocess_exec(
        *(command, *arguments), stdin=PIPE, stdout=PIPE, stderr=PIPE, env=ENVIRONMENT | environment
    )
    try:
        async with asyncio.timeout(TIMEOUT):
            out, err = await process.communicate(typed.encode())
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return Ended(process.returncode, out, err.decode())


def invoke(*arguments: str | Path, typed: str = "", **environment: str) -> Result:
    """Run the command in this process, where an unexpected error ends the test."""
    cleared: dict[str, str | None] = {
        name: None for name in os.environ if name.startswith(_FOREIGN)
    }
    runner = CliRunner(env=cleared | ENVIRONMENT | environment, catch_exceptions=False)
    return runner.invoke(cli, [str(argument) for argument in arguments], input=typed)


CALLS: Final = (
    *("microgrids", "microgrid", "electrical-components", "component-connections", "sensors"),
    *("gridpools", "energy-schedules", "market-topology"),
)
"""The commands that make one call each."""

_OUTPUT_OPTIONS: Final = frozenset(
    {"-o", "--fields", "--sort", "--no-header", "--names", "--wide", "--to"}
)


def command(name: str) -> click.Command:
    """Return a command of the root."""
    found = cli.get_command(click.Context(cli), name)
    assert found is not None
    return found


def filters_of(name: str) -> list[str]:
    """Return the options of a command that are sent to the server."""
    return [
        parameter.opts[0]
        for parameter in command(name).params
        if isinstance(parameter, click.Option)
        and not parameter.hidden
        and parameter.opts[0] not in _OUTPUT_OPTIONS
    ]
