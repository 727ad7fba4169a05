"""What the tests of stores put into them, and how they read it."""

from typing import Any, Final

from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from google.protobuf.message import Message

from frequenz.client.assets.inventory import Inventory
from frequenz.server.assets._replies import entity_fields
from frequenz.server.assets._stores import Store
from frequenz.server.assets._stores.drafts import drafting
from frequenz.server.assets._stores.history import read
from frequenz.server.assets._stores.importing import Import, Mode
from frequenz.server.assets._stores.queries import select
from frequenz.server.assets._stores.revisions import Revision
from frequenz.server.assets._stores.rows import to_rows
from frequenz.server.assets._stores.selection import SELECTIONS

# Typed as Any: the stubs do not know that messages can be given as dictionaries.
pb: Final[Any] = platformassets_pb2


async def put(store: Store, fleet: Inventory, mode: Mode = "merge") -> Revision | None:
    """Store an inventory."""
    async with drafting(store) as draft:
        importing = Import(draft, mode)
        await importing.put(to_rows(fleet))
        await importing.finish()
        return await draft.finish("tester", "a comment")


async def answer(store: Store, request: Message, revision: int | None = None) -> list[Any]:
    """Return the messages that a request selects."""
    query = select(SELECTIONS[type(request)](request), revision)
    before = store.revision()
    messages = [message for message, _ in await store.fetch(query)]
    fields = await store.fetch_fields(query, 2)
    if store.revision() == before:  # else, somebody has changed the store between the two
        joined = entity_fields(2, [it for it in messages if it is not None])
        assert fields == (joined if messages else None)
    return messages


async def content(store: Store, revision: int) -> list[bytes]:
    """Return an inventory as it is stored, as bytes."""
    parts = [part async for part in read(store, revision)]
    return in_bytes(Inventory.joined(parts))


def in_bytes(fleet: Inventory) -> list[bytes]:
    """Return all messages of an inventory in order."""
    messages = [
        message
        for site in fleet.sites
        for message in (site.microgrid, *site.components, *site.connections, *site.sensors)
    ]
    messages += [*fleet.gridpools, *fleet.energy_schedules, *fleet.market_topology]
    return [message.SerializeToString(deterministic=True) for message in messages]


def requests_of(fleet: Inventory) -> list[Message]:
    """Return requests with every filter, for what an inventory has and for what it has not."""
    microgrids = [*dict.fromkeys(site.microgrid.id for site in fleet.sites), 77]
    pools = [*dict.fromkeys(it.id for it in fleet.gridpools), 78]
    pools += [it.gridpool_id for it in fleet.energy_schedules]
    components = [it for site in fleet.sites for it in site.components]
    connections = [it for site in fleet.sites for it in site.connections]
    sensors = [it for site in fleet.sites for it in site.sensors]
    found: list[Message] = [
        pb.ListMicrogridsRequest(),
        pb.ListMicrogridsRequest(filter={"microgrid_ids": microgrids[::2]}),
        pb.ListMicrogridsRequest(filter={"gridpool_ids": pools}),
        pb.ListGridpoolsRequest(),
        pb.ListGridpoolsRequest(filter={"gridpool_ids": pools[::2]}),
    ]
    for number in microgrids:
        owner = {"microgrid_id": number}
        found += [
            pb.GetMicrogridRequest(**owner),
            pb.ListMicrogridElectricalComponentsRequest(**owner),
            pb.ListMicrogridElectricalComponentConnectionsRequest(**owner),
            pb.ListMicrogridSensorsRequest(**owner),
            pb.ListMicrogridElectricalComponentsRequest(
                **owner,
                filter={
                    "component_ids": [it.id for it in components[::2]],
                    "categories": [it.category for it in components[:3]],
                },
            ),
            pb.ListMicrogridElectricalComponentConnectionsRequest(
                **owner,
                filter={
                    "source_component_ids": [
                        it.source_electrical_component_id for it in connections
                    ],
                    "destination_component_ids": [
                        it.destination_electrical_component_id for it in connections[::2]
                    ],
                },
            ),
            pb.ListMicrogridSensorsRequest(
                **owner, filter={"sensor_ids": [it.id for it in sensors[::2]]}
            ),
        ]
    for number in pools:
        owner = {"gridpool_id": number}
        schedules = [it for it in fleet.energy_schedules if it.gridpool_id == number]
        found.append(pb.ListGridpoolEnergySchedulesRequest(**owner))
        for schedule in schedules:
            found += [
                pb.ListGridpoolEnergySchedulesRequest(
                    **owner,
                    filter={
                        "schedule_ids": [schedule.schedule_id],
                        "directions": [schedule.direction],
                    },
                ),
                pb.ListGridpoolEnergySchedulesRequest(
                    **owner,
                    filter={
                        "effective_validity_period": {
                            "start_time": schedule.validity_period.start_time,
                            "end_time": schedule.validity_period.end_time,
                        }
                    },
                ),
            ]
    relations = fleet.market_topology
    locations = [it.market_location_ref.market_location_id.id for it in relations]
    found += [
        pb.ListMarketTopologyRelationsRequest(),
        pb.ListMarketTopologyRelationsRequest(
            filter={"gridpool_ids": pools, "microgrid_ids": microgrids}
        ),
        pb.ListMarketTopologyRelationsRequest(filter={"market_location_id_values": locations}),
        pb.ListMarketTopologyRelationsRequest(
            filter={"delivery_areas": [it.delivery_area for it in relations]}
        ),
        pb.ListMarketTopologyRelationsRequest(
            filter={"participation_types": [p.type for it in relations for p in it.participations]}
        ),
    ]
    return found
