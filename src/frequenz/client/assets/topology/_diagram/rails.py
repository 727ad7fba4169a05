"""Many branches behind one component, one below the other on rails."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from math import ceil, sqrt
from typing import Final, TypeAlias

from .figures import (
    TOP,
    Figure,
    Placed,
    Point,
    beside,
    moved,
    room_left,
    round_up,
    voltage_labels,
)
from .labels import LabelPart, directions_of, label_of
from .network import Network
from .placing import GRID
from .symbols import HALF, symbol_of

Branch: TypeAlias = tuple[tuple[int, int], ...]
"""The positions of components that feed one another, each with that of its connection."""

_MIN_RAIL: Final = 10
"""From how many branches behind one component on they hang on rails, several on each."""

_RAIL_RATIO: Final = 2.5
_RAIL_TO_SYMBOL: Final = 30
_TAP: Final = 26
"""How far above the middle of a symbol its tap of a rail is."""

_WITHIN_BRANCH: Final = 16
"""Between the symbols of a branch on a rail."""


def on_rail(
    network: Network,
    branches: Iterable[Branch],
    parts: Collection[LabelPart],
    names: Mapping[int, Sequence[str | None]],
) -> Figure:
    """Return the figure of several branches, one below the other on a rail.

    Args:
        network: The network.
        branches: The branches.
        parts: What labels consist of.
        names: By position, the names of all components that one stands for.
    """
    placed: list[Placed] = []
    taps: list[tuple[int, tuple[Point, ...]]] = []
    rail, right, y = 0, 0.0, -TOP + 4
    for branch in branches:
        own = [
            _beside_rail(network, node, parts, names[node], is_last=node == branch[-1][0])
            for node, _ in branch
        ]
        x = round_up(
            max(
                _RAIL_TO_SYMBOL,
                *(room_left(it.directions, it.labels) + 2 * GRID for it in own),
            )
        )
        above: Placed | None = None
        for (_, edge), figure in zip(branch, own, strict=True):
            half = max((label.box.bottom for label in figure.labels), default=0)
            middle = y + max(_TAP, ceil(half) + 1)
            if above is None:
                rail = tap = middle - _TAP
                points: tuple[Point, ...] = (0, tap), (x, tap), (x, middle + figure.symbol.top)
            else:
                start = above.y + above.symbol.bottom
                middle = max(middle, start + _WITHIN_BRANCH - figure.symbol.top)
                points = (x, start), (x, middle + figure.symbol.top)
            above = moved(figure, x, middle)
            placed.append(above)
            taps.append((edge, points))
            right = max(right, x + HALF + 2, *(x + label.box.right for label in figure.labels))
            y = middle + max(figure.symbol.foot + 9, ceil(half) + 1)
    return Figure(
        placed=tuple(placed),
        left=2 * GRID,
        right=round_up(right),
        top=TOP,
        bottom=y,
        rail=rail,
        taps=tuple(taps),
    )


def _beside_rail(
    network: Network,
    node: int,
    parts: Collection[LabelPart],
    names: Sequence[str | None],
    *,
    is_last: bool,
) -> Placed:
    shown = network.nodes[node]
    directions = directions_of(shown.component) if "rating" in parts else frozenset()
    volts = voltage_labels(shown.component, bool(directions)) if "rating" in parts else []
    return Placed(
        node=node,
        symbol=symbol_of(shown.component, is_last=is_last),
        labels=(*beside(label_of(shown, names, parts)), *volts),
        directions=directions,
    )


def rails(branches: Sequence[Branch]) -> list[list[Branch]]:
    """Return what hangs on which rail, in order; nothing if there are few branches."""
    if len(branches) < _MIN_RAIL:
        return []
    size = sum(map(len, branches))
    count = ceil(size / ceil(sqrt(_RAIL_RATIO * size)))
    hanging: list[list[Branch]] = [[] for _ in range(count)]
    before = 0
    for branch in branches:
        hanging[(2 * before + len(branch)) * count // (2 * size)].append(branch)
        before += len(branch)
    return [rail for rail in hanging if rail]
