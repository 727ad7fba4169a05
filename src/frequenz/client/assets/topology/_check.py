"""What is wrong with the component graph of a microgrid as a whole.

Components and connections have lifetimes: those of different times do not contradict each other.
A connection exists only while both of its ends do.

The rules about power formulas are those by which frequenz-microgrid-component-graph refuses a
graph: whatever it refuses at some moment has a finding here.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from itertools import accumulate, chain
from typing import Any, Final, NamedTuple, TypeAlias

from ..findings._rules import Fault, Rule
from ._graph import Edge, Graph
from ._kinds import Kind, may_be_behind
from ._periods import ALWAYS, EARLIEST, LATEST, NEVER, Periods, intersect, subtract, unite

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


def check_graph(
    microgrid: Any, nodes: Sequence[Node], links: Sequence[Link]
) -> Iterator[SubjectFault]:
    """Find what is wrong with the graph of the components and connections of a microgrid.

    Not found, as other rules find them: components with the same ID, of unspecified or unknown
    kind, and connections of a component to itself or listed twice.
    """
    site = _Site(nodes, links)
    if not nodes:
        yield microgrid, Rule.NO_COMPONENTS.at("components")
    yield from _unknown_ends(site)
    yield from _several_grid_connection_points(nodes)
    if not nodes:
        return
    if not site.links and len(site.nodes) > 1:
        yield microgrid, Rule.NO_CONNECTIONS.at("connections")
        return
    corrected = site
    on_cycles: set[int] = set()
    if site.links:
        reach = _reach(site)
        yield from _unreachable(site, reach)
        for members, fault in _cycles(site):
            on_cycles |= members
            yield fault
        if reach.reversed_links:
            # What follows from a reversed connection is not another finding.
            corrected = site.with_reversed({id(link) for link in reach.reversed_links})
        if site.grid_connection_points and not site.is_constant:
            yield from _unreachable_at_times(corrected, reach.reached)
    yield from _without_grid_connection_point(microgrid, site)
    yield from _check_neighbors(corrected, on_cycles)


class _Site:
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

    def with_reversed(self, reversed_links: Collection[int]) -> "_Site":
        """Return the site with some links turned around, given their `id()`."""
        links = [
            link._replace(source=link.destination, destination=link.source)
            if id(link) in reversed_links
            else link
            for link in self.all_links
        ]
        return _Site(self.all_nodes, links)

    @cached_property
    def presences(self) -> list[Periods]:
        """By position of the connections, when they and their ends exist."""
        if self.is_constant:
            return [ALWAYS] * len(self.links)
        return [
            intersect(
                ALWAYS if link.life is None else link.life,
                intersect(self.nodes[source].presence, self.nodes[destination].presence),
            )
            for link, (source, destination) in zip(self.links, self.graph.edges, strict=True)
        ]

    @cached_property
    def is_constant(self) -> bool:
        """Whether everything exists at all times, as far as its lifetimes can be read."""
        lives = chain((node.life for node in self.nodes), (link.life for link in self.links))
        return all(life is ALWAYS or life is None for life in lives)

    @cached_property
    def with_grid(self) -> Periods:
        """When there is a grid connection point."""
        return unite(node.presence for node in self.grid_connection_points)


def _unknown_ends(site: _Site) -> Iterator[SubjectFault]:
    if len(site.links) == len(site.all_links):  # as in nearly all sites
        return
    for link in site.all_links:
        for field, number in (("source", link.source), ("destination", link.destination)):
            if number and number not in site.positions:
                yield link.subject, Rule.NO_SUCH_COMPONENT.at(field, number=number)


def _several_grid_connection_points(nodes: Sequence[Node]) -> Iterator[SubjectFault]:
    """Find grid connection points that start before another one has ended."""
    points = [
        (*period, node) for node in nodes if node.kind is Kind.GRID for period in node.life or NEVER
    ]
    latest: tuple[datetime, Node] | None = None
    for start, end, node in sorted(points, key=lambda it: it[0]):
        # Two with the same ID are a finding of their own.
        if latest and start < latest[0] and latest[1].id != node.id:
            rule = Rule.SEVERAL_GRID_CONNECTION_POINTS
            yield node.subject, rule.at("category", other=latest[1].id)
        if latest is None or end > latest[0]:
            latest = end, node


def _without_grid_connection_point(microgrid: Any, site: _Site) -> Iterator[SubjectFault]:
    """Find when there are components, but no grid connection point.

    Before and after the grid connection point, components without a lifetime do not count: that
    they have none is a finding already.
    """
    populated = unite(
        node.presence for node in site.nodes if node.has_lifetime or not site.grid_connection_points
    )
    if missing := subtract(populated, site.with_grid):
        period = _period_text(missing, populated)
        yield microgrid, Rule.NO_GRID_CONNECTION_POINT.at("components", period=period)


# Reachable ----------------------------------------------------------------------------------------


class _Reach(NamedTuple):
    """What connections lead to, once the reversed ones are turned around."""

    origin: str
    """From where they lead there, as messages say it."""

    reached: set[int]
    """The positions of the components."""

    reversed_links: list[Link]
    """The reversed connections, as few as possible on the way to each component."""


def _reach(site: _Site) -> _Reach:
    """Return what connections lead to at any time, from the grid connection points.

    An island has none: there, all components with connections count as reached.
    """
    if not site.roots:
        reached = {end for edge in site.graph.edges for end in edge}
        return _Reach("any other component", reached, [])
    ids = [node.id for node in site.grid_connection_points]
    plural = "s" if len(ids) > 1 else ""
    numbers = _list_numbers(ids, ", ")
    origin = f"the grid connection point{plural} (component{plural} {numbers})"
    reached = set(site.graph.reach(site.roots))
    reversed_links: list[Link] = []
    level = reached.copy()
    # A connection that leads to what is reached, from what is not, is reversed: step by step, so
    # that as few as possible are.
    while level and len(reached) < len(site.nodes):
        entrances = []
        for position in sorted(at for node in level for at in site.graph.incoming(node)):
            source, _ = site.graph.edges[position]
            if source not in reached:
                reached.add(source)
                reversed_links.append(site.links[position])
                entrances.append(source)
        level = set(entrances)
        while entrances:  # only what is new: to walk through everything each time is quadratic
            new = set(site.graph.successors(entrances.pop())) - reached
            reached |= new
            level |= new
            entrances += new
    return _Reach(origin, reached, reversed_links)


def _unreachable(site: _Site, reach: _Reach) -> Iterator[SubjectFault]:
    """Find components that connections never lead to, and connections to reverse."""
    for link in reach.reversed_links:
        yield link.subject, Rule.CONNECTION_REVERSED.at("destination", roots=reach.origin)
    for position, node in enumerate(site.nodes):
        if position not in reach.reached:
            yield node.subject, Rule.UNREACHABLE.at("connections", roots=reach.origin)


def _unreachable_at_times(site: _Site, reachable: set[int]) -> Iterator[SubjectFault]:
    """Find components that connections lead to, but not during their whole lifetime.

    Passive components need not be reachable.
    """
    reached = [NEVER] * len(site.nodes)
    for node in site.grid_connection_points:
        reached[site.positions[node.id]] = node.presence

    def extend(position: int) -> bool:
        """Add what comes from the components in front; return whether that is anything new."""
        before = reached[position]
        entering = [
            intersect(reached[site.graph.edges[at][0]], site.presences[at])
            for at in site.graph.incoming(position)
        ]
        reached[position] = unite([before, *entering])
        return reached[position] != before

    _settle(site, site.sources_first, extend)
    for position, node in enumerate(site.nodes):
        if position in reachable and node.kind is not Kind.PASSIVE:
            expected = intersect(node.presence, site.with_grid)
            if missing := subtract(expected, reached[position]):
                period = _period_text(missing, node.presence) or " at any time"
                yield node.subject, Rule.UNREACHABLE_AT_TIMES.at("connections", period=period)


def _list_numbers(numbers: Sequence[int], separator: str) -> str:
    """Return numbers as text, without those in the middle if there are many."""
    listed = [*map(str, numbers)]
    omitted = len(numbers) - 2 * _LISTED_AT_EACH_END
    if omitted > 0:
        listed[_LISTED_AT_EACH_END:-_LISTED_AT_EACH_END] = [f"... {omitted} more ..."]
    return separator.join(listed)


def _period_text(periods: Periods, whole: Periods) -> str:
    """Return the periods as the end of a sentence; nothing for a whole lifetime."""
    if periods == whole:
        return ""
    start, end = periods[0]
    text = "" if start == EARLIEST else f" from {start:%Y-%m-%d %H:%M:%S} UTC"
    text += "" if end == LATEST else f" until {end:%Y-%m-%d %H:%M:%S} UTC"
    more = len(periods) - 1
    return f"{text} (and {more} more times)" if more > 1 else f"{text}{' (and later again)' * more}"


# Cycles -------------------------------------------------------------------------------------------


def _cycles(site: _Site) -> Iterator[tuple[set[int], SubjectFault]]:
    """Find a connection that closes a cycle in each strongly connected part of the graph.

    The connections of a cycle must all exist at the same time. Each comes with the components of
    its part.
    """
    if not site.graph.strong_parts():
        return
    lasting = [
        (period, link)
        for link, presence in zip(site.links, site.presences, strict=True)
        if link.life is not None
        for period in presence
    ]
    for part in _find_ids(lasting, Graph.strong_parts):
        members = set(part)
        within = [
            (period, link)
            for period, link in lasting
            if link.source in members and link.destination in members
        ]
        # If connections exist at the same time, they do right before one of them ends.
        for moment in sorted({end for (_, end), _ in within}, reverse=True):
            existing = [it for it in within if it[0][0] < moment <= it[0][1]]
            if found := _find_ids(existing, Graph.cycles):
                cycle = found[0]
                ends = cycle[-1], cycle[0]
                closing = next(it for _, it in existing if (it.source, it.destination) == ends)
                text = _list_numbers([*cycle, cycle[0]], " -> ")
                yield members, (closing.subject, Rule.CYCLE.at("destination", cycle=text))
                break


def _find_ids(
    lasting: Sequence[tuple[Any, Link]], find: Callable[[Graph], list[list[int]]]
) -> list[list[int]]:
    """Return the groups of components, as IDs, that are found in the graph of some connections."""
    ids = [*dict.fromkeys(end for _, link in lasting for end in (link.source, link.destination))]
    positions = dict(zip(ids, range(len(ids)), strict=True))
    edges = [(positions[link.source], positions[link.destination]) for _, link in lasting]
    return [[ids[at] for at in group] for group in find(Graph(len(ids), edges))]


# Neighbors ----------------------------------------------------------------------------------------
#
# What is directly in front of a component, and directly behind it. Passive components between two
# others do not count: it is as if these were connected.

Ahead: TypeAlias = dict[Kind, tuple[int, Periods]]
"""By kind of the components in front of another one, the first of them, and when there are any."""


def _check_neighbors(site: _Site, on_cycles: Collection[int]) -> Iterator[SubjectFault]:
    """Check what is in front of each component, and what is behind those that need something."""
    ahead, behind = _ahead(site), _behind(site)
    several = _with_several_grid_connection_points(site)
    for position, node in enumerate(site.nodes):
        if node.kind is Kind.BATTERY_INVERTER:
            yield from _without_anything_behind(
                node, behind[position], Rule.INVERTER_WITHOUT_BATTERY
            )
        elif node.kind is Kind.GRID:
            unclear = unite([behind[position], several])
            yield from _without_anything_behind(
                node, unclear, Rule.NOTHING_BEHIND_GRID_CONNECTION_POINT
            )
        if position in ahead and node.kind not in {Kind.GRID, Kind.PASSIVE}:
            yield from _behind_what_it_cannot_be(node, ahead[position])
            if len(ahead[position]) > 1 and node.id not in on_cycles:
                yield from _behind_grid_and_another(node, ahead[position])


def _with_several_grid_connection_points(site: _Site) -> Periods:
    """Return when there are several, which is a finding of its own."""
    bounds = sorted(
        bound
        for node in site.grid_connection_points
        for start, end in node.presence
        for bound in ((start, 1), (end, -1))
    )
    counts = accumulate(change for _, change in bounds)
    following = zip(bounds, counts, bounds[1:], strict=False)
    return unite(((now, then),) for (now, _), count, (then, _) in following if count > 1)


def _ahead(site: _Site) -> dict[int, Ahead]:
    """Return what is directly in front of components, and when, by position.

    Without those that are behind a single other component where they may be, as nearly all are.
    """
    kinds, edges = site.kinds, site.graph.edges
    times_behind = Counter(destination for _, destination in edges)
    needed = {
        destination
        for source, destination in edges
        if times_behind[destination] > 1
        or kinds[source] is Kind.PASSIVE
        or kinds[destination] is Kind.PASSIVE
        or not may_be_behind(kinds[destination], kinds[source])
    }
    found: dict[int, Ahead] = {}

    def find(position: int) -> bool:
        """Find what is in front of a component; return whether that is anything new."""
        before = found.get(position)
        found[position] = _ahead_of(site, position, found)
        return found[position] != before

    _settle(site, [it for it in site.sources_first if it in needed], find)
    return found


def _ahead_of(site: _Site, position: int, found: Mapping[int, Ahead]) -> Ahead:
    """Return what is in front of a component, as far as it was found in front of passive ones."""
    examples: dict[Kind, int] = {}
    sets: dict[Kind, list[Periods]] = {}
    for at in site.graph.incoming(position):
        source, presence = site.graph.edges[at][0], site.presences[at]
        node = site.nodes[source]
        ahead: Ahead = {node.kind: (node.id, ALWAYS)}
        if node.kind is Kind.PASSIVE:
            ahead = found.get(source, {})
        for kind, (example, periods) in ahead.items():
            examples.setdefault(kind, example)
            sets.setdefault(kind, []).append(intersect(periods, presence))
    united = {kind: unite(periods) for kind, periods in sets.items()}
    return {kind: (examples[kind], periods) for kind, periods in united.items() if periods}


_NEEDS_BEHIND: Final = frozenset({Kind.BATTERY_INVERTER, Kind.GRID, Kind.PASSIVE})
"""The kinds behind which something must be, and those that do not count themselves."""


def _behind(site: _Site) -> dict[int, Periods]:
    """Return when something is directly behind the components that need it, by position."""
    kinds = site.kinds
    found: dict[int, Periods] = {}

    def find(position: int) -> bool:
        """Find when something is behind a component; return whether that is anything new."""
        leaving = []
        for at in site.graph.outgoing(position):
            destination = site.graph.edges[at][1]
            is_passive = kinds[destination] is Kind.PASSIVE
            periods = found.get(destination, NEVER) if is_passive else ALWAYS
            leaving.append(intersect(periods, site.presences[at]))
        before = found.get(position)
        found[position] = unite(leaving)
        return found[position] != before

    needing = [it for it in reversed(site.sources_first) if kinds[it] in _NEEDS_BEHIND]
    _settle(site, needing, find)
    return found


def _settle(site: _Site, order: Sequence[int], find: Callable[[int], bool]) -> None:
    """Find something for each component; if there are cycles, until nothing new is found."""
    is_settled = False
    while not is_settled:
        news = [find(position) for position in order]
        is_settled = not (site.has_cycles and any(news))


def _without_anything_behind(node: Node, behind: Periods, rule: Rule) -> Iterator[SubjectFault]:
    """Find when nothing is behind a component that needs something there."""
    if missing := subtract(node.presence, behind):
        period = _period_text(missing, node.presence)
        yield node.subject, rule.at("connections", period=period)


def _behind_what_it_cannot_be(node: Node, ahead: Ahead) -> Iterator[SubjectFault]:
    """Find when a component is behind one that it cannot be behind."""
    is_battery = node.kind is Kind.BATTERY
    rule = Rule.BATTERY_WITHOUT_INVERTER if is_battery else Rule.NOT_BEHIND_METER
    for kind, (example, periods) in ahead.items():
        if periods and not may_be_behind(node.kind, kind):
            details = {"kind": node.kind.value, "ahead": kind.value, "other": example}
            period = _period_text(periods, node.presence)
            yield node.subject, rule.at("connections", **details, period=period)


def _behind_grid_and_another(node: Node, ahead: Ahead) -> Iterator[SubjectFault]:
    """Find when a component is behind the grid connection point and behind another component."""
    if from_grid := ahead.get(Kind.GRID):
        for kind, (example, periods) in ahead.items():
            both = intersect(from_grid[1], periods)
            if both and kind is not Kind.GRID and may_be_behind(node.kind, kind):
                period = _period_text(both, node.presence)
                fault = Rule.SECOND_FEED.at("connections", other=example, period=period)
                yield node.subject, fault
