"""Which layer each vertex of a graph is on, the grid connection points on the uppermost."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

Link: TypeAlias = tuple[int, int]
"""The upper and the lower vertex, as far as there is no cycle."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Layers:
    """The layer of each vertex, 0 at the top."""

    of: list[int]
    is_upward: list[bool]
    """Whether each link leads back up: it closes a cycle, or leads into a vertex at the top."""


def layers(count: int, links: Sequence[Link], tops: Sequence[int]) -> Layers:
    """Return layers such that links lead down, but for those that cannot."""
    outgoing: list[list[int]] = [[] for _ in range(count)]
    has_incoming = [False] * count
    at_top = set(tops)
    is_upward = [destination in at_top for _, destination in links]
    for index, (source, destination) in enumerate(links):
        if not is_upward[index]:
            outgoing[source].append(index)
            has_incoming[destination] = True
    roots = [*tops, *(vertex for vertex in range(count) if not has_incoming[vertex]), *range(count)]
    order = _depth_first(count, links, outgoing, roots, is_upward)
    of = [0] * count
    for vertex in order:
        for index in outgoing[vertex]:
            if not is_upward[index]:
                below = links[index][1]
                of[below] = max(of[below], of[vertex] + 1)
    for vertex in order:
        if not has_incoming[vertex] and vertex not in at_top:
            below_all = [of[links[i][1]] for i in outgoing[vertex] if not is_upward[i]]
            of[vertex] = min(below_all, default=1) - 1
    return Layers(of=of, is_upward=is_upward)


def _depth_first(
    count: int,
    links: Sequence[Link],
    outgoing: list[list[int]],
    roots: list[int],
    is_upward: list[bool],
) -> list[int]:
    """Return the vertices in topological order; mark the links that close cycles as upward."""
    new, open_, done = 0, 1, 2
    state = [new] * count
    finished = []
    for root in roots:
        if state[root] != new:
            continue
        state[root] = open_
        stack = [(root, iter(outgoing[root]))]
        while stack:
            vertex, rest = stack[-1]
            for index in rest:
                below = links[index][1]
                if state[below] == open_:
                    is_upward[index] = True
                elif state[below] == new:
                    state[below] = open_
                    stack.append((below, iter(outgoing[below])))
                    break
            else:
                state[vertex] = done
                finished.append(vertex)
                stack.pop()
    return finished[::-1]
