"""A small fleet with what the demo does not have: sensors, gridpools and their market."""

from collections.abc import Sequence
from typing import Any, Final, TypeVar

from frequenz.api.common.v1alpha8.gridpool.gridpool_pb2 import Gridpool
from frequenz.api.common.v1alpha8.microgrid.electrical_components.electrical_components_pb2 import (
    ElectricalComponent,
    ElectricalComponentConnection,
)
from frequenz.api.common.v1alpha8.microgrid.microgrid_pb2 import Microgrid
from frequenz.api.common.v1alpha8.microgrid.sensors.sensors_pb2 import Sensor
from frequenz.api.platformassets.v1alpha1.platformassets_pb2 import (
    GridpoolEnergySchedule,
    MarketTopologyRelation,
)
from google.protobuf.json_format import ParseDict
from google.protobuf.message import Message

from frequenz.client.assets.inventory import Inventory, Site

MessageT = TypeVar("MessageT", bound=Message)
Described = dict[str, Any]
"""A message as JSON."""

EIC: Final = 1
NERC: Final = 2
UNKNOWN: Final = 77
"""A number that is not a member of any enum of the API."""

GERMAN: Final = "10YDE-VE-------2"
DUTCH: Final = "10YNL----------L"

_YEAR: Final = {"start_time": "2026-01-01T00:00:00Z", "end_time": "2027-01-01T00:00:00Z"}
_SINCE_2025: Final = {"start_timestamp": "2025-04-01T06:30:00Z"}

_HARBOUR: Final[Described] = {
    "id": 301,
    "enterprise_id": 7,
    "name": "Hafen Süd",
    "status": "MICROGRID_STATUS_ACTIVE",
    "delivery_area": {"code": GERMAN, "code_type": EIC},
    "location": {"latitude": 53.5, "longitude": 9.75, "country_code": "DE"},
    "create_timestamp": "2025-04-01T06:30:00.250Z",
}
_MILL: Final[Described] = {
    "id": 302,
    "enterprise_id": 7,
    "name": "Mill",
    "status": "MICROGRID_STATUS_INACTIVE",
    "delivery_area": {"code": DUTCH, "code_type": EIC},
    "location": {"latitude": 52.0, "longitude": 4.5, "country_code": "NL"},
    "create_timestamp": "2025-05-01T00:00:00Z",
}
_FIELD: Final[Described] = {**_MILL, "id": 303, "name": "Empty field"}

_COMPONENTS: Final[Sequence[Described]] = (
    {
        "id": 1,
        "microgrid_id": 301,
        "name": "Grid connection",
        "category": "ELECTRICAL_COMPONENT_CATEGORY_GRID_CONNECTION_POINT",
        "category_specific_info": {"grid_connection_point": {"rated_fuse_current": 250}},
        "operational_lifetime": _SINCE_2025,
        "operational_mode": "ELECTRICAL_COMPONENT_OPERATIONAL_MODE_TELEMETRY_ONLY",
    },
    {
        "id": 2,
        "microgrid_id": 301,
        "name": "Crane meter",
        "category": "ELECTRICAL_COMPONENT_CATEGORY_METER",
        "operational_lifetime": _SINCE_2025,
        "operational_mode": "ELECTRICAL_COMPONENT_OPERATIONAL_MODE_TELEMETRY_ONLY",
    },
)
_CONNECTIONS: Final[Sequence[Described]] = (
    {
        "source_electrical_component_id": 1,
        "destination_electrical_component_id": 2,
        "operational_lifetime": _SINCE_2025,
    },
)
_HARBOUR_SENSORS: Final[Sequence[Described]] = (
    {
        "id": 1,
        "microgrid_id": 301,
        "name": "Thermometer",
        "manufacturer": "Wetter",
        "model_name": "T 1",
        "operational_lifetime": {**_SINCE_2025, "end_timestamp": "2026-04-01T00:00:00Z"},
    },
    {"id": 5, "microgrid_id": 301, "name": "Anemometer", "model": "Wetter W 2"},
    {"id": 3, "microgrid_id": 301, "operational_lifetime": _SINCE_2025},
)
_MILL_SENSORS: Final[Sequence[Described]] = ({"id": 1, "microgrid_id": 302, "name": "Gauge"},)

_GRIDPOOLS: Final[Sequence[Described]] = (
    {"id": 1, "name": "North"},
    {"id": 2, "name": "Süd"},
    {"id": 2**63 + 3},
)

_SCHEDULES: Final[Sequence[Described]] = (
    {
        "gridpool_id": 1,
        "schedule_id": 11,
        "name": "Baseload",
        "counterparty_balancing_group": {"code": "11XSUPPLIER----4", "code_type": EIC},
        "counterparty_delivery_area": {"code": DUTCH, "code_type": EIC},
        "frequenz_delivery_area": {"code": GERMAN, "code_type": EIC},
        "direction": "GRIDPOOL_ENERGY_SCHEDULE_DIRECTION_IMPORT",
        "validity_period": {
            "start_time": "2026-01-01T00:00:00Z",
            "end_time": "2026-02-01T00:00:00Z",
        },
        "delivery_duration": "DELIVERY_DURATION_15",
        "time_series": [
            {"start_time": "2026-01-01T00:00:00Z", "active_power_w": 1000.5},
            {"start_time": "2026-01-01T00:15:00Z", "active_power_w": 2000.0},
            {"start_time": "2026-01-01T00:30:00Z", "active_power_w": -3000.0},
        ],
    },
    {
        "gridpool_id": 1,
        "schedule_id": 12,
        "name": "Sold and cancelled",
        "direction": "GRIDPOOL_ENERGY_SCHEDULE_DIRECTION_EXPORT",
        "validity_period": {
            "start_time": "2026-01-01T00:00:00Z",
            "end_time": "2026-03-01T00:00:00Z",
        },
        "cancel_time": "2026-01-15T00:00:00Z",
        "delivery_duration": "DELIVERY_DURATION_60",
        "time_series": [
            {"start_time": "2026-01-01T00:00:00Z", "active_power_w": 4000.0},
            {"start_time": "2026-01-01T01:00:00Z", "active_power_w": 0.0},
        ],
    },
    {
        "gridpool_id": 1,
        "schedule_id": 13,
        "name": "From February on, without a duration",
        "direction": "GRIDPOOL_ENERGY_SCHEDULE_DIRECTION_IMPORT",
        "validity_period": {"start_time": "2026-02-01T00:00:00Z"},
        "time_series": [{"start_time": "2026-01-01T00:15:00Z", "active_power_w": 5000.0}],
    },
    {
        "gridpool_id": 1,
        "schedule_id": 14,
        "name": "From the future",
        "direction": UNKNOWN,
        "validity_period": _YEAR,
        "delivery_duration": UNKNOWN,
    },
    {
        "gridpool_id": 2,
        "schedule_id": 11,
        "name": "The same number, another gridpool",
        "direction": "GRIDPOOL_ENERGY_SCHEDULE_DIRECTION_EXPORT",
        "validity_period": _YEAR,
        "delivery_duration": "DELIVERY_DURATION_5",
    },
)


def _location(area: str, kind: str, value: str) -> Described:
    return {
        "market_area": f"MARKET_AREA_{area}",
        "market_location_id": {
            "id": {"value": value},
            "type": f"MARKET_LOCATION_ID_TYPE_{kind}",
        },
    }


_TRADING: Final = "MARKET_PARTICIPATION_TYPE_ENERGY_TRADING"
_FLEX: Final = "MARKET_PARTICIPATION_TYPE_FLEX_MARKETS"

_RELATIONS: Final[Sequence[Described]] = (
    {
        "gridpool_id": 1,
        "microgrid_id": 301,
        "market_location_ref": _location("EU_DE", "MALO_ID", "50696661510"),
        "delivery_area": {"code": GERMAN, "code_type": EIC},
        "participations": [{"type": _TRADING, "validity_period": _YEAR}],
    },
    {
        "gridpool_id": 1,
        "microgrid_id": 302,
        "delivery_area": {"code": DUTCH, "code_type": EIC},
        "participations": [{"type": _FLEX}, {"type": UNKNOWN, "validity_period": {}}],
    },
    {
        "gridpool_id": 2,
        "microgrid_id": 301,
        "market_location_ref": _location("EU_DE", "MALO_ID", "10208446344"),
        "delivery_area": {"code": GERMAN, "code_type": EIC},
        "participations": [
            {"type": _TRADING, "validity_period": {"start_time": "2026-03-01T00:00:00Z"}},
            {"type": _FLEX, "validity_period": {"end_time": "2026-03-01T00:00:00Z"}},
        ],
    },
    {
        "microgrid_id": 302,
        "market_location_ref": _location("EU_NL", "EAN", "871687110000000017"),
    },
    {
        "gridpool_id": 2,
        "market_location_ref": _location("EU_UK", "MPAN", "18 1066 1234 567 8901 234"),
        "delivery_area": {"code": GERMAN, "code_type": NERC},
    },
)


def market_fleet() -> Inventory:
    """Return the fleet."""
    harbour = Site(
        ParseDict(_HARBOUR, Microgrid()),
        _parsed(_COMPONENTS, ElectricalComponent),
        _parsed(_CONNECTIONS, ElectricalComponentConnection),
        _parsed(_HARBOUR_SENSORS, Sensor),
    )
    mill = Site(ParseDict(_MILL, Microgrid()), sensors=_parsed(_MILL_SENSORS, Sensor))
    return Inventory(
        (harbour, mill, Site(ParseDict(_FIELD, Microgrid()))),
        _parsed(_GRIDPOOLS, Gridpool),
        _parsed(_SCHEDULES, GridpoolEnergySchedule),
        _parsed(_RELATIONS, MarketTopologyRelation),
    )


def _parsed(described: Sequence[Described], kind: type[MessageT]) -> tuple[MessageT, ...]:
    return tuple(ParseDict(one, kind()) for one in described)
