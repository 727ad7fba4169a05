"""Which meters measure the power of a component."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..electrical_component import ElectricalComponent, Meter
from ._graph import Graph
from ._roles import is_carrier, is_converter


@dataclass(frozen=True, slots=True)
class Measurement:
    """The meters that measure the power of a component: the sum of some, less that of others."""

    meters: tuple[ElectricalComponent, ...]
    """The meters to add up."""

    subtracted: tuple[ElectricalComponent, ...] = ()
    """The meters to subtract."""

    @property
    def is_direct(self) -> bool:
        """Whether nothing must be subtracted."""
        return not self.subtracted

    def __str__(self) -> str:
        """Return the formula, in which `#2` is the power of component 2."""
        text = " + ".join(f"#{int(it.id)}" for it in self.meters)
        return text + "".join(f" - #{int(it.id)}" for it in self.subtracted)


class Metering:
    """The measurements of a graph; what can be measured is worked out once for all components."""

    def __init__(self, graph: Graph, components: Mapping[int, ElectricalComponent]) -> None:
        self._graph = graph
        self._components = components
        successors, predecessors = graph.neighbors
        self._successors: Mapping[int, Sequence[int]] = defaultdict(tuple, successors)
        self._predecessors: Mapping[int, Sequence[int]] = defaultdict(tuple, predecessors)
        self._meters = {node for node, it in components.items() if isinstance(it, Meter)}
        self._carriers = {node for node, it in components.items() if is_carrier(it)}
        self._converters = {node for node, it in components.items() if is_converter(it)}
        order, self._has_cycles = graph.sources_first()
        self._from_behind = self._measured_from_behind(order)
        self._open = {
            node: sum(not self._is_separate(it) for it in behind)
            for node, behind in successors.items()
        }
        """By node, the number of nodes directly behind it that are not measured for themselves."""
        self._from_ahead = self._measured_from_ahead(order)

    def unmeasured(self) -> list[int]:
        """Return the components whose power no meter measures."""
        return [
            node
            for node in self._graph.nodes
            if node not in self._from_behind and node not in self._from_ahead
        ]

    def measurement(self, node: int) -> Measurement | None:
        """Return which meters measure a component; None if none do."""
        if node in self._from_behind:
            return self._measurement(self._meters_behind(node), [])
        if node not in self._from_ahead:
            return None
        added: list[int] = []
        subtracted: list[int] = []
        for source in self._predecessors[node]:
            via, ahead = node, source
            while True:
                for other in self._successors[ahead]:
                    if other != via:
                        subtracted += self._meters_behind(other)
                if ahead in self._meters:
                    break
                via, ahead = ahead, self._predecessors[ahead][0]
            added.append(ahead)
        return self._measurement(added, subtracted)

    def _measurement(self, added: list[int], subtracted: list[int]) -> Measurement:
        return Measurement(
            tuple(map(self._components.__getitem__, added)),
            tuple(map(self._components.__getitem__, subtracted)),
        )

    def _measured_from_behind(self, order: list[int]) -> set[int]:
        """Return the meters, and what carries current to nothing but these."""
        found = set(self._meters)
        for node in reversed(order):
            if node in self._carriers and node not in found:
                successors = self._successors[node]
                if successors and all(
                    it in found and len(self._predecessors[it]) == 1 for it in successors
                ):
                    found.add(node)
        return found

    def _is_separate(self, node: int) -> bool:
        """Return whether meters measure a component that is behind one other only."""
        return node in self._from_behind and len(self._predecessors[node]) == 1

    def _measured_from_ahead(self, order: list[int]) -> set[int]:
        """Return what is behind a meter whose other branches are all measured."""
        found: set[int] = set()
        for node in order:
            sources = self._predecessors[node]
            if sources and all(self._is_fed(node, source, found) for source in sources):
                found.add(node)
        return found

    def _is_fed(self, node: int, source: int, found: set[int]) -> bool:
        """Return whether the power from a component in front to a node is known."""
        if self._open[source] > (not self._is_separate(node)):
            return False
        if source in self._meters:
            return True
        is_through = source in self._converters and len(self._predecessors[source]) == 1
        return is_through and source in found

    def _meters_behind(self, node: int) -> list[int]:
        """Return the meters that together measure a component from behind."""
        meters: list[int] = []
        waiting = [node]
        while waiting:
            here = waiting.pop()
            if here in self._meters:
                meters.append(here)
            else:
                waiting += reversed(self._successors[here])
        return meters
