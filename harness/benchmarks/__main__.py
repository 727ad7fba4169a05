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

from rich.console import Console
from rich.progress import Progress, TaskID

from ._aims import SERVERS
from ._machine import load, machine
from ._page import DOCS, about, write
from ._parts import PARTS
from ._processes import PYTHONS, THEIRS, server, workers
from ._rounds import FEWEST, Rounds
from ._tables import TABLES, aims

_LIMIT_SECONDS: Final = 600.0
"""More than all parts may take, each of which ends by itself."""
_OPTIONS: Final = {"canned": ("canned",), "real": ()}


def main() -> None:
    """Measure, and print tables."""
    parser = argparse.ArgumentParser(prog="python -m harness.benchmarks", description=__doc__)
    parser.add_argument(
        "--only",
        type=lambda text: text.split(","),
        metavar="PART,...",
        help=f"measure some of {','.join(PARTS)}, and write no page",
    )
    parser.add_argument(
        "--canned",
        action="store_true",
        help="ask only the server that has its replies ready, and write no page",
    )
    parser.add_argument(
        "--share", type=float, default=1, help="of the rounds to make, from 0 to 1 [%(default)s]"
    )
    parser.add_argument(
        "--output", type=Path, default=DOCS, metavar="DIR", help="where to write the page [docs]"
    )
    given = parser.parse_args()
    only = given.only or [*PARTS]
    if unknown := {*only} - {*PARTS}:
        parser.error(f"--only: no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    if not 0 < given.share <= 1:
        parser.error(f"--share: {given.share:g} is not above 0 and at most 1")
    if not PYTHONS[THEIRS].exists():
        sys.exit("The published client is missing; `make bench` installs it")
    servers = ["canned"] if given.canned else [*SERVERS]
    try:
        data = asyncio.run(
            asyncio.wait_for(_measure(only, servers, given.share), timeout=_LIMIT_SECONDS)
        )
    except TimeoutError:
        sys.exit(f"This took more than {_LIMIT_SECONDS:g} s; `--share 0.5` measures half as often")
    figures = data["figures"]
    tables = [TABLES[part](figures[part]) for part in TABLES if part in figures]
    print("\n\n".join((about(data["about"]), aims(figures), *tables)))
    if {*only} == {*PARTS} and not given.canned:
        write(data, given.output)


async def _measure(only: Collection[str], servers: Collection[str], share: float) -> dict[str, Any]:
    """Return everything that is measured: see `_page`."""
    facts: dict[str, Any] = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "load before": load(),
    }
    figures: dict[str, Any] = {}
    began = monotonic()
    console = Console(stderr=True)
    async with AsyncExitStack() as stack:
        progress = stack.enter_context(
            Progress(console=console, disable=not console.is_terminal, transient=True)
        )
        asked = {name: await stack.enter_async_context(server(*_OPTIONS[name])) for name in servers}
        sides = await stack.enter_async_context(workers())
        for name, part in PARTS.items():
            if name in only:
                task = progress.add_task(name, total=1)
                rounds = Rounds(
                    max(round(part.rounds * share), FEWEST),
                    part.seconds,
                    partial(_show, progress, task),
                )
                figures[name] = await part.measure(sides, asked, rounds)
                progress.update(task, completed=1)
        facts["versions"] = {name: side.versions for name, side in sides.items()}
    facts["load after"] = load()
    facts["seconds"] = round(monotonic() - began)
    return {"about": facts, "figures": figures}


def _show(progress: Progress, task: TaskID, done: float) -> None:
    progress.update(task, completed=done)


if __name__ == "__main__":
    main()
