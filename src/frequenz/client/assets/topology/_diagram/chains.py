"""A layered graph whose links join adjacent layers only: long ones pass through bends."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from .layering import Layers, Link


@dataclass(slots=True)
class Chains:
    """The vertices, then the bends, layer by layer."""

    count: int
    """How many vertices there are; greater numbers are bends."""

    layer: list[int]
    chains: list[list[int]]
    """For each link, its vertices and bends from source to destination."""

    is_upward: list[bool]
    upper: list[list[int]] = field(default_factory=list)
    """For each vertex or bend, those that it is linked with in the layer above."""

    lower: list[list[int]] = field(default_factory=list)
    rows: list[list[int]] = field(default_factory=list)
    """The vertices and bends of each layer, from left to right."""

    parent: list[int | None] = field(default_factory=list)
    """For each vertex or bend, the one in the layer above under which it belongs."""

    paths: list[list[int]] = field(default_factory=list)
    """For each link, its vertices and bends from top to bottom."""

    bends_end: int = 0
    """Smaller numbers, from `count` on, are bends."""


def chains(links: Sequence[Link], layers: Layers) -> Chains:
    """Return a layered graph with bends, its rows in the order of a walk from top to bottom.

    A link that leads up leaves its source below, rises beside it, and enters its destination from
    above: it has a bend on each layer from its source's to its destination's.
    """
    count = len(layers.of)
    layer = list(layers.of)
    all_chains = []
    for (source, destination), is_upward in zip(links, layers.is_upward, strict=True):
        if is_upward:
            between = range(layer[source], layer[destination] - 1, -1)
        else:
            between = range(layer[source] + 1, layer[destination])
        first = len(layer)
        layer += between
        all_chains.append([source, *range(first, first + len(between)), destination])
    graph = Chains(count, layer, all_chains, layers.is_upward, bends_end=len(layer))
    _link(graph)
    _order(graph)
    return graph


def _link(graph: Chains) -> None:
    size = len(graph.layer)
    graph.upper = [[] for _ in range(size)]
    graph.lower = [[] for _ in range(size)]
    for chain, is_upward in zip(graph.chains, graph.is_upward, strict=True):
        path = chain[-2:0:-1] if is_upward else chain
        for above, below in pairwise(path):
            graph.lower[above].append(below)
            graph.upper[below].append(above)


def _order(graph: Chains) -> None:
    size = len(graph.layer)
    graph.parent = [
        min(above, key=lambda one: (one >= graph.count, one), default=None) for above in graph.upper
    ]
    beside: dict[int, list[int]] = {}
    for chain, is_upward in zip(graph.chains, graph.is_upward, strict=True):
        if is_upward:
            graph.parent[chain[-2]] = graph.parent[chain[-1]]
            beside.setdefault(chain[-1], []).append(chain[-2])
    placed = {bend for bends in beside.values() for bend in bends}
    children: list[list[int]] = [[] for _ in range(size)]
    roots: list[int] = []
    for vertex in range(size):
        if vertex not in placed:
            above = graph.parent[vertex]
            siblings = roots if above is None else children[above]
            siblings += (vertex, *beside.get(vertex, ()))
    graph.rows = [[] for _ in range(max(graph.layer, default=-1) + 1)]
    stack = roots[::-1]
    while stack:
        vertex = stack.pop()
        graph.rows[graph.layer[vertex]].append(vertex)
        stack += reversed(children[vertex])
