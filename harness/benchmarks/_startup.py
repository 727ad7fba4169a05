"""How long imports take, and the help of the command line."""

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

from ..shared.clients import OURS, PUBLISHED, PYTHONS
from ._rounds import Rounds, rotated

ItemT = TypeVar("ItemT")

FLOOR: Final = "gRPC, messages, base packages"
PACKAGE_ALONE: Final = f"{OURS}, the package alone"

_PACKAGE: Final = "import frequenz.client.assets"
_FLOOR_IMPORT: Final = """
import grpc.aio
import frequenz.api.platformassets.v1alpha1.platformassets_pb2_grpc
import frequenz.client.base.client
import frequenz.client.common.microgrid
"""
# The package imports that module with importlib, which -X importtime does not see.
_CLIENT_IMPORT: Final = """
import frequenz.client.assets._client
from frequenz.client.assets import AssetsApiClient
"""

_SECONDS: Final = 30.0
_TIME: Final = re.compile(r"import time: +(\d+) \| +\d+ \| +(\S+)")


class _Import(NamedTuple):
    name: str
    client: str
    statements: str


_IMPORTS: Final = (
    _Import(PUBLISHED, PUBLISHED, _PACKAGE),
    _Import(OURS, OURS, _CLIENT_IMPORT),
    _Import(PACKAGE_ALONE, OURS, _PACKAGE),
    _Import(FLOOR, OURS, _FLOOR_IMPORT),
)


async def imports(rounds: Rounds) -> dict[str, Any]:
    """Measure how long imports take."""
    return await _statistics(rounds, {one.name: one for one in _IMPORTS}, _import_ms)


async def helps(rounds: Rounds) -> dict[str, Any]:
    """Measure how long `assets-cli --help` takes."""
    commands = {client: python.parent / "assets-cli" for client, python in PYTHONS.items()}
    return await _statistics(rounds, commands, _help_ms)


async def _statistics(
    rounds: Rounds, items: Mapping[str, ItemT], measure: Callable[[ItemT], dict[str, float]]
) -> dict[str, Any]:
    """Return by name the least and the median of each measure, and the ratio to the published one.

    The ratio is the median of the rounds' ratios: what slows the machine down for a while slows
    down both sides of each.
    """
    took: dict[str, list[dict[str, float]]] = {name: [] for name in items}
    for item in items.values():
        await asyncio.to_thread(measure, item)  # compiles modules that are not compiled yet
    for number in rounds:
        for name in rotated([*items], number):
            took[name].append(await asyncio.to_thread(measure, items[name]))
    figures: dict[str, Any] = {name: {"runs": len(runs)} for name, runs in took.items()}
    for name, runs in took.items():
        for key in runs[0]:
            values = [run[key] for run in runs]
            published = [run[key] for run in took[PUBLISHED]]
            figures[name][key] = {
                "least": round(min(values), 2),
                "median": round(median(values), 2),
                "ratio": round(median(map(truediv, values, published)), 4),
                "ratio_of_least": round(min(values) / min(published), 4),
            }
    return figures


def _import_ms(item: _Import) -> dict[str, float]:
    return {"ms": _imports_ms(item.statements, PYTHONS[item.client], "-E")}


def client_import_ms(source: Path) -> float:
    """Return the time of importing this client from a source folder, in ms."""
    return _imports_ms(_CLIENT_IMPORT, PYTHONS[OURS], PYTHONPATH=str(source))


def _imports_ms(statements: str, python: Path, *options: str, **variables: str) -> float:
    """Return the time of all imports that come after the interpreter's own, in ms."""
    run = subprocess.run(
        [python, *options, "-X", "importtime", "-c", statements],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=True,
        timeout=_SECONDS,
    )
    times = _TIME.findall(run.stderr)
    own = [name for _, name in times].index("site")
    return sum(int(microseconds) for microseconds, _ in times[own + 1 :]) / 1e3


def _help_ms(command: Path) -> dict[str, float]:
    """Return the wall time and the processor time."""
    before = getrusage(RUSAGE_CHILDREN)
    start = perf_counter_ns()
    # Reading the output to its end ends with the process; a wait with a timeout would poll in
    # steps of up to 50 ms.
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
