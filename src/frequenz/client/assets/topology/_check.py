"""What is wrong with the component graph of a microgrid as a whole.

Components and connections have lifetimes: those of different times do not contradict each other.
A connection exists only while both of its ends do.

The rules about power formulas are those by which frequenz-microgrid-component-graph refuses a
graph: whatever it refuses at some moment has a finding here.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from ..findings._rules import Rule
from ._check_cycles import cycles
from ._check_neighbors import check_neighbors
from ._check_reach import find_reach, unreachable, unreachable_at_times
from ._checked_site import CheckedSite, Link, Node, SubjectFault, period_text
from ._kinds import Kind
from ._periods import NEVER, subtract, unite


def check_graph(
    microgrid: Any, nodes: Sequence[Node], links: Sequence[Link]
) -> Iterator[SubjectFault]:
    """Find what is wrong with the graph of the components and connections of a microgrid.

    Not found, as other rules find them: components with the same ID, of unspecified or unknown
    kind, and connections of a component to itself or listed twice.
    """
    site = CheckedSite(nodes, links)
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
        reach = find_reach(site)
        yield from unreachable(site, reach)
        for members, fault in cycles(site):
            on_cycles |= members
            yield fault
        if reach.reversed_links:
            # What follows from a reversed connection is not another finding.
            corrected = site.with_reversed({id(link) for link in reach.reversed_links})
        if site.grid_connection_points and not site.is_constant:
            yield from unreachable_at_times(corrected, reach.reached)
    yield from _without_grid_connection_point(microgrid, site)
    yield from check_neighbors(corrected, on_cycles)


def _unknown_ends(site: CheckedSite) -> Iterator[SubjectFault]:
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


def _without_grid_connection_point(microgrid: Any, site: CheckedSite) -> Iterator[SubjectFault]:
    """Find when there are components, but no grid connection point.

    Before and after the grid connection point, components without a lifetime do not count: that
    they have none is a finding already.
    """
    populated = unite(
        node.presence for node in site.nodes if node.has_lifetime or not site.grid_connection_points
    )
    if missing := subtract(populated, site.with_grid):
        period = period_text(missing, populated)
        yield microgrid, Rule.NO_GRID_CONNECTION_POINT.at("components", period=period)
