"""An object of each class of the model, with every field set."""

from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from frequenz.client.common.microgrid import EnterpriseId, MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId
from frequenz.client.common.microgrid.sensors import SensorId

from frequenz.client import assets
from frequenz.client.assets import (
    BalancingGroup,
    DeliveryArea,
    DeliveryDuration,
    EnergyMarketCodeType,
    Gridpool,
    GridpoolEnergySchedule,
    GridpoolEnergyScheduleDirection,
    GridpoolEnergyScheduleTimeSeriesEntry,
    Interval,
    Lifetime,
    Location,
    MarketLocationId,
    MarketLocationIdType,
    MarketLocationRef,
    MarketParticipation,
    MarketParticipationType,
    MarketTopologyRelation,
    Microgrid,
    MicrogridStatus,
    Sensor,
    electrical_component,
)
from frequenz.client.assets.electrical_component import (
    ComponentConnection,
    ElectricalComponent,
    ElectricalComponentOperationalMode,
)
from frequenz.client.assets.electrical_component._mismatched import MISMATCHED
from frequenz.client.assets.metrics import Bounds, Metric

ComponentT = TypeVar("ComponentT", bound=ElectricalComponent)

UNKNOWN: Final = 999
"""A number that is in none of the API's enums."""

LIFETIME: Final = Lifetime(
    start=datetime(2023, 4, 5, 6, 7, 8, 901234, tzinfo=UTC),
    end=datetime(2043, 2, 1, 23, 59, 59, 999999, tzinfo=UTC),
)
BOUNDS: Final = {
    Metric.AC_POWER_ACTIVE: Bounds(lower=-5000.0, upper=7500.0),
    Metric.AC_CURRENT: Bounds(upper=32.0),
}

_COMPONENT: Final[dict[str, Any]] = {
    "id": ElectricalComponentId(17),
    "microgrid_id": MicrogridId(4),
    "name": "Hall 3",
    "manufacturer": "Acme",
    "model_name": "X-100",
    "model": "Acme X-100 rev. B",
    "operational_lifetime": LIFETIME,
    "rated_bounds": BOUNDS,
    "operational_mode": ElectricalComponentOperationalMode.CONTROL_AND_TELEMETRY,
    "rated_fuse_current": 63,
    "primary_power": 20000.0,
    "secondary_power": 400.0,
}

AREA: Final = DeliveryArea(code="10YDE-VE-------2", code_type=EnergyMarketCodeType.EUROPE_EIC)
INTERVAL: Final = Interval(
    start=datetime(2024, 3, 1, 0, 0, 0, 1, tzinfo=UTC),
    end=datetime(2024, 4, 1, 0, 0, 0, 2, tzinfo=UTC),
)

_OTHERS: Final[dict[type, dict[str, Any]]] = {
    BalancingGroup: {"code": AREA.code, "code_type": AREA.code_type},
    ComponentConnection: {
        "source": ElectricalComponentId(1),
        "destination": ElectricalComponentId(2),
        "operational_lifetime": LIFETIME,
    },
    Gridpool: {"id": 3, "name": "North"},
    GridpoolEnergySchedule: {
        "gridpool_id": 3,
        "schedule_id": 5,
        "name": "Base",
        "counterparty_balancing_group": BalancingGroup(code=AREA.code, code_type=AREA.code_type),
        "counterparty_delivery_area": AREA,
        "frequenz_delivery_area": AREA,
        "direction": GridpoolEnergyScheduleDirection.IMPORT,
        "validity_period": INTERVAL,
        "cancel_time": datetime(2024, 3, 5, 0, 0, 0, 7, tzinfo=UTC),
        "delivery_duration": DeliveryDuration.MINUTES_15,
        "time_series": (
            GridpoolEnergyScheduleTimeSeriesEntry(start_time=INTERVAL.start, active_power_w=1.5),
        ),
    },
    GridpoolEnergyScheduleTimeSeriesEntry: {"start_time": INTERVAL.start, "active_power_w": 1.5},
    Interval: {"start": INTERVAL.start, "end": INTERVAL.end},
    Lifetime: {"start": LIFETIME.start, "end": LIFETIME.end},
    Location: {"latitude": 52.5, "longitude": 13.25, "country_code": "DE"},
    MarketLocationId: {"value": "50012345678", "type": MarketLocationIdType.MALO_ID},
    MarketLocationRef: {
        "market_area": 101,
        "market_location_id": MarketLocationId(
            value="50012345678", type=MarketLocationIdType.MALO_ID
        ),
    },
    MarketParticipation: {
        "type": MarketParticipationType.ENERGY_TRADING,
        "validity_period": INTERVAL,
    },
    MarketTopologyRelation: {
        "microgrid_id": MicrogridId(4),
        "market_location_ref": MarketLocationRef(
            market_area=101,
            market_location_id=MarketLocationId(
                value="50012345678", type=MarketLocationIdType.MALO_ID
            ),
        ),
        "gridpool_id": 3,
        "delivery_area": AREA,
        "participations": (
            MarketParticipation(
                type=MarketParticipationType.FLEX_MARKETS, validity_period=INTERVAL
            ),
        ),
    },
    Microgrid: {
        "id": MicrogridId(4),
        "enterprise_id": EnterpriseId(2),
        "name": "Depot",
        "delivery_area": AREA,
        "location": Location(latitude=52.5, longitude=13.25, country_code="DE"),
        "status": MicrogridStatus.ACTIVE,
        "create_timestamp": datetime(2022, 1, 2, 3, 4, 5, 678901, tzinfo=UTC),
    },
    Sensor: {
        "id": SensorId(8),
        "microgrid_id": MicrogridId(4),
        "name": "Roof",
        "manufacturer": "Acme",
        "model_name": "T-1",
        "model": "Acme T-1 outdoor",
        "operational_lifetime": LIFETIME,
    },
}


def component_classes() -> list[type[ElectricalComponent]]:
    """Return all classes of components that can be instantiated, including private ones."""
    return [cls for cls in model_classes() if issubclass(cls, ElectricalComponent)]


def model_classes() -> list[type[Any]]:
    """Return all classes of the model that can be instantiated."""
    public = {
        value
        for package in (assets, electrical_component)
        for value in (getattr(package, name) for name in package.__all__)
        if isinstance(value, type)
        and is_dataclass(value)
        and value.__module__.startswith(assets.__name__)
        and value.__module__ != assets.CallPolicy.__module__
        and not value.__dict__.get("_is_abstract", False)
    }
    return sorted(public | set(MISMATCHED.values()), key=lambda cls: cls.__name__)


def component(cls: type[ComponentT], **changes: Any) -> ComponentT:
    """Return a component with every field set, some of them changed."""
    values = {
        field.name: _COMPONENT[field.name] for field in fields(cls) if field.name in _COMPONENT
    }
    unknown = {
        field.name: UNKNOWN
        for field in fields(cls)
        if field.name in ("category", "type") and field.default is MISSING
    }
    return cls(**{**values, **unknown, **changes})


def example(cls: type[Any], **changes: Any) -> Any:
    """Return an object of a model class with every field set, some of them changed."""
    if issubclass(cls, ElectricalComponent):
        return component(cls, **changes)
    return cls(**{**_OTHERS[cls], **changes})


def microgrid(**changes: Any) -> Microgrid:
    """Return a microgrid with every field set, some of them changed."""
    instance: Microgrid = example(Microgrid, **changes)
    return instance
