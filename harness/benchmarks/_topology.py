"""Queries about the topology of a site of 100 000 components."""

import asyncio
import json
import subprocess
from typing import Any, Final

from ..shared.clients import OURS, module_command
from ..shared.paths import ROOT

_SECONDS: Final = 120


async def topology() -> dict[str, Any]:
    """Measure ms of the processor for the bare graph, for a topology, and for each query."""
    ended = await asyncio.to_thread(
        subprocess.run,
        module_command(OURS, "harness.benchmarks.topology"),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=_SECONDS,
    )
    return dict(json.loads(ended.stdout))


def slowest(figures: Any, key: str) -> float:
    """Return the time of the slowest query, in ms."""
    return float(max(query[key] for query in figures["queries"].values()))
