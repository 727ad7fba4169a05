"""Charging stations for electric vehicles."""

import enum
from typing import ClassVar, Literal

from ._category import ElectricalComponentCategory
from ._component import TypedComponent, component_class


@enum.unique
class EvChargerType(enum.Enum):
    """The current with which an EV charger charges."""

    UNSPECIFIED = 0
    """The server does not say."""

    AC = 1
    """Alternating current only."""

    DC = 2
    """Direct current only."""

    HYBRID = 3
    """Alternating and direct current."""


@component_class
class EvCharger(TypedComponent):
    """A station that charges electric vehicles. Abstract: see its subclasses."""

    _is_abstract: ClassVar[bool] = True

    category: Literal[ElectricalComponentCategory.EV_CHARGER] = (
        ElectricalComponentCategory.EV_CHARGER
    )

    type: EvChargerType | int
    """The current; an integer where this client does not know it."""


@component_class
class UnspecifiedEvCharger(EvCharger):
    """An EV charger of which the server does not say the current."""

    type: Literal[EvChargerType.UNSPECIFIED] = EvChargerType.UNSPECIFIED


@component_class
class AcEvCharger(EvCharger):
    """An EV charger with alternating current."""

    type: Literal[EvChargerType.AC] = EvChargerType.AC


@component_class
class DcEvCharger(EvCharger):
    """An EV charger with direct current."""

    type: Literal[EvChargerType.DC] = EvChargerType.DC


@component_class
class HybridEvCharger(EvCharger):
    """An EV charger with both currents."""

    type: Literal[EvChargerType.HYBRID] = EvChargerType.HYBRID


@component_class
class UnrecognizedEvCharger(EvCharger):
    """An EV charger of a type that this client does not know."""

    type: int
    """The number of the type."""
