"""Rated powers, and the fuse of a grid connection point against them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from types import MappingProxyType
from typing import TypeAlias

from .._readable_defaults import ReadableDefaults
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
class RatedPower(metaclass=ReadableDefaults):
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
    """The rated powers of components, by position; each is read once."""

    def __init__(self, components: Sequence[ElectricalComponent]) -> None:
        self.components = components
        # Enums hash their names in Python: too slow to group many components by category.
        self._categories = [id(it.category) for it in components]
        bounds = [*map(_power_bounds, components)]
        self._uppers = [max(it.upper or 0.0, 0.0) if it else 0.0 for it in bounds]
        self._lowers = [min(it.lower or 0.0, 0.0) if it else 0.0 for it in bounds]
        self._is_incomplete = [it is None or it.lower is None or it.upper is None for it in bounds]
        self.is_rated = [it is not None for it in bounds]
        """Whether each component has a rated power."""

    def total(self, nodes: Sequence[int]) -> RatedPower:
        """Return the rated power of some components together."""
        return RatedPower(
            count=len(nodes),
            consumption=sum(map(self._uppers.__getitem__, nodes)),
            production=abs(sum(map(self._lowers.__getitem__, nodes))),
            unrated=tuple(self.components[node] for node in nodes if self._is_incomplete[node]),
        )

    def by_category(self, nodes: Iterable[int]) -> Mapping[Category, RatedPower]:
        """Return the rated power of some components by category, in their order."""
        groups: dict[int, list[int]] = {}
        for node in nodes:
            groups.setdefault(self._categories[node], []).append(node)
        return MappingProxyType(
            {self.components[group[0]].category: self.total(group) for group in groups.values()}
        )


def _power_bounds(component: ElectricalComponent) -> Bounds | None:
    """Return the rated bounds of the power of a component; None if there are none."""
    rated = component.rated_bounds
    return (rated.get(Metric.AC_POWER_ACTIVE) or rated.get(Metric.DC_POWER)) if rated else None


def fuse_load(
    point: GridConnectionPoint, node: int, graph: Graph, ratings: Ratings, line_voltage: float
) -> FuseLoad:
    """Return the fuse of a grid connection point, at some position, against what is behind it.

    Raises:
        ValueError: If the voltage is not positive.
    """
    if not line_voltage > 0:
        raise ValueError(f"line_voltage: expected a positive number of volts, got {line_voltage}")
    components = ratings.components
    devices = [it for it in graph.behind(node) if not is_carrier(components[it])]
    rated = {it for it in devices if ratings.is_rated[it]}
    inner = graph.reach({end for source, end in graph.edges if source in rated})
    outer = [it for it in devices if it not in inner]
    outermost = [it for it in outer if it in rated]
    # A device without a rating counts unless something rated is in front of it or behind it.
    unrated = [it for it in outer if it not in rated]
    ahead = graph.reach_back(rated) if unrated else set()
    power = ratings.total(outermost)
    per_phase = 1 / (sqrt(3) * line_voltage)
    return FuseLoad(
        grid_connection_point=point,
        fuse=point.rated_fuse_current or None,
        consumption=power.consumption * per_phase,
        production=power.production * per_phase,
        devices=tuple(components[it] for it in outermost),
        unrated=(*power.unrated, *(components[it] for it in unrated if it not in ahead)),
    )
