"""Threads that run functions for an event loop."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, Final, NamedTuple, TypeVar

ResultT = TypeVar("ResultT")


class _Job(NamedTuple):
    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    future: "asyncio.Future[Any]"


class ReadingThreads:
    """Threads that run functions which take less time than an executor takes to pass them on.

    The results of all threads wake the event loop once until it has taken them.
    """

    def __init__(self, count: int, name: str) -> None:
        """Start the threads when the first function is to be run."""
        self._count: Final = count
        self._name = name
        self._threads: list[threading.Thread] = []
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._done: deque[tuple[asyncio.Future[Any], Any, BaseException | None]] = deque()
        self._wakes_loop = False

    async def run(self, function: Callable[..., ResultT], *arguments: Any) -> ResultT:
        """Return what a function returns, or raise what it raises."""
        if not self._threads:
            self._start(asyncio.get_running_loop())
        future: asyncio.Future[ResultT] = asyncio.get_running_loop().create_future()
        self._jobs.put(_Job(function, arguments, future))
        return await future

    def shutdown(self) -> None:
        """Run what waits, and end the threads."""
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join()
        self._threads.clear()

    def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        for number in range(self._count):
            name = f"{self._name}-{number}"
            # A program that forgets to close the store ends nevertheless.
            thread = threading.Thread(target=self._work, args=(loop,), name=name, daemon=True)
            thread.start()
            self._threads.append(thread)

    def _work(self, loop: asyncio.AbstractEventLoop) -> None:
        while (job := self._jobs.get()) is not None:
            if job.future.cancelled():
                continue
            try:
                self._done.append((job.future, job.function(*job.arguments), None))
            except BaseException as error:  # noqa: BLE001 - raised where it is awaited
                self._done.append((job.future, None, error))
            del job  # not kept while it waits for the next one
            if not self._wakes_loop:
                self._wakes_loop = True
                try:
                    loop.call_soon_threadsafe(self._deliver)
                except RuntimeError:
                    return  # the loop was closed; nobody waits any more

    def _deliver(self) -> None:
        self._wakes_loop = False
        while self._done:
            future, result, error = self._done.popleft()
            if future.cancelled():
                continue
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)
