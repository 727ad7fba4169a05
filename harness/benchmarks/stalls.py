"""How long an event loop is held up, and how long garbage collection takes.

Used in the environments of both clients: it names nothing that only one of them has.
"""

import asyncio
import gc
from collections.abc import Callable, Coroutine
from time import perf_counter_ns
from typing import Any, Self


class Collecting:
    """Tells how long garbage collection takes while this is entered, by a clock in ns."""

    def __init__(self, clock: Callable[[], int] = perf_counter_ns) -> None:
        self.total = 0
        self.longest = 0
        self._clock = clock
        self._began = 0

    def __enter__(self) -> Self:
        gc.callbacks.append(self._told)
        return self

    def __exit__(self, *_: object) -> None:
        gc.callbacks.remove(self._told)

    def _told(self, phase: str, _: dict[str, int]) -> None:
        if phase == "start":
            self._began = self._clock()
            return
        took = self._clock() - self._began
        self.total += took
        self.longest = max(self.longest, took)


class _Ticking:
    """Runs once in each turn of the event loop, and keeps the longest time between two turns."""

    def __init__(self, collecting: Collecting) -> None:
        self.longest = 0
        self._collecting = collecting
        self._collected = 0
        self._last = 0
        self._handle: asyncio.Handle | None = None

    def __enter__(self) -> Self:
        self._last = perf_counter_ns()
        self._again()
        return self

    def __exit__(self, *_: object) -> None:
        if self._handle is not None:
            self._handle.cancel()

    def _again(self) -> None:
        self._handle = asyncio.get_running_loop().call_soon(self._tick)

    def _tick(self) -> None:
        now = perf_counter_ns()
        collected = self._collecting.total
        self.longest = max(self.longest, now - self._last - (collected - self._collected))
        self._last, self._collected = now, collected
        self._again()


async def stall(coroutine: Coroutine[Any, Any, object]) -> dict[str, int]:
    """Return how long it takes in ns, and how long it and the garbage hold others up at most."""
    gc.collect()
    with Collecting() as collecting, _Ticking(collecting) as ticking:
        start = perf_counter_ns()
        result = await coroutine
        total = perf_counter_ns() - start
        await asyncio.sleep(0)  # what was held up until now has its turn, too
        await asyncio.sleep(0)
    del result
    return {
        "longest": ticking.longest,
        "total": total,
        "collection": collecting.longest,
        "collections": collecting.total,
    }
