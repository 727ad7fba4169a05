"""Generate the power formulas of a microgrid with frequenz-microgrid-component-graph."""

import asyncio

from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId
from frequenz.microgrid_component_graph import ComponentGraph

from frequenz.client.assets import AssetsApiClient
from frequenz.client.assets.electrical_component import ComponentConnection, ElectricalComponent


async def main() -> None:
    """Print the formulas of one microgrid, in which `#2` is the power of component 2."""
    microgrid = MicrogridId(1)
    async with AssetsApiClient.from_env() as client:
        components, connections = await asyncio.gather(
            client.list_microgrid_electrical_components(microgrid),
            client.list_microgrid_electrical_component_connections(microgrid),
        )
    graph: ComponentGraph[ElectricalComponent, ComponentConnection, ElectricalComponentId] = (
        ComponentGraph(components, connections)
    )
    print("grid:", graph.grid_formula())
    print("consumer:", graph.consumer_formula())
    print("PV:", graph.pv_formula(None))
    print("battery:", graph.battery_formula(None))


if __name__ == "__main__":
    asyncio.run(main())
