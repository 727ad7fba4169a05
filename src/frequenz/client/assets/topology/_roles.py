"""What components do with the current that flows through them."""

from functools import cache
from typing import Final

from ..electrical_component import (
    Breaker,
    Converter,
    ElectricalComponent,
    GridConnectionPoint,
    Inverter,
    Meter,
    PowerTransformer,
    Precharger,
    StaticTransferSwitch,
    UninterruptiblePowerSupply,
)

_CARRIERS: Final = (
    Breaker,
    Converter,
    GridConnectionPoint,
    Meter,
    PowerTransformer,
    Precharger,
    StaticTransferSwitch,
    UninterruptiblePowerSupply,
)


def is_carrier(component: ElectricalComponent) -> bool:
    """Return whether a component only passes on what flows: its ratings say how much it may be."""
    return _is_carrier(type(component))


def is_converter(component: ElectricalComponent) -> bool:
    """Return whether what flows in flows out, apart from losses, perhaps in another form."""
    return _is_carrier(type(component)) or isinstance(component, Inverter)


@cache
def _is_carrier(component_class: type[ElectricalComponent]) -> bool:
    return issubclass(component_class, _CARRIERS)
