"""Signals that end the command."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def defer_interrupt() -> Iterator[None]:
    """Defer Ctrl-C until the end: while gRPC is imported, it would surface as an ImportError."""
    received: list[int] = []
    previous = signal.signal(signal.SIGINT, lambda number, _: received.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)
        if received:
            signal.raise_signal(signal.SIGINT)


def exit_on_sigterm() -> None:
    """Let SIGTERM raise SystemExit, so that child processes and temporary files end too."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
