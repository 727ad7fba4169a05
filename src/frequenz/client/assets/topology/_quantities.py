"""Quantities as short text: numbers with their units."""

from collections.abc import Sequence
from math import inf, isfinite
from typing import Final

from .._wire.component import metric_name
from ..electrical_component import ElectricalComponent, GridConnectionPoint, PowerTransformer
from ..metrics import Bounds, Metric

_UNITS: Final = {
    "HARMONIC_DISTORTION": "",
    "POWER_ACTIVE": "W",
    "DC_POWER": "W",
    "POWER_APPARENT": "VA",
    "POWER_REACTIVE": "var",
    "ENERGY_ACTIVE": "Wh",
    "ENERGY_APPARENT": "VAh",
    "ENERGY_REACTIVE": "varh",
    "BATTERY_CAPACITY": "Wh",
    "VOLTAGE": "V",
    "CURRENT": "A",
    "FREQUENCY": "Hz",
    "SOC_PCT": "%",
    "TEMPERATURE": "°C",
}
"""Part of the name of a metric -> its unit; the first match counts."""

_SUFFIXES: Final = {
    Metric.AC_POWER_ACTIVE: "",
    Metric.AC_POWER_APPARENT: "",
    Metric.AC_POWER_REACTIVE: "",
    Metric.BATTERY_CAPACITY: "",
    Metric.DC_POWER: " DC",
}
"""The metrics that are recognized by their units -> what follows the unit."""

_PREFIXES: Final = ((1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""))
_UNSCALED: Final = frozenset({"", "Hz", "%", "°C"})
_MAX_RATIO: Final = 1e4
"""Up to which ratio two numbers have the same prefix."""


def rating_text(component: ElectricalComponent) -> str:
    """Return the rating of a component; nothing if it is unknown."""
    parts = []
    if isinstance(component, GridConnectionPoint) and component.rated_fuse_current:
        parts.append(quantity_text(component.rated_fuse_current, "A"))
    if isinstance(component, PowerTransformer):
        parts.append(_voltages_text(component))
    parts += [bounds_text(metric, bounds) for metric, bounds in component.rated_bounds.items()]
    return ", ".join(filter(None, parts))


def quantity_text(number: float, unit: str) -> str:
    """Return a number with its unit and a prefix, such as `1.5 MW`."""
    scale, prefix = _scale((number,), unit)
    return f"{_scaled(number, scale)} {prefix}{unit}".rstrip()


def _voltages_text(transformer: PowerTransformer) -> str:
    known = [transformer.primary_power or None, transformer.secondary_power or None]
    scale, prefix = _scale([volts for volts in known if volts is not None], "V")
    if known == [None, None]:
        return ""
    first, second = ("?" if volts is None else _scaled(volts, scale) for volts in known)
    return f"{first} / {second} {prefix}V"


def unit_of(metric: Metric | int) -> tuple[str, str]:
    """Return the unit of a metric, empty if it has none, and what follows it in texts."""
    name = metric_name(metric)
    unit = next((unit for part, unit in _UNITS.items() if part in name), "")
    return unit, _SUFFIXES.get(metric, "") if isinstance(metric, Metric) else ""


def bounds_text(metric: Metric | int, bounds: Bounds) -> str:
    """Return the bounds of a metric, with its name unless the unit says it."""
    unit, suffix = unit_of(metric)
    label = ""
    if not (isinstance(metric, Metric) and metric in _SUFFIXES):
        name = metric_name(metric)
        label = (
            f"{name.lower().replace('_', ' ')} "
            if not name.isdecimal()
            else f"metric no. {metric} "
        )
    lower = -inf if bounds.lower is None else bounds.lower
    upper = inf if bounds.upper is None else bounds.upper
    return f"{label}{range_text(lower, upper, unit)}{suffix}"


def range_text(lower: float, upper: float, unit: str) -> str:
    """Return a range with its unit, such as `±5 kW` or `0 to 5 kW`."""
    if lower == upper:
        return quantity_text(upper, unit)
    if lower == -upper and 0 < upper < inf:
        return f"±{quantity_text(upper, unit)}"
    numbers = [number for number in (lower, upper) if number and isfinite(number)]
    if numbers and max(map(abs, numbers)) > _MAX_RATIO * min(map(abs, numbers)):
        return f"{quantity_text(lower, unit)} to {quantity_text(upper, unit)}"
    scale, prefix = _scale(numbers, unit)
    return f"{_scaled(lower, scale)} to {_scaled(upper, scale)} {prefix}{unit}".rstrip()


def _scale(numbers: Sequence[float], unit: str) -> tuple[float, str]:
    """Return the factor and the prefix of the unit for the largest of some numbers."""
    largest = max((abs(number) for number in numbers if isfinite(number)), default=0)
    if unit in _UNSCALED:
        return _PREFIXES[-1]
    return next((pair for pair in _PREFIXES if largest >= pair[0]), _PREFIXES[-1])


def _scaled(number: float, scale: float) -> str:
    if not isfinite(number):
        return {inf: "∞", -inf: "-∞"}.get(number, "?")
    return f"{number / scale:.6g}"
