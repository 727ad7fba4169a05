"""Scenarios of calls with short deadlines, and of calls that are cancelled."""

import asyncio
import random
from collections import Counter
from functools import partial
from time import monotonic
from typing import Any, Final

from frequenz.client.assets import AssetsApiClient

from ..shared.claims import Claim, Claims, exactly, within
from ._calls import ANSWER, GET, HANG, Tally, in_parallel
from ._processes import ServerProcess, server_process
from ._server import ATTEMPTS, CANCELLED, FINISHED, Behaviour

_GRACE: Final = 0.05
_SETTLE_SECONDS: Final = 5.0
_CANCELLED: Final = "CancelledError"


async def deadlines(seed: int, *, calls: int = 1000, longest: float = 2.0) -> Claims:
    """Make calls with short deadlines to a server that is frozen, slow or failing."""
    rng = random.Random(seed)
    claims, latest, late, foreign, hangs = [], 0.0, 0, 0, 0
    behaviours = {
        "frozen": Behaviour(),
        "slow": Behaviour(delay=1.5 * longest, random_delay=True),
        "failing": Behaviour(status="UNAVAILABLE"),
    }
    async with server_process(seed) as server:
        await server.listen()
        for index, (name, behaviour) in enumerate(behaviours.items()):
            share = calls // 3 + (index < calls % 3)
            tally = Tally()
            await server.behave(Behaviour())
            async with AssetsApiClient(server.url) as client:
                await client.ready(10)
                await server.behave(behaviour)
                if name == "frozen":
                    server.freeze()
                try:
                    await in_parallel(
                        20,
                        [
                            partial(tally.make, GET, client, rng.uniform(0.05, longest))
                            for _ in range(share)
                        ],
                    )
                finally:
                    server.thaw()
            latest, late = max(latest, tally.latest), late + tally.late
            foreign += tally.foreign.total()
            hangs += tally.outcomes[HANG]
            claims.append(
                Claim(f"server {name}", "", f"{tally}; latest {tally.latest * 1e3:.0f} ms")
            )
    return [
        exactly("calls that hang", 0, hangs),
        exactly("errors outside ApiClientError", 0, foreign),
        within(f"latest end after a deadline ({late} later than that)", _GRACE, latest),
        *claims,
    ]


async def cancellations(seed: int, *, calls: int = 1000) -> Claims:
    """Cancel calls at random times."""
    rng = random.Random(seed)
    before = asyncio.all_tasks()
    claims: Claims = []
    ends: Counter[str] = Counter()

    async def call(client: AssetsApiClient, seconds: float) -> None:
        task = asyncio.ensure_future(GET(client, timeout=60.0))
        await asyncio.sleep(seconds)
        task.cancel()
        await asyncio.wait({task})
        error = None if task.cancelled() else task.exception()
        ends[_CANCELLED if task.cancelled() else type(error).__name__ if error else ANSWER] += 1

    async with server_process(seed) as server:
        await server.listen()
        async with AssetsApiClient(server.url) as client:
            await client.ready(10)
            for behaviour in (Behaviour(delay=30), Behaviour(delay=0.05, random_delay=True)):
                await server.behave(behaviour)
                enough = ends[_CANCELLED] + calls // 2
                while ends[_CANCELLED] < enough:  # some may get their answers before
                    jobs = [partial(call, client, rng.uniform(0, 0.05)) for _ in range(20)]
                    await in_parallel(20, jobs)
                claims.append(await _ended(server, is_endless=not behaviour.random_delay))
        leaked = await _leaked(before)
    others = {name: n for name, n in ends.items() if name not in (ANSWER, _CANCELLED)}
    return [
        *claims,
        exactly("tasks that are left", 0, leaked),
        exactly("ends other than an answer or CancelledError", {}, others),
        Claim("ends", "", ", ".join(f"{n} {name}" for name, n in ends.items())),
    ]


async def _ended(server: ServerProcess, *, is_endless: bool) -> Claim:
    """Return the claim that every handler ended, those without an end by being cancelled."""
    end = monotonic() + _SETTLE_SECONDS
    while True:
        counts = await server.counts()
        started, finished, cancelled = (counts[name] for name in (ATTEMPTS, FINISHED, CANCELLED))
        if started == finished + cancelled or monotonic() > end:
            break
        await asyncio.sleep(0.05)
    what = "without an end" if is_endless else "of up to 50 ms"
    return Claim(
        f"handlers {what}: cancelled or finished, of those started",
        "all",
        f"{cancelled} + {finished} of {started}",
        started == finished + cancelled and not (is_endless and finished),
    )


async def _leaked(before: set[asyncio.Task[Any]]) -> int:
    """Return how many tasks are left that did not exist before."""
    left: set[asyncio.Task[Any]] = set()
    for _ in range(20):
        left = {task for task in asyncio.all_tasks() - before if not task.done()}
        if not left:
            break
        await asyncio.sleep(0.05)
    return len(left)
