"""Scenarios of servers that stop, and start again."""

import asyncio
import random
from contextlib import AsyncExitStack
from functools import partial
from time import monotonic
from typing import Final

from frequenz.client.assets import AssetsApiClient
from frequenz.client.assets.testing._proxy import BLACK_HOLE, PASS, REFUSE, Fault, Proxy, url_of

from ..shared.claims import Claim, Claims, exactly, within
from ._calls import ANSWER, CALLS, GET, Tally, in_parallel
from ._processes import reserved_port, server_process
from ._server import Behaviour

_PERIOD: Final = 0.08
"""The time between the calls of each of four callers, in s: 50 calls/s in all."""

_UP_SECONDS: Final = (1.3, 1.6)
"""How long a server runs, in s: longer than the client may take to reconnect."""

_AFTER_REFUSALS: Final = 1.2
_AFTER_BLACK_HOLES: Final = 6.0
"""When the first call succeeds after the end of an outage at the latest, in s."""

_AFTER_SILENCE: Final = 25.0 + _AFTER_REFUSALS
"""How long a call on a dead connection may take, in s: to notice that, and to reconnect."""


async def kills(seed: int, *, restarts: int = 50, callers: int = 4) -> Claims:
    """Kill the server again and again while it is called."""
    rng = random.Random(seed)
    tally = Tally()
    took: list[tuple[float, float]] = []
    outages: list[tuple[float, float]] = []
    is_over = asyncio.Event()

    async def call(client: AssetsApiClient, number: int) -> None:
        methods = list(CALLS.values())
        turn = number
        while not is_over.is_set():
            began = monotonic()
            await tally.make(methods[turn % len(methods)], client, 60.0)
            took.append((began, monotonic()))
            turn += 1
            await asyncio.sleep(max(began + _PERIOD - monotonic(), 0))

    with reserved_port() as port:
        async with AsyncExitStack() as stack, AssetsApiClient(url_of(port)) as client:
            server = await stack.enter_async_context(server_process(seed))
            await server.listen(port)
            await client.ready(10)
            up = monotonic()
            async with asyncio.TaskGroup() as group:
                for number in range(callers):
                    group.create_task(call(client, number))
                try:
                    for _ in range(restarts):
                        # Started beforehand, so that the outage is as long as planned.
                        following = await stack.enter_async_context(server_process(seed))
                        await asyncio.sleep(max(up + rng.uniform(*_UP_SECONDS) - monotonic(), 0))
                        began = monotonic()
                        await server.kill()
                        await asyncio.sleep(rng.uniform(0, 1))
                        await following.listen(port)
                        up = monotonic()
                        outages.append((began, up))
                        server = following
                    await asyncio.sleep(0.5)
                finally:
                    is_over.set()
    down = [end - start for start, end in outages]
    excess = max(
        end - start - sum(max(min(end, b) - max(start, a), 0) for a, b in outages)
        for start, end in took
    )
    return [
        exactly("calls that failed", 0, tally.failed, f"of {tally.calls}: {tally}"),
        within("longest call, without the outages in it", 1.5, excess),
        Claim("restarts, downtime", "", f"{restarts}, {min(down):.2f} to {max(down):.2f} s"),
        Claim("longest call", "", f"{tally.longest:.3f} s"),
        *([Claim("last error", "", tally.last_error)] if tally.last_error else []),
    ]


async def outages(seed: int, *, seconds: tuple[float, ...] = (5, 30, 60)) -> Claims:
    """Make a server unreachable for a while: connections are refused, or get no answer."""
    rng = random.Random(seed)
    async with server_process() as server:
        await server.listen()
        kinds = ((REFUSE, _AFTER_REFUSALS), (BLACK_HOLE, _AFTER_BLACK_HOLES))
        measured = await asyncio.gather(
            *(
                # Whole seconds would match the retries of TCP.
                _outage(server.port, fault, length + rng.random(), promised)
                for fault, promised in kinds
                for length in seconds
            )
        )
    return [claim for claims in measured for claim in claims]


async def _outage(port: int, fault: Fault, seconds: float, promised: float) -> Claims:
    tally = Tally()
    ends: list[float] = []
    callers = 4

    async def call(client: AssetsApiClient, pause: float) -> None:
        await asyncio.sleep(pause)
        if await tally.make(GET, client, seconds + 30) == ANSWER:
            ends.append(monotonic())

    async with Proxy(port) as proxy, AssetsApiClient(proxy.url) as client:
        await client.ready(10)
        await proxy.set_fault(fault)
        proxy.reset()
        async with asyncio.TaskGroup() as group:
            for number in range(callers):
                group.create_task(call(client, seconds * number / callers))
            await asyncio.sleep(seconds)
            await proxy.set_fault(PASS)
            back = monotonic()
    how = f"{seconds:.1f} s, {'connections refused' if fault is REFUSE else fault}"
    return [
        exactly(f"{how}: calls that failed", 0, tally.failed, f"of {callers}"),
        within(f"{how}: first success after its end", promised, min(ends, default=1e9) - back),
    ]


async def silence(_: int) -> Claims:
    """Let the connection of a call go silent; new ones work."""
    tally = Tally()
    async with server_process() as server:
        await server.listen()
        async with Proxy(server.port) as proxy, AssetsApiClient(proxy.url) as client:
            await client.ready(10)
            proxy.silence()
            await tally.make(GET, client, 60.0)
            return [
                exactly("calls that failed", 0, tally.failed, f"of {tally}"),
                exactly("connections", 2, proxy.connections),
                within("the answer", _AFTER_SILENCE, tally.longest),
            ]


async def draining(_: int, *, calls: int = 200, rounds: int = 6) -> Claims:
    """Terminate servers, and end connections by their age, while they are in use."""
    taken, arrived, later, aged = Tally(), Tally(), Tally(), Tally()
    with reserved_port() as port:
        async with server_process() as server, server_process() as following:
            await server.behave(Behaviour(delay=1))
            await server.listen(port)
            async with AssetsApiClient(url_of(port)) as client:
                async with asyncio.TaskGroup() as group:

                    def make(tally: Tally) -> None:
                        for _ in range(calls):
                            group.create_task(tally.make(GET, client, 60.0))

                    make(taken)
                    await asyncio.sleep(0.5)
                    make(arrived)
                    await asyncio.sleep(0.02)  # to arrive, not to be started
                    server.terminate()
                    make(later)
                    await following.listen(port)
                await asyncio.wait_for(server.running.wait(), 10)
    async with server_process() as server:
        await server.behave(Behaviour(delay=1, random_delay=True))
        await server.listen(options=[("grpc.max_connection_age_ms", 1000)])
        async with Proxy(server.port) as proxy, AssetsApiClient(proxy.url) as client:
            job = partial(aged.make, GET, client, 60.0)
            await in_parallel(calls, [job] * calls * rounds)
            connections = proxy.connections
    return [
        exactly("SIGTERM: calls started that failed", 0, taken.failed, f"of {taken}"),
        exactly("SIGTERM: calls just arrived that failed", 0, arrived.failed, f"of {arrived}"),
        exactly("SIGTERM: calls made after it that failed", 0, later.failed, f"of {later}"),
        exactly("connection age 1 s: calls that failed", 0, aged.failed, f"of {aged}"),
        Claim("connection age 1 s: connections", "", str(connections)),
        Claim(
            "longest call of each",
            "",
            ", ".join(f"{tally.longest:.2f} s" for tally in (taken, arrived, later, aged)),
        ),
    ]
