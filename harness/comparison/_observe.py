"""Put calls to both clients, each in a process and an environment of its own."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Final, NamedTuple

from .plan import Answer, Call

ROOT: Final = Path(__file__).resolve().parents[2]
PUBLISHED_VERSION: Final = "0.6.0"
PUBLISHED: Final = ROOT / ".venv-published" / "bin" / "python"
OURS: Final = Path(sys.executable)

_ANSWER_SECONDS: Final = 30.0
_LINE_BYTES: Final = 2**26


class Pair(NamedTuple):
    """What both clients made of the same call."""

    call: Call
    published: Answer
    ours: Answer


async def pairs(url: str, calls: Iterable[Call], advance: Callable[[], object]) -> list[Pair]:
    """Return what both clients make of each call to a server."""
    found = []
    async with (
        # -E: what PYTHONPATH adds would be found before the published client.
        _observer(url, PUBLISHED, "-E", release=PUBLISHED_VERSION) as published,
        _observer(url, OURS, release=version("frequenz-client-assets")) as ours,
    ):
        for call in calls:
            # Both at a time: there are two of them, and most machines have two processors.
            answers = await asyncio.gather(_ask(published, call), _ask(ours, call))
            found.append(Pair(call, *answers))
            advance()
    return found


@asynccontextmanager
async def _observer(
    url: str, python: Path, *options: str, release: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Start an observer; end it in any case."""
    process = await asyncio.create_subprocess_exec(
        python,
        *(*options, "-m", "harness.comparison.observer", url),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=_LINE_BYTES,
    )
    try:
        started = (await _line(process)).decode().strip()
        if started != release:
            raise RuntimeError(f"{python} has version {started}, not {release}")
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _ask(observer: asyncio.subprocess.Process, call: Call) -> Answer:
    assert observer.stdin is not None
    observer.stdin.write(json.dumps(call.to_json()).encode() + b"\n")
    return Answer(**json.loads(await _line(observer)))


async def _line(observer: asyncio.subprocess.Process) -> bytes:
    assert observer.stdout is not None
    line = await asyncio.wait_for(observer.stdout.readline(), _ANSWER_SECONDS)
    if not line:
        raise RuntimeError("a client's process ended; standard error has the reason")
    return line
