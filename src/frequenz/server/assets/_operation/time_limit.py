"""A time limit for tasks: one timer for all of them, as each may take the same time.

`asyncio.timeout` sets a timer for each task, which costs as much as all else that a call needs.
"""

import asyncio
from types import TracebackType

from .call_record import Task


class TookTooLongError(Exception):
    """A task took longer than it may."""


class TimeLimit:
    """Cancels the tasks that take longer than they may.

    It is a context manager, which each task enters for itself. It raises `TookTooLongError` if the
    task was cancelled for that reason, and only for that.
    """

    def __init__(self, seconds: float) -> None:
        """Allow each task a time, in s."""
        self._seconds = seconds
        self._ends: dict[Task | None, float] = {}
        """When tasks are cancelled, by the clock of the event loop; the first one comes first."""

        self._timer: asyncio.TimerHandle | None = None

    def __enter__(self) -> None:
        """Begin the time of the current task."""
        loop = asyncio.get_running_loop()
        self._ends[asyncio.current_task(loop)] = end = loop.time() + self._seconds
        if self._timer is None:
            self._timer = loop.call_at(end, self._cancel_overdue, loop)

    def __exit__(
        self,
        _: type[BaseException] | None,
        error: BaseException | None,
        __: TracebackType | None,
    ) -> None:
        """End the time of the current task."""
        task = asyncio.current_task()
        if self._ends.pop(task, None) is not None:
            return
        assert task is not None
        if not task.uncancel() and isinstance(error, asyncio.CancelledError):
            raise TookTooLongError from error

    def _cancel_overdue(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        for task, end in [*self._ends.items()]:
            if end > loop.time():
                self._timer = loop.call_at(end, self._cancel_overdue, loop)
                break
            del self._ends[task]
            assert task is not None
            task.cancel()
