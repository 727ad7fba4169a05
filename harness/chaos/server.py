"""A faulty server in its own process: `python -m harness.chaos.server SEED`.

The first line that it writes says that it is ready. Each line that it reads is a command. It ends
with its standard input, or with SIGTERM once its calls are done.
"""

import asyncio
import signal
import sys
from functools import partial
from typing import Any, Final

from ..shared.answering import answer_lines, write_line
from ._server import Behaviour, FaultyServer

_GRACE_SECONDS: Final = 30.0


async def _obey(server: FaultyServer, command: dict[str, Any]) -> Any:
    match command.pop("do"):
        case "listen":
            options = [(name, value) for name, value in command["options"]]
            return await server.listen(command["port"], options)
        case "behave":
            server.behave(Behaviour(**command))
            return None
        case "count":
            return dict(server.counts)
    raise ValueError("unknown command")


async def _main(seed: int) -> None:
    async with FaultyServer(seed) as server:
        terminated = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, terminated.set)
        write_line("ready")
        obeying = asyncio.create_task(answer_lines(partial(_obey, server)))
        waiting = asyncio.create_task(terminated.wait())
        await asyncio.wait({obeying, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if terminated.is_set():
            await server.stop(_GRACE_SECONDS)
        waiting.cancel()
        if obeying.done():
            obeying.result()
        obeying.cancel()


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1])))
