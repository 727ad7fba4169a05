"""The time limit of tasks."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from frequenz.server.assets._operation.time_limit import TimeLimit, TookTooLongError

SECONDS = 0.05
LONG = 5.0


async def limited(limit: TimeLimit, body: Callable[[], Awaitable[object]]) -> None:
    with limit:
        await body()


def sleeping(seconds: float) -> Callable[[], Awaitable[object]]:
    return lambda: asyncio.sleep(seconds)


async def test_a_task_that_takes_too_long_is_told_so() -> None:
    task = asyncio.create_task(limited(TimeLimit(SECONDS), sleeping(LONG)))
    with pytest.raises(TookTooLongError):
        await task
    assert not task.cancelling()


async def test_each_task_has_the_whole_time() -> None:
    limit, loop = TimeLimit(SECONDS), asyncio.get_running_loop()
    ended: list[float] = []

    async def late() -> None:
        begun = loop.time()
        with pytest.raises(TookTooLongError):
            await limited(limit, sleeping(LONG))
        ended.append(loop.time() - begun)

    tasks = []
    for _ in range(3):
        tasks.append(asyncio.create_task(late()))
        await asyncio.sleep(SECONDS / 3)
    await asyncio.gather(*tasks)
    assert min(ended) >= SECONDS
    # Nothing is left of them: the next one is limited, too.
    await late()


async def test_a_task_in_time_is_left_alone() -> None:
    limit = TimeLimit(SECONDS)
    await limited(limit, sleeping(0))
    await asyncio.sleep(2 * SECONDS)
    await limited(limit, sleeping(0))


async def test_who_is_cancelled_by_others_stays_cancelled() -> None:
    task = asyncio.create_task(limited(TimeLimit(LONG), sleeping(LONG)))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_who_is_late_and_cancelled_by_others_stays_cancelled() -> None:
    task: asyncio.Task[None]

    async def slow_to_end() -> None:
        try:
            await asyncio.sleep(LONG)
        except asyncio.CancelledError:
            task.cancel()
            await asyncio.sleep(LONG)

    task = asyncio.create_task(limited(TimeLimit(SECONDS), slow_to_end))
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_other_errors_of_who_is_late_are_theirs() -> None:
    async def fails_when_cancelled() -> None:
        try:
            await asyncio.sleep(LONG)
        except asyncio.CancelledError:
            raise KeyError("other") from None

    task = asyncio.create_task(limited(TimeLimit(SECONDS), fails_when_cancelled))
    with pytest.raises(KeyError, match="other"):
        await task
    assert not task.cancelling()
