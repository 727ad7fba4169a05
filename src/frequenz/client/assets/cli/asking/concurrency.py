"""Processing many items concurrently, a few at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Final, TypeVar

ItemT = TypeVar("ItemT")

MAX_CONCURRENT: Final = 8
"""How many items are in progress at any time."""


async def for_each(items: Iterable[ItemT], process: Callable[[ItemT], Awaitable[None]]) -> None:
    """Process items, started in their order.

    Raises:
        ExceptionGroup: If processing an item fails; the other items are cancelled.
    """
    remaining = iter(items)

    async def worker() -> None:
        for item in remaining:
            await process(item)

    async with asyncio.TaskGroup() as group:
        for _ in range(MAX_CONCURRENT):
            group.create_task(worker())
