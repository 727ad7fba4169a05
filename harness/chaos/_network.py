"""Rows of networks, and of servers that are no servers of gRPC."""

import asyncio
import random
from functools import partial
from typing import Any, Final

from frequenz.client.assets import AssetsApiClient

from ._calls import ANSWER, CALLS, GET, HANG, WRONG, Tally, answers, by_turns
from ._http2 import CASES, Case, Misbehaving
from ._processes import ServerProcess
from ._proxy import BLACK_HOLE, HALF_OPEN, PASS, STALL, Fault, Kind, Proxy
from ._row import Claim, Claims, exactly, within
from ._server import Behaviour

_GRACE: Final = 0.05

FAULTS: Final = (
    Fault(Kind.DELAY, 0.1),
    STALL,
    Fault(Kind.RESET, 0.1),
    Fault(Kind.CUT, 1000),
    HALF_OPEN,
    Fault(Kind.DRIP, 20),
    Fault(Kind.BANDWIDTH, 10_000),
    BLACK_HOLE,
)


async def network(seed: int, *, times: int = 20, deadline: float = 1.0) -> Claims:
    """Make every call through every fault of a network."""
    made = random.Random(seed)
    whole, claims = Tally(), []
    async with ServerProcess() as server:
        await server.listen()
        for fault in FAULTS:
            tally = Tally()
            async with Proxy(server.port, seed) as proxy, AssetsApiClient(proxy.url) as client:
                expected = await answers(client)
                await proxy.become(fault)
                if fault is BLACK_HOLE:
                    proxy.reset()  # so that there must be a new connection
                jobs = [
                    partial(tally.take, call, client, deadline, expected[method])
                    for method, call in CALLS.items()
                    for _ in range(times)
                ]
                made.shuffle(jobs)
                await by_turns(16, jobs)
                await proxy.become(PASS)
            whole.outcomes += tally.outcomes
            whole.foreign += tally.foreign
            whole.latest = max(whole.latest, tally.latest)
            whole.late += tally.late
            claims.append(Claim(str(fault), "", f"{tally}; latest {tally.latest * 1e3:.0f} ms"))
    return [
        exactly("calls that hang", 0, whole.outcomes[HANG], f"of {whole.calls}"),
        exactly("errors outside ApiClientError", 0, whole.foreign.total(), _named(whole)),
        exactly("wrong answers", 0, whole.outcomes[WRONG]),
        within(f"latest end after a deadline ({whole.late} later than that)", _GRACE, whole.latest),
        *claims,
    ]


def _named(tally: Tally) -> str:
    return ", ".join(tally.foreign)


async def slow(_: int, *, size: int = 5 * 2**20, rate: float = 400_000) -> Claims:
    """Send a large reply over a thin line: pings wait behind it, and nothing is wrong."""
    tally = Tally()
    async with ServerProcess() as server:
        await server.behave(Behaviour(padding=size))
        await server.listen()
        async with Proxy(server.port) as proxy, AssetsApiClient(proxy.url) as client:
            await client.ready(10)
            await proxy.become(Fault(Kind.BANDWIDTH, rate))
            await tally.take(GET, client, 60.0)
            return [
                exactly("calls that failed", 0, tally.failed, f"of {tally}"),
                exactly("connections", 1, proxy.connections),
                Claim("the answer", "", f"{tally.worst:.3f} s"),
            ]


async def misbehaving(_: int, *, deadline: float = 1.0) -> Claims:
    """Make calls to servers that speak HTTP/2 as they should not."""
    measured = [await _case(name, case, deadline) for name, case in CASES.items()]
    return [
        *(claim for claim, _ in measured),
        within("latest end after a deadline", _GRACE, max(latest for _, latest in measured)),
    ]


async def _case(name: str, case: Case, deadline: float) -> tuple[Claim, float]:
    """Return what became of the calls of a case, and how long after its deadline one ended."""
    tally = Tally()
    server = Misbehaving(case)
    async with server.serving(), AssetsApiClient(server.url) as client:
        first: list[Any] = []

        async def call(asked: AssetsApiClient, **options: Any) -> Any:
            first.append(await GET(asked, **options))
            return first[-1] == first[0]

        for _ in range(2):
            await tally.take(call, client, deadline, True)
        if case.at_once:
            await asyncio.gather(
                *(tally.take(call, client, deadline, True) for _ in range(case.at_once))
            )
        most_open = max((one.most_open for one in server.connections), default=0)
    good = tally.outcomes[ANSWER]
    bad = tally.outcomes[HANG] + tally.outcomes[WRONG] + tally.foreign.total()
    is_kept = bad == 0 and good == (tally.calls if case.is_answered else 0)
    promised = "answers" if case.is_answered else "errors of ApiClientError"
    also = f"; connections: {len(server.connections)}"
    if case.at_once:
        also += f", at most {most_open} calls at once"
        is_kept = is_kept and most_open == 1
    return Claim(name, promised, f"{tally}{also}", is_kept), tally.latest
