"""Check 2: our client asks servers of both generations, of the current one, and of neither."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from frequenz.client.assets import AssetsApiClient

from ._asking import (
    BOTH,
    EVERY,
    OTHERS,
    SHARED,
    World,
    arrivals,
    expect_named,
    expect_refused,
    refused,
    without,
)
from ._servers import CURRENT, FIRST, serving, serving_nothing
from ._table import expect


async def _both(world: World) -> str:
    return await world.expect_all_current("auto", BOTH)


async def _both_forced_current(world: World) -> str:
    return await world.expect_all_current("v1alpha1", BOTH)


async def _both_forced_first(world: World) -> str:
    async with (
        serving(world.fleet, BOTH) as (url, gate),
        AssetsApiClient(url, api_version="v1") as client,
    ):
        await world.expect_known(client, SHARED)
        await expect_named(client, OTHERS)
        expect("calls", arrivals(FIRST, SHARED), gate.taken())
    return "3 calls answered, 5 not even sent"


async def _both_without_one_other(world: World) -> str:
    for missing, call in OTHERS.items():
        async with (
            serving(world.fleet, BOTH, {missing}) as (url, _),
            AssetsApiClient(url) as client,
        ):
            await expect_refused(client, {missing: call})
            await world.expect_known(client, without(EVERY, missing))
    return "the server's UNIMPLEMENTED, each of 5; the 7 others answered"


async def _current(world: World) -> str:
    return await world.expect_all_current("auto", {CURRENT})


async def _current_forced_first(world: World) -> str:
    async with (
        serving(world.fleet, {CURRENT}) as (url, gate),
        AssetsApiClient(url, api_version="v1") as client,
    ):
        found = await expect_refused(client, SHARED, FIRST)
        expect("calls", arrivals(FIRST, SHARED), gate.taken())
    return found


async def _current_without_others(world: World) -> str:
    async with (
        serving(world.fleet, {CURRENT}, OTHERS.keys()) as (url, gate),
        AssetsApiClient(url) as client,
    ):
        found = await expect_refused(client, OTHERS)
        gate.taken()
        await world.expect_known(client, SHARED)
        expect("calls", arrivals(CURRENT, SHARED), gate.taken())
    return f"{found}; the 3 others answered"


async def _current_without_one_shared(world: World) -> str:
    for missing, call in SHARED.items():
        async with (
            serving(world.fleet, {CURRENT}, {missing}) as (url, gate),
            AssetsApiClient(url) as client,
        ):
            tried = [*arrivals(CURRENT, [missing]), *arrivals(FIRST, [missing])]
            for _ in range(2):
                await expect_refused(client, {missing: call})
                expect(f"calls for {missing}", tried, gate.taken())
            rest = without(EVERY, missing)
            await world.expect_known(client, rest)
            expect("calls", arrivals(CURRENT, rest), gate.taken())
    return "the server's UNIMPLEMENTED, each of 3; the 7 others answered"


async def _neither(world: World) -> str:
    async with serving(world.fleet, frozenset()) as (url, _), AssetsApiClient(url) as client:
        return await expect_refused(client, EVERY)


async def _nothing(_: World) -> str:
    async with serving_nothing() as url, AssetsApiClient(url) as client:
        for operation, call in EVERY.items():
            expect(operation, "Method not found!", await refused(client, call))
    return f"gRPC's UNIMPLEMENTED, {len(EVERY)} calls"


ON_CURRENT: Final[Mapping[str, Callable[[World], Awaitable[str]]]] = {
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
