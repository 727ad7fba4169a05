"""The health service, `grpc.health.v1`."""

import asyncio
from typing import Any, Final

import grpc.aio
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from frequenz.client.assets._wire import first_generation, requests

_WHOLE_SERVER: Final = ""
"""The service name that stands for all services together."""

_LAST_UPDATE_SECONDS: Final = 0.1
"""How long sending the last update to a watcher may take."""


class Health(health.aio.HealthServicer):
    """Reports the health of a server; ends the streams of watchers when the server stops."""

    def __init__(self) -> None:
        """Start without services; `set` adds one."""
        super().__init__()
        self._stopped = asyncio.Event()

    async def Watch(self, request: Any, context: Any) -> None:  # noqa: N802 - the name of the RPC
        """Stream the health of a service until the server stops."""
        watching = asyncio.ensure_future(super().Watch(request, context))
        stopped = asyncio.ensure_future(self._stopped.wait())
        try:
            await asyncio.wait({watching, stopped}, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait({watching}, timeout=_LAST_UPDATE_SECONDS)
            if watching.done():
                watching.result()  # raises the error of the stream, if any
        finally:
            stopped.cancel()
            watching.cancel()

    async def report(self, *, is_serving: bool) -> None:
        """Report whether the services are available, unless the server is stopping."""
        status = health_pb2.HealthCheckResponse
        for service in (_WHOLE_SERVER, requests.SERVICE, first_generation.SERVICE):
            await self.set(service, status.SERVING if is_serving else status.NOT_SERVING)

    async def report_stopping(self) -> None:
        """Report from now on that no service is available."""
        await self.enter_graceful_shutdown()

    async def stop(self) -> None:
        """End the streams of watchers."""
        self._stopped.set()


async def new_health() -> Health:
    """Return the health of a server that serves both generations of the API; not available yet.

    Its `report_stopping()` and `stop()` must be called before the server stops.
    """
    health = Health()
    await health.report(is_serving=False)
    return health


def add_health(server: grpc.aio.Server, health: Health) -> None:
    """Add the health service to a server."""
    health_pb2_grpc.add_HealthServicer_to_server(health, server)
