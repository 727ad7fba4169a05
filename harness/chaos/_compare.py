"""The published client and this one: how five calls end in each kind of trouble."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Final, NamedTuple, TypeAlias

from frequenz.client.assets.testing._proxy import BLACK_HOLE, REFUSE, Fault, Proxy, url_of

from ..shared.clients import PYTHONS, check_version, module_command, require_published
from ..shared.processes import LineProcess, line_process
from ..shared.progress import progress_of
from ..shared.tables import table
from ._http2_server import CASES, MisbehavingServer
from ._processes import QUIET, ServerProcess, reserved_port, server_process
from ._server import Behaviour

_LIMIT_SECONDS: Final = 240.0
_TIMES: Final = 5


class End(NamedTuple):
    """How a call ended."""

    outcome: str
    seconds: float


class Client(NamedTuple):
    """The process of one client."""

    process: LineProcess

    async def connect(self, url: str, *, first_call: bool = True) -> None:
        """Create a client of a server, and make a call so that it is connected."""
        await self.process.ask({"do": "connect", "url": url})
        if first_call:
            (end,) = await self.calls(1)
            if end.outcome != "answer":
                raise RuntimeError(f"the first call ended with {end.outcome}")

    async def calls(self, times: int = _TIMES, *, disconnect: bool = False) -> list[End]:
        """Make calls in parallel, and disconnect while they go on if wanted."""
        command = {"do": "call", "times": times, "disconnect": disconnect}
        return [End(*end) for end in await self.process.ask(command)]


Trouble: TypeAlias = Callable[[Client], Awaitable[list[End]]]


@asynccontextmanager
async def _served(
    behaviour: Behaviour | None = None, options: Mapping[str, int] | None = None
) -> AsyncIterator[tuple[ServerProcess, Proxy]]:
    async with server_process() as server:
        await server.behave(behaviour or Behaviour())
        await server.listen(options=[*(options or {}).items()])
        async with Proxy(server.port) as proxy:
            yield server, proxy


async def _behaving(client: Client, behaviour: Behaviour) -> list[End]:
    async with _served(behaviour) as (_, proxy):
        await client.connect(proxy.url, first_call=False)
        return await client.calls()


async def _failing_once(client: Client, status: str, pushback_ms: int | None = None) -> list[End]:
    ends = []
    async with _served() as (server, proxy):
        await client.connect(proxy.url)
        for _ in range(_TIMES):
            await server.behave(Behaviour(status=status, pushback_ms=pushback_ms, first=1))
            ends += await client.calls(1)
    return ends


async def _resets(client: Client) -> list[End]:
    ends = []
    async with _served() as (server, proxy):
        await client.connect(proxy.url)
        await server.behave(Behaviour(delay=0.3))
        for _ in range(_TIMES):
            calling = asyncio.create_task(client.calls(1))
            await asyncio.sleep(0.15)
            proxy.reset()
            ends += await calling
    return ends


async def _replaced(client: Client, *, is_killed: bool) -> list[End]:
    with reserved_port() as port:
        async with server_process() as server, server_process() as following:
            await server.listen(port)
            await client.connect(url_of(port))
            await server.behave(Behaviour(delay=0.5))
            calling = asyncio.create_task(client.calls())
            await asyncio.sleep(0.2)
            if is_killed:
                await server.kill()
                await asyncio.sleep(1)
            else:
                server.terminate()
            await following.listen(port)
            return await calling


async def _away(client: Client, fault: Fault) -> list[End]:
    async with _served() as (_, proxy):
        await client.connect(proxy.url)
        await proxy.set_fault(fault)
        proxy.reset()
        await asyncio.sleep(0.2)  # for the client to notice
        return await client.calls()


async def _frozen(client: Client) -> list[End]:
    async with _served() as (server, proxy):
        await client.connect(proxy.url)
        server.freeze()
        return await client.calls()


async def _few_streams(client: Client) -> list[End]:
    options = {"grpc.max_concurrent_streams": 100}
    async with _served(Behaviour(delay=0.05), options) as (_, proxy):
        await client.connect(proxy.url, first_call=False)
        return await client.calls(500)  # fewer would not show it


async def _old_connections(client: Client) -> list[End]:
    ends = []
    async with _served(Behaviour(delay=0.3), {"grpc.max_connection_age_ms": 500}) as (_, proxy):
        await client.connect(proxy.url)
        for _ in range(_TIMES):
            ends += await client.calls(1)
    return ends


async def _disconnected(client: Client) -> list[End]:
    async with _served() as (server, proxy):
        await client.connect(proxy.url)
        await server.behave(Behaviour(delay=1))
        return await client.calls(disconnect=True)


async def _misbehaving(client: Client, name: str) -> list[End]:
    server = MisbehavingServer(CASES[name])
    async with server.serving():
        await client.connect(server.url, first_call=False)
        ends = []
        for _ in range(1 if name == "no SETTINGS" else _TIMES):
            ends += await client.calls(_TIMES if name == "no SETTINGS" else 1)
    return ends


_TROUBLES: Final[Mapping[str, Trouble]] = {
    "none": lambda client: _behaving(client, Behaviour()),
    "UNAVAILABLE, once a call": lambda client: _failing_once(client, "UNAVAILABLE"),
    "RESOURCE_EXHAUSTED, try again in 100 ms": lambda client: _failing_once(
        client, "RESOURCE_EXHAUSTED", 100
    ),
    "the connection breaks during each call": _resets,
    "the server is killed, and back after 1 s": lambda client: _replaced(client, is_killed=True),
    "the server is terminated, another one follows": lambda client: _replaced(
        client, is_killed=False
    ),
    "connections live for 0.5 s": _old_connections,
    "connections are refused": lambda client: _away(client, REFUSE),
    "connections are never accepted": lambda client: _away(client, BLACK_HOLE),
    "the server is frozen": _frozen,
    "500 calls in parallel, the server takes 100": _few_streams,
    "replies of 5 MiB": lambda client: _behaving(client, Behaviour(padding=5 * 2**20)),
    "replies that cannot be decoded": lambda client: _behaving(client, Behaviour(is_garbage=True)),
    "disconnect() during the calls": _disconnected,
    **{
        f"HTTP/2: {name}": partial(_misbehaving, name=name)
        for name, case in CASES.items()
        if not case.parallel_calls
    },
}


async def start_workers(stack: AsyncExitStack) -> list[LineProcess]:
    """Return a process of each client."""
    processes = []
    for name in PYTHONS:
        command = module_command(name, "harness.chaos.worker")
        process = await stack.enter_async_context(line_process(*command, variables=QUIET))
        check_version(name, await process.read())
        processes.append(process)
    return processes


async def compare() -> int:
    """Print the table."""
    require_published("chaos-compare")
    rows = []
    async with asyncio.timeout(_LIMIT_SECONDS), AsyncExitStack() as stack:
        clients = [Client(process) for process in await start_workers(stack)]
        advance = stack.enter_context(progress_of("comparing", len(_TROUBLES)))
        for trouble, make_calls in _TROUBLES.items():
            rows.append((trouble, *[_cell(await make_calls(client)) for client in clients]))
            advance()
    print(table(("trouble", *PYTHONS), rows))
    return 0


def _cell(ends: list[End]) -> str:
    outcomes = Counter(end.outcome for end in ends)
    longest = max(end.seconds for end in ends)
    text = ", ".join(f"{times} {_named(name, times)}" for name, times in outcomes.most_common())
    return f"{text}; {longest:.1f} s"


def _named(outcome: str, times: int) -> str:
    return "answers" if outcome == "answer" and times > 1 else outcome
