"""A client of the Assets API: what there is in a fleet of microgrids."""

from typing import TYPE_CHECKING, Final

from ._lazy import lazy_exports

if TYPE_CHECKING:
    from frequenz.client.common.grid import DeliveryArea, EnergyMarketCodeType

    from ._client import AssetsApiClient
    from ._model.market import (
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
    from ._model.microgrid import Location, Microgrid, MicrogridStatus
    from ._model.sensor import Sensor
    from ._model.time import Interval, Lifetime
    from ._transport.policy import CallPolicy, RetryBudget, Transport
    from ._version import __version__ as __version__

_EXPORTS: Final = {
    "AssetsApiClient": "._client",
    "BalancingGroup": "._model.market",
    "CallPolicy": "._transport.policy",
    "DeliveryArea": "frequenz.client.common.grid",
    "DeliveryDuration": "._model.market",
    "EnergyMarketCodeType": "frequenz.client.common.grid",
    "Gridpool": "._model.market",
    "GridpoolEnergySchedule": "._model.market",
    "GridpoolEnergyScheduleDirection": "._model.market",
    "GridpoolEnergyScheduleTimeSeriesEntry": "._model.market",
    "Interval": "._model.time",
    "Lifetime": "._model.time",
    "Location": "._model.microgrid",
    "MarketLocationId": "._model.market",
    "MarketLocationIdType": "._model.market",
    "MarketLocationRef": "._model.market",
    "MarketParticipation": "._model.market",
    "MarketParticipationType": "._model.market",
    "MarketTopologyRelation": "._model.market",
    "Microgrid": "._model.microgrid",
    "MicrogridStatus": "._model.microgrid",
    "RetryBudget": "._transport.policy",
    "Sensor": "._model.sensor",
    "Transport": "._transport.policy",
    "__version__": "._version",
}

if not TYPE_CHECKING:  # which would take any name for one of this package
    # Whoever starts `assets-cli`, or reads a file, imports no gRPC on the way.
    __getattr__, __dir__ = lazy_exports(
        globals(),
        _EXPORTS,
        submodules=(
            "blocking",
            "building",
            "electrical_component",
            "exceptions",
            "findings",
            "fleet",
            "inventory",
            "lists",
            "metrics",
            "networks",
            "testing",
        ),
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
