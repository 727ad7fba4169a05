"""Whether connections carry AC or DC."""

from collections.abc import Sequence
from typing import Final

from ...electrical_component import ElectricalComponentCategory
from .network import Network

_CATEGORY: Final = ElectricalComponentCategory
_DC: Final = frozenset({_CATEGORY.BATTERY, _CATEGORY.CONVERTER, _CATEGORY.PRECHARGER})
"""What has DC on both sides."""

_PASSED_ON: Final = frozenset({_CATEGORY.METER, _CATEGORY.BREAKER, _CATEGORY.PLC})
"""What passes on the current that it gets."""


def dc_edges(network: Network, order: Sequence[int]) -> list[bool]:
    """Return which connections carry DC.

    Args:
        network: The components and connections.
        order: The positions of the nodes, from the grid down.
    """
    categories = [node.component and node.component.category for node in network.nodes]
    outgoing: list[list[int]] = [[] for _ in network.nodes]
    incoming: list[list[int]] = [[] for _ in network.nodes]
    is_dc = [False] * len(network.edges)
    for index, edge in enumerate(network.edges):
        outgoing[edge.source].append(index)
        incoming[edge.destination].append(index)
        is_dc[index] = not {categories[edge.source], categories[edge.destination]}.isdisjoint(_DC)
    for node in order:
        fed_dc = bool(incoming[node]) and all(is_dc[edge] for edge in incoming[node])
        is_inverter = categories[node] is _CATEGORY.INVERTER
        if (is_inverter and not fed_dc) or (fed_dc and categories[node] in _PASSED_ON):
            for index in outgoing[node]:
                is_dc[index] = True
    return is_dc
