"""The names of market areas: the API has them, the model has numbers only."""

from functools import cache


@cache
def market_area(number: int) -> str | int:
    """Return the name of a market area, or the number of one that has no name here."""
    from frequenz.api.common.v1alpha8.market import (  # noqa: PLC0415 - few ask for it
        market_area_pb2,
    )

    areas = market_area_pb2.MarketArea
    return areas.Name(number).removeprefix("MARKET_AREA_") if number in areas.values() else number
