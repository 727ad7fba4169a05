"""What to call the entity that a message describes."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from frequenz.api.common.v1alpha8.gridpool import gridpool_pb2
from frequenz.api.common.v1alpha8.microgrid import microgrid_pb2
from frequenz.api.common.v1alpha8.microgrid.electrical_components import electrical_components_pb2
from frequenz.api.common.v1alpha8.microgrid.sensors import sensors_pb2
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2

from .text import quoted

_NAMES: Final[Mapping[type[Any], Callable[[Any], str]]] = {
    microgrid_pb2.Microgrid: lambda message: f"microgrid {message.id}",
    electrical_components_pb2.ElectricalComponent: lambda message: f"component {message.id}",
    electrical_components_pb2.ElectricalComponentConnection: lambda message: (
        f"connection {message.source_electrical_component_id}"
        f" -> {message.destination_electrical_component_id}"
    ),
    sensors_pb2.Sensor: lambda message: f"sensor {message.id}",
    gridpool_pb2.Gridpool: lambda message: f"gridpool {message.id}",
    platformassets_pb2.GridpoolEnergySchedule: lambda message: (
        f"energy schedule {message.schedule_id} of gridpool {message.gridpool_id}"
    ),
    platformassets_pb2.MarketTopologyRelation: lambda message: (
        f"relation {_ends_of_relation(message)}"
    ),
}


def _ends_of_relation(message: platformassets_pb2.MarketTopologyRelation) -> str:
    """Return what a relation, which has no number of its own, relates."""
    value = message.market_location_ref.market_location_id.id.value
    location = value if value.isalnum() and value.isascii() and len(value) < 60 else quoted(value)
    ends = {
        "gridpool": message.gridpool_id if message.HasField("gridpool_id") else "",
        "microgrid": message.microgrid_id if message.HasField("microgrid_id") else "",
        "market location": location if value else "",
    }
    return " - ".join(f"{kind} {end}" for kind, end in ends.items() if end != "") or "of nothing"


def entity_name(message: Any) -> str:
    """Return the kind and the number of the entity, such as `component 17`.

    A message that is no entity is the reply that holds some.
    """
    name = _NAMES.get(type(message))
    return name(message) if name else "reply"
