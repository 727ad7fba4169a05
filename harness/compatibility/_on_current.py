"""Check 2: our client calls servers of both generations, of the current one, and of neither."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from frequenz.client.assets import AssetsApiClient

from ..shared.servers import serving
from ._expectations import (
    BOTH,
    EVERY,
    OTHERS,
    SHARED,
    Served,
    arrivals,
    expect_explained,
    expect_refused,
    refusal_of,
    without,
)
from ._servers import CURRENT, FIRST, gated_server
from ._table import expect


async def _both(served: Served) -> str:
    return await served.expect_all_current("auto", BOTH)


async def _both_forced_current(served: Served) -> str:
    return await served.expect_all_current("v1alpha1", BOTH)


async def _both_forced_first(served: Served) -> str:
    async with (
        gated_server(served.fleet, BOTH) as (url, gate),
        AssetsApiClient(url, api_version="v1") as client,
    ):
        await served.expect_answers(client, SHARED)
        await expect_explained(client, OTHERS)
        expect("calls", arrivals(FIRST, SHARED), gate.take_arrivals())
    return "3 calls answered, 5 not sent"


async def _both_without_one_other(served: Served) -> str:
    for missing, call in OTHERS.items():
        async with (
            gated_server(served.fleet, BOTH, {missing}) as (url, _),
            AssetsApiClient(url) as client,
        ):
            await expect_refused(client, {missing: call})
            await served.expect_answers(client, without(EVERY, missing))
    return "the server's UNIMPLEMENTED for each of 5; the 7 others answered"


async def _current(served: Served) -> str:
    return await served.expect_all_current("auto", {CURRENT})


async def _current_forced_first(served: Served) -> str:
    async with (
        gated_server(served.fleet, {CURRENT}) as (url, gate),
        AssetsApiClient(url, api_version="v1") as client,
    ):
        found = await expect_refused(client, SHARED, FIRST)
        expect("calls", arrivals(FIRST, SHARED), gate.take_arrivals())
    return found


async def _current_without_others(served: Served) -> str:
    async with (
        gated_server(served.fleet, {CURRENT}, OTHERS.keys()) as (url, gate),
        AssetsApiClient(url) as client,
    ):
        found = await expect_refused(client, OTHERS)
        gate.take_arrivals()
        await served.expect_answers(client, SHARED)
        expect("calls", arrivals(CURRENT, SHARED), gate.take_arrivals())
    return f"{found}; the 3 others answered"


async def _current_without_one_shared(served: Served) -> str:
    for missing, call in SHARED.items():
        async with (
            gated_server(served.fleet, {CURRENT}, {missing}) as (url, gate),
            AssetsApiClient(url) as client,
        ):
            tried = [*arrivals(CURRENT, [missing]), *arrivals(FIRST, [missing])]
            for _ in range(2):
                await expect_refused(client, {missing: call})
                expect(f"calls for {missing}", tried, gate.take_arrivals())
            rest = without(EVERY, missing)
            await served.expect_answers(client, rest)
            expect("calls", arrivals(CURRENT, rest), gate.take_arrivals())
    return "the server's UNIMPLEMENTED for each of 3; the 7 others answered"


async def _neither(served: Served) -> str:
    async with gated_server(served.fleet, frozenset()) as (url, _), AssetsApiClient(url) as client:
        return await expect_refused(client, EVERY)


async def _nothing(_: Served) -> str:
    async with serving() as url, AssetsApiClient(url) as client:
        for operation, call in EVERY.items():
            expect(operation, "Method not found!", await refusal_of(client, call))
    return f"gRPC's UNIMPLEMENTED, {len(EVERY)} calls"


ON_CURRENT: Final[Mapping[str, Callable[[Served], Awaitable[str]]]] = {
    "both generations": _both,
    'both generations: `api_version="v1alpha1"`': _both_forced_current,
    'both generations: `api_version="v1"`': _both_forced_first,
    "both generations, the current one without one of the five": _both_without_one_other,
    "current generation only": _current,
    'current generation only: `api_version="v1"`': _current_forced_first,
    "current generation only, without the five": _current_without_others,
    "current generation only, without one of the three": _current_without_one_shared,
    "neither generation": _neither,
    "no service at all": _nothing,
}
"""The checks. The three are the calls of both generations, the five those of the current one."""
