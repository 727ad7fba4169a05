"""Fleets as tables: from the replies about a site, from a call, and to Parquet."""

import asyncio
import json
import subprocess
from collections.abc import Mapping
from statistics import median
from typing import Any, Final

from ..shared.clients import OURS, PUBLISHED, module_command
from ..shared.paths import ROOT
from ._calls import pairs
from ._processes import Worker
from ._rounds import Rounds, rotated
from .to_parquet import SIZE as SITE

SIZE: Final = 10_000
"""How many components the site has whose replies become tables."""

TABLE_BURSTS: Final = {1_000: 30, 10_000: 8}
"""By the length of a list, how many pairs of calls make a burst."""

SITES: Final = {OURS: 1_000, PUBLISHED: 100}
"""How many sites each client writes; more of them would take the published one minutes."""

_SECONDS: Final = 300


async def tables(workers: Mapping[str, Worker], rounds: Rounds) -> dict[str, Any]:
    """Measure µs of processor time for each component of a site, with all that belongs to it."""
    took: dict[str, list[float]] = {client: [] for client in workers}
    for number in rounds:
        for client in rotated([*workers], number):
            burst = await workers[client].ask("site", SIZE, 3, client == OURS)
            took[client] += [value / SIZE / 1e3 for value in burst]
    return {client: round(median(values), 3) for client, values in took.items()}


async def table_lists(workers: Mapping[str, Worker], url: str, rounds: Rounds) -> dict[str, Any]:
    """Measure how long it takes to list components as tables, by their number."""
    return await pairs({OURS: workers[OURS]}, url, rounds, "table", TABLE_BURSTS)


async def to_parquet(rounds: Rounds) -> dict[str, Any]:
    """Measure µs for each component written to Parquet, and the most memory, by client."""
    runs: dict[str, list[dict[str, float]]] = {client: [] for client in SITES}
    for number in rounds:
        for client in rotated([*SITES], number):
            command = module_command(client, "harness.benchmarks.to_parquet", str(SITES[client]))
            ended = await asyncio.to_thread(
                subprocess.run,
                command,
                cwd=ROOT,
                stdout=subprocess.PIPE,
                text=True,
                check=True,
                timeout=_SECONDS,
            )
            runs[client].append(json.loads(ended.stdout))
    return {
        client: {
            "components": SITES[client] * SITE,
            "us": round(median(it["seconds"] for it in of_client) * 1e6 / SITES[client] / SITE, 3),
            "peak_mb": round(max(it["peak_mb"] for it in of_client)),
        }
        for client, of_client in runs.items()
    }
