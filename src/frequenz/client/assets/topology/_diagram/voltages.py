"""The voltages of busbars, as far as transformers tell them."""

from bisect import insort
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, inf
from typing import Final

from ...electrical_component import ElectricalComponentCategory, PowerTransformer
from .drawing import Drawing, DrawnBusbar, boxes_of
from .figures import Box, Label
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

_MIN_BAR: Final = 120
"""A busbar that is less than a third as long only joins parallel lines."""

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
    """Return the voltages of connections, and captions for the long busbars of each zone.

    Long ones are at least a third as long as the longest one. A zone is what is connected without a
    transformer or a converter between. A busbar has no caption if there is no room for it.
    """
    zones = _zones(network)
    known: dict[int, set[str]] = {}
    for edge, zone in enumerate(zones):
        known.setdefault(zone, set()).update(_at_ends(network, edge))
    texts = {zone: found.pop() for zone, found in known.items() if len(found) == 1}
    longest: dict[int, int] = {}
    for busbar in drawing.busbars:
        zone = zones[busbar.edges[0]]
        longest[zone] = max(longest.get(zone, _MIN_BAR), _length(busbar))
    room = _room(drawing)
    captions = {}
    for index, busbar in enumerate(drawing.busbars):
        zone = zones[busbar.edges[0]]
        if has_captions and zone in texts and _length(busbar) * 3 >= longest[zone]:
            caption = _caption(busbar, texts[zone], room, drawing.width)
            if caption is not None:
                captions[index] = caption
                insort(room, caption.box, key=_left)
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


def _caption(busbar: DrawnBusbar, text: str, room: Sequence[Box], width: float) -> Label | None:
    """Return the caption above a busbar, as far left as there is room, or else right of it.

    Args:
        busbar: The busbar.
        text: The caption.
        room: What the caption must not touch.
        width: Of the drawing.
    """
    (left, y), (right, _) = busbar.bar
    line = Line(text, "n")
    above = Label(line, 0, y - _ABOVE, "start")
    x = left
    for box in _between(room, above.box.top, above.box.bottom):
        if box.left - x >= line.width + _SPACE:
            break
        x = max(x, ceil(box.right) + _SPACE)
    if x + line.width <= right:
        return Label(line, x, above.y, "start")
    beside = Label(line, right + _SPACE, y + 3, "start")
    start, end = beside.x - 1, beside.x + line.width + _SPACE
    taken = _between(room, beside.box.top, beside.box.bottom)
    is_free = all(box.right <= start or box.left >= end for box in taken)
    return beside if is_free and end <= width else None


def _room(drawing: Drawing) -> list[Box]:
    """Return the room of everything in a drawing, from left to right."""
    lines = [
        *(wire.points for wire in drawing.wires),
        *(line for busbar in drawing.busbars for line in (busbar.stub, busbar.bar)),
    ]
    room = [box for placed in drawing.placed for box in boxes_of(placed)]
    room += (
        Box(min(x, end_x), min(y, end_y), max(x, end_x), max(y, end_y))
        for points in lines
        for (x, y), (end_x, end_y) in pairwise(points)
    )
    return sorted(room, key=_left)


def _left(box: Box) -> float:
    return box.left


def _between(room: Sequence[Box], top: float, bottom: float) -> list[Box]:
    """Return what is between two heights."""
    return [box for box in room if box.top < bottom and box.bottom > top]
