"""Kills the primary under load and promotes a synchronous standby: is anything lost, and how long?

`python -m tests.service.stores.failover ROUNDS` prints the figures.
"""

import asyncio
import operator
import statistics
import sys
import time
from typing import NamedTuple

from frequenz.server.assets._stores import Store, StoreError, open_store
from frequenz.server.assets._stores.history import revisions
from frequenz.server.assets._stores.queries import select
from frequenz.server.assets._stores.selection import SELECTIONS

from ..fleets import component, fleet, site
from .clusters import Folder, PostgresServer, url
from .contents import answer, pb, put

_LOAD_SECONDS = 0.5
_AFTER_SECONDS = 1.0


class Outcome(NamedTuple):
    """What a failover did."""

    acknowledged: int
    lost: int
    half_done: int
    seconds_until_promoted: float
    """From the order to promote until the standby was a primary, which PostgreSQL takes."""
    seconds_until_read: float
    """From the same order until a query was answered."""
    seconds_until_changed: float


async def fail_over(folder: Folder, number: int, reads: str = "primary") -> Outcome:
    """Run one failover, with one process that changes and many callers that read."""
    primary = PostgresServer.create(folder, f"failing-{number}")
    # As in production; those of the standby, too.
    primary.configure(fsync="on", wal_retrieve_retry_interval="500ms")
    primary.start()
    standby = primary.standby(folder, f"following-{number}").start()
    store: Store | None = None
    try:
        name = f"following-{number}"
        primary.configure(synchronous_standby_names=f'"{name}"', synchronous_commit="on")
        primary.reload()
        await asyncio.sleep(0.3)
        store = await open_store(url(primary, standby, reads=reads))
        return await _fail_over(store, primary, standby)
    finally:
        if store is not None:
            await store.close()
        standby.stop()
        primary.stop()


async def _fail_over(store: Store, primary: PostgresServer, standby: PostgresServer) -> Outcome:
    acknowledged: list[tuple[float, int]] = []
    answered: list[tuple[float, float]] = []
    ends = False

    async def change() -> None:
        number = 1
        while not ends:
            try:
                made = await put(store, fleet(site(number, [component(it) for it in range(20)])))
            except StoreError:
                await asyncio.sleep(0.01)
            else:
                assert made is not None
                acknowledged.append((time.monotonic(), number))
            number += 1

    every_microgrid = pb.ListMicrogridsRequest()
    query = select(SELECTIONS[type(every_microgrid)](every_microgrid))

    async def read() -> None:
        while not ends:
            began = time.monotonic()
            try:
                await store.fetch(query)  # one query: a second one may see another revision
            except StoreError:
                await asyncio.sleep(0.01)
            else:
                answered.append((began, time.monotonic()))
            await asyncio.sleep(0.001)

    tasks = [asyncio.create_task(it) for it in (change(), *(read() for _ in range(4)))]
    await asyncio.sleep(_LOAD_SECONDS)
    while not (answered and acknowledged):  # noqa: ASYNC110 - the same on a busy machine
        await asyncio.sleep(0.01)
    primary.kill()
    promoted = time.monotonic()
    promotion = await asyncio.to_thread(_promote, standby) - promoted
    async with asyncio.timeout(20):
        while not (answered and answered[-1][0] > promoted and acknowledged[-1][0] > promoted):  # noqa: ASYNC110 - no event to wait for
            await asyncio.sleep(0.01)
    await asyncio.sleep(_AFTER_SECONDS)
    ends = True
    await asyncio.gather(*tasks)

    stored = {
        number
        for number in range(1, acknowledged[-1][1] + 1)
        if await answer(store, pb.GetMicrogridRequest(microgrid_id=number))
    }
    half_done = 0
    for number in stored:
        request = pb.ListMicrogridElectricalComponentsRequest(microgrid_id=number)
        half_done += len(await answer(store, request)) != 20
    half_done += len(await revisions(store)) != len(stored)
    return Outcome(
        len(acknowledged),
        len({number for _, number in acknowledged} - stored),
        half_done,
        promotion,
        min(ended for began, ended in answered if began > promoted) - promoted,
        min(moment for moment, _ in acknowledged if moment > promoted) - promoted,
    )


def _promote(standby: PostgresServer) -> float:
    """Promote a standby; return when it is a primary."""
    standby.promote()
    return standby.until_promoted()


async def _main(rounds: int) -> None:
    folder = Folder()
    try:
        outcomes = [
            await fail_over(folder, number, ("primary", "prefer-standby")[number % 2])
            for number in range(rounds)
        ]
    finally:
        folder.remove()
    promotions = [it.seconds_until_promoted for it in outcomes]
    reads = [it.seconds_until_read for it in outcomes]
    changes = [it.seconds_until_changed for it in outcomes]
    print(f"{rounds} failovers, {sum(it.acknowledged for it in outcomes)} changes acknowledged")
    print(f"lost {sum(it.lost for it in outcomes)}, half {sum(it.half_done for it in outcomes)}")
    print(
        f"promoted after {statistics.median(promotions):.2f} s, at most {max(promotions):.2f} s;"
        f" reads then back after {max(map(operator.sub, reads, promotions)):.2f} s at most"
    )
    print(f"reads back after {statistics.median(reads):.2f} s, at most {max(reads):.2f} s")
    print(f"changes back after {statistics.median(changes):.2f} s, at most {max(changes):.2f} s")


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1])))
