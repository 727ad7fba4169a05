"""The command `python -m harness.chaos`."""

import argparse
import asyncio
import os
import platform
import secrets
import sys
from importlib.metadata import version
from typing import Final

# gRPC reads this when it is imported: its messages about intended faults help nobody.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")

from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

from ..shared import tables
from ..shared.claims import COLUMNS, measure, rows
from ..shared.progress import progress_bars
from . import __doc__ as description
from ._compare import compare
from ._declared import compare_declared
from ._scenarios import IDLE, SCENARIOS

_COMPARE: Final = "compare"
_DECLARED: Final = "faults"
ALL: Final = {scenario.name: scenario for scenario in (*SCENARIOS, IDLE)}


def main() -> int:
    """Measure, and print a table; return 1 if a promise of counts or classes is broken."""
    parser = argparse.ArgumentParser(prog="python -m harness.chaos", description=description)
    parser.add_argument(
        "scenarios",
        nargs="*",
        metavar="SCENARIO",
        help=f"some of {', '.join(ALL)} [all but {IDLE.name}]; or {_COMPARE}, for a table of this"
        f" client and the published one; or {_DECLARED}, for one with the faults of tests",
    )
    parser.add_argument("--seed", type=int, help="the seed of what happens at random [a new one]")
    given = parser.parse_args()
    names = given.scenarios or [scenario.name for scenario in SCENARIOS]
    if names == [_COMPARE]:
        return asyncio.run(compare())
    if names == [_DECLARED]:
        return asyncio.run(compare_declared())
    if unknown := {*names} - {*ALL}:
        parser.error(f"SCENARIO: expected some of {', '.join(ALL)}, got {', '.join(unknown)}")
    seed = secrets.randbits(32) if given.seed is None else given.seed
    print(f"Seed {seed}; {platform.system()}, {os.cpu_count()} processors, Python", end=" ")
    print(f"{platform.python_version()}, grpcio {version('grpcio')}\n\n{tables.head(COLUMNS)}")
    return 0 if _measure(names, seed) else 1


def _measure(names: list[str], seed: int) -> bool:
    """Print a row for each claim of some scenarios; return whether no promise is broken."""
    claims = []
    with progress_bars(
        SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    ) as progress:
        for name in names:
            task = progress.add_task(ALL[name].title, total=1)
            claims += (measured := asyncio.run(measure(ALL[name], seed)))
            print("\n".join(map(tables.row, rows(ALL[name], measured))), flush=True)
            progress.advance(task)
    return not any(claim.verdict == "BROKEN" for claim in claims)


if __name__ == "__main__":
    sys.exit(main())
