"""What a client makes of a reply's bytes, without a server: time, memory, the event loop's."""

from collections.abc import Mapping, Sequence
from operator import sub
from statistics import median
from typing import Any, Final, NamedTuple

from ._processes import OURS, THEIRS, Worker
from ._rounds import Rounds, by_turns
from ._statistics import milliseconds, of_pairs

KEPT: Final = 10_000
"""How many components' memory is measured."""

STUB: Final = "bare stub"
"""What the side is called that only parses."""

LONGEST: Final = 100_000
"""How many components there are at most, and in the list that holds the event loop up."""

WITHOUT_COLLECTING: Final = {side: f"{side}, without collecting" for side in (THEIRS, OURS)}
"""What the time of a side is called that leaves out garbage collection."""


FRESH: Final = {side: f"{side}, memory from the system" for side in (THEIRS, OURS)}
"""What the time of a side is called, without collecting, that takes its memory from the system."""


class _Task(NamedTuple):
    what: str
    size: int
    times: int
    """How often in a round."""


_TASKS: Final = (
    _Task("component", 100, 60),
    _Task("component", 1_000, 12),
    _Task("component", 10_000, 2),
    _Task("component", LONGEST, 1),
    _Task("mixed component", 10_000, 2),
    _Task("connection", 1_000, 20),
    _Task("connection", 10_000, 3),
)


LEAST: Final = "least"
"""Where the least of each side's figures are, which nothing else on the machine can lower."""

SEEN: Final = "distinct component, seen"
"""What components are called whose bounds were looked at."""

_KEPT: Final = {
    "component": ("component", False),
    "distinct component": ("distinct component", False),
    SEEN: ("distinct component", True),
}


async def conversions(workers: Mapping[str, Worker], rounds: Rounds) -> dict[str, Any]:
    """Measure µs of the processor for each object: by its kind, how many there are, and the side.

    `parsing` and `touching` are the floor, measured beside this client.
    """
    took: dict[_Task, dict[str, list[float]]] = {task: {} for task in _TASKS}

    def add(task: _Task, name: str, nanoseconds: Sequence[float]) -> None:
        each = [value / task.size / 1e3 for value in nanoseconds]
        took[task].setdefault(name, []).extend(each)

    for number in rounds:
        for task in _TASKS:
            for side in by_turns([*workers], number):
                total, collecting = await workers[side].ask("convert", *task)
                first, *others = map(sub, total, collecting)
                add(task, side, total[1:])
                add(task, WITHOUT_COLLECTING[side], others)
                if task.size == LONGEST:  # a short list finds the memory of others in the process
                    add(task, FRESH[side], [first])
            parsing, touching = await workers[OURS].ask("floor", *task)
            add(task, "parsing", parsing)
            add(task, "touching", touching)
    figures: dict[str, Any] = {}
    for task, sides in took.items():
        figures.setdefault(task.what, {})[str(task.size)] = {
            **{name: round(median(values), 3) for name, values in sides.items()},
            LEAST: {name: round(min(values), 3) for name, values in sides.items()},
        }
    return figures


async def memory(workers: Mapping[str, Worker]) -> dict[str, Any]:
    """Measure the bytes that each component keeps."""
    return {
        name: {
            side: round(await worker.ask("kept", what, KEPT, is_seen) / KEPT, 1)
            for side, worker in workers.items()
        }
        for name, (what, is_seen) in _KEPT.items()
    }


async def stalls(workers: Mapping[str, Worker], rounds: Rounds) -> dict[str, Any]:
    """Measure how long the event loop is held up while components arrive."""
    sides = [(STUB, "stub", OURS), *((side, "client", side) for side in workers)]
    took: dict[str, list[dict[str, int]]] = {name: [] for name, *_ in sides}
    for number in rounds:
        for name, side, worker in by_turns(sides, number):
            took[name].append(await workers[worker].ask("stalls", side, "component", LONGEST))
    figures: dict[str, Any] = {}
    for name, runs in took.items():
        figures[name] = {
            f"{key}_ms": milliseconds(median(run[key] for run in runs)) for key in runs[0]
        }
        figures[name]["worst_ms"] = milliseconds(max(run["longest"] for run in runs))
        figures[name]["runs"] = len(runs)
    return figures


async def pauses(workers: Mapping[str, Worker], rounds: Rounds) -> dict[str, Any]:
    """Measure what the pauses cost that this client makes between the parts of a long list."""
    took: list[list[float]] = [[], []]
    for _ in rounds:
        pair = await workers[OURS].ask("pauses", "component", LONGEST, 2)
        for values, more in zip(took, pair, strict=True):
            values.extend(more)
    return of_pairs(*took)
