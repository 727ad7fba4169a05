"""`frequenz-microgrid-component-graph` accepts the objects that the client returns."""

import re
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest
from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId
from frequenz.microgrid_component_graph import ComponentGraph, InvalidGraphError

from frequenz.client.assets import AssetsApiClient, inventory
from frequenz.client.assets.electrical_component import (
    Battery,
    ComponentConnection,
    ElectricalComponent,
    ElectricalComponentOperationalMode,
    EvCharger,
    Meter,
    MismatchedCategoryComponent,
)
from frequenz.client.assets.inventory import Inventory
from frequenz.server.assets import AssetsServer

Graph: TypeAlias = ComponentGraph[ElectricalComponent, ComponentConnection, ElectricalComponentId]
Listed: TypeAlias = tuple[list[ElectricalComponent], list[ComponentConnection]]

FLEETS: Final = Path(str(resources.files("frequenz.server.assets") / "demo" / "fleets"))

FORMULAS: Final[dict[str, Callable[[Graph], str]]] = {
    "grid": lambda graph: graph.grid_formula(),
    "consumer": lambda graph: graph.consumer_formula(),
    "producer": lambda graph: graph.producer_formula(),
    "PV": lambda graph: graph.pv_formula(None),
    "battery": lambda graph: graph.battery_formula(None),
    "EV": lambda graph: graph.ev_charger_formula(None),
    "CHP": lambda graph: graph.chp_formula(None),
    "wind": lambda graph: graph.wind_turbine_formula(None),
    "steam": lambda graph: graph.steam_boiler_formula(None),
}

EXPECTED: Final = {
    100: {
        "grid": "#103 + #203",
        "consumer": (
            "#103 + #203 - COALESCE(#108, #109, 0.0) - COALESCE(#111, #112, 0.0)"
            " - COALESCE(#114, #115, 0.0) - COALESCE(#116, #117, 0.0) - COALESCE(#118, #119, 0.0)"
            " - COALESCE(#122, #123, 0.0) - COALESCE(#125, #126, 0.0) - COALESCE(#128, #129, 0.0)"
            " - COALESCE(#131, #132, 0.0) - COALESCE(#133, #134, 0.0) - COALESCE(#135, #136, 0.0)"
            " - COALESCE(#139, #140, 0.0) - COALESCE(#141, #142, 0.0) - COALESCE(#143, #144, 0.0)"
            " - COALESCE(#147, #148, 0.0)"
        ),
        "producer": (
            "COALESCE(#109, #108, 0.0) + COALESCE(#112, #111, 0.0) + COALESCE(#115, #114, 0.0)"
            " + COALESCE(#117, #116, 0.0) + COALESCE(#123, #122, 0.0) + COALESCE(#129, #128, 0.0)"
            " + COALESCE(#132, #131, 0.0) + COALESCE(#134, #133, 0.0) + COALESCE(#136, #135, 0.0)"
            " + COALESCE(#140, #139, 0.0) + COALESCE(#142, #141, 0.0) + COALESCE(#148, #147, 0.0)"
        ),
        "PV": (
            "COALESCE(#109, #108, 0.0) + COALESCE(#112, #111, 0.0) + COALESCE(#115, #114, 0.0)"
            " + COALESCE(#123, #122, 0.0) + COALESCE(#129, #128, 0.0) + COALESCE(#132, #131, 0.0)"
            " + COALESCE(#140, #139, 0.0) + COALESCE(#148, #147, 0.0)"
        ),
        "battery": "COALESCE(#119, #118, 0.0) + COALESCE(#144, #143, 0.0)",
        "EV": "0.0",
        "CHP": (
            "COALESCE(#117, #116, 0.0) + COALESCE(#134, #133, 0.0) + COALESCE(#136, #135, 0.0)"
            " + COALESCE(#142, #141, 0.0)"
        ),
        "wind": "COALESCE(#126, #125, 0.0)",
        "steam": "0.0",
    },
    201: {
        "grid": "#2",
        "consumer": (
            "#2 - COALESCE(#10, COALESCE(#12, 0.0) + COALESCE(#11, 0.0)) - COALESCE(#20, #21, 0.0)"
            " - COALESCE(#30, COALESCE(#33, 0.0) + COALESCE(#32, 0.0) + COALESCE(#31, 0.0))"
            " - COALESCE(#40, #41, 0.0)"
        ),
        "producer": (
            "COALESCE(#12 + #11, #10, COALESCE(#12, 0.0) + COALESCE(#11, 0.0))"
            " + COALESCE(#41, #40, 0.0)"
        ),
        "PV": "COALESCE(#12 + #11, #10, COALESCE(#12, 0.0) + COALESCE(#11, 0.0))",
        "battery": "COALESCE(#21, #20, 0.0)",
        "EV": (
            "COALESCE(#33 + #32 + #31, #30,"
            " COALESCE(#33, 0.0) + COALESCE(#32, 0.0) + COALESCE(#31, 0.0))"
        ),
        "CHP": "COALESCE(#41, #40, 0.0)",
        "wind": "0.0",
        "steam": "0.0",
    },
    202: {
        "grid": "#2",
        "consumer": (
            "#2 - COALESCE(#10, #11, 0.0) - COALESCE(#20, #21, 0.0) - COALESCE(#30, #31, 0.0)"
            " - COALESCE(#40, #41, 0.0)"
        ),
        "producer": "COALESCE(#10, #11, 0.0) + COALESCE(#41, #40, 0.0)",
        "PV": "COALESCE(#10, #11, 0.0)",
        "battery": "COALESCE(#21, #20, 0.0)",
        "EV": "COALESCE(#31, #30, 0.0)",
        "CHP": "COALESCE(#41, #40, 0.0)",
        "wind": "0.0",
        "steam": "0.0",
    },
}


def demo_fleets() -> Inventory:
    return Inventory.joined(map(inventory.read, sorted(FLEETS.glob("*.yaml"))))


def component_of(fleet: Inventory, microgrid: int, number: int) -> Any:
    """Return the message of a component, which can be changed."""
    (site,) = (site for site in fleet.sites if site.microgrid.id == microgrid)
    (found,) = (component for component in site.components if component.id == number)
    return found


async def listed(fleet: Inventory, microgrid: int) -> Listed:
    """Return the components and connections of a site, from a server with the fleet."""
    async with AssetsServer(fleet) as server, AssetsApiClient(server.url) as client:
        number = MicrogridId(microgrid)
        return (
            await client.list_microgrid_electrical_components(number),
            await client.list_microgrid_electrical_component_connections(number),
        )


async def formulas(fleet: Inventory, microgrid: int) -> dict[str, str]:
    graph: Graph = ComponentGraph(*await listed(fleet, microgrid))
    return {name: formula(graph) for name, formula in FORMULAS.items()}


def components_in(formula: str) -> set[int]:
    return {int(number) for number in re.findall(r"#(\d+)", formula)}


@pytest.mark.parametrize("microgrid", EXPECTED)
async def test_the_formulas_of_the_demo_are_as_expected(microgrid: int) -> None:
    assert await formulas(demo_fleets(), microgrid) == EXPECTED[microgrid]


@pytest.mark.parametrize("microgrid", EXPECTED)
async def test_the_graph_has_the_same_objects_as_the_client(microgrid: int) -> None:
    components, connections = await listed(demo_fleets(), microgrid)

    graph: Graph = ComponentGraph(components, connections)

    assert graph.components() == set(components)
    assert graph.connections() == set(connections)
    for component in components:
        assert graph.component(component.id) is component


async def test_formulas_omit_only_the_inactive_inverter() -> None:
    fleet = demo_fleets()
    with_inactive = await formulas(fleet, 202)
    active = ElectricalComponentOperationalMode.CONTROL_AND_TELEMETRY
    component_of(fleet, 202, 12).operational_mode = active.value
    with_all = await formulas(fleet, 202)

    omitted = {
        name: components_in(with_all[name]) - components_in(with_inactive[name])
        for name in FORMULAS
        if with_all[name] != with_inactive[name]
    }

    assert omitted == {"consumer": {12}, "producer": {12}, "PV": {12}}


async def test_the_graph_accepts_components_with_the_data_of_other_categories() -> None:
    fleet = demo_fleets()
    component_of(fleet, 201, 4).category_specific_info.ev_charger.type = 1
    component_of(fleet, 201, 31).category_specific_info.battery.type = 1
    component_of(fleet, 201, 22).category_specific_info.inverter.type = 2

    components, _ = await listed(fleet, 201)
    mismatched = {
        int(component.id): component
        for component in components
        if isinstance(component, MismatchedCategoryComponent)
    }

    assert mismatched.keys() == {4, 22, 31}
    assert isinstance(mismatched[4], Meter)
    assert isinstance(mismatched[22], Battery)
    assert isinstance(mismatched[31], EvCharger)
    assert await formulas(fleet, 201) == EXPECTED[201]


async def test_the_graph_rejects_the_faulty_site_with_a_reason() -> None:
    components, connections = await listed(demo_fleets(), 203)

    with pytest.raises(InvalidGraphError, match="Duplicate component ID found: 11"):
        ComponentGraph(components, connections)
