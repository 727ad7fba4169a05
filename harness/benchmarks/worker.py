"""One client and the bare stub in a process of its own: `python -m harness.benchmarks.worker`.

The first line on standard output tells the versions; then each command that comes as a line of
JSON on standard input, a name of `_TASKS` and its arguments, is answered by a line of JSON.
"""

import asyncio
import gc
import json
import platform
import sys
import tracemalloc
from collections.abc import Awaitable, Callable, Mapping
from functools import cache, partial
from importlib.metadata import version
from itertools import cycle
from time import perf_counter_ns, thread_time_ns
from typing import Any, Final

from .messages import OTHERS, reply_of
from .offline import Offline, arrival, at_one_go, parse, touch
from .sides import BareStub, Client, Side
from .stalls import Collecting, stall

_PACKAGES: Final = ("frequenz-client-assets", "frequenz-client-base", "grpcio", "protobuf")


_FILLING: Final = 400
"""What memory is filled with, in bytes: more than 512 Python has no part in."""

_KEPT: Final = 1200
"""What the objects of a component take in either client, in bytes, and some more."""

_others: Final = cycle(OTHERS)


@cache
def _sides(url: str) -> tuple[Side, Side]:
    return BareStub(url), Client(url)


@cache
def _offline() -> Offline:
    return Offline()


async def pairs(url: str, what: str, size: int, times: int) -> list[list[int]]:
    """Return how long calls took, in ns: by turns on the bare stub and the client."""
    took: list[list[int]] = [[], []]
    both = [*enumerate(_sides(url))]
    for _ in range(times):
        number = next(_others) if what == "get" else size
        for index, side in both:
            call = side.list if what == "list" else side.get
            start = perf_counter_ns()
            result = await call(number)
            took[index].append(perf_counter_ns() - start)
            del result  # outside of what is timed, for both alike
        both.reverse()  # none always follows the other one
    return took


async def convert(what: str, size: int, times: int) -> list[list[int]]:
    """Return the processor's time from a reply's bytes to objects, in ns, and that of garbage.

    The first one takes its memory from the system; the others find it in the process.
    """
    data = reply_of(what, size)
    gc.collect()  # what others left is none of this
    took = [await _conversion(what, size, data)]
    memory = _memory_for(size)
    gc.collect()
    took += [await _conversion(what, size, data) for _ in range(times)]
    del memory
    return [[*values] for values in zip(*took, strict=True)]


async def _conversion(what: str, size: int, data: bytes) -> tuple[int, int]:
    listing = _offline().list(what, size, data)
    with Collecting(thread_time_ns) as collecting:
        start = thread_time_ns()
        result = await listing
        took = thread_time_ns() - start
    del result
    return took, collecting.total


def _memory_for(size: int) -> list[bytes]:
    """Return what keeps memory for so many objects in the process, empty as that is.

    Python takes it from the system a MiB at a time, and gives it back when nothing is left in it.
    """
    filled = [bytes(_FILLING) for _ in range(size * _KEPT // _FILLING)]
    return filled[::1000]


async def floor(what: str, size: int, times: int) -> list[list[int]]:
    """Return the processor's time for parsing a reply, in ns, and for touching its fields."""
    data = reply_of(what, size)
    took: list[list[int]] = [[], []]
    for _ in range(times):
        start = thread_time_ns()
        reply = parse(what, data)
        parsed = thread_time_ns()
        touch(what, reply)
        touched = thread_time_ns()
        took[0].append(parsed - start)
        took[1].append(touched - parsed)
    return took


async def pauses(what: str, size: int, times: int) -> list[list[int]]:
    """Return the processor's time at one go, in ns, and with the pauses that the client makes."""
    data = reply_of(what, size)
    took: list[list[int]] = [[], []]
    order = [0, 1]
    # The first one takes the memory from the system.
    at_one_go(_offline().list(what, size, data, waits=False))
    for _ in range(times):
        for has_pauses in order:
            listing = _offline().list(what, size, data, waits=False)
            gc.collect()  # each begins alike
            start = thread_time_ns()
            result = await listing if has_pauses else at_one_go(listing)
            took[has_pauses].append(thread_time_ns() - start)
            del result, listing
        order.reverse()
    return took


async def kept(what: str, size: int, is_seen: bool) -> int:
    """Return how many bytes of memory components keep, as far as Python knows of them.

    What the client keeps for later calls counts, too. What is made at first look is made if they
    are to be seen.
    """
    await _offline().list(what, 10, reply_of(what, 10))
    data = reply_of(what, size)
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        result: Any = await _offline().list(what, size, data)
        if is_seen:
            for component in result:
                component.rated_bounds  # noqa: B018 - this is to look at it
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
        del result
    finally:
        tracemalloc.stop()
    return after - before


async def stalls(side: str, what: str, size: int) -> dict[str, int]:
    """Return how long the event loop is held up while a reply arrives: see `stall`."""
    data = reply_of(what, size)
    if side == "stub":
        return await stall(arrival(data, partial(parse, what)))
    return await stall(_offline().list(what, size, data))


_TASKS: Final[Mapping[str, Callable[..., Awaitable[Any]]]] = {
    task.__name__: task for task in (pairs, convert, floor, pauses, kept, stalls)
}


async def _main() -> None:
    versions = {name: version(name) for name in _PACKAGES}
    print(json.dumps({"Python": platform.python_version(), **versions}), flush=True)
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        print(json.dumps(await _TASKS[name](*arguments)), flush=True)


if __name__ == "__main__":
    asyncio.run(_main())
