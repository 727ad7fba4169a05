"""The fleet that is served: that of the demo, and that of the market."""

from typing import Final

from frequenz.client.assets import inventory
from frequenz.client.assets.inventory import Inventory
from frequenz.server.assets.demo import FLEETS

from ._market import market_fleet

FAULTY: Final = 203
"""The microgrid of the demo with all kinds of faults."""

HALF_INACTIVE: Final = 202
"""The microgrid of the demo with an inactive component."""

INACTIVE: Final = 12
"""The inactive component."""


def whole_fleet() -> Inventory:
    """Return both fleets as one."""
    return Inventory.joined((*map(inventory.read, FLEETS), market_fleet()))
