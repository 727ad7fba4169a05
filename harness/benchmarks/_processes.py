"""The processes of the servers and clients that are measured."""

import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, NamedTuple

from ..shared.clients import PYTHONS, check_version, module_command
from ..shared.processes import LineProcess, line_process


class Worker(NamedTuple):
    """The process of one client."""

    process: LineProcess

    versions: dict[str, str]
    """Of Python and of what it imports."""

    async def ask(self, task: str, *arguments: str | int) -> Any:
        """Measure something in the process: see `worker`."""
        return await self.process.ask([task, *arguments])


@asynccontextmanager
async def server(kind: str) -> AsyncIterator[str]:
    """Start a server, `canned` or `real`, and yield its URL: see `server`."""
    command = (sys.executable, "-m", "harness.benchmarks.server", kind)
    async with line_process(*command) as process:
        yield await process.read()


@asynccontextmanager
async def workers() -> AsyncIterator[dict[str, Worker]]:
    """Start a process for each client, and yield them by the client."""
    async with AsyncExitStack() as stack:
        started: dict[str, Worker] = {}
        for client in PYTHONS:
            command = module_command(client, "harness.benchmarks.worker")
            process = await stack.enter_async_context(line_process(*command))
            started[client] = Worker(process, await process.read())
            check_version(client, started[client].versions["frequenz-client-assets"])
        yield started
