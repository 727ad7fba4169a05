"""A client of the Assets API: what there is in a fleet of microgrids."""

from typing import TYPE_CHECKING, Final

from ._lazy import opening

if TYPE_CHECKING:
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

_PLACES: Final = {
    "AssetsApiClient": "._client",
    "BalancingGroup": "._market",
    "CallPolicy": "._policy",
    "DeliveryArea": "frequenz.client.common.grid",
    "DeliveryDuration": "._market",
    "EnergyMarketCodeType": "frequenz.client.common.grid",
    "Gridpool": "._market",
    "GridpoolEnergySchedule": "._market",
    "GridpoolEnergyScheduleDirection": "._market",
    "GridpoolEnergyScheduleTimeSeriesEntry": "._market",
    "Interval": "._time",
    "Lifetime": "._time",
    "Location": "._microgrid",
    "MarketLocationId": "._market",
    "MarketLocationIdType": "._market",
    "MarketLocationRef": "._market",
    "MarketParticipation": "._market",
    "MarketParticipationType": "._market",
    "MarketTopologyRelation": "._market",
    "Microgrid": "._microgrid",
    "MicrogridStatus": "._microgrid",
    "RetryBudget": "._policy",
    "Sensor": "._sensor",
    "Transport": "._policy",
}

if not TYPE_CHECKING:  # which would take any name for one of this package
    # Whoever starts `assets-cli`, or reads a file, imports no gRPC on the way.
    __getattr__, __dir__ = opening(
        globals(),
        _PLACES,
        rooms=("electrical_component", "exceptions", "findings", "inventory", "metrics"),
    )

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
