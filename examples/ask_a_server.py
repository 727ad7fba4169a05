"""Print the microgrids of a server, with their components and connections.

The server, the API key and the secret come from the environment (`ASSETS_API_URL`, ...) or from
the user's profile.
"""

import asyncio

from frequenz.client.assets import AssetsApiClient
from frequenz.client.assets.electrical_component import Battery, Inverter


async def main() -> None:
    """Ask three kinds of calls."""
    async with AssetsApiClient.from_env() as client:
        for microgrid in await client.list_microgrids():
            print(microgrid.id, microgrid.name, microgrid.location)

            components = await client.list_microgrid_electrical_components(microgrid.id)
            for component in components:
                match component:
                    case Inverter() | Battery():
                        print("  ", component, type(component).__name__, component.rated_bounds)
                    case _:
                        print("  ", component)

            for connection in await client.list_microgrid_electrical_component_connections(
                microgrid.id
            ):
                print("  ", connection.source, "->", connection.destination)


if __name__ == "__main__":
    asyncio.run(main())
