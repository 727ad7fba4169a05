"""Put calls to both clients, each in a process and an environment of its own."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from .plan import Answer, Call

ROOT: Final = Path(__file__).resolve().parent.parent
PUBLISHED: Final = ROOT / ".venv-published" / "bin" / "python"
OURS: Final = Path(sys.executable)

_ANSWER_SECONDS: Final = 30.0
_LINE_BYTES: Final = 2**26


class Pair(NamedTuple):
    """What both clients made of the same call."""

    call: Call
    published: Answer
    ours: Answer


async def pairs(
    url: str, calls: Iterable[Call], advance: Callable[[], object]
) -> list[Pair]:
    """Return what both clients make of each call to a server."""
    found = []
    async with _observer(PUBLISHED, url) as published, _observer(OURS, url) as ours:
        for call in calls:
            # Both at a time: there are two of them, and most machines have two processors.
            answers = await asyncio.gather(_ask(published, call), _ask(ours, call))
            found.append(Pair(call, *answers))
            advance()
    return found


@asynccontextmanager
async def _observer(python: Path, url: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        python,
        *("-m", "comparison.observer", url),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=_LINE_BYTES,
    )
    assert process.stderr is not None
    errors = asyncio.create_task(process.stderr.read())
    try:
        yield process
    except _ObserverEndedError:
        raise SystemExit(f"{python} ended:\n{(await errors).decode()}") from None
    finally:
        if process.returncode is None:
            process.kill()
        await asyncio.gather(process.wait(), errors)


class _ObserverEndedError(Exception):
    """An observer gave no answer."""


async def _ask(observer: asyncio.subprocess.Process, call: Call) -> Answer:
    assert observer.stdin is not None
    assert observer.stdout is not None
    observer.stdin.write(json.dumps(call.to_json()).encode() + b"\n")
    line = await asyncio.wait_for(observer.stdout.readline(), _ANSWER_SECONDS)
    if not line:
        raise _ObserverEndedError
    return Answer(**json.loads(line))
