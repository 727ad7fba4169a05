"""Charging stations for electric vehicles."""

import enum
from typing import ClassVar, Literal

from ._category import ElectricalComponentCategory
from ._component import TypedComponent, component_class


@enum.unique
class EvChargerType(enum.Enum):
    """Whether an EV charger charges with AC, DC or both."""

    UNSPECIFIED = 0
    """Not specified by the server."""

    AC = 1
    """AC only."""

    DC = 2
    """DC only."""

    HYBRID = 3
    """AC and DC."""


@component_class
class EvCharger(TypedComponent):
    """A charging station for electric vehicles. Abstract: there is a subclass for each type."""

    _is_abstract: ClassVar[bool] = True

    category: Literal[ElectricalComponentCategory.EV_CHARGER] = (
        ElectricalComponentCategory.EV_CHARGER
    )

    type: EvChargerType | int
    """The type; an integer if it is unknown to this client."""


@component_class
class UnspecifiedEvCharger(EvCharger):
    """An EV charger of unspecified type."""

    type: Literal[EvChargerType.UNSPECIFIED] = EvChargerType.UNSPECIFIED


@component_class
class AcEvCharger(EvCharger):
    """An EV charger with AC only."""

    type: Literal[EvChargerType.AC] = EvChargerType.AC


@component_class
class DcEvCharger(EvCharger):
    """An EV charger with DC only."""

    type: Literal[EvChargerType.DC] = EvChargerType.DC


@component_class
class HybridEvCharger(EvCharger):
    """An EV charger with AC and DC."""

    type: Literal[EvChargerType.HYBRID] = EvChargerType.HYBRID


@component_class
class UnrecognizedEvCharger(EvCharger):
    """An EV charger of a type that is unknown to this client."""

    type: int
    """The number of the type."""
