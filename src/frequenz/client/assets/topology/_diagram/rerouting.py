"""The best way of a line through the layers, as long as everything else stays."""

from dataclasses import replace
from itertools import accumulate

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


def reroute(graph: Chains, rows: list[list[int]], path: list[int]) -> None:
    """Move the bends of a path, from top to bottom, to where it crosses the fewest lines.

    The way from each place in a row to each place in the next one costs what it crosses; the
    cheapest of all ways is found layer by layer.
    """
    bends = [vertex for vertex in path if graph.count <= vertex < graph.bends_end]
    if not bends:
        return
    own = set(path)
    first = graph.layer[bends[0]]
    old = {}
    for bend in bends:
        row = rows[graph.layer[bend]]
        old[bend] = row.index(bend)
        row.pop(old[bend])
    above = path[path.index(bends[0]) - 1] if path[0] != bends[0] else None
    below = path[path.index(bends[-1]) + 1] if path[-1] != bends[-1] else None
    costs = [0] * (len(rows[first]) + 1)
    if above is not None:
        costs = _ways(graph, rows, first - 1, own, rows[first - 1].index(above), above)
    came_from: list[list[int]] = []
    for index in range(len(bends) - 1):
        costs, origins = _step(graph, rows, first + index, own, costs, old[bends[index + 1]])
        came_from.append(origins)
    if below is not None:
        last = first + len(bends) - 1
        ends = _ways_up(graph, rows, last, own, rows[last + 1].index(below), below)
        costs = [cost + end for cost, end in zip(costs, ends, strict=True)]
    place = min(
        range(len(costs)), key=lambda place: (costs[place], abs(place - old[bends[-1]]), place)
    )
    for index in range(len(bends) - 1, -1, -1):
        rows[first + index].insert(place, bends[index])
        if index:
            place = came_from[index - 1][place]


def _lines(graph: Chains, rows: list[list[int]], layer: int, own: set[int]) -> list[list[int]]:
    """Return for each vertex of a row the places of those in the next row it is linked with.

    Without the links of the path itself.
    """
    position = {vertex: index for index, vertex in enumerate(rows[layer + 1])}
    return [
        [
            position[end]
            for end in graph.lower[vertex]
            if end in position and not (vertex in own and end in own)
        ]
        for vertex in rows[layer]
    ]


def _ways(
    graph: Chains, rows: list[list[int]], layer: int, own: set[int], start: int, vertex: int
) -> list[int]:
    """Return what it costs to get from a vertex to each place in the row below."""
    left = [0] * (len(rows[layer + 1]) + 1)
    right = list(left)
    for index, ends in enumerate(_lines(graph, rows, layer, own)):
        if index == start:
            continue
        counts = left if index < start else right
        for end in ends:
            counts[end + 1] += 1
    return _crossed(left, right)


def _ways_up(
    graph: Chains, rows: list[list[int]], layer: int, own: set[int], end: int, vertex: int
) -> list[int]:
    """Return what it costs to get to a vertex from each place in the row above."""
    left = [0] * (len(rows[layer]) + 1)
    right = list(left)
    for index, ends in enumerate(_lines(graph, rows, layer, own)):
        left[index + 1] += sum(1 for at in ends if at < end)
        right[index + 1] += sum(1 for at in ends if at > end)
    return _crossed(left, right)


def _crossed(left: list[int], right: list[int]) -> list[int]:
    """Return for each place how many lines of one side end beyond it, on the other side."""
    total = sum(left)
    return [
        total - from_left + from_right
        for from_left, from_right in zip(accumulate(left), accumulate(right), strict=True)
    ]


def _step(
    graph: Chains,
    rows: list[list[int]],
    layer: int,
    own: set[int],
    costs: list[int],
    preferred: int,
) -> tuple[list[int], list[int]]:
    """Return the costs of the places in the row below, and from which place each is reached."""
    lines = _lines(graph, rows, layer, own)
    width = len(rows[layer + 1]) + 1
    before_end = [0] * width
    for ends in lines:
        for end in ends:
            before_end[end + 1] += 1
    before_end = list(accumulate(before_end))
    best = [costs[0] + count for count in before_end]
    origins = [0] * width
    both = [0] * width
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
