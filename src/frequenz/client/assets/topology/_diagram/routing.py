"""The lines of a placed graph: from symbol to symbol, vertical and horizontal."""

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, TypeAlias

from .chains import Chains
from .channels import Net, assign_tracks
from .figures import TOP, Figure, Point, port_offsets

_ABOVE_TRACKS: Final = 12
_BELOW_TRACKS: Final = 16
_TRACK: Final = 12

Nets: TypeAlias = list[dict[Hashable, Net]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Wire:
    """The line of a link."""

    link: int
    points: tuple[Point, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Busbar:
    """What joins several lines at a vertex."""

    vertex: int
    links: tuple[int, ...]
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
    busbars: list[Busbar] = field(default_factory=list)


def route(
    graph: Chains, x: Sequence[int], figures: Sequence[Figure], deep: Collection[int] = ()
) -> Routes:
    """Return the lines of a graph whose vertices and bends are placed from left to right.

    Args:
        graph: The graph.
        x: The x of each vertex and bend.
        figures: What the vertices look like.
        deep: The vertices that have the room below them on all layers for themselves.
    """
    ports = _ports(graph, x)
    nets: Nets = [{} for _ in range(len(graph.rows) + 1)]
    passages = [_passages(graph, link, x, ports[link], nets) for link in range(len(graph.chains))]
    tracks = [assign_tracks(channel) for channel in nets]
    routes = Routes()
    tops, y = [], 0
    for layer, count in enumerate(tracks):
        tops.append(y + _ABOVE_TRACKS)
        is_between = 0 < layer < len(graph.rows)
        if count or is_between:
            y += _ABOVE_TRACKS + max(0, count - 1) * _TRACK + _BELOW_TRACKS
        if layer < len(graph.rows):
            row = [vertex for vertex in graph.rows[layer] if vertex < graph.count]
            y += max(figures[vertex].top for vertex in row)
            routes.middle.append(y)
            y += max((figures[vertex].bottom for vertex in row if vertex not in deep), default=0)
    ends = (routes.middle[graph.layer[vertex]] + figures[vertex].bottom for vertex in deep)
    routes.height = max([y, *ends])
    track_y = [
        [top + _TRACK * index for index in range(count)]
        for top, count in zip(tops, tracks, strict=True)
    ]
    _draw(graph, x, figures, routes, nets, passages, ports, track_y)
    return routes


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


def _draw(
    graph: Chains,
    x: Sequence[int],
    figures: Sequence[Figure],
    routes: Routes,
    nets: Nets,
    passages: Sequence[list[_Passage]],
    ports: Sequence[int],
    track_y: Sequence[Sequence[int]],
) -> None:
    leaving: list[list[int]] = [[] for _ in range(graph.count)]
    arriving: list[list[int]] = [[] for _ in range(graph.count)]
    for link, chain in enumerate(graph.chains):
        leaving[chain[0]].append(link)
        arriving[chain[-1]].append(link)
    for link, chain in enumerate(graph.chains):
        source, destination = chain[0], chain[-1]
        points: list[Point] = []
        if len(leaving[source]) == 1:
            start = routes.middle[graph.layer[source]] + figures[source].line_bottom
            points.append((x[source], start))
        for index, passage in enumerate(passages[link]):
            is_on_bar = index == 0 and len(leaving[source]) > 1
            net, ys = nets[passage.channel][passage.net], track_y[passage.channel]
            points += _through(passage, net, ys, is_on_bar=is_on_bar)
        end = routes.middle[graph.layer[destination]]
        end += figures[destination].line_top if len(arriving[destination]) == 1 else -TOP + 2
        points.append((ports[link], end))
        routes.wires.append(Wire(link=link, points=_simplified(points)))
    for vertex in range(graph.count):
        middle = routes.middle[graph.layer[vertex]]
        if len(leaving[vertex]) > 1:
            channel = graph.layer[vertex] + 1
            net, ys = nets[channel][vertex], track_y[channel]
            y = ys[net.track]
            stub = [(x[vertex], middle + figures[vertex].line_bottom)]
            stub += [
                *_stepping(net, x[vertex], ys),
                (net.detours.get(x[vertex], (0, x[vertex]))[1], y),
            ]
            routes.busbars.append(
                Busbar(
                    vertex=vertex,
                    links=tuple(leaving[vertex]),
                    stub=_simplified(stub),
                    bar=((min(net.pins), y), (max(net.pins), y)),
                )
            )
        if len(arriving[vertex]) > 1:
            ends = [ports[link] for link in arriving[vertex]]
            y = middle - TOP + 2
            routes.busbars.append(
                Busbar(
                    vertex=vertex,
                    links=tuple(arriving[vertex]),
                    stub=((x[vertex], y), (x[vertex], middle + figures[vertex].line_top)),
                    bar=((min([*ends, x[vertex]]), y), (max([*ends, x[vertex]]), y)),
                )
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
