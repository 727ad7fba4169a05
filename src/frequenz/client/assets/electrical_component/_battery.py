"""Batteries."""

import enum
from typing import ClassVar, Literal

from ._category import ElectricalComponentCategory
from ._component import TypedComponent, component_class


@enum.unique
class BatteryType(enum.Enum):
    """The chemistry of a battery."""

    UNSPECIFIED = 0
    """The server does not say."""

    LI_ION = 1
    """Lithium ions."""

    NA_ION = 2
    """Sodium ions."""


@component_class
class Battery(TypedComponent):
    """A store of electrical energy, used through an inverter. Abstract: see its subclasses."""

    _is_abstract: ClassVar[bool] = True

    category: Literal[ElectricalComponentCategory.BATTERY] = ElectricalComponentCategory.BATTERY

    type: BatteryType | int
    """The chemistry; an integer where this client does not know it."""


@component_class
class UnspecifiedBattery(Battery):
    """A battery of which the server does not say the chemistry."""

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
    """A battery of a chemistry that this client does not know."""

    type: int
    """The number of the chemistry."""
