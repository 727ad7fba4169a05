"""A client of the Assets API: what there is in a fleet of microgrids."""

from frequenz.client.common.grid import DeliveryArea, EnergyMarketCodeType

from ._client import AssetsApiClient
from ._market import (
    BalancingGroup,
    DeliveryDuration,
    Gridpool,
    GridpoolEnergySchedule,
    GridpoolEnergyScheduleDirection,
    GridpoolEnergyScheduleTimeSeriesEntry,
    MarketLocationId,
    MarketLocationIdType,
    MarketLocationRef,
    MarketParticipation,
    MarketParticipationType,
    MarketTopologyRelation,
)
from ._microgrid import Location, Microgrid, MicrogridStatus
from ._policy import CallPolicy, RetryBudget, Transport
from ._sensor import Sensor
from ._time import Interval, Lifetime

__all__ = [
    "AssetsApiClient",
    "BalancingGroup",
    "CallPolicy",
    "DeliveryArea",
    "DeliveryDuration",
    "EnergyMarketCodeType",
    "Gridpool",
    "GridpoolEnergySchedule",
    "GridpoolEnergyScheduleDirection",
    "GridpoolEnergyScheduleTimeSeriesEntry",
    "Interval",
    "Lifetime",
    "Location",
    "MarketLocationId",
    "MarketLocationIdType",
    "MarketLocationRef",
    "MarketParticipation",
    "MarketParticipationType",
    "MarketTopologyRelation",
    "Microgrid",
    "MicrogridStatus",
    "RetryBudget",
    "Sensor",
    "Transport",
]
