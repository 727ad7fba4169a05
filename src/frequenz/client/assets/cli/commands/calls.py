"""The commands that make one call of the API each, with all its filters as options."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import click
from frequenz.client.common.grid import DeliveryArea
from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId
from frequenz.client.common.microgrid.sensors import SensorId

from ... import electrical_component as model
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
from ..asking.connection import Connection, connected
from ..asking.parameters import ID, DeliveryAreaType, MemberType, MomentType
from ..interrupts import undisturbed
from ..showing.output import Output, screen, shown
from ..showing.plain_data import complete

if TYPE_CHECKING:
    from ... import AssetsApiClient
    from ...findings import CallFindings

Filter: TypeAlias = tuple[Any, ...]

_CLASSES: Final[list[Any]] = [getattr(model, name) for name in model.__all__]
_COMPONENTS: Final[tuple[type[Any], ...]] = (
    model.ElectricalComponent,
    *(
        kind
        for kind in _CLASSES
        if isinstance(kind, type) and issubclass(kind, model.ElectricalComponent)
    ),
)


@click.command()
@click.argument("microgrid_id", metavar="ID", type=ID)
@shown(fields=Microgrid, many=False, published=True, headed=False)
@connected
def microgrid(connection: Connection, output: Output, *, microgrid_id: int) -> None:
    """Show the microgrid ID; on a terminal, also how many components and sensors it has."""
    tells = connection.tells(f"microgrid {microgrid_id}", microgrid_id)
    if output.is_table and output.chosen is None:
        with undisturbed():
            from ..asking.site import ask  # noqa: PLC0415 - imports the client

        number = MicrogridId(microgrid_id)
        site = connection.run(lambda client: ask(client, number, on_findings=tells))
        output.show(site.microgrid, table=lambda _: screen("card")(site))
        return
    output.show(
        connection.run(
            lambda client: client.get_microgrid(MicrogridId(microgrid_id), on_findings=tells)
        )
    )


@click.command()
@click.option("--microgrid", "microgrids", multiple=True, type=ID, help="This one.")
@click.option("--gridpool", "gridpools", multiple=True, type=ID, help="Those of this gridpool.")
@click.option("--wide", is_flag=True, help="Also how many components of each kind they have.")
@shown(fields=Microgrid, more={"wide": ("components",)})
@connected
def microgrids(
    connection: Connection, output: Output, *, microgrids: Filter, gridpools: Filter, wide: bool
) -> None:
    """List microgrids; an option given several times means any of its values."""
    tells = connection.tells("microgrids and their components" if wide else "microgrids")

    async def ask(
        client: "AssetsApiClient",
    ) -> tuple[list[Microgrid], dict[MicrogridId, Any] | None]:
        from ..asking.site import (  # noqa: PLC0415 - imports the client
            component_counts,
            tell_as_one,
        )

        told: list[CallFindings] = []
        found = await client.list_microgrids(
            map(MicrogridId, microgrids), gridpools, on_findings=told.append
        )
        counts = None
        if wide:
            counts = await component_counts(client, (one.id for one in found), told.append)
        tell_as_one(tells, told)
        return found, counts

    found, counts = connection.run(ask)

    def plain(one: Microgrid) -> Any:
        return complete(one) | ({"components": complete(counts[one.id])} if counts else {})

    output.show(found, table=screen("fleet_table", counts=counts), plain=plain)


@click.command()
@click.argument("microgrid_id", metavar="ID", type=ID)
@click.option("--component", "components", multiple=True, type=ID, help="This one.")
@click.option(
    "--category",
    "categories",
    multiple=True,
    type=MemberType(model.ElectricalComponentCategory),
    help="Those of this category.",
)
@shown(fields=_COMPONENTS, published=True)
@connected
def electrical_components(
    connection: Connection,
    output: Output,
    *,
    microgrid_id: int,
    components: Filter,
    categories: Filter,
) -> None:
    """List the electrical components of the microgrid ID."""
    found = connection.run(
        lambda client: client.list_microgrid_electrical_components(
            MicrogridId(microgrid_id),
            map(ElectricalComponentId, components),
            categories,
            on_findings=connection.tells(f"components of microgrid {microgrid_id}", microgrid_id),
        )
    )
    output.show(found, table=screen("components_table"))


@click.command()
@click.argument("microgrid_id", metavar="ID", type=ID)
@click.option("--source", "sources", multiple=True, type=ID, help="Those from this component.")
@click.option(
    "--destination", "destinations", multiple=True, type=ID, help="Those to this component."
)
@shown(fields=model.ComponentConnection, published=True)
@connected
def component_connections(
    connection: Connection,
    output: Output,
    *,
    microgrid_id: int,
    sources: Filter,
    destinations: Filter,
) -> None:
    """List the connections between the components of the microgrid ID."""
    found = connection.run(
        lambda client: client.list_microgrid_electrical_component_connections(
            MicrogridId(microgrid_id),
            map(ElectricalComponentId, sources),
            map(ElectricalComponentId, destinations),
            on_findings=connection.tells(f"connections of microgrid {microgrid_id}", microgrid_id),
        )
    )
    output.show(found, table=screen("connections_table"))


@click.command()
@click.argument("microgrid_id", metavar="ID", type=ID)
@click.option("--sensor", "sensor_ids", multiple=True, type=ID, help="This one.")
@shown(fields=Sensor)
@connected
def sensors(
    connection: Connection, output: Output, *, microgrid_id: int, sensor_ids: Filter
) -> None:
    """List the sensors of the microgrid ID."""
    found = connection.run(
        lambda client: client.list_microgrid_sensors(
            MicrogridId(microgrid_id),
            map(SensorId, sensor_ids),
            on_findings=connection.tells(f"sensors of microgrid {microgrid_id}", microgrid_id),
        )
    )
    output.show(found, table=screen("sensors_table"))


@click.command()
@click.option("--gridpool", "gridpool_ids", multiple=True, type=ID, help="This one.")
@shown(fields=Gridpool)
@connected
def gridpools(connection: Connection, output: Output, *, gridpool_ids: Filter) -> None:
    """List gridpools."""
    found = connection.run(
        lambda client: client.list_gridpools(
            gridpool_ids, on_findings=connection.tells("gridpools")
        )
    )
    output.show(found, table=screen("gridpools_table"))


@click.command()
@click.argument("gridpool_id", metavar="ID", type=ID)
@click.option("--schedule", "schedules", multiple=True, type=ID, help="This one.")
@click.option(
    "--direction",
    "directions",
    multiple=True,
    type=MemberType(GridpoolEnergyScheduleDirection),
    help="Those of this direction.",
)
@click.option("--entries-from", type=MomentType(), help="Only power from here on.")
@click.option("--entries-to", type=MomentType(), help="Only power before this.")
@click.option("--effective-from", type=MomentType(), help="Those that hold here or later.")
@click.option("--effective-to", type=MomentType(), help="Those that hold before this.")
@shown(fields=GridpoolEnergySchedule)
@connected
def energy_schedules(
    connection: Connection,
    output: Output,
    *,
    gridpool_id: int,
    schedules: Filter,
    directions: Filter,
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
            schedules,
            directions,
            time_series_interval=entries,
            effective_validity_period=effective,
            on_findings=connection.tells(f"energy schedules of gridpool {gridpool_id}"),
        )
    )
    output.show(found, table=screen("schedules_table"))


def _interval(option: str, start: datetime | None, end: datetime | None) -> Interval | None:
    """Return the period between two options' values, or None where neither is given."""
    if start is None and end is None:
        return None
    try:
        return Interval(start=start, end=end)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint=option) from error


@click.command()
@click.option("--gridpool", "gridpools", multiple=True, type=ID, help="Those of this gridpool.")
@click.option("--microgrid", "microgrids", multiple=True, type=ID, help="Those of this microgrid.")
@click.option(
    "--market-location", "locations", multiple=True, help="Those of the location with this id."
)
@click.option(
    "--delivery-area",
    "areas",
    multiple=True,
    type=DeliveryAreaType(),
    help="Those in this delivery area; the type is europe_eic unless given.",
)
@click.option(
    "--participation",
    "participations",
    multiple=True,
    type=MemberType(MarketParticipationType),
    help="Those that take part in this market.",
)
@shown(fields=MarketTopologyRelation)
@connected
def market_topology(
    connection: Connection,
    output: Output,
    *,
    gridpools: Filter,
    microgrids: Filter,
    locations: tuple[str, ...],
    areas: tuple[DeliveryArea, ...],
    participations: Filter,
) -> None:
    """List how gridpools, microgrids and market locations belong together."""
    found = connection.run(
        lambda client: client.list_market_topology_relations(
            gridpool_ids=gridpools,
            microgrid_ids=map(MicrogridId, microgrids),
            market_location_id_values=locations,
            delivery_areas=areas,
            participation_types=participations,
            on_findings=connection.tells("market topology"),
        )
    )
    output.show(found, table=screen("relations_table"))
