"""What one number of kW says about a kind of component: a metric, and its bounds."""

from collections.abc import Mapping
from math import inf
from typing import Final, NamedTuple, TypeAlias

from ..electrical_component import (
    Battery,
    CapacitorBank,
    Chp,
    Converter,
    CryptoMiner,
    ElectricalComponent,
    Electrolyzer,
    EvCharger,
    Hvac,
    PowerTransformer,
    Precharger,
    SolarInverter,
    SteamBoiler,
    WindTurbine,
)
from ..metrics import Bounds, Metric

Power: TypeAlias = float | tuple[float, float]
"""A rated power, or its lower and upper bound; consumption is positive, production negative."""

KILO: Final = 1000

_LARGEST: Final = 3e35
"""Thousands of more than this are infinite in single precision."""


class RatedPower(NamedTuple):
    """What the rated power of a kind of component limits."""

    metric: Metric
    lower: int
    """The lower bound in rated powers: -1 or 0."""

    upper: int
    """The upper bound in rated powers: 0 or 1."""

    unit: str = "kW"

    def bounds(self, power: float) -> tuple[float, float]:
        """Return the bounds for a rated power, in its unit."""
        return self.lower * power + 0.0, self.upper * power + 0.0


_BOTH_WAYS: Final = RatedPower(Metric.AC_POWER_ACTIVE, -1, 1)
_CONSUMES: Final = RatedPower(Metric.AC_POWER_ACTIVE, 0, 1)
_PRODUCES: Final = RatedPower(Metric.AC_POWER_ACTIVE, -1, 0)
_DIRECT_CURRENT: Final = RatedPower(Metric.DC_POWER, -1, 1)

_RATED_POWERS: Final[Mapping[type[ElectricalComponent], RatedPower]] = {
    Battery: _DIRECT_CURRENT,
    CapacitorBank: RatedPower(Metric.AC_POWER_REACTIVE, -1, 1, "kvar"),
    Chp: _PRODUCES,
    Converter: _DIRECT_CURRENT,
    CryptoMiner: _CONSUMES,
    Electrolyzer: _CONSUMES,
    EvCharger: _CONSUMES,
    Hvac: _CONSUMES,
    PowerTransformer: RatedPower(Metric.AC_POWER_APPARENT, 0, 1, "kVA"),
    Precharger: _DIRECT_CURRENT,
    SolarInverter: _PRODUCES,
    SteamBoiler: _CONSUMES,
    WindTurbine: _PRODUCES,
}
"""The kinds whose rated power is not an active power in both directions."""


def rated_power(kind: type[ElectricalComponent]) -> RatedPower:
    """Return what the rated power of a kind of component limits."""
    return next((_RATED_POWERS[it] for it in kind.__mro__ if it in _RATED_POWERS), _BOTH_WAYS)


def bounds_of_power(kind: type[ElectricalComponent], power: Power) -> tuple[Metric, Bounds]:
    """Return the metric and the bounds for a rated power.

    Raises:
        TypeError: If it is neither a number nor two of them.
        ValueError: If it is not finite, negative, or its bounds are in the wrong order.
    """
    rated = rated_power(kind)
    if isinstance(power, tuple):
        numbers = [number_of(it, rated.unit) for it in power]
        if len(numbers) != 2 or not -inf < numbers[0] <= numbers[1] < inf:
            raise ValueError(f"expected (lower, upper) in {rated.unit}, got {power!r}")
        lower, upper = numbers
    elif 0 <= number_of(power, rated.unit) < inf:
        lower, upper = rated.bounds(power)
    else:
        raise ValueError(f"expected {rated.unit}, 0 or more, or (lower, upper), got {power!r}")
    return rated.metric, Bounds(lower=lower * KILO, upper=upper * KILO)


def bounds_of_capacity(kwh: float) -> Bounds:
    """Return the bounds for the capacity of a battery in kWh.

    Raises:
        TypeError: If it is not a number.
        ValueError: If it is not finite, or negative.
    """
    if not 0 <= number_of(kwh, "kWh") < inf:
        raise ValueError(f"expected kWh, 0 or more, got {kwh!r}")
    return Bounds(lower=0.0, upper=kwh * KILO)


def number_of(value: object, unit: str) -> float:
    """Return a number.

    Raises:
        TypeError: If it is something else.
        ValueError: If it is too large for the API.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"expected a number of {unit}, got {value!r}")
    if _LARGEST < abs(value) < inf:
        raise ValueError(f"expected {unit} up to {_LARGEST:g}, got {value!r}")
    return value
