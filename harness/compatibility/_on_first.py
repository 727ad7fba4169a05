"""Check 2: our client asks servers of the first generation."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from frequenz.client.common.microgrid import MicrogridId

from frequenz.client.assets import AssetsApiClient
from frequenz.client.assets.exceptions import EntityNotFound

from ._asking import EVERY, GET, OTHERS, SHARED, World, arrivals, expect_named, expect_refused
from ._asking import without as _without
from ._calls import FIRST_METHODS, NOBODY, calls
from ._clients import asked, compared
from ._processes import SCRIPTS, UnexpectedError
from ._servers import CURRENT, FIRST, serving
from ._table import expect

_AT_ONCE: Final = 20
_TRIED: Final = [*arrivals(CURRENT, [GET]), *arrivals(FIRST, [GET])]


async def _every_call(world: World) -> str:
    made = [call for call in calls() if call.method in FIRST_METHODS]
    async with serving(world.fleet, {FIRST}) as (url, gate):
        told = await asked((sys.executable, "-I", SCRIPTS / "ask.py"), url, made)
        arrived = gate.taken()
    expect("tried first", arrivals(CURRENT, [GET]), arrived[:1])
    expect("generations of all others", {FIRST}, {one.split("/")[0] for one in arrived[1:]})
    expect("number of calls", len(made) + 1, len(arrived))
    answers = list(zip(made, told["answers"], strict=True))
    return await compared(world.fleet, answers, {})


async def _remembered(world: World) -> str:
    async with (
        serving(world.fleet, {FIRST}) as (url, gate),
        AssetsApiClient(url) as one,
        AssetsApiClient(url) as another,
    ):
        await world.expect_known(one, SHARED)
        expect("calls", [*_TRIED, *arrivals(FIRST, _without(SHARED, GET))], gate.taken())
        await SHARED[GET](another)
        expect("calls of another client", _TRIED, gate.taken())
        await one.disconnect()
        one.connect()
        await SHARED[GET](one)
        expect("calls after a new connection", _TRIED, gate.taken())
    return "once per connection"


async def _remembered_after_an_error(world: World) -> str:
    async with serving(world.fleet, {FIRST}) as (url, gate), AssetsApiClient(url) as client:
        for _ in range(2):
            try:
                await client.get_microgrid(MicrogridId(NOBODY))
            except EntityNotFound:
                continue
            raise UnexpectedError("there is no EntityNotFound")
        expect("calls", [*_TRIED, *arrivals(FIRST, [GET])], gate.taken())
    return "EntityNotFound"


async def _at_once(world: World) -> str:
    async with serving(world.fleet, {FIRST}) as (url, _), AssetsApiClient(url) as client:
        await asyncio.gather(*(world.expect_known(client, SHARED) for _ in range(_AT_ONCE)))
    return f"{_AT_ONCE} times {len(SHARED)} calls"


async def _others(world: World) -> str:
    async with serving(world.fleet, {FIRST}) as (url, gate):
        for operation, call in OTHERS.items():
            async with AssetsApiClient(url) as client:
                await expect_named(client, {operation: call})
                _expect_probed(operation, gate.taken())
                await expect_named(client, OTHERS)
                expect("calls after the probe", [], gate.taken())
                await SHARED[GET](client)
                expect("the next call", arrivals(FIRST, [GET]), gate.taken())
    return "OperationNotImplemented, the sentence names the generation; probed once"


def _expect_probed(operation: str, arrived: list[str]) -> None:
    """Raise UnexpectedError unless a call was tried, and then what there is, each once at most."""
    expect("tried first", arrivals(CURRENT, [operation]), arrived[:1])
    expect(f"calls for {operation} that are no probes", set(), {*arrived[1:]} - {*_TRIED})
    expect(f"probes for {operation}", len({*arrived[1:]}), len(arrived[1:]))


async def _forced_current(world: World) -> str:
    async with (
        serving(world.fleet, {FIRST}) as (url, gate),
        AssetsApiClient(url, api_version="v1alpha1") as client,
    ):
        found = await expect_refused(client, EVERY)
        expect("calls", arrivals(CURRENT, EVERY), gate.taken())
    return found


async def _without_get(world: World) -> str:
    # The probe cannot tell this server; what the current generation said is raised then.
    async with serving(world.fleet, {FIRST}, {GET}) as (url, _), AssetsApiClient(url) as client:
        found = await expect_refused(client, OTHERS)
        await world.expect_known(client, _without(SHARED, GET))
    return f"{found}; 2 answered"


ON_FIRST: Final[Mapping[str, Callable[[World], Awaitable[str]]]] = {
    "first generation only: its calls with all filters": _every_call,
    "first generation only: is remembered": _remembered,
    "first generation only: an error is an answer": _remembered_after_an_error,
    "first generation only: many calls at once": _at_once,
    "first generation only: the five other calls": _others,
    'first generation only: `api_version="v1alpha1"`': _forced_current,
    "first generation only, without GetMicrogrid": _without_get,
}
"""The checks."""
