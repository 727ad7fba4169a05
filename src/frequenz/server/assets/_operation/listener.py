"""A gRPC server at an address, made again if gRPC gives up.

gRPC for asyncio stops a server whose loop fails, which a call can cause whose path is not UTF-8
(seen with grpcio 1.85). All calls under way end then, so that clients repeat them.
"""

import asyncio
import logging
from collections.abc import Callable

import grpc.aio

_logger = logging.getLogger("frequenz.server.assets")

_PAUSE_SECONDS = 0.01
"""Before the port is tried again, while the system still closes it."""


class Listener:
    """Serves at an address until it is stopped."""

    def __init__(
        self,
        make: Callable[[], grpc.aio.Server],
        listen: Callable[[grpc.aio.Server, int], int],
        port: int,
    ) -> None:
        """Prepare a server.

        Args:
            make: Returns a new server with its handlers.
            listen: Opens a port of a server, any free one for 0, and returns it.
            port: The port.
        """
        self._make = make
        self._listen = listen
        self.port = port
        """The port; before the server is started, 0 = any."""

        self._is_stopping = False
        self._server: grpc.aio.Server | None = None
        self._supervising: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start serving."""
        await self._start()
        self._supervising = asyncio.create_task(self._supervise())

    async def stop(self, grace_seconds: float) -> None:
        """Refuse new calls, let those in flight finish, and stop."""
        self._is_stopping = True
        if self._server is not None:
            await self._server.stop(grace_seconds)
        if self._supervising is not None:
            # Not cancelled: that would cancel what gRPC itself waits for when it stops.
            await self._supervising

    async def _start(self) -> None:
        server = self._make()
        self.port = self._listen(server, self.port)
        await server.start()
        self._server = server

    async def _supervise(self) -> None:
        while self._server is not None:
            try:
                await self._server.wait_for_termination()
                error: Exception | None = None
            except Exception as crash:  # noqa: BLE001 - whatever it was, others must be served
                error = crash
            if self._is_stopping:
                return
            _logger.error(
                "gRPC has given up serving port %d (%r); starting again", self.port, error
            )
            self._server = None
            while self._server is None and not self._is_stopping:
                try:
                    await self._start()
                except RuntimeError as busy:
                    _logger.error("port %d: %s", self.port, busy)
                    await asyncio.sleep(_PAUSE_SECONDS)
