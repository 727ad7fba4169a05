"""Tasks beside the calls: one that fails is started again."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

_PAUSE_SECONDS: Final = 1.0
"""How long until a function that has failed is called again."""

_logger = logging.getLogger("frequenz.server.assets")


async def keep_running(run: Callable[[], Awaitable[None]], name: str) -> None:
    """Await a function until it returns; log why it fails, and call it again.

    Args:
        run: The function.
        name: What the log calls it.
    """
    while True:
        try:
            return await run()
        except Exception:  # logged and started again: no error of it may end the server
            _logger.exception("Failed: %s; starting it again", name)
        await asyncio.sleep(_PAUSE_SECONDS)


@asynccontextmanager
async def in_background(run: Callable[[], Awaitable[None]], name: str) -> AsyncIterator[None]:
    """Keep a function running until the block ends."""
    task = asyncio.create_task(keep_running(run, name))
    try:
        yield
    finally:
        await end(task)


async def end(*tasks: "asyncio.Task[None]") -> None:
    """Cancel tasks, and wait until they have ended."""
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)
