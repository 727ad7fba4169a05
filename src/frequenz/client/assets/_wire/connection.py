"""Connections between electrical components: the plain way, as with components."""

from typing import TypeAlias

from frequenz.api.common.v1alpha8.microgrid.electrical_components import electrical_components_pb2
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId

from ..electrical_component import ComponentConnection
from ..findings._rules import Fault, Rule
from .time import decode_lifetime, encode_lifetime

ConnectionMessage: TypeAlias = electrical_components_pb2.ElectricalComponentConnection


def decode_connection(message: ConnectionMessage, found: list[Fault]) -> ComponentConnection | None:
    """Return the connection as far as it can be read; None if it connects a component to itself."""
    source = message.source_electrical_component_id
    destination = message.destination_electrical_component_id
    lifetime = decode_lifetime(message, found)
    if not source:
        found.append(Rule.ID_ZERO.at("source"))
    if not destination:
        found.append(Rule.ID_ZERO.at("destination"))
    if source == destination:
        found.append(Rule.CONNECTION_TO_ITSELF.at("destination", number=source))
        return None
    return ComponentConnection(
        source=ElectricalComponentId(source),
        destination=ElectricalComponentId(destination),
        operational_lifetime=lifetime,
    )


def encode_connection(connection: ComponentConnection) -> ConnectionMessage:
    """Return the message for a connection."""
    return ConnectionMessage(
        source_electrical_component_id=int(connection.source),
        destination_electrical_component_id=int(connection.destination),
        operational_lifetime=encode_lifetime(connection.operational_lifetime),
    )
