"""The memory of a server process: what is free goes back to the system, what stays is set aside.

glibc keeps freed memory if something that is in use comes after it: after 200 unread replies of
1.5 MB, 570 of 617 MiB; after 100 000 broken connections, 16 of 88 MiB.
"""

import asyncio
import ctypes
import gc
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from .background import in_background

_LOOK_SECONDS: Final = 5.0
_GROWTH: Final = 1.05
"""How much memory there must be, relative to the least since the last return."""

_COLLECTIONS_OF_THE_YOUNGEST: Final = 100
"""After how many of them the collector looks through what has survived one; 10 by default."""

_STATUS: Final = Path("/proc/self/statm")


@asynccontextmanager
async def returning_free_memory() -> AsyncIterator[None]:
    """Return free memory whenever there is more of it, until the block ends; with glibc only."""
    async with in_background(_return_free_memory, "the return of free memory"):
        yield


def collect_rarely() -> None:
    """Let the garbage collector leave alone what is seldom garbage: nobody is answered meanwhile.

    That is what there is once a server runs, modules mostly: 30 to 160 ms. And it is the calls that
    wait for something, to which it comes back each second by default: 10 ms for 500 calls. What
    gRPC leaves behind for each call is garbage at once, and collected as before.
    """
    gc.collect()
    gc.freeze()
    youngest, _, oldest = gc.get_threshold()
    gc.set_threshold(youngest, _COLLECTIONS_OF_THE_YOUNGEST, oldest)


async def _return_free_memory() -> None:
    trim = _trim_function()
    if trim is None:
        return
    least = _memory()
    while True:
        await asyncio.sleep(_LOOK_SECONDS)
        if (now := _memory()) > least * _GROWTH:
            await asyncio.to_thread(trim, 0)
            least = _memory()  # what is in use now is not free memory
        else:
            least = min(least, now)


def _trim_function() -> Callable[[int], Any] | None:
    if sys.platform != "linux":
        return None
    function: Callable[[int], Any] | None = getattr(ctypes.CDLL(None), "malloc_trim", None)
    return function


def _memory() -> int:
    """Return how much memory of the machine this process has, in bytes."""
    return int(_STATUS.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
