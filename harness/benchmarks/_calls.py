"""Calls on loopback: each client beside the bare stub in its own process."""

from collections.abc import Mapping
from typing import Any, Final

from ._processes import Worker
from ._rounds import Rounds, by_turns
from ._statistics import of_pairs
from .messages import SIZES

GET_BURST: Final = 200
"""How many pairs of calls one process makes before it is the other one's turn."""

_LIST_BURSTS: Final = dict(zip(SIZES, (40, 30, 10, 3), strict=True))


async def gets(workers: Mapping[str, Worker], url: str, rounds: Rounds) -> dict[str, Any]:
    """Measure how long it takes to get a microgrid, each time another one."""
    return await _gets(workers, url, rounds, "get")


async def gets_again(workers: Mapping[str, Worker], url: str, rounds: Rounds) -> dict[str, Any]:
    """Measure how long it takes to get the same microgrid."""
    return await _gets(workers, url, rounds, "get again")


async def _gets(
    workers: Mapping[str, Worker], url: str, rounds: Rounds, what: str
) -> dict[str, Any]:
    return (await _pairs(workers, url, rounds, what, {SIZES[0]: GET_BURST}))[str(SIZES[0])]


async def lists(workers: Mapping[str, Worker], url: str, rounds: Rounds) -> dict[str, Any]:
    """Measure how long it takes to list components, by how many there are."""
    return await _pairs(workers, url, rounds, "list", _LIST_BURSTS)


async def _pairs(
    workers: Mapping[str, Worker], url: str, rounds: Rounds, what: str, bursts: Mapping[int, int]
) -> dict[str, dict[str, Any]]:
    """Return by size and side what the pairs of calls say."""
    took: dict[int, dict[str, list[list[float]]]] = {
        size: {side: [[], []] for side in workers} for size in bursts
    }
    for worker in workers.values():
        for size in bursts:
            await worker.ask("pairs", url, what, size, 2)  # the first calls connect
    for number in rounds:
        for size, times in bursts.items():
            for side in by_turns([*workers], number):
                burst = await workers[side].ask("pairs", url, what, size, times)
                for values, more in zip(took[size][side], burst, strict=True):
                    values.extend(more)
    return {
        str(size): {side: of_pairs(*pair) for side, pair in sides.items()}
        for size, sides in took.items()
    }
