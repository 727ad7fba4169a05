"""One client and the bare stub in their own process: `python -m harness.benchmarks.worker [TRICK]`.

The first line that it writes has the versions. Each line that it reads is one of `_TASKS` with its
arguments, and answered with the figures. With a TRICK, the client does without it: see `tricks`.
"""

import asyncio
import gc
import platform
import sys
import tracemalloc
from collections.abc import Awaitable, Callable, Mapping
from functools import cache, partial
from importlib.metadata import version
from itertools import cycle
from time import perf_counter_ns, thread_time_ns
from typing import Any, Final

from ..shared.answering import answer_lines, write_line
from .callers import BareStub, Caller, Client
from .messages import ALL_READ, FLEET, ONE_BY_ONE, OTHERS, reply_of
from .offline import Offline, arrival, parse, touch, without_pauses
from .stalls import Collecting, stall

_PACKAGES: Final = ("frequenz-client-assets", "frequenz-client-base", "grpcio", "protobuf")

_FILLING_BYTES: Final = 400
"""The size of objects that fill memory; Python does not manage that of objects above 512."""

_COMPONENT_BYTES: Final = 1200
"""More than the objects of a component take in either client."""

_other_ids: Final = cycle(OTHERS)


@cache
def _callers(url: str, call: str) -> tuple[Caller, Caller]:
    if call == "table":
        from .tables import TableClient  # noqa: PLC0415 - the published client has no tables

        return BareStub(url), TableClient(url)
    return BareStub(url), Client(url)


@cache
def _offline() -> Offline:
    return Offline()


async def pairs(url: str, call: str, size: int, times: int) -> list[list[int]]:
    """Return how long calls took in ns, alternately with the bare stub and the client."""
    took: list[list[int]] = [[], []]
    callers = [*enumerate(_callers(url, call))]
    for _ in range(times):
        number = next(_other_ids) if call == "get" else size
        for index, caller in callers:
            method = caller.get if call.startswith("get") else caller.list
            start = perf_counter_ns()
            result = await method(number)
            took[index].append(perf_counter_ns() - start)
            del result  # not part of the time
        callers.reverse()  # so that neither always comes second
    return took


async def blocking(url: str, call: str, size: int, times: int) -> list[list[int]]:
    """Return how long calls took in ns, alternately with this client and its blocking version."""
    _, client = _callers(url, call)
    blocking_client = _blocking_client(url)
    plain: Any = (
        blocking_client.list_microgrid_electrical_components
        if call == "list"
        else blocking_client.get_microgrid
    )
    awaited = client.list if call == "list" else client.get
    took: list[list[int]] = [[], []]
    for _ in range(times):
        # Of the same microgrid, the server would have kept the reply.
        numbers = [next(_other_ids) if call == "get" else size for _ in took]
        start = perf_counter_ns()
        result = await awaited(numbers[0])
        took[0].append(perf_counter_ns() - start)
        start = perf_counter_ns()
        result = plain(numbers[1])
        took[1].append(perf_counter_ns() - start)
        del result  # not part of the time
    return took


@cache
def _blocking_client(url: str) -> Any:
    from frequenz.client.assets.blocking import (  # noqa: PLC0415 - the published client has none
        AssetsApiClient,
    )

    return AssetsApiClient(url)


async def convert(kind: str, size: int, times: int) -> list[list[int]]:
    """Return the processor time from a reply's bytes to objects in ns, and that of collections.

    The first conversion gets its memory from the system; the others find it in the process.
    """
    data = reply_of(kind, size)
    gc.collect()  # the garbage of other tasks
    took = [await _conversion(kind, size, data)]
    memory = _memory_for(size)
    gc.collect()
    took += [await _conversion(kind, size, data) for _ in range(times)]
    del memory
    return [[*values] for values in zip(*took, strict=True)]


async def _conversion(kind: str, size: int, data: bytes) -> tuple[int, int]:
    listing = _offline().list(kind, size, data)
    with Collecting(thread_time_ns) as collecting:
        start = thread_time_ns()
        result = await listing
        took = thread_time_ns() - start
    del result
    return took, collecting.total


def _memory_for(size: int) -> list[bytes]:
    """Return objects that keep free memory for a number of components in the process.

    Python gets memory from the system a MiB at a time, and returns it when it is all free.
    """
    filled = [bytes(_FILLING_BYTES) for _ in range(size * _COMPONENT_BYTES // _FILLING_BYTES)]
    return filled[::1000]


async def site(size: int, times: int, has_tables: bool) -> list[int]:
    """Return the processor time in ns from the replies about a site to objects, or to tables."""
    took = []
    for _ in range(times + 1):
        gc.collect()
        start = thread_time_ns()
        if has_tables:
            from .tables import site_tables  # noqa: PLC0415 - the published client has none

            result: Any = site_tables(size)
        else:
            kinds = ("site component", "site connection")
            result = [await _offline().list(kind, size, reply_of(kind, size)) for kind in kinds]
        took.append(thread_time_ns() - start)
        del result
    return took[1:]  # the first one imports, and makes the replies


async def floor(kind: str, size: int, times: int) -> list[list[int]]:
    """Return the processor time in ns of parsing a reply, and of reading its fields."""
    data = reply_of(kind, size)
    took: list[list[int]] = [[], []]
    for _ in range(times):
        start = thread_time_ns()
        reply = parse(kind, data)
        parsed = thread_time_ns()
        touch(kind, reply)
        touched = thread_time_ns()
        took[0].append(parsed - start)
        took[1].append(touched - parsed)
    return took


async def pauses(kind: str, size: int, times: int) -> list[list[int]]:
    """Return the processor time in ns without the client's pauses, and with them."""
    data = reply_of(kind, size)
    took: list[list[int]] = [[], []]
    order = [0, 1]
    # The first one gets its memory from the system.
    without_pauses(_offline().list(kind, size, data, waits=False))
    for _ in range(times):
        for has_pauses in order:
            listing = _offline().list(kind, size, data, waits=False)
            gc.collect()
            start = thread_time_ns()
            result = await listing if has_pauses else without_pauses(listing)
            took[has_pauses].append(thread_time_ns() - start)
            del result, listing
        order.reverse()
    return took


async def kept(kind: str, size: int, reads_bounds: bool) -> int:
    """Return how many bytes of memory components keep, as far as `tracemalloc` sees them.

    Includes what the client keeps for later calls; and the dictionaries that it makes when bounds
    are read, if they are.
    """
    await _offline().list(kind, 10, reply_of(kind, 10))
    data = reply_of(kind, size)
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        result: Any = await _offline().list(kind, size, data)
        if reads_bounds:
            for component in result:
                component.rated_bounds  # noqa: B018 - reading it makes it
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
        del result
    finally:
        tracemalloc.stop()
    return after - before


async def stalls(caller: str, kind: str, size: int) -> dict[str, int]:
    """Return how long the event loop is blocked while a reply arrives: see `stall`."""
    data = reply_of(kind, size)
    if caller == "stub":
        return await stall(arrival(data, partial(parse, kind)))
    return await stall(_offline().list(kind, size, data))


async def fleet(url: str, how: str) -> int:
    """Return how long it takes to fetch a fleet in ns: one call after another, or at once."""
    client = Client(url)
    await client.get(FLEET[0])  # the first call connects
    gc.collect()
    start = perf_counter_ns()
    if how == ONE_BY_ONE:
        fetched: object = [await client.site(number) for number in FLEET]
    else:
        fetched = await client.fleet(reads_all=how == ALL_READ)
    took = perf_counter_ns() - start
    del fetched
    return took


_TASKS: Final[Mapping[str, Callable[..., Awaitable[Any]]]] = {
    task.__name__: task
    for task in (pairs, blocking, convert, site, floor, pauses, kept, stalls, fleet)
}


async def _main(trick: str | None) -> None:
    if trick is not None:
        from .tricks import TRICKS  # noqa: PLC0415 - the published client has none of them

        TRICKS[trick].remove()
    versions = {name: version(name) for name in _PACKAGES}
    write_line({"Python": platform.python_version(), **versions})
    await answer_lines(_measure)


async def _measure(task: list[Any]) -> Any:
    name, *arguments = task
    return await _TASKS[name](*arguments)


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1] if len(sys.argv) > 1 else None))
