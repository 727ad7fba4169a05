"""Cycles of connections that exist at the same time."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ..findings._rules import Rule
from ._checked_site import CheckedSite, Link, SubjectFault, list_numbers
from ._graph import Graph


def cycles(site: CheckedSite) -> Iterator[tuple[set[int], SubjectFault]]:
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
                text = list_numbers([*cycle, cycle[0]], " -> ")
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
