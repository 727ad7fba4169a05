"""The names of market areas: the API has them, the model has numbers only."""

from functools import cache
from typing import TYPE_CHECKING

from ..._lazy import lazy_module

if TYPE_CHECKING:
    from frequenz.api.common.v1alpha8.market import market_area_pb2
else:
    market_area_pb2 = lazy_module(
        "frequenz.api.common.v1alpha8.market.market_area_pb2", __package__
    )


@cache
def market_area_name(number: int) -> str | int:
    """Return the name of a market area; the number if it is unknown."""
    names: dict[int, str] = {value: name for name, value in market_area_pb2.MarketArea.items()}
    return names[number].removeprefix("MARKET_AREA_") if number in names else number
