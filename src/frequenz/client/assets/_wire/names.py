"""What to call the entity that a message describes."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from frequenz.api.common.v1alpha8.microgrid import microgrid_pb2
from frequenz.api.common.v1alpha8.microgrid.electrical_components import electrical_components_pb2

_NAMES: Final[Mapping[type[Any], Callable[[Any], str]]] = {
    microgrid_pb2.Microgrid: lambda message: f"microgrid {message.id}",
    electrical_components_pb2.ElectricalComponent: lambda message: f"component {message.id}",
    electrical_components_pb2.ElectricalComponentConnection: lambda message: (
        f"connection {message.source_electrical_component_id}"
        f" -> {message.destination_electrical_component_id}"
    ),
}


def entity_name(message: Any) -> str:
    """Return the kind and the number of the entity, such as `component 17`."""
    name = _NAMES.get(type(message))
    return name(message) if name else type(message).__name__
