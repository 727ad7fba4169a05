"""One side in a process of its own: `python -m benchmarks.worker SIDE URL`.

The first line on standard output tells the versions; then each command that comes as a line of
JSON on standard input is answered by a line of JSON.
"""

import asyncio
import gc
import json
import platform
import sys
import tracemalloc
from importlib.metadata import version
from time import perf_counter_ns
from typing import Any

from .messages import list_reply
from .sides import SIDES, Side

_PACKAGES = ("frequenz-client-assets", "grpcio", "protobuf")


async def _calls(side: Side, what: str, size: int, times: int) -> list[int]:
    """Return how long each of so many calls took, in ns."""
    call = side.get if what == "get" else side.list
    took = []
    for _ in range(times):
        start = perf_counter_ns()
        result = await call(size)
        took.append(perf_counter_ns() - start)
        del result  # outside of what is timed, for all alike
    return took


async def _decodings(side: Side, size: int, times: int) -> list[int]:
    """Return how long it took each time to make components of a reply's bytes, in ns."""
    data = list_reply(size)
    took = []
    for _ in range(times):
        nanoseconds, result = await side.decode(size, data)
        took.append(nanoseconds)
        del result
    return took


async def _kept(side: Side, size: int) -> int:
    """Return how many bytes of memory components keep, as far as Python knows of them."""
    await side.decode(10, list_reply(10))
    data = list_reply(size)
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        _, result = await side.decode(size, data)
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
        del result
    finally:
        tracemalloc.stop()
    return after - before


async def _main(kind: str, url: str) -> None:
    versions = {name: version(name) for name in _PACKAGES}
    print(json.dumps({"python": platform.python_version(), **versions}), flush=True)
    side = SIDES[kind](url)
    for line in sys.stdin:
        what, size, times = json.loads(line)
        answer: Any
        if what == "kept":
            answer = await _kept(side, size)
        elif what == "decode":
            answer = await _decodings(side, size, times)
        else:
            answer = await _calls(side, what, size, times)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
