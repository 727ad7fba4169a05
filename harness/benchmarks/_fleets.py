"""Fetching a fleet from the Assets server: one call after another, and many at once."""

from collections.abc import Mapping
from statistics import median
from typing import Any, Final

from ..shared.clients import OURS, PUBLISHED
from ._processes import Worker, server
from ._rounds import Rounds, rotated
from .messages import ALL_READ, AT_ONCE, ONE_BY_ONE

WAYS: Final = (
    (PUBLISHED, ONE_BY_ONE),
    (OURS, ONE_BY_ONE),
    (OURS, AT_ONCE),
    (OURS, ALL_READ),
)
"""A client, and how it fetches the fleet; the others are compared with the first."""


async def fleets(workers: Mapping[str, Worker], rounds: Rounds) -> dict[str, Any]:
    """Measure how long it takes to fetch 1 000 sites, by client and way."""
    took: dict[tuple[str, str], list[float]] = {way: [] for way in WAYS}
    async with server("fleet") as url:
        for number in rounds:
            for client, how in rotated(WAYS, number):
                took[client, how].append(await workers[client].ask("fleet", url, how) / 1e6)
    first = took[WAYS[0]]
    figures: dict[str, Any] = {client: {} for client, _ in WAYS}
    for (client, how), values in took.items():
        ratios = [mine / published for mine, published in zip(values, first, strict=True)]
        figures[client][how] = {
            "rounds": len(values),
            "ms": median(values),
            "ratio": median(ratios),
        }
    return figures
