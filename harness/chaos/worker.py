"""One client in a process of its own: `python -m harness.chaos.worker`, in either environment.

The first line tells its version; then each command that comes as a line of JSON on standard input
is answered by a line of JSON. It names nothing that only one of the clients has.
"""

import asyncio
import inspect
import json
import logging
import sys
from importlib.metadata import version
from time import monotonic
from typing import Any, Final

from frequenz.client.common.microgrid import MicrogridId

from frequenz.client.assets import AssetsApiClient

LIMIT_SECONDS: Final = 3.0
"""How long a call may take at all."""

_TIMEOUT_SECONDS: Final = 2.0
"""How long a call may take by itself, where that can be said."""

ANSWER: Final = "answer"
WAITS: Final = "still waiting"

_OPTIONS: Final[dict[str, Any]] = (
    {"timeout": _TIMEOUT_SECONDS}
    if "timeout" in inspect.signature(AssetsApiClient.get_microgrid).parameters
    else {}
)


async def _call(client: AssetsApiClient) -> tuple[str, float]:
    """Make a call; return how it ended, and how long it took, in s."""
    began = monotonic()
    call = asyncio.ensure_future(client.get_microgrid(MicrogridId(1), **_OPTIONS))
    await asyncio.wait({call}, timeout=LIMIT_SECONDS)
    outcome = ANSWER
    if not call.done():
        outcome = WAITS
        call.cancel()
        await asyncio.wait({call})
    elif call.cancelled():
        outcome = "CancelledError"
    else:
        error = call.exception()
        if error is not None:
            outcome = type(error).__name__
    return outcome, monotonic() - began


async def _calls(client: AssetsApiClient, command: dict[str, Any]) -> list[tuple[str, float]]:
    calls = [asyncio.ensure_future(_call(client)) for _ in range(command["times"])]
    if command.get("disconnect"):
        await asyncio.sleep(0.2)
        await client.disconnect()
    return list(await asyncio.gather(*calls))


async def _main() -> None:
    logging.disable()  # what is wrong with the fleet is of no interest here
    print(json.dumps(version("frequenz-client-assets")), flush=True)
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    client: AssetsApiClient | None = None
    while line := await reader.readline():
        command = json.loads(line)
        answer: Any = None
        if command["do"] == "connect":
            if client is not None:
                await client.disconnect()
            client = AssetsApiClient(command["url"])
        elif client is not None:
            answer = await _calls(client, command)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    asyncio.run(_main())
