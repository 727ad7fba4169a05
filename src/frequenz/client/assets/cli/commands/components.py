"""The command that lists the components of several microgrids."""

import shlex
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import click

from ... import electrical_component as model
from ..._lazy import lazy_module
from ..asking.completions import complete_microgrid_id_or_file
from ..asking.connection import Connection, pass_connection
from ..asking.parameters import KILOWATTS, TIME, EnumType
from ..exits import ExitCode
from ..showing.notes import print_findings, print_missing
from ..showing.output import Output, output_options
from .calls import COMPONENTS, Values, filter_option

if TYPE_CHECKING:
    from ... import fleet, inventory
    from ...fleet import _geojson
    from ..asking import sources
    from ..showing import screens
else:
    fleet = lazy_module("...fleet", __package__)
    _geojson = lazy_module("...fleet._geojson", __package__)
    sources = lazy_module("..asking.sources", __package__)
    screens = lazy_module("..showing.screens", __package__)

_WATTS_PER_KILOWATT: Final = 1000


@click.command()
@click.argument(
    "subjects",
    metavar="[ID|FILE]...",
    nargs=-1,
    shell_complete=complete_microgrid_id_or_file,
)
@filter_option(
    "--category", "categories", EnumType(model.ElectricalComponentCategory), by="category"
)
@filter_option(
    "--mode", "modes", EnumType(model.ElectricalComponentOperationalMode), by="operational mode"
)
@click.option("--name", metavar="TEXT", help="Filter by a part of the name, in any case.")
@click.option(
    "--product",
    metavar="TEXT",
    help="Filter by a part of the manufacturer or the model, in any case.",
)
@click.option("--at", type=TIME, help="Show only components that operate at this time.")
@click.option(
    "--min-power",
    type=KILOWATTS,
    help="Show only components with at least this rated power, in kW.",
)
@output_options(fields=COMPONENTS, table="components")
@pass_connection
def components(
    connection: Connection,
    output: Output,
    *,
    subjects: tuple[str, ...],
    categories: Values,
    modes: Values,
    name: str | None,
    product: str | None,
    at: datetime | None,
    min_power: float | None,
) -> None:
    """List the components of the microgrids ID, of the inventory files FILE, or of the whole fleet.

    FILE is an inventory file, or a folder that `assets-cli export -o parquet --messages` wrote;
    FILE:ID and PROFILE:ID choose a microgrid. Filters of several kinds must all match. If a
    microgrid cannot be fetched, the components of the others are listed, and the exit code is 1.
    """
    sites, is_complete = _load(connection, subjects)

    def is_chosen(component: model.ElectricalComponent) -> bool:
        return (
            (categories is None or component.category in categories)
            and (modes is None or component.operational_mode in modes)
            and (name is None or _contains(component.name, name))
            and (product is None or _contains(component.product, product))
            and (at is None or component.is_operational_at(at))
            and (min_power is None or _watts(component) >= min_power * _WATTS_PER_KILOWATT)
        )

    found: list[model.ElectricalComponent] = []
    chosen: list[inventory.Site] = []
    for site in sites:
        messages = []
        for component, message in zip(site.components, site.messages.components, strict=True):
            if is_chosen(component):
                found.append(component)
                messages.append(message)
        chosen.append(replace(site.messages, components=tuple(messages)))
    checked = " ".join(map(shlex.quote, subjects))
    findings = [finding for site in sites for finding in site.findings]
    print_findings("microgrids and their components", checked, findings)
    output.show(
        found,
        lambda: screens.fleet_components_table,
        to_tables=lambda: fleet.tables(chosen),
    )
    if not is_complete:
        raise click.exceptions.Exit(ExitCode.FAILURE)


def _load(connection: Connection, subjects: tuple[str, ...]) -> tuple[list["fleet.Site"], bool]:
    """Return the sites with their components only, and whether all are there."""
    include: Iterable[fleet.ListName] = ("components",)
    if subjects:
        parts, is_complete = sources.load_parts(subjects, connection, include=include)
        sites = [site for part in parts for site in part.sites]
    else:
        snapshot = connection.fetch_fleet(include=include)
        print_missing(snapshot)
        sites, is_complete = list(snapshot.inventory.sites), snapshot.is_complete
    of_components = (replace(site, connections=(), sensors=()) for site in sites)
    return [*map(fleet.Site.of, of_components)], is_complete


def _contains(text: str | None, part: str) -> bool:
    return text is not None and part.casefold() in text.casefold()


def _watts(component: Any) -> float:
    return _geojson.rated_power(component) or 0.0
