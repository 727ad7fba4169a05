"""The replies that are mutated: small ones, of the demo's fleets, of a market and of oddities."""

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from frequenz.api.platformassets.v1alpha1 import platformassets_pb2

from frequenz.client.assets import inventory
from frequenz.client.assets.inventory import Inventory
from frequenz.server.assets.demo import FLEETS

_ITEMS: Final = 3
"""How many items a reply has at most: the smaller a reply, the more of them in a second."""

_MARKET: Final = """\
version: 1
microgrids:
- id: 301
  enterprise_id: 2
  name: Mill
  status: active
  delivery_area: {code: 10YDE-VE-------2, code_type: europe_eic}
  location: {latitude: 48.1, longitude: 11.5, country_code: DE}
  create_timestamp: '2021-03-04T05:06:07.000008Z'
  sensors:
  - id: 7
    name: Roof
    manufacturer: Helio
    model_name: S 1
    model: Helio S 1
    operational_lifetime: {start: '2024-01-01T00:00:00.75Z', end: '2034-01-01T00:00:00Z'}
  - {id: 8, operational_lifetime: {start: '2024-01-01T00:00:00Z'}}
  - {id: 9}
gridpools:
- {id: 5, name: North}
- {id: 6, name: South}
- {id: 7}
energy_schedules:
- gridpool_id: 5
  schedule_id: 51
  name: Base load
  counterparty_balancing_group: {code: 11XRWETRADING--0, code_type: europe_eic}
  counterparty_delivery_area: {code: 10Y1001A1001A82H, code_type: europe_eic}
  frequenz_delivery_area: {code: 10YDE-VE-------2, code_type: europe_eic}
  direction: import
  validity_period: {start: '2024-01-01T00:00:00.000001Z', end: '2025-01-01T00:00:00.5Z'}
  cancel_time: '2024-06-01T00:00:00.25Z'
  delivery_duration: minutes_15
  time_series:
  - ['2024-01-01T00:00:00Z', 1500.0]
  - ['2024-01-01T00:15:00Z', -1500.0]
  - ['9999-12-31T23:59:59Z', 0.1]
- {gridpool_id: 5, schedule_id: 52, direction: export, delivery_duration: minutes_60}
market_topology:
- microgrid_id: 301
  market_location_ref:
    market_area: eu_de
    market_location_id: {value: '01234567890', type: malo_id}
  gridpool_id: 5
  delivery_area: {code: 10YDE-VE-------2, code_type: europe_eic}
  participations:
  - type: energy_trading
    validity_period: {start: '2024-01-01T00:00:00Z', end: '2025-01-01T00:00:00Z'}
- microgrid_id: 301
  gridpool_id: 6
  delivery_area: {code: 10YDE-VE-------2, code_type: europe_eic}
- microgrid_id: 301
  market_location_ref:
    market_area: eu_de
    market_location_id: {value: '01234567890', type: malo_id}
"""

_MOMENT: Final = {"seconds": 1_640_995_200}
_LIFETIME: Final = {"start_timestamp": _MOMENT, "end_timestamp": {"seconds": 1_840_995_200}}
_ODD: Final[Sequence[tuple[str, dict[str, Any]]]] = [
    ("GetMicrogrid", {}),
    ("GetMicrogrid", {"microgrid": {}}),
    ("ListMicrogrids", {"microgrids": [{}, {"id": 1, "location": {"latitude": 91}}, {"id": 1}]}),
    (
        "ListMicrogridElectricalComponents",
        {
            "components": [
                {},
                {
                    "id": 2,
                    "category": 6,
                    "category_specific_info": {"battery": {"type": 1}},
                    "operational_lifetime": _LIFETIME,
                    "metric_config_bounds": [
                        {"metric": 30, "config_bounds": {"lower": -5, "upper": 5}},
                        {"metric": 31, "config_bounds": {"upper": 5}},
                        {"metric": 31},
                    ],
                },
            ]
        },
    ),
    (
        "ListMicrogridElectricalComponentConnections",
        {
            "connections": [
                {
                    "source_electrical_component_id": 1,
                    "destination_electrical_component_id": end,
                    "operational_lifetime": _LIFETIME,
                }
                for end in (2, 1, 2, 3)
            ]
        },
    ),
    ("ListMicrogridSensors", {"sensors": [{"id": 1}, {"id": 1, "microgrid_id": 2}, {}]}),
    ("ListGridpools", {"gridpools": [{"id": 1}, {"id": 2}, {"id": 1}, {}]}),
    ("ListGridpoolEnergySchedules", {"schedules": [{}, {"schedule_id": 1}, {"schedule_id": 1}]}),
    ("ListMarketTopologyRelations", {"relations": [{}, {"gridpool_id": 0, "microgrid_id": 0}]}),
]


class Reply(NamedTuple):
    """A reply as bytes."""

    call: str
    asked: int | None
    """The number of what was asked for, where the call names one."""

    data: bytes


def replies() -> list[Reply]:
    """Return the replies, some for each call."""
    market = inventory.parse_text(_MARKET, name="market.yaml")
    held = Inventory.joined([*map(inventory.read, FLEETS), market])
    odd = (_reply(call, 1 if _names_one(call) else None, **fields) for call, fields in _ODD)
    return [*_of_sites(held), *_of_market(held), *odd]


def _of_sites(held: Inventory) -> Iterator[Reply]:
    for site in held.sites:
        number = site.microgrid.id
        yield _reply("GetMicrogrid", number, microgrid=site.microgrid)
        yield from _lists("ListMicrogridElectricalComponents", number, components=site.components)
        yield from _lists(
            "ListMicrogridElectricalComponentConnections", number, connections=site.connections
        )
        yield from _lists("ListMicrogridSensors", number, sensors=site.sensors)
    yield from _lists("ListMicrogrids", None, microgrids=[site.microgrid for site in held.sites])


def _of_market(held: Inventory) -> Iterator[Reply]:
    yield from _lists("ListGridpools", None, gridpools=held.gridpools)
    yield from _lists("ListGridpoolEnergySchedules", 5, schedules=held.energy_schedules)
    yield from _lists("ListMarketTopologyRelations", None, relations=held.market_topology)


def _lists(call: str, asked: int | None, **items: Sequence[Any]) -> Iterator[Reply]:
    """Return the replies that share out a list, given by the field that holds it."""
    ((field, messages),) = items.items()
    owner = {"gridpool_id" if field == "schedules" else "microgrid_id": asked} if asked else {}
    for first in range(0, len(messages), _ITEMS):
        yield _reply(call, asked, **owner, **{field: messages[first : first + _ITEMS]})


def _reply(call: str, asked: int | None, **fields: Any) -> Reply:
    message = getattr(platformassets_pb2, f"{call}Response")(**fields)
    return Reply(call, asked, message.SerializeToString(deterministic=True))


def _names_one(call: str) -> bool:
    request = getattr(platformassets_pb2, f"{call}Request").DESCRIPTOR
    return not {"microgrid_id", "gridpool_id"}.isdisjoint(request.fields_by_name)
