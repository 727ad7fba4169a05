"""The names of market areas: the API has them, the model has numbers only."""

from functools import cache


def market_area(number: int) -> str | int:
    """Return the name of a market area, or the number of one that has no name here."""
    return _names().get(number, number)


@cache
def _names() -> dict[int, str]:
    from frequenz.api.common.v1alpha8.market.market_area_pb2 import (  # noqa: PLC0415 - few need it
        MarketArea,
    )

    return {number: name.removeprefix("MARKET_AREA_") for name, number in MarketArea.items()}
