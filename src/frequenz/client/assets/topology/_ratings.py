"""Rated powers, and the fuse of a grid connection point against them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from types import MappingProxyType
from typing import TypeAlias

from ..electrical_component import (
    ElectricalComponent,
    ElectricalComponentCategory,
    GridConnectionPoint,
)
from ..metrics import Bounds, Metric
from ._graph import Graph
from ._roles import is_carrier

Category: TypeAlias = ElectricalComponentCategory | int


@dataclass(frozen=True, slots=True)
class RatedPower:
    """The rated power of some components, in W."""

    count: int
    """The number of components."""

    consumption: float
    """The most that they consume together, such as charging power: the sum of upper bounds."""

    production: float
    """The most that they produce together, as a positive number: the sum of lower bounds."""

    unrated: tuple[ElectricalComponent, ...] = ()
    """The components without both bounds; a bound that is missing is not in the sums."""


@dataclass(frozen=True, slots=True)
class FuseLoad:
    """The fuse of a grid connection point against the sum of what is behind it."""

    grid_connection_point: GridConnectionPoint
    fuse: int | None
    """The rated current of the fuse, in A per phase; None if it is unknown."""

    consumption: float
    """The most that everything behind it draws, in A per phase."""

    production: float
    """The most that everything behind it feeds in, in A per phase."""

    devices: tuple[ElectricalComponent, ...]
    """The devices in the sums."""

    unrated: tuple[ElectricalComponent, ...]
    """The devices without both bounds; a bound that is missing is not in the sums."""

    @property
    def is_exceeded(self) -> bool | None:
        """Whether the devices could blow the fuse, all at once; None if the fuse is unknown.

        True can be fine, where a controller limits them; False is certain only without `unrated`.
        """
        return None if self.fuse is None else max(self.consumption, self.production) > self.fuse


class Ratings:
    """The rated powers of components, by ID; each is read once."""

    def __init__(self, components: Mapping[int, ElectricalComponent]) -> None:
        self._components = components
        # Enums hash their names in Python: too slow to group many components by category.
        self._categories = {node: id(it.category) for node, it in components.items()}
        bounds = {node: _power_bounds(it) for node, it in components.items()}
        self._uppers = {
            node: max(it.upper or 0.0, 0.0) if it else 0.0 for node, it in bounds.items()
        }
        self._lowers = {
            node: min(it.lower or 0.0, 0.0) if it else 0.0 for node, it in bounds.items()
        }
        self._rated = {node for node, it in bounds.items() if it}
        self._incomplete = {
            node
            for node, it in bounds.items()
            if it is None or it.lower is None or it.upper is None
        }

    def is_rated(self, node: int) -> bool:
        """Return whether a component has a rated power."""
        return node in self._rated

    def total(self, nodes: Sequence[int]) -> RatedPower:
        """Return the rated power of some components together."""
        return RatedPower(
            count=len(nodes),
            consumption=sum(map(self._uppers.__getitem__, nodes)),
            production=abs(sum(map(self._lowers.__getitem__, nodes))),
            unrated=tuple(self._components[node] for node in nodes if node in self._incomplete),
        )

    def by_category(self, nodes: Iterable[int]) -> Mapping[Category, RatedPower]:
        """Return the rated power of some components by category, in their order."""
        groups: dict[int, list[int]] = {}
        for node in nodes:
            groups.setdefault(self._categories[node], []).append(node)
        return MappingProxyType(
            {self._components[group[0]].category: self.total(group) for group in groups.values()}
        )


def _power_bounds(component: ElectricalComponent) -> Bounds | None:
    """Return the rated bounds of the power of a component; None if there are none."""
    rated = component.rated_bounds
    return (rated.get(Metric.AC_POWER_ACTIVE) or rated.get(Metric.DC_POWER)) if rated else None


def fuse_load(
    point: GridConnectionPoint,
    graph: Graph,
    components: Mapping[int, ElectricalComponent],
    ratings: Ratings,
    line_voltage: float,
) -> FuseLoad:
    """Return the fuse of a grid connection point against the sum of what is behind it.

    Raises:
        ValueError: If the voltage is not positive.
    """
    if not line_voltage > 0:
        raise ValueError(f"line_voltage: expected a positive number of volts, got {line_voltage}")
    behind = graph.behind(int(point.id))
    devices = {node for node in behind if not is_carrier(components[node])}
    rated = {node for node in devices if ratings.is_rated(node)}
    inner = graph.reach(dict.fromkeys(end for source, end in graph.edges if source in rated))
    outer = rated - inner
    outermost = [node for node in behind if node in outer]
    # A device without a rating counts unless something rated is in front of it or behind it.
    open_devices = devices - inner - graph.reach_back(rated)
    power = ratings.total(outermost)
    per_phase = 1 / (sqrt(3) * line_voltage)
    return FuseLoad(
        grid_connection_point=point,
        fuse=point.rated_fuse_current or None,
        consumption=power.consumption * per_phase,
        production=power.production * per_phase,
        devices=tuple(components[node] for node in outermost),
        unrated=(
            *power.unrated,
            *(components[node] for node in behind if node in open_devices),
        ),
    )
