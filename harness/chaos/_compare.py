"""The published client beside this one: what becomes of five calls in each trouble."""

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final, NamedTuple, TypeAlias

from rich.console import Console
from rich.progress import Progress

from ._http2 import CASES, Misbehaving
from ._processes import ROOT, ReservedPort, ServerProcess, line_of, process, told
from ._proxy import BLACK_HOLE, REFUSE, Fault, Proxy
from ._server import Behaviour

PUBLISHED: Final = ROOT / ".venv-published" / "bin" / "python"
PUBLISHED_VERSION: Final = "0.6.0"
_THEIRS: Final = f"published {PUBLISHED_VERSION}"
_OURS: Final = "this client"
_LIMIT_SECONDS: Final = 240.0

_MODULE: Final = ("-m", "harness.chaos.worker")
_COMMANDS: Final[Mapping[str, tuple[str, ...]]] = {
    # -E: what PYTHONPATH adds would be found before the published client.
    _THEIRS: (str(PUBLISHED), "-E", *_MODULE),
    _OURS: (sys.executable, *_MODULE),
}

_TIMES: Final = 5


class End(NamedTuple):
    """How a call ended."""

    outcome: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Side:
    """The process of one client."""

    process: asyncio.subprocess.Process

    async def connect(self, url: str, *, first_call: bool = True) -> None:
        """Make a new client, and a call so that there is a connection."""
        await told(self.process, {"do": "connect", "url": url})
        if first_call:
            (end,) = await self.calls(1)
            if end.outcome != "answer":
                raise RuntimeError(f"the first call had no answer but ended as {end.outcome}")

    async def calls(self, times: int = _TIMES, *, disconnect: bool = False) -> list[End]:
        """Make so many calls at once, and disconnect while they go on if asked to."""
        command = {"do": "call", "times": times, "disconnect": disconnect}
        return [End(*end) for end in await told(self.process, command)]


Trouble: TypeAlias = Callable[[Side], Awaitable[list[End]]]


@asynccontextmanager
async def _served(
    behaviour: Behaviour | None = None, options: Mapping[str, int] | None = None
) -> AsyncIterator[tuple[ServerProcess, Proxy]]:
    async with ServerProcess() as server:
        await server.behave(behaviour or Behaviour())
        await server.listen(options=[*(options or {}).items()])
        async with Proxy(server.port) as proxy:
            yield server, proxy


async def _behaving(side: Side, behaviour: Behaviour) -> list[End]:
    async with _served(behaviour) as (_, proxy):
        await side.connect(proxy.url, first_call=False)
        return await side.calls()


async def _failing_once(side: Side, status: str, pushback_ms: int | None = None) -> list[End]:
    ends = []
    async with _served() as (server, proxy):
        await side.connect(proxy.url)
        for _ in range(_TIMES):
            await server.behave(Behaviour(status=status, pushback_ms=pushback_ms, first=1))
            ends += await side.calls(1)
    return ends


async def _resets(side: Side) -> list[End]:
    ends = []
    async with _served() as (server, proxy):
        await side.connect(proxy.url)
        await server.behave(Behaviour(delay=0.3))
        for _ in range(_TIMES):
            calling = asyncio.create_task(side.calls(1))
            await asyncio.sleep(0.15)
            proxy.reset()
            ends += await calling
    return ends


async def _replaced(side: Side, *, is_killed: bool) -> list[End]:
    with ReservedPort() as port:
        async with ServerProcess() as server, ServerProcess() as following:
            await server.listen(port.number)
            await side.connect(port.url)
            await server.behave(Behaviour(delay=0.5))
            calling = asyncio.create_task(side.calls())
            await asyncio.sleep(0.2)
            if is_killed:
                await server.kill()
                await asyncio.sleep(1)
            else:
                server.terminate()
            await following.listen(port.number)
            return await calling


async def _away(side: Side, fault: Fault) -> list[End]:
    async with _served() as (_, proxy):
        await side.connect(proxy.url)
        await proxy.become(fault)
        proxy.reset()
        await asyncio.sleep(0.2)  # for the client to notice
        return await side.calls()


async def _frozen(side: Side) -> list[End]:
    async with _served() as (server, proxy):
        await side.connect(proxy.url)
        server.freeze()
        return await side.calls()


async def _few_streams(side: Side) -> list[End]:
    options = {"grpc.max_concurrent_streams": 100}
    async with _served(Behaviour(delay=0.05), options) as (_, proxy):
        await side.connect(proxy.url, first_call=False)
        return await side.calls(500)  # fewer than five hundred would not show it


async def _old_connections(side: Side) -> list[End]:
    ends = []
    async with _served(Behaviour(delay=0.3), {"grpc.max_connection_age_ms": 500}) as (_, proxy):
        await side.connect(proxy.url)
        for _ in range(_TIMES):
            ends += await side.calls(1)
    return ends


async def _disconnected(side: Side) -> list[End]:
    async with _served() as (server, proxy):
        await side.connect(proxy.url)
        await server.behave(Behaviour(delay=1))
        return await side.calls(disconnect=True)


async def _misbehaving(side: Side, name: str) -> list[End]:
    server = Misbehaving(CASES[name])
    async with server.serving():
        await side.connect(server.url, first_call=False)
        ends = []
        for _ in range(1 if name == "no SETTINGS" else _TIMES):
            ends += await side.calls(_TIMES if name == "no SETTINGS" else 1)
    return ends


_TROUBLES: Final[Mapping[str, Trouble]] = {
    "none": lambda side: _behaving(side, Behaviour()),
    "UNAVAILABLE, once a call": lambda side: _failing_once(side, "UNAVAILABLE"),
    "RESOURCE_EXHAUSTED, try again in 100 ms": lambda side: _failing_once(
        side, "RESOURCE_EXHAUSTED", 100
    ),
    "the connection breaks during each call": _resets,
    "the server is killed, and back after 1 s": lambda side: _replaced(side, is_killed=True),
    "the server stops in good order, another one follows": lambda side: _replaced(
        side, is_killed=False
    ),
    "connections live for 0.5 s": _old_connections,
    "connections are refused": lambda side: _away(side, REFUSE),
    "connections are never accepted": lambda side: _away(side, BLACK_HOLE),
    "the server is frozen": _frozen,
    "500 calls at once, the server takes 100": _few_streams,
    "replies of 5 MiB": lambda side: _behaving(side, Behaviour(padding=5 * 2**20)),
    "replies that are no messages": lambda side: _behaving(side, Behaviour(is_garbage=True)),
    "disconnect() during the calls": _disconnected,
    **{
        f"HTTP/2: {name}": partial(_misbehaving, name=name)
        for name, case in CASES.items()
        if not case.at_once
    },
}


async def compare() -> int:
    """Print the table."""
    if not PUBLISHED.exists():
        sys.exit(f"{PUBLISHED} is missing; `make chaos-compare` makes it")
    lines = [f"| trouble | {_THEIRS} | {_OURS} |", "| :-- | :-- | :-- |"]
    console = Console(stderr=True)
    async with asyncio.timeout(_LIMIT_SECONDS), AsyncExitStack() as stack:
        sides: dict[str, Side] = {}
        for name, command in _COMMANDS.items():
            made = await stack.enter_async_context(process(*command))
            version = await line_of(made)
            if name == _THEIRS and version != PUBLISHED_VERSION:
                raise RuntimeError(f"{PUBLISHED} has version {version}, not {PUBLISHED_VERSION}")
            sides[name] = Side(made)
        with Progress(console=console, disable=not console.is_terminal, transient=True) as progress:
            task = progress.add_task("comparing", total=len(_TROUBLES))
            for trouble, meet in _TROUBLES.items():
                cells = [_cell(await meet(side)) for side in sides.values()]
                lines.append(f"| {trouble} | {' | '.join(cells)} |")
                progress.advance(task)
    print("\n".join(lines))
    return 0


def _cell(ends: list[End]) -> str:
    outcomes = Counter(end.outcome for end in ends)
    worst = max(end.seconds for end in ends)
    told_of = ", ".join(f"{times} {_named(name, times)}" for name, times in outcomes.most_common())
    return f"{told_of}; {worst:.1f} s"


def _named(outcome: str, times: int) -> str:
    return "answers" if outcome == "answer" and times > 1 else outcome
