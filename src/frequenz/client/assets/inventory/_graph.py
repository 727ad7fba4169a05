"""The component graph of a site, for the rules of `topology`."""

from collections.abc import Iterator
from typing import Any

from .._wire.time import lifetime_or_none
from ..electrical_component import ElectricalComponentCategory
from ..topology._check import check_graph
from ..topology._checked_site import Link, Node, SubjectFault
from ..topology._kinds import Kind, kind_of
from ..topology._periods import Periods, periods_of
from ._inventory import Site


def check_site_graph(site: Site) -> Iterator[SubjectFault]:
    """Find what is wrong with the graph of a site's components and connections.

    A fault belongs to the message of the microgrid, of a component or of a connection.
    """
    nodes = [
        Node(
            component.id,
            _kind(component),
            (life := _life(component)),
            component,
            life is not None and component.HasField("operational_lifetime"),
        )
        for component in site.components
    ]
    links = [
        Link(
            connection.source_electrical_component_id,
            connection.destination_electrical_component_id,
            _life(connection),
            connection,
        )
        for connection in site.connections
    ]
    return check_graph(site.microgrid, nodes, links)


def _kind(component: Any) -> Kind:
    if component.category != ElectricalComponentCategory.INVERTER.value:
        return kind_of(component.category)
    return kind_of(component.category, component.category_specific_info.inverter.type)


def _life(message: Any) -> Periods | None:
    lifetime = lifetime_or_none(message)
    return None if lifetime is None else periods_of(lifetime)
