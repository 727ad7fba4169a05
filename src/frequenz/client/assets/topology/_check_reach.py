"""What connections lead to, and the components that nothing leads to."""

from collections.abc import Iterator
from typing import NamedTuple

from ..findings._rules import Rule
from ._checked_site import CheckedSite, Link, SubjectFault, list_numbers, period_text, settle
from ._kinds import Kind
from ._periods import NEVER, intersect, subtract, unite


class Reach(NamedTuple):
    """What connections lead to, once the reversed ones are turned around."""

    origin: str
    """From where they lead there, as messages say it."""

    reached: set[int]
    """The positions of the components."""

    reversed_links: list[Link]
    """The reversed connections, as few as possible on the way to each component."""


def find_reach(site: CheckedSite) -> Reach:
    """Return what connections lead to at any time, from the grid connection points.

    An island has none: there, all components with connections count as reached.
    """
    if not site.roots:
        reached = {end for edge in site.graph.edges for end in edge}
        return Reach("any other component", reached, [])
    ids = [node.id for node in site.grid_connection_points]
    plural = "s" if len(ids) > 1 else ""
    numbers = list_numbers(ids, ", ")
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
    return Reach(origin, reached, reversed_links)


def unreachable(site: CheckedSite, reach: Reach) -> Iterator[SubjectFault]:
    """Find components that connections never lead to, and connections to reverse."""
    for link in reach.reversed_links:
        yield link.subject, Rule.CONNECTION_REVERSED.at("destination", roots=reach.origin)
    for position, node in enumerate(site.nodes):
        if position not in reach.reached:
            yield node.subject, Rule.UNREACHABLE.at("connections", roots=reach.origin)


def unreachable_at_times(site: CheckedSite, reachable: set[int]) -> Iterator[SubjectFault]:
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

    settle(site, site.sources_first, extend)
    for position, node in enumerate(site.nodes):
        if position in reachable and node.kind is not Kind.PASSIVE:
            expected = intersect(node.presence, site.with_grid)
            if missing := subtract(expected, reached[position]):
                period = period_text(missing, node.presence) or " at any time"
                yield node.subject, Rule.UNREACHABLE_AT_TIMES.at("connections", period=period)
