"""Which meters measure the power of a component."""

from collections.abc import Sequence
from dataclasses import dataclass

from .._readable_defaults import ReadableDefaults
from ..electrical_component import ElectricalComponent, Meter
from ._graph import Graph
from ._roles import CARRIERS, CONVERTERS, are


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
    """The measurements of a graph; what can be measured is worked out once for all components.

    Everything is by position, as the nodes of the graph are.
    """

    def __init__(self, graph: Graph, components: Sequence[ElectricalComponent]) -> None:
        self._graph = graph
        self._components = components
        self._is_meter = are(components, (Meter,))
        self._feeders = [0] * len(components)
        """The number of components directly in front."""
        self._feeder = [-1] * len(components)
        """One of these."""
        for source, destination in graph.distinct_edges:
            self._feeders[destination] += 1
            self._feeder[destination] = source
        order, _ = graph.sources_first
        self._from_behind = self._measured_from_behind(order)
        pairs = zip(self._from_behind, self._feeders, strict=True)
        self._is_own = [is_measured and feeders == 1 for is_measured, feeders in pairs]
        """Whether meters measure it from behind, and only one component is in front."""
        self._unmeasured_behind = [0] * len(components)
        """How many components directly behind are not measured that way."""
        for source, destination in graph.distinct_edges:
            if not self._is_own[destination]:
                self._unmeasured_behind[source] += 1
        self._from_ahead = self._measured_from_ahead(order)

    def unmeasured(self) -> list[int]:
        """Return the components whose power no meter measures."""
        pairs = zip(self._from_behind, self._from_ahead, strict=True)
        return [position for position, ways in enumerate(pairs) if ways == (False, False)]

    def measurement(self, position: int) -> Measurement | None:
        """Return which meters measure a component; None if none do."""
        if self._from_behind[position]:
            return self._measurement(self._meters_behind(position), [])
        if not self._from_ahead[position]:
            return None
        added: list[int] = []
        subtracted: list[int] = []
        for feeder in self._graph.predecessors(position):
            here, ahead = position, feeder
            while True:
                for other in self._graph.successors(ahead):
                    if other != here:
                        subtracted += self._meters_behind(other)
                if self._is_meter[ahead]:
                    break
                here, ahead = ahead, self._feeder[ahead]
            added.append(ahead)
        return self._measurement(added, subtracted)

    def _measurement(self, added: list[int], subtracted: list[int]) -> Measurement:
        return Measurement(
            tuple(map(self._components.__getitem__, added)),
            tuple(map(self._components.__getitem__, subtracted)),
        )

    def _measured_from_behind(self, order: list[int]) -> list[bool]:
        """Return whether it is a meter, or carries current to nothing but these."""
        found = self._is_meter.copy()
        is_carrier = are(self._components, CARRIERS)
        for position in reversed(order):
            if is_carrier[position] and not found[position]:
                behind = self._graph.successors(position)
                found[position] = bool(behind) and all(
                    found[it] and self._feeders[it] == 1 for it in behind
                )
        return found

    def _measured_from_ahead(self, order: list[int]) -> list[bool]:
        """Return whether it is behind meters whose other branches are all measured."""
        found = [False] * len(order)
        is_known = self._is_meter.copy()
        """Whether the power that flows on behind it, all branches together, is known."""
        is_converter = are(self._components, CONVERTERS)

        def is_fed(position: int, feeder: int) -> bool:
            others = self._unmeasured_behind[feeder] - (not self._is_own[position])
            return is_known[feeder] and others == 0

        for position in order:
            if self._feeders[position] == 1:  # as nearly all
                found[position] = is_fed(position, self._feeder[position])
                if found[position] and is_converter[position]:
                    is_known[position] = True
            elif feeders := self._graph.predecessors(position):
                found[position] = all(is_fed(position, it) for it in feeders)
        return found

    def _meters_behind(self, position: int) -> list[int]:
        """Return the meters that together measure a component from behind."""
        meters: list[int] = []
        waiting = [position]
        while waiting:
            here = waiting.pop()
            if self._is_meter[here]:
                meters.append(here)
            else:
                waiting += reversed(self._graph.successors(here))
        return meters
