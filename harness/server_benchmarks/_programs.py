"""Run `assets-server`, and measure what it takes."""

import asyncio
import resource
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import Final, NamedTuple

from ..shared.paths import ROOT
from ._calls import Kind

_ASSETS_SERVER: Final = "from frequenz.server.assets.cli import main; main()"

_SAMPLE_SECONDS: Final = 0.1

_LIMIT_SECONDS: Final = 300.0


def assets_server(*arguments: str) -> tuple[str, ...]:
    """Return the command line of `assets-server`."""
    return sys.executable, "-c", _ASSETS_SERVER, *arguments


class Ran(NamedTuple):
    """What a program took."""

    seconds: float
    processor_seconds: float
    """Of all of its processes."""

    peak_mb: float
    """Of all of its processes together; what they share counts once."""


async def measured(*arguments: str) -> Ran:
    """Run `assets-server` to its end.

    Raises:
        RuntimeError: If it fails.
        TimeoutError: If it takes longer than 300 s.
    """
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), monotonic()
    process = await asyncio.create_subprocess_exec(
        *assets_server(*arguments), cwd=ROOT, stdout=asyncio.subprocess.DEVNULL
    )
    peak = 0.0
    try:
        async with asyncio.timeout(_LIMIT_SECONDS):
            while process.returncode is None:
                peak = max(peak, _memory_mb(process.pid))
                with suppress(TimeoutError):
                    await asyncio.wait_for(process.wait(), _SAMPLE_SECONDS)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    seconds, after = monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode:
        raise RuntimeError(f"assets-server {' '.join(arguments)} failed")
    took = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Ran(seconds, took, peak)


def _memory_mb(pid: int) -> float:
    """Return what a process and those that it started take, in MB."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:  # it has ended meanwhile
        return 0.0
    # A share for each process that uses the same memory, so that the sum counts it once.
    share = next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
    return share * 1024 / 1e6 + sum(_memory_mb(int(child)) for child in children)


@asynccontextmanager
async def served(*arguments: str) -> AsyncIterator[str]:
    """Run `assets-server serve`, and yield the URL."""
    async with _printing_url(*assets_server("serve", "--port", "0", *arguments)) as url:
        yield url


@asynccontextmanager
async def constant(*loop: str) -> AsyncIterator[str]:
    """Run a server that answers with constant bytes, and yield the URL.

    Args:
        *loop: `uvloop`, or nothing for the event loop of asyncio.
    """
    async with _printing_url(sys.executable, "-m", f"{__package__}.canned", *loop) as url:
        yield url.strip('"')


async def lightly_called(
    url: str, kind: Kind, connections: int, seconds: float, *, is_new: bool
) -> float:
    """Return how many calls per second a server answers to `light_client`.

    Raises:
        RuntimeError: If a call fails.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", f"{__package__}.light_client", url, kind.operation),
        *("--connections", str(connections), "--seconds", str(seconds)),
        *(("--new",) if is_new else ()),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError("the light client failed; standard error has the reason")
    return float(output)


@asynccontextmanager
async def _printing_url(*command: str) -> AsyncIterator[str]:
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        line = await asyncio.wait_for(process.stdout.readline(), _LIMIT_SECONDS)
        if not line:
            raise RuntimeError("a server did not start; standard error has the reason")
        yield line.decode().strip()
    finally:
        if process.returncode is None:
            process.terminate()
            with suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), 10)
        if process.returncode is None:
            process.kill()
            await process.wait()
