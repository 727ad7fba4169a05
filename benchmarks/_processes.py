"""The processes that are measured with, as the one that measures sees them."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
PUBLISHED: Final = ROOT / ".venv-published" / "bin" / "python"
PUBLISHED_VERSION: Final = "0.6.0"

STUB: Final = "bare stub"
THEIRS: Final = "published 0.6.0"
OURS: Final = "this client"

_HERE: Final = (sys.executable,)
_COMMANDS: Final[Mapping[str, tuple[str, ...]]] = {
    STUB: (*_HERE, "-m", "benchmarks.worker", "stub"),
    # -E: what PYTHONPATH adds would be found before the published client.
    THEIRS: (str(PUBLISHED), "-E", "-m", "benchmarks.worker", "client"),
    OURS: (*_HERE, "-m", "benchmarks.worker", "client"),
}


@dataclass(frozen=True)
class Worker:
    """The process of one side."""

    process: asyncio.subprocess.Process

    versions: dict[str, str]
    """Of Python and of what it imports."""

    async def ask(self, what: str, size: int, times: int = 1) -> Any:
        """Have something measured: see `worker`."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps([what, size, times]).encode() + b"\n")
        return json.loads(await _line(self.process))


@asynccontextmanager
async def workers(*server_options: str) -> AsyncIterator[dict[str, Worker]]:
    """Start a server and a process for each side; end all of them in any case.

    Args:
        server_options: `canned` for a server that has its replies ready.
    """
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(
            _process(*_HERE, "-m", "benchmarks.server", *server_options)
        )
        url = (await _line(server)).decode().strip()
        started: dict[str, Worker] = {}
        for name, command in _COMMANDS.items():
            process = await stack.enter_async_context(_process(*command, url))
            started[name] = Worker(process, json.loads(await _line(process)))
        release = started[THEIRS].versions["frequenz-client-assets"]
        if release != PUBLISHED_VERSION:
            raise RuntimeError(f"{PUBLISHED} has version {release}, not {PUBLISHED_VERSION}")
        yield started


@asynccontextmanager
async def _process(*command: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _line(process: asyncio.subprocess.Process) -> bytes:
    assert process.stdout is not None
    line = await process.stdout.readline()
    if not line:
        raise RuntimeError("a process ended; standard error has the reason")
    return line
