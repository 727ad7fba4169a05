"""One client in its own process: `python -m harness.chaos.worker`, in either environment.

The first line that it writes is its version. Each line that it reads is a command. It names nothing
that only one of the clients has.
"""

import asyncio
import inspect
import logging
from collections.abc import Sequence
from importlib.metadata import version
from time import monotonic
from typing import Any, Final

from frequenz.client.common.microgrid import MicrogridId

from frequenz.client.assets import AssetsApiClient

from ..shared.answering import answer_lines, write_line

LIMIT_SECONDS: Final = 3.0
"""How long to wait for a call."""

_TIMEOUT_SECONDS: Final = 2.0
"""The timeout of a call, if the client takes one."""

ANSWER: Final = "answer"
WAITS: Final = "still waiting"

_OPTIONS: Final[dict[str, Any]] = (
    {"timeout": _TIMEOUT_SECONDS}
    if "timeout" in inspect.signature(AssetsApiClient.get_microgrid).parameters
    else {}
)


async def _call(
    client: AssetsApiClient, method: str = "get_microgrid", arguments: Sequence[Any] = (1,)
) -> tuple[str, float]:
    """Make a call; return how it ended, and how long it took, in s."""
    began = monotonic()
    of_microgrid = method == "get_microgrid" or method.startswith("list_microgrid_")
    typed = [MicrogridId(*arguments)] if of_microgrid else arguments
    call = asyncio.ensure_future(getattr(client, method)(*typed, **_OPTIONS))
    await asyncio.wait({call}, timeout=LIMIT_SECONDS)
    outcome = ANSWER
    if not call.done():
        outcome = WAITS
        call.cancel()
        await asyncio.wait({call})
    elif call.cancelled():
        outcome = "CancelledError"
    elif (error := call.exception()) is not None:
        outcome = type(error).__name__
    return outcome, monotonic() - began


async def _calls(client: AssetsApiClient, command: dict[str, Any]) -> list[tuple[str, float]]:
    calls = [asyncio.ensure_future(_call(client)) for _ in range(command["times"])]
    if command["disconnect"]:
        await asyncio.sleep(0.2)
        await client.disconnect()
    return list(await asyncio.gather(*calls))


async def _main() -> None:
    logging.disable()  # of the findings of the fleet
    write_line(version("frequenz-client-assets"))
    client: AssetsApiClient | None = None

    async def obey(command: dict[str, Any]) -> Any:
        nonlocal client
        if command["do"] == "connect":
            if client is not None:
                await client.disconnect()
            client = AssetsApiClient(command["url"])
            return None
        assert client is not None
        if command["do"] == "disconnect":
            await client.disconnect()
            client = None
            return None
        if command["do"] == "make":
            outcome, _ = await _call(client, command["method"], command["arguments"])
            return outcome
        return await _calls(client, command)

    await answer_lines(obey)


if __name__ == "__main__":
    asyncio.run(_main())
