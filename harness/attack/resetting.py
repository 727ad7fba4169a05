"""Calls that are reset at once, in a process of its own: `python -m harness.attack.resetting`.

It reads lines with a port, a key, its secret and how many calls to make on one connection; it
answers with how many were sent before the server closed the connection.
"""

import asyncio
from itertools import count
from typing import Any, Final

from ..shared.answering import answer_lines
from ..shared.http2 import RST_STREAM, frame
from ._http2_client import CANCEL, connection, headers
from ._target import signed

_METHOD: Final = "GetMicrogrid"
_AT_ONCE: Final = 100


async def _reset(command: Any) -> int:
    """Make calls, and reset each."""
    port, key, secret, calls = command
    async with connection(port) as made:
        for sent in count(0, _AT_ONCE):
            if sent >= calls or not made.is_open:
                break
            frames = []
            for number in range(sent, sent + _AT_ONCE):
                metadata = signed(key, secret, _METHOD) if key else ()
                frames += [
                    headers(_METHOD, metadata, 2 * number + 1),
                    frame(RST_STREAM, 0, 2 * number + 1, CANCEL),
                ]
            try:
                await made.send(*frames)
            except ConnectionError:
                break
            await asyncio.sleep(0)
    return sent


if __name__ == "__main__":
    asyncio.run(answer_lines(_reset))
