"""The reflection service, `grpc.reflection.v1alpha`: tools ask it what a server offers."""

from typing import Final

import grpc.aio
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection, reflection_pb2

from frequenz.client.assets._wire import first_generation, requests

_SERVICES: Final = (
    requests.SERVICE,
    first_generation.SERVICE,
    health_pb2.DESCRIPTOR.services_by_name["Health"].full_name,
    reflection.SERVICE_NAME,
)


def add_reflection(server: grpc.aio.Server) -> None:
    """Add the reflection service of the API to a server."""
    pool = first_generation.new_pool()
    for module in (health_pb2, reflection_pb2):
        pool.AddSerializedFile(module.DESCRIPTOR.serialized_pb)
    reflection.enable_server_reflection(_SERVICES, server, pool=pool)
