"""A directed graph of numbered nodes; its algorithms are those of rustworkx."""

from collections.abc import Collection, Sequence
from functools import cached_property
from itertools import chain, compress
from typing import TYPE_CHECKING, Final, TypeAlias

from .._extras import missing_package_text
from .._lazy import lazy_module

if TYPE_CHECKING:
    import rustworkx
else:
    rustworkx = lazy_module("rustworkx", __package__)

Edge: TypeAlias = tuple[int, int]
"""The numbers of the source and of the destination."""

_MANY: Final = 16
"""Of what share of all nodes on, it takes longer to sort them than to go through all."""


def _new_graph() -> "rustworkx.PyDiGraph[int, None]":
    try:
        return rustworkx.PyDiGraph()
    except ModuleNotFoundError as error:
        text = missing_package_text("the component graph", "topology", error)
        raise ModuleNotFoundError(text, name=error.name) from error


class Graph:
    """Nodes, numbered from 0 on, and edges between them; answers are in the order of both.

    Several edges may connect the same nodes. Nodes without edges are part of the graph.
    """

    def __init__(self, size: int, edges: Sequence[Edge]) -> None:
        """Make a graph of some number of nodes, and of edges between these.

        Raises:
            ModuleNotFoundError: If rustworkx is not installed.
        """
        self.edges: Final = edges
        self._graph = _new_graph()
        self._graph.add_nodes_from(range(size))
        self._graph.add_edges_from_no_data(edges)

    @cached_property
    def distinct_edges(self) -> Sequence[Edge]:
        """The edges, each once."""
        is_distinct = len({*self.edges}) == len(self.edges)  # as in nearly all graphs
        return self.edges if is_distinct else [*dict.fromkeys(self.edges)]

    @cached_property
    def _backwards(self) -> "rustworkx.PyDiGraph[int, None]":
        """The graph with its edges reversed."""
        graph = self._graph.copy()
        graph.reverse()
        return graph

    def outgoing(self, node: int) -> list[int]:
        """Return the positions of the edges that lead away from a node."""
        return sorted(self._graph.out_edge_indices(node))

    def incoming(self, node: int) -> list[int]:
        """Return the positions of the edges that lead to a node."""
        return sorted(self._graph.in_edge_indices(node))

    def successors(self, node: int) -> list[int]:
        """Return the nodes that edges from a node lead to."""
        return _oldest_first(self._graph.successor_indices(node))

    def predecessors(self, node: int) -> list[int]:
        """Return the nodes from which edges lead to a node."""
        return _oldest_first(self._graph.predecessor_indices(node))

    def behind(self, node: int) -> list[int]:
        """Return the nodes that can be reached from a node, without itself."""
        found = self._ordered(self.reach([node]))
        found.remove(node)
        return found

    def _ordered(self, nodes: Collection[int]) -> list[int]:
        """Return distinct nodes in their order."""
        if len(nodes) * _MANY < self._graph.num_nodes():
            return sorted(nodes)
        is_listed = bytearray(self._graph.num_nodes())
        for node in nodes:
            is_listed[node] = True
        return [*compress(range(len(is_listed)), is_listed)]

    def levels(self, roots: Collection[int]) -> list[list[int]]:
        """Return the nodes that can be reached from some, by the least number of edges."""
        return [sorted(layer) for layer in _layers(self._graph, roots)]

    def reach(self, roots: Collection[int]) -> list[int]:
        """Return some nodes and those that can be reached from them, in any order."""
        return [*chain.from_iterable(_layers(self._graph, roots))]

    def reach_back(self, ends: Collection[int]) -> list[int]:
        """Return some nodes and those from which they can be reached, in any order."""
        return [*chain.from_iterable(_layers(self._backwards, ends))]

    def path_back(self, node: int, ends: Collection[int]) -> list[int]:
        """Return the nodes of a shortest path, against the edges, to one of some nodes.

        It starts with the node itself; empty if there is none.
        """
        targets = set(ends)
        layers = _layers(self._backwards, [node])
        depth = next((i for i, layer in enumerate(layers) if targets.intersection(layer)), None)
        if depth is None:
            return []
        # From the end to the node: each on the way has a successor in the layer before its own.
        path = [min(targets.intersection(layers[depth]))]
        for layer in reversed(layers[:depth]):
            path.append(min(set(layer).intersection(self._graph.successor_indices(path[-1]))))
        return path[::-1]

    def parts(self) -> list[list[int]]:
        """Return the nodes that edges connect in any direction, part by part."""
        return sorted(map(sorted, rustworkx.weakly_connected_components(self._graph)))

    @cached_property
    def sources_first(self) -> tuple[list[int], bool]:
        """The nodes, sources before destinations, and whether cycles prevent that."""
        try:
            return list(rustworkx.topological_sort(self._graph)), False
        except rustworkx.DAGHasCycle:
            parts = rustworkx.strongly_connected_components(self._graph)
            return [node for part in reversed(parts) for node in sorted(part)], True

    def strong_parts(self) -> list[list[int]]:
        """Return the nodes that lie on cycles, those that reach each other together."""
        if rustworkx.is_directed_acyclic_graph(self._graph):
            return []
        found = rustworkx.strongly_connected_components(self._graph)
        return sorted(sorted(part) for part in found if len(part) > 1)

    def cycles(self) -> list[list[int]]:
        """Return a cycle through each of the strong parts, from the first of its nodes on."""
        return [self._cycle(part) for part in self.strong_parts()]

    def _cycle(self, part: list[int]) -> list[int]:
        graph = self._graph.subgraph(part)
        nodes = [graph[source] for source, _ in rustworkx.digraph_find_cycle(graph, 0)]
        first = nodes.index(min(nodes))
        return nodes[first:] + nodes[:first]


def _layers(graph: "rustworkx.PyDiGraph[int, None]", roots: Collection[int]) -> list[list[int]]:
    """Return the nodes that can be reached from some, by the least number of edges, unordered."""
    return [*rustworkx.bfs_layers(graph, [*roots])] if roots else []


def _oldest_first(neighbors: Sequence[int]) -> list[int]:
    """Return the neighbors that rustworkx lists, the newest edge first, by their first edges."""
    return list(dict.fromkeys(reversed(neighbors)))
