"""The voltages of busbars, as far as transformers tell them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, inf
from typing import Final

from ...electrical_component import ElectricalComponentCategory, PowerTransformer
from .drawing import Drawing, DrawnBusbar, boxes_of
from .figures import Label
from .labels import Line, voltages_of
from .network import Network

_CATEGORY: Final = ElectricalComponentCategory
_SAME_VOLTAGE: Final = frozenset(
    {
        *(_CATEGORY.GRID, _CATEGORY.METER, _CATEGORY.BREAKER, _CATEGORY.PLC),
        *(_CATEGORY.STATIC_TRANSFER_SWITCH, _CATEGORY.UNINTERRUPTIBLE_POWER_SUPPLY),
    }
)
"""What has the same voltage on all sides."""

_MIN_BAR: Final = 40
"""Shorter busbars only join parallel lines."""

_ABOVE: Final = 6
"""How far above a busbar the baseline of its caption is."""

_SPACE: Final = 6
"""Between a caption and everything else."""


@dataclass(frozen=True, slots=True)
class Voltages:
    """The voltages of a drawing."""

    of_edges: Sequence[str]
    """By connection; empty if unknown."""

    captions: Mapping[int, Label]
    """By the position of a busbar, its caption."""


def voltages(network: Network, drawing: Drawing, *, has_captions: bool) -> Voltages:
    """Return the voltages of connections, and a caption for the longest busbar of each zone.

    A zone is what is connected without a transformer or a converter between. A busbar has no
    caption if there is no room for it.
    """
    zones = _zones(network)
    known: dict[int, set[str]] = {}
    for edge, zone in enumerate(zones):
        known.setdefault(zone, set()).update(_at_ends(network, edge))
    texts = {zone: found.pop() for zone, found in known.items() if len(found) == 1}
    lengths = [_length(busbar) for busbar in drawing.busbars]
    longest: dict[int, int] = {}
    for index in sorted(range(len(lengths)), key=lambda index: -lengths[index]):
        longest.setdefault(zones[drawing.busbars[index].edges[0]], index)
    captions = {
        index: caption
        for zone, index in longest.items()
        if has_captions
        and zone in texts
        and lengths[index] >= _MIN_BAR
        and (caption := _caption(drawing, drawing.busbars[index], texts[zone]))
    }
    return Voltages([texts.get(zone, "") for zone in zones], captions)


def _zones(network: Network) -> list[int]:
    """Return a number for each connection that those of the same zone have in common."""
    zone = list(range(len(network.edges)))

    def find(edge: int) -> int:
        while zone[edge] != edge:
            zone[edge] = zone[zone[edge]]
            edge = zone[edge]
        return edge

    first: dict[tuple[int, bool], int] = {}
    for index, edge in enumerate(network.edges):
        for node, is_source in ((edge.source, True), (edge.destination, False)):
            component = network.nodes[node].component
            is_same = component is not None and component.category in _SAME_VOLTAGE
            side = (node, True) if is_same else (node, is_source)
            zone[find(index)] = find(first.setdefault(side, index))
    return [find(edge) for edge in zone]


def _at_ends(network: Network, edge: int) -> Iterator[str]:
    """Yield the voltages that the transformers at both ends of a connection have there."""
    above, below = (
        network.nodes[end].component
        for end in (network.edges[edge].source, network.edges[edge].destination)
    )
    if isinstance(above, PowerTransformer) and 0 < above.secondary_power < inf:
        yield voltages_of(above)[1]
    if isinstance(below, PowerTransformer) and 0 < below.primary_power < inf:
        yield voltages_of(below)[0]


def _length(busbar: DrawnBusbar) -> int:
    (left, _), (right, _) = busbar.bar
    return right - left


def _caption(drawing: Drawing, busbar: DrawnBusbar, text: str) -> Label | None:
    """Return the caption above a busbar, as far left as there is room, or else right of it."""
    (left, y), (right, _) = busbar.bar
    line = Line(text, "n")
    above = Label(line, 0, y - _ABOVE, "start")
    x = left
    for start, end in _taken(drawing, above.box.top, above.box.bottom):
        if start - x >= line.width + _SPACE:
            break
        x = max(x, ceil(end) + _SPACE)
    if x + line.width <= right:
        return Label(line, x, above.y, "start")
    beside = Label(line, right + _SPACE, y + 3, "start")
    room = beside.x - 1, beside.x + line.width + _SPACE
    taken = _taken(drawing, beside.box.top, beside.box.bottom)
    is_free = all(end <= room[0] or start >= room[1] for start, end in taken)
    return beside if is_free and room[1] <= drawing.width else None


def _taken(drawing: Drawing, top: float, bottom: float) -> list[tuple[float, float]]:
    """Return what is between two heights: where each thing starts and ends, from left to right."""
    lines = [
        *(wire.points for wire in drawing.wires),
        *(line for busbar in drawing.busbars for line in (busbar.stub, busbar.bar)),
    ]
    taken: list[tuple[float, float]] = [
        (box.left, box.right)
        for placed in drawing.placed
        for box in boxes_of(placed)
        if box.top < bottom and box.bottom > top
    ]
    taken += (
        (min(x, end_x), max(x, end_x))
        for points in lines
        for (x, y), (end_x, end_y) in pairwise(points)
        if min(y, end_y) < bottom and max(y, end_y) > top
    )
    return sorted(taken)
