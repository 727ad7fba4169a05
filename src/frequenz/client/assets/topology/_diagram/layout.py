"""From a network to a drawing: the steps of the layout."""

from collections.abc import Collection, Mapping, Sequence

from .chains import Chains, chains
from .couplers import contracted, expand
from .drawing import Drawing, DrawnBusbar, DrawnWire, arranged, from_left
from .figures import Figure, lying, moved, single
from .labels import LabelPart
from .layering import Layers, layers
from .network import Network, Node
from .ordering import order
from .placing import place
from .rails import on_rail
from .routing import Routes, Tie, route
from .supply import is_grid
from .vertices import Plan, Vertex, plan


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
    pieces = []
    for nodes in _connected(network):
        piece = _lay_out_connected(plan(network, nodes, tops), parts, names)
        pieces.append((not tops.isdisjoint(nodes), piece))
    pieces.sort(key=lambda piece: not piece[0])
    return arranged(pieces, top)


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
    plan: Plan, parts: Collection[LabelPart], names: Mapping[int, str | None]
) -> Drawing:
    own_names = {node: _names(plan.network.nodes[node], names) for node in plan.vertex_of}
    figures = [_figure(plan, vertex, parts, own_names) for vertex in plan.vertices]
    levels, graph = _ordered(plan)
    extents = [(figure.left, figure.right) for figure in figures]
    extents += [(0, 0)] * (len(graph.layer) - len(extents))
    deep = [index for index, vertex in enumerate(plan.vertices) if plan.is_tree and vertex.edges]
    x = place(graph, extents, deep)
    ties = [
        Tie(edge=edge, coupler=plan.vertex_of[coupler.node], section=plan.vertex_of[section])
        for coupler in plan.couplers
        for section, edge in zip(coupler.sections, coupler.edges, strict=True)
    ]
    routes = route(graph, x, figures, deep, ties)
    drawing = Drawing(height=routes.height)
    for index, (vertex, figure) in enumerate(zip(plan.vertices, figures, strict=True)):
        _draw_figure(drawing, vertex, figure, x[index], routes.middle[levels.of[index]])
    _draw_lines(drawing, plan, routes)
    places = _places_in_rows(plan)
    down = sorted(range(len(figures)), key=lambda index: (levels.of[index], places[index]))
    drawing.order = [node for index in down for node in plan.vertices[index].nodes]
    drawing.upward = {
        edge
        for edges, is_upward in zip(plan.link_edges, levels.is_upward, strict=True)
        if is_upward
        for edge in edges
    }
    return from_left(drawing)


def _places_in_rows(plan: Plan) -> list[int]:
    """Return for each vertex how many come before it on its layer: couplers lead to sections."""
    places = [0] * len(plan.vertices)
    for _ in plan.couplers:
        for coupler in plan.couplers:
            first, second = (plan.vertex_of[section] for section in coupler.sections)
            places[plan.vertex_of[coupler.node]] = places[first] + 1
            places[second] = max(places[second], places[first] + 2)
    return places


def _names(node: Node, names: Mapping[int, str | None]) -> list[str | None]:
    """Return the names of the components that a node stands for."""
    if node.count == 1:
        return [node.component.name if node.component else None]
    return [names[id_] for id_ in node.ids]


def _figure(
    plan: Plan,
    vertex: Vertex,
    parts: Collection[LabelPart],
    names: Mapping[int, Sequence[str | None]],
) -> Figure:
    if vertex.branches:
        return on_rail(plan.network, vertex.branches, parts, names)
    (node,) = vertex.nodes
    if any(node == coupler.node for coupler in plan.couplers):
        return lying(plan.network, node, parts, names[node])
    return single(
        plan.network,
        node,
        parts,
        ports=plan.ports(node),
        is_last=not plan.outgoing[node],
        names=names[node],
    )


def _ordered(plan: Plan) -> tuple[Layers, Chains]:
    """Return the layers, and the graph with its order; sections are beside their couplers."""
    rows = plan.rows
    links = contracted(plan.links, rows)
    levels = layers(len(plan.vertices), links, plan.tops)
    graph = chains(links, levels)
    order(graph)
    if not rows:
        return levels, graph
    for row in rows:
        for vertex in row:
            levels.of[vertex] = levels.of[row[0]]
    whole = chains(plan.links, levels)
    expand(whole, graph.rows, rows)
    return levels, whole


def _draw_figure(drawing: Drawing, vertex: Vertex, figure: Figure, x: int, y: int) -> None:
    """Draw a figure, whose origin is at x and y."""
    drawing.placed += (moved(placed, x, y) for placed in figure.placed)
    if figure.rail is not None:
        rail = (x, y + figure.line_top), (x, y + figure.rail)
        drawing.wires.append(DrawnWire(edges=vertex.edges, points=rail, is_rail=True))
    drawing.wires += (
        DrawnWire(edges=(edge,), points=tuple((x + a, y + b) for a, b in points))
        for edge, points in figure.taps
    )


def _draw_lines(drawing: Drawing, plan: Plan, routes: Routes) -> None:
    """Draw the lines between figures."""
    for wire in routes.wires:
        _, destination = plan.links[wire.link]
        is_rail = bool(plan.vertices[destination].edges)
        edges = plan.link_edges[wire.link]
        drawing.wires.append(DrawnWire(edges=edges, points=wire.points, is_rail=is_rail))
    for busbar in routes.busbars:
        edges = tuple(edge for link in busbar.links for edge in plan.link_edges[link])
        drawing.busbars.append(
            DrawnBusbar(
                node=plan.vertices[busbar.vertex].nodes[0],
                edges=(*edges, *busbar.ties),
                stub=busbar.stub,
                bar=busbar.bar,
            )
        )
    from_couplers = {coupler.edges[1] for coupler in plan.couplers}
    for edge, points in routes.ties:
        along = points[::-1] if edge in from_couplers else points
        drawing.wires.append(DrawnWire(edges=(edge,), points=along))
