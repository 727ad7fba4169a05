"""The fleet of harnesses that need all kinds of entities."""

from pathlib import Path
from typing import Final

from frequenz.client.assets import inventory
from frequenz.client.assets.inventory import Inventory
from frequenz.server.assets.demo import FLEETS

_MARKET: Final = Path(__file__).with_name("market.yaml")


def whole_fleet() -> Inventory:
    """Return the fleets of the demo, and one with unusual sensors and markets."""
    return inventory.read_all((*FLEETS, _MARKET))
