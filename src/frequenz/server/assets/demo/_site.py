"""A microgrid as the client returned it, and what can be told from its component graph."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId
from frequenz.microgrid_component_graph import (
    ComponentGraph,
    FormulaGenerationError,
    InvalidGraphError,
)

from frequenz.client.assets import AssetsApiClient, Microgrid
from frequenz.client.assets.electrical_component import (
    ComponentConnection,
    ElectricalComponent,
    GridConnectionPoint,
)
from frequenz.client.assets.exceptions import ValidationError


@dataclass(frozen=True)
class Site:
    """A microgrid as the client returned it."""

    microgrid: Microgrid
    components: list[ElectricalComponent]
    connections: list[ComponentConnection]
    errors: list[ValidationError]
    """What the calls raise when they are asked to raise what is wrong with the data."""


async def ask(client: AssetsApiClient, microgrid_id: MicrogridId) -> Site:
    """Ask a server for all it has of a microgrid."""
    return Site(
        await client.get_microgrid(microgrid_id),
        await client.list_microgrid_electrical_components(microgrid_id),
        await client.list_microgrid_electrical_component_connections(microgrid_id),
        await _errors(client, microgrid_id),
    )


async def _errors(client: AssetsApiClient, microgrid_id: MicrogridId) -> list[ValidationError]:
    errors: list[ValidationError] = []
    try:
        await client.get_microgrid(microgrid_id, raise_on_errors=True)
    except ValidationError as error:
        errors.append(error)
    try:
        await client.list_microgrid_electrical_components(microgrid_id, raise_on_errors=True)
    except* ValidationError as group:
        errors.extend(_flat(group))
    try:
        await client.list_microgrid_electrical_component_connections(
            microgrid_id, raise_on_errors=True
        )
    except* ValidationError as group:
        errors.extend(_flat(group))
    return errors


def _flat(group: BaseExceptionGroup[ValidationError]) -> Iterator[ValidationError]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _flat(error)
        else:
            yield error


Graph: TypeAlias = ComponentGraph[ElectricalComponent, ComponentConnection, ElectricalComponentId]

FORMULAS: Mapping[str, Callable[[Graph], str]] = {
    "grid": lambda graph: graph.grid_formula(),
    "consumer": lambda graph: graph.consumer_formula(),
    "producer": lambda graph: graph.producer_formula(),
    "PV": lambda graph: graph.pv_formula(None),
    "battery": lambda graph: graph.battery_formula(None),
    "EV": lambda graph: graph.ev_charger_formula(None),
    "CHP": lambda graph: graph.chp_formula(None),
    "wind": lambda graph: graph.wind_turbine_formula(None),
}
"""The power formulas that a component graph is asked for."""


def formulas(site: Site) -> dict[str, str] | str:
    """Return the power formulas of a site by name, or the reason why there is no graph of it."""
    try:
        graph: Graph = ComponentGraph(site.components, site.connections)
    except InvalidGraphError as error:
        return str(error)
    return {name: _formula(graph, formula) for name, formula in FORMULAS.items()}


def _formula(graph: Graph, formula: Callable[[Graph], str]) -> str:
    try:
        return formula(graph)
    except FormulaGenerationError as error:
        return f"refused: {error}"


@dataclass
class Branch:
    """A component, and what hangs below it."""

    component: ElectricalComponent
    below: list["Branch"] = field(default_factory=list)


def trees(site: Site) -> list[Branch]:
    """Return the components as trees: from the grid connection points down, then what is left.

    A component that can be reached in several ways stands where it is reached first.
    """
    left: dict[ElectricalComponentId, list[ElectricalComponent]] = {}
    for component in site.components:
        left.setdefault(component.id, []).append(component)
    successors: dict[ElectricalComponentId, list[ElectricalComponentId]] = {}
    for connection in site.connections:
        successors.setdefault(connection.source, []).append(connection.destination)

    def grow(component_id: ElectricalComponentId) -> list[Branch]:
        """Return the branches of an id: more than one where it was given more than once."""
        branches = [Branch(component) for component in left.pop(component_id, ())]
        if branches:
            for successor in successors.get(component_id, ()):
                branches[0].below += grow(successor)
        return branches

    fed = {connection.destination for connection in site.connections}
    roots = sorted(
        site.components,
        key=lambda component: (
            not isinstance(component, GridConnectionPoint),
            component.id in fed,
        ),
    )
    return [branch for root in roots for branch in grow(root.id)]
