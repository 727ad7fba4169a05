"""Test an application against a real server, without a network: run it with pytest."""

import asyncio
from pathlib import Path

from frequenz.client.common.microgrid import MicrogridId

from frequenz.client.assets import AssetsApiClient
from frequenz.client.assets.building import fleet, grid, meter, site
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


def test_a_battery_behind_each_of_two_inverters_counts() -> None:
    """Serve a site built in the test itself."""
    batteries = (meter().battery_inverter(kw=100).li_ion_battery(kwh=200) for _ in range(2))
    built = fleet(site(3, "Yard", grid(630).meter("Main").branch(*batteries)))

    async def ask() -> int:
        async with AssetsServer(built) as server, AssetsApiClient(server.url) as client:
            return await count_batteries(client, MicrogridId(3))

    assert asyncio.run(ask()) == 2
