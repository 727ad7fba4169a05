"""Where the vertices and bends of a layered graph are from left to right: tidy trees.

Every subtree keeps its outline, layer by layer, and is pushed against the one to its left; parents
are over the middle of their children. All numbers are multiples of `GRID`.
"""

from bisect import bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from .chains import Chains

GRID: Final = 4
GAP: Final = 12
"""The least distance of neighbours."""

_STRAIGHTENING: Final = 6
"""How often bends are moved towards their neighbours."""

_FEEDER_HEIGHT: Final = 4
_BRANCH_HEIGHT: Final = 2
"""A child whose tree has so many layers, while those of its siblings have at most so many, is the
continuation of a feeder: its parent is straight above it."""


@dataclass(slots=True)
class Outline:
    """The leftmost and rightmost points of a subtree, from its lowest layer to its highest."""

    left: list[int]
    right: list[int]
    shift: int = 0
    """What is to be added to all of them."""


_NEARLY_STRAIGHT: Final = 16
"""A parent that would be so near to a child is straight above it."""


def place(
    graph: Chains, extents: Sequence[tuple[int, int]], deep: Collection[int] = ()
) -> list[int]:
    """Return the x of each vertex and bend.

    Args:
        graph: The graph, with its rows in their final order.
        extents: How far each reaches to the left and to the right of its x.
        deep: The vertices that have the room below them on all layers for themselves.
    """
    parents = _monotone_parents(graph)
    children: list[list[int]] = [[] for _ in graph.layer]
    for row, own in zip(graph.rows, parents, strict=True):
        for vertex, parent in zip(row, own, strict=True):
            if parent is not None:
                children[parent].append(vertex)
    top = graph.rows[0] if graph.rows else []
    x = _tidy(graph, children, top, extents, frozenset(deep))
    _straighten(graph, x, extents)
    return x


def _monotone_parents(graph: Chains) -> list[list[int | None]]:
    """Return for each row the parents of its vertices, so that no lines to parents cross.

    As many as possible are those under which the vertices belong; the others are the parents of
    their neighbours.
    """
    parents: list[list[int | None]] = [[None] * len(row) for row in graph.rows[:1]]
    for above, row in zip(graph.rows, graph.rows[1:], strict=False):
        position = {vertex: index for index, vertex in enumerate(above)}
        wanted = [
            None if (parent := graph.parent[vertex]) is None else position[parent] for vertex in row
        ]
        kept = _longest_ascent(wanted)
        current = next((wanted[index] for index in sorted(kept)), 0) or 0
        own: list[int | None] = []
        for index in range(len(row)):
            if index in kept:
                current = wanted[index] or 0
            own.append(above[current])
        parents.append(own)
    return parents


def _longest_ascent(numbers: Sequence[int | None]) -> set[int]:
    """Return the indexes of a longest part of some numbers that never descends."""
    tails: list[int] = []
    tail_indexes: list[int] = []
    before: dict[int, int | None] = {}
    for index, number in enumerate(numbers):
        if number is None:
            continue
        place = bisect_right(tails, number)
        before[index] = tail_indexes[place - 1] if place else None
        tails[place : place + 1] = [number]
        tail_indexes[place : place + 1] = [index]
    kept = set()
    last = tail_indexes[-1] if tail_indexes else None
    while last is not None:
        kept.add(last)
        last = before[last]
    return kept


def _tidy(
    graph: Chains,
    children: list[list[int]],
    top: list[int],
    extents: Sequence[tuple[int, int]],
    deep: Collection[int],
) -> list[int]:
    size = len(graph.layer)
    outlines: list[Outline | None] = [None] * size
    offset = [0] * size
    """Of each, its distance from its parent."""

    height = [0] * size
    """Of each, how many layers its subtree has."""

    for row in reversed(graph.rows):
        for vertex in row:
            left, right = extents[vertex]
            outline, places = _merge_all(outlines, children[vertex])
            height[vertex] = 1 + max((height[child] for child in children[vertex]), default=0)
            own = _middle(graph, vertex, children[vertex], places, height)
            for child, at in zip(children[vertex], places, strict=True):
                offset[child] = at - own
                outlines[child] = None
            layers = len(graph.rows) - graph.layer[vertex] if vertex in deep else 1
            outline.left += [own - left - outline.shift] * layers
            outline.right += [own + right - outline.shift] * layers
            outline.shift -= own
            outlines[vertex] = outline
    x = [0] * size
    _, places = _merge_all(outlines, top)
    for vertex, at in zip(top, places, strict=True):
        x[vertex] = at
    for row in graph.rows:
        for vertex in row:
            for child in children[vertex]:
                x[child] = x[vertex] + offset[child]
    return x


def _merge_all(
    outlines: list[Outline | None], vertices: Sequence[int]
) -> tuple[Outline, list[int]]:
    """Push subtrees together; return their common outline, and where their tops are."""
    merged = Outline([], [])
    places = []
    for vertex in vertices:
        outline = outlines[vertex] or Outline([], [])
        at = 0
        if merged.left:
            depth = min(len(merged.left), len(outline.left))
            at = max(
                merged.right[-level] + merged.shift - outline.left[-level] - outline.shift + GAP
                for level in range(1, depth + 1)
            )
        outline.shift += at
        places.append(at)
        merged = _merge(merged, outline)
    return merged, places


def _merge(left: Outline, right: Outline) -> Outline:
    """Return the outline of two subtrees side by side, in the longer one's lists."""
    if len(left.left) >= len(right.left):
        change = right.shift - left.shift
        for level in range(1, len(right.left) + 1):
            left.right[-level] = right.right[-level] + change
        return left
    change = left.shift - right.shift
    for level in range(1, len(left.left) + 1):
        right.left[-level] = left.left[-level] + change
    return right


def _middle(
    graph: Chains,
    vertex: int,
    children: list[int],
    places: list[int],
    height: list[int],
) -> int:
    """Return where a parent is among its children."""
    own = [
        (at, child)
        for at, child in zip(places, children, strict=True)
        if graph.parent[child] == vertex
    ]
    real = [(at, child) for at, child in own if child < graph.count] or own
    if not real:
        return places[0] if places else 0
    if len(real) > 1:
        *_, (branch, _), (feeder, at) = sorted((height[child], at) for at, child in real)
        if feeder >= _FEEDER_HEIGHT and branch <= _BRANCH_HEIGHT:
            return at
    middle = (real[0][0] + real[-1][0]) // 2 // GRID * GRID
    nearest = min((at for at, _ in real), key=lambda at: abs(at - middle))
    return nearest if abs(nearest - middle) <= _NEARLY_STRAIGHT else middle


def _straighten(graph: Chains, x: list[int], extents: Sequence[tuple[int, int]]) -> None:
    """Move bends towards the middle between their neighbours, as far as there is room."""
    for turn in range(_STRAIGHTENING):
        for row in graph.rows if turn % 2 else reversed(graph.rows):
            for index, vertex in enumerate(row):
                if vertex < graph.count:
                    continue
                near = [x[it] for it in (*graph.upper[vertex], *graph.lower[vertex])]
                if not near:
                    continue
                left, right = extents[vertex]
                low = high = None
                if index:
                    before = row[index - 1]
                    low = x[before] + extents[before][1] + GAP + left
                if index + 1 < len(row):
                    after = row[index + 1]
                    high = x[after] - extents[after][0] - GAP - right
                wanted = sum(near) // len(near)
                if turn >= _STRAIGHTENING - 2:
                    wanted = min(near, key=lambda at: abs(at - x[vertex]))
                wanted = wanted // GRID * GRID
                if low is not None:
                    wanted = max(wanted, low)
                if high is not None:
                    wanted = min(wanted, high)
                x[vertex] = wanted
