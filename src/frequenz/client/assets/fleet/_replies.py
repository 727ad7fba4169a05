"""What servers reply about sites and their market: the common source of objects and tables.

Each reply keeps its bytes and makes its message when needed, so that a table is made of bytes and
an inventory of messages without the other.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from frequenz.api.common.v1alpha8.microgrid import microgrid_pb2
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2

from .._wire.reply import Reply
from ..inventory import Inventory, Site


class SiteReplies(NamedTuple):
    """What a server has of a microgrid."""

    microgrid_id: int
    """The ID that was requested; the messages may have another one."""

    microgrid: Reply
    """A Microgrid message."""

    components: Reply | None
    """A ListMicrogridElectricalComponentsResponse; this and the next are None if not requested."""

    connections: Reply | None
    """A ListMicrogridElectricalComponentConnectionsResponse."""

    sensors: Reply | None
    """A ListMicrogridSensorsResponse; None also if the server does not offer the call."""

    @classmethod
    def of(cls, site: Site) -> "SiteReplies":
        """Return the replies about a site of an inventory."""
        microgrid_id = site.microgrid.id
        return cls(
            microgrid_id,
            Reply.of(site.microgrid),
            Reply.of(
                platformassets_pb2.ListMicrogridElectricalComponentsResponse(
                    microgrid_id=microgrid_id, components=site.components
                )
            ),
            Reply.of(
                platformassets_pb2.ListMicrogridElectricalComponentConnectionsResponse(
                    microgrid_id=microgrid_id, connections=site.connections
                )
            ),
            Reply.of(
                platformassets_pb2.ListMicrogridSensorsResponse(
                    microgrid_id=microgrid_id, sensors=site.sensors
                )
            ),
        )

    def with_all_lists(self) -> "SiteReplies":
        """Return the replies with empty lists for those that were not fetched."""
        empty = self.of(Site(microgrid_pb2.Microgrid(id=self.microgrid_id)))
        return self._replace(
            components=self.components or empty.components,
            connections=self.connections or empty.connections,
        )

    def messages(self) -> Site:
        """Return the site with its messages; lists that were not requested are empty.

        Raises:
            DecodeError: If the bytes of a reply are invalid.
        """
        return Site(
            self.microgrid.message,
            _items(self.components, "components"),
            _items(self.connections, "connections"),
            _items(self.sensors, "sensors"),
        )


class MarketReplies(NamedTuple):
    """What a server has of the market; None for calls not made, failed or not offered."""

    gridpools: Reply | None
    """A ListGridpoolsResponse."""

    energy_schedules: tuple[Reply, ...] | None
    """A ListGridpoolEnergySchedulesResponse for each gridpool."""

    market_topology: Reply | None
    """A ListMarketTopologyRelationsResponse."""

    @classmethod
    def of(cls, inventory: Inventory) -> "MarketReplies":
        """Return the replies about the market of an inventory."""
        return cls(
            Reply.of(platformassets_pb2.ListGridpoolsResponse(gridpools=inventory.gridpools)),
            (
                Reply.of(
                    platformassets_pb2.ListGridpoolEnergySchedulesResponse(
                        schedules=inventory.energy_schedules
                    )
                ),
            ),
            Reply.of(
                platformassets_pb2.ListMarketTopologyRelationsResponse(
                    relations=inventory.market_topology
                )
            ),
        )


def to_inventory(sites: Iterable[SiteReplies], market: MarketReplies) -> Inventory:
    """Return the inventory with some sites and their market.

    Raises:
        DecodeError: If the bytes of a reply are invalid.
    """
    schedules = market.energy_schedules or ()
    return Inventory(
        tuple(site.messages() for site in sites),
        _items(market.gridpools, "gridpools"),
        tuple(item for reply in schedules for item in _items(reply, "schedules")),
        _items(market.market_topology, "relations"),
    )


def _items(reply: Reply | None, field: str) -> tuple[Any, ...]:
    return () if reply is None else tuple(getattr(reply.message, field))
