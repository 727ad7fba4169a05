"""The power formulas that `frequenz-microgrid-component-graph` makes of a microgrid."""

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
"""The power formulas that a component graph is asked for, by the name of its method."""

_STACK: Final = 16 * 2**20
_STACK_A_COMPONENT: Final = 8 * 2**10
"""What the graph may take of the stack, in bytes: it walks by calling itself."""


@dataclass(frozen=True, kw_only=True)
class Formula:
    """A power formula of a microgrid."""

    name: str
    formula: str | None
    """The formula, in which `#2` is the power of component 2; None where there is none."""

    reason: str | None = None
    """Why there is no formula."""


class NoGraphError(Exception):
    """The components and connections make no graph; the text says why."""


def formulas(
    components: Iterable[ElectricalComponent], connections: Iterable[ComponentConnection]
) -> list[Formula]:
    """Return the power formulas of a microgrid.

    Raises:
        NoGraphError: If there can be none, as its components and connections make no graph.
    """
    listed = list(components)
    return _with_stack(
        _STACK + _STACK_A_COMPONENT * len(listed), lambda: _formulas(listed, list(connections))
    )


def _formulas(
    components: list[ElectricalComponent], connections: list[ComponentConnection]
) -> list[Formula]:
    try:
        graph: Graph = ComponentGraph(components, connections)
    except InvalidGraphError as error:
        raise NoGraphError(str(error).rstrip(".")) from error
    return [_formula(graph, name) for name in FORMULAS]


def _formula(graph: Graph, name: str) -> Formula:
    try:
        return Formula(name=name, formula=FORMULAS[name](graph))
    except FormulaGenerationError as error:
        return Formula(name=name, formula=None, reason=str(error))


def _with_stack(size: int, function: Callable[[], list[Formula]]) -> list[Formula]:
    """Return what a function returns in a thread with a stack of a size.

    Without enough of it, the graph of a long chain would end the process.
    """
    with ThreadPoolExecutor(max_workers=1) as threads:
        before = threading.stack_size(size)
        try:
            done = threads.submit(function)
        finally:
            threading.stack_size(before)
        return done.result()
