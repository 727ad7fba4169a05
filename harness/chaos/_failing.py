"""Rows of servers that answer, but with a status, or not many calls at once."""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Final

from frequenz.client.assets import AssetsApiClient

from ._calls import CALLS, GET, Tally, by_turns
from ._processes import ServerProcess
from ._proxy import Fault, Kind, Proxy
from ._row import Claim, Claims, at_most, exactly
from ._server import ATTEMPTS, Behaviour

_UNAVAILABLE: Final = "UNAVAILABLE"
_BUCKET: Final = 100
"""The tokens of the default budget."""

_MOST_ATTEMPTS: Final = 5

CLASSES: Final[Mapping[str, str]] = {
    "CANCELLED": "OperationCancelled",
    "UNKNOWN": "UnknownError",
    "INVALID_ARGUMENT": "InvalidArgument",
    "DEADLINE_EXCEEDED": "OperationTimedOut",
    "NOT_FOUND": "EntityNotFound",
    "ALREADY_EXISTS": "EntityAlreadyExists",
    "PERMISSION_DENIED": "PermissionDenied",
    "RESOURCE_EXHAUSTED": "ResourceExhausted",
    "FAILED_PRECONDITION": "OperationPreconditionFailed",
    "ABORTED": "OperationAborted",
    "OUT_OF_RANGE": "OperationOutOfRange",
    "UNIMPLEMENTED": "OperationNotImplemented",
    "INTERNAL": "InternalError",
    _UNAVAILABLE: "ServiceUnavailable",
    "DATA_LOSS": "DataLoss",
    "UNAUTHENTICATED": "OperationUnauthenticated",
}
"""The class of the error that each status becomes."""

_PUSHED_BACK: Final = (
    ("RESOURCE_EXHAUSTED", 10, _MOST_ATTEMPTS),
    ("RESOURCE_EXHAUSTED", -1, 1),
    (_UNAVAILABLE, 10, _MOST_ATTEMPTS),
    (_UNAVAILABLE, -1, 1),
)
"""With which pushback, in ms, how many attempts are made."""


async def flaky(seed: int, *, calls: int = 10_000) -> Claims:
    """Refuse some calls, and break some connections."""
    tally = Tally()
    async with ServerProcess(seed) as server:
        await server.behave(Behaviour(status=_UNAVAILABLE, probability=0.05))
        await server.listen()
        async with Proxy(server.port, seed) as proxy, AssetsApiClient(proxy.url) as client:
            await client.ready(10)
            await proxy.become(Fault(Kind.RESET, 0.01))
            await by_turns(2, [partial(tally.take, GET, client, 60.0)] * calls)
            attempts = (await server.counts())[ATTEMPTS]
            return [
                exactly("calls that failed", 0, tally.failed, f"of {tally.calls}: {tally}"),
                at_most("attempts a call", 1.10, attempts / calls),
                Claim("connections broken, and made", "", f"{proxy.resets}, {proxy.connections}"),
                Claim("longest call", "", f"{tally.worst:.3f} s"),
            ]


async def streams(_: int, *, calls: int = 500) -> Claims:
    """Make more calls at once than a server takes."""
    tally = Tally()
    async with ServerProcess() as server:
        await server.behave(Behaviour(delay=0.05))
        await server.listen(options=[("grpc.max_concurrent_streams", 100)])
        async with Proxy(server.port) as proxy, AssetsApiClient(proxy.url) as client:
            await asyncio.gather(*(tally.take(GET, client, 60.0) for _ in range(calls)))
            attempts = (await server.counts())[ATTEMPTS]
            return [
                exactly("calls that failed", 0, tally.failed, f"of {tally.calls}: {tally}"),
                Claim("attempts, connections", "", f"{attempts}, {proxy.connections}"),
                Claim("longest call", "", f"{tally.worst:.3f} s"),
            ]


async def statuses(_: int, *, most_attempts: int = _MOST_ATTEMPTS) -> Claims:
    """Answer each call with each status."""
    plain = [(name, None, most_attempts if name == _UNAVAILABLE else 1) for name in CLASSES]
    wrong_attempts, wrong_classes, cells, made = [], [], 0, 0
    async with ServerProcess() as server:
        await server.listen()
        for status, pushback, expected in [*plain, *_PUSHED_BACK]:
            behaviour = Behaviour(status=status, pushback_ms=pushback)
            # Else, it would look for another generation of the API where one is unimplemented.
            async with AssetsApiClient(server.url, api_version="v1alpha1") as client:
                await server.behave(behaviour)
                outcomes = await asyncio.gather(
                    *(Tally().take(call, client, 60.0) for call in CALLS.values())
                )
                counts = await server.counts()
                for method, outcome in zip(CALLS, outcomes, strict=True):
                    attempts = counts[method.title().replace("_", "")]
                    cells, made = cells + 1, made + attempts
                    where = f"{method}, {status}, pushback {pushback}"
                    if attempts != expected:
                        wrong_attempts.append(f"{where}: {attempts} attempts, not {expected}")
                    if outcome != CLASSES[status]:
                        wrong_classes.append(f"{where}: {outcome}")
    return [
        exactly("cells with another number of attempts", 0, len(wrong_attempts), f"of {cells}"),
        exactly("cells with another class of error", 0, len(wrong_classes), f"of {cells}"),
        Claim("attempts", "", str(made)),
        *(Claim("", "", wrong, is_kept=False) for wrong in (wrong_attempts + wrong_classes)[:8]),
    ]


async def dead(_: int, *, calls: int = 1000) -> Claims:
    """Answer every call with UNAVAILABLE."""
    first, later = Tally(), Tally()
    async with ServerProcess() as server:
        await server.behave(Behaviour(status=_UNAVAILABLE))
        await server.listen()
        async with AssetsApiClient(server.url) as client:
            spending = _BUCKET // _MOST_ATTEMPTS + 5
            job = partial(first.take, GET, client, 60.0)
            await by_turns(spending, [job] * spending)
            spent = (await server.counts())[ATTEMPTS]
            job = partial(later.take, GET, client, 60.0)
            await by_turns(4, [job] * (calls - spending))
            attempts = (await server.counts())[ATTEMPTS] - spent
    return [
        at_most("attempts a call, the budget spent", 1.1, attempts / later.calls),
        exactly(
            "calls that end as ServiceUnavailable",
            calls,
            first.outcomes["ServiceUnavailable"] + later.outcomes["ServiceUnavailable"],
        ),
        Claim("attempts to spend the budget", "", f"{spent} in {first.calls} calls"),
    ]
