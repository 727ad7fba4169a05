"""The component graph of a site, for the rules of `topology`."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

from frequenz.api.common.v1alpha8.microgrid import lifetime_pb2

from .._wire.time import read_lifetime
from ..electrical_component import ElectricalComponentCategory
from ..findings._rules import Fault
from ..topology._check import check_graph
from ..topology._checked_site import Link, Node, SubjectFault
from ..topology._kinds import Kind, kind_of
from ..topology._periods import Periods, periods_of
from ._inventory import Site

_INVERTER: Final = ElectricalComponentCategory.INVERTER.value


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
    category = component.category
    if category != _INVERTER:
        return kind_of(category)
    return kind_of(category, component.category_specific_info.inverter.type)


def _life(message: Any) -> Periods | None:
    return _periods(message.operational_lifetime.SerializeToString())


@lru_cache(maxsize=1_000)  # a fleet has the same lifetimes again and again
def _periods(lifetime: bytes) -> Periods | None:
    found: list[Fault] = []
    read = read_lifetime(lifetime_pb2.Lifetime.FromString(lifetime), found)
    return None if found else periods_of(read)
