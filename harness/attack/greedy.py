"""Greedy callers in a process of their own: `python -m harness.attack.greedy`.

The first line that it reads has an address and keys with their secrets. Each key then calls from
several tasks without a pause, and does not obey the server. With the next line, it stops, and
writes how many calls it made.
"""

import asyncio
import itertools
from typing import Any, Final

from frequenz.api.platformassets.v1alpha1 import platformassets_pb2

from ..shared.answering import answer_lines
from ._target import Callers, signed

_METHOD: Final = "GetMicrogrid"
_TASKS: Final = 8
_DATA: Final = platformassets_pb2.GetMicrogridRequest(microgrid_id=1).SerializeToString()


async def main() -> None:
    """Call until the second line."""
    stopping = asyncio.Event()
    running: list[asyncio.Task[int]] = []

    async def obey(command: Any) -> int:
        if not running:
            address, keys = command
            running.extend(
                asyncio.create_task(_be_greedy(address, key, secret, stopping))
                for key, secret in keys
            )
            return 0
        stopping.set()
        return sum(await asyncio.gather(*running))

    await answer_lines(obey)


async def _be_greedy(address: str, key: str, secret: str, stopping: asyncio.Event) -> int:
    callers, made = Callers([address], 1), itertools.count()

    async def call() -> None:
        while not stopping.is_set():
            await callers.call(next(made), _METHOD, _DATA, signed(key, secret, _METHOD))

    await asyncio.gather(*(call() for _ in range(_TASKS)))
    await callers.close()
    return next(made)


if __name__ == "__main__":
    asyncio.run(main())
