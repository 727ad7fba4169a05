"""Scenarios of servers that answer with a status, or only a few calls at a time."""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Final

from frequenz.client.assets import AssetsApiClient
from frequenz.client.assets.testing._proxy import Fault, FaultKind, Proxy

from ..shared.calls import operation_of
from ..shared.claims import Claim, Claims, at_most, exactly
from ._calls import CALLS, GET, Tally, in_parallel
from ._processes import server_process
from ._server import ATTEMPTS, Behaviour

_UNAVAILABLE: Final = "UNAVAILABLE"
_BUDGET: Final = 100
"""The tokens of the default budget."""

_MAX_ATTEMPTS: Final = 5

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
"""The class of error for each status."""

_PUSHED_BACK: Final = (
    ("RESOURCE_EXHAUSTED", 10, _MAX_ATTEMPTS),
    ("RESOURCE_EXHAUSTED", -1, 1),
    (_UNAVAILABLE, 10, _MAX_ATTEMPTS),
    (_UNAVAILABLE, -1, 1),
)
"""A status, its pushback in ms, and how many attempts are made."""


async def flaky(seed: int, *, calls: int = 10_000) -> Claims:
    """Refuse some calls, and break some connections."""
    tally = Tally()
    async with server_process(seed) as server:
        await server.behave(Behaviour(status=_UNAVAILABLE, probability=0.05))
        await server.listen()
        async with Proxy(server.port, seed) as proxy, AssetsApiClient(proxy.url) as client:
            await client.ready(10)
            await proxy.set_fault(Fault(FaultKind.RESET, 0.01))
            await in_parallel(2, [partial(tally.make, GET, client, 60.0)] * calls)
            attempts = (await server.counts())[ATTEMPTS]
            return [
                exactly("calls that failed", 0, tally.failed, f"of {tally.calls}: {tally}"),
                at_most("attempts per call", 1.10, attempts / calls),
                Claim("connections: resets, in all", "", f"{proxy.resets}, {proxy.connections}"),
                Claim("longest call", "", f"{tally.longest:.3f} s"),
            ]


async def streams(_: int, *, calls: int = 500) -> Claims:
    """Make more calls in parallel than a server takes."""
    tally = Tally()
    async with server_process() as server:
        await server.behave(Behaviour(delay=0.05))
        await server.listen(options=[("grpc.max_concurrent_streams", 100)])
        async with Proxy(server.port) as proxy, AssetsApiClient(proxy.url) as client:
            await asyncio.gather(*(tally.make(GET, client, 60.0) for _ in range(calls)))
            attempts = (await server.counts())[ATTEMPTS]
            return [
                exactly("calls that failed", 0, tally.failed, f"of {tally.calls}: {tally}"),
                Claim("attempts, connections", "", f"{attempts}, {proxy.connections}"),
                Claim("longest call", "", f"{tally.longest:.3f} s"),
            ]


async def statuses(_: int, *, max_attempts: int = _MAX_ATTEMPTS) -> Claims:
    """Answer each call with each status."""
    plain = [(name, None, max_attempts if name == _UNAVAILABLE else 1) for name in CLASSES]
    wrong_attempts, wrong_classes, calls, total = [], [], 0, 0
    async with server_process() as server:
        await server.listen()
        for status, pushback, expected in [*plain, *_PUSHED_BACK]:
            behaviour = Behaviour(status=status, pushback_ms=pushback)
            # With "auto", UNIMPLEMENTED makes the client try another version of the API.
            async with AssetsApiClient(server.url, api_version="v1alpha1") as client:
                await server.behave(behaviour)
                outcomes = await asyncio.gather(
                    *(Tally().make(call, client, 60.0) for call in CALLS.values())
                )
                counts = await server.counts()
                for method, outcome in zip(CALLS, outcomes, strict=True):
                    attempts = counts[operation_of(method)]
                    calls, total = calls + 1, total + attempts
                    where = f"{method}, {status}, pushback {pushback}"
                    if attempts != expected:
                        wrong_attempts.append(f"{where}: {attempts} attempts, not {expected}")
                    if outcome != CLASSES[status]:
                        wrong_classes.append(f"{where}: {outcome}")
    return [
        exactly("calls with a wrong number of attempts", 0, len(wrong_attempts), f"of {calls}"),
        exactly("calls with a wrong class of error", 0, len(wrong_classes), f"of {calls}"),
        Claim("attempts", "", str(total)),
        *(Claim("", "", wrong, is_kept=False) for wrong in (wrong_attempts + wrong_classes)[:8]),
    ]


async def dead(_: int, *, calls: int = 1000) -> Claims:
    """Answer every call with UNAVAILABLE."""
    first, later = Tally(), Tally()
    async with server_process() as server:
        await server.behave(Behaviour(status=_UNAVAILABLE))
        await server.listen()
        async with AssetsApiClient(server.url) as client:
            spending = _BUDGET // _MAX_ATTEMPTS + 5
            job = partial(first.make, GET, client, 60.0)
            await in_parallel(spending, [job] * spending)
            spent = (await server.counts())[ATTEMPTS]
            job = partial(later.make, GET, client, 60.0)
            await in_parallel(4, [job] * (calls - spending))
            attempts = (await server.counts())[ATTEMPTS] - spent
    return [
        at_most("attempts per call, the budget spent", 1.1, attempts / later.calls),
        exactly(
            "calls that end with ServiceUnavailable",
            calls,
            first.outcomes["ServiceUnavailable"] + later.outcomes["ServiceUnavailable"],
        ),
        Claim("attempts to spend the budget", "", f"{spent} in {first.calls} calls"),
    ]
