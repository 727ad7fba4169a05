"""A time limit for tasks: one timer for all of them, as each may take the same time.

`asyncio.timeout` sets a timer for each task, which costs as much as all else that a call needs.
"""

import asyncio
from types import TracebackType
from typing import Any, TypeAlias

Task: TypeAlias = asyncio.Task[Any]


class TookTooLongError(Exception):
    """A task took longer than it may."""


class TimeLimit:
    """Cancels the tasks that take longer than they may."""

    def __init__(self, seconds: float) -> None:
        """Allow each task a time, in s."""
        self.seconds = seconds
        self._ends: dict[Task, float] = {}
        """When tasks are cancelled, by the clock of the event loop; the first one comes first."""

        self._timer: asyncio.TimerHandle | None = None

    def of(self, task: Task) -> "_Limited":
        """Return a context with the time limit, to be entered by the task itself.

        It raises `TookTooLongError` if the task was cancelled for that reason, and only for that.
        """
        return _Limited(self, task)

    def begin(self, task: Task) -> None:
        """Begin the time of a task."""
        loop = asyncio.get_running_loop()
        self._ends[task] = end = loop.time() + self.seconds
        if self._timer is None:
            self._timer = loop.call_at(end, self._cancel_late, loop)

    def end(self, task: Task) -> bool:
        """End the time of a task, and return whether it took too long."""
        return self._ends.pop(task, None) is None

    def _cancel_late(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        for task, end in [*self._ends.items()]:
            if end > loop.time():
                self._timer = loop.call_at(end, self._cancel_late, loop)
                break
            del self._ends[task]
            task.cancel()


class _Limited:
    __slots__ = ("_limit", "_task")

    def __init__(self, limit: TimeLimit, task: Task) -> None:
        self._limit = limit
        self._task = task

    def __enter__(self) -> None:
        self._limit.begin(self._task)

    def __exit__(
        self,
        _: type[BaseException] | None,
        error: BaseException | None,
        __: TracebackType | None,
    ) -> None:
        was_late = self._limit.end(self._task)
        if was_late and not self._task.uncancel() and isinstance(error, asyncio.CancelledError):
            raise TookTooLongError from error
