"""Inverters."""

import enum
from typing import ClassVar, Literal

from ._category import ElectricalComponentCategory
from ._component import TypedComponent, component_class


@enum.unique
class InverterType(enum.Enum):
    """What is behind an inverter."""

    UNSPECIFIED = 0
    """The server does not say."""

    BATTERY = 1
    """Batteries."""

    SOLAR = 2
    """Solar panels (`PV` in the API)."""

    HYBRID = 3
    """Batteries and solar panels."""


@component_class
class Inverter(TypedComponent):
    """A converter between direct and alternating current. Abstract: see its subclasses."""

    _is_abstract: ClassVar[bool] = True

    category: Literal[ElectricalComponentCategory.INVERTER] = ElectricalComponentCategory.INVERTER

    type: InverterType | int
    """What is behind it; an integer where this client does not know it."""


@component_class
class UnspecifiedInverter(Inverter):
    """An inverter of which the server does not say what is behind it."""

    type: Literal[InverterType.UNSPECIFIED] = InverterType.UNSPECIFIED


@component_class
class BatteryInverter(Inverter):
    """An inverter with batteries behind it."""

    type: Literal[InverterType.BATTERY] = InverterType.BATTERY


@component_class
class SolarInverter(Inverter):
    """An inverter with solar panels behind it."""

    type: Literal[InverterType.SOLAR] = InverterType.SOLAR


@component_class
class HybridInverter(Inverter):
    """An inverter with batteries and solar panels behind it."""

    type: Literal[InverterType.HYBRID] = InverterType.HYBRID


@component_class
class UnrecognizedInverter(Inverter):
    """An inverter of a type that this client does not know."""

    type: int
    """The number of the type."""
