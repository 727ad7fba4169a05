"""Servers in processes of their own, as those see them who kill them."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from ._proxy import LOOPBACK
from ._server import Behaviour

ROOT: Final = Path(__file__).resolve().parents[2]

_QUIET: Final = {**os.environ, "GRPC_VERBOSITY": "NONE"}
"""What gRPC writes of faults that are made on purpose helps nobody."""


@asynccontextmanager
async def process(*command: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Start a process that is spoken with by lines; end it in any case."""
    made = await asyncio.create_subprocess_exec(
        *command,
        cwd=ROOT,
        env=_QUIET,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**20,
    )
    try:
        yield made
    finally:
        if made.returncode is None:
            made.kill()
        await made.wait()


async def line_of(made: asyncio.subprocess.Process) -> Any:
    """Return what a process says next."""
    assert made.stdout is not None
    line = await made.stdout.readline()
    if not line:
        raise RuntimeError("a process ended; standard error has the reason")
    return json.loads(line)


async def told(made: asyncio.subprocess.Process, command: Any) -> Any:
    """Tell a process something, and return what it says."""
    assert made.stdin is not None
    made.stdin.write(json.dumps(command).encode() + b"\n")
    return await line_of(made)


class ServerProcess:
    """A faulty server that can be killed, frozen, and told how to take calls."""

    def __init__(self, seed: int = 0) -> None:
        self.port = 0
        self._context = process(sys.executable, "-m", "harness.chaos.server", str(seed))
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        """Start the process; it does not listen yet."""
        self._process = await self._context.__aenter__()
        await line_of(self._process)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Kill it if it still runs."""
        await self._context.__aexit__(kind, error, traceback)

    @property
    def running(self) -> asyncio.subprocess.Process:
        """The process."""
        assert self._process is not None
        return self._process

    @property
    def url(self) -> str:
        """The URL for clients."""
        return f"grpc://{LOOPBACK}:{self.port}?ssl=false"

    async def listen(self, port: int = 0, options: Sequence[tuple[str, int]] = ()) -> int:
        """Begin to serve; return the port."""
        self.port = await told(
            self.running, {"do": "listen", "port": port, "options": list(options)}
        )
        return self.port

    async def behave(self, behaviour: Behaviour) -> None:
        """Take calls in another way from now on, and count anew."""
        await told(self.running, {"do": "behave", **asdict(behaviour)})

    async def counts(self) -> Counter[str]:
        """Return what became of the attempts."""
        return Counter(await told(self.running, {"do": "count"}))

    async def kill(self) -> None:
        """End it at once, with all its connections."""
        self.running.kill()
        await self.running.wait()

    def terminate(self) -> None:
        """Have it take no more calls, and end once those in flight are done."""
        self.running.terminate()

    def freeze(self) -> None:
        """Have it do nothing at all."""
        self.running.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Have it go on."""
        self.running.send_signal(signal.SIGCONT)


class ReservedPort:
    """A port that nobody else gets while servers come and go on it."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        # Servers of gRPC share ports; this one never listens, so it gets no connections.
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self._socket.bind((LOOPBACK, 0))
        self.number: int = self._socket.getsockname()[1]

    @property
    def url(self) -> str:
        """The URL for clients."""
        return f"grpc://{LOOPBACK}:{self.number}?ssl=false"

    def __enter__(self) -> Self:
        """Hold the port."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of it."""
        self._socket.close()
