"""A faulty server in a process of its own: `python -m harness.chaos.server SEED`.

It says when it is ready; then each command that comes as a line of JSON on standard input is
answered by a line of JSON. It ends with its standard input, or by SIGTERM once its calls are done.
"""

import asyncio
import json
import signal
import sys
from typing import Any, Final

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


async def _commands(server: FaultyServer) -> None:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        print(json.dumps(await _obey(server, json.loads(line))), flush=True)


async def _main(seed: int) -> None:
    server = FaultyServer(seed)
    await server.prepare()
    terminated = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, terminated.set)
    print(json.dumps("ready"), flush=True)
    obeying = asyncio.create_task(_commands(server))
    waiting = asyncio.create_task(terminated.wait())
    await asyncio.wait({obeying, waiting}, return_when=asyncio.FIRST_COMPLETED)
    await server.stop(_GRACE_SECONDS if terminated.is_set() else None)
    waiting.cancel()
    if obeying.done():
        obeying.result()
    obeying.cancel()


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1])))
