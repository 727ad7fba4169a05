"""What is directly in front of a component, and directly behind it.

Passive components between two others do not count: it is as if these were connected.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from itertools import accumulate
from typing import Final, TypeAlias

from ..findings._rules import Rule
from ._checked_site import CheckedSite, Node, SubjectFault, period_text, settle
from ._kinds import Kind, may_be_behind
from ._periods import ALWAYS, NEVER, Periods, intersect, subtract, unite

Ahead: TypeAlias = dict[Kind, tuple[int, Periods]]
"""By kind of the components in front of another one, the first of them, and when there are any."""


def check_neighbors(site: CheckedSite, on_cycles: Collection[int]) -> Iterator[SubjectFault]:
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


def _with_several_grid_connection_points(site: CheckedSite) -> Periods:
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


def _ahead(site: CheckedSite) -> dict[int, Ahead]:
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

    settle(site, [it for it in site.sources_first if it in needed], find)
    return found


def _ahead_of(site: CheckedSite, position: int, found: Mapping[int, Ahead]) -> Ahead:
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


def _behind(site: CheckedSite) -> dict[int, Periods]:
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
    settle(site, needing, find)
    return found


def _without_anything_behind(node: Node, behind: Periods, rule: Rule) -> Iterator[SubjectFault]:
    """Find when nothing is behind a component that needs something there."""
    if missing := subtract(node.presence, behind):
        period = period_text(missing, node.presence)
        yield node.subject, rule.at("connections", period=period)


def _behind_what_it_cannot_be(node: Node, ahead: Ahead) -> Iterator[SubjectFault]:
    """Find when a component is behind one that it cannot be behind."""
    is_battery = node.kind is Kind.BATTERY
    rule = Rule.BATTERY_WITHOUT_INVERTER if is_battery else Rule.NOT_BEHIND_METER
    for kind, (example, periods) in ahead.items():
        if periods and not may_be_behind(node.kind, kind):
            details = {"kind": node.kind.value, "ahead": kind.value, "other": example}
            period = period_text(periods, node.presence)
            yield node.subject, rule.at("connections", **details, period=period)


def _behind_grid_and_another(node: Node, ahead: Ahead) -> Iterator[SubjectFault]:
    """Find when a component is behind the grid connection point and behind another component."""
    if from_grid := ahead.get(Kind.GRID):
        for kind, (example, periods) in ahead.items():
            both = intersect(from_grid[1], periods)
            if both and kind is not Kind.GRID and may_be_behind(node.kind, kind):
                period = period_text(both, node.presence)
                fault = Rule.SECOND_FEED.at("connections", other=example, period=period)
                yield node.subject, fault
