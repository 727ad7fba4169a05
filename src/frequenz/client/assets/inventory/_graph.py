"""What is wrong with the component graph of a microgrid as a whole.

Components and connections have lifetimes: those of different times do not contradict each other.
Something that ends when something else starts does not overlap with it.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, TypeAlias

from .._wire.time import lifetime_or_none
from ..electrical_component import ElectricalComponentCategory
from ..findings._rules import Fault, Rule
from ._inventory import Site

MessageFault: TypeAlias = tuple[Any, Fault]
"""A message, and what is wrong with it."""

_GRID: Final = ElectricalComponentCategory.GRID.value
_EARLIEST: Final = datetime.min.replace(tzinfo=UTC)
_LATEST: Final = datetime.max.replace(tzinfo=UTC)

_LISTED_AT_EACH_END: Final = 3
"""How many of many numbers are listed at the start, and at the end."""


class _Span(NamedTuple):
    """A lifetime with both ends."""

    start: datetime
    end: datetime


def _span(message: Any) -> _Span | None:
    """Return the lifetime of a component or a connection, or None if it is unreadable."""
    lifetime = lifetime_or_none(message)
    if lifetime is None:
        return None
    return _Span(lifetime.start or _EARLIEST, lifetime.end or _LATEST)


class _Edge(NamedTuple):
    """A connection between two components that exist."""

    source: int
    destination: int
    span: _Span | None
    message: Any


def check_graph(site: Site) -> Iterator[MessageFault]:
    """Find what is wrong with the graph of a site's components and connections."""
    components = {component.id: component for component in site.components}
    if not components:
        yield site.microgrid, Rule.NO_COMPONENTS.at("components")
    yield from _unknown_ends(site, components)
    yield from _several_grid_connection_points(site)
    edges = [
        _Edge(source, destination, _span(connection), connection)
        for connection in site.connections
        if (source := connection.source_electrical_component_id) in components
        and (destination := connection.destination_electrical_component_id) in components
        and source != destination
    ]
    if edges:
        yield from _unreachable(components, edges)
        yield from _cycles(edges)
    elif len(components) > 1:
        yield site.microgrid, Rule.NO_CONNECTIONS.at("connections")


def _unknown_ends(site: Site, components: dict[int, Any]) -> Iterator[MessageFault]:
    for connection in site.connections:
        ends = {
            "source": connection.source_electrical_component_id,
            "destination": connection.destination_electrical_component_id,
        }
        for field, number in ends.items():
            if number and number not in components:
                yield connection, Rule.NO_SUCH_COMPONENT.at(field, number=number)


def _several_grid_connection_points(site: Site) -> Iterator[MessageFault]:
    """Find grid connection points that start before another one has ended."""
    points = [
        (span, component)
        for component in site.components
        if component.category == _GRID and (span := _span(component))
    ]
    latest: tuple[_Span, Any] | None = None
    for span, point in sorted(points, key=lambda it: it[0].start):
        # Two with the same ID are a finding of their own.
        if latest and span.start < latest[0].end and latest[1].id != point.id:
            rule = Rule.SEVERAL_GRID_CONNECTION_POINTS
            yield point, rule.at("category", other=latest[1].id)
        if latest is None or span.end > latest[0].end:
            latest = span, point


def _unreachable(components: dict[int, Any], edges: Sequence[_Edge]) -> Iterator[MessageFault]:
    """Find components that connections do not lead to at any time, and connections to reverse.

    An island has no grid connection point: there, only components without connections are found.
    """
    roots = [number for number, it in components.items() if it.category == _GRID]
    if roots:
        plural = "s" if len(roots) > 1 else ""
        numbers = _list_numbers(roots, ", ")
        origin = f"the grid connection point{plural} (component{plural} {numbers})"
        reached, reversed_edges = _reach(roots, edges)
    else:
        origin = "any other component"
        reached = {end for edge in edges for end in (edge.source, edge.destination)}
        reversed_edges = []
    for edge in reversed_edges:
        yield edge.message, Rule.CONNECTION_REVERSED.at("destination", roots=origin)
    for number, component in components.items():
        if number not in reached:
            yield component, Rule.UNREACHABLE.at("connections", roots=origin)


def _reach(roots: Sequence[int], edges: Sequence[_Edge]) -> tuple[set[int], list[_Edge]]:
    """Return the components that edges lead to, and the edges that must be reversed for that.

    As few as possible are reversed on the way to each component.
    """
    outgoing, incoming = _by_source(edges), _by_destination(edges)
    reached, reversed_edges = set(roots), list[_Edge]()
    level = list(roots)
    while level:
        waiting = list(level)
        while waiting:
            new = {edge.destination for edge in outgoing.get(waiting.pop(), ())} - reached
            reached |= new
            waiting += new
            level += new
        backwards = [edge for number in level for edge in incoming.get(number, ())]
        level = []
        for edge in backwards:
            if edge.source not in reached:
                reached.add(edge.source)
                reversed_edges.append(edge)
                level.append(edge.source)
    return reached, reversed_edges


def _list_numbers(numbers: Sequence[int], separator: str) -> str:
    """Return numbers as text, without those in the middle if there are many."""
    listed = [*map(str, numbers)]
    omitted = len(numbers) - 2 * _LISTED_AT_EACH_END
    if omitted > 0:
        listed[_LISTED_AT_EACH_END:-_LISTED_AT_EACH_END] = [f"... {omitted} more ..."]
    return separator.join(listed)


# Cycles -------------------------------------------------------------------------------------------


def _cycles(edges: Sequence[_Edge]) -> Iterator[MessageFault]:
    """Find a connection that closes a cycle in each strongly connected part of the graph.

    The connections of a cycle must all exist at the same time.
    """
    for part in _strongly_connected([edge for edge in edges if edge.span]):
        # What exists together, exists together right before one of it ends.
        for moment in sorted({edge.span.end for edge in part if edge.span}, reverse=True):
            existing = [it for it in part if it.span and it.span.start < moment <= it.span.end]
            if found := _find_cycle(existing):
                edge, cycle = found
                text = _list_numbers(cycle, " -> ")
                yield edge.message, Rule.CYCLE.at("destination", cycle=text)
                break


def _find_cycle(edges: Sequence[_Edge]) -> tuple[_Edge, list[int]] | None:
    """Return the first edge that closes a cycle, depth first, and the components of the cycle."""
    outgoing = _by_source(edges)
    done: set[int] = set()
    for root, first in outgoing.items():
        if root in done:
            continue
        path = {root: None}  # keeps its order, and finds a number in it fast
        iterators = [iter(first)]
        while iterators:
            for edge in iterators[-1]:
                number = edge.destination
                if number in path:
                    passed = list(path)
                    return edge, [*passed[passed.index(number) :], number]
                if number not in done:
                    path[number] = None
                    iterators.append(iter(outgoing.get(number, ())))
                    break
            else:
                iterators.pop()
                done.add(path.popitem()[0])
    return None


def _strongly_connected(edges: Sequence[_Edge]) -> list[list[_Edge]]:
    """Return the edges within each strongly connected component (Kosaraju's algorithm)."""
    incoming: dict[int, list[int]] = {}
    for edge in edges:
        incoming.setdefault(edge.destination, []).append(edge.source)
    root_of: dict[int, int] = {}
    for root in reversed(_in_order_of_finish(_by_source(edges))):
        waiting = [root]
        while waiting:
            number = waiting.pop()
            if number not in root_of:
                root_of[number] = root
                waiting += incoming.get(number, ())
    parts: dict[int, list[_Edge]] = {}
    for edge in edges:
        if root_of[edge.source] == root_of[edge.destination]:
            parts.setdefault(root_of[edge.source], []).append(edge)
    return list(parts.values())


def _in_order_of_finish(outgoing: dict[int, list[_Edge]]) -> list[int]:
    """Return the numbers in the order in which a depth-first search finishes with them."""
    finished: list[int] = []
    seen: set[int] = set()
    stack = [(number, False) for number in outgoing]
    while stack:
        number, is_finished = stack.pop()
        if is_finished:
            finished.append(number)
        elif number not in seen:
            seen.add(number)
            stack.append((number, True))
            stack += ((edge.destination, False) for edge in outgoing.get(number, ()))
    return finished


def _by_source(edges: Sequence[_Edge]) -> dict[int, list[_Edge]]:
    outgoing: dict[int, list[_Edge]] = {}
    for edge in edges:
        outgoing.setdefault(edge.source, []).append(edge)
    return outgoing


def _by_destination(edges: Sequence[_Edge]) -> dict[int, list[_Edge]]:
    incoming: dict[int, list[_Edge]] = {}
    for edge in edges:
        incoming.setdefault(edge.destination, []).append(edge)
    return incoming
