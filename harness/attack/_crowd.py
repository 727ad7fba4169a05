"""One polite caller among idle connections, slow readers and greedy keys."""

import asyncio
import sys
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import grpc
import grpc.aio
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2

from frequenz.client.assets._wire.requests import SERVICE
from frequenz.client.assets.testing._proxy import LOOPBACK

from ..shared.claims import Claim, Claims, exactly
from ..shared.processes import line_process
from ._target import Callers, Files, fleet, percentile, serving, signed

_METHOD: Final = "GetMicrogrid"
_LIST: Final = "ListMicrogrids"
_SITES: Final = 40_000
"""So that a list of them has 0.7 MB."""

_SETTLE_SECONDS: Final = 3.0
_POLITE_PAUSE: Final = 0.15
_OPTIONS: Final = (
    "--max-calls-per-second=10",
    "--max-burst=10",
    "--max-calls-per-key=20",
    "--max-nonces=300000",
)
"""A polite key calls less often than this. By default, eight keys have space for their nonces."""


async def crowd(count: int, seed: int, folder: Path) -> Claims:
    """Measure a number of polite calls at rest and in the crowd."""
    files = Files.create(folder, fleet(_SITES))
    polite, slow, *greedy = files.add_keys(66)
    async with serving(files, *files.options, *_OPTIONS) as target:
        callers = Callers([target.address], 1)
        data = platformassets_pb2.GetMicrogridRequest(microgrid_id=1).SerializeToString()

        async def measure() -> tuple[list[float], int]:
            times, failed = [], 0
            for _ in range(count):
                begun = perf_counter()
                metadata = signed(polite.text, polite.secret, _METHOD)
                status, _, _ = await callers.call(0, _METHOD, data, metadata)
                times.append(perf_counter() - begun)
                failed += status is not grpc.StatusCode.OK
                await asyncio.sleep(_POLITE_PAUSE)
            return times, failed

        await measure()  # the first calls read the fleet
        rest, _ = await measure()
        idle = [await asyncio.open_connection(LOOPBACK, target.port) for _ in range(500)]
        reading = await _slow_readers(target.address, slow.text, slow.secret)
        memory_with_readers = target.memory
        async with line_process(sys.executable, "-m", "harness.attack.greedy") as crowding:
            await crowding.ask([target.address, [[new.text, new.secret] for new in greedy]])
            await asyncio.sleep(_SETTLE_SECONDS)
            busy, failed = await measure()
            made = await crowding.ask("stop")
        await reading.close()
        for _, writer in idle:
            writer.close()
        await callers.close()
    ratio = percentile(busy, 0.99) / percentile(rest, 0.99)
    return [
        exactly(f"failed of {count} polite calls, among {made} greedy ones", 0, failed),
        Claim(
            "p99 in the crowd over that at rest",
            "at most 3",
            f"{ratio:.1f} ({percentile(rest, 0.99) * 1e3:.1f} ms at rest)",
            ratio <= 3,
            is_time=True,
        ),
        Claim("memory with 200 slow readers", "", f"{memory_with_readers / 2**20:.0f} MiB"),
    ]


async def _slow_readers(address: str, key: str, secret: str | None) -> grpc.aio.Channel:
    """Start 200 calls with large replies, which are not read as the window is too small."""
    options = [("grpc.http2.bdp_probe", 0), ("grpc.http2.lookahead_bytes", 1024)]
    channel = grpc.aio.insecure_channel(address, options=options)
    method: Any = channel.unary_stream(f"/{SERVICE}/{_LIST}")
    calls = [method(b"", metadata=signed(key, secret, _LIST), timeout=600) for _ in range(200)]
    await asyncio.sleep(3)
    channel._unread = calls  # type: ignore[attr-defined]  # kept as long as the channel
    return channel
