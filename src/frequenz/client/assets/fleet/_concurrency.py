"""Processing many items concurrently, a few at a time."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from itertools import islice
from typing import Any, Final, TypeVar

ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")

MAX_CONCURRENT: Final = 16
"""How many items are in progress at any time by default."""


async def as_completed(
    items: Iterable[ItemT],
    process: Callable[[ItemT], Awaitable[ResultT]],
    concurrency: int = MAX_CONCURRENT,
) -> AsyncGenerator[ResultT, None]:
    """Yield the results of items as they are ready; items are started in their order.

    Results that wait for the consumer count as in progress. If processing an item fails, its error
    is raised. When the generator ends or is closed, items in progress are cancelled and awaited.
    """
    done: asyncio.Queue[asyncio.Future[ResultT]] = asyncio.Queue()
    in_progress: set[asyncio.Future[ResultT]] = set()
    remaining = iter(items)

    async def run(item: ItemT) -> ResultT:
        return await process(item)

    def start(count: int) -> None:
        for item in islice(remaining, count):
            task = asyncio.ensure_future(run(item))
            in_progress.add(task)
            task.add_done_callback(done.put_nowait)

    try:
        start(concurrency)
        while in_progress:
            ended = await done.get()
            result = ended.result()
            in_progress.discard(ended)
            del ended  # it keeps its result alive
            start(1)
            yield result
            del result
    finally:
        await cancel(in_progress)


async def together(*calls: Awaitable[Any]) -> list[Any]:
    """Return the results of some calls; if one fails, the others are cancelled and awaited."""
    tasks = [asyncio.ensure_future(call) for call in calls]
    try:
        return await asyncio.gather(*tasks)
    finally:
        await cancel(tasks)


async def in_thread(function: Callable[..., ResultT], *arguments: Any) -> ResultT:
    """Call a function in a thread; if cancelled, wait for its end before that is raised."""
    call = asyncio.ensure_future(asyncio.to_thread(function, *arguments))
    try:
        return await asyncio.shield(call)
    except asyncio.CancelledError:
        await asyncio.gather(call, return_exceptions=True)
        raise


async def cancel(tasks: Iterable[asyncio.Future[Any]]) -> None:
    """Cancel tasks and wait for their end."""
    waiting = list(tasks)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
