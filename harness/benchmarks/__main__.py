"""The command `python -m harness.benchmarks`."""

import argparse
import asyncio
import sys
from collections.abc import Collection
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any, Final

from rich.progress import Progress, TaskID

from ..shared.clients import require_published
from ..shared.progress import progress_bars
from . import __doc__ as description
from ._machine import load, machine
from ._page import DOCS, about, write
from ._parts import PARTS
from ._processes import server, workers
from ._rounds import MIN_ROUNDS, Rounds
from ._tables import TABLES, targets
from ._targets import SERVERS

_LIMIT_SECONDS: Final = 900.0
"""More than all parts take together; each has its own limit."""


def main() -> None:
    """Measure, print tables, and write the page if everything was measured."""
    parser = argparse.ArgumentParser(prog="python -m harness.benchmarks", description=description)
    parser.add_argument(
        "--only",
        type=lambda text: text.split(","),
        metavar="PART,...",
        help=f"measure only some of {','.join(PARTS)}; do not write the page",
    )
    parser.add_argument(
        "--canned",
        action="store_true",
        help="call only the server that has its replies ready; do not write the page",
    )
    parser.add_argument(
        "--share",
        type=float,
        default=1,
        help="the share of the rounds to make, from 0 to 1 [%(default)s]",
    )
    parser.add_argument(
        "--output", type=Path, default=DOCS, metavar="DIR", help="the directory of the page [docs]"
    )
    given = parser.parse_args()
    only = given.only or [*PARTS]
    if unknown := {*only} - {*PARTS}:
        parser.error(f"--only: expected some of {', '.join(PARTS)}, got {', '.join(unknown)}")
    if not 0 < given.share <= 1:
        parser.error(f"--share: expected a number above 0 and up to 1, got {given.share:g}")
    require_published("bench")
    servers = ["canned"] if given.canned else [*SERVERS]
    try:
        data = asyncio.run(
            asyncio.wait_for(_measure(only, servers, given.share), timeout=_LIMIT_SECONDS)
        )
    except TimeoutError:
        sys.exit(f"Took more than {_LIMIT_SECONDS:g} s; try `--share 0.5` for half of the rounds")
    figures = data["figures"]
    tables = [TABLES[part](figures[part]) for part in TABLES if part in figures]
    print("\n\n".join((about(data["about"]), targets(figures), *tables)))
    if {*only} == {*PARTS} and not given.canned:
        write(data, given.output)


async def _measure(only: Collection[str], servers: Collection[str], share: float) -> dict[str, Any]:
    """Return all figures, and what they were measured on: see `_page`."""
    facts: dict[str, Any] = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "load before": load(),
    }
    figures: dict[str, Any] = {}
    began = monotonic()
    async with AsyncExitStack() as stack:
        progress = stack.enter_context(progress_bars())
        urls = {kind: await stack.enter_async_context(server(kind)) for kind in servers}
        clients = await stack.enter_async_context(workers())
        for name, part in PARTS.items():
            if name in only:
                task = progress.add_task(name, total=1)
                rounds = Rounds(
                    max(round(part.rounds * share), MIN_ROUNDS),
                    part.seconds,
                    partial(_show, progress, task),
                )
                figures[name] = await part.measure(clients, urls, rounds)
                progress.update(task, completed=1)
        facts["versions"] = {name: worker.versions for name, worker in clients.items()}
    facts["load after"] = load()
    facts["seconds"] = round(monotonic() - began)
    return {"about": facts, "figures": figures}


def _show(progress: Progress, task: TaskID, done: float) -> None:
    progress.update(task, completed=done)


if __name__ == "__main__":
    main()
