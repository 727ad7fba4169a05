"""The order of the vertices and bends on each layer: few lines cross.

Barycentres and swaps of neighbours, from several starts; each start is a walk of the trees.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence
from random import Random
from typing import Final, TypeAlias

from .chains import Chains
from .rerouting import reroute, with_hooks

Rows: TypeAlias = list[list[int]]

_SWEEPS: Final = 12
_PATIENCE: Final = 4
"""After how many sweeps that do not help a start is given up."""

_STARTS: Final = 24
_WORK: Final = 6000
"""How many vertices and bends all starts together may have: large graphs get fewer starts."""

_ROUNDS: Final = 6
"""How often bends are rerouted and neighbours swapped, as long as it helps."""


def order(graph: Chains) -> None:
    """Reorder the rows of a graph, unless no lines cross as it is."""
    hooked = with_hooks(graph)
    best, fewest = hooked.rows, crossings(hooked, hooked.rows)
    size = len(hooked.layer)
    random = Random(0)  # noqa: S311 - the same picture every time
    for start in range(max(1, min(_STARTS, _WORK // size))):
        if not fewest:
            break
        rows = [list(row) for row in hooked.rows]
        if start:
            _shuffle(hooked, rows, random)
        rows, count = _improve(hooked, rows)
        if count < fewest:
            best, fewest = rows, count
    real = len(graph.layer)
    graph.rows = [[vertex for vertex in row if vertex < real] for row in best]


def crossings(graph: Chains, rows: Rows) -> int:
    """Return how many pairs of lines between adjacent layers cross."""
    return sum(
        _crossings_between(graph, above, below)
        for above, below in zip(rows, rows[1:], strict=False)
    )


def _crossings_between(graph: Chains, above: list[int], below: list[int]) -> int:
    position = {vertex: index for index, vertex in enumerate(below)}
    seen: list[int] = []
    count = 0
    for vertex in above:
        ends = sorted(position[end] for end in graph.lower[vertex])
        for end in ends:
            count += len(seen) - bisect_right(seen, end)
        for end in ends:
            insort(seen, end)
    return count


def _shuffle(graph: Chains, rows: Rows, random: Random) -> None:
    """Walk the trees again, with the children of each in another order."""
    key = [random.random() for _ in graph.layer]
    for index, row in enumerate(rows):
        position = (
            {vertex: place for place, vertex in enumerate(rows[index - 1])} if index else {}
        )
        row.sort(key=lambda vertex: (_parent_place(graph, vertex, position), key[vertex]))


def _parent_place(graph: Chains, vertex: int, position: dict[int, int]) -> int:
    parent = graph.parent[vertex]
    return -1 if parent is None else position.get(parent, -1)


def _improve(graph: Chains, rows: Rows) -> tuple[Rows, int]:
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
    for _ in range(_ROUNDS):
        if not fewest:
            break
        for path in graph.paths:
            reroute(graph, best, path)
        _swap(graph, best)
        count = crossings(graph, best)
        if count == fewest:
            break
        fewest = count
    return best, fewest


def _sort(row: list[int], beside: list[int], neighbours: Sequence[list[int]]) -> None:
    """Sort a row by the barycentres of the neighbours; vertices without any keep their places."""
    position = {vertex: index for index, vertex in enumerate(beside)}
    places = [index for index, vertex in enumerate(row) if neighbours[vertex]]
    key = {
        row[index]: sum(position[it] for it in neighbours[row[index]])
        / len(neighbours[row[index]])
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
