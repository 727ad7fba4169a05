"""The three published commands of both clients: what each prints for good data."""

import asyncio
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from frequenz.client.assets.inventory import Inventory

from ..shared.clients import PYTHONS
from ..shared.processes import run_program

SITES: Final = 20
"""How many sites with components are shown; starting a command takes half a second."""

_COMMANDS: Final = ("microgrid", "electrical-components", "component-connections")
_SECONDS: Final = 30.0


class Output(NamedTuple):
    """The output of the same command of both clients."""

    command: tuple[str, ...]
    published: str
    ours: str


def commands(fleet: Inventory) -> Iterator[tuple[str, ...]]:
    """Yield the commands that show some sites of a fleet."""
    ids = (site.microgrid.id for site in fleet.sites if site.components)
    for number in itertools.islice(ids, SITES):
        yield from ((command, str(number)) for command in _COMMANDS)


async def outputs(
    url: str, commands: Sequence[tuple[str, ...]], advance: Callable[[], object]
) -> list[Output]:
    """Return the output of each command of both clients."""
    found = []
    for command in commands:
        both = await asyncio.gather(*(_output(client, url, command) for client in PYTHONS))
        found.append(Output(command, *both))
        advance()
    return found


async def _output(client: str, url: str, command: tuple[str, ...]) -> str:
    """Return the standard output of a command; the published one requires a key."""
    ended = await run_program(
        PYTHONS[client].parent / "assets-cli",
        *("--url", url, "--auth-key", "any", "--sign-secret", "any", *command),
        seconds=_SECONDS,
    )
    if ended.status:
        raise RuntimeError(f"{' '.join(command)} of {client} ended with {ended.status}")
    return ended.out
