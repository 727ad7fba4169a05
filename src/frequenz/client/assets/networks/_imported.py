"""What an imported network is."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..inventory import Inventory


class NetworkFileError(ValueError):
    """A file is not a network that can be imported."""


@dataclass(frozen=True)
class Imported:
    """A network as a microgrid."""

    inventory: Inventory
    notes: tuple[str, ...]
    """What could not be carried, and what the network does not say."""

    places: Mapping[int, str] = field(default_factory=dict)
    """The ID of a component -> the bus that it is at, for those of loads and generators."""
