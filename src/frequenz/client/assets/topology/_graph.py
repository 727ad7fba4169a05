"""A directed graph of numbered nodes; its algorithms are those of rustworkx."""

from collections.abc import Collection, Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Final, TypeAlias

from .._extras import missing_package_text
from .._lazy import lazy_module

if TYPE_CHECKING:
    import rustworkx
else:
    rustworkx = lazy_module("rustworkx", __package__)

Edge: TypeAlias = tuple[int, int]
"""The numbers of the source and of the destination."""


def _new_graph() -> "rustworkx.PyDiGraph[int, None]":
    try:
        return rustworkx.PyDiGraph()
    except ModuleNotFoundError as error:
        text = missing_package_text("the component graph", "topology", error)
        raise ModuleNotFoundError(text, name=error.name) from error


class Graph:
    """Nodes and edges, with answers in the order in which both were given.

    Several edges may connect the same nodes. Nodes without edges are part of the graph.
    """

    def __init__(self, nodes: Iterable[int], edges: Sequence[Edge]) -> None:
        """Make a graph; the nodes must be distinct, and include the ends of all edges.

        Raises:
            ModuleNotFoundError: If rustworkx is not installed.
        """
        self.nodes: Final = list(nodes)
        self.edges: Final = edges
        self._index = dict(zip(self.nodes, range(len(self.nodes)), strict=True))
        self._graph = _new_graph()
        self._graph.add_nodes_from(self.nodes)
        index = self._index
        self._graph.add_edges_from_no_data(
            [(index[source], index[destination]) for source, destination in edges]
        )

    @cached_property
    def _backwards(self) -> "rustworkx.PyDiGraph[int, None]":
        """The graph with its edges reversed."""
        graph = self._graph.copy()
        graph.reverse()
        return graph

    @cached_property
    def outgoing(self) -> dict[int, list[int]]:
        """By node with edges that lead away from it, their positions."""
        found: dict[int, list[int]] = {}
        for position, (source, _) in enumerate(self.edges):
            found.setdefault(source, []).append(position)
        return found

    @cached_property
    def incoming(self) -> dict[int, list[int]]:
        """By node with edges that lead to it, their positions."""
        found: dict[int, list[int]] = {}
        for position, (_, destination) in enumerate(self.edges):
            found.setdefault(destination, []).append(position)
        return found

    @cached_property
    def neighbors(self) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
        """By node, the nodes that edges lead to from it, and those from which edges lead to it.

        Nodes without such edges are left out.
        """
        successors: dict[int, list[int]] = {}
        predecessors: dict[int, list[int]] = {}
        for source, destination in dict.fromkeys(self.edges):
            successors.setdefault(source, []).append(destination)
            predecessors.setdefault(destination, []).append(source)
        return successors, predecessors

    def successors(self, node: int) -> Sequence[int]:
        """Return the nodes that edges from a node lead to."""
        return self.neighbors[0].get(node, ())

    def predecessors(self, node: int) -> Sequence[int]:
        """Return the nodes from which edges lead to a node."""
        return self.neighbors[1].get(node, ())

    def behind(self, node: int) -> list[int]:
        """Return the nodes that can be reached from a node, without itself."""
        return self._in_order(rustworkx.descendants(self._graph, self._index[node]))

    def levels(self, roots: Collection[int]) -> list[list[int]]:
        """Return the nodes that can be reached from some, by the least number of edges."""
        if not roots:
            return []
        layers = rustworkx.bfs_layers(self._graph, [self._index[root] for root in roots])
        return [self._in_order(layer) for layer in layers]

    def reach(self, roots: Collection[int]) -> set[int]:
        """Return the nodes that can be reached from some, with these."""
        return {node for level in self.levels(roots) for node in level}

    def reach_back(self, ends: Collection[int]) -> set[int]:
        """Return the nodes from which some can be reached, with these."""
        if not ends:
            return set()
        layers = rustworkx.bfs_layers(self._backwards, [self._index[end] for end in ends])
        return {self.nodes[index] for layer in layers for index in layer}

    def path_back(self, node: int, ends: Collection[int]) -> list[int]:
        """Return the nodes of a shortest path, against the edges, to one of some nodes.

        It starts with the node itself; empty if there is none.
        """
        targets = {self._index[end] for end in ends}
        layers = rustworkx.bfs_layers(self._backwards, [self._index[node]])
        depth = next((i for i, layer in enumerate(layers) if targets.intersection(layer)), None)
        if depth is None:
            return []
        # From the end to the node: each on the way has a successor in the layer before its own.
        index = min(targets.intersection(layers[depth]))
        path = [index]
        for layer in reversed(layers[:depth]):
            index = min(set(layer).intersection(self._graph.successor_indices(index)))
            path.append(index)
        return [self.nodes[index] for index in reversed(path)]

    def parts(self) -> list[list[int]]:
        """Return the nodes that edges connect in any direction, part by part."""
        found = rustworkx.weakly_connected_components(self._graph)
        return [self._in_order(part) for part in sorted(found, key=min)]

    def sources_first(self) -> tuple[list[int], bool]:
        """Return the nodes, sources before destinations, and whether cycles prevent that."""
        if rustworkx.is_directed_acyclic_graph(self._graph):
            indices = list(rustworkx.topological_sort(self._graph))
            return [self.nodes[index] for index in indices], False
        parts = rustworkx.strongly_connected_components(self._graph)
        return [self.nodes[index] for part in reversed(parts) for index in sorted(part)], True

    def strong_parts(self) -> list[list[int]]:
        """Return the nodes that lie on cycles, those that reach each other together."""
        if rustworkx.is_directed_acyclic_graph(self._graph):
            return []
        found = rustworkx.strongly_connected_components(self._graph)
        parts = [part for part in found if len(part) > 1]
        return [self._in_order(part) for part in sorted(parts, key=min)]

    def cycles(self) -> list[list[int]]:
        """Return a cycle through each of the strong parts, from the first of its nodes on."""
        return [self._cycle(part) for part in self.strong_parts()]

    def _cycle(self, part: list[int]) -> list[int]:
        indices = [self._index[node] for node in part]
        graph = self._graph.subgraph(indices)
        edges = rustworkx.digraph_find_cycle(graph, 0)
        nodes = [graph[source] for source, _ in edges]
        first = nodes.index(min(nodes, key=self._index.__getitem__))
        return nodes[first:] + nodes[:first]

    def _in_order(self, indices: Iterable[int]) -> list[int]:
        nodes = self.nodes
        return [nodes[index] for index in sorted(indices)]
