"""What is wrong with the component graph of a microgrid as a whole.

Components and connections come and go: what a microgrid has had at different times does not
contradict itself. Whatever ends when something else starts does not overlap with it.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple, TypeAlias

from .._model.time import ALWAYS, Lifetime
from .._wire.time import readable_lifetime
from ..electrical_component import ElectricalComponentCategory
from ..findings._rules import Fault, Rule
from ._inventory import Site

Found: TypeAlias = tuple[Any, Fault]
"""A message, and what is wrong with it."""

_GRID: Final = ElectricalComponentCategory.GRID.value

_SHOWN: Final = 3
"""How many numbers are shown of either end of many."""


class _Edge(NamedTuple):
    """A connection between two components that there are."""

    source: int
    destination: int
    lifetime: Lifetime
    is_known: bool
    """Whether the lifetime could be read."""

    message: Any


def _edge(message: Any) -> _Edge:
    lifetime = readable_lifetime(message)
    return _Edge(
        message.source_electrical_component_id,
        message.destination_electrical_component_id,
        lifetime or ALWAYS,
        lifetime is not None,
        message,
    )


def check_graph(site: Site) -> Iterator[Found]:
    """Find what is wrong with the graph of a site's components and connections."""
    components = {component.id: component for component in site.components}
    if not components:
        yield site.microgrid, Rule.NO_COMPONENTS.at("components")
    yield from _dangling(site, components)
    yield from _several_grid_connection_points(site)
    edges = [
        edge
        for edge in map(_edge, site.connections)
        if edge.source in components
        and edge.destination in components
        and edge.source != edge.destination
    ]
    if edges:
        yield from _unreachable(components, edges)
        yield from _cycles([edge for edge in edges if edge.is_known])
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
    """Find grid connection points that start while another one lasts."""
    points = [component for component in site.components if component.category == _GRID]
    lasting = sorted(
        (
            (lifetime, index)
            for index, point in enumerate(points)
            if (lifetime := readable_lifetime(point))
        ),
        key=_start,
    )
    latest: tuple[Lifetime, int] | None = None
    for lifetime, index in lasting:
        if latest is not None:
            end, other = latest[0].end, points[latest[1]]
            overlaps = end is None or lifetime.start is None or lifetime.start < end
            if overlaps and other.id != points[index].id:  # the same id is said to be twice
                rule = Rule.SEVERAL_GRID_CONNECTION_POINTS
                yield points[index], rule.at("category", other=other.id)
        if latest is None or _ends_later(lifetime, latest[0]):
            latest = lifetime, index


def _start(lifetime_of: tuple[Lifetime, int]) -> Any:
    start, index = lifetime_of[0].start, lifetime_of[1]
    return (() if start is None else (start,)), index


def _ends_later(one: Lifetime, other: Lifetime) -> bool:
    if other.end is None:
        return False
    return one.end is None or one.end > other.end


def _unreachable(components: dict[int, Any], edges: Sequence[_Edge]) -> Iterator[Found]:
    """Find components to which no connections ever led.

    An island has no grid connection point: there, only a component without connections is found.
    """
    below = _below(edges)
    roots = [number for number, it in components.items() if it.category == _GRID]
    if roots:
        several = "s" if len(roots) > 1 else ""
        numbers = _listed(roots, ", ")
        said = f"the grid connection point{several} (component{several} {numbers})"
        reached, ahead = set(roots), list(roots)
        while ahead:
            new = {edge.destination for edge in below.get(ahead.pop(), ())} - reached
            reached |= new
            ahead += new
    else:
        said = "any other component"
        reached = {end for edge in edges for end in (edge.source, edge.destination)}
    for number, component in components.items():
        if number not in reached:
            yield component, Rule.UNREACHABLE.at("connections", roots=said)


def _listed(numbers: Sequence[int], separator: str) -> str:
    """Return numbers as text, those in the middle left out where there are many."""
    if len(numbers) <= 2 * _SHOWN:
        return separator.join(map(str, numbers))
    first, last = map(str, numbers[:_SHOWN]), map(str, numbers[-_SHOWN:])
    left_out = f"... {len(numbers) - 2 * _SHOWN} more ..."
    return separator.join((*first, left_out, *last))


def _cycles(edges: Sequence[_Edge]) -> Iterator[Found]:
    """Find a connection in each knot of the graph that closes a cycle, where it really did.

    A knot is made of all components from each of which a way leads to each other one, whenever its
    connections existed. A cycle is one if all its connections exist at the same time.
    """
    for knot in _knots(edges):
        if found := _closing(knot):
            edge, cycle = found
            text = _listed(cycle, " -> ")
            yield edge.message, Rule.CYCLE.at("destination", cycle=text)


def _closing(knot: Sequence[_Edge]) -> tuple[_Edge, list[int]] | None:
    """Return the edge that closes a cycle, and the cycle."""
    if all(edge.lifetime == ALWAYS for edge in knot):
        return _way_back(knot)
    # A connection only goes when it ends: whatever exists together does so right before an end.
    ends = sorted({edge.lifetime.end for edge in knot if edge.lifetime.end is not None})
    for moment in (None, *reversed(ends)):
        if found := _way_back([edge for edge in knot if _exists(edge, moment)]):
            return found
    return None


def _exists(edge: _Edge, moment: datetime | None) -> bool:
    """Return whether a connection exists right before a moment; None = for ever."""
    start, end = edge.lifetime.start, edge.lifetime.end
    if moment is None:
        return end is None
    return (start is None or start < moment) and (end is None or end >= moment)


def _way_back(edges: Sequence[_Edge]) -> tuple[_Edge, list[int]] | None:
    """Return the first edge that leads back to where it comes from, walking in depth."""
    below = _below(edges)
    done: set[int] = set()
    for top, first in below.items():
        if top in done:
            continue
        way = {top: None}  # in order, as a dict is
        ahead = [iter(first)]
        while ahead:
            for edge in ahead[-1]:
                number = edge.destination
                if number in way:
                    passed = list(way)
                    return edge, [*passed[passed.index(number) :], number]
                if number not in done:
                    way[number] = None
                    ahead.append(iter(below.get(number, ())))
                    break
            else:
                ahead.pop()
                done.add(way.popitem()[0])
    return None


def _knots(edges: Sequence[_Edge]) -> list[list[_Edge]]:
    """Return the edges of each strongly connected part of more than one component (Kosaraju)."""
    below = _below(edges)
    finished: list[int] = []
    seen: set[int] = set()
    for top in below:
        if top in seen:
            continue
        seen.add(top)
        ahead = [(top, iter(below[top]))]
        while ahead:
            number, rest = ahead[-1]
            for edge in rest:
                if edge.destination not in seen:
                    seen.add(edge.destination)
                    ahead.append((edge.destination, iter(below.get(edge.destination, ()))))
                    break
            else:
                ahead.pop()
                finished.append(number)
    above: dict[int, list[int]] = {}
    for edge in edges:
        above.setdefault(edge.destination, []).append(edge.source)
    part: dict[int, int] = {}
    for top in reversed(finished):
        waiting = [] if top in part else [top]
        while waiting:
            number = waiting.pop()
            if number not in part:
                part[number] = top
                waiting += above.get(number, ())
    knots: dict[int, list[_Edge]] = {}
    for edge in edges:
        if part[edge.source] == part[edge.destination]:
            knots.setdefault(part[edge.source], []).append(edge)
    return list(knots.values())


def _below(edges: Sequence[_Edge]) -> dict[int, list[_Edge]]:
    below: dict[int, list[_Edge]] = {}
    for edge in edges:
        below.setdefault(edge.source, []).append(edge)
    return below
