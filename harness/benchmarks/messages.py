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


_BRANCH: Final[tuple[tuple[int, dict[str, Any], int], ...]] = (
    (_METER, {}, -1),
    (3, {"inverter": {"type": 1}}, 0),
    (5, {"battery": {"type": 1}}, 1),
    (_METER, {}, -1),
    (3, {"inverter": {"type": 2}}, 3),
    (6, {"ev_charger": {"type": 1}}, 3),
)
"""The components of a branch: category, its data, and behind which one of the branch it is; those
with -1 are behind the main meter."""


def _place(index: int, size: int) -> tuple[int, dict[str, Any], int]:
    """Return the category of a component of a site, its data, and the index in front of it."""
    if index < 2:
        grid = {"grid_connection_point": {"rated_fuse_current": 630}}
        return ((_GRID, grid, -1), (_METER, {}, 0))[index]
    first = 2 + (index - 2) // len(_BRANCH) * len(_BRANCH)
    category, data, ahead = _BRANCH[index - first]
    if index + 1 == size and index - first == 1:  # without room for its battery
        category, data = 3, {"inverter": {"type": 2}}
    return category, data, 1 if ahead < 0 else first + ahead


def site_components(
    size: int,
) -> Iterator[electrical_components_pb2.ElectricalComponent]:
    """Yield mixed components without faults: a grid connection point, a meter, and branches."""
    message: Any
    for index, message in enumerate(mixed_components(size)):
        category, data, _ = _place(index, size)
        message.category = category
        message.ClearField("category_specific_info")
        message.category_specific_info.MergeFrom(_data_of(data))
        if not data:
            message.ClearField("category_specific_info")
        message.operational_lifetime.CopyFrom(_site_lifetime(index))
        yield message


def _data_of(data: dict[str, Any]) -> Any:
    return electrical_components_pb2.ElectricalComponentCategorySpecificInfo(**data)


def _site_lifetime(index: int) -> Any:
    """Return a lifetime that all components of a branch have."""
    number = 1 if index < 2 else 2 + (index - 2) // len(_BRANCH) % LIFETIMES
    lifetime: Any = {} if index < 2 else _lifetime(number)
    lifetime.setdefault("start_timestamp", {"seconds": _SINCE})
    return electrical_components_pb2.ElectricalComponent(
        operational_lifetime=lifetime
    ).operational_lifetime


def site_connections(
    size: int,
) -> Iterator[electrical_components_pb2.ElectricalComponentConnection]:
    """Yield the connections of a site, each as long as the component behind it."""
    for index in range(1, size):
        _, _, ahead = _place(index, size)
        message = electrical_components_pb2.ElectricalComponentConnection(
            source_electrical_component_id=ahead + 1,
            destination_electrical_component_id=index + 1,
        )
        message.operational_lifetime.CopyFrom(_site_lifetime(index))
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
    return _listing(size, components(size))


def _distinct_reply(size: int) -> bytes:
    """Return the same, but no two components have the same lifetime or bounds."""
    return _listing(size, components(size, lifetimes=size, bounds=size))


def _mixed_reply(size: int) -> bytes:
    return _listing(size, mixed_components(size))


def _site_components_reply(size: int) -> bytes:
    return _listing(size, site_components(size))


def _listing(size: int, listed: Iterator[electrical_components_pb2.ElectricalComponent]) -> bytes:
    reply = platformassets_pb2.ListMicrogridElectricalComponentsResponse(
        microgrid_id=size, components=listed
    )
    return reply.SerializeToString()


def _connections_reply(size: int) -> bytes:
    reply = platformassets_pb2.ListMicrogridElectricalComponentConnectionsResponse(
        microgrid_id=size, connections=connections(size)
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
