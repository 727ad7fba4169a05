"""How long an event loop is blocked, and how long garbage collection takes.

Used in the environments of both clients: it names nothing that only one of them has.
"""

import asyncio
import gc
from collections.abc import Callable, Coroutine
from time import perf_counter_ns
from typing import Any, Self


class Collecting:
    """Measures the time of garbage collection within a `with` block, with a clock in ns."""

    def __init__(self, clock: Callable[[], int] = perf_counter_ns) -> None:
        self.total = 0
        self.longest = 0
        self._clock = clock
        self._began = 0

    def __enter__(self) -> Self:
        gc.callbacks.append(self._on_collection)
        return self

    def __exit__(self, *_: object) -> None:
        gc.callbacks.remove(self._on_collection)

    def _on_collection(self, phase: str, _: dict[str, int]) -> None:
        if phase == "start":
            self._began = self._clock()
            return
        took = self._clock() - self._began
        self.total += took
        self.longest = max(self.longest, took)


class _Ticking:
    """Runs in each iteration of the event loop, and measures the longest time between two."""

    def __init__(self, collecting: Collecting) -> None:
        self.longest = 0
        self._collecting = collecting
        self._collected = 0
        self._last = 0
        self._handle: asyncio.Handle | None = None

    def __enter__(self) -> Self:
        self._last = perf_counter_ns()
        self._schedule()
        return self

    def __exit__(self, *_: object) -> None:
        if self._handle is not None:
            self._handle.cancel()

    def _schedule(self) -> None:
        self._handle = asyncio.get_running_loop().call_soon(self._tick)

    def _tick(self) -> None:
        now = perf_counter_ns()
        collected = self._collecting.total
        self.longest = max(self.longest, now - self._last - (collected - self._collected))
        self._last, self._collected = now, collected
        self._schedule()


async def stall(coroutine: Coroutine[Any, Any, object]) -> dict[str, int]:
    """Return in ns how long a coroutine takes, and how long it blocks the event loop at most.

    Garbage collection is not part of the longest stall, but has its own figures.
    """
    gc.collect()
    with Collecting() as collecting, _Ticking(collecting) as ticking:
        start = perf_counter_ns()
        result = await coroutine
        total = perf_counter_ns() - start
        await asyncio.sleep(0)  # runs what was blocked until now
        await asyncio.sleep(0)
    del result
    return {
        "longest": ticking.longest,
        "total": total,
        "collection": collecting.longest,
        "collections": collecting.total,
    }
