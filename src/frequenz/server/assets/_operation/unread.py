"""Replies that wait for their readers: those that wait too long are given up.

A handler that has returned is not done: its reply is in the memory of gRPC until the caller takes
it, and gRPC for asyncio has no function to cancel such a call. It has two tasks for each call, and
gives the call up when both have ended: that of the handler, and one that waits for the end of the
call and refers to the first. (Seen with grpcio 1.81 and 1.85; they free the last call with the next
one, and keep the very first one of a server.)
"""

import asyncio
import gc
import logging
import time
from collections.abc import Iterable, Iterator
from typing import Any, Final, TypeAlias

from .call_record import CallRecord

Task: TypeAlias = asyncio.Task[Any]

_LOOK_SECONDS: Final = 0.5

_LAST_SECONDS: Final = 5.0
"""How long a reply may wait while the server stops."""

_logger = logging.getLogger("frequenz.server.assets")


class UnreadReplies:
    """The calls whose replies wait for their readers, by the tasks of their handlers."""

    def __init__(self, seconds: float) -> None:
        """Give up replies that wait longer than a time, in s."""
        self._seconds = seconds
        self._waiting: dict[Task, tuple[CallRecord, float]] = {}
        self._streams: dict[Task, CallRecord] = {}

    def wait(self, task: Task, record: CallRecord) -> None:
        """Begin the time for a reply."""
        self._waiting[task] = record, time.monotonic()

    def is_read(self, task: Task) -> None:
        """End the time for a reply, if it has begun."""
        self._waiting.pop(task, None)

    def add_stream(self, task: Task, record: CallRecord) -> None:
        """Remember a call that only its caller ends."""
        self._streams[task] = record

    def end(self, task: Task) -> None:
        """Forget a call that has ended."""
        self._waiting.pop(task, None)
        self._streams.pop(task, None)

    def hurry(self) -> None:
        """Give the replies that wait, and streams, a few seconds until the server has stopped."""
        self._seconds = min(self._seconds, _LAST_SECONDS)
        for task, record in self._streams.items():
            self.wait(task, record)

    async def watch(self) -> None:
        """Give up replies that wait too long, until cancelled."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            begun = time.monotonic() - self._seconds
            late = {
                task: record for task, (record, since) in self._waiting.items() if since < begun
            }
            if late:
                self._give_up(late)

    def _give_up(self, late: dict[Task, CallRecord]) -> None:
        for record in late.values():
            record.status, record.reason = "CANCELLED", "the reply was not read"
        keys = ", ".join(sorted({record.key_id or "no key" for record in late.values()}))
        _logger.warning("Gave up %d replies that were not read (%s)", len(late), keys)
        for task in (*late, *_tasks_that_refer_to(late)):
            task.cancel()


def _tasks_that_refer_to(tasks: Iterable[Task]) -> Iterator[Task]:
    """Yield the tasks whose coroutines have one of some tasks as a local variable."""
    wanted = {id(task) for task in tasks}
    for task in asyncio.all_tasks():
        coroutine = task.get_coro()
        for part in gc.get_referents(coroutine):
            # Compiled by Cython, a coroutine keeps its variables in an object of its own.
            if type(part).__name__.startswith("__pyx_scope") and any(
                id(value) in wanted for value in gc.get_referents(part)
            ):
                yield task
                break
