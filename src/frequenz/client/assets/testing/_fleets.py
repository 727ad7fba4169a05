"""What a server for tests can serve."""

import os
from pathlib import Path
from typing import Protocol, TypeAlias, runtime_checkable

from .. import inventory
from ..inventory import Inventory, Site


@runtime_checkable
class MakesInventory(Protocol):
    """Whatever can make an inventory, such as the builder of a site."""

    def inventory(self) -> Inventory:
        """Return the inventory."""


FleetSource: TypeAlias = Inventory | Site | MakesInventory | str | os.PathLike[str]
"""An inventory, a site, what can make an inventory, or the path of an inventory file."""


def inventory_of(source: object, folder: Path | None = None) -> Inventory:
    """Return the inventory of a source.

    Args:
        source: The source.
        folder: Where relative paths begin; None = the working directory.

    Raises:
        TypeError: If it is not a source of an inventory.
        InventoryFileError: If a file is invalid.
        OSError: If a file cannot be read.
    """
    match source:
        case Inventory():
            return source
        case Site():
            return Inventory((source,))
        case str() | os.PathLike():
            return inventory.read(Path(source) if folder is None else folder / source)
        case type():
            pass
        case MakesInventory():
            made = source.inventory()
            if isinstance(made, Inventory):
                return made
            raise TypeError(
                f"fleet: expected inventory() of {source!r} to return an Inventory, got {made!r}"
            )
    raise TypeError(
        "fleet: expected the path of an inventory file, an Inventory, a Site, or an object whose"
        f" inventory() returns an Inventory, got {source!r}"
    )


def joined(sources: tuple[object, ...], folder: Path | None = None) -> Inventory:
    """Return one inventory of several sources."""
    return Inventory.joined([inventory_of(source, folder) for source in sources])
