"""The three published commands of both clients: what each prints of good data, byte by byte."""

import asyncio
import itertools
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from frequenz.client.assets.inventory import Inventory

from ._observe import OURS, PUBLISHED

SITES: Final = 20
"""How many sites with components are asked for; starting a command takes half a second."""

_COMMANDS: Final = ("microgrid", "electrical-components", "component-connections")
_SECONDS: Final = 30.0


class Printed(NamedTuple):
    """What both print for the same command."""

    command: tuple[str, ...]
    published: bytes
    ours: bytes


def commands(fleet: Inventory) -> Iterator[tuple[str, ...]]:
    """Yield the commands that show some sites of a fleet."""
    full = (site.microgrid.id for site in fleet.sites if site.components)
    for number in itertools.islice(full, SITES):
        yield from ((command, str(number)) for command in _COMMANDS)


async def printed(
    url: str, asked: Sequence[tuple[str, ...]], advance: Callable[[], object]
) -> list[Printed]:
    """Return what both print for each command."""
    found = []
    for command in asked:
        found.append(
            Printed(
                command,
                *await asyncio.gather(
                    *(_run(python, url, command) for python in (PUBLISHED, OURS))
                ),
            )
        )
        advance()
    return found


async def _run(python: Path, url: str, command: tuple[str, ...]) -> bytes:
    """Return the standard output of a command; the published one takes no call without a key."""
    process = await asyncio.create_subprocess_exec(
        python.parent / "assets-cli",
        *("--url", url, "--auth-key", "any", "--sign-secret", "any", *command),
        stdout=PIPE,
        stderr=DEVNULL,
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), _SECONDS)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} of {python} ended with {process.returncode}")
    return output
