"""Health and reflection: who may call them, and where."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeAlias

import grpc.aio
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection

from .._settings import Address, parse_address
from .health import Health, add_health
from .reflection import add_reflection
from .wrapper import Access

AddService: TypeAlias = Callable[[grpc.aio.Server], None]

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


def side_services(
    health: str, reflecting: str, service: Health
) -> Iterator[tuple[Address | None, AddService]]:
    """Yield where health and reflection belong, and what adds them to a server.

    Args:
        health: As for `service_access`.
        reflecting: As for `service_access`.
        service: The health of the server.
    """
    if health != "off":
        yield parse_address(health), partial(add_health, health=service)
    if reflecting != "off":
        yield parse_address(reflecting), add_reflection
