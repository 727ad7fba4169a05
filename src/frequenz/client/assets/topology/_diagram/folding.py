"""Drawing equal branches once."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from .network import Edge, Network, Node, part_of

MIN_BRANCHES: Final = 4
"""From how many equal branches on they are drawn once."""


def fold(network: Network) -> Network:
    """Return a network in which one branch stands for all equal ones behind the same component.

    Branches are equal if their components have the same category, type, ratings and status, apart
    from names and IDs, and are connected alike. What has major findings, a note or changes, or is
    highlighted by its ID, is never folded away; minor findings count as part of the status.
    """
    return _Folding(network).folded()


class _Folding:
    """The branches of a network, and what is drawn of them."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._outgoing, self._incoming = _by_ends(network)
        self._kinds = self._find_kinds()
        self._members: dict[int, tuple[int, ...]] = {}
        """For each node that stands for several, all of them."""

        self._dropped: set[int] = set()

    def folded(self) -> Network:
        """Return the network with one branch for all equal ones."""
        stack = [index for index in range(len(self._network.nodes)) if index not in self._kinds]
        while stack:
            equal: dict[int, list[int]] = defaultdict(list)
            for child in self._children(stack.pop()):
                if child in self._kinds:
                    equal[self._kinds[child]].append(child)
            for branches in equal.values():
                if len(branches) < MIN_BRANCHES:
                    stack += branches
                else:
                    self._merge(branches)
                    stack.append(branches[0])
        return _without(self._network, self._members, self._dropped)

    def _children(self, node: int) -> list[int]:
        return [self._network.edges[edge].destination for edge in self._outgoing[node]]

    def _find_kinds(self) -> dict[int, int]:
        """Return for each node that may be folded a number, which equal branches have in common."""
        nodes, edges = self._network.nodes, self._network.edges
        kinds: dict[int, int] = {}
        numbers: dict[Any, int] = {}
        for index in _from_leaves(len(nodes), edges, self._outgoing):
            children = self._children(index)
            if len(self._incoming[index]) != 1 or any(child not in kinds for child in children):
                continue
            likeness = _likeness(nodes[index]), _edge_likeness(edges[self._incoming[index][0]])
            if None not in likeness:
                behind = tuple(sorted(kinds[child] for child in children))
                kinds[index] = numbers.setdefault((likeness, behind), len(numbers))
        return kinds

    def _merge(self, branches: list[int]) -> None:
        """Let the first of some equal branches stand for all, node by node."""
        stack = [branches]
        while stack:
            first, *others = stack.pop()
            self._members[first] = tuple(
                member for node in (first, *others) for member in self._members.get(node, (node,))
            )
            self._dropped.update(others)
            children = (
                sorted(self._children(node), key=lambda child: (self._kinds[child], child))
                for node in (first, *others)
            )
            stack += (list(equal) for equal in zip(*children, strict=True))


def _by_ends(network: Network) -> tuple[list[list[int]], list[list[int]]]:
    outgoing: list[list[int]] = [[] for _ in network.nodes]
    incoming: list[list[int]] = [[] for _ in network.nodes]
    for index, edge in enumerate(network.edges):
        outgoing[edge.source].append(index)
        incoming[edge.destination].append(index)
    return outgoing, incoming


def _from_leaves(count: int, edges: Sequence[Edge], outgoing: list[list[int]]) -> list[int]:
    """Return the nodes with those behind each before it; without those that lead into a cycle."""
    waiting = [len(out) for out in outgoing]
    before: list[list[int]] = [[] for _ in range(count)]
    for edge in edges:
        before[edge.destination].append(edge.source)
    order = [index for index in range(count) if not waiting[index]]
    for index in order:
        for source in before[index]:
            waiting[source] -= 1
            if not waiting[source]:
                order.append(source)
    return order


def _likeness(node: Node) -> Any:
    """Return what equal nodes have in common; None for nodes that are not folded."""
    component, status = node.component, node.status
    if component is None or status.is_major or status.note or status.change:
        return None
    return (
        type(component),
        component.category,
        getattr(component, "type", None),
        tuple(
            sorted(
                (str(metric), it.lower, it.upper) for metric, it in component.rated_bounds.items()
            )
        ),
        getattr(component, "primary_power", None),
        getattr(component, "secondary_power", None),
        status.reasons,
        status.is_cut_off,
        status.findings,
        status.is_highlighted,
    )


def _edge_likeness(edge: Edge) -> Any:
    status = edge.status
    if status.is_major or status.change:
        return None
    return status.reasons, status.is_cut_off, status.findings


def _without(network: Network, members: dict[int, tuple[int, ...]], dropped: set[int]) -> Network:
    if not dropped:
        return network
    nodes = [
        replace(
            node, ids=tuple(network.nodes[member].id for member in members.get(index, (index,)))
        )
        for index, node in enumerate(network.nodes)
    ]
    kept = (index for index in range(len(nodes)) if index not in dropped)
    return part_of(replace(network, nodes=nodes), kept)
