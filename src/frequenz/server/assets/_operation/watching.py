"""Notices that files have changed, by looking at them."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final, TypeAlias

Fingerprint: TypeAlias = tuple[tuple[int, int, int] | None, ...]

_SETTLE_SECONDS: Final = 0.2


def fingerprint(paths: Sequence[Path]) -> Fingerprint:
    """Return what is different once a file has changed; None for a missing one."""
    found: list[tuple[int, int, int] | None] = []
    for path in paths:
        try:
            # Links are followed: Kubernetes replaces the folder that they point into.
            stat = path.stat()
        except OSError:
            found.append(None)
        else:
            found.append((stat.st_ino, stat.st_size, stat.st_mtime_ns))
    return tuple(found)


async def watch_files(
    paths: Sequence[Path], seconds: float, changed: Callable[[], Awaitable[None]]
) -> None:
    """Call a function after files have changed, once they stay as they are for a moment.

    Args:
        paths: The files.
        seconds: How often to look, in s.
        changed: The function.
    """
    known = await asyncio.to_thread(fingerprint, paths)
    while True:
        await asyncio.sleep(seconds)
        now = await asyncio.to_thread(fingerprint, paths)
        if now == known:
            continue
        await asyncio.sleep(_SETTLE_SECONDS)
        if await asyncio.to_thread(fingerprint, paths) != now:
            continue  # still being written
        known = now
        await changed()
