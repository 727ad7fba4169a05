"""From a network to a drawing: where every symbol, label and line is."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import sqrt
from typing import Final

from .chains import Chains, chains
from .couplers import Row, contracted, couplers, expand, rows_of
from .figures import Box, Branch, Placed, Point, lying, moved, on_rail, rails, single
from .labels import LabelPart
from .layering import Layers, Link, layers
from .network import Network, Node
from .ordering import order
from .placing import GRID, place
from .routing import Tie, route
from .supply import is_grid

_MARGIN: Final = 24
_BETWEEN: Final = 40
"""Between parts that are not connected with each other."""

_FRAME: Final = 12
"""Around an island."""

_FRAME_TOP: Final = 20
_RATIO: Final = 1.6
_MIN_ROW: Final = 1200
"""Parts side by side are at least so wide together before the next ones go below them."""


_LONGEST_BRANCH: Final = 4
"""Branches of more components do not hang on rails, which they would make very long."""

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


@dataclass(frozen=True, slots=True)
class _Vertex:
    """What is placed as one: a component, or several branches on a rail."""

    nodes: tuple[int, ...]
    branches: tuple[Branch, ...] = ()
    """What hangs on a rail; empty for a component on its own."""

    @property
    def edges(self) -> tuple[int, ...]:
        """The connections from the rail to the branches."""
        return tuple(branch[0][1] for branch in self.branches)


def lay_out(
    network: Network,
    parts: Collection[LabelPart],
    names: Mapping[int, str | None],
    top: int,
    *,
    top_id: int | None = None,
) -> Drawing:
    """Return the drawing of a network.

    Args:
        network: The network.
        parts: What labels consist of.
        names: By ID, the names of the components.
        top: How much room to leave at the top.
        top_id: The ID of a component that is at the top, as grid connection points are.
    """
    tops = frozenset(
        index for index, node in enumerate(network.nodes) if is_grid(node) or node.id == top_id
    )
    drawing = Drawing()
    pieces = []
    for nodes in _connected(network):
        piece = _lay_out_connected(network, nodes, parts, names, tops)
        pieces.append((not tops.isdisjoint(nodes), piece))
    pieces.sort(key=lambda piece: not piece[0])
    _arrange(drawing, pieces, top)
    return drawing


def _connected(network: Network) -> list[list[int]]:
    """Return the nodes of each part of the network that is connected in itself."""
    near: list[list[int]] = [[] for _ in network.nodes]
    for edge in network.edges:
        near[edge.source].append(edge.destination)
        near[edge.destination].append(edge.source)
    seen: set[int] = set()
    connected = []
    for first in range(len(network.nodes)):
        if first in seen:
            continue
        seen.add(first)
        members = [first]
        for node in members:
            for other in near[node]:
                if other not in seen:
                    seen.add(other)
                    members.append(other)
        connected.append(sorted(members))
    return connected


def _lay_out_connected(
    network: Network,
    nodes: Sequence[int],
    parts: Collection[LabelPart],
    names: Mapping[int, str | None],
    tops: Collection[int],
) -> Drawing:
    incoming: dict[int, list[int]] = {node: [] for node in nodes}
    outgoing: dict[int, list[int]] = {node: [] for node in nodes}
    for index, edge in enumerate(network.edges):
        if edge.source in outgoing:
            outgoing[edge.source].append(index)
            incoming[edge.destination].append(index)
    vertices = _vertices(network, nodes, incoming, outgoing, tops)
    lying_ones = couplers(network, nodes, incoming, outgoing, tops)
    at_couplers = {edge for coupler in lying_ones for edge in coupler.edges}
    coupler_nodes = {coupler.node for coupler in lying_ones}
    vertex_of = {node: index for index, vertex in enumerate(vertices) for node in vertex.nodes}
    own_names = {node: _names(network.nodes[node], names) for node in nodes}
    figures = [
        on_rail(network, vertex.branches, parts, own_names)
        if vertex.branches
        else lying(network, vertex.nodes[0], parts, own_names[vertex.nodes[0]])
        if vertex.nodes[0] in coupler_nodes
        else single(
            network,
            vertex.nodes[0],
            parts,
            ports=sum(it not in at_couplers for it in incoming[vertex.nodes[0]]),
            is_last=not outgoing[vertex.nodes[0]],
            names=own_names[vertex.nodes[0]],
        )
        for vertex in vertices
    ]
    link_edges = [
        edges
        for vertex in vertices
        for edges in (
            [vertex.edges] if vertex.edges else [(it,) for it in incoming[vertex.nodes[0]]]
        )
        if at_couplers.isdisjoint(edges)
    ]
    links = [
        (
            vertex_of[network.edges[edges[0]].source],
            vertex_of[network.edges[edges[0]].destination],
        )
        for edges in link_edges
    ]
    at_top = [index for index, vertex in enumerate(vertices) if vertex.nodes[0] in tops]
    rows = rows_of(lying_ones, vertex_of)
    levels, graph = _ordered(len(vertices), links, at_top, rows)
    extents = [(figure.left, figure.right) for figure in figures]
    extents += [(0, 0)] * (len(graph.layer) - len(extents))
    is_tree = len(links) + len(at_couplers) == len(vertices) - 1
    deep = [index for index, vertex in enumerate(vertices) if is_tree and vertex.edges]
    x = place(graph, extents, deep)
    ties = [
        Tie(edge=edge, coupler=vertex_of[coupler.node], section=vertex_of[section])
        for coupler in lying_ones
        for section, edge in zip(coupler.sections, coupler.edges, strict=True)
    ]
    routes = route(graph, x, figures, deep, ties)
    drawing = Drawing(height=routes.height)
    for vertex, figure in enumerate(figures):
        at, middle = x[vertex], routes.middle[graph.layer[vertex]]
        drawing.placed += (moved(placed, at, middle) for placed in figure.placed)
        if figure.rail is not None:
            drawing.wires.append(
                DrawnWire(
                    edges=vertices[vertex].edges,
                    points=((at, middle + figure.line_top), (at, middle + figure.rail)),
                    is_rail=True,
                )
            )
        drawing.wires += (
            DrawnWire(edges=(edge,), points=tuple((at + a, middle + b) for a, b in points))
            for edge, points in figure.taps
        )
    drawing.wires += (
        DrawnWire(
            edges=link_edges[wire.link],
            points=wire.points,
            is_rail=bool(vertices[links[wire.link][1]].edges),
        )
        for wire in routes.wires
    )
    for busbar in routes.busbars:
        drawing.busbars.append(
            DrawnBusbar(
                node=vertices[busbar.vertex].nodes[0],
                edges=(*(edge for link in busbar.links for edge in link_edges[link]), *busbar.ties),
                stub=busbar.stub,
                bar=busbar.bar,
            )
        )
    drawing.wires += (
        DrawnWire(
            edges=(edge,),
            points=points if network.edges[edge].destination in coupler_nodes else points[::-1],
        )
        for edge, points in routes.ties
    )
    by_layer = sorted(range(len(vertices)), key=lambda vertex: levels.of[vertex])
    drawing.order = [node for vertex in by_layer for node in vertices[vertex].nodes]
    drawing.upward = {
        edge
        for edges, is_upward in zip(link_edges, levels.is_upward, strict=True)
        if is_upward
        for edge in edges
    }
    left, right = _sides(drawing)
    drawing.width = right - left
    return _moved(drawing, -left, 0)


def _ordered(
    count: int, links: Sequence[Link], tops: Sequence[int], rows: Sequence[Row]
) -> tuple[Layers, Chains]:
    """Return the layers, and the graph with its order; sections are beside their couplers."""
    if not rows:
        levels = layers(count, links, tops)
        graph = chains(links, levels)
        order(graph)
        return levels, graph
    merged = contracted(links, rows)
    levels = layers(count, merged, tops)
    graph = chains(merged, levels)
    order(graph)
    for row in rows:
        for vertex in row:
            levels.of[vertex] = levels.of[row[0]]
    whole = chains(links, levels)
    expand(whole, graph.rows, rows)
    return levels, whole


def _names(node: Node, names: Mapping[int, str | None]) -> list[str | None]:
    """Return the names of the components that a node stands for."""
    if node.count == 1:
        return [node.component.name if node.component else None]
    return [names[id_] for id_ in node.ids]


def _vertices(
    network: Network,
    nodes: Sequence[int],
    incoming: Mapping[int, Sequence[int]],
    outgoing: Mapping[int, Sequence[int]],
    tops: Collection[int],
) -> list[_Vertex]:
    """Return what is placed as one: many branches that do not branch out hang on rails."""

    def branch_from(node: int) -> Branch | None:
        branch: list[tuple[int, int]] = []
        while len(incoming[node]) == 1 and node not in tops:
            branch.append((node, incoming[node][0]))
            if not outgoing[node]:
                return tuple(branch)
            if len(outgoing[node]) > 1 or len(branch) == _LONGEST_BRANCH:
                return None
            node = network.edges[outgoing[node][0]].destination
        return None

    hanging: dict[int, list[Branch]] = defaultdict(list)
    for node in nodes:
        if len(outgoing[node]) > 1 or node in tops:
            children = (network.edges[edge].destination for edge in outgoing[node])
            hanging[node] = [*filter(None, map(branch_from, children))]
    vertices = [
        _Vertex(tuple(node for branch in rail for node, _ in branch), tuple(rail))
        for branches in hanging.values()
        for rail in rails(branches)
    ]
    hung = {node for vertex in vertices for node in vertex.nodes}
    vertices += (_Vertex((node,)) for node in nodes if node not in hung)
    return sorted(vertices, key=lambda vertex: vertex.nodes[0])


def _sides(drawing: Drawing) -> tuple[float, float]:
    boxes = [box for placed in drawing.placed for box in boxes_of(placed)]
    points = [point for wire in drawing.wires for point in wire.points]
    points += [point for busbar in drawing.busbars for point in busbar.bar]
    left = min([*(box.left for box in boxes), *(x for x, _ in points)])
    right = max([*(box.right for box in boxes), *(x for x, _ in points)])
    return left // GRID * GRID, -(-right // GRID) * GRID


def boxes_of(placed: Placed) -> list[Box]:
    """Return the room of a symbol, of its arrow, and of each line of its labels."""
    labels = (label.box.moved(placed.x, placed.y) for label in placed.labels)
    return [placed.box, *filter(None, [placed.arrow_box]), *labels]


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


def _arrange(drawing: Drawing, pieces: Sequence[tuple[bool, Drawing]], top: int) -> None:
    """Put parts that are not connected side by side, in rows."""
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
