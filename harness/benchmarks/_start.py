"""How long it takes until something can be done: the import, and the command line's help."""

import asyncio
import os
import re
import subprocess
from collections.abc import Callable, Mapping
from operator import truediv
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median
from time import perf_counter_ns
from typing import Any, Final, NamedTuple, TypeVar

from ._processes import OURS, PYTHONS, THEIRS
from ._rounds import Rounds, by_turns

ItemT = TypeVar("ItemT")

FLOOR: Final = "gRPC, messages, base packages"
DOOR: Final = f"{OURS}, the package alone"

_PACKAGE: Final = "import frequenz.client.assets"
_FLOOR_IMPORT: Final = """
import grpc.aio
import frequenz.api.platformassets.v1alpha1.platformassets_pb2_grpc
import frequenz.client.base.client
import frequenz.client.common.microgrid
"""
# The package imports that module by importlib, which -X importtime does not see.
_CLIENT_IMPORT: Final = """
import frequenz.client.assets._client
from frequenz.client.assets import AssetsApiClient
"""

_SECONDS: Final = 30.0
_TIME: Final = re.compile(r"import time: +(\d+) \| +\d+ \| +(\S+)")


class _Import(NamedTuple):
    name: str
    side: str
    statements: str


_IMPORTS: Final = (
    _Import(THEIRS, THEIRS, _PACKAGE),
    _Import(OURS, OURS, _CLIENT_IMPORT),
    _Import(DOOR, OURS, _PACKAGE),
    _Import(FLOOR, OURS, _FLOOR_IMPORT),
)


async def imports(rounds: Rounds) -> dict[str, Any]:
    """Measure how long imports take."""
    return await _by_turns(rounds, {one.name: one for one in _IMPORTS}, _import_ms)


async def helps(rounds: Rounds) -> dict[str, Any]:
    """Measure how long `assets-cli --help` takes."""
    commands = {side: python.parent / "assets-cli" for side, python in PYTHONS.items()}
    return await _by_turns(rounds, commands, _help_ms)


async def _by_turns(
    rounds: Rounds,
    all_measured: Mapping[str, ItemT],
    measure: Callable[[ItemT], dict[str, float]],
) -> dict[str, Any]:
    """Return by name the least and the median of each of its measures, and the ratio to theirs.

    The ratio is the median of those of the rounds: what slows the machine down for a while slows
    down both sides of each.
    """
    took: dict[str, list[dict[str, float]]] = {name: [] for name in all_measured}
    for one in all_measured.values():
        await asyncio.to_thread(measure, one)  # which compiles what is not yet compiled
    for number in rounds:
        for name in by_turns([*all_measured], number):
            took[name].append(await asyncio.to_thread(measure, all_measured[name]))
    figures: dict[str, Any] = {name: {"runs": len(runs)} for name, runs in took.items()}
    for name, runs in took.items():
        for key in runs[0]:
            values = [run[key] for run in runs]
            theirs = [run[key] for run in took[THEIRS]]
            figures[name][key] = {
                "least": round(min(values), 2),
                "median": round(median(values), 2),
                "ratio": round(median(map(truediv, values, theirs)), 4),
                "ratio_of_least": round(min(values) / min(theirs), 4),
            }
    return figures


def _import_ms(one: _Import) -> dict[str, float]:
    """Return what the imports that come after the interpreter's own take together."""
    run = subprocess.run(
        [PYTHONS[one.side], "-E", "-X", "importtime", "-c", one.statements],
        capture_output=True,
        text=True,
        check=True,
        timeout=_SECONDS,
    )
    times = _TIME.findall(run.stderr)
    own = [name for _, name in times].index("site")
    return {"ms": sum(int(microseconds) for microseconds, _ in times[own + 1 :]) / 1e3}


def _help_ms(command: Path) -> dict[str, float]:
    """Return the time on the wall and the processor's."""
    before = getrusage(RUSAGE_CHILDREN)
    start = perf_counter_ns()
    # Its output is read to the end: without that, a wait with a timeout is one of naps of up to
    # 50 ms, and so would be the time.
    subprocess.run(
        [command, "--help"],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": ""},
        check=True,
        timeout=_SECONDS,
    )
    took = perf_counter_ns() - start
    after = getrusage(RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall_ms": took / 1e6, "processor_ms": used * 1e3}
