"""Start other programs: those that answer line by line, and those that run to their end."""

import asyncio
import json
import os
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

from .paths import ROOT

_LINE_BYTES: Final = 2**26
"""The longest line: a reply of thousands of items."""


class LineProcess(NamedTuple):
    """A process that answers each line of JSON with another one: see `answering`."""

    process: Process

    async def read(self) -> Any:
        """Return the next line, decoded.

        Raises:
            RuntimeError: If the process ended.
        """
        assert self.process.stdout is not None
        line = await self.process.stdout.readline()
        if not line:
            raise RuntimeError("a process ended; standard error has the reason")
        return json.loads(line)

    async def ask(self, request: Any) -> Any:
        """Write a line, and return the answer to it."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        return await self.read()


@asynccontextmanager
async def line_process(
    *command: str, variables: Mapping[str, str] | None = None
) -> AsyncIterator[LineProcess]:
    """Start a process in the project's root, and kill it in the end.

    Args:
        command: The program and its arguments.
        variables: Environment variables in addition to those of this process.
    """
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=ROOT,
        env={**os.environ, **(variables or {})},
        stdin=PIPE,
        stdout=PIPE,
        limit=_LINE_BYTES,
    )
    try:
        yield LineProcess(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


class Ended(NamedTuple):
    """A program that ran to its end."""

    status: int
    out: str
    err: str


async def run_program(
    *command: str | Path,
    seconds: float,
    stdin: str = "",
    environment: Mapping[str, str] | None = None,
) -> Ended:
    """Run a program in the project's root to its end.

    Args:
        command: The program and its arguments.
        seconds: How long it may take; then it is killed, with all that it started.
        stdin: The text that it reads.
        environment: Its environment variables. None = those of this process.

    Raises:
        TimeoutError: If it takes longer.
    """
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=ROOT,
        env=environment,
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(seconds):
            out, err = await process.communicate(stdin.encode())
    finally:
        if process.returncode is None:
            # The session is its own: this kills what it started, and nothing else.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode(errors="replace"))
