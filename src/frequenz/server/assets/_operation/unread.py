"""Replies that wait for their readers: the connections of those who take too long are closed.

A handler that has returned is not done: its reply is in the memory of gRPC until the caller takes
it, and gRPC for asyncio has no function to cancel such a call. To cancel the task that waits for
that frees memory to which gRPC still writes.
"""

import asyncio
import logging
import time
from typing import Final

from .call_record import CallRecord, Context, Task
from .connections import disconnect

_LOOK_SECONDS: Final = 0.5

_LAST_SECONDS: Final = 5.0
"""How long a reply may wait while the server stops."""

_logger = logging.getLogger("frequenz.server.assets")


class UnreadReplies:
    """The calls whose replies wait for their readers, by the tasks of their handlers."""

    def __init__(self, seconds: float) -> None:
        """Disconnect who does not read a reply for a time, in s."""
        self._seconds = seconds
        self._is_stopping = False
        self._waiting: dict[Task, tuple[CallRecord, Context, float]] = {}
        """With the time since which they wait, by a clock that is never set back, in s."""

        self._streams: dict[Task, tuple[CallRecord, Context]] = {}

    def start_timer(self, task: Task, record: CallRecord, context: Context) -> None:
        """Begin the time for a reply."""
        self._waiting[task] = record, context, time.monotonic()

    def stop_timer(self, task: Task) -> None:
        """End the time for a reply, unless the server stops."""
        if not self._is_stopping:
            self._waiting.pop(task, None)

    def add_stream(self, task: Task, record: CallRecord, context: Context) -> None:
        """Remember a call that only its caller ends."""
        self._streams[task] = record, context
        if self._is_stopping:
            self.start_timer(task, record, context)

    def end(self, task: Task) -> None:
        """Forget a call that has ended."""
        self._waiting.pop(task, None)
        if self._streams:
            self._streams.pop(task, None)

    def hurry(self) -> None:
        """Give the replies that wait, and streams, a few seconds until the server has stopped."""
        self._is_stopping = True
        self._seconds = min(self._seconds, _LAST_SECONDS)
        for task, (record, context) in self._streams.items():
            self.start_timer(task, record, context)

    async def watch(self) -> None:
        """Disconnect who does not read, until cancelled."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            oldest = time.monotonic() - self._seconds
            overdue = [
                task
                for task, (_, _, since) in self._waiting.items()
                if since < oldest and not task.done()  # then gRPC has freed the call
            ]
            if overdue:
                self._give_up(overdue)

    def _give_up(self, overdue: list[Task]) -> None:
        given_up = [self._waiting.pop(task) for task in overdue]
        for record, _, _ in given_up:
            record.status, record.reason = "CANCELLED", "the reply was not read"
        keys = ", ".join(sorted({record.key_id or "no key" for record, _, _ in given_up}))
        _logger.warning("Gave up %d replies that were not read (%s)", len(given_up), keys)
        disconnect({context.peer() for _, context, _ in given_up})
