"""The messages that are converted and served, like those of real sites.

Used in the environments of both clients, so it needs nothing but the API's messages.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, Final

from frequenz.api.common.v1alpha8.microgrid import microgrid_pb2
from frequenz.api.common.v1alpha8.microgrid.electrical_components import electrical_components_pb2
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2

SIZES: Final = (10, 100, 1_000, 10_000)
"""How many components each microgrid of the server has; its ID is the same number."""

LIFETIMES: Final = 90
"""How many distinct lifetimes there are by default."""

BOUNDS: Final = 55
"""How many distinct bounds there are by default."""

MICROGRIDS: Final = 5_000
"""How many microgrids without components the server has in addition."""

FLEET: Final = range(1, 1_001)
"""The IDs of the microgrids of the server of a fleet."""

FLEET_SIZE: Final = 52
"""How many components each of them has."""

ONE_BY_ONE: Final = "one call after another"
AT_ONCE: Final = "fetch_fleet"
ALL_READ: Final = "fetch_fleet, all objects read"
"""The ways to fetch the fleet."""

OTHERS: Final = range(SIZES[-1] + 1, SIZES[-1] + 1 + MICROGRIDS)
"""The IDs of the microgrids without components."""

_AC_POWER_ACTIVE: Final = 26
_AC_POWER_REACTIVE: Final[Any] = 27
_METER: Final[Any] = 2
_GRID: Final[Any] = 1
_CONTROL_AND_TELEMETRY: Final = 4
_SINCE: Final = 1_500_000_000
_DAY: Final = 86_400

_KINDS: Final[tuple[tuple[int, dict[str, Any]], ...]] = (
    (3, {"inverter": {"type": 1}}),
    (5, {"battery": {"type": 1}}),
    (3, {"inverter": {"type": 2}}),
    (6, {"ev_charger": {"type": 1}}),
    (5, {"battery": {"type": 2}}),
    (6, {"ev_charger": {"type": 2}}),
    (11, {"power_transformer": {"primary": 20_000.0, "secondary": 400.0}}),
    (1, {"grid_connection_point": {"rated_fuse_current": 630}}),
)


def microgrid(size: int) -> microgrid_pb2.Microgrid:
    """Return the microgrid with a number of components."""
    message_class: Any = microgrid_pb2.Microgrid
    message: microgrid_pb2.Microgrid = message_class(
        id=size,
        enterprise_id=7,
        name=f"Site of {size}",
        status=1,
        delivery_area={"code": "10YDE-EON------1", "code_type": 1},
        location={"latitude": 52.52, "longitude": 13.41, "country_code": "DE"},
        create_timestamp={"seconds": _SINCE},
    )
    return message


def fleet_site(microgrid_id: int) -> tuple[Any, list[Any], list[Any]]:
    """Return a microgrid of the fleet, its components and its connections."""
    site, listed = microgrid(microgrid_id), [*components(FLEET_SIZE)]
    for component in listed:
        component.microgrid_id = microgrid_id
    return site, listed, [*connections(FLEET_SIZE - 1)]


def components(
    size: int, *, lifetimes: int = LIFETIMES, bounds: int = BOUNDS
) -> Iterator[electrical_components_pb2.ElectricalComponent]:
    """Yield the components of the microgrid with a number of them."""
    message_class: Any = electrical_components_pb2.ElectricalComponent
    for index in range(size):
        category, data = _KINDS[index % len(_KINDS)]
        watts = 1_000.0 * (1 + index % bounds)
        yield message_class(
            id=index + 1,
            microgrid_id=size,
            name=f"Component {index + 1}",
            category=category,
            category_specific_info=data,
            manufacturer=f"Manufacturer {index % 7}",
            model_name=f"Model {index % 23}",
            operational_lifetime=_lifetime(index % lifetimes),
            metric_config_bounds=[
                {"metric": _AC_POWER_ACTIVE, "config_bounds": {"lower": -watts, "upper": watts}}
            ],
            operational_mode=_CONTROL_AND_TELEMETRY,
        )


def mixed_components(
    size: int,
) -> Iterator[electrical_components_pb2.ElectricalComponent]:
    """Yield components some of which have fields that others lack."""
    for index, message in enumerate(components(size)):
        if index % 3 == 0:
            message.category = _METER
            message.ClearField("category_specific_info")
            message.ClearField("metric_config_bounds")
        elif index % 3 == 1:
            message.metric_config_bounds.add().CopyFrom(message.metric_config_bounds[0])
            message.metric_config_bounds[1].metric = _AC_POWER_REACTIVE
        if index % 5 == 0:
            message.ClearField("name")
        yield message


def site_components(
    size: int,
) -> Iterator[electrical_components_pb2.ElectricalComponent]:
    """Yield mixed components, the first of which is the site's only grid connection point."""
    for index, message in enumerate(mixed_components(size)):
        if index == 0 or message.category == _GRID:
            message.ClearField("category_specific_info")
            message.category = _METER
        if index == 0:
            message.category = _GRID
            message.category_specific_info.grid_connection_point.rated_fuse_current = 630
        yield message


def site_connections(
    size: int,
) -> Iterator[electrical_components_pb2.ElectricalComponentConnection]:
    """Yield the connections of a site: from each component to six others."""
    for index, message in enumerate(connections(size - 1)):
        message.source_electrical_component_id = index // 6 + 1
        yield message


def connections(size: int) -> Iterator[electrical_components_pb2.ElectricalComponentConnection]:
    """Yield a number of connections, from each component to the next."""
    message_class: Any = electrical_components_pb2.ElectricalComponentConnection
    for index in range(size):
        yield message_class(
            source_electrical_component_id=index + 1,
            destination_electrical_component_id=index + 2,
            operational_lifetime=_lifetime(index % LIFETIMES),
        )


def _lifetime(number: int) -> dict[str, Any]:
    """Return one of up to 10 000 distinct lifetimes; every third one ends."""
    lifetime = {"start_timestamp": {"seconds": _SINCE + number * _DAY}}
    if number % 3 == 0:
        lifetime["end_timestamp"] = {"seconds": _SINCE + 10_000 * _DAY}
    return lifetime


def get_reply(size: int) -> bytes:
    """Return the reply that holds the microgrid with a number of components."""
    reply = platformassets_pb2.GetMicrogridResponse(microgrid=microgrid(size))
    return reply.SerializeToString()


def list_reply(size: int) -> bytes:
    """Return the reply that lists the components of the microgrid with a number of them."""
    reply = platformassets_pb2.ListMicrogridElectricalComponentsResponse(
        microgrid_id=size, components=components(size)
    )
    return reply.SerializeToString()


def _distinct_reply(size: int) -> bytes:
    """Return the same, but no two components have the same lifetime or bounds."""
    reply = platformassets_pb2.ListMicrogridElectricalComponentsResponse(
        microgrid_id=size, components=components(size, lifetimes=size, bounds=size)
    )
    return reply.SerializeToString()


def _mixed_reply(size: int) -> bytes:
    reply = platformassets_pb2.ListMicrogridElectricalComponentsResponse(
        microgrid_id=size, components=mixed_components(size)
    )
    return reply.SerializeToString()


def _connections_reply(size: int) -> bytes:
    reply = platformassets_pb2.ListMicrogridElectricalComponentConnectionsResponse(
        microgrid_id=size, connections=connections(size)
    )
    return reply.SerializeToString()


def _site_components_reply(size: int) -> bytes:
    reply = platformassets_pb2.ListMicrogridElectricalComponentsResponse(
        microgrid_id=size, components=site_components(size)
    )
    return reply.SerializeToString()


def _site_connections_reply(size: int) -> bytes:
    reply = platformassets_pb2.ListMicrogridElectricalComponentConnectionsResponse(
        connections=site_connections(size)
    )
    return reply.SerializeToString()


_REPLIES: Final[Mapping[str, Callable[[int], bytes]]] = {
    "component": list_reply,
    "distinct component": _distinct_reply,
    "mixed component": _mixed_reply,
    "connection": _connections_reply,
    "site component": _site_components_reply,
    "site connection": _site_connections_reply,
}


@cache
def reply_of(kind: str, size: int) -> bytes:
    """Return the reply that is decoded without a server; cached, as making it takes seconds."""
    return _REPLIES[kind](size)
