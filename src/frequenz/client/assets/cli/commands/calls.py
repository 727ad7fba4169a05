"""The commands that make one call of the API each, with its filters as options."""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import click
from frequenz.client.common.grid import DeliveryArea

from ... import electrical_component as model
from ..._lazy import lazy_module
from ..._model.market import (
    Gridpool,
    GridpoolEnergySchedule,
    GridpoolEnergyScheduleDirection,
    MarketParticipationType,
    MarketTopologyRelation,
)
from ..._model.microgrid import Microgrid
from ..._model.sensor import Sensor
from ..._model.time import Interval
from ..asking.completions import complete_microgrid_id
from ..asking.connection import Connection, pass_connection
from ..asking.parameters import DELIVERY_AREA, ID, TIME, EnumType
from ..exits import ExitCode, Failure
from ..showing.notes import findings_printer
from ..showing.output import Output, output_options
from ..showing.plain_data import with_names
from ..showing.plurals import plural
from ..showing.streams import print_message

if TYPE_CHECKING:
    from ... import AssetsApiClient, fleet
    from ...findings import CallFindings
    from ..asking import component_counts
    from ..showing import screens
else:
    fleet = lazy_module("...fleet", __package__)
    component_counts = lazy_module("..asking.component_counts", __package__)
    screens = lazy_module("..showing.screens", __package__)

Values: TypeAlias = tuple[Any, ...] | None
"""The values of a filter; None if it is not given."""

_MODELS: Final[list[Any]] = [getattr(model, name) for name in model.__all__]
COMPONENTS: Final[tuple[type[Any], ...]] = (
    model.ElectricalComponent,
    *(it for it in _MODELS if isinstance(it, type) and issubclass(it, model.ElectricalComponent)),
)

microgrid_argument: Final = click.argument(
    "microgrid_id", metavar="ID", type=ID, shell_complete=complete_microgrid_id
)


def filter_option(name: str, parameter: str, type_: Any = None, *, by: str) -> Callable[..., Any]:
    """Return an option that filters; repeated, it matches any of its values."""
    help_ = f"Filter by {by} (repeatable)."
    complete = complete_microgrid_id if by == "microgrid" else None
    return click.option(
        *(name, parameter),
        multiple=True,
        type=type_,
        help=help_,
        shell_complete=complete,
        callback=lambda _, __, values: values or None,
    )


@click.command()
@microgrid_argument
@output_options(fields=Microgrid, is_list=False, is_published=True, has_header=False)
@pass_connection
def microgrid(connection: Connection, output: Output, *, microgrid_id: int) -> None:
    """Show the microgrid ID; on a terminal, also how many components and sensors it has."""
    if output.is_table and output.fields is None:
        fetched = connection.fetch_site(microgrid_id)
        output.show(fetched.microgrid, lambda: lambda _: screens.microgrid_card(fetched))
        return
    on_findings = findings_printer(f"microgrid {microgrid_id}", microgrid_id)
    output.show(
        connection.run(lambda client: client.get_microgrid(microgrid_id, on_findings=on_findings))
    )


@click.command()
@click.argument("ids", metavar="[ID...]", nargs=-1, type=ID, shell_complete=complete_microgrid_id)
@filter_option("--microgrid", "microgrid_ids", ID, by="microgrid")
@filter_option("--gridpool", "gridpool_ids", ID, by="gridpool")
@click.option("--wide", is_flag=True, help="Also count the components of each category.")
@output_options(fields=Microgrid, table="microgrids", flag_columns={"components": "wide"})
@pass_connection
def microgrids(
    connection: Connection,
    output: Output,
    *,
    ids: tuple[int, ...],
    microgrid_ids: Values,
    gridpool_ids: Values,
    wide: bool,
) -> None:
    """List the microgrids ID, or all; if some are not found, the exit code is 1."""
    on_findings = findings_printer("microgrids and their components" if wide else "microgrids")

    async def fetch(client: "AssetsApiClient") -> tuple[list[Microgrid], Any]:
        findings: list[CallFindings] = []
        found = await client.list_microgrids(
            (*ids, *(microgrid_ids or ())) or None, gridpool_ids, on_findings=findings.append
        )
        counts = None
        if wide:
            found_ids = (it.id for it in found)
            counts = await component_counts.count_components(client, found_ids, findings.append)
        component_counts.report_as_one(on_findings, findings)
        return found, counts

    found, counts = connection.run(fetch)
    # With --gridpool, a microgrid that exists may be left out.
    missing = [] if gridpool_ids else _missing(ids, found)
    if missing:
        message = f"{plural('microgrid', len(missing))} {', '.join(map(str, missing))} not found"
        if not found:
            raise Failure(message, ExitCode.NOT_FOUND)
        print_message(message)

    def to_plain(it: Microgrid) -> Any:
        return with_names(it) | ({"components": with_names(counts[it.id])} if counts else {})

    output.show(found, lambda: partial(screens.microgrids_table, counts=counts), to_plain)
    if missing:
        raise click.exceptions.Exit(ExitCode.FAILURE)


def _missing(ids: Iterable[int], found: Iterable[Microgrid]) -> list[int]:
    """Return the IDs of which no microgrid was found, each once."""
    found_ids = {int(it.id) for it in found}
    return [it for it in dict.fromkeys(ids) if it not in found_ids]


@click.command()
@microgrid_argument
@filter_option("--component", "component_ids", ID, by="component")
@filter_option(
    "--category", "categories", EnumType(model.ElectricalComponentCategory), by="category"
)
@output_options(fields=COMPONENTS, is_published=True, table="components")
@pass_connection
def electrical_components(
    connection: Connection,
    output: Output,
    *,
    microgrid_id: int,
    component_ids: Values,
    categories: Values,
) -> None:
    """List the electrical components of the microgrid ID."""
    found = connection.run(
        lambda client: client.list_microgrid_electrical_components(
            microgrid_id,
            component_ids,
            categories,
            on_findings=findings_printer(f"components of microgrid {microgrid_id}", microgrid_id),
        )
    )
    output.show(
        found,
        lambda: screens.components_table,
        to_tables=lambda: fleet.tables(found, microgrid_id=microgrid_id),
    )


@click.command()
@microgrid_argument
@filter_option("--source", "source_ids", ID, by="source component")
@filter_option("--destination", "destination_ids", ID, by="destination component")
@output_options(fields=model.ComponentConnection, is_published=True, table="connections")
@pass_connection
def component_connections(
    connection: Connection,
    output: Output,
    *,
    microgrid_id: int,
    source_ids: Values,
    destination_ids: Values,
) -> None:
    """List the connections between the components of the microgrid ID."""
    found = connection.run(
        lambda client: client.list_microgrid_electrical_component_connections(
            microgrid_id,
            source_ids,
            destination_ids,
            on_findings=findings_printer(f"connections of microgrid {microgrid_id}", microgrid_id),
        )
    )
    output.show(
        found,
        lambda: screens.connections_table,
        to_tables=lambda: fleet.tables(found, microgrid_id=microgrid_id),
    )


@click.command()
@microgrid_argument
@filter_option("--sensor", "sensor_ids", ID, by="sensor")
@output_options(fields=Sensor, table="sensors")
@pass_connection
def sensors(
    connection: Connection, output: Output, *, microgrid_id: int, sensor_ids: Values
) -> None:
    """List the sensors of the microgrid ID."""
    found = connection.run(
        lambda client: client.list_microgrid_sensors(
            microgrid_id,
            sensor_ids,
            on_findings=findings_printer(f"sensors of microgrid {microgrid_id}", microgrid_id),
        )
    )
    output.show(
        found,
        lambda: screens.sensors_table,
        to_tables=lambda: fleet.tables(found, microgrid_id=microgrid_id),
    )


@click.command()
@filter_option("--gridpool", "gridpool_ids", ID, by="gridpool")
@output_options(fields=Gridpool, table="gridpools")
@pass_connection
def gridpools(connection: Connection, output: Output, *, gridpool_ids: Values) -> None:
    """List gridpools."""
    found = connection.run(
        lambda client: client.list_gridpools(
            gridpool_ids, on_findings=findings_printer("gridpools")
        )
    )
    output.show(found, lambda: screens.gridpools_table)


@click.command()
@click.argument("gridpool_id", metavar="ID", type=ID)
@filter_option("--schedule", "schedule_ids", ID, by="schedule")
@filter_option(
    "--direction", "directions", EnumType(GridpoolEnergyScheduleDirection), by="direction"
)
@click.option("--entries-from", type=TIME, help="Show only entries from this time on.")
@click.option("--entries-to", type=TIME, help="Show only entries before this time.")
@click.option("--effective-from", type=TIME, help="Filter by validity: at this time or later.")
@click.option("--effective-to", type=TIME, help="Filter by validity: before this time.")
@output_options(fields=GridpoolEnergySchedule, table="energy_schedules")
@pass_connection
def energy_schedules(
    connection: Connection,
    output: Output,
    *,
    gridpool_id: int,
    schedule_ids: Values,
    directions: Values,
    entries_from: datetime | None,
    entries_to: datetime | None,
    effective_from: datetime | None,
    effective_to: datetime | None,
) -> None:
    """List the energy schedules of the gridpool ID."""
    entries = _interval("--entries-from", entries_from, entries_to)
    effective = _interval("--effective-from", effective_from, effective_to)
    found = connection.run(
        lambda client: client.list_gridpool_energy_schedules(
            gridpool_id,
            schedule_ids,
            directions,
            time_series_interval=entries,
            effective_validity_period=effective,
            on_findings=findings_printer(f"energy schedules of gridpool {gridpool_id}"),
        )
    )
    output.show(found, lambda: screens.schedules_table)


def _interval(option: str, start: datetime | None, end: datetime | None) -> Interval | None:
    """Return the interval between the values of two options; None if neither is given."""
    if start is None and end is None:
        return None
    try:
        return Interval(start=start, end=end)
    except ValueError as error:
        raise click.UsageError(f"{option}: {error}") from error


@click.command()
@filter_option("--gridpool", "gridpool_ids", ID, by="gridpool")
@filter_option("--microgrid", "microgrid_ids", ID, by="microgrid")
@filter_option("--market-location", "market_location_ids", by="market location ID")
@filter_option(
    "--delivery-area",
    "delivery_areas",
    DELIVERY_AREA,
    by="delivery area, of type europe_eic by default",
)
@filter_option(
    "--participation", "participation_types", EnumType(MarketParticipationType), by="market"
)
@output_options(fields=MarketTopologyRelation, table="market_relations")
@pass_connection
def market_topology(
    connection: Connection,
    output: Output,
    *,
    gridpool_ids: Values,
    microgrid_ids: Values,
    market_location_ids: tuple[str, ...],
    delivery_areas: tuple[DeliveryArea, ...],
    participation_types: Values,
) -> None:
    """List the relations of gridpools, microgrids and market locations."""
    found = connection.run(
        lambda client: client.list_market_topology_relations(
            gridpool_ids=gridpool_ids,
            microgrid_ids=microgrid_ids,
            market_location_id_values=market_location_ids,
            delivery_areas=delivery_areas,
            participation_types=participation_types,
            on_findings=findings_printer("market topology"),
        )
    )
    output.show(found, lambda: screens.relations_table)
