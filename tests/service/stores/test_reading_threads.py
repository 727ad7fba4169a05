"""Threads that answer queries for an event loop."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator

import pytest

from frequenz.server.assets._stores.reading_threads import ReadingThreads


@pytest.fixture
async def threads() -> AsyncIterator[ReadingThreads]:
    made = ReadingThreads(2, "test")
    yield made
    made.shutdown()


async def test_each_caller_gets_its_result(threads: ReadingThreads) -> None:
    results = await asyncio.gather(*(threads.run(pow, number, 2) for number in range(1_000)))
    assert results == [number**2 for number in range(1_000)]


async def test_what_a_function_raises_is_raised_where_it_is_awaited(
    threads: ReadingThreads,
) -> None:
    with pytest.raises(ZeroDivisionError):
        await threads.run(divmod, 1, 0)
    assert await threads.run(divmod, 7, 2) == (3, 1)


async def test_several_functions_run_at_the_same_time(threads: ReadingThreads) -> None:
    meeting = threading.Barrier(2, timeout=10)
    assert sorted(await asyncio.gather(*(threads.run(meeting.wait) for _ in range(2)))) == [0, 1]


async def test_what_nobody_waits_for_is_left_out(threads: ReadingThreads) -> None:
    go_on, ran = threading.Event(), list[int]()
    busy = [asyncio.create_task(threads.run(go_on.wait, 10)) for _ in range(2)]
    given_up = asyncio.create_task(threads.run(ran.append, 1))
    await asyncio.sleep(0)
    given_up.cancel()
    await asyncio.wait([given_up])
    go_on.set()
    await asyncio.gather(*busy)
    assert await threads.run(len, ran) == 0


async def test_the_end_waits_for_what_runs() -> None:
    threads, ended = ReadingThreads(1, "test"), list[float]()

    def work() -> None:
        time.sleep(0.05)
        ended.append(time.monotonic())

    waiting = asyncio.create_task(threads.run(work))
    await asyncio.sleep(0)
    threads.shutdown()
    assert ended
    await waiting
