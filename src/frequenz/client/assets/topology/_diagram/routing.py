"""The lines of a placed graph: from symbol to symbol, vertical and horizontal."""

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, TypeAlias

from .chains import Chains
from .channels import Net, assign_tracks
from .figures import TOP, Figure, Point, port_offsets
from .symbols import HALF

_ABOVE_TRACKS: Final = 12
_BELOW_TRACKS: Final = 16
_TRACK: Final = 12

_BAR: Final = 2 - TOP
"""The y of the bar where several lines arrive, from the middle of a symbol."""

Nets: TypeAlias = list[dict[Hashable, Net]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Wire:
    """The line of a link."""

    link: int
    points: tuple[Point, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Tie:
    """The line from a coupler, which lies, down to the busbar of a section beside it."""

    edge: int
    coupler: int
    section: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Busbar:
    """What joins several lines at a vertex."""

    vertex: int
    links: tuple[int, ...]
    ties: tuple[int, ...] = ()
    """The connections with couplers."""

    stub: tuple[Point, ...]
    """The line from the symbol to the bar."""

    bar: tuple[Point, Point]


@dataclass(slots=True)
class Routes:
    """Where everything of a connected part is, from its upper left corner."""

    middle: list[int] = field(default_factory=list)
    """The y of each layer."""

    height: int = 0
    wires: list[Wire] = field(default_factory=list)
    ties: list[tuple[int, tuple[Point, ...]]] = field(default_factory=list)
    """The connections of couplers, with their lines from the busbar to the coupler."""

    busbars: list[Busbar] = field(default_factory=list)


def route(
    graph: Chains,
    x: Sequence[int],
    figures: Sequence[Figure],
    deep: Collection[int] = (),
    ties: Sequence[Tie] = (),
) -> Routes:
    """Return the lines of a graph whose vertices and bends are placed from left to right.

    Args:
        graph: The graph.
        x: The x of each vertex and bend.
        figures: What the vertices look like.
        deep: The vertices that have the room below them on all layers for themselves.
        ties: The lines of couplers.
    """
    ports = _ports(graph, x)
    nets: Nets = [{} for _ in range(len(graph.rows) + 1)]
    passages = [_passages(graph, link, x, ports[link], nets) for link in range(len(graph.chains))]
    ends = [_tie_end(tie, x, figures) for tie in ties]
    for tie, end in zip(ties, ends, strict=True):
        channel = nets[graph.layer[tie.section] + 1]
        channel.setdefault(tie.section, Net(upper=[x[tie.section]])).upper.append(end)
    tracks = [assign_tracks(channel) for channel in nets]
    routes = Routes()
    track_y, y = [], 0
    for layer, count in enumerate(tracks):
        track_y.append([y + _ABOVE_TRACKS + _TRACK * index for index in range(count)])
        is_between = 0 < layer < len(graph.rows)
        if count or is_between:
            y += _ABOVE_TRACKS + max(0, count - 1) * _TRACK + _BELOW_TRACKS
        if layer < len(graph.rows):
            row = [vertex for vertex in graph.rows[layer] if vertex < graph.count]
            y += max(figures[vertex].top for vertex in row)
            routes.middle.append(y)
            y += max((figures[vertex].bottom for vertex in row if vertex not in deep), default=0)
    lowest = (routes.middle[graph.layer[vertex]] + figures[vertex].bottom for vertex in deep)
    routes.height = max([y, *lowest])
    lines = _Lines(graph, figures, routes, _Channels(x, ports, nets, track_y))
    lines.draw_ties(ties, ends)
    lines.draw(passages)
    return routes


def _tie_end(tie: Tie, x: Sequence[int], figures: Sequence[Figure]) -> int:
    """Return the x at which a line comes down from a coupler."""
    figure, at = figures[tie.coupler], x[tie.coupler]
    return at - figure.left if x[tie.section] < at else at + figure.right


@dataclass(frozen=True, slots=True)
class _Channels:
    """Where lines are between the layers."""

    x: Sequence[int]
    """The x of each vertex and bend."""

    ports: Sequence[int]
    """The x at which each link arrives at its destination."""

    nets: Nets
    track_y: Sequence[Sequence[int]]


@dataclass(frozen=True, slots=True)
class _Passage:
    """A link's way through a channel: where it enters and leaves a net."""

    channel: int
    net: Hashable
    start: int
    end: int
    starts_above: bool
    ends_above: bool


def _ports(graph: Chains, x: Sequence[int]) -> list[int]:
    """Return for each link the x at which it arrives at its destination."""
    arriving: list[list[int]] = [[] for _ in range(graph.count)]
    for link, chain in enumerate(graph.chains):
        arriving[chain[-1]].append(link)
    ports = [0] * len(graph.chains)
    for vertex, links in enumerate(arriving):
        links.sort(key=lambda link: (x[graph.chains[link][-2]], link))
        if links:
            near = [abs(x[graph.chains[link][-2]] - x[vertex]) for link in links]
            offsets = port_offsets(len(links), near.index(min(near)))
            for link, offset in zip(links, offsets, strict=True):
                ports[link] = x[vertex] + offset
    return ports


def _passages(graph: Chains, link: int, x: Sequence[int], port: int, nets: Nets) -> list[_Passage]:
    """Add the pins of a link to the nets; return its way through them."""
    chain = graph.chains[link]
    passages = []
    for index, (one, other) in enumerate(pairwise(chain)):
        is_last = index == len(chain) - 2
        end = port if is_last else x[other]
        key: Hashable = one
        starts_above, ends_above = True, False
        channel = graph.layer[one] + 1
        if graph.is_upward[link]:
            if index:
                starts_above = False
                channel = graph.layer[one]
            ends_above = not is_last
        net = nets[channel].setdefault(key, Net())
        for at, is_above in ((x[one], starts_above), (end, ends_above)):
            pins = net.upper if is_above else net.lower
            if at not in pins:
                pins.append(at)
        passages.append(_Passage(channel, key, x[one], end, starts_above, ends_above))
    return passages


class _Lines:
    """Draws lines into routes."""

    def __init__(
        self, graph: Chains, figures: Sequence[Figure], routes: Routes, channels: _Channels
    ) -> None:
        self._graph = graph
        self._figures = figures
        self._routes = routes
        self._channels = channels
        self._leaving: list[list[int]] = [[] for _ in range(graph.count)]
        self._arriving: list[list[int]] = [[] for _ in range(graph.count)]
        for link, chain in enumerate(graph.chains):
            self._leaving[chain[0]].append(link)
            self._arriving[chain[-1]].append(link)
        self._tied: list[list[int]] = [[] for _ in range(graph.count)]

    def draw_ties(self, ties: Sequence[Tie], ends: Sequence[int]) -> None:
        """Draw the lines of couplers."""
        for tie, end in zip(ties, ends, strict=True):
            channel = self._graph.layer[tie.section] + 1
            net, ys = self._channels.nets[channel][tie.section], self._channels.track_y[channel]
            middle, x = self._middle(tie.coupler), self._channels.x[tie.coupler]
            start = net.detours.get(end, (0, end))[1], ys[net.track]
            side = HALF if end > x else -HALF
            points = [start, *_stepping(net, end, ys)[::-1], (end, middle), (x + side, middle)]
            self._routes.ties.append((tie.edge, _simplified(points)))
            self._tied[tie.section].append(tie.edge)

    def draw(self, passages: Sequence[list[_Passage]]) -> None:
        """Draw all lines."""
        for link, own in enumerate(passages):
            self._routes.wires.append(Wire(link=link, points=self._wire(link, own)))
        for vertex in range(self._graph.count):
            if self._has_busbar(vertex):
                self._routes.busbars.append(self._busbar_below(vertex))
            if len(self._arriving[vertex]) > 1:
                self._routes.busbars.append(self._busbar_above(vertex))

    def _has_busbar(self, vertex: int) -> bool:
        return len(self._leaving[vertex]) > 1 or bool(self._tied[vertex])

    def _middle(self, vertex: int) -> int:
        return self._routes.middle[self._graph.layer[vertex]]

    def _wire(self, link: int, passages: list[_Passage]) -> tuple[Point, ...]:
        source, destination = self._graph.chains[link][0], self._graph.chains[link][-1]
        has_busbar = self._has_busbar(source)
        points: list[Point] = []
        if not has_busbar:
            start = self._middle(source) + self._figures[source].line_bottom
            points.append((self._channels.x[source], start))
        for index, passage in enumerate(passages):
            net = self._channels.nets[passage.channel][passage.net]
            ys = self._channels.track_y[passage.channel]
            points += _through(passage, net, ys, is_on_bar=has_busbar and index == 0)
        is_only = len(self._arriving[destination]) == 1
        end = self._figures[destination].line_top if is_only else _BAR
        points.append((self._channels.ports[link], self._middle(destination) + end))
        return _simplified(points)

    def _busbar_below(self, vertex: int) -> Busbar:
        """Return the busbar that a vertex feeds."""
        channel = self._graph.layer[vertex] + 1
        net, ys = self._channels.nets[channel][vertex], self._channels.track_y[channel]
        x, y = self._channels.x[vertex], ys[net.track]
        start = (x, self._middle(vertex) + self._figures[vertex].line_bottom)
        end = (net.detours.get(x, (0, x))[1], y)
        return Busbar(
            vertex=vertex,
            links=tuple(self._leaving[vertex]),
            ties=tuple(self._tied[vertex]),
            stub=_simplified([start, *_stepping(net, x, ys), end]),
            bar=((min(net.pins), y), (max(net.pins), y)),
        )

    def _busbar_above(self, vertex: int) -> Busbar:
        """Return the busbar that joins what arrives at a vertex."""
        x, middle = self._channels.x[vertex], self._middle(vertex)
        ends = [x, *(self._channels.ports[link] for link in self._arriving[vertex])]
        y = middle + _BAR
        return Busbar(
            vertex=vertex,
            links=tuple(self._arriving[vertex]),
            stub=((x, y), (x, middle + self._figures[vertex].line_top)),
            bar=((min(ends), y), (max(ends), y)),
        )


def _through(passage: _Passage, net: Net, ys: Sequence[int], *, is_on_bar: bool) -> list[Point]:
    """Return the points of a link at the horizontal part of a net."""
    if net.is_straight:
        return []
    points: list[Point] = []
    start, end = passage.start, passage.end
    if passage.starts_above:
        if not is_on_bar:
            points += _stepping(net, start, ys)
        start = net.detours.get(start, (0, start))[1]
    last: list[Point] = []
    if passage.ends_above:
        last = _stepping(net, end, ys)[::-1]
        end = net.detours.get(end, (0, end))[1]
    y = ys[net.track]
    if not is_on_bar:
        points.append((start, y))
    return [*points, (end, y), *last]


def _stepping(net: Net, x: int, ys: Sequence[int]) -> list[Point]:
    """Return the points of a line from above that steps aside before it reaches its track."""
    if x not in net.detours:
        return []
    track, aside = net.detours[x]
    return [(x, ys[track]), (aside, ys[track])]


def _simplified(points: Sequence[Point]) -> tuple[Point, ...]:
    """Return the points without those on the straight line between their neighbours."""
    kept: list[Point] = []
    for point in points:
        if kept and kept[-1] == point:
            continue
        if len(kept) > 1 and (
            kept[-2][0] == kept[-1][0] == point[0] or kept[-2][1] == kept[-1][1] == point[1]
        ):
            kept.pop()
        kept.append(point)
    return tuple(kept)
