"""Whole inventories for the tests of this folder."""

from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from frequenz.client.assets.inventory import Inventory

from ..inventory_messages import any_inventory
from ..market_messages import any_fleet

any_whole: Final[SearchStrategy[Inventory]] = st.builds(
    lambda sites, market: Inventory.joined([sites, market]), any_inventory(), any_fleet()
)
"""Any inventory that the wire can carry, with sites, sensors and the market."""
