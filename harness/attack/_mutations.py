"""Connections that are broken in random ways."""

import asyncio
import random
from contextlib import suppress
from pathlib import Path
from typing import Final

from frequenz.client.assets.testing._proxy import LOOPBACK

from ..shared.claims import Claim, Claims, exactly
from ..shared.http2 import PREFACE, RST_STREAM, SETTINGS, frame
from ._http2_client import CANCEL, headers, request
from ._target import Files, Target, fleet, serving, signed

_METHOD: Final = "GetMicrogrid"
_WORKERS: Final = 64
_SECONDS: Final = 0.05
"""How long to read what the server answers."""

_GOOD_SECONDS: Final = 2.0

_REST_SECONDS: Final = 8.0
"""How long the server has to free its memory."""

_TRACES: Final = (b"Traceback", b'File "/', b"line ")


def a_connection(key: str, secret: str | None) -> list[bytes]:
    """Return what a client sends for one call, as its preface and frames."""
    return [
        PREFACE,
        frame(SETTINGS, 0, 0, b""),
        headers(_METHOD, signed(key, secret, _METHOD)),
        request(b"\x08\x01"),
    ]


def mutated(frames: list[bytes], chance: random.Random) -> bytes:
    """Return the bytes of a connection with a few things wrong."""
    frames = [*frames]
    for _ in range(chance.randint(1, 4)):
        index = chance.randrange(len(frames))
        changed = bytearray(frames[index])
        match chance.randrange(8):
            case 0:
                changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
            case 1:
                del changed[chance.randrange(len(changed)) :]
            case 2:
                start = chance.randrange(len(changed))
                changed[start:start] = chance.randbytes(chance.randint(1, 64))
            case 3:
                frames.insert(index, frame(*_random_head(chance), chance.randbytes(16)))
            case 4:
                frames.insert(index, frames[chance.randrange(len(frames))])
            case 5:
                changed[:3] = chance.randbytes(3)
            case 6:
                changed[-1:] = chance.randbytes(chance.randint(1, 4000))
            case 7:
                frames.append(frame(RST_STREAM, 0, 1, CANCEL))
        frames[index] = bytes(changed) or b"\x00"
    return b"".join(frames)


def _random_head(chance: random.Random) -> tuple[int, int, int]:
    return chance.randrange(12), chance.randrange(256), chance.choice((0, 1, 2, 3, 2**31 - 1))


async def _exchange(port: int, data: bytes, seconds: float = _SECONDS) -> bytes:
    """Return what the server answers until it closes the connection, or for a time."""
    answer = b""
    with suppress(OSError, TimeoutError):
        reader, writer = await asyncio.open_connection(LOOPBACK, port)
        try:
            writer.write(data)
            async with asyncio.timeout(seconds):
                while part := await reader.read(65536):
                    answer += part
        finally:
            writer.close()
    return answer


async def _attack(target: Target, count: int, frames: list[bytes], chance: random.Random) -> int:
    """Return how many answers had a traceback."""
    traces = 0
    numbers = iter(range(count))

    async def work() -> None:
        nonlocal traces
        for _ in numbers:
            answer = await _exchange(target.port, mutated(frames, chance))
            traces += any(trace in answer for trace in _TRACES)

    await asyncio.gather(*(work() for _ in range(_WORKERS)))
    return traces


async def mutations(count: int, seed: int, folder: Path) -> Claims:
    """Make a number of broken connections."""
    files = Files.create(folder, fleet(10))
    (ours,) = files.add_keys(1)
    frames, chance = a_connection(ours.text, ours.secret), random.Random(seed)
    async with serving(files, *files.options, "--max-handshake-seconds=2") as target:
        # Once before: what a server allocates for its first connections is no leak.
        traces = await _attack(target, max(200, count // 10), frames, chance)
        await asyncio.sleep(_REST_SECONDS)
        before = target.memory
        traces += await _attack(target, count, frames, chance)
        await asyncio.sleep(_REST_SECONDS)
        growth = target.memory / before - 1
        fresh = a_connection(ours.text, ours.secret)
        good = b"Site 1" in await _exchange(target.port, b"".join(fresh), _GOOD_SECONDS)
        is_up = target.is_running
    failures = target.log.read_bytes().count(b"gRPC gave up")
    return [
        exactly(f"server up after {count} connections", True, is_up),
        exactly("a good connection is answered", True, good),
        exactly("tracebacks to callers", 0, traces),
        Claim("failures of gRPC, after which the server went on", "", str(failures)),
        Claim("memory after", "at most 10 % more", f"{growth:+.1%}", growth <= 0.1),
    ]
