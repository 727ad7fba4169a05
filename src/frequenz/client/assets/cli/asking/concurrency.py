"""Doing something with many things, a few at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Final, TypeVar

ItemT = TypeVar("ItemT")

AT_ONCE: Final = 8
"""How many things a server is asked for at the same time."""


async def each(items: Iterable[ItemT], do: Callable[[ItemT], Awaitable[None]]) -> None:
    """Do something with each of some items, begun in their order.

    Raises:
        ExceptionGroup: If it fails; with what is not done yet, it ends.
    """
    left = iter(items)

    async def in_turn() -> None:
        for item in left:
            await do(item)

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(in_turn())
