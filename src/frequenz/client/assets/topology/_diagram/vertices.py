"""What the layout places: components, branches on rails, couplers; and the links between them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from .couplers import Coupler, Row, couplers, rows_of
from .layering import Link
from .network import Network
from .rails import Branch, rails

_LONGEST_BRANCH: Final = 4
"""Branches of more components do not hang on rails, which they would make very long."""

EdgesOf: TypeAlias = Mapping[int, Sequence[int]]
"""By the position of a component, those of its connections."""


@dataclass(frozen=True, slots=True)
class Vertex:
    """What is placed as one: a component, or several branches on a rail."""

    nodes: tuple[int, ...]
    branches: tuple[Branch, ...] = ()
    """What hangs on a rail; empty for a component on its own."""

    @property
    def edges(self) -> tuple[int, ...]:
        """The connections from the rail to the branches."""
        return tuple(branch[0][1] for branch in self.branches)


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """A connected part of a network, as what is placed, and what joins it."""

    network: Network
    vertices: Sequence[Vertex]
    tops: Sequence[int]
    """The vertices that are at the top."""

    links: Sequence[Link]
    """From vertex to vertex, other than from and to couplers."""

    link_edges: Sequence[tuple[int, ...]]
    """By link, its connections: several if it leads to a rail."""

    couplers: Sequence[Coupler]
    vertex_of: Mapping[int, int]
    """By the position of a component, its vertex."""

    incoming: EdgesOf
    outgoing: EdgesOf

    @property
    def rows(self) -> list[Row]:
        """The sections and couplers that are side by side, as vertices."""
        return rows_of(self.couplers, self.vertex_of)

    @property
    def is_tree(self) -> bool:
        """Whether there is only one way between any two vertices."""
        return len(self.links) + 2 * len(self.couplers) == len(self.vertices) - 1

    def ports(self, node: int) -> int:
        """Return how many lines arrive at a component from above."""
        tied = sum(node == coupler.sections[1] for coupler in self.couplers)
        return len(self.incoming[node]) - tied


def plan(network: Network, nodes: Sequence[int], tops: Collection[int]) -> Plan:
    """Return what is placed of a connected part of a network.

    Args:
        network: The network.
        nodes: The positions of the components of the part.
        tops: The positions of those that are at the top.
    """
    incoming: dict[int, list[int]] = {node: [] for node in nodes}
    outgoing: dict[int, list[int]] = {node: [] for node in nodes}
    for index, edge in enumerate(network.edges):
        if edge.source in outgoing:
            outgoing[edge.source].append(index)
            incoming[edge.destination].append(index)
    vertices = _vertices(network, nodes, incoming, outgoing, tops)
    vertex_of = {node: index for index, vertex in enumerate(vertices) for node in vertex.nodes}
    found = couplers(network, nodes, incoming, outgoing, tops)
    at_couplers = {edge for coupler in found for edge in coupler.edges}
    link_edges: list[tuple[int, ...]] = []
    for vertex in vertices:
        arriving = [(edge,) for edge in incoming[vertex.nodes[0]] if edge not in at_couplers]
        link_edges += [vertex.edges] if vertex.branches else arriving
    ends = [network.edges[edges[0]] for edges in link_edges]
    return Plan(
        network=network,
        vertices=vertices,
        tops=[index for index, vertex in enumerate(vertices) if vertex.nodes[0] in tops],
        links=[(vertex_of[edge.source], vertex_of[edge.destination]) for edge in ends],
        link_edges=link_edges,
        couplers=found,
        vertex_of=vertex_of,
        incoming=incoming,
        outgoing=outgoing,
    )


def _vertices(
    network: Network,
    nodes: Sequence[int],
    incoming: EdgesOf,
    outgoing: EdgesOf,
    tops: Collection[int],
) -> list[Vertex]:
    """Return what is placed as one: many branches that do not branch out hang on rails."""

    def branch_from(node: int) -> Branch | None:
        branch: list[tuple[int, int]] = []
        while len(incoming[node]) == 1 and node not in tops:
            branch.append((node, incoming[node][0]))
            if not outgoing[node]:
                return tuple(branch)
            if len(outgoing[node]) > 1 or len(branch) == _LONGEST_BRANCH:
                return None
            node = network.edges[outgoing[node][0]].destination
        return None

    hanging: dict[int, list[Branch]] = defaultdict(list)
    for node in nodes:
        if len(outgoing[node]) > 1 or node in tops:
            children = (network.edges[edge].destination for edge in outgoing[node])
            hanging[node] = [*filter(None, map(branch_from, children))]
    vertices = [
        Vertex(tuple(node for branch in rail for node, _ in branch), tuple(rail))
        for branches in hanging.values()
        for rail in rails(branches)
    ]
    hung = {node for vertex in vertices for node in vertex.nodes}
    vertices += (Vertex((node,)) for node in nodes if node not in hung)
    return sorted(vertices, key=lambda vertex: vertex.nodes[0])
