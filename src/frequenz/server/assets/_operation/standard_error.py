"""Lines on standard error, for which nobody waits: its reader may be slow, or not read at all."""

import logging
import os
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

_STDERR: Final = 2

_END_SECONDS: Final = 2.0

_MAX_MESSAGES: Final = 1_000
"""How many messages of the log may wait; those with a traceback have some kilobytes."""


class BackgroundLines:
    """Writes lines to standard error in a thread of its own."""

    def __init__(self, name: str, most: int, dropped: Callable[[int], str]) -> None:
        """Start the thread.

        Args:
            name: That of the thread.
            most: How many lines may wait; more are dropped, and counted.
            dropped: Returns a line that says how many were dropped.
        """
        self._most = most
        self._dropped_line = dropped
        self._waiting: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._dropped = 0
        self._thread = threading.Thread(target=self._write_all, name=name, daemon=True)
        self._thread.start()

    def write(self, make: Callable[[], str]) -> None:
        """Make a line, and write it later; if too many wait, neither."""
        if self._waiting.qsize() < self._most:
            self._waiting.put(make())
        else:
            self._count_dropped()

    def close(self) -> None:
        """Write what waits, unless nobody reads it."""
        self._waiting.put(None)
        self._thread.join(_END_SECONDS)

    def _write_all(self) -> None:
        while (line := self._waiting.get()) is not None:
            self._write(line)
            self._write_dropped()
        self._write_dropped()

    def _count_dropped(self) -> None:
        with self._lock:
            self._dropped += 1

    def _write_dropped(self) -> None:
        with self._lock:
            dropped, self._dropped = self._dropped, 0
        if dropped:
            self._write(self._dropped_line(dropped))

    def _write(self, line: str) -> None:
        # Not with `sys.stderr`, whose lock this thread would hold while nobody reads: the
        # interpreter could not end then.
        data = f"{line}\n".encode(errors="backslashreplace")
        try:
            while data:
                data = data[os.write(_STDERR, data) :]
        except OSError:  # the reader is gone, or another process has made the pipe non-blocking
            self._count_dropped()


class _BackgroundHandler(logging.Handler):
    """Writes the messages of the log as lines."""

    def __init__(self, level: int, lines: BackgroundLines) -> None:
        super().__init__(level)
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        """Write a message."""
        try:
            self._lines.write(lambda: self.format(record))
        except (TypeError, ValueError):  # the arguments do not fit the message
            self.handleError(record)


@contextmanager
def log_in_background() -> Iterator[None]:
    """Write what Python itself would log to standard error, warnings and above, in a thread."""
    lines = BackgroundLines(
        "assets-log",
        _MAX_MESSAGES,
        lambda count: f"{count} messages of the log were dropped: standard error was not read",
    )
    former = logging.lastResort
    logging.lastResort = _BackgroundHandler(logging.WARNING, lines)
    try:
        yield
    finally:
        logging.lastResort = former
        lines.close()
