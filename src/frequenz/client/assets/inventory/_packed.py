"""Parts of an inventory whose sites are replies of the API.

A reply has its messages in one piece of memory, and makes no Python object of a message before that
is asked for: most of what reads a fleet needs its bytes or its columns only.
"""

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any, Final, NamedTuple

from frequenz.api.common.v1alpha8.gridpool import gridpool_pb2
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2

from ._inventory import Inventory, Site

REPLIES: Final[Mapping[str, type[Any]]] = {
    "components": platformassets_pb2.ListMicrogridElectricalComponentsResponse,
    "connections": platformassets_pb2.ListMicrogridElectricalComponentConnectionsResponse,
    "sensors": platformassets_pb2.ListMicrogridSensorsResponse,
}
"""A list of a site -> the reply with such a list, which has the same name there."""


class PackedSite(NamedTuple):
    """A microgrid, and a reply with each of its lists."""

    microgrid: Any
    components: Any
    connections: Any
    sensors: Any

    @classmethod
    def of(cls, site: Site) -> "PackedSite":
        """Return a site packed."""
        lists = (reply(**{key: getattr(site, key)}) for key, reply in REPLIES.items())
        return cls(site.microgrid, *lists)

    def unpacked(self) -> Site:
        """Return the site."""
        return Site(self.microgrid, *(tuple(getattr(getattr(self, key), key)) for key in REPLIES))


class Packed(NamedTuple):
    """An inventory, or a part of one, with packed sites; the fields are those of an inventory."""

    sites: tuple[PackedSite, ...] = ()
    gridpools: tuple[gridpool_pb2.Gridpool, ...] = ()
    energy_schedules: tuple[platformassets_pb2.GridpoolEnergySchedule, ...] = ()
    market_topology: tuple[platformassets_pb2.MarketTopologyRelation, ...] = ()

    @classmethod
    def of(cls, inventory: Inventory) -> "Packed":
        """Return an inventory packed."""
        return cls(
            tuple(map(PackedSite.of, inventory.sites)),
            inventory.gridpools,
            inventory.energy_schedules,
            inventory.market_topology,
        )

    @property
    def size(self) -> int:
        """How many entities there are."""
        in_sites = (getattr(getattr(site, key), key) for site in self.sites for key in REPLIES)
        return sum(map(len, chain(self, in_sites)))

    @classmethod
    def joined(cls, parts: Iterable["Packed"]) -> "Packed":
        """Return one with everything in several, in order."""
        return cls(
            *(tuple(chain.from_iterable(lists)) for lists in zip(cls(), *parts, strict=True))
        )

    def unpacked(self) -> Inventory:
        """Return the inventory."""
        return Inventory(tuple(site.unpacked() for site in self.sites), *self[1:])
