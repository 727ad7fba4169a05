"""The command that prints the JSON Schema of inventory files."""

from typing import TYPE_CHECKING

import click

from ..._lazy import lazy_module
from ..asking.access import OFFLINE_OPTIONS, global_options
from ..showing.plain_data import json_text
from ..showing.streams import write

if TYPE_CHECKING:
    from ... import inventory
else:
    inventory = lazy_module("...inventory", __package__)


@click.command()
@global_options(*OFFLINE_OPTIONS)
def schema() -> None:
    """Print the JSON Schema of inventory files, for editors and other tools."""
    write(f"{json_text(inventory.json_schema())}\n")
