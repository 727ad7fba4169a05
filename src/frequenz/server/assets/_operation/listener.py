"""A gRPC server at an address, made again if gRPC gives up.

gRPC for asyncio stops a server whose loop fails, which a call can cause whose path is not UTF-8
(seen with grpcio 1.85). Another server then takes the port, and the old one finishes its calls.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

import grpc.aio

_logger = logging.getLogger("frequenz.server.assets")

_LOOK_SECONDS: Final = 0.05
"""How often to look whether gRPC still serves, and to try the port again."""


class Listener:
    """Serves at an address until it is stopped."""

    def __init__(
        self,
        make: Callable[[], grpc.aio.Server],
        listen: Callable[[grpc.aio.Server, int], int],
        port: int,
        call_seconds: float,
    ) -> None:
        """Prepare a server.

        Args:
            make: Returns a new server with its handlers.
            listen: Opens a port of a server, any free one for 0, and returns it.
            port: The port.
            call_seconds: How long calls may take that are under way when gRPC gives up, in s.
        """
        self._make = make
        self._listen = listen
        self._call_seconds = call_seconds
        self.port = port
        """The port; before the server is started, 0 = any."""

        self._is_stopping = False
        self._retired: set[asyncio.Task[None]] = set()
        self._server: grpc.aio.Server | None = None
        self._supervising: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start serving."""
        await self._start()
        self._supervising = asyncio.create_task(self._supervise())

    async def stop(self, grace_seconds: float) -> None:
        """Refuse new calls, let those in flight finish, and stop."""
        self._is_stopping = True
        stopping = [] if self._server is None else [self._server.stop(grace_seconds)]
        await asyncio.gather(*stopping)
        if self._supervising is not None:
            await self._supervising
        for task in self._retired:
            task.cancel()

    async def _start(self) -> None:
        server = self._make()
        self.port = self._listen(server, self.port)
        await server.start()
        self._server = server

    async def _supervise(self) -> None:
        while not self._is_stopping:
            if self._server is not None:
                error = await self._failure(self._server)
                if error is None or self._is_stopping:
                    continue
                _logger.error("gRPC gave up on port %d (%r); starting again", self.port, error)
                self._retire(self._server)
                self._server = None
            try:
                await self._start()
            except RuntimeError as busy:
                _logger.error("port %d: %s", self.port, busy)
                await asyncio.sleep(_LOOK_SECONDS)

    async def _failure(self, server: grpc.aio.Server) -> Exception | None:
        """Return why a server has ended within a moment, or None if it has not failed."""
        try:
            await server.wait_for_termination(_LOOK_SECONDS)
        except Exception as error:  # noqa: BLE001 - whatever it was, others must be served
            return error
        return None

    def _retire(self, server: grpc.aio.Server) -> None:
        """Let the calls of a server finish; then its memory is freed."""
        self._retired.add(task := asyncio.create_task(server.stop(self._call_seconds)))
        task.add_done_callback(self._retired.discard)
