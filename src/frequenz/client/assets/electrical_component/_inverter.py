"""Inverters."""

import enum
from typing import ClassVar, Literal

from ._category import ElectricalComponentCategory
from ._component import TypedComponent, component_class


@enum.unique
class InverterType(enum.Enum):
    """What is connected to the DC side of an inverter."""

    UNSPECIFIED = 0
    """Not specified by the server."""

    BATTERY = 1
    """Batteries."""

    SOLAR = 2
    """PV panels. The API calls this type `PV`."""

    HYBRID = 3
    """Batteries and PV panels."""


@component_class
class Inverter(TypedComponent):
    """An inverter between DC and AC. Abstract: there is a subclass for each type."""

    _is_abstract: ClassVar[bool] = True

    category: Literal[ElectricalComponentCategory.INVERTER] = ElectricalComponentCategory.INVERTER

    type: InverterType | int
    """The type; an integer if it is unknown to this client."""


@component_class
class UnspecifiedInverter(Inverter):
    """An inverter of unspecified type."""

    type: Literal[InverterType.UNSPECIFIED] = InverterType.UNSPECIFIED


@component_class
class BatteryInverter(Inverter):
    """An inverter for batteries."""

    type: Literal[InverterType.BATTERY] = InverterType.BATTERY


@component_class
class SolarInverter(Inverter):
    """An inverter for PV panels."""

    type: Literal[InverterType.SOLAR] = InverterType.SOLAR


@component_class
class HybridInverter(Inverter):
    """An inverter for batteries and PV panels."""

    type: Literal[InverterType.HYBRID] = InverterType.HYBRID


@component_class
class UnrecognizedInverter(Inverter):
    """An inverter of a type that is unknown to this client."""

    type: int
    """The number of the type."""
