"""What a diagram is made of: components and connections with their status, in a fixed order."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId

from ...electrical_component import (
    ComponentConnection,
    ElectricalComponent,
    ElectricalComponentCategory,
)
from ...findings import Finding
from .states import (
    UNREMARKABLE,
    Status,
)

Highlight: TypeAlias = ElectricalComponentCategory | int | ElectricalComponentId
"""A category, or the ID of a component."""

Notes: TypeAlias = (
    Mapping[int, str]
    | Mapping[ElectricalComponentId, str]
    | Mapping[ElectricalComponentId | int, str]
)
"""By component ID, what is written beside the component."""

Ends: TypeAlias = tuple[ElectricalComponentId, ElectricalComponentId]


@dataclass(frozen=True, kw_only=True, slots=True)
class Node:
    """A component, or several equal ones that are drawn once."""

    id: int
    component: ElectricalComponent | None
    """None if only connections refer to it."""

    status: Status = UNREMARKABLE
    ids: tuple[int, ...] = ()
    """The components that the symbol stands for."""

    @property
    def count(self) -> int:
        """How many components the symbol stands for."""
        return len(self.ids)


@dataclass(frozen=True, kw_only=True, slots=True)
class Edge:
    """A connection, or the equal ones of equal branches that are drawn once."""

    source: int
    """The position of its source in the nodes."""

    destination: int
    ends: tuple[int, int]
    """The IDs of both components."""

    status: Status = UNREMARKABLE


@dataclass(frozen=True, kw_only=True, slots=True)
class Network:
    """The components and connections of a diagram."""

    nodes: Sequence[Node]
    edges: Sequence[Edge]
    other_findings: tuple[Finding, ...] = field(default=())
    """The findings about what is not drawn, such as sensors."""


@dataclass(frozen=True, kw_only=True, slots=True)
class State:
    """The components and connections of a microgrid at one time."""

    components: Collection[ElectricalComponent]
    connections: Collection[ComponentConnection]


def check_ids(nodes: Iterable[Node], argument: str, ids: Iterable[int]) -> None:
    """Check that IDs are those of components.

    Raises:
        ValueError: If some are not; it names the argument and all of them.
    """
    known = {node.id for node in nodes if node.component is not None}
    unknown = sorted(set(ids) - known)
    if unknown:
        plural = "s" if len(unknown) > 1 else ""
        listed = ", ".join(map(str, unknown))
        raise ValueError(f"{argument}: there is no component with the ID{plural} {listed}")


def part_of(network: Network, nodes: Iterable[int]) -> Network:
    """Return some nodes of a network, by their positions, with the edges between them."""
    kept = sorted(nodes)
    position = {index: new for new, index in enumerate(kept)}
    return replace(
        network,
        nodes=[network.nodes[index] for index in kept],
        edges=[
            replace(edge, source=position[edge.source], destination=position[edge.destination])
            for edge in network.edges
            if edge.source in position and edge.destination in position
        ],
    )


def behind(network: Network, root: int) -> Network:
    """Return a component, by its ID, and what is behind it, without findings about anything else.

    Raises:
        ValueError: If there is no such component.
    """
    check_ids(network.nodes, "behind", (root,))
    outgoing: list[list[int]] = [[] for _ in network.nodes]
    for edge in network.edges:
        outgoing[edge.source].append(edge.destination)
    seen = {index for index, node in enumerate(network.nodes) if node.id == root}
    stack = list(seen)
    while stack:
        new = set(outgoing[stack.pop()]) - seen
        seen |= new
        stack += new
    return replace(part_of(network, seen), other_findings=())
