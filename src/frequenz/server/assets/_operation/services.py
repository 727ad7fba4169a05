"""Health and reflection: who may call them, and where."""

from collections.abc import Callable

import grpc.aio
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection

from .._health import Health, add_health, new_health
from .._reflection import add_reflection
from .._settings import Address, parse_address
from .wrapper import Access

_HEALTH = health_pb2.DESCRIPTOR.services_by_name["Health"].full_name


def service_access(health: str, reflecting: str) -> Callable[[str], Access]:
    """Return the function that tells who may call a service.

    Args:
        health: The setting: `off`, `open`, or an address, where anybody may call it.
        reflecting: The setting of reflection: as for health, or `keys`.
    """
    settings = {_HEALTH: health, reflection.SERVICE_NAME: reflecting}
    open_services = {name for name, setting in settings.items() if setting != "keys"}
    return lambda service: Access.OPEN if service in open_services else Access.KEYS


async def add_side_services(
    health: str, reflecting: str, server_at: Callable[[Address | None], grpc.aio.Server]
) -> Health:
    """Add health and reflection to the servers where they belong.

    Args:
        health: As for `service_access`.
        reflecting: As for `service_access`.
        server_at: Returns the server at an address, or that of the API for None.
    """
    added = await new_health()
    if health != "off":
        add_health(server_at(parse_address(health)), added)
    if reflecting != "off":
        add_reflection(server_at(parse_address(reflecting)))
    return added
