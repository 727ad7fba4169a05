"""The command `python -m harness.attack`."""

import argparse
import asyncio
import os
import platform
import secrets
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

# gRPC reads this when it is imported: its messages about intended faults help nobody.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")

from ..shared import tables
from ..shared.claims import COLUMNS, Claims, Scenario, measure, rows
from . import __doc__ as description
from ._crowd import crowd
from ._forgeries import forgeries
from ._mutations import mutations
from ._network import ending, readers, resets, silent, streams
from ._reloads import reloads
from ._secrets import leaks
from ._tenants import tenants

Run: TypeAlias = Callable[[int, int, Path], Awaitable[Claims]]


class Attack(NamedTuple):
    """An attack, and how often it is made."""

    run: Run
    times: int
    """How many requests, connections or reloads the target of `make` has."""

    title: str
    limit: float
    """How many s it may take."""


ATTACKS: Final[Mapping[str, Attack]] = {
    "forgeries": Attack(forgeries, 100_000, "requests that must not be let in", 7200),
    "tenants": Attack(tenants, 10_000, "what belongs to others, and what is absent", 900),
    "mutations": Attack(mutations, 100_000, "broken connections", 1800),
    "crowd": Attack(crowd, 500, "one polite caller in a crowd", 600),
    "readers": Attack(readers, 200, "replies that nobody reads", 300),
    "streams": Attack(streams, 5_000, "calls whose requests never come", 300),
    "silent": Attack(silent, 500, "connections that say nothing", 120),
    "ending": Attack(ending, 8, "the end, with running calls and a slow reader", 300),
    "resets": Attack(resets, 100_000, "calls that are reset at once", 300),
    "reloads": Attack(reloads, 1_000, "reloads under load", 7200),
    "leaks": Attack(leaks, 200, "secrets in what comes out", 300),
}


def main() -> int:
    """Attack, and print a table; return 1 if a promise of counts is broken."""
    parser = argparse.ArgumentParser(prog="python -m harness.attack", description=description)
    names = f"some of {', '.join(ATTACKS)} [all]"
    parser.add_argument("attacks", nargs="*", metavar="ATTACK", help=names)
    parser.add_argument("--count", type=int, help="how many of each [as many as promised]")
    parser.add_argument("--seed", type=int, help="the seed of what happens at random [a new one]")
    given = parser.parse_args()
    if unknown := {*given.attacks} - {*ATTACKS}:
        parser.error(f"ATTACK: expected {names}, got {', '.join(sorted(unknown))}")
    seed = secrets.randbits(32) if given.seed is None else given.seed
    print(f"Seed {seed}; {platform.system()}, {os.cpu_count()} processors, Python", end=" ")
    print(f"{platform.python_version()}, grpcio {version('grpcio')}\n\n{tables.head(COLUMNS)}")
    is_kept = True
    for name in given.attacks or ATTACKS:
        scenario = _scenario(name, given.count)
        claims = asyncio.run(measure(scenario, seed))
        print("\n".join(map(tables.row, rows(scenario, claims))), flush=True)
        is_kept &= not any(claim.verdict == "BROKEN" for claim in claims)
    return 0 if is_kept else 1


def _scenario(name: str, count: int | None) -> Scenario:
    """Return an attack as a scenario, made as often as is given, or as is promised."""
    attack = ATTACKS[name]

    async def run(seed: int) -> Claims:
        with tempfile.TemporaryDirectory() as folder:
            return await attack.run(count or attack.times, seed, Path(folder))

    return Scenario(name, attack.title, run, attack.limit)


if __name__ == "__main__":
    sys.exit(main())
