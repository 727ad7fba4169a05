"""Which meters measure the power of a component."""

from collections.abc import Sequence
from dataclasses import dataclass

from .._readable_defaults import ReadableDefaults
from ..electrical_component import ElectricalComponent, Meter
from ._graph import Graph
from ._roles import is_carrier, is_converter


@dataclass(frozen=True, slots=True)
class Measurement(metaclass=ReadableDefaults):
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

    def __init__(self, graph: Graph, components: Sequence[ElectricalComponent]) -> None:
        self._graph = graph
        self._components = components
        self._is_meter = [isinstance(it, Meter) for it in components]
        edges = set(graph.edges)
        self._feeds = [0] * len(components)
        """By node, the number of nodes directly in front of it."""
        self._feeder = [-1] * len(components)
        """By node, one of these."""
        for source, destination in edges:
            self._feeds[destination] += 1
            self._feeder[destination] = source
        order, _ = graph.sources_first
        self._from_behind = self._measured_from_behind(order)
        pairs = zip(self._from_behind, self._feeds, strict=True)
        self._is_separate = [is_measured and feeds == 1 for is_measured, feeds in pairs]
        """By node, whether meters measure it, and it is behind one other only."""
        self._open = [0] * len(components)
        """By node, the number of nodes directly behind it that are not measured for themselves."""
        for source, destination in edges:
            self._open[source] += not self._is_separate[destination]
        self._from_ahead = self._measured_from_ahead(order)

    def unmeasured(self) -> list[int]:
        """Return the components whose power no meter measures."""
        pairs = zip(self._from_behind, self._from_ahead, strict=True)
        return [node for node, ways in enumerate(pairs) if not any(ways)]

    def measurement(self, node: int) -> Measurement | None:
        """Return which meters measure a component; None if none do."""
        if self._from_behind[node]:
            return self._measurement(self._meters_behind(node), [])
        if not self._from_ahead[node]:
            return None
        added: list[int] = []
        subtracted: list[int] = []
        for source in self._graph.predecessors(node):
            via, ahead = node, source
            while True:
                for other in self._graph.successors(ahead):
                    if other != via:
                        subtracted += self._meters_behind(other)
                if self._is_meter[ahead]:
                    break
                via, ahead = ahead, self._feeder[ahead]
            added.append(ahead)
        return self._measurement(added, subtracted)

    def _measurement(self, added: list[int], subtracted: list[int]) -> Measurement:
        return Measurement(
            tuple(map(self._components.__getitem__, added)),
            tuple(map(self._components.__getitem__, subtracted)),
        )

    def _measured_from_behind(self, order: list[int]) -> list[bool]:
        """Return by node whether it is a meter, or carries current to nothing but these."""
        found = self._is_meter.copy()
        for node in reversed(order):
            if not found[node] and is_carrier(self._components[node]):
                successors = self._graph.successors(node)
                found[node] = bool(successors) and all(
                    found[it] and self._feeds[it] == 1 for it in successors
                )
        return found

    def _measured_from_ahead(self, order: list[int]) -> list[bool]:
        """Return by node whether it is behind meters whose other branches are all measured."""
        found = [False] * len(order)
        for node in order:
            if self._feeds[node] == 1:  # as nearly all nodes
                found[node] = self._is_fed(node, self._feeder[node], found)
            elif sources := self._graph.predecessors(node):
                found[node] = all(self._is_fed(node, source, found) for source in sources)
        return found

    def _is_fed(self, node: int, source: int, found: list[bool]) -> bool:
        """Return whether the power from a component in front to a node is known."""
        if self._open[source] > (not self._is_separate[node]):
            return False
        if self._is_meter[source]:
            return True
        is_measured = found[source] and self._feeds[source] == 1
        return is_measured and is_converter(self._components[source])

    def _meters_behind(self, node: int) -> list[int]:
        """Return the meters that together measure a component from behind."""
        meters: list[int] = []
        waiting = [node]
        while waiting:
            here = waiting.pop()
            if self._is_meter[here]:
                meters.append(here)
            else:
                waiting += reversed(self._graph.successors(here))
        return meters
