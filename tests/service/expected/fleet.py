"""The fleet of which the expected texts tell: something of everything, and much of it absent."""

from itertools import count
from typing import Any, Final

from frequenz.api.common.v1alpha8.gridpool import gridpool_pb2
from frequenz.api.common.v1alpha8.microgrid import microgrid_pb2
from frequenz.api.common.v1alpha8.microgrid.electrical_components import electrical_components_pb2
from frequenz.api.common.v1alpha8.microgrid.sensors import sensors_pb2
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2

from frequenz.client.assets.inventory import Inventory, Site

DEPOT: Final = 1
ISLAND: Final = 2
NORTH: Final = 7

# Typed as Any: the generated stubs have a type of their own for the numbers of each enum.
_microgrids: Final[Any] = microgrid_pb2
_components: Final[Any] = electrical_components_pb2
_market: Final[Any] = platformassets_pb2

_START: Final = {"seconds": 1_640_995_200}
_MIDDLE: Final = {"seconds": 1_704_067_200, "nanos": 123_456_000}
_END: Final = {"seconds": 4_102_444_800}
_AREA: Final = {"code": "10YDE-VE-------2", "code_type": 1}

_KINDS: Final[dict[int, list[dict[str, Any]]]] = {
    **{category: [{}] for category in range(20)},
    1: [{"grid_connection_point": {"rated_fuse_current": 630}}, {}],
    3: [{"inverter": {"type": kind}} for kind in (0, 1, 2, 3, 9)],
    5: [{"battery": {"type": kind}} for kind in (0, 1, 2, 9)],
    6: [{"ev_charger": {"type": kind}} for kind in (0, 1, 2, 3, 9)],
    11: [{"power_transformer": {"primary": 20000.0, "secondary": 400.1}}],
    # Of another category than the component, and of a category that there is not.
    2: [{}, {"inverter": {"type": 2}}],
    99: [{}, {"battery": {"type": 1}}],
}
"""The number of a category -> the data of its components."""

_number = count(1)
_OF_KINDS: Final = [
    _components.ElectricalComponent(
        id=next(_number), microgrid_id=DEPOT, category=category, category_specific_info=data
    )
    for category, kinds in sorted(_KINDS.items())
    for data in kinds
]

_COMPLETE: Final = _components.ElectricalComponent(
    id=2**64 - 1,
    microgrid_id=DEPOT,
    name='Zähler "Süd" \\ 日本 😀\n\x7f',
    category=2,
    manufacturer="Ακμή & Söhne",
    model_name="Ж-100 </script>",
    model="not printed by the published command",
    operational_lifetime={"start_timestamp": _START, "end_timestamp": _MIDDLE},
    operational_mode=4,
    metric_config_bounds=[
        {"metric": 3, "config_bounds": {"lower": -5000.1, "upper": 7500.0}},
        {"metric": 1, "config_bounds": {"upper": 1e20}},
        {"metric": 2, "config_bounds": {"lower": 0.0}},
        {"metric": 10, "config_bounds": {}},
        {"metric": 9999, "config_bounds": {"lower": 1e-7, "upper": 16777216.0}},
    ],
)
_SINCE: Final = _components.ElectricalComponent(
    id=1000, category=18, operational_lifetime={"start_timestamp": _MIDDLE}, operational_mode=1
)
_UNTIL: Final = _components.ElectricalComponent(
    id=1001, category=18, operational_lifetime={"end_timestamp": _END}, operational_mode=99
)


def _connection(source: int, destination: int, **lifetime: Any) -> Any:
    return _components.ElectricalComponentConnection(
        source_electrical_component_id=source,
        destination_electrical_component_id=destination,
        operational_lifetime=lifetime,
    )


_SENSORS: Final = (
    sensors_pb2.Sensor(
        id=3,
        microgrid_id=DEPOT,
        name="Dach ☀",
        manufacturer="Acme",
        model_name="T-1",
        model="Acme T-1 außen",
        operational_lifetime=_components.ElectricalComponent(
            operational_lifetime={"start_timestamp": _START, "end_timestamp": _END}
        ).operational_lifetime,
    ),
    sensors_pb2.Sensor(id=4, microgrid_id=DEPOT),
)

_SCHEDULES: Final = (
    _market.GridpoolEnergySchedule(
        gridpool_id=NORTH,
        schedule_id=70,
        name="Grundlast Süd",
        counterparty_balancing_group={"code": "11XRWETRADING--0", "code_type": 1},
        counterparty_delivery_area=_AREA,
        frequenz_delivery_area={"code": "PJM", "code_type": 2},
        direction=1,
        validity_period={"start_time": _START, "end_time": _END},
        cancel_time=_MIDDLE,
        delivery_duration=2,
        time_series=[
            {"start_time": {"seconds": 1_704_067_200 + index * 900}, "active_power_w": power}
            for index, power in enumerate((1000.5, -2e6, float("nan"), 0.0))
        ],
    ),
    _market.GridpoolEnergySchedule(gridpool_id=NORTH, schedule_id=71, direction=2),
    _market.GridpoolEnergySchedule(
        gridpool_id=NORTH,
        schedule_id=72,
        counterparty_balancing_group={},
        direction=9,
        validity_period={"start_time": _MIDDLE},
        delivery_duration=99,
        time_series=[{"active_power_w": 1.0}],
    ),
)

_TOPOLOGY: Final = (
    _market.MarketTopologyRelation(
        gridpool_id=NORTH,
        microgrid_id=DEPOT,
        market_location_ref={
            "market_area": 101,
            "market_location_id": {"id": {"value": "500-123 ab"}, "type": 1},
        },
        delivery_area=_AREA,
        participations=[
            {"type": 1, "validity_period": {"start_time": _START, "end_time": _END}},
            {"type": 9},
        ],
    ),
    _market.MarketTopologyRelation(
        gridpool_id=8,
        microgrid_id=ISLAND,
        delivery_area={"code": "PJM", "code_type": 2},
        participations=[{"type": 2}],
    ),
    _market.MarketTopologyRelation(
        microgrid_id=ISLAND,
        market_location_ref={"market_area": 999, "market_location_id": {"type": 50}},
    ),
)

FLEET: Final = Inventory(
    sites=(
        Site(
            _microgrids.Microgrid(
                id=DEPOT,
                enterprise_id=12,
                name="Straße 日本 😀",
                delivery_area=_AREA,
                location={"latitude": 52.5163, "longitude": -13.4, "country_code": "DE"},
                status=1,
                create_timestamp=_MIDDLE,
            ),
            (*_OF_KINDS, _COMPLETE, _SINCE, _UNTIL),
            (
                _connection(1, 2),
                _connection(2, 3, start_timestamp=_START, end_timestamp=_MIDDLE),
                _connection(2, 4, end_timestamp=_END),
                _connection(2**64 - 1, 3),
            ),
            _SENSORS,
        ),
        Site(
            _microgrids.Microgrid(
                id=ISLAND,
                delivery_area={"code_type": 7},
                location={},
                status=9,
                create_timestamp={"seconds": -1},
            )
        ),
        Site(_microgrids.Microgrid(id=3, create_timestamp=_START)),
    ),
    gridpools=(
        gridpool_pb2.Gridpool(id=NORTH, name="Nord-Östlich 日"),
        gridpool_pb2.Gridpool(id=8),
    ),
    energy_schedules=_SCHEDULES,
    market_topology=_TOPOLOGY,
)
