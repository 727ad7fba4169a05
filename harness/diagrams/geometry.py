"""What is wrong with the geometry of a diagram: computed from where everything is."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from frequenz.client.assets.topology._diagram.drawing import Drawing, boxes_of
from frequenz.client.assets.topology._diagram.figures import Box, Point
from frequenz.client.assets.topology._diagram.scene import Scene


def lines_of(drawing: Drawing) -> list[tuple[str, tuple[Point, ...]]]:
    """Return all lines, each with what is electrically one: the component that it starts from."""
    return [
        *((f"wire {wire.edges}", wire.points) for wire in drawing.wires),
        *((f"busbar of {busbar.node}", busbar.bar) for busbar in drawing.busbars),
        *((f"stub of {busbar.node}", busbar.stub) for busbar in drawing.busbars),
    ]


def faults(scene: Scene) -> list[str]:
    """Return every overlap of symbols and labels, and every line through one of them."""
    drawing = scene.drawing
    boxes = [
        (f"{scene.network.nodes[placed.node].id} part {part}", box)
        for placed in drawing.placed
        for part, box in enumerate(boxes_of(placed))
    ]
    boxes += ((f"caption {it.line.text}", it.box) for it in scene.voltages.captions.values())
    return [
        *(f"{one} overlaps {other}" for one, other in _overlaps(boxes)),
        *(f"{line} runs through {box}" for line, box in _hits(lines_of(drawing), boxes)),
        *(f"{one} lies on {other}" for one, other in _shared(drawing)),
        *(f"{name} leaves the picture" for name, box in boxes if not _is_inside(box, drawing)),
        *(f"{line} is not straight" for line, points in lines_of(drawing) if _is_oblique(points)),
    ]


def _overlaps(boxes: Sequence[tuple[str, Box]]) -> Iterator[tuple[str, str]]:
    ordered = sorted(boxes, key=lambda item: item[1].left)
    open_: list[tuple[str, Box]] = []
    for name, box in ordered:
        open_ = [item for item in open_ if item[1].right > box.left]
        for other_name, other in open_:
            if other.top < box.bottom and box.top < other.bottom:
                yield name, other_name
        open_.append((name, box))


def _hits(
    lines: Sequence[tuple[str, Sequence[Point]]], boxes: Sequence[tuple[str, Box]]
) -> Iterator[tuple[str, str]]:
    ordered = sorted(boxes, key=lambda item: item[1].left)
    segments = sorted(
        (min(x, end_x), max(x, end_x), min(y, end_y), max(y, end_y), name)
        for name, points in lines
        for (x, y), (end_x, end_y) in pairwise(points)
    )
    open_: list[tuple[str, Box]] = []
    index = 0
    boxes_by_left = ordered
    for left, right, low, high, name in segments:
        while index < len(boxes_by_left) and boxes_by_left[index][1].left < right:
            open_.append(boxes_by_left[index])
            index += 1
        open_ = [item for item in open_ if item[1].right > left]
        for box_name, box in open_:
            if box.left < right and left < box.right and box.top < high and low < box.bottom:
                yield name, box_name


def _shared(drawing: Drawing) -> Iterator[tuple[str, str]]:
    """Find parts of lines of different nets that lie on each other."""
    by_line: dict[tuple[bool, int], list[tuple[int, int, int, str]]] = {}
    for index, (name, points) in enumerate(lines_of(drawing)):
        for (x, y), (end_x, end_y) in pairwise(points):
            is_vertical = x == end_x
            start, end = sorted((y, end_y) if is_vertical else (x, end_x))
            by_line.setdefault((is_vertical, x if is_vertical else y), []).append(
                (start, end, index, name)
            )
    for parts in by_line.values():
        parts.sort()
        for (_, end, _, name), (start, _, _, other) in pairwise(parts):
            if start < end:
                yield name, other


def _is_inside(box: Box, drawing: Drawing) -> bool:
    return (
        box.left >= 0
        and box.top >= 0
        and box.right <= drawing.width
        and box.bottom <= drawing.height
    )


def _is_oblique(points: Sequence[Point]) -> bool:
    return any(x != end_x and y != end_y for (x, y), (end_x, end_y) in pairwise(points))


def count_crossings(drawing: Drawing) -> int:
    """Return how many times lines cross."""
    horizontal, vertical = [], []
    for _, points in lines_of(drawing):
        for (x, y), (end_x, end_y) in pairwise(points):
            if y == end_y:
                horizontal.append((y, min(x, end_x), max(x, end_x)))
            else:
                vertical.append((x, min(y, end_y), max(y, end_y)))
    return sum(
        left < x < right and low < y < high
        for y, left, right in horizontal
        for x, low, high in vertical
    )
