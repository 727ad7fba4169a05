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
            kind_of_component(component.category, component.category_specific_info),
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


def kind_of_component(category: int, info: Any) -> Kind:
    """Return the kind of a category with its data."""
    return kind_of(category, info.inverter.type if category == _INVERTER else None)


def _life(message: Any) -> Periods | None:
    return life_of(message.operational_lifetime.SerializeToString())


@lru_cache(maxsize=1_000)  # a fleet has the same lifetimes again and again
def life_of(lifetime: bytes) -> Periods | None:
    """Return when something is operational, given the bytes of its lifetime; None if invalid."""
    found: list[Fault] = []
    read = read_lifetime(lifetime_pb2.Lifetime.FromString(lifetime), found)
    return None if found else periods_of(read)
