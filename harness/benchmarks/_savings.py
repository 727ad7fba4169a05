"""What each thing that is done for speed saves: the client with it and without it."""

import asyncio
import re
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median
from typing import Any, Final

from ..shared.clients import OURS, module_command
from ..shared.paths import ROOT
from ..shared.processes import line_process
from ._conversion import KEPT, LONGEST
from ._processes import Worker
from ._rounds import Rounds, rotated
from ._startup import client_import_ms
from .tricks import TRICKS

SIZES: Final = {10: 300, 100: 60, 1_000: 12, 10_000: 2, LONGEST: 1}
"""By the length of a list, how often it is decoded in a round."""

WITH_ALL: Final = "nothing"

DERIVED: Final = "derived classes"
DERIVED_NAME: Final = (
    "classes that take over the methods of their base (`electrical_component/_component.py`)"
)
_TAKES_OVER: Final = re.compile(r"if annotations\.keys\(\) <= .*:")
"""What decides that a class takes over the methods of its base."""


async def savings(rounds: Rounds) -> dict[str, Any]:
    """Measure µs for each component, the longest stall in ms, and bytes kept, by trick."""
    async with AsyncExitStack() as stack:
        workers: dict[str, Worker] = {}
        for name in TRICKS:
            command = (*module_command(OURS, "harness.benchmarks.worker"), name)
            process = await stack.enter_async_context(line_process(*command))
            workers[name] = Worker(process, await process.read())
        figures: dict[str, Any] = {
            "time": await _times(workers, rounds),
            "stall": {
                name: median(
                    [
                        (await workers[name].ask("stalls", "client", "component", LONGEST))[
                            "longest"
                        ]
                        / 1e6
                        for _ in range(3)
                    ]
                )
                for name in _for_figure("stall")
            },
            "memory": {
                name: await workers[name].ask("kept", "distinct component", KEPT, False) / KEPT
                for name in _for_figure("memory")
            },
        }
    figures["import"] = await asyncio.to_thread(_imports)
    return figures


def _for_figure(figure: str) -> list[str]:
    return [WITH_ALL, *(name for name, trick in TRICKS.items() if trick.figure == figure)]


async def _times(workers: Mapping[str, Worker], rounds: Rounds) -> dict[str, dict[str, float]]:
    took: dict[str, dict[str, list[float]]] = {}
    timed = _for_figure("time")
    for number in rounds:
        for size, times in SIZES.items():
            for name in rotated(timed, number):
                total, collecting = await workers[name].ask("convert", "component", size, times)
                least = min(map(int.__sub__, total, collecting)) / size / 1e3
                took.setdefault(name, {}).setdefault(str(size), []).append(least)
    return {
        name: {size: round(min(values), 3) for size, values in sizes.items()}
        for name, sizes in took.items()
    }


def _imports() -> dict[str, float]:
    """Return how long it takes to import the client, with derived classes and without, in ms."""
    package = Path("frequenz", "client", "assets", "electrical_component", "_component.py")
    with tempfile.TemporaryDirectory() as folder:
        took: dict[str, list[float]] = {WITH_ALL: [], DERIVED: []}
        for name in took:
            copy = Path(folder) / name
            shutil.copytree(ROOT / "src", copy, ignore=shutil.ignore_patterns("__pycache__"))
            if name == DERIVED:
                text = (copy / package).read_text(encoding="utf-8")
                changed, count = _TAKES_OVER.subn("if False:", text)
                if count != 1:
                    raise RuntimeError(f"{package}: expected one place to change, found {count}")
                (copy / package).write_text(changed, encoding="utf-8")
        for _ in range(12):
            for name, values in took.items():
                values.append(client_import_ms(Path(folder) / name))
        return {name: round(min(values[1:]), 2) for name, values in took.items()}
