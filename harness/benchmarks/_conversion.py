"""How a client converts the bytes of a reply, without a server: time, memory, the event loop."""

from collections.abc import Mapping, Sequence
from operator import sub
from statistics import median
from typing import Any, Final, NamedTuple

from ..shared.clients import OURS, PUBLISHED
from ._processes import Worker
from ._rounds import Rounds, rotated
from ._statistics import milliseconds, of_pairs

# The names below are keys of the figures: see `docs/performance.json`.

STUB: Final = "bare stub"
"""Only parses the reply."""

WITHOUT_COLLECTING: Final = {
    client: f"{client}, without collecting" for client in (PUBLISHED, OURS)
}
"""A client's time without garbage collection."""

FRESH: Final = {client: f"{client}, memory from the system" for client in (PUBLISHED, OURS)}
"""A client's time without garbage collection, with memory that it gets from the system."""

LEAST: Final = "least"
"""The least of each figure, which nothing else on the machine can lower."""

READ_BOUNDS: Final = "distinct component, seen"
"""Components whose bounds were read, which makes their dictionaries."""

KEPT: Final = 10_000
"""How many components are listed to measure their memory."""

LONGEST: Final = 100_000
"""How many components the longest list has."""


class _Task(NamedTuple):
    kind: str
    size: int
    times: int
    """In each round."""


_TASKS: Final = (
    _Task("component", 100, 60),
    _Task("component", 1_000, 12),
    _Task("component", 10_000, 2),
    _Task("component", LONGEST, 1),
    _Task("mixed component", 10_000, 2),
    _Task("connection", 1_000, 20),
    _Task("connection", 10_000, 3),
)
_KEPT: Final = {
    "component": ("component", False),
    "distinct component": ("distinct component", False),
    READ_BOUNDS: ("distinct component", True),
}
"""The kind of component, and whether its bounds are read."""


async def conversions(workers: Mapping[str, Worker], rounds: Rounds) -> dict[str, Any]:
    """Measure µs of processor time for each object: by its kind, the list's length, the client.

    `parsing` and `touching` are the floor, measured in the process of this client.
    """
    took: dict[_Task, dict[str, list[float]]] = {task: {} for task in _TASKS}

    def add(task: _Task, name: str, nanoseconds: Sequence[float]) -> None:
        microseconds = [value / task.size / 1e3 for value in nanoseconds]
        took[task].setdefault(name, []).extend(microseconds)

    for number in rounds:
        for task in _TASKS:
            for client in rotated([*workers], number):
                total, collecting = await workers[client].ask("convert", *task)
                first, *others = map(sub, total, collecting)
                add(task, client, total[1:])
                add(task, WITHOUT_COLLECTING[client], others)
                if task.size == LONGEST:  # a short list fits into memory that the process has
                    add(task, FRESH[client], [first])
            parsing, touching = await workers[OURS].ask("floor", *task)
            add(task, "parsing", parsing)
            add(task, "touching", touching)
    figures: dict[str, Any] = {}
    for task, names in took.items():
        figures.setdefault(task.kind, {})[str(task.size)] = {
            **{name: round(median(values), 3) for name, values in names.items()},
            LEAST: {name: round(min(values), 3) for name, values in names.items()},
        }
    return figures


async def memory(workers: Mapping[str, Worker]) -> dict[str, Any]:
    """Measure the bytes that each component keeps."""
    return {
        name: {
            client: round(await worker.ask("kept", kind, KEPT, reads_bounds) / KEPT, 1)
            for client, worker in workers.items()
        }
        for name, (kind, reads_bounds) in _KEPT.items()
    }


async def stalls(workers: Mapping[str, Worker], rounds: Rounds) -> dict[str, Any]:
    """Measure how long the event loop is blocked while components arrive."""
    measured = [(STUB, "stub", OURS), *((client, "client", client) for client in workers)]
    took: dict[str, list[dict[str, int]]] = {name: [] for name, *_ in measured}
    for number in rounds:
        for name, caller, client in rotated(measured, number):
            took[name].append(await workers[client].ask("stalls", caller, "component", LONGEST))
    figures: dict[str, Any] = {}
    for name, runs in took.items():
        figures[name] = {
            f"{key}_ms": milliseconds(median(run[key] for run in runs)) for key in runs[0]
        }
        figures[name]["worst_ms"] = milliseconds(max(run["longest"] for run in runs))
        figures[name]["runs"] = len(runs)
    return figures


async def pauses(workers: Mapping[str, Worker], rounds: Rounds) -> dict[str, Any]:
    """Measure the cost of the pauses that this client makes between the parts of a long list."""
    took: list[list[float]] = [[], []]
    for _ in rounds:
        pair = await workers[OURS].ask("pauses", "component", LONGEST, 2)
        for values, more in zip(took, pair, strict=True):
            values.extend(more)
    return of_pairs(*took)
