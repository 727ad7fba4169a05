"""Test an application against a real server, without a network: run it with pytest."""

import asyncio
from pathlib import Path

from frequenz.client.common.microgrid import MicrogridId

from frequenz.client.assets import AssetsApiClient, inventory
from frequenz.client.assets.electrical_component import Battery
from frequenz.server.assets import AssetsServer

FLEET = Path(__file__).with_name("fleet.yaml")


async def count_batteries(client: AssetsApiClient, microgrid: MicrogridId) -> int:
    """Stand for the application under test."""
    components = await client.list_microgrid_electrical_components(microgrid)
    return sum(isinstance(component, Battery) for component in components)


def test_the_depot_has_a_battery() -> None:
    """Serve a file."""

    async def ask() -> int:
        async with AssetsServer.from_fleet(FLEET) as server, AssetsApiClient(server.url) as client:
            return await count_batteries(client, MicrogridId(1))

    assert asyncio.run(ask()) == 1


def test_a_microgrid_without_components_has_no_battery() -> None:
    """Serve a fleet written in the test itself."""
    fleet = inventory.parse_text("{version: 1, microgrids: [{id: 3}]}", name="test")

    async def ask() -> int:
        async with AssetsServer(fleet) as server, AssetsApiClient(server.url) as client:
            return await count_batteries(client, MicrogridId(3))

    assert asyncio.run(ask()) == 0
