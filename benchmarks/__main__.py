"""The command `python -m benchmarks`."""

import argparse
import asyncio
import json
import os
import platform
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from ._processes import OURS, PUBLISHED, STUB, THEIRS, workers
from ._report import data, markdown
from ._rounds import Measured, measure
from .messages import list_reply

_ROUNDS = 40
_SECONDS = 120.0
_LIMIT_SECONDS = 170.0
_KEPT = 10_000
_QUIET = 0.5


def main() -> None:
    """Measure, and print tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=_ROUNDS, help="at most [%(default)s]")
    parser.add_argument(
        "--seconds", type=float, default=_SECONDS, help="no round after these [%(default)s]"
    )
    parser.add_argument(
        "--canned",
        action="store_true",
        help="ask a server that has its replies ready: the clients' cost stands out most",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything to a file, too")
    given = parser.parse_args()
    if not PUBLISHED.exists():
        sys.exit(f"{PUBLISHED} is missing; `make bench` makes it")
    about, measured, kept = asyncio.run(
        asyncio.wait_for(_run(given.rounds, given.seconds, is_canned=given.canned), _LIMIT_SECONDS)
    )
    print("\n".join(f"{name}: {value}" for name, value in about.items()), end="\n\n")
    if about["load before"] > _QUIET:
        print("The machine was busy: the ratios of long calls are higher than on a quiet one.\n")
    print(markdown(measured, kept))
    if given.json is not None:
        given.json.write_text(json.dumps(data(about, measured, kept), indent=1), encoding="utf-8")


async def _run(
    rounds: int, seconds: float, *, is_canned: bool
) -> tuple[dict[str, Any], list[Measured], dict[str, float]]:
    load, *_ = os.getloadavg()
    async with workers(*(["canned"] if is_canned else [])) as sides:
        # First of all: what a client keeps for later calls counts, too.
        kept = {name: await sides[name].ask("kept", _KEPT) / _KEPT for name in (THEIRS, OURS)}
        kept[STUB] = len(list_reply(_KEPT)) / _KEPT
        console = Console(stderr=True)
        with Progress(console=console, disable=not console.is_terminal, transient=True) as progress:
            task = progress.add_task("measuring", total=rounds)
            measured = await measure(sides, rounds, seconds, lambda: progress.advance(task))
        about = {
            "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors",
            "load before": round(load, 2),
            "server": "replies ready" if is_canned else "AssetsServer",
            "rounds": len(measured[0].bursts[STUB]),
            **{name: side.versions for name, side in sides.items()},
        }
    return about, measured, kept


if __name__ == "__main__":
    main()
