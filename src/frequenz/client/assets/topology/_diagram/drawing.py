"""Where every symbol, label and line of a diagram is."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import sqrt
from typing import Final

from .figures import Box, Placed, Point, moved
from .placing import GRID

_MARGIN: Final = 24
_BETWEEN: Final = 40
"""Between parts that are not connected with each other."""

_FRAME: Final = 12
"""Around an island."""

_FRAME_TOP: Final = 20
_RATIO: Final = 1.6
_MIN_ROW: Final = 1200
"""Parts side by side are at least so wide together before the next ones go below them."""

_GRIDS_WIDER: Final = 2
"""Parts with grid connection points go side by side, even if the row gets so many times as wide."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DrawnWire:
    """The line of a connection, or the rail of several."""

    edges: tuple[int, ...]
    points: tuple[Point, ...]
    is_rail: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class DrawnBusbar:
    """A busbar, with the line that joins it with its component."""

    node: int
    edges: tuple[int, ...]
    """The connections that it joins."""

    stub: tuple[Point, ...]
    bar: tuple[Point, Point]


@dataclass(kw_only=True, slots=True)
class Drawing:
    """Everything that is drawn of a network, with its place."""

    width: float = 0
    height: float = 0
    placed: list[Placed] = field(default_factory=list)
    wires: list[DrawnWire] = field(default_factory=list)
    busbars: list[DrawnBusbar] = field(default_factory=list)
    islands: list[Box] = field(default_factory=list)
    order: list[int] = field(default_factory=list)
    """The positions of the nodes, from the grid down."""

    upward: set[int] = field(default_factory=set)
    """The connections that lead back up."""


def boxes_of(placed: Placed) -> list[Box]:
    """Return the room of a symbol, of its arrow, and of each line of its labels."""
    labels = (label.box.moved(placed.x, placed.y) for label in placed.labels)
    return [placed.box, *filter(None, [placed.arrow_box]), *labels]


def from_left(drawing: Drawing) -> Drawing:
    """Return a drawing whose leftmost point is at x = 0, with its width."""
    left, right = _sides(drawing)
    return replace(_moved(drawing, -left, 0), width=right - left)


def _sides(drawing: Drawing) -> tuple[float, float]:
    boxes = [box for placed in drawing.placed for box in boxes_of(placed)]
    points = [point for wire in drawing.wires for point in wire.points]
    points += [point for busbar in drawing.busbars for point in busbar.bar]
    left = min([*(box.left for box in boxes), *(x for x, _ in points)])
    right = max([*(box.right for box in boxes), *(x for x, _ in points)])
    return left // GRID * GRID, -(-right // GRID) * GRID


def _moved(drawing: Drawing, x: float, y: float) -> Drawing:
    dx, dy = int(x), int(y)

    def points(listed: Sequence[Point]) -> tuple[Point, ...]:
        return tuple((a + dx, b + dy) for a, b in listed)

    return replace(
        drawing,
        placed=[moved(placed, dx, dy) for placed in drawing.placed],
        wires=[replace(wire, points=points(wire.points)) for wire in drawing.wires],
        busbars=[
            replace(
                busbar,
                stub=points(busbar.stub),
                bar=(points(busbar.bar)[0], points(busbar.bar)[1]),
            )
            for busbar in drawing.busbars
        ],
    )


def arranged(pieces: Sequence[tuple[bool, Drawing]], top: int) -> Drawing:
    """Return one drawing of parts that are not connected: side by side, in rows.

    Args:
        pieces: Whether each part has a grid connection point, and its drawing; all others are
            islands.
        top: How much room to leave at the top.
    """
    drawing = Drawing()
    area = sum((piece.width + _BETWEEN) * (piece.height + _BETWEEN) for _, piece in pieces)
    widest = max((piece.width for _, piece in pieces), default=0)
    limit = max(widest, _MIN_ROW, sqrt(area * _RATIO))
    x, y, row = float(_MARGIN), float(top), 0.0
    for has_grid, piece in pieces:
        around, above = (0, 0) if has_grid else (_FRAME, _FRAME_TOP)
        most = limit * (_GRIDS_WIDER if has_grid else 1)
        if x > _MARGIN and x + piece.width + 2 * around > most + _MARGIN:
            x, y, row = float(_MARGIN), y + row + _BETWEEN, 0.0
        shown = _moved(piece, x + around, y + above)
        drawing.placed += shown.placed
        drawing.wires += shown.wires
        drawing.busbars += shown.busbars
        drawing.order += shown.order
        drawing.upward |= shown.upward
        width, height = piece.width + 2 * around, piece.height + above + around
        if not has_grid:
            drawing.islands.append(Box(x, y, x + width, y + height))
        x += width + _BETWEEN
        row = max(row, height)
        drawing.width = max(drawing.width, x - _BETWEEN + _MARGIN)
    drawing.height = y + row
    return drawing
