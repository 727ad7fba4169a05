"""The order of the vertices and bends on each layer: few lines cross.

Barycentres and swaps of neighbours, from several starts; each start is a walk of the trees.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence
from random import Random
from typing import Final, TypeAlias

from .chains import Chains
from .cores import core, put_back
from .rerouting import Effort, reroute, with_hooks

Rows: TypeAlias = list[list[int]]

_SWEEPS: Final = 4
_PATIENCE: Final = 2
"""After how many sweeps that do not help a start is given up."""

_STARTS: Final = 40
_WORK: Final = 2800
"""How many vertices and bends all starts together may have: large graphs get fewer starts."""

_IDLE: Final = 2
"""One in how many vertices is how many starts may be no better before there are no more."""

_SMALL: Final = 100
"""Up to how many vertices and bends all are ordered; of larger graphs, only what decides."""

_EFFORT: Final = 3_000_000
"""How many ways of bends are compared for a graph, about a second's worth."""

_ROUNDS: Final = 6
"""How often bends are rerouted and neighbours swapped, as long as it helps."""


def order(graph: Chains) -> None:
    """Reorder the rows of a graph, unless no lines cross as it is."""
    hooked = with_hooks(graph)
    if not crossings(hooked, hooked.rows):
        return
    effort = Effort(_EFFORT)
    if len(hooked.layer) <= _SMALL:
        rows = _best(hooked, effort)
    else:
        inner = core(hooked)
        rows = put_back(inner, _best(inner.graph, effort))
        _repair(hooked, rows, effort)
    real = len(graph.layer)
    graph.rows = [[vertex for vertex in row if vertex < real] for row in rows]


def _best(graph: Chains, effort: Effort) -> Rows:
    """Return the order with the fewest crossings, from several starts."""
    best, fewest = graph.rows, crossings(graph, graph.rows)
    size = sum(map(len, graph.rows))
    random = Random(0)
    idle = 0
    for start in range(max(1, min(_STARTS, _WORK // size))):
        rows = [list(row) for row in graph.rows]
        if start:
            _shuffle(graph, rows, random)
        rows, count = _improve(graph, rows, effort)
        idle += 1
        if count < fewest:
            best, fewest, idle = rows, count, 0
        if not fewest or idle == size // _IDLE:
            break
    return best


def crossings(graph: Chains, rows: Rows) -> int:
    """Return how many pairs of lines between adjacent layers cross."""
    position = [0] * len(graph.layer)
    for row in rows:
        for index, vertex in enumerate(row):
            position[vertex] = index
    count = 0
    for row in rows:
        seen: list[int] = []
        for vertex in row:
            below = graph.lower[vertex]
            if len(below) > 1:
                ends = sorted([position[end] for end in below])
            elif below:
                ends = [position[below[0]]]
            else:
                continue
            if seen and ends[0] < seen[-1]:
                for end in ends:
                    count += len(seen) - bisect_right(seen, end)
                for end in ends:
                    insort(seen, end)
            else:
                seen += ends
    return count


def _shuffle(graph: Chains, rows: Rows, random: Random) -> None:
    """Walk the trees again, with the children of each in another order."""
    key = [random.random() for _ in graph.layer]
    for index, row in enumerate(rows):
        position = {vertex: place for place, vertex in enumerate(rows[index - 1])} if index else {}
        row.sort(key=lambda vertex: (_parent_place(graph, vertex, position), key[vertex]))


def _parent_place(graph: Chains, vertex: int, position: dict[int, int]) -> int:
    parent = graph.parent[vertex]
    return -1 if parent is None else position.get(parent, -1)


def _improve(graph: Chains, rows: Rows, effort: Effort) -> tuple[Rows, int]:
    best, fewest = [list(row) for row in rows], crossings(graph, rows)
    idle = 0
    for sweep in range(_SWEEPS):
        if sweep % 2:
            for index in range(len(rows) - 2, -1, -1):
                _sort(rows[index], rows[index + 1], graph.lower)
        else:
            for index in range(1, len(rows)):
                _sort(rows[index], rows[index - 1], graph.upper)
        count = crossings(graph, rows)
        if count < fewest:
            best, fewest, idle = [list(row) for row in rows], count, 0
        else:
            idle += 1
        if not fewest or idle == _PATIENCE:
            break
    return best, _repair(graph, best, effort) if fewest else 0


def _repair(graph: Chains, rows: Rows, effort: Effort) -> int:
    """Reroute bends and swap neighbours as long as it helps; return how many lines cross."""
    fewest = crossings(graph, rows)
    for _ in range(_ROUNDS):
        if not fewest:
            break
        for path in graph.paths:
            reroute(graph, rows, path, effort)
        _swap(graph, rows)
        count = crossings(graph, rows)
        if count == fewest:
            break
        fewest = count
    return fewest


def _sort(row: list[int], beside: list[int], neighbours: Sequence[list[int]]) -> None:
    """Sort a row by the barycentres of the neighbours; vertices without any keep their places."""
    position = {vertex: index for index, vertex in enumerate(beside)}
    places = [index for index, vertex in enumerate(row) if neighbours[vertex]]
    key = {
        row[index]: sum(position[it] for it in neighbours[row[index]]) / len(neighbours[row[index]])
        for index in places
    }
    ordered = sorted((row[index] for index in places), key=key.__getitem__)
    for index, vertex in zip(places, ordered, strict=True):
        row[index] = vertex


def _swap(graph: Chains, rows: Rows) -> int:
    """Swap neighbours as long as that removes crossings; return how many it removes."""
    gained = 0
    position = {vertex: index for row in rows for index, vertex in enumerate(row)}
    for row in rows:
        for left in range(len(row) - 1):
            one, other = row[left], row[left + 1]
            gain = sum(
                _inversions(position, side[one], side[other])
                - _inversions(position, side[other], side[one])
                for side in (graph.upper, graph.lower)
            )
            if gain > 0:
                row[left], row[left + 1] = other, one
                position[one], position[other] = left + 1, left
                gained += gain
    return gained


def _inversions(position: dict[int, int], left: list[int], right: list[int]) -> int:
    """Return how many lines cross, from a vertex to `left` and from the next one to `right`."""
    if not left or not right:
        return 0
    ends = sorted(position[end] for end in right)
    return sum(bisect_left(ends, position[end]) for end in left)
