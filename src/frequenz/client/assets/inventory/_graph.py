"""What is wrong with the component graph of a microgrid as a whole.

Components and connections come and go: what a microgrid has had at different times does not
contradict itself. Whatever ends when something else starts does not overlap with it.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple, TypeAlias

from .._time import Lifetime
from .._wire.catalogue import Fault, Rule
from .._wire.time import decode_lifetime
from ..electrical_component import ElectricalComponentCategory
from ._inventory import Site

Found: TypeAlias = tuple[Any, Fault]
"""A message, and what is wrong with it."""

_GRID: Final = ElectricalComponentCategory.GRID.value


class _Edge(NamedTuple):
    """A connection between two components that there are."""

    source: int
    destination: int
    lifetime: Lifetime
    message: Any


def check_graph(site: Site) -> Iterator[Found]:
    """Find what is wrong with the graph of a site's components and connections."""
    components = {component.id: component for component in site.components}
    if not components:
        yield site.microgrid, Rule.NO_COMPONENTS.at("components")
    yield from _dangling(site, components)
    yield from _several_grid_connection_points(site)
    edges = [
        _Edge(source, destination, decode_lifetime(message, []), message)
        for message in site.connections
        if (source := message.source_electrical_component_id) in components
        and (destination := message.destination_electrical_component_id) in components
        and source != destination
    ]
    if edges:
        yield from _unreachable(components, edges)
        yield from _cycles(edges)
    elif len(components) > 1:
        yield site.microgrid, Rule.NO_CONNECTIONS.at("connections")


def _dangling(site: Site, components: dict[int, Any]) -> Iterator[Found]:
    for connection in site.connections:
        ends = {
            "source": connection.source_electrical_component_id,
            "destination": connection.destination_electrical_component_id,
        }
        for field, number in ends.items():
            if number and number not in components:
                yield connection, Rule.NO_SUCH_COMPONENT.at(field, number=number)


def _several_grid_connection_points(site: Site) -> Iterator[Found]:
    points = [component for component in site.components if component.category == _GRID]
    lifetimes = [decode_lifetime(point, []) for point in points]
    for index, (point, lifetime) in enumerate(zip(points, lifetimes, strict=True)):
        for other, earlier in zip(points[:index], lifetimes, strict=False):
            if _overlap(lifetime, earlier):
                yield (
                    point,
                    Rule.SEVERAL_GRID_CONNECTION_POINTS.at("category", other=other.id),
                )
                break


def _overlap(one: Lifetime, other: Lifetime) -> bool:
    return (one.start is None or other.end is None or one.start < other.end) and (
        other.start is None or one.end is None or other.start < one.end
    )


def _unreachable(components: dict[int, Any], edges: Sequence[_Edge]) -> Iterator[Found]:
    """Find components to which no connections ever led.

    An island has no grid connection point: there, only a component without connections is found.
    """
    below: dict[int, list[int]] = {}
    for edge in edges:
        below.setdefault(edge.source, []).append(edge.destination)
    roots = [number for number, it in components.items() if it.category == _GRID]
    if roots:
        several = "s" if len(roots) > 1 else ""
        numbers = ", ".join(map(str, roots))
        said = f"the grid connection point{several} (component{several} {numbers})"
        reached, ahead = set(roots), list(roots)
        while ahead:
            new = set(below.get(ahead.pop(), ())) - reached
            reached |= new
            ahead += new
    else:
        said = "any other component"
        reached = {end for edge in edges for end in (edge.source, edge.destination)}
    for number, component in components.items():
        if number not in reached:
            yield component, Rule.UNREACHABLE.at("connections", roots=said)


def _cycles(edges: Sequence[_Edge]) -> Iterator[Found]:
    """Find connections that close a cycle with others that exist at the same time."""
    if not any(_closing(edges)):
        return
    # A connection only goes when it ends: whatever exists together does so right before an end.
    moments = sorted({edge.lifetime.end for edge in edges if edge.lifetime.end is not None})
    told: set[int] = set()
    for moment in (*moments, None):
        for edge, cycle in _closing([edge for edge in edges if _exists(edge, moment)]):
            if id(edge.message) not in told:
                told.add(id(edge.message))
                text = " -> ".join(map(str, cycle))
                yield edge.message, Rule.CYCLE.at("destination", cycle=text)


def _exists(edge: _Edge, moment: datetime | None) -> bool:
    """Return whether a connection exists right before a moment; None = for ever."""
    start, end = edge.lifetime.start, edge.lifetime.end
    if moment is None:
        return end is None
    return (start is None or start < moment) and (end is None or end >= moment)


def _closing(edges: Sequence[_Edge]) -> Iterator[tuple[_Edge, list[int]]]:
    """Give the edges that lead back, walking in depth, each with the cycle that it closes."""
    below: dict[int, list[_Edge]] = {}
    for edge in edges:
        below.setdefault(edge.source, []).append(edge)
    done: set[int] = set()
    for top, first in below.items():
        if top in done:
            continue
        way = [top]
        on_the_way = {top}
        ahead = [iter(first)]
        while ahead:
            for edge in ahead[-1]:
                number = edge.destination
                if number in on_the_way:
                    yield edge, [*way[way.index(number) :], number]
                elif number not in done:
                    way.append(number)
                    on_the_way.add(number)
                    ahead.append(iter(below.get(number, ())))
                    break
            else:
                ahead.pop()
                last = way.pop()
                on_the_way.discard(last)
                done.add(last)
