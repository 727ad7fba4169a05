"""What components do with the current that flows through them."""

from typing import Final

from ..electrical_component import ElectricalComponentCategory as Category

CARRIERS: Final = frozenset(
    {
        Category.GRID,
        Category.METER,
        Category.BREAKER,
        Category.POWER_TRANSFORMER,
        Category.PRECHARGER,
        Category.STATIC_TRANSFER_SWITCH,
        Category.UNINTERRUPTIBLE_POWER_SUPPLY,
        Category.CONVERTER,
    }
)
"""They pass on what flows, and neither produce nor consume. Their ratings say how much."""

CONVERTERS: Final = CARRIERS | {Category.INVERTER}
"""What flows in flows out, apart from losses, perhaps in another form."""
