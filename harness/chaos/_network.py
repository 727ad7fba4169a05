"""Scenarios of faulty networks, and of servers that violate HTTP/2."""

import asyncio
import random
from functools import partial
from typing import Any, Final

from frequenz.client.assets import AssetsApiClient
from frequenz.client.assets.testing._proxy import (
    BLACK_HOLE,
    HALF_OPEN,
    PASS,
    STALL,
    Fault,
    FaultKind,
    Proxy,
)

from ..shared.claims import Claim, Claims, exactly, within
from ._calls import ANSWER, CALLS, GET, HANG, WRONG, Tally, answers, in_parallel
from ._http2_server import CASES, Case, MisbehavingServer
from ._processes import server_process
from ._server import Behaviour

_GRACE: Final = 0.05

FAULTS: Final = (
    Fault(FaultKind.DELAY, 0.1),
    STALL,
    Fault(FaultKind.RESET, 0.1),
    Fault(FaultKind.TRUNCATE, 1000),
    HALF_OPEN,
    Fault(FaultKind.DRIP, 20),
    Fault(FaultKind.BANDWIDTH, 10_000),
    BLACK_HOLE,
)


async def network(seed: int, *, times: int = 20, deadline: float = 1.0) -> Claims:
    """Make every call through every kind of network fault."""
    rng = random.Random(seed)
    whole, claims = Tally(), []
    async with server_process() as server:
        await server.listen()
        for fault in FAULTS:
            tally = Tally()
            async with Proxy(server.port, seed) as proxy, AssetsApiClient(proxy.url) as client:
                expected = await answers(client)
                await proxy.set_fault(fault)
                if fault is BLACK_HOLE:
                    proxy.reset()  # so that the client needs a new connection
                jobs = [
                    partial(tally.make, call, client, deadline, expected[method])
                    for method, call in CALLS.items()
                    for _ in range(times)
                ]
                rng.shuffle(jobs)
                await in_parallel(16, jobs)
                await proxy.set_fault(PASS)
            whole.outcomes += tally.outcomes
            whole.foreign += tally.foreign
            whole.latest = max(whole.latest, tally.latest)
            whole.late += tally.late
            claims.append(Claim(str(fault), "", f"{tally}; latest {tally.latest * 1e3:.0f} ms"))
    return [
        exactly("calls that hang", 0, whole.outcomes[HANG], f"of {whole.calls}"),
        exactly(
            "errors outside ApiClientError", 0, whole.foreign.total(), ", ".join(whole.foreign)
        ),
        exactly("wrong answers", 0, whole.outcomes[WRONG]),
        within(f"latest end after a deadline ({whole.late} later than that)", _GRACE, whole.latest),
        *claims,
    ]


async def slow(_: int, *, size: int = 5 * 2**20, rate: float = 400_000) -> Claims:
    """Send a large reply over a slow connection: pings wait behind it, and nothing is wrong."""
    tally = Tally()
    async with server_process() as server:
        await server.behave(Behaviour(padding=size))
        await server.listen()
        async with Proxy(server.port) as proxy, AssetsApiClient(proxy.url) as client:
            await client.ready(10)
            await proxy.set_fault(Fault(FaultKind.BANDWIDTH, rate))
            await tally.make(GET, client, 60.0)
            return [
                exactly("calls that failed", 0, tally.failed, f"of {tally}"),
                exactly("connections", 1, proxy.connections),
                Claim("the answer", "", f"{tally.longest:.3f} s"),
            ]


async def misbehaving(_: int, *, deadline: float = 1.0) -> Claims:
    """Make calls to servers that violate HTTP/2."""
    measured = [await _case(name, case, deadline) for name, case in CASES.items()]
    return [
        *(claim for claim, _ in measured),
        within("latest end after a deadline", _GRACE, max(latest for _, latest in measured)),
    ]


async def _case(name: str, case: Case, deadline: float) -> tuple[Claim, float]:
    """Return the claim about the calls of a case, and how long after its deadline one ended."""
    tally = Tally()
    server = MisbehavingServer(case)
    async with server.serving(), AssetsApiClient(server.url) as client:
        answers: list[Any] = []

        async def has_same_answer(caller: AssetsApiClient, **options: Any) -> bool:
            answers.append(await GET(caller, **options))
            return bool(answers[-1] == answers[0])

        for _ in range(2):
            await tally.make(has_same_answer, client, deadline, True)
        if case.parallel_calls:
            await asyncio.gather(
                *(
                    tally.make(has_same_answer, client, deadline, True)
                    for _ in range(case.parallel_calls)
                )
            )
        most_open = max((one.most_open for one in server.connections), default=0)
    good = tally.outcomes[ANSWER]
    bad = tally.outcomes[HANG] + tally.outcomes[WRONG] + tally.foreign.total()
    is_kept = bad == 0 and good == (tally.calls if case.is_answered else 0)
    promised = "answers" if case.is_answered else "subclasses of ApiClientError"
    also = f"; connections: {len(server.connections)}"
    if case.parallel_calls:
        also += f", at most {most_open} calls in parallel"
        is_kept = is_kept and most_open == 1
    return Claim(name, promised, f"{tally}{also}", is_kept), tally.latest
