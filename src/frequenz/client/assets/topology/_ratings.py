"""Rated powers of components."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from math import inf
from types import MappingProxyType
from typing import Final, TypeAlias

from .._readable_defaults import ReadableDefaults
from ..electrical_component import ElectricalComponent, ElectricalComponentCategory
from ..metrics import Bounds, Metric

Category: TypeAlias = ElectricalComponentCategory | int

_POWERS: Final = (Metric.AC_POWER_ACTIVE, Metric.DC_POWER)
"""The metrics whose bounds are a rated power; the first that a component has counts."""


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


def rated_power_bounds(component: ElectricalComponent) -> Bounds | None:
    """Return the bounds that are the rated power of a component, in W; None if it has none.

    They are those of the active power, or of the DC power if it has no others. By the passive sign
    convention of the API, the upper bound limits consumption, and the lower bound, which is
    negative, production. A bound that is not a finite number counts as missing.

    Raises:
        TypeError: If it is not a component.
    """
    if not isinstance(component, ElectricalComponent):
        raise TypeError(f"component: expected an ElectricalComponent, got {component!r}")
    rated = component.rated_bounds
    if not rated:  # as most components
        return None
    for metric in _POWERS:
        bounds = rated.get(metric)
        if bounds is not None:
            lower, upper = bounds.lower, bounds.upper
            has_lower = lower is not None and -inf < lower < inf
            has_upper = upper is not None and -inf < upper < inf
            if has_lower and has_upper:
                return bounds
            if has_lower or has_upper:
                return Bounds(
                    lower=lower if has_lower else None, upper=upper if has_upper else None
                )
    return None


def rated_power_by_category(
    components: Sequence[ElectricalComponent],
) -> Mapping[Category, RatedPower]:
    """Return the rated power of some components by category, in the order of the components.

    A battery and its inverter are two ratings of the same power, in two categories: do not add
    categories up.
    """
    return Ratings(components).by_category(range(len(components)))


class Ratings:
    """The rated powers of components, by position; each is read once."""

    def __init__(self, components: Sequence[ElectricalComponent]) -> None:
        self._components = components
        bounds = [*map(rated_power_bounds, components)]
        self._uppers = [0.0 if it is None else max(it.upper or 0.0, 0.0) for it in bounds]
        self._lowers = [0.0 if it is None else min(it.lower or 0.0, 0.0) for it in bounds]
        self.is_rated = [it is not None for it in bounds]
        """Whether each component has a rated power."""

        self._is_incomplete = [it is None or it.lower is None or it.upper is None for it in bounds]
        categories = [it.category for it in components]
        self._categories = [*dict.fromkeys(categories)]
        numbers = dict(zip(self._categories, range(len(self._categories)), strict=True))
        self._numbers = [numbers[it] for it in categories]
        """The positions of the components' categories."""

    def total(self, positions: Collection[int]) -> RatedPower:
        """Return the rated power of components at some positions together."""
        incomplete = compress(positions, map(self._is_incomplete.__getitem__, positions))
        return RatedPower(
            count=len(positions),
            consumption=sum(map(self._uppers.__getitem__, positions)),
            production=abs(sum(map(self._lowers.__getitem__, positions))),
            unrated=tuple(map(self._components.__getitem__, incomplete)),
        )

    def by_category(self, positions: Iterable[int]) -> Mapping[Category, RatedPower]:
        """Return the rated power of some components by category, in the order of all components."""
        groups: list[list[int]] = [[] for _ in self._categories]
        for position in positions:
            groups[self._numbers[position]].append(position)
        pairs = zip(self._categories, groups, strict=True)
        return MappingProxyType({key: self.total(group) for key, group in pairs if group})
