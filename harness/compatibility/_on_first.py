"""Check 2: our client calls servers of the first generation."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from frequenz.client.common.microgrid import MicrogridId

from frequenz.client.assets import AssetsApiClient
from frequenz.client.assets.exceptions import EntityNotFound

from ._calls import FIRST_METHODS, NO_ID, all_calls
from ._clients import compare, run_calls
from ._expectations import (
    EVERY,
    GET,
    OTHERS,
    SHARED,
    Served,
    arrivals,
    expect_explained,
    expect_refused,
)
from ._expectations import without as _without
from ._processes import SCRIPTS, UnexpectedError
from ._servers import CURRENT, FIRST, gated_server
from ._table import expect

_PARALLEL: Final = 20
_TRIED: Final = [*arrivals(CURRENT, [GET]), *arrivals(FIRST, [GET])]


async def _every_call(served: Served) -> str:
    calls = [call for call in all_calls() if call.method in FIRST_METHODS]
    async with gated_server(served.fleet, {FIRST}) as (url, gate):
        result = await run_calls((sys.executable, "-I", SCRIPTS / "ask.py"), url, calls)
        arrived = gate.take_arrivals()
    expect("tried first", arrivals(CURRENT, [GET]), arrived[:1])
    expect("generations of all others", {FIRST}, {one.split("/")[0] for one in arrived[1:]})
    expect("number of calls", len(calls) + 1, len(arrived))
    answers = list(zip(calls, result["answers"], strict=True))
    return await compare(served.fleet, answers, {})


async def _remembered(served: Served) -> str:
    async with (
        gated_server(served.fleet, {FIRST}) as (url, gate),
        AssetsApiClient(url) as client,
        AssetsApiClient(url) as other,
    ):
        await served.expect_answers(client, SHARED)
        expect("calls", [*_TRIED, *arrivals(FIRST, _without(SHARED, GET))], gate.take_arrivals())
        await SHARED[GET](other)
        expect("calls of another client", _TRIED, gate.take_arrivals())
        await client.disconnect()
        client.connect()
        await SHARED[GET](client)
        expect("calls after a new connection", _TRIED, gate.take_arrivals())
    return "once per connection"


async def _remembered_after_an_error(served: Served) -> str:
    async with gated_server(served.fleet, {FIRST}) as (url, gate), AssetsApiClient(url) as client:
        for _ in range(2):
            try:
                await client.get_microgrid(MicrogridId(NO_ID))
            except EntityNotFound:
                continue
            raise UnexpectedError("expected EntityNotFound")
        expect("calls", [*_TRIED, *arrivals(FIRST, [GET])], gate.take_arrivals())
    return "EntityNotFound"


async def _parallel(served: Served) -> str:
    async with gated_server(served.fleet, {FIRST}) as (url, _), AssetsApiClient(url) as client:
        await asyncio.gather(*(served.expect_answers(client, SHARED) for _ in range(_PARALLEL)))
    return f"{_PARALLEL} times {len(SHARED)} calls"


async def _others(served: Served) -> str:
    async with gated_server(served.fleet, {FIRST}) as (url, gate):
        for operation, call in OTHERS.items():
            async with AssetsApiClient(url) as client:
                await expect_explained(client, {operation: call})
                _expect_probed(operation, gate.take_arrivals())
                await expect_explained(client, OTHERS)
                expect("calls after the probe", [], gate.take_arrivals())
                await SHARED[GET](client)
                expect("the next call", arrivals(FIRST, [GET]), gate.take_arrivals())
    return "OperationNotImplemented with the generation of the server; probed once"


def _expect_probed(operation: str, arrived: list[str]) -> None:
    """Raise UnexpectedError unless a call was tried first, and then each probe once at most."""
    expect("tried first", arrivals(CURRENT, [operation]), arrived[:1])
    expect(f"calls for {operation} other than probes", set(), {*arrived[1:]} - {*_TRIED})
    expect(f"probes for {operation}", len({*arrived[1:]}), len(arrived[1:]))


async def _forced_current(served: Served) -> str:
    async with (
        gated_server(served.fleet, {FIRST}) as (url, gate),
        AssetsApiClient(url, api_version="v1alpha1") as client,
    ):
        found = await expect_refused(client, EVERY)
        expect("calls", arrivals(CURRENT, EVERY), gate.take_arrivals())
    return found


async def _without_get(served: Served) -> str:
    # The probe does not recognize this server, so the error of the current generation is raised.
    async with (
        gated_server(served.fleet, {FIRST}, {GET}) as (url, _),
        AssetsApiClient(url) as client,
    ):
        found = await expect_refused(client, OTHERS)
        await served.expect_answers(client, _without(SHARED, GET))
    return f"{found}; 2 answered"


ON_FIRST: Final[Mapping[str, Callable[[Served], Awaitable[str]]]] = {
    "first generation only: its calls with all filters": _every_call,
    "first generation only: remembered": _remembered,
    "first generation only: remembered after an error": _remembered_after_an_error,
    "first generation only: many parallel calls": _parallel,
    "first generation only: the five other calls": _others,
    'first generation only: `api_version="v1alpha1"`': _forced_current,
    "first generation only, without GetMicrogrid": _without_get,
}
"""The checks."""
