"""The replies that are mutated: small ones, of a whole fleet and of unusual items."""

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from frequenz.api.platformassets.v1alpha1 import platformassets_pb2

from frequenz.client.assets.inventory import Inventory

from ..shared.fleets import whole_fleet

_ITEMS: Final = 3
"""The most items in a reply: small ones allow more mutations per second."""

_START: Final = {"seconds": 1_640_995_200}
_LIFETIME: Final = {"start_timestamp": _START, "end_timestamp": {"seconds": 1_840_995_200}}
_UNUSUAL: Final[Sequence[tuple[str, dict[str, Any]]]] = [
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
    requested: int | None
    """The requested ID, if the call has one."""

    data: bytes


def replies() -> list[Reply]:
    """Return the replies, several for each call."""
    fleet = whole_fleet()
    unusual = (_reply(call, 1 if _has_id(call) else None, **fields) for call, fields in _UNUSUAL)
    return [*_of_sites(fleet), *_of_market(fleet), *unusual]


def _of_sites(fleet: Inventory) -> Iterator[Reply]:
    for site in fleet.sites:
        number = site.microgrid.id
        yield _reply("GetMicrogrid", number, microgrid=site.microgrid)
        yield from _lists("ListMicrogridElectricalComponents", number, components=site.components)
        yield from _lists(
            "ListMicrogridElectricalComponentConnections", number, connections=site.connections
        )
        yield from _lists("ListMicrogridSensors", number, sensors=site.sensors)
    yield from _lists("ListMicrogrids", None, microgrids=[site.microgrid for site in fleet.sites])


def _of_market(fleet: Inventory) -> Iterator[Reply]:
    yield from _lists("ListGridpools", None, gridpools=fleet.gridpools)
    for gridpool in fleet.gridpools:
        schedules = [one for one in fleet.energy_schedules if one.gridpool_id == gridpool.id]
        yield from _lists("ListGridpoolEnergySchedules", gridpool.id, schedules=schedules)
    yield from _lists("ListMarketTopologyRelations", None, relations=fleet.market_topology)


def _lists(call: str, requested: int | None, **items: Sequence[Any]) -> Iterator[Reply]:
    """Yield replies with a few items of a list each; the keyword is the field of the list."""
    ((field, messages),) = items.items()
    owner = (
        {"gridpool_id" if field == "schedules" else "microgrid_id": requested} if requested else {}
    )
    for first in range(0, len(messages), _ITEMS):
        yield _reply(call, requested, **owner, **{field: messages[first : first + _ITEMS]})


def _reply(call: str, requested: int | None, **fields: Any) -> Reply:
    message = getattr(platformassets_pb2, f"{call}Response")(**fields)
    return Reply(call, requested, message.SerializeToString(deterministic=True))


def _has_id(call: str) -> bool:
    request = getattr(platformassets_pb2, f"{call}Request").DESCRIPTOR
    return not {"microgrid_id", "gridpool_id"}.isdisjoint(request.fields_by_name)
