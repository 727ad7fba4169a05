"""The best way of a line through the layers, as long as everything else stays."""

from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

from .chains import Chains


def with_hooks(graph: Chains) -> Chains:
    """Return a graph in which the ends of lines that lead up count as lines, too.

    Such a line turns above its destination and below its source. There, it crosses what leads to
    the vertices between it and its end; two lines to a vertex at the turn cross the same.
    """
    layer = list(graph.layer)
    upper, lower = [list(one) for one in graph.upper], [list(one) for one in graph.lower]
    parent = list(graph.parent)
    rows = [list(row) for row in graph.rows]
    paths = []
    for chain, is_upward in zip(graph.chains, graph.is_upward, strict=True):
        if not is_upward:
            paths.append(chain)
            continue
        source, *bends, destination = chain
        path = bends[::-1]
        for end, bend, is_top in ((destination, bends[-1], True), (source, bends[0], False)):
            at = layer[end] - 1 if is_top else layer[end] + 1
            if not 0 <= at < len(rows):
                continue
            hook = len(layer)
            layer.append(at)
            (lower if is_top else upper).append([end, bend])
            (upper if is_top else lower).append([])
            near, far = (upper, graph.parent[end]) if is_top else (lower, None)
            near[end].append(hook)
            near[bend].append(hook)
            parent.append(None if far is None else graph.parent[far])
            index = rows[at].index(far) + 1 if far is not None else len(rows[at])
            rows[at].insert(index, hook)
            path = [hook, *path] if is_top else [*path, hook]
        paths.append(path)
    return replace(
        graph, layer=layer, upper=upper, lower=lower, parent=parent, rows=rows, paths=paths
    )


@dataclass(slots=True)
class Effort:
    """How many ways between places may still be compared: graphs may have any number of cycles."""

    left: int


def reroute(graph: Chains, rows: list[list[int]], path: list[int], effort: Effort) -> None:
    """Move the bends of a path, from top to bottom, to where it crosses the fewest lines.

    The way from each place in a row to each place in the next one costs what it crosses; the
    cheapest of all ways is found layer by layer. Does nothing if that takes more than the effort
    that is left.
    """
    bends = [vertex for vertex in path if graph.count <= vertex < graph.bends_end]
    if not bends:
        return
    first = graph.layer[bends[0]]
    sizes = [len(rows[layer]) for layer in range(first, first + len(bends))]
    effort.left -= sum(size * below for size, below in pairwise(sizes))
    if effort.left < 0:
        return
    old = []
    for layer, bend in enumerate(bends, first):
        old.append(rows[layer].index(bend))
        rows[layer].pop(old[-1])
    ways = _Ways(graph, rows, frozenset(path))
    costs = [0] * (len(rows[first]) + 1)
    if path[0] != bends[0]:
        costs = ways.down_from(path[path.index(bends[0]) - 1])
    came_from: list[list[int]] = []
    for layer in range(first, first + len(bends) - 1):
        costs, origins = ways.step(layer, costs)
        came_from.append(origins)
    if path[-1] != bends[-1]:
        ends = ways.down_to(path[path.index(bends[-1]) + 1])
        costs = [cost + end for cost, end in zip(costs, ends, strict=True)]
    place = min(range(len(costs)), key=lambda place: (costs[place], abs(place - old[-1]), place))
    for index in range(len(bends) - 1, -1, -1):
        rows[first + index].insert(place, bends[index])
        if index:
            place = came_from[index - 1][place]


class _Ways:
    """What a path crosses on its way between two rows, from which its bends are taken out."""

    def __init__(self, graph: Chains, rows: list[list[int]], own: frozenset[int]) -> None:
        self._graph = graph
        self._rows = rows
        self._own = own

    def _lines(self, layer: int) -> list[list[int]]:
        """Return for each vertex of a row where its lines end in the next one.

        Without the lines of the path itself.
        """
        position = {vertex: index for index, vertex in enumerate(self._rows[layer + 1])}
        return [
            [
                position[end]
                for end in self._graph.lower[vertex]
                if end in position and not (vertex in self._own and end in self._own)
            ]
            for vertex in self._rows[layer]
        ]

    def down_from(self, vertex: int) -> list[int]:
        """Return what it costs to get from a vertex to each place in the row below."""
        layer = self._graph.layer[vertex]
        start = self._rows[layer].index(vertex)
        left = [0] * (len(self._rows[layer + 1]) + 1)
        right = list(left)
        for index, ends in enumerate(self._lines(layer)):
            if index != start:
                counts = left if index < start else right
                for end in ends:
                    counts[end + 1] += 1
        return _crossed(left, right)

    def down_to(self, vertex: int) -> list[int]:
        """Return what it costs to get to a vertex from each place in the row above."""
        layer = self._graph.layer[vertex] - 1
        end = self._rows[layer + 1].index(vertex)
        left = [0] * (len(self._rows[layer]) + 1)
        right = list(left)
        for index, ends in enumerate(self._lines(layer), 1):
            left[index] = sum(at < end for at in ends)
            right[index] = sum(at > end for at in ends)
        return _crossed(left, right)

    def step(self, layer: int, costs: list[int]) -> tuple[list[int], list[int]]:
        """Return the costs of the places in the row below, and from where each is reached."""
        lines = self._lines(layer)
        width = len(self._rows[layer + 1]) + 1
        before_end = [0] * width
        for ends in lines:
            for end in ends:
                before_end[end + 1] += 1
        before_end = list(accumulate(before_end))
        best = [costs[0] + count for count in before_end]
        origins = [0] * width
        both = [0] * width
        """For each place, how many lines start left of the way and end left of it."""

        passed = 0
        for place, ends in enumerate(lines, 1):
            for end in ends:
                for index in range(end + 1, width):
                    both[index] += 1
            passed += len(ends)
            base = costs[place] + passed
            for index in range(width):
                cost = base + before_end[index] - 2 * both[index]
                if cost < best[index]:
                    best[index] = cost
                    origins[index] = place
        return best, origins


def _crossed(left: list[int], right: list[int]) -> list[int]:
    """Return for each place how many lines are crossed on the way there.

    Args:
        left: By place, how many lines left of the way end before it and after the one before.
        right: The same of the lines right of it.
    """
    total = sum(left)
    return [
        total - from_left + from_right
        for from_left, from_right in zip(accumulate(left), accumulate(right), strict=True)
    ]
