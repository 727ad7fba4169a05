"""Calling servers as bytes, so that the client costs as little as possible."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from statistics import median
from time import perf_counter
from typing import Any, Final, NamedTuple, TypeAlias
from urllib.parse import urlsplit

import grpc.aio
from frequenz.api.platformassets.v1alpha1.platformassets_pb2 import (
    GetMicrogridRequest,
    ListMicrogridElectricalComponentsRequest,
    ListMicrogridsRequest,
)

from frequenz.client.assets._wire.varint import write_varint
from frequenz.server.assets._callers.keys import NewKey

from ..attack._target import signed
from ._fleet import LISTED, MOST_IN_FILTER

SERVICE: Final = "/frequenz.api.platformassets.v1alpha1.PlatformAssetsService"

_UNKNOWN_TAG: Final = write_varint(1_000 << 3)
"""A field that no request has: servers skip it."""

_numbers: Final = itertools.count()

Call: TypeAlias = Callable[[], Any]
"""Makes a call; the reply is awaited."""


class Kind(NamedTuple):
    """A kind of call."""

    operation: str
    request: bytes
    callers: int
    """How many make it at the same time."""


GET: Final = Kind("GetMicrogrid", GetMicrogridRequest(microgrid_id=LISTED).SerializeToString(), 64)
LIST: Final = Kind(
    "ListMicrogridElectricalComponents",
    ListMicrogridElectricalComponentsRequest(microgrid_id=LISTED).SerializeToString(),
    16,
)
LARGEST_FILTER: Final = Kind(
    "ListMicrogrids",
    ListMicrogridsRequest(
        filter={"microgrid_ids": range(LISTED + 1, LISTED + 1 + MOST_IN_FILTER)}  # type: ignore[arg-type] # stubs: no ranges
    ).SerializeToString(),
    1,
)


KINDS: Final = {kind.operation: kind for kind in (GET, LIST, LARGEST_FILTER)}


def as_new(request: bytes) -> bytes:
    """Return a request with other bytes than all before, so that no cache has it."""
    return request + _UNKNOWN_TAG + write_varint(next(_numbers))


class Caller:
    """Calls a server."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._channel = channel

    def signed_call(self, kind: Kind, keys: Sequence[NewKey]) -> Call:
        """Return what makes a call that is signed with one of some keys, in turns."""
        method: Any = self._channel.unary_unary(f"{SERVICE}/{kind.operation}")
        turns = itertools.cycle(keys)

        def call() -> Any:
            key = next(turns)
            return method(kind.request, metadata=signed(key.text, key.secret, kind.operation))

        return call

    def call(self, kind: Kind, *, is_new: bool = False) -> Call:
        """Return what makes a call.

        Args:
            kind: The call.
            is_new: Whether each request has other bytes than all before, so that no cache has it.
        """
        method: Any = self._channel.unary_unary(f"{SERVICE}/{kind.operation}")
        if not is_new:
            return lambda: method(kind.request)
        return lambda: method(as_new(kind.request))

    def call_for_each(self, kind: Kind, microgrid_ids: Iterable[int]) -> Call:
        """Return what makes a call for each of some microgrids, in turns; no cache has it."""
        method: Any = self._channel.unary_unary(f"{SERVICE}/{kind.operation}")
        # GetMicrogrid and the lists of a microgrid have its ID in the same field.
        requests = itertools.cycle(
            [GetMicrogridRequest(microgrid_id=it).SerializeToString() for it in microgrid_ids]
        )
        return lambda: method(as_new(next(requests)))


@asynccontextmanager
async def calling(url: str) -> AsyncIterator[Caller]:
    """Connect to a server."""
    # A connection of its own, also if there is one to the same server.
    options = [("grpc.max_receive_message_length", -1), ("grpc.use_local_subchannel_pool", 1)]
    async with grpc.aio.insecure_channel(urlsplit(url).netloc, options=options) as channel:
        yield Caller(channel)


async def calls_per_second(call: Call, callers: int, seconds: float) -> float:
    """Return how many calls per second some callers get answered."""
    count = 0
    began = perf_counter()

    async def repeat() -> None:
        nonlocal count
        while perf_counter() - began < seconds:
            await call()
            count += 1

    await asyncio.gather(*(repeat() for _ in range(callers)))
    return count / (perf_counter() - began)


class Waited(NamedTuple):
    """How long calls took, in ms."""

    calls: int
    failed: int
    median: float
    p99: float


async def waited(call: Call, callers: int, is_over: Callable[[], bool]) -> Waited:
    """Return how long calls take that some callers make, each with a pause after its call."""
    took: list[float] = []
    failed = 0

    async def repeat() -> None:
        nonlocal failed
        while not is_over():
            began = perf_counter()
            try:
                await call()
            except grpc.aio.AioRpcError:
                failed += 1
            took.append((perf_counter() - began) * 1e3)
            await asyncio.sleep(_PAUSE_SECONDS)

    await asyncio.gather(*(repeat() for _ in range(callers)))
    # A call that was measured: `statistics.quantiles` needs two, and extrapolates from few.
    p99 = sorted(took)[int(0.99 * len(took))]
    return Waited(len(took), failed, median(took), p99)


_PAUSE_SECONDS: Final = 0.005


def after(seconds: float) -> Callable[[], bool]:
    """Return whether a time from now is over."""
    end = perf_counter() + seconds
    return lambda: perf_counter() >= end
