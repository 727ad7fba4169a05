"""Calls on loopback: each client compared with the bare stub in its own process."""

from collections.abc import Mapping
from typing import Any, Final

from ..shared.clients import OURS
from ._processes import Worker
from ._rounds import Rounds, rotated
from ._statistics import of_pairs
from .messages import SIZES

GET_BURST: Final = 200
"""How many pairs of calls a process makes before the other one takes its turn."""

_BLOCKING_SIZE: Final = SIZES[1]
"""How many components a blocking call lists."""

_LIST_BURSTS: Final = dict(zip(SIZES, (40, 30, 10, 3), strict=True))


async def gets(workers: Mapping[str, Worker], url: str, rounds: Rounds) -> dict[str, Any]:
    """Measure how long it takes to get a microgrid, another one in each call."""
    return await _gets(workers, url, rounds, "get")


async def gets_again(workers: Mapping[str, Worker], url: str, rounds: Rounds) -> dict[str, Any]:
    """Measure how long it takes to get the same microgrid again."""
    return await _gets(workers, url, rounds, "get again")


async def _gets(
    workers: Mapping[str, Worker], url: str, rounds: Rounds, call: str
) -> dict[str, Any]:
    return (await pairs(workers, url, rounds, call, {SIZES[0]: GET_BURST}))[str(SIZES[0])]


async def lists(workers: Mapping[str, Worker], url: str, rounds: Rounds) -> dict[str, Any]:
    """Measure how long it takes to list components, by their number."""
    return await pairs(workers, url, rounds, "list", _LIST_BURSTS)


async def blocking(workers: Mapping[str, Worker], url: str, rounds: Rounds) -> dict[str, Any]:
    """Measure what a blocking call adds to an asynchronous one of the same client."""
    bursts = {"get": (SIZES[0], GET_BURST), "list": (_BLOCKING_SIZE, _LIST_BURSTS[_BLOCKING_SIZE])}
    took: dict[str, list[list[float]]] = {call: [[], []] for call in bursts}
    for call, (size, _) in bursts.items():
        await workers[OURS].ask("blocking", url, call, size, 2)  # the first calls connect
    for _ in rounds:
        for call, (size, times) in bursts.items():
            burst = await workers[OURS].ask("blocking", url, call, size, times)
            for values, more in zip(took[call], burst, strict=True):
                values.extend(more)
    return {call: of_pairs(*pair) for call, pair in took.items()}


async def pairs(
    workers: Mapping[str, Worker], url: str, rounds: Rounds, call: str, bursts: Mapping[int, int]
) -> dict[str, dict[str, Any]]:
    """Return statistics of pairs of calls, by size and client."""
    took: dict[int, dict[str, list[list[float]]]] = {
        size: {client: [[], []] for client in workers} for size in bursts
    }
    for worker in workers.values():
        for size in bursts:
            await worker.ask("pairs", url, call, size, 2)  # the first calls connect
    for number in rounds:
        for size, times in bursts.items():
            for client in rotated([*workers], number):
                burst = await workers[client].ask("pairs", url, call, size, times)
                for values, more in zip(took[size][client], burst, strict=True):
                    values.extend(more)
    return {
        str(size): {client: of_pairs(*pair) for client, pair in clients.items()}
        for size, clients in took.items()
    }
