"""The components with ratings of their own: grid connection points and power transformers."""

from typing import Literal

from ._category import ElectricalComponentCategory
from ._component import ElectricalComponent, component_class


@component_class
class GridConnectionPoint(ElectricalComponent):
    """The point where a microgrid is connected to the public grid: the root of its component graph.

    Raises:
        ValueError: If `rated_fuse_current` is negative.
    """

    category: Literal[ElectricalComponentCategory.GRID] = ElectricalComponentCategory.GRID

    rated_fuse_current: int
    """The rated current of the fuse, per phase and in both directions, in A; 0 if unknown."""

    def __post_init__(self) -> None:
        """Check the rated fuse current."""
        # Not super(): dataclass(slots=True) returns another class than the one super() refers to.
        ElectricalComponent.__post_init__(self)
        if self.rated_fuse_current < 0:
            raise ValueError(
                f"rated_fuse_current must not be negative, got {self.rated_fuse_current} A"
            )


@component_class
class PowerTransformer(ElectricalComponent):
    """A power transformer between two voltage levels."""

    category: Literal[ElectricalComponentCategory.POWER_TRANSFORMER] = (
        ElectricalComponentCategory.POWER_TRANSFORMER
    )

    primary_power: float
    """The voltage on the grid side, in V despite its name; 0 if unknown."""

    secondary_power: float
    """The voltage on the microgrid side, in V despite its name; 0 if unknown."""
