"""The command `python -m harness.chaos`."""

import argparse
import asyncio
import os
import platform
import secrets
import sys
import traceback
from importlib.metadata import version
from typing import Final

# What gRPC writes of faults that are made on purpose helps nobody; it reads this when imported.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from ._compare import compare
from ._row import HEAD, Claim, Claims, Row, lines
from ._rows import IDLE, ROWS

ALL: Final = {row.name: row for row in (*ROWS, IDLE)}


def main() -> int:
    """Measure, and print a table; return 1 if a promise of counts or classes is broken."""
    parser = argparse.ArgumentParser(prog="python -m harness.chaos", description=__doc__)
    parser.add_argument(
        "what",
        nargs="?",
        choices=("rows", "idle", "compare"),
        default="rows",
        help="all rows but the idle one, that one, or the published client beside this one",
    )
    parser.add_argument("--row", choices=ALL, action="append", help="only this row")
    parser.add_argument("--seed", type=int, help="for what happens at random [a new one]")
    given = parser.parse_args()
    if given.what == "compare":
        return asyncio.run(compare())
    names = given.row or ([IDLE.name] if given.what == "idle" else [row.name for row in ROWS])
    seed = secrets.randbits(32) if given.seed is None else given.seed
    print(f"Seed {seed}; {platform.system()}, {os.cpu_count()} processors, Python", end=" ")
    print(f"{platform.python_version()}, grpcio {version('grpcio')}\n\n{HEAD}", flush=True)
    return 0 if _measure(names, seed) else 1


def _measure(names: list[str], seed: int) -> bool:
    """Print what is measured of rows; return whether no promise is broken."""
    console = Console(stderr=True)
    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    claims = []
    with Progress(
        *columns, console=console, disable=not console.is_terminal, transient=True
    ) as progress:
        for name in names:
            task = progress.add_task(ALL[name].title, total=1)
            claims += (measured := asyncio.run(_claims(ALL[name], seed)))
            print("\n".join(lines(ALL[name], measured)), flush=True)
            progress.advance(task)
    return not any(claim.verdict == "BROKEN" for claim in claims)


async def _claims(row: Row, seed: int) -> Claims:
    try:
        async with asyncio.timeout(row.limit):
            return await row.run(seed)
    except TimeoutError:
        return [Claim("the whole row", f"at most {row.limit:g} s", "no end", is_kept=False)]
    except Exception as error:  # noqa: BLE001 - the other rows are still worth measuring
        traceback.print_exc()
        return [Claim("the whole row", "no error", repr(error), is_kept=False)]


if __name__ == "__main__":
    sys.exit(main())
