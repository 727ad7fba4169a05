"""What every store can do, whatever its engine."""

from collections.abc import Sequence
from typing import Protocol

from frequenz.api.platformassets.v1alpha1 import platformassets_pb2

from frequenz.client.assets.inventory import Inventory


class StoreError(Exception):
    """A database cannot be used as a store."""


class Store(Protocol):
    """A stored inventory.

    Queries take the API's requests, and return entities as serialized messages in the order of the
    inventory. Lists have no microgrid or gridpool with the ID 0: no other request can name it.
    """

    async def replace(self, inventory: Inventory) -> None:
        """Replace what is stored by an inventory; on an error, keep it unchanged.

        Raises:
            StoreError: If the inventory cannot be stored.
        """

    async def microgrid(self, microgrid_id: int) -> bytes | None:
        """Return a microgrid, the first one with the ID, or None if it does not exist."""

    async def microgrids(
        self, request: platformassets_pb2.ListMicrogridsRequest
    ) -> Sequence[bytes]:
        """Return microgrids."""

    async def components(
        self, request: platformassets_pb2.ListMicrogridElectricalComponentsRequest
    ) -> Sequence[bytes] | None:
        """Return components of a microgrid, or None if the microgrid does not exist."""

    async def connections(
        self, request: platformassets_pb2.ListMicrogridElectricalComponentConnectionsRequest
    ) -> Sequence[bytes] | None:
        """Return connections of a microgrid, or None if the microgrid does not exist."""

    async def sensors(
        self, request: platformassets_pb2.ListMicrogridSensorsRequest
    ) -> Sequence[bytes] | None:
        """Return sensors of a microgrid, or None if the microgrid does not exist."""

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

    def revision(self) -> object:
        """Return what is different once the content has changed, and equal until then."""

    async def close(self) -> None:
        """Finish the queries under way, and close the database."""
