"""The fuse of a grid connection point against what is behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress
from math import sqrt

from ..electrical_component import ElectricalComponent, GridConnectionPoint
from ._graph import Graph
from ._ratings import Ratings
from ._roles import CARRIERS, are


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


class FuseLoads:
    """The loads of the fuses of a site; which devices count is found once for all of them."""

    def __init__(
        self, components: Sequence[ElectricalComponent], graph: Graph, ratings: Ratings
    ) -> None:
        self._components = components
        self._graph = graph
        self._ratings = ratings
        is_device = [not it for it in are(components, CARRIERS)]
        pairs = zip(is_device, ratings.is_rated, strict=True)
        is_rated = [device and rated for device, rated in pairs]
        inner = graph.reach({end for source, end in graph.edges if is_rated[source]})
        self._counts = is_rated.copy()
        """By position, whether it is a rated device, and none is in front of it."""
        for position in inner:
            self._counts[position] = is_device[position] = False
        ahead = graph.reach_back([*compress(range(len(components)), is_rated)])
        for position in ahead:
            is_device[position] = False
        self._is_unrated = is_device
        """By position, whether it is a device, and nothing rated is in front of it or behind it."""

    def at(self, position: int, point: GridConnectionPoint, line_voltage: float) -> FuseLoad:
        """Return the fuse of the grid connection point at a position against what is behind it.

        Raises:
            ValueError: If the voltage is not positive.
        """
        if not line_voltage > 0:
            raise ValueError(
                f"line_voltage: expected a positive number of volts, got {line_voltage}"
            )
        behind = self._graph.behind(position)
        outermost = [*compress(behind, map(self._counts.__getitem__, behind))]
        unrated = [*compress(behind, map(self._is_unrated.__getitem__, behind))]
        power = self._ratings.total(outermost)
        per_phase = 1 / (sqrt(3) * line_voltage)
        return FuseLoad(
            grid_connection_point=point,
            fuse=point.rated_fuse_current or None,
            consumption=power.consumption * per_phase,
            production=power.production * per_phase,
            devices=tuple(map(self._components.__getitem__, outermost)),
            unrated=(*power.unrated, *map(self._components.__getitem__, unrated)),
        )
