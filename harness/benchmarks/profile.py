"""Show where the time of a list call goes: `python -m harness.benchmarks.profile`.

Each step is timed on its own, without garbage collection, which has its own row. The last table is
from cProfile, which makes small functions look expensive.
"""

import asyncio
import cProfile
import pstats
from collections.abc import Callable, Iterator
from statistics import median
from time import perf_counter_ns
from typing import Final

from frequenz.client.assets._wire.fast import COMPONENTS
from frequenz.client.assets._wire.lists.parts import PART
from frequenz.client.assets._wire.reply import Reply

from ..shared.tables import table
from ._processes import server
from .callers import BareStub, Caller, Client
from .messages import reply_of
from .offline import Offline, parse
from .stalls import Collecting

_SIZE: Final = 10_000
_TIMES: Final = 15
_FUNCTIONS: Final = 15


def _ms(step: Callable[[], object]) -> float:
    """Return how long a step takes, without freeing its result."""
    took = []
    for _ in range(_TIMES):
        with Collecting() as collecting:
            start = perf_counter_ns()
            result = step()
            took.append(perf_counter_ns() - start - collecting.total)
        del result
    return median(took) / 1e6


async def _calls() -> tuple[float, float, float]:
    """Return ms of a call with the bare stub, with the client, and of the client's collections."""
    async with server("canned") as url:
        callers: tuple[Caller, Caller] = BareStub(url), Client(url)
        took: tuple[list[int], list[int]] = [], []
        collected = []
        for _ in range(_TIMES):
            for caller, values in zip(callers, took, strict=True):
                with Collecting() as collecting:
                    start = perf_counter_ns()
                    result = await caller.list(_SIZE)
                    values.append(perf_counter_ns() - start)
                del result
            collected.append(collecting.total)
    stub, client, garbage = (median(values) / 1e6 for values in (*took, collected))
    return stub, client, garbage


def _steps() -> Iterator[tuple[str, float]]:
    """Yield the steps of a call, each with its time in ms."""
    data = reply_of("component", _SIZE)
    kind = type(parse("component", data))
    reader = COMPONENTS.reader
    columns = reader.table(Reply(kind, data))
    assert columns is not None
    parts = [columns.part(first, PART) for first in range(0, _SIZE, PART)]

    stub, client, garbage = asyncio.run(_calls())
    parsing = _ms(lambda: parse("component", data))
    steps = {
        "gRPC and the network": stub - parsing,
        "read the columns": _ms(lambda: reader.table(Reply(kind, data))),
        "values of the columns": _ms(
            lambda: [columns.part(first, PART) for first in range(0, _SIZE, PART)]
        ),
        "make objects": _ms(lambda: [COMPONENTS.decode(part, []) for part in parts]),
        "check the list": _ms(
            lambda: [(set(part["id"]), set(part["microgrid_id"])) for part in parts]
        ),
        "collect garbage": garbage,
    }
    yield from steps.items()
    yield "the rest", client - sum(steps.values())
    yield "**the call**", client


def _profile() -> None:
    """Print the functions that take the most time, without gRPC."""
    offline = Offline()
    data = reply_of("component", _SIZE)

    async def list_often() -> None:
        for _ in range(_TIMES):
            await offline.list("component", _SIZE, data)

    profile = cProfile.Profile()
    profile.runcall(asyncio.run, list_often())
    pstats.Stats(profile).strip_dirs().sort_stats(pstats.SortKey.TIME).print_stats(_FUNCTIONS)


def main() -> None:
    """Print where the time goes."""
    steps = dict(_steps())
    *_, whole = steps.values()
    rows = [
        (name, f"{took:.2f}", f"{took * 1e3 / _SIZE:.2f}", f"{took / whole:.0%}")
        for name, took in steps.items()
    ]
    columns = (f"list {_SIZE} components", "ms", "µs each", "share")
    print(table(columns, rows, has_numbers=True))
    print(f"\n{_TIMES} calls in cProfile:")
    _profile()


if __name__ == "__main__":
    main()
