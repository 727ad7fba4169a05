"""The processes that are measured with, as the one that measures sees them."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
PUBLISHED_VERSION: Final = "0.6.0"

THEIRS: Final = f"published {PUBLISHED_VERSION}"
OURS: Final = "this client"

PYTHONS: Final[Mapping[str, Path]] = {
    THEIRS: ROOT / ".venv-published" / "bin" / "python",
    OURS: Path(sys.executable),
}
"""The interpreter that has the client, by side."""

_LINE_LIMIT: Final = 1 << 22
"""How long a line may be: an answer has thousands of numbers."""


@dataclass(frozen=True)
class Worker:
    """The process of one client."""

    process: asyncio.subprocess.Process

    versions: dict[str, str]
    """Of Python and of what it imports."""

    async def ask(self, task: str, *arguments: str | int) -> Any:
        """Have something measured: see `worker`."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps([task, *arguments]).encode() + b"\n")
        return json.loads(await _line(self.process))


@asynccontextmanager
async def server(*options: str) -> AsyncIterator[str]:
    """Start a server and yield its URL.

    Args:
        options: `canned` for one that has its replies ready.
    """
    async with _process(sys.executable, "-m", "harness.benchmarks.server", *options) as process:
        yield (await _line(process)).decode().strip()


@asynccontextmanager
async def workers() -> AsyncIterator[dict[str, Worker]]:
    """Start a process for each client; end them in any case."""
    async with AsyncExitStack() as stack:
        started: dict[str, Worker] = {}
        for name, python in PYTHONS.items():
            # -E: what PYTHONPATH adds would be found before the client.
            process = await stack.enter_async_context(
                _process(str(python), "-E", "-m", "harness.benchmarks.worker")
            )
            started[name] = Worker(process, json.loads(await _line(process)))
        release = started[THEIRS].versions["frequenz-client-assets"]
        if release != PUBLISHED_VERSION:
            raise RuntimeError(
                f".venv-published has version {release} of the client, not {PUBLISHED_VERSION}"
            )
        yield started


@asynccontextmanager
async def _process(*command: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=_LINE_LIMIT,
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
