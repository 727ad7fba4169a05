"""What the usual gRPC tools ask a server for: reflection and health."""

import asyncio
from typing import Any, Final

import grpc.aio
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection, reflection_pb2

from frequenz.client.assets._wire import first_generation, requests

_OVERALL: Final = ""
_LAST_WORD_SECONDS: Final = 0.1
"""How long telling that the server stops may take."""

_HEALTH: Final[str] = health_pb2.DESCRIPTOR.services_by_name["Health"].full_name


class Health(health.aio.HealthServicer):
    """What answers for the health of a server, and lets go of who watches it when that stops."""

    def __init__(self) -> None:
        """Be about to serve."""
        super().__init__()
        self._stopped = asyncio.Event()

    async def Watch(self, request: Any, context: Any) -> None:  # noqa: N802 - the name of the call
        """Tell the health of a service as it changes, until the server stops."""
        watching = asyncio.ensure_future(super().Watch(request, context))
        stopped = asyncio.ensure_future(self._stopped.wait())
        try:
            await asyncio.wait({watching, stopped}, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait({watching}, timeout=_LAST_WORD_SECONDS)
            if watching.done():
                watching.result()  # raises what went wrong
        finally:
            stopped.cancel()
            watching.cancel()

    async def stop(self) -> None:
        """Tell all who watch that the server does not serve any more."""
        await self.enter_graceful_shutdown()
        self._stopped.set()


async def offer_tools(server: grpc.aio.Server) -> Health:
    """Offer `grpc.reflection.v1alpha` and `grpc.health.v1` for all that the server offers.

    Returns:
        What answers for the health; it is to be told when the server stops.
    """
    services = (requests.SERVICE, first_generation.SERVICE)
    checks = Health()
    for service in (_OVERALL, *services):
        await checks.set(service, health_pb2.HealthCheckResponse.SERVING)
    health_pb2_grpc.add_HealthServicer_to_server(checks, server)
    pool = first_generation.new_pool()
    for tool in (health_pb2, reflection_pb2):
        pool.AddSerializedFile(tool.DESCRIPTOR.serialized_pb)
    reflection.enable_server_reflection(
        (*services, _HEALTH, reflection.SERVICE_NAME), server, pool=pool
    )
    return checks
