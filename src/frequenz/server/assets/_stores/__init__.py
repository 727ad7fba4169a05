"""Where a server keeps its inventory."""

from collections.abc import Sequence
from typing import Protocol

from frequenz.client.assets.inventory import Inventory


class Store(Protocol):
    """An inventory that can be asked for parts of it.

    Entities come as their serialized messages, in the inventory's order. In a filter, an entity
    matches if it has one of the numbers; an empty filter lets everything through.
    """

    async def replace(self, inventory: Inventory) -> None:
        """Take an inventory in place of what is there: as a whole or, on an error, not at all."""

    async def microgrid(self, microgrid_id: int) -> bytes | None:
        """Return a microgrid, or None where there is none."""

    async def components(
        self, microgrid_id: int, ids: Sequence[int], categories: Sequence[int]
    ) -> list[bytes] | None:
        """Return the components of a microgrid, or None where there is no such microgrid."""

    async def connections(
        self, microgrid_id: int, sources: Sequence[int], destinations: Sequence[int]
    ) -> list[bytes] | None:
        """Return the connections of a microgrid, or None where there is no such microgrid."""

    async def close(self) -> None:
        """Let go of everything that the store holds."""
