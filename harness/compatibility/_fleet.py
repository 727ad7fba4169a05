"""The fleet that is served: the demo's, and the market's."""

from typing import Final

from frequenz.client.assets import inventory
from frequenz.client.assets.inventory import Inventory
from frequenz.server.assets.demo import FLEETS

from ._market import market_fleet

FAULTY: Final = 203
"""The microgrid of the demo in which everything is wrong that can be wrong."""

HALF_INACTIVE: Final = 202
"""The microgrid of the demo of which a component is inactive."""

INACTIVE: Final = 12
"""The component that is inactive."""


def whole_fleet() -> Inventory:
    """Return everything that is served."""
    return Inventory.joined((*map(inventory.read, FLEETS), market_fleet()))
