"""Replies that wait for their readers: the connections of those who take too long are closed.

A handler that has returned is not done: its reply is in the memory of gRPC until the caller takes
it, and gRPC for asyncio has no function to cancel such a call. Cancelling its tasks of the call
frees memory that its core still writes to.
"""

import asyncio
import logging
import time
from typing import Any, Final, TypeAlias

from .call_record import CallRecord, Context
from .connections import disconnect

Task: TypeAlias = asyncio.Task[Any]

_LOOK_SECONDS: Final = 0.5

_LAST_SECONDS: Final = 5.0
"""How long a reply may wait while the server stops."""

_logger = logging.getLogger("frequenz.server.assets")


class UnreadReplies:
    """The calls whose replies wait for their readers, by the tasks of their handlers."""

    def __init__(self, seconds: float) -> None:
        """Disconnect who does not read a reply for a time, in s."""
        self._seconds = seconds
        self._waiting: dict[Task, tuple[CallRecord, Context, float]] = {}
        """With the time since which they wait, by a clock that is never set back, in s."""

        self._streams: dict[Task, tuple[CallRecord, Context]] = {}

    def wait(self, task: Task, record: CallRecord, context: Context) -> None:
        """Begin the time for a reply."""
        self._waiting[task] = record, context, time.monotonic()

    def is_read(self, task: Task) -> None:
        """End the time for a reply, if it has begun."""
        self._waiting.pop(task, None)

    def add_stream(self, task: Task, record: CallRecord, context: Context) -> None:
        """Remember a call that only its caller ends."""
        self._streams[task] = record, context

    def end(self, task: Task) -> None:
        """Forget a call that has ended."""
        self._waiting.pop(task, None)
        if self._streams:
            self._streams.pop(task, None)

    def hurry(self) -> None:
        """Give the replies that wait, and streams, a few seconds until the server has stopped."""
        self._seconds = min(self._seconds, _LAST_SECONDS)
        for task, (record, context) in self._streams.items():
            self.wait(task, record, context)

    async def watch(self) -> None:
        """Disconnect who does not read, until cancelled."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            begun = time.monotonic() - self._seconds
            late = [task for task, (_, _, since) in self._waiting.items() if since < begun]
            if late:
                self._give_up(late)

    def _give_up(self, late: list[Task]) -> None:
        given_up = [self._waiting.pop(task) for task in late]
        for record, _, _ in given_up:
            record.status, record.reason = "CANCELLED", "the reply was not read"
        keys = ", ".join(sorted({record.key_id or "no key" for record, _, _ in given_up}))
        _logger.warning("Gave up %d replies that were not read (%s)", len(given_up), keys)
        disconnect({context.peer() for _, context, _ in given_up})
