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
"""Free memory is returned when there is more memory than the least before, by this factor."""

_LOOKS: Final = 12
"""After how many looks that is tried again: more may have been freed since the last return."""

_MIDDLE_THRESHOLD: Final = 100
"""After how many collections of the youngest objects those that survived are looked through.

By default 10.
"""

_STATM: Final = Path("/proc/self/statm")


@asynccontextmanager
async def returning_free_memory() -> AsyncIterator[None]:
    """Return free memory whenever there is more of it, until the block ends; with glibc only."""
    async with in_background(_return_free_memory, "the return of free memory"):
        yield


def collect_rarely() -> None:
    """Make garbage collections short: nobody is answered while one runs.

    What there is once a server runs, modules mostly, is never looked through again: 30 to 160 ms.
    Calls that wait for something are looked through less often: by default each second, 10 ms for
    500 calls. What gRPC leaves behind for each call is collected at once, as before.
    """
    gc.collect()
    gc.freeze()
    youngest, _, oldest = gc.get_threshold()
    gc.set_threshold(youngest, _MIDDLE_THRESHOLD, oldest)


async def _return_free_memory() -> None:
    trim = _trim_function()
    if trim is None:
        return
    least_of_all = least = _resident_bytes()
    looks = 0
    while True:
        await asyncio.sleep(_LOOK_SECONDS)
        now, looks = _resident_bytes(), looks + 1
        if now > (least if looks < _LOOKS else least_of_all) * _GROWTH:
            await asyncio.to_thread(trim, 0)
            least, looks = _resident_bytes(), 0  # what is in use now is not free memory
        else:
            least = min(least, now)
        least_of_all = min(least_of_all, least)


def _trim_function() -> Callable[[int], Any] | None:
    if sys.platform != "linux":
        return None
    function: Callable[[int], Any] | None = getattr(ctypes.CDLL(None), "malloc_trim", None)
    return function


def _resident_bytes() -> int:
    """Return how much memory of the machine this process has, in bytes."""
    return int(_STATM.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
