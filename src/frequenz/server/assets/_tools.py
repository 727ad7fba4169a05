"""What the usual gRPC tools ask a server for: reflection and health."""

from typing import Final

import grpc.aio
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection, reflection_pb2

from frequenz.client.assets._wire import contracts, first_generation

_OVERALL: Final = ""
_HEALTH: Final[str] = health_pb2.DESCRIPTOR.services_by_name["Health"].full_name


async def offer_tools(server: grpc.aio.Server) -> health.aio.HealthServicer:
    """Offer `grpc.reflection.v1alpha` and `grpc.health.v1` for all that the server offers.

    Returns:
        What answers for the health; it is to be told when the server stops.
    """
    services = (contracts.SERVICE, first_generation.SERVICE)
    checks = health.aio.HealthServicer()
    for service in (_OVERALL, *services):
        await checks.set(service, health_pb2.HealthCheckResponse.SERVING)
    health_pb2_grpc.add_HealthServicer_to_server(checks, server)
    pool = first_generation.pool()
    for tool in (health_pb2, reflection_pb2):
        pool.AddSerializedFile(tool.DESCRIPTOR.serialized_pb)
    reflection.enable_server_reflection(
        (*services, _HEALTH, reflection.SERVICE_NAME), server, pool=pool
    )
    return checks
