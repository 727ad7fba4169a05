"""The symbols with their labels, around their own origins."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from math import ceil
from typing import Final, Literal, TypeAlias

from ...electrical_component import ElectricalComponent
from .labels import LINE, Direction, LabelPart, Line, directions_of, label_of, voltages_of
from .network import Network
from .placing import GRID
from .symbols import HALF, Symbol, symbol_of

Anchor: TypeAlias = Literal["start", "middle", "end"]
Point: TypeAlias = tuple[int, int]

TOP: Final = 24
"""How far above its middle a symbol needs room, for a bar where several lines arrive."""

_BESIDE: Final = 26
"""Where labels beside a symbol start, from its middle."""

_BELOW: Final = 3
"""Between a symbol and its label below."""

ARROW: Final = -25
"""The x of the arrow for the direction of the bounds, and the y of its middle."""

ARROW_Y: Final = -4

_PORT_STEP: Final = 16
_NARROW_STEP: Final = 8
"""If more than three lines arrive."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle."""

    left: float
    top: float
    right: float
    bottom: float

    def moved(self, x: float, y: float) -> "Box":
        """Return the rectangle at another place."""
        return Box(self.left + x, self.top + y, self.right + x, self.bottom + y)


@dataclass(frozen=True, slots=True)
class Label:
    """A line of text."""

    line: Line
    x: float
    y: float
    """The y of its baseline."""

    anchor: Anchor

    @property
    def box(self) -> Box:
        """The room that it needs."""
        width = self.line.width
        left = self.x - {"start": 0.0, "middle": width / 2, "end": width}[self.anchor]
        return Box(left, self.y - LINE + 3, left + width, self.y + 3)


@dataclass(frozen=True, kw_only=True, slots=True)
class Placed:
    """A symbol with its labels."""

    node: int
    symbol: Symbol
    x: int = 0
    y: int = 0
    labels: tuple[Label, ...] = ()
    """Around the symbol's middle."""

    directions: frozenset[Direction] = frozenset()
    """The directions of the bounds, of the arrow beside the symbol."""

    is_lying: bool = False
    """Whether lines arrive at the left and at the right, not at the top and at the bottom."""

    @property
    def arrow_box(self) -> Box | None:
        """The room of the arrow beside the symbol; None if it has none."""
        if not self.directions:
            return None
        return Box(ARROW - 4, ARROW_Y - 8, ARROW + 4, ARROW_Y + 8).moved(self.x, self.y)

    @property
    def box(self) -> Box:
        """The room of the symbol."""
        half = self.symbol.half_width
        return Box(-half, -HALF, half, self.symbol.foot).moved(self.x, self.y)


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """What one vertex of the layout stands for: a symbol, or several on a rail."""

    placed: tuple[Placed, ...]
    left: int
    right: int
    top: int
    bottom: int
    rail: int | None = None
    """Where the rail ends; None if there is none. It starts at the top, at x = 0."""

    taps: tuple[tuple[int, tuple[Point, ...]], ...] = field(default=())
    """The connections from the rail to the symbols, with their points."""

    @property
    def line_top(self) -> int:
        """Where the line from above ends."""
        return -TOP if self.rail is not None else self.placed[0].symbol.top

    @property
    def line_bottom(self) -> int:
        """Where the line to below starts."""
        return self.placed[0].symbol.bottom


def single(
    network: Network,
    node: int,
    parts: Collection[LabelPart],
    *,
    ports: int,
    is_last: bool,
    names: Sequence[str | None],
) -> Figure:
    """Return the figure of a component, with its label beside it, or below it if it feeds nothing.

    Args:
        network: The network.
        node: The position of the component in it.
        parts: What labels consist of.
        ports: How many lines arrive from above.
        is_last: Whether it feeds nothing.
        names: The names of all components that it stands for.
    """
    shown = network.nodes[node]
    symbol = symbol_of(shown.component, is_last=is_last)
    lines = label_of(shown, names, parts)
    widest = max((line.width for line in lines), default=0)
    left = right = max(HALF + 2, GRID + _reach(ports))
    top, bottom = TOP, HALF + 2
    if is_last:
        labels = _below(symbol, lines)
        left = right = max(left, ceil(widest / 2))
        bottom = symbol.foot + _BELOW + LINE * len(lines) + 3
    else:
        start = max(_BESIDE, right + 2 * GRID) if ports > 2 else _BESIDE
        labels = beside(lines, start)
        right = max(right, ceil(start + widest)) if lines else right
        half = LINE * len(lines) // 2 + 2
        top, bottom = max(top, half), max(bottom, half)
    directions = directions_of(shown.component) if "rating" in parts else frozenset()
    volts = voltage_labels(shown.component, bool(directions)) if "rating" in parts else []
    left = max(left, room_left(directions, volts))
    return Figure(
        placed=(Placed(node=node, symbol=symbol, labels=(*labels, *volts), directions=directions),),
        left=round_up(left),
        right=round_up(right),
        top=top,
        bottom=bottom,
    )


def lying(
    network: Network, node: int, parts: Collection[LabelPart], names: Sequence[str | None]
) -> Figure:
    """Return the figure of a coupler between two busbars, with its label below.

    Lines to the busbars go down from its left and right ends, beside the label.
    """
    shown = network.nodes[node]
    symbol = symbol_of(shown.component, is_last=False)
    lines = label_of(shown, names, parts)
    half = round_up(max([2 * HALF, *(line.width / 2 + GRID for line in lines)]))
    return Figure(
        placed=(Placed(node=node, symbol=symbol, labels=(*_below(symbol, lines),), is_lying=True),),
        left=half,
        right=half,
        top=TOP,
        bottom=symbol.foot + _BELOW + LINE * len(lines) + 3,
    )


def _below(symbol: Symbol, lines: Sequence[Line]) -> list[Label]:
    return [
        Label(line, 0, symbol.foot + _BELOW + LINE * index + 10, "middle")
        for index, line in enumerate(lines)
    ]


def beside(lines: Sequence[Line], start: int = _BESIDE) -> list[Label]:
    """Return the labels beside a symbol, which is in the middle of their height."""
    first = 10 - LINE * len(lines) // 2
    return [Label(line, start, first + LINE * index, "start") for index, line in enumerate(lines)]


def voltage_labels(component: ElectricalComponent | None, has_arrow: bool) -> list[Label]:
    """Return the voltages of a transformer, left of its circles."""
    return [
        Label(Line(text, ""), (ARROW - 6) if has_arrow else (-16), y, "end")
        for text, y in zip(voltages_of(component), (-8, 15), strict=True)
        if text
    ]


def room_left(directions: Collection[Direction], volts: Sequence[Label]) -> int:
    """Return how much room an arrow and voltages need left of the middle of a symbol."""
    return max([6 - ARROW if directions else 0, *(ceil(-label.box.left) for label in volts)])


def port_offsets(count: int, straight: int) -> list[int]:
    """Return where lines arrive at a symbol, from its middle.

    Args:
        count: How many lines arrive.
        straight: Which of them should arrive in the middle, if there are few.
    """
    if count > 3:
        return [(2 * index - count + 1) * _NARROW_STEP // 2 for index in range(count)]
    return [(index - straight) * _PORT_STEP for index in range(count)]


def _reach(count: int) -> int:
    """Return how far from the middle of a symbol lines arrive at most."""
    return (count - 1) * _NARROW_STEP // 2 if count > 3 else (count - 1) * _PORT_STEP


def moved(placed: Placed, x: int, y: int) -> Placed:
    """Return a symbol with its labels at another place."""
    return replace(placed, x=placed.x + x, y=placed.y + y)


def round_up(number: float) -> int:
    """Return the next multiple of the grid."""
    return ceil(number / GRID) * GRID
