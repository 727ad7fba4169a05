"""The commands: one for each call of the API, with all its filters as options."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from typing import Any, Final, TypeVar

import click
from frequenz.client.common.grid import DeliveryArea
from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId
from frequenz.client.common.microgrid.sensors import SensorId

from .. import (
    AssetsApiClient,
    GridpoolEnergyScheduleDirection,
    Interval,
    MarketParticipationType,
)
from ..electrical_component import ElectricalComponentCategory
from ..exceptions import ApiClientError
from ._json import complete, published
from ._parameters import ID, DeliveryAreaType, MemberType, MomentType

ResultT = TypeVar("ResultT")

Filter = tuple[Any, ...]

_CONNECT_SECONDS: Final = 5.0
"""For how long a person waits for a connection."""


@dataclass(frozen=True)
class Connection:
    """How to reach the server."""

    url: str | None
    auth_key: str | None
    sign_secret: str | None

    def show(
        self,
        written: Callable[[ResultT], str],
        call: Callable[[AssetsApiClient], Awaitable[ResultT]],
    ) -> None:
        """Make a call and show what it returns, or end the command with a sentence."""
        if self.url is None:
            raise click.UsageError("no server: give --url, or set ASSETS_API_URL")
        if self.sign_secret is not None and self.auth_key is None:
            raise click.UsageError("--sign-secret signs nothing without an --auth-key")

        async def run(url: str) -> ResultT:
            async with AssetsApiClient(
                url, auth_key=self.auth_key, sign_secret=self.sign_secret
            ) as client:
                await client.ready(_CONNECT_SECONDS)
                return await call(client)

        try:
            # As bytes: JSON is UTF-8, whatever the terminal's encoding.
            click.echo(written(asyncio.run(run(self.url))).encode())
        except (ApiClientError, ValueError) as error:
            # The errors for URLs have the URL as a second argument.
            sentence = error.args[0] if error.args else error
            raise click.ClickException(str(sentence)) from error


connected = click.make_pass_decorator(Connection)


@click.group(context_settings={"max_content_width": 100})
@click.option("--url", envvar="ASSETS_API_URL", show_envvar=True, help="The server's URL.")
@click.option("--auth-key", envvar="ASSETS_API_AUTH_KEY", show_envvar=True, help="The API key.")
@click.option(
    "--sign-secret",
    envvar="ASSETS_API_SIGN_SECRET",
    show_envvar=True,
    help="The secret to sign calls with.",
)
@click.version_option(version("frequenz-client-assets"), prog_name="assets-cli")
@click.pass_context
def cli(
    context: click.Context, url: str | None, auth_key: str | None, sign_secret: str | None
) -> None:
    """Ask a server of the Assets API what there is in a fleet of microgrids; answers are JSON."""
    context.obj = Connection(url, auth_key, sign_secret)


@cli.command()
@click.argument("microgrid_id", metavar="ID", type=ID)
@connected
def microgrid(connection: Connection, *, microgrid_id: int) -> None:
    """Show the microgrid ID."""
    connection.show(published, lambda client: client.get_microgrid(MicrogridId(microgrid_id)))


@cli.command()
@click.option("--microgrid", "microgrids", multiple=True, type=ID, help="This one.")
@click.option("--gridpool", "gridpools", multiple=True, type=ID, help="Those of this gridpool.")
@connected
def microgrids(connection: Connection, *, microgrids: Filter, gridpools: Filter) -> None:
    """List microgrids; an option given several times means any of its values."""
    connection.show(
        complete, lambda client: client.list_microgrids(map(MicrogridId, microgrids), gridpools)
    )


@cli.command()
@click.argument("microgrid_id", metavar="ID", type=ID)
@click.option("--component", "components", multiple=True, type=ID, help="This one.")
@click.option(
    "--category",
    "categories",
    multiple=True,
    type=MemberType(ElectricalComponentCategory),
    help="Those of this category.",
)
@connected
def electrical_components(
    connection: Connection, *, microgrid_id: int, components: Filter, categories: Filter
) -> None:
    """List the electrical components of the microgrid ID."""
    connection.show(
        published,
        lambda client: client.list_microgrid_electrical_components(
            MicrogridId(microgrid_id), map(ElectricalComponentId, components), categories
        ),
    )


@cli.command()
@click.argument("microgrid_id", metavar="ID", type=ID)
@click.option("--source", "sources", multiple=True, type=ID, help="Those from this component.")
@click.option(
    "--destination", "destinations", multiple=True, type=ID, help="Those to this component."
)
@connected
def component_connections(
    connection: Connection, *, microgrid_id: int, sources: Filter, destinations: Filter
) -> None:
    """List the connections between the components of the microgrid ID."""
    connection.show(
        published,
        lambda client: client.list_microgrid_electrical_component_connections(
            MicrogridId(microgrid_id),
            map(ElectricalComponentId, sources),
            map(ElectricalComponentId, destinations),
        ),
    )


@cli.command()
@click.argument("microgrid_id", metavar="ID", type=ID)
@click.option("--sensor", "sensor_ids", multiple=True, type=ID, help="This one.")
@connected
def sensors(connection: Connection, *, microgrid_id: int, sensor_ids: Filter) -> None:
    """List the sensors of the microgrid ID."""
    connection.show(
        complete,
        lambda client: client.list_microgrid_sensors(
            MicrogridId(microgrid_id), map(SensorId, sensor_ids)
        ),
    )


@cli.command()
@click.option("--gridpool", "gridpool_ids", multiple=True, type=ID, help="This one.")
@connected
def gridpools(connection: Connection, *, gridpool_ids: Filter) -> None:
    """List gridpools."""
    connection.show(complete, lambda client: client.list_gridpools(gridpool_ids))


@cli.command()
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
@connected
def energy_schedules(
    connection: Connection,
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
    connection.show(
        complete,
        lambda client: client.list_gridpool_energy_schedules(
            gridpool_id,
            schedules,
            directions,
            time_series_interval=entries,
            effective_validity_period=effective,
        ),
    )


def _interval(option: str, start: datetime | None, end: datetime | None) -> Interval | None:
    """Return the period between two options' values, or None where neither is given."""
    if start is None and end is None:
        return None
    try:
        return Interval(start=start, end=end)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint=option) from error


@cli.command()
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
@connected
def market_topology(
    connection: Connection,
    *,
    gridpools: Filter,
    microgrids: Filter,
    locations: tuple[str, ...],
    areas: tuple[DeliveryArea, ...],
    participations: Filter,
) -> None:
    """List how gridpools, microgrids and market locations belong together."""
    connection.show(
        complete,
        lambda client: client.list_market_topology_relations(
            gridpool_ids=gridpools,
            microgrid_ids=map(MicrogridId, microgrids),
            market_location_id_values=locations,
            delivery_areas=areas,
            participation_types=participations,
        ),
    )
