"""What components do with the current that flows through them."""

from collections.abc import Sequence
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

CARRIERS: Final = (
    Breaker,
    Converter,
    GridConnectionPoint,
    Meter,
    PowerTransformer,
    Precharger,
    StaticTransferSwitch,
    UninterruptiblePowerSupply,
)
"""What only passes on what flows: its ratings say how much that may be."""

CONVERTERS: Final = (*CARRIERS, Inverter)
"""Where what flows in flows out, apart from losses, perhaps in another form."""


def are(
    components: Sequence[ElectricalComponent], classes: tuple[type[ElectricalComponent], ...]
) -> list[bool]:
    """Return by component whether it is of one of some classes."""
    # To ask each component takes several times as long.
    types = [*map(type, components)]
    answers = {it: issubclass(it, classes) for it in {*types}}
    return [*map(answers.__getitem__, types)]
