"""Processes that tests start: their workers, and what they print."""

import asyncio
from asyncio.subprocess import Process
from collections.abc import Callable
from pathlib import Path

from .test_server_cli import TIME_TO_START


def workers_of(process: Process) -> list[int]:
    """Return the processes that serve: the children of the first one, without its helpers."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            command = (folder / "cmdline").read_bytes()
        except (OSError, IndexError):
            continue
        if parent == str(process.pid) and b"spawn_main" in command:
            found.append(int(folder.name))
    return sorted(found)


async def until(is_so: Callable[[], bool], seconds: float = TIME_TO_START) -> None:
    async with asyncio.timeout(seconds):
        while not is_so():  # noqa: ASYNC110 - other processes set no event
            await asyncio.sleep(0.02)


async def line_of(process: Process, start: str) -> str:
    """Return the next line of standard error that starts with a text."""
    assert process.stderr
    async with asyncio.timeout(TIME_TO_START):
        while not (line := (await process.stderr.readline()).decode()).startswith(start):
            assert line, "the process ended"
    return line
