"""Faulty servers in their own processes, so that they can be killed."""

import signal
import socket
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict
from typing import Final

from frequenz.client.assets.testing._proxy import LOOPBACK, url_of

from ..shared.processes import LineProcess, line_process
from ._server import Behaviour

QUIET: Final = {"GRPC_VERBOSITY": "NONE"}
"""Environment variables for processes with intended faults: gRPC's messages help nobody."""


class ServerProcess:
    """A faulty server that can be killed, frozen and reconfigured."""

    def __init__(self, process: LineProcess) -> None:
        """Control the server of a process."""
        self.port = 0
        self.running = process.process
        self._ask = process.ask

    @property
    def url(self) -> str:
        """The URL for clients."""
        return url_of(self.port)

    async def listen(self, port: int = 0, options: Sequence[tuple[str, int]] = ()) -> int:
        """Start serving; return the port."""
        self.port = await self._ask({"do": "listen", "port": port, "options": list(options)})
        return self.port

    async def behave(self, behaviour: Behaviour) -> None:
        """Change the behaviour, and reset the counts."""
        await self._ask({"do": "behave", **asdict(behaviour)})

    async def counts(self) -> Counter[str]:
        """Return the counts of attempts: see `FaultyServer`."""
        return Counter(await self._ask({"do": "count"}))

    async def kill(self) -> None:
        """Kill it, with all its connections."""
        self.running.kill()
        await self.running.wait()

    def terminate(self) -> None:
        """Let it refuse new calls, finish those in flight, and end."""
        self.running.terminate()

    def freeze(self) -> None:
        """Suspend the process."""
        self.running.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Resume the process."""
        self.running.send_signal(signal.SIGCONT)


@asynccontextmanager
async def server_process(seed: int = 0) -> AsyncIterator[ServerProcess]:
    """Start the process of a server, which does not listen yet; kill it in the end."""
    command = (sys.executable, "-m", "harness.chaos.server", str(seed))
    async with line_process(*command, variables=QUIET) as process:
        await process.read()
        yield ServerProcess(process)


@contextmanager
def reserved_port() -> Iterator[int]:
    """Reserve a port, on which servers can start and stop."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as reserving:
        # gRPC servers share ports; this socket never listens, so it gets no connections.
        reserving.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        reserving.bind((LOOPBACK, 0))
        yield reserving.getsockname()[1]
