"""Batteries."""

import enum
from typing import ClassVar, Literal

from ._category import ElectricalComponentCategory
from ._component import TypedComponent, component_class


@enum.unique
class BatteryType(enum.Enum):
    """The chemistry of a battery."""

    UNSPECIFIED = 0
    """Not specified by the server."""

    LI_ION = 1
    """Lithium-ion."""

    NA_ION = 2
    """Sodium-ion."""


@component_class
class Battery(TypedComponent):
    """A battery. Abstract: there is a subclass for each type."""

    _is_abstract: ClassVar[bool] = True

    category: Literal[ElectricalComponentCategory.BATTERY] = ElectricalComponentCategory.BATTERY

    type: BatteryType | int
    """The chemistry; an integer if it is unknown to this client."""


@component_class
class UnspecifiedBattery(Battery):
    """A battery of unspecified chemistry."""

    type: Literal[BatteryType.UNSPECIFIED] = BatteryType.UNSPECIFIED


@component_class
class LiIonBattery(Battery):
    """A lithium-ion battery."""

    type: Literal[BatteryType.LI_ION] = BatteryType.LI_ION


@component_class
class NaIonBattery(Battery):
    """A sodium-ion battery."""

    type: Literal[BatteryType.NA_ION] = BatteryType.NA_ION


@component_class
class UnrecognizedBattery(Battery):
    """A battery of a chemistry that is unknown to this client."""

    type: int
    """The number of the type."""
