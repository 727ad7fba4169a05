"""A client of the Assets API: what there is in a fleet of microgrids."""

from frequenz.client.common.grid import DeliveryArea, EnergyMarketCodeType

from ._client import AssetsApiClient
from ._microgrid import Location, Microgrid, MicrogridStatus
from ._time import Lifetime

__all__ = [
    "AssetsApiClient",
    "DeliveryArea",
    "EnergyMarketCodeType",
    "Lifetime",
    "Location",
    "Microgrid",
    "MicrogridStatus",
]
