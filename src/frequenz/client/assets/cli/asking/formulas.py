"""The power formulas that `frequenz-microgrid-component-graph` generates for a microgrid."""

import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, TypeAlias

from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId
from frequenz.microgrid_component_graph import (
    ComponentGraph,
    FormulaGenerationError,
    InvalidGraphError,
)

from ...electrical_component import ComponentConnection, ElectricalComponent

Graph: TypeAlias = ComponentGraph[ElectricalComponent, ComponentConnection, ElectricalComponentId]

FORMULAS: Final[Mapping[str, Callable[[Graph], str]]] = {
    "grid": lambda graph: graph.grid_formula(),
    "consumer": lambda graph: graph.consumer_formula(),
    "producer": lambda graph: graph.producer_formula(),
    "pv": lambda graph: graph.pv_formula(None),
    "battery": lambda graph: graph.battery_formula(None),
    "ev_charger": lambda graph: graph.ev_charger_formula(None),
    "chp": lambda graph: graph.chp_formula(None),
    "wind_turbine": lambda graph: graph.wind_turbine_formula(None),
    "steam_boiler": lambda graph: graph.steam_boiler_formula(None),
}
"""The power formulas by name."""

_STACK: Final = 16 * 2**20
_STACK_PER_COMPONENT: Final = 8 * 2**10
"""The size of the stack in bytes: the graph is traversed recursively, and too deep a chain would
crash the process."""


@dataclass(frozen=True, kw_only=True)
class Formula:
    """A power formula of a microgrid."""

    name: str
    formula: str | None
    """The formula, in which `#2` is the power of component 2; None if there is none."""

    reason: str | None = None
    """Why there is no formula."""


class GraphError(Exception):
    """The components and connections do not form a valid graph."""


def generate_formulas(
    components: Iterable[ElectricalComponent], connections: Iterable[ComponentConnection]
) -> list[Formula]:
    """Return the power formulas of a microgrid.

    Raises:
        GraphError: If the components and connections do not form a valid graph.
    """
    listed = list(components)
    stack_size = _STACK + _STACK_PER_COMPONENT * len(listed)
    with ThreadPoolExecutor(max_workers=1) as threads:
        previous = threading.stack_size(stack_size)
        try:
            future = threads.submit(_generate, listed, list(connections))
        finally:
            threading.stack_size(previous)
        return future.result()


def _generate(
    components: list[ElectricalComponent], connections: list[ComponentConnection]
) -> list[Formula]:
    try:
        graph: Graph = ComponentGraph(components, connections)
    except InvalidGraphError as error:
        raise GraphError(str(error).rstrip(".")) from error
    return [_formula(graph, name) for name in FORMULAS]


def _formula(graph: Graph, name: str) -> Formula:
    try:
        return Formula(name=name, formula=FORMULAS[name](graph))
    except FormulaGenerationError as error:
        return Formula(name=name, formula=None, reason=str(error))
