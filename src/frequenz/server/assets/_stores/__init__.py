"""Where a server keeps its inventory."""

from collections.abc import Sequence
from typing import Protocol

from frequenz.api.platformassets.v1alpha1 import platformassets_pb2

from frequenz.client.assets.inventory import Inventory


class Store(Protocol):
    """An inventory that can be asked for parts of it.

    Each question is the request of the API; entities come as their serialized messages, in the
    inventory's order.
    """

    async def replace(self, inventory: Inventory) -> None:
        """Take an inventory in place of what is there: as a whole or, on an error, not at all."""

    async def microgrid(self, microgrid_id: int) -> bytes | None:
        """Return a microgrid, or None where there is none."""

    async def microgrids(
        self, request: platformassets_pb2.ListMicrogridsRequest
    ) -> Sequence[bytes]:
        """Return microgrids."""

    async def components(
        self, request: platformassets_pb2.ListMicrogridElectricalComponentsRequest
    ) -> Sequence[bytes] | None:
        """Return components of a microgrid, or None where there is no such microgrid."""

    async def connections(
        self, request: platformassets_pb2.ListMicrogridElectricalComponentConnectionsRequest
    ) -> Sequence[bytes] | None:
        """Return connections of a microgrid, or None where there is no such microgrid."""

    async def sensors(
        self, request: platformassets_pb2.ListMicrogridSensorsRequest
    ) -> Sequence[bytes] | None:
        """Return sensors of a microgrid, or None where there is no such microgrid."""

    async def gridpools(self, request: platformassets_pb2.ListGridpoolsRequest) -> Sequence[bytes]:
        """Return gridpools."""

    async def energy_schedules(
        self, request: platformassets_pb2.ListGridpoolEnergySchedulesRequest
    ) -> Sequence[bytes]:
        """Return energy schedules of a gridpool."""

    async def relations(
        self, request: platformassets_pb2.ListMarketTopologyRelationsRequest
    ) -> Sequence[bytes]:
        """Return market topology relations."""

    async def close(self) -> None:
        """Let go of everything that the store holds."""
