"""Inventories with sensors, gridpools, energy schedules and market topology."""

import math
import sys
from functools import cache
from typing import Any, Final

from frequenz.api.common.v1alpha8.grid import balancing_group_pb2, delivery_area_pb2
from frequenz.api.common.v1alpha8.grid.delivery_duration_pb2 import DeliveryDuration
from frequenz.api.common.v1alpha8.gridpool import gridpool_pb2
from frequenz.api.common.v1alpha8.microgrid import microgrid_pb2
from frequenz.api.common.v1alpha8.microgrid.sensors import sensors_pb2
from frequenz.api.common.v1alpha8.types import interval_pb2
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from frequenz.client.assets.inventory import Inventory, Site

from .inventory_messages import INT32, any_message, any_text

EXAMPLE: Final = """\
version: 1
microgrids:
- id: 1
  name: Depot
  sensors:
  - id: 7
    name: Roof
    manufacturer: Helio
    model_name: S 1
    model: Helio S 1
    operational_lifetime: {start: '2024-01-01T00:00:00Z', end: '2034-01-01T00:00:00Z'}
    microgrid_id: 2
  - {id: 8}
gridpools:
- {id: 5, name: North}
- {id: 6}
energy_schedules:
- gridpool_id: 5
  schedule_id: 51
  name: Base load
  counterparty_balancing_group: {code: 11XRWETRADING--0, code_type: europe_eic}
  counterparty_delivery_area: {code: 10Y1001A1001A82H, code_type: europe_eic}
  frequenz_delivery_area: {code: 10YDE-VE-------2, code_type: 7}
  direction: import
  validity_period: {start: '2024-01-01T00:00:00Z', end: '2025-01-01T00:00:00Z'}
  cancel_time: '2024-06-01T00:00:00Z'
  delivery_duration: minutes_15
  time_series:
  - ['2024-01-01T00:00:00Z', 1500.0]
  - - {seconds: 253402300800}
    - -0.1
  - {active_power_w: 0.0}
- {gridpool_id: 6, schedule_id: 0}
market_topology:
- microgrid_id: 1
  market_location_ref:
    market_area: eu_de
    market_location_id: {value: '01234567890', type: malo_id}
  gridpool_id: 5
  delivery_area: {code: 10YDE-VE-------2, code_type: europe_eic}
  participations:
  - type: energy_trading
    validity_period: {start: '2024-01-01T00:00:00Z'}
  - {type: 9}
- microgrid_id: 0
  market_location_ref:
    market_area: 1234
    market_location_id: {value: ''}
  gridpool_id: 0
"""
"""An inventory file with every key of these messages, as `inventory.write` writes it."""


def any_double() -> SearchStrategy[float]:
    """Return a strategy for all numbers of double precision, with one NaN."""
    edges = (sys.float_info.max, sys.float_info.min, 5e-324, 1 / 3, 0.1, 1e16, 1e22, 2.0**53)
    return st.one_of(
        st.sampled_from((0.0, -0.0, math.inf, -math.inf, math.nan, *edges)),
        st.floats(allow_nan=False),
    )


def _number_of(members: Any) -> SearchStrategy[int]:
    return st.one_of(st.sampled_from(members.values()), st.integers(*INT32))


def _maybe(kind: Any) -> SearchStrategy[Any]:
    return st.none() | any_message(kind)


IDS: Final = st.integers(0, 3) | st.integers(0, 2**64 - 1)

SCHEDULE_FIELDS: Final[dict[str, SearchStrategy[Any]]] = {
    "gridpool_id": IDS,
    "schedule_id": IDS,
    "name": any_text(),
    "counterparty_balancing_group": _maybe(balancing_group_pb2.BalancingGroup),
    "counterparty_delivery_area": _maybe(delivery_area_pb2.DeliveryArea),
    "frequenz_delivery_area": _maybe(delivery_area_pb2.DeliveryArea),
    "direction": _number_of(platformassets_pb2.GridpoolEnergyScheduleDirection),
    "validity_period": _maybe(interval_pb2.Interval),
    "cancel_time": _maybe(Timestamp),
    "delivery_duration": _number_of(DeliveryDuration),
    "time_series": st.lists(
        st.builds(
            platformassets_pb2.GridpoolEnergyScheduleTimeSeriesEntry,
            start_time=_maybe(Timestamp),
            active_power_w=any_double(),
        ),
        max_size=3,
    ),
}


def _site(microgrid_id: int, sensors: list[tuple[sensors_pb2.Sensor, bool]]) -> Site:
    for sensor, is_own in sensors:
        if is_own:
            sensor.microgrid_id = microgrid_id
    microgrid = microgrid_pb2.Microgrid(id=microgrid_id)
    return Site(microgrid, sensors=tuple(sensor for sensor, _ in sensors))


@cache
def any_fleet() -> SearchStrategy[Inventory]:
    """Return a strategy for inventories of sensors, gridpools, schedules and relations.

    Half of the sensors have the ID of their site's microgrid, the others any ID.
    """

    def tuples(values: SearchStrategy[Any]) -> SearchStrategy[tuple[Any, ...]]:
        return st.lists(values, max_size=2).map(tuple)

    sensors = st.tuples(any_message(sensors_pb2.Sensor), st.booleans())
    return st.builds(
        Inventory,
        sites=tuples(st.builds(_site, IDS, st.lists(sensors, max_size=2))),
        gridpools=tuples(any_message(gridpool_pb2.Gridpool)),
        energy_schedules=tuples(
            st.builds(platformassets_pb2.GridpoolEnergySchedule, **SCHEDULE_FIELDS)
        ),
        market_topology=tuples(any_message(platformassets_pb2.MarketTopologyRelation)),
    )
