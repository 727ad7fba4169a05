"""Ways to run the command.

Starting a process takes half a second. So the processes are few; what else there is to ask is asked
within this process, where a traceback is an exception that ends the test.
"""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Final, NamedTuple

import click
from click.testing import CliRunner, Result

from frequenz.client.assets.cli.root import cli

FOLDER: Final = Path(sys.executable).parent
COMMAND: Final = FOLDER / "assets-cli"
TIME_TO_END: Final = 30
"""How long a process may take, in s: machines may be slow."""

NOWHERE: Final = "grpc://127.0.0.1:1?ssl=false"
"""The URL of no server."""

_FOREIGN: Final = ("ASSETS_", "FREQUENZ_", "NO_COLOR", "COLUMNS", "LINES", "XDG_CONFIG_HOME")

ENVIRONMENT: Final = {
    name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)
} | {"XDG_CONFIG_HOME": "/nowhere"}
"""What of the environment does not change what the command does."""


class Ended(NamedTuple):
    """How a process ended, and what it said."""

    code: int | None
    out: bytes
    err: str


async def run(
    *arguments: str | Path, command: str | Path = COMMAND, typed: str = "", **environment: str
) -> Ended:
    """Run the command as a process of its own."""
    process = await asyncio.create_subprocess_exec(
        *(command, *arguments), stdin=PIPE, stdout=PIPE, stderr=PIPE, env=ENVIRONMENT | environment
    )
    try:
        async with asyncio.timeout(TIME_TO_END):
            out, err = await process.communicate(typed.encode())
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return Ended(process.returncode, out, err.decode())


def invoke(*arguments: str | Path, typed: str = "", **environment: str) -> Result:
    """Run the command within this process."""
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

_SHARED: Final = frozenset({"-o", "--fields", "--sort", "--no-header", "--names", "--wide"})
"""Options that change what is shown, not what is asked for."""


def command(name: str) -> click.Command:
    """Return a command of the root."""
    found = cli.get_command(click.Context(cli), name)
    assert found is not None
    return found


def filters_of(name: str) -> list[str]:
    """Return the options of a command that change what is asked for."""
    return [
        parameter.opts[0]
        for parameter in command(name).params
        if isinstance(parameter, click.Option)
        and not parameter.hidden
        and parameter.opts[0] not in _SHARED
    ]
