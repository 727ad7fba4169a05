"""Processes beside the first one."""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from multiprocessing import resource_tracker
from multiprocessing.context import SpawnProcess
from pathlib import Path
from threading import Thread
from typing import Any, Final

_BACKGROUND: Final = 10
"""The priority of what may take longer while others need the processors; theirs is 0."""

_PRIORITY_OF_SESSION: Final = Path("/proc/self/autogroup")

_ATTEMPTS: Final = 10
_ATTEMPT_SECONDS: Final = 0.1
"""How often Linux lets users set the priority of a session, all of them together."""


def give_way() -> None:
    """Let other processes go first, such as servers; holds for all that is started from now on."""
    os.setpriority(os.PRIO_PROCESS, 0, max(_BACKGROUND, os.getpriority(os.PRIO_PROCESS, 0)))


def give_way_to_sessions() -> None:
    """Let a low priority of this process count in other sessions, too; in a session of its own.

    Linux divides the processors among sessions first, and a priority counts within a session only.
    Each connection of PostgreSQL is one, and so is each server.
    """
    priority = os.getpriority(os.PRIO_PROCESS, 0)
    if priority <= 0:
        return
    os.setsid()
    for _ in range(_ATTEMPTS):
        try:
            _PRIORITY_OF_SESSION.write_text(str(priority), encoding="ascii")
        except BlockingIOError:  # another process has set one just now
            time.sleep(_ATTEMPT_SECONDS)
        except OSError:  # a system without such priorities, or where it may not set one
            return
        else:
            return


def end_with_parent() -> None:
    """End this process as soon as the one that started it has ended, even if it was killed."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def wait() -> None:
        parent.join()
        os._exit(1)

    Thread(target=wait, daemon=True).start()


def start_process(
    target: Callable[..., None], *arguments: Any, is_daemon: bool = False
) -> SpawnProcess:
    """Start a process that SIGINT never reaches, not even while it starts.

    A terminal sends it to all processes; the first one takes care of the others.

    Args:
        target: What it runs.
        *arguments: What that takes.
        is_daemon: Whether it can start no others, and only this process ends it: SIGTERM, which
            systemd sends to all processes, does not reach it either.
    """
    # Forked, it would have the locks of gRPC's threads as they are at the moment.
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=target, args=arguments, daemon=is_daemon)
    resource_tracker.ensure_running()  # it would start with the first process, and unblock SIGINT
    blocked = {signal.SIGINT, signal.SIGTERM} if is_daemon else {signal.SIGINT}
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, blocked)  # which it inherits
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    return process
