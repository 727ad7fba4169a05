"""The part of a layered graph that decides how many lines cross.

Of the trees that hang on a vertex, only the longest way down matters: where it can be without
crossings, the others can be beside it. They are taken away, and put back when the rest has its
order.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from .chains import Chains

_Hanging: TypeAlias = list[tuple[int, int]]
"""Vertices with one line, then those that have one without these, and so on, with the neighbour."""


@dataclass(frozen=True, slots=True)
class Core:
    """The part of a graph that decides how many lines cross, and what else there is."""

    graph: Chains
    blocks: dict[int, list[int]]
    """By vertex of a longest way down, all vertices beside it, itself included, in order."""


def core(graph: Chains) -> Core:
    """Return the part of a graph that decides how many lines cross."""
    hanging = [
        (vertex, neighbour)
        for vertex, neighbour in _hanging(graph)
        if graph.layer[neighbour] < graph.layer[vertex]
    ]
    children: dict[int, list[int]] = {}
    height: dict[int, int] = {}
    for vertex, neighbour in hanging:
        children.setdefault(neighbour, []).append(vertex)
        height[neighbour] = max(height.get(neighbour, 0), height.get(vertex, 0) + 1)
    hung = {vertex for vertex, _ in hanging}
    blocks: dict[int, list[int]] = {}
    for neighbour in children:
        if neighbour not in hung:
            blocks |= _blocks(graph, neighbour, children, height)
    gone = hung - blocks.keys()
    inner = replace(
        graph,
        upper=_without(graph.upper, gone),
        lower=_without(graph.lower, gone),
        rows=_without(graph.rows, gone),
        paths=[path for path in graph.paths if gone.isdisjoint(path)],
    )
    return Core(inner, blocks)


def put_back(core: Core, rows: Sequence[Sequence[int]]) -> list[list[int]]:
    """Return the rows of the whole graph for those of its core."""
    return [[one for vertex in row for one in core.blocks.get(vertex, (vertex,))] for row in rows]


def _blocks(
    graph: Chains, root: int, children: dict[int, list[int]], height: dict[int, int]
) -> dict[int, list[int]]:
    """Return what hangs on a vertex, by the vertices of its longest way down."""
    by_layer: dict[int, list[int]] = {}
    stack = sorted(children[root], reverse=True)
    while stack:
        vertex = stack.pop()
        by_layer.setdefault(graph.layer[vertex], []).append(vertex)
        stack += sorted(children.get(vertex, ()), reverse=True)
    blocks = {}
    way = root
    while way in children:
        way = max(children[way], key=lambda vertex: (height.get(vertex, 0), -vertex))
        blocks[way] = by_layer[graph.layer[way]]
    return blocks


def _hanging(graph: Chains) -> _Hanging:
    near = [{*above, *below} for above, below in zip(graph.upper, graph.lower, strict=True)]
    lines = [len(above) + len(below) for above, below in zip(graph.upper, graph.lower, strict=True)]
    hanging: _Hanging = []
    ends = [vertex for vertex, count in enumerate(lines) if count == 1]
    for vertex in ends:
        if not near[vertex]:
            continue  # its neighbour was taken away, so it is all that is left
        (neighbour,) = near[vertex]
        hanging.append((vertex, neighbour))
        near[neighbour].discard(vertex)
        lines[neighbour] -= 1
        if lines[neighbour] == 1:
            ends.append(neighbour)
    return hanging


def _without(lists: Sequence[Sequence[int]], gone: set[int]) -> list[list[int]]:
    return [[vertex for vertex in one if vertex not in gone] for one in lists]
