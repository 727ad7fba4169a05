"""The health service, `grpc.health.v1`, and what asks store and nonces whether they answer.

Not that of grpcio-health-checking 1.85: it holds a lock while it writes, so that a watcher that
does not read would block all reports and the end of the server.
"""

import asyncio
import logging
import time
from typing import Any, Final

import grpc
import grpc.aio
from grpc_health.v1 import health_pb2, health_pb2_grpc

from frequenz.client.assets._wire import first_generation, requests

from .._callers import KeysError, Nonces
from .._stores import Store, StoreError

_SERVICES: Final = ("", requests.SERVICE, first_generation.SERVICE)
"""The empty name stands for all services together."""

_PROBE_SECONDS: Final = 2.0
"""How long between two probes: a load balancer does not ask more often."""

_logger = logging.getLogger("frequenz.server.assets")

_MESSAGES: Final[Any] = health_pb2  # its types do not know those of List
_Reply = health_pb2.HealthCheckResponse


class Health(health_pb2_grpc.HealthServicer):
    """Reports the health of a server of both generations of the API.

    `report_stopping()` and `stop()` must be called before the server stops.
    """

    def __init__(self) -> None:
        """Start with services that are not available."""
        self._status: int = _Reply.NOT_SERVING
        self._changed = asyncio.Event()
        self._is_stopping = self._is_stopped = False

    async def Check(self, request: Any, context: Any) -> Any:  # noqa: N802 - the name of the RPC
        """Return the health of a service."""
        if request.service not in _SERVICES:
            await context.abort(grpc.StatusCode.NOT_FOUND, "No such service.")
        return _Reply(status=self._status)

    async def List(self, request: Any, context: Any) -> Any:  # noqa: N802 - the name of the RPC
        """Return the health of all services."""
        reply = _Reply(status=self._status)
        return _MESSAGES.HealthListResponse(statuses=dict.fromkeys(_SERVICES, reply))

    async def Watch(self, request: Any, context: Any) -> None:  # noqa: N802 - the name of the RPC
        """Stream the health of a service until the server stops."""
        is_known = request.service in _SERVICES
        sent = None
        while True:
            changed = self._changed
            status = self._status if is_known else _Reply.SERVICE_UNKNOWN
            if status != sent:
                await context.write(_Reply(status=status))
                sent = status
            elif self._is_stopped:
                return
            else:
                await changed.wait()

    def report(self, *, is_serving: bool) -> None:
        """Report whether the services are available, unless the server is stopping."""
        if not self._is_stopping:
            self._status = _Reply.SERVING if is_serving else _Reply.NOT_SERVING
            self._tell()

    def report_stopping(self) -> None:
        """Report from now on that no service is available."""
        self._is_stopping = True
        self._status = _Reply.NOT_SERVING
        self._tell()

    def stop(self) -> None:
        """End the streams of watchers."""
        self._is_stopped = True
        self._tell()

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


def add_health(server: grpc.aio.Server, health: Health) -> None:
    """Add the health service to a server."""
    health_pb2_grpc.add_HealthServicer_to_server(health, server)


async def keep_health(
    health: Health, store: Store, nonces: Nonces | None, seconds: float = _PROBE_SECONDS
) -> None:
    """Ask now and then for what calls need, and report the health, until cancelled.

    Args:
        health: The health.
        store: Must answer.
        nonces: Must remember; None = callers are not checked.
        seconds: How long between two probes, in s.
    """
    was_serving = True
    while True:
        await asyncio.sleep(seconds)
        try:
            await store.probe()
            if nonces is not None:
                await nonces.probe(time.time())
        except (StoreError, KeysError) as error:
            if was_serving:
                _logger.error("Not healthy: %s", error)
            is_serving = False
        else:
            is_serving = True
            if not was_serving:
                _logger.info("Healthy again")
        # Each time: who started this anew after an unexpected error cannot know what was reported.
        health.report(is_serving=is_serving)
        was_serving = is_serving
