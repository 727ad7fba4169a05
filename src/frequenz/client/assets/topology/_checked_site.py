"""The components and connections of a site, as the rules about graphs see them."""

from collections.abc import Callable, Collection, Sequence
from functools import cached_property
from typing import Any, Final, NamedTuple, TypeAlias

from ..findings._rules import Fault
from ._graph import Edge, Graph
from ._kinds import Kind
from ._periods import ALWAYS, EARLIEST, LATEST, Periods, intersect, unite

SubjectFault: TypeAlias = tuple[Any, Fault]
"""What has a fault (a microgrid, component or connection), and the fault."""

_LISTED_AT_EACH_END: Final = 3
"""How many of many numbers are listed at the start, and at the end."""


class Node(NamedTuple):
    """A component."""

    id: int
    kind: Kind
    life: Periods | None
    """When it is operational; None if its lifetime cannot be read."""

    subject: Any
    """What has its faults."""

    has_lifetime: bool = True
    """Whether its lifetime is given; without one, it counts as always operational."""

    @property
    def presence(self) -> Periods:
        """When it is operational: always, if its lifetime cannot be read."""
        return ALWAYS if self.life is None else self.life


class Link(NamedTuple):
    """A connection between two components."""

    source: int
    destination: int
    life: Periods | None
    """When it exists; None if its lifetime cannot be read."""

    subject: Any
    """What has its faults."""


class CheckedSite:
    """The components with distinct IDs, and the connections between them, by position."""

    def __init__(self, nodes: Sequence[Node], links: Sequence[Link]) -> None:
        self.all_nodes = nodes
        self.all_links = links
        distinct: dict[int, Node] = {}
        for node in nodes:
            distinct.setdefault(node.id, node)  # the first counts, as for users of the API
        self.nodes = [*distinct.values()]
        self.kinds = [node.kind for node in self.nodes]
        self.positions = dict(zip(distinct, range(len(distinct)), strict=True))
        self.links: list[Link] = []
        edges: list[Edge] = []
        for link in links:
            source = self.positions.get(link.source)
            destination = self.positions.get(link.destination)
            if source is not None and destination is not None and source != destination:
                self.links.append(link)
                edges.append((source, destination))
        self.grid_connection_points = [node for node in nodes if node.kind is Kind.GRID]
        self.roots = {self.positions[node.id] for node in self.grid_connection_points}
        self.graph = Graph(len(distinct), edges)
        self.sources_first, self.has_cycles = self.graph.sources_first

    def with_reversed(self, reversed_links: Collection[int]) -> "CheckedSite":
        """Return the site with some links turned around, given their `id()`."""
        links = [
            link._replace(source=link.destination, destination=link.source)
            if id(link) in reversed_links
            else link
            for link in self.all_links
        ]
        return CheckedSite(self.all_nodes, links)

    @cached_property
    def presences(self) -> list[Periods]:
        """By position of the connections, when they and their ends exist."""
        if self.is_constant:
            return [self.nodes[0].presence] * len(self.links)
        return [
            intersect(
                ALWAYS if link.life is None else link.life,
                intersect(self.nodes[source].presence, self.nodes[destination].presence),
            )
            for link, (source, destination) in zip(self.links, self.graph.edges, strict=True)
        ]

    @cached_property
    def is_constant(self) -> bool:
        """Whether all components exist at the same times, and the connections whenever they do.

        As far as their lifetimes can be read.
        """
        presences = {node.presence for node in self.nodes}
        lives = {link.life for link in self.links}
        return len(presences) == 1 and lives <= {None, ALWAYS, *presences}

    @cached_property
    def with_grid(self) -> Periods:
        """When there is a grid connection point."""
        return unite(node.presence for node in self.grid_connection_points)


def settle(site: CheckedSite, order: Sequence[int], find: Callable[[int], bool]) -> None:
    """Find something for each component; if there are cycles, until nothing new is found."""
    is_settled = False
    while not is_settled:
        news = [find(position) for position in order]
        is_settled = not (site.has_cycles and any(news))


def list_numbers(numbers: Sequence[int], separator: str) -> str:
    """Return numbers as text, without those in the middle if there are many."""
    listed = [*map(str, numbers)]
    omitted = len(numbers) - 2 * _LISTED_AT_EACH_END
    if omitted > 0:
        listed[_LISTED_AT_EACH_END:-_LISTED_AT_EACH_END] = [f"... {omitted} more ..."]
    return separator.join(listed)


def period_text(periods: Periods, whole: Periods) -> str:
    """Return the periods as the end of a sentence; nothing for a whole lifetime."""
    if periods == whole:
        return ""
    start, end = periods[0]
    text = "" if start == EARLIEST else f" from {start:%Y-%m-%d %H:%M:%S} UTC"
    text += "" if end == LATEST else f" until {end:%Y-%m-%d %H:%M:%S} UTC"
    more = len(periods) - 1
    return f"{text} (and {more} more times)" if more > 1 else f"{text}{' (and later again)' * more}"
