"""Connections, the edges of the component graph."""

from dataclasses import dataclass
from datetime import datetime

from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId

from .._model.time import ALWAYS, Lifetime
from .._readable_defaults import ReadableDefaults


@dataclass(frozen=True, kw_only=True, slots=True, weakref_slot=True)
class ComponentConnection(metaclass=ReadableDefaults):
    """An electrical connection between two components of a microgrid.

    Raises:
        ValueError: If source and destination are the same component.
    """

    source: ElectricalComponentId
    """The component closer to the grid connection point, or to the root of an island."""

    destination: ElectricalComponentId
    """The component farther from it. A current towards it is positive."""

    operational_lifetime: Lifetime = ALWAYS
    """When the connection exists; always by default."""

    def __post_init__(self) -> None:
        """Check that the ends differ."""
        if self.source == self.destination:
            raise ValueError(f"Source and destination must be different, got {self.source} twice")

    def is_operational_at(self, timestamp: datetime) -> bool:
        """Return whether the connection exists at a point in time."""
        return self.operational_lifetime.is_operational_at(timestamp)

    def is_operational_now(self) -> bool:
        """Return whether the connection exists now."""
        return self.operational_lifetime.is_operational_now()

    def __str__(self) -> str:
        """Return the IDs of both ends."""
        return f"{self.source}->{self.destination}"
