"""Where a microgrid meets the grid: classes with ratings of their own."""

from typing import Literal

from ._category import ElectricalComponentCategory
from ._component import ElectricalComponent, component_class


@component_class
class GridConnectionPoint(ElectricalComponent):
    """The point where a microgrid is connected to the grid: the root of its component graph.

    Raises:
        ValueError: If `rated_fuse_current` is negative.
    """

    category: Literal[ElectricalComponentCategory.GRID] = ElectricalComponentCategory.GRID

    rated_fuse_current: int
    """The current that the fuse carries, per phase and in both directions, in A; 0 = not known."""

    def __post_init__(self) -> None:
        # Not super(): for slots, dataclass makes a second class that super() does not know.
        ElectricalComponent.__post_init__(self)
        if self.rated_fuse_current < 0:
            raise ValueError(
                f"rated_fuse_current must not be negative, got {self.rated_fuse_current} A"
            )


@component_class
class PowerTransformer(ElectricalComponent):
    """A transformer between two voltage levels."""

    category: Literal[ElectricalComponentCategory.POWER_TRANSFORMER] = (
        ElectricalComponentCategory.POWER_TRANSFORMER
    )

    primary_power: float
    """The voltage on the grid's side, in V (the name is historical); 0 = not known."""

    secondary_power: float
    """The voltage on the microgrid's side, in V (the name is historical); 0 = not known."""
