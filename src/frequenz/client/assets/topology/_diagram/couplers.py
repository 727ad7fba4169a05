"""Breakers between two busbars that both have a supply: drawn lying, with the busbars side by side.

The sections of a busbar and the couplers between them are a row. While the layers and their order
are found, a row is one vertex.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ...electrical_component import ElectricalComponentCategory
from .chains import Chains
from .layering import Link
from .network import Network, Node
from .ordering import crossings

Row: TypeAlias = list[int]
"""Sections with a coupler between each two, from left to right."""


@dataclass(frozen=True, slots=True)
class Coupler:
    """A breaker between two busbars."""

    node: int
    sections: tuple[int, int]
    """The components that feed the busbars, first the one from which the breaker is fed."""

    edges: tuple[int, int]
    """The connections with them."""


def couplers(
    network: Network,
    nodes: Sequence[int],
    incoming: Mapping[int, Sequence[int]],
    outgoing: Mapping[int, Sequence[int]],
    tops: Collection[int],
) -> list[Coupler]:
    """Return the breakers that can lie between two busbars, which can be on the same layer."""
    rows = _Rows(network, outgoing)
    candidates = (
        Coupler(
            node,
            (network.edges[from_].source, network.edges[to].destination),
            (from_, to),
        )
        for node in nodes
        if _is_breaker(network.nodes[node])
        for from_ in incoming[node]
        for to in outgoing[node]
        if len(incoming[node]) == len(outgoing[node]) == 1
    )
    found = []
    for coupler in candidates:
        first, second = coupler.sections
        are_at_top = first in tops, second in tops
        have_supply = all(are_at_top) or (incoming[first] and len(incoming[second]) > 1)
        are_busbars = len(outgoing[first]) > 1 and outgoing[second]
        are_level = are_at_top[0] == are_at_top[1]
        if are_level and have_supply and are_busbars and rows.join(coupler):
            found.append(coupler)
    return found


def _is_breaker(node: Node) -> bool:
    component = node.component
    return component is not None and component.category is ElectricalComponentCategory.BREAKER


class _Rows:
    """Which sections are in one row; none leads to another one of its row by another way."""

    def __init__(self, network: Network, outgoing: Mapping[int, Sequence[int]]) -> None:
        self._network = network
        self._outgoing = outgoing
        self._members: dict[int, frozenset[int]] = {}
        self._couplers: set[int] = set()
        self._ends: Counter[int] = Counter()
        """By section, how many couplers it has."""

    def join(self, coupler: Coupler) -> bool:
        """Join the rows of both sections of a coupler, if that is possible."""
        one, other = coupler.sections
        is_full = any(self._ends[section] == 2 for section in coupler.sections)
        if is_full or not self._row(one).isdisjoint(self._row(other)):
            return False
        joined = self._row(one) | self._row(other)
        if self._leads_back(joined, coupler.node):
            return False
        self._members |= dict.fromkeys(joined, joined)
        self._couplers.add(coupler.node)
        self._ends.update(coupler.sections)
        return True

    def _row(self, node: int) -> frozenset[int]:
        return self._members.get(node, frozenset({node}))

    def _leads_back(self, row: frozenset[int], coupler: int) -> bool:
        """Return whether sections lead into their row again, other than by couplers."""
        ignored = {*self._couplers, coupler}
        seen: set[int] = set()
        stack = [*row]
        while stack:
            for edge in self._outgoing[stack.pop()]:
                node = self._network.edges[edge].destination
                if node in row:
                    return True
                if node not in seen and node not in ignored:
                    seen |= self._row(node)
                    stack += self._row(node)
        return False


def rows_of(found: Sequence[Coupler], vertex_of: Mapping[int, int]) -> list[Row]:
    """Return the vertices of sections and of the couplers between them, row by row."""
    near: dict[int, list[int]] = {}
    for coupler in found:
        for section in coupler.sections:
            near.setdefault(section, []).append(coupler.node)
            near.setdefault(coupler.node, []).append(section)
    rows: list[Row] = []
    seen: set[int] = set()
    for start in sorted(near):
        if start in seen or len(near[start]) > 1:
            continue
        row = [start]
        for node in row:
            row += [other for other in near[node] if other not in row]
        seen.update(row)
        rows.append([vertex_of[node] for node in row])
    return rows


def contracted(links: Sequence[Link], rows: Sequence[Row]) -> list[Link]:
    """Return the links with the first vertex of each row in place of the others."""
    first = {vertex: row[0] for row in rows for vertex in row}
    return [(first.get(one, one), first.get(other, other)) for one, other in links]


def expand(graph: Chains, ordered: Sequence[Sequence[int]], rows: Sequence[Row]) -> None:
    """Give a graph the order of the same one with contracted rows.

    Each row is turned so that few lines cross; what is below and above is sorted anew if that
    helps.
    """
    later = {vertex for row in rows for vertex in row[1:]}
    whole = {row[0]: row for row in rows}
    best = [
        [one for vertex in layer if vertex not in later for one in whole.get(vertex, (vertex,))]
        for layer in ordered
    ]
    fewest = crossings(graph, best)
    for row in rows:
        layer = graph.layer[row[0]]
        turned = _turned(best, layer, row)
        for candidate in (
            _sorted_around(graph, best, layer, rows),
            turned,
            _sorted_around(graph, turned, layer, rows),
        ):
            count = crossings(graph, candidate)
            if count < fewest:
                best, fewest = candidate, count
    graph.rows = best


def _turned(ordered: list[list[int]], layer: int, row: Row) -> list[list[int]]:
    """Return an order with the row the other way round."""
    own = list(ordered[layer])
    start = min(own.index(row[0]), own.index(row[-1]))
    own[start : start + len(row)] = own[start : start + len(row)][::-1]
    return [*ordered[:layer], own, *ordered[layer + 1 :]]


def _sorted_around(
    graph: Chains, ordered: list[list[int]], layer: int, rows: Sequence[Row]
) -> list[list[int]]:
    """Return an order in which the layers below, then those above, follow from a layer."""
    result = [list(own) for own in ordered]
    below = range(layer + 1, len(result))
    above = range(layer - 1, -1, -1)
    for layers, step, neighbours in ((below, -1, graph.upper), (above, 1, graph.lower)):
        for at in layers:
            place = {vertex: index for index, vertex in enumerate(result[at + step])}
            key: dict[int, float] = {}
            last = -1.0
            for vertex in result[at]:
                beside = [place[it] for it in neighbours[vertex] if it in place]
                last = sum(beside) / len(beside) if beside else last
                key[vertex] = last
            for row in rows:
                if row[0] in key:
                    key |= dict.fromkeys(row, sum(key[it] for it in row) / len(row))
            result[at].sort(key=key.__getitem__)
    return result
