"""The whole line of each connection of a diagram, and how often lines cross."""

from collections.abc import Sequence
from itertools import combinations, pairwise

from frequenz.client.assets.topology._diagram.figures import Point
from frequenz.client.assets.topology._diagram.scene import Scene


def whole_lines(scene: Scene) -> dict[int, list[Point]]:
    """Return the line of each connection from its source's symbol to its destination's."""
    drawing = scene.drawing
    start: dict[int, list[Point]] = {}
    end: dict[int, list[Point]] = {}
    for busbar in drawing.busbars:
        for edge in busbar.edges:
            if scene.network.edges[edge].source == busbar.node:
                start[edge] = list(busbar.stub)
            elif busbar.stub[0][1] == busbar.bar[0][1]:
                end[edge] = list(busbar.stub)
            else:
                end[edge] = list(busbar.stub)[::-1]  # of a coupler, which leads to the busbar
    lines: dict[int, list[Point]] = {edge: list(points) for edge, points in start.items()}
    for wire in sorted(drawing.wires, key=lambda wire: not wire.is_rail):
        for edge in wire.edges:
            lines.setdefault(edge, []).extend(wire.points)
    for edge, points in end.items():
        lines[edge].extend(points)
    return lines


def crossings(lines: Sequence[tuple[int, int, Sequence[Sequence[float]]]]) -> int:
    """Return how often the lines of connections cross that have no component in common.

    Args:
        lines: The source, the destination and the points of each line.
    """
    count = 0
    for (a, b, one), (c, d, other) in combinations(lines, 2):
        if {a, b}.isdisjoint((c, d)):
            count += _crossings(one, other)
    return count


def _crossings(one: Sequence[Sequence[float]], other: Sequence[Sequence[float]]) -> int:
    return sum(
        _cross(start, end, other_start, other_end)
        for start, end in pairwise(one)
        for other_start, other_end in pairwise(other)
    )


def _cross(a: Sequence[float], b: Sequence[float], c: Sequence[float], d: Sequence[float]) -> bool:
    """Return whether two straight lines cross between their ends."""
    return _side(a, b, c) * _side(a, b, d) < 0 and _side(c, d, a) * _side(c, d, b) < 0


def _side(a: Sequence[float], b: Sequence[float], c: Sequence[float]) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
