"""Processes beside the first one."""

import multiprocessing
import signal
from collections.abc import Callable
from multiprocessing import resource_tracker
from multiprocessing.context import SpawnProcess
from typing import Any


def start_process(
    target: Callable[..., None], *arguments: Any, is_daemon: bool = False
) -> SpawnProcess:
    """Start a process that SIGINT never reaches, not even while it starts.

    A terminal sends it to all processes; the first one takes care of the others.

    Args:
        target: What it runs.
        *arguments: What that takes.
        is_daemon: Whether it ends with this process; it can then start no others.
    """
    # Forked, it would have the locks of gRPC's threads as they are at the moment.
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=target, args=arguments, daemon=is_daemon)
    resource_tracker.ensure_running()  # it would start with the first process, and unblock SIGINT
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # which it inherits
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    return process
