"""The inventory of a site or a fleet as one value."""

from collections.abc import Iterable
from dataclasses import dataclass

from frequenz.api.common.v1alpha8.microgrid import microgrid_pb2
from frequenz.api.common.v1alpha8.microgrid.electrical_components import electrical_components_pb2


@dataclass(frozen=True, slots=True)
class Site:
    """A microgrid with what it consists of.

    Everything is held as the protobuf messages of the API, so that a site can hold whatever a
    server can send, faults included. An entity belongs to the site that lists it, whatever
    microgrid it names itself.
    """

    microgrid: microgrid_pb2.Microgrid
    components: tuple[electrical_components_pb2.ElectricalComponent, ...] = ()
    connections: tuple[electrical_components_pb2.ElectricalComponentConnection, ...] = ()


@dataclass(frozen=True, slots=True)
class Inventory:
    """The sites of a fleet, in a fixed order."""

    sites: tuple[Site, ...] = ()

    @classmethod
    def joined(cls, inventories: Iterable["Inventory"]) -> "Inventory":
        """Return one inventory of all sites, in order."""
        return cls(tuple(site for inventory in inventories for site in inventory.sites))
