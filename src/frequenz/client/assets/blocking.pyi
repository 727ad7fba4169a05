# Written by scripts/write_blocking.py; do not edit.
"""The client and the functions of `fleet` for scripts and notebooks: plain `with`, plain calls."""

import os
from collections.abc import Generator, Iterable
from types import EllipsisType, TracebackType
from typing import Any, Self, SupportsIndex

from frequenz.client.base.channel import ChannelOptions
from frequenz.client.common.grid import DeliveryArea
from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId
from frequenz.client.common.microgrid.sensors import SensorId

from ._calls import ApiVersion
from ._model import market
from ._model.microgrid import Microgrid
from ._model.sensor import Sensor
from ._model.time import Interval
from ._transport.policy import CallPolicy, Timeout, Transport
from .electrical_component import (
    ComponentConnection,
    ElectricalComponent,
    ElectricalComponentCategory,
)
from .findings import _report
from .fleet._arguments import MicrogridIds, OnFailure, OnProgress
from .fleet._cursor import Cursor
from .fleet._parts import ListName
from .fleet._site import Site
from .fleet._snapshot import FleetSnapshot
from .fleet._tables._component_tables import ComponentTables
from .fleet._tables._fetch import ParquetExport
from .fleet._tables._make import Tables
from .fleet._tables._parquet import SplitBy
from .fleet._watch import WatchEvent

class AssetsApiClient:
    """A client of the Assets API.

    Use it as a context manager, or call `disconnect()` when done:

    ```python
    with AssetsApiClient("grpc://localhost:9090?ssl=false") as client:
        microgrid = client.get_microgrid(MicrogridId(101))
    ```

    Every call checks the data of its reply, and reports findings in one of three ways:

    - By default, it logs a summary.
    - With `raise_on_errors=True`, it raises major findings. A list raises an InvalidItemsGroup,
      which has the valid items, and contains an InvalidReplyError if the reply is for another
      microgrid or gridpool.
    - With `on_findings=function`, it calls the function with a `CallFindings` if there are any.
      Exceptions of the function propagate to the caller.

    IDs can be passed as plain integers.
    """

    def __init__(
        self,
        server_url: str,
        *,
        auth_key: str | None = None,
        sign_secret: str | None = None,
        channel_defaults: ChannelOptions = ...,
        connect: bool = True,
        api_version: ApiVersion = "auto",
        policy: CallPolicy = ...,
        transport: Transport = ...,
    ) -> None:
        """Create a client.

        Connecting checks the settings, but sends nothing before the first call or `ready()`.

        Args:
            server_url: The URL of the server, `grpc://HOST[:PORT][?PARAMETER=VALUE&...]`. The
                default port is 9090, and `ssl=true` is the default. Calls go in turn to several IP
                addresses, `grpc://IP:PORT,IP:PORT`, or to all those of a name,
                `grpc+dns://NAME:PORT`. `grpc+unix:///PATH` is a Unix socket.
            auth_key: The API key to send with each call.
            sign_secret: The secret to sign each call with; it requires a key.
            channel_defaults: The defaults of the parameters that the URL does not have.
            connect: Whether to connect now, or later by `connect()`.
            api_version: The generation of the API to use. "auto" is the current one, or the first
                one if the server implements only that.
            policy: The timeouts and retries of calls.
            transport: The settings of the channel, beyond the URL.

        Raises:
            TypeError, ValueError: If the URL, a key, a file or the version is invalid; the message
                names it.
        """

    @property
    def server_url(self) -> str:
        """The URL of the server."""

    @property
    def channel_defaults(self) -> ChannelOptions:
        """The defaults of the URL's parameters, as they were given."""

    @property
    def is_connected(self) -> bool:
        """Whether the client has a channel."""

    def connect(
        self,
        server_url: str | None = None,
        *,
        auth_key: str | EllipsisType | None = ...,
        sign_secret: str | EllipsisType | None = ...,
    ) -> None:
        """Connect, possibly to another server; omitted arguments stay as they are.

        If an argument is invalid, nothing changes. Calls in flight finish on the old connection.

        Args:
            server_url: The URL of the server.
            auth_key: The API key to send with each call.
            sign_secret: The secret to sign each call with.

        Raises:
            TypeError, ValueError: As for the constructor.
        """

    def disconnect(self) -> None:
        """Close the channel; calls in flight raise ClientDisconnected."""

    def __enter__(self) -> Self:
        """Connect if necessary."""

    def __exit__(
        self,
        _exc_type: type[BaseException] | None,
        _exc_val: BaseException | None,
        _exc_tb: TracebackType | None,
    ) -> None:
        """Disconnect; calls in flight raise ClientDisconnected."""

    @classmethod
    def from_env(cls, profile: str | None = None, **options: Any) -> Self:
        """Create a client for the server given by environment variables, or by a profile.

        `ASSETS_API_URL` is the URL. Key and secret are `ASSETS_API_AUTH_KEY` and
        `ASSETS_API_SIGN_SECRET`, otherwise `ASSETS_API_KEY` and `ASSETS_API_SECRET`, otherwise
        `FREQUENZ_API_KEY` and `FREQUENZ_API_SECRET`; both are taken from the same pair. A profile
        is a table of `~/.config/assets/config.toml` with `url`, `auth_key` and `sign_secret`. The
        profile `default` is used if `ASSETS_API_URL` is not set.

        Args:
            profile: The profile to use instead of the environment.
            options: Further arguments of the constructor.

        Raises:
            ValueError: If something is missing or invalid; the message names it.
            OSError: If the file with the profiles cannot be read.
        """

    def ready(self, timeout: Timeout = ...) -> None:
        """Wait for a connection.

        Args:
            timeout: How long to wait, in s; None for no timeout, by default that of the policy.

        Raises:
            ClientNotConnected: If `connect()` was not called.
            ServiceUnavailable: If there is no connection in time, with the reason.
            OperationTimedOut: If there is no connection in time, and the reason is unknown.
        """

    def get_microgrid(
        self,
        microgrid_id: MicrogridId | SupportsIndex,
        *,
        raise_on_errors: bool = False,
        on_findings: _report.OnFindings | None = None,
        timeout: Timeout = ...,
    ) -> Microgrid:
        """Return one microgrid.

        Args:
            microgrid_id: The ID of the microgrid.
            raise_on_errors: Whether to raise major findings.
            on_findings: Called with the findings, if there are any.
            timeout: The timeout, in s; None for no timeout, by default that of the policy.

        Raises:
            TypeError, ValueError: If an argument has a wrong type or is out of range.
            ApiClientError: If the call fails; EntityNotFound if there is no such microgrid.
            InvalidMicrogridError: If the microgrid has major findings and `raise_on_errors` is
                true.
        """

    def list_microgrid_electrical_components(
        self,
        microgrid_id: MicrogridId | SupportsIndex,
        component_ids: Iterable[ElectricalComponentId | SupportsIndex] | None = None,
        categories: Iterable[ElectricalComponentCategory | SupportsIndex] | None = None,
        *,
        raise_on_errors: bool = False,
        on_findings: _report.OnFindings | None = None,
        timeout: Timeout = ...,
    ) -> list[ElectricalComponent]:
        """Return the electrical components of a microgrid, in the server's order.

        A component must match both filters; a filter that is None or empty matches all.

        Args:
            microgrid_id: The ID of the microgrid.
            component_ids: A filter for the IDs of the components.
            categories: A filter for the categories of the components.
            raise_on_errors: Whether to raise major findings.
            on_findings: Called with the findings, if there are any.
            timeout: The timeout, in s; None for no timeout, by default that of the policy.

        Raises:
            TypeError, ValueError: If an argument has a wrong type or is out of range.
            ApiClientError: If the call fails; EntityNotFound if there is no such microgrid.
            InvalidItemsGroup: If components have major findings and `raise_on_errors` is true; it
                contains an InvalidElectricalComponentError for each.
        """

    def list_microgrid_electrical_component_connections(
        self,
        microgrid_id: MicrogridId | SupportsIndex,
        source_component_ids: Iterable[ElectricalComponentId | SupportsIndex] | None = None,
        destination_component_ids: Iterable[ElectricalComponentId | SupportsIndex] | None = None,
        *,
        raise_on_errors: bool = False,
        on_findings: _report.OnFindings | None = None,
        timeout: Timeout = ...,
    ) -> list[ComponentConnection]:
        """Return the connections between a microgrid's components, in the server's order.

        A connection must match both filters; a filter that is None or empty matches all.

        Args:
            microgrid_id: The ID of the microgrid.
            source_component_ids: A filter for the IDs of the sources.
            destination_component_ids: A filter for the IDs of the destinations.
            raise_on_errors: Whether to raise major findings.
            on_findings: Called with the findings, if there are any.
            timeout: The timeout, in s; None for no timeout, by default that of the policy.

        Raises:
            TypeError, ValueError: If an argument has a wrong type or is out of range.
            ApiClientError: If the call fails; EntityNotFound if there is no such microgrid.
            InvalidItemsGroup: If connections have major findings and `raise_on_errors` is true; it
                contains an InvalidConnectionError for each.
        """

    def list_microgrids(
        self,
        microgrid_ids: Iterable[MicrogridId | SupportsIndex] | None = None,
        gridpool_ids: Iterable[SupportsIndex] | None = None,
        *,
        raise_on_errors: bool = False,
        on_findings: _report.OnFindings | None = None,
        timeout: Timeout = ...,
    ) -> list[Microgrid]:
        """Return the microgrids that are visible to the caller, in the server's order.

        A microgrid must match both filters; a filter that is None or empty matches all.

        Args:
            microgrid_ids: A filter for the IDs of the microgrids.
            gridpool_ids: A filter for the IDs of gridpools to which the microgrids belong.
            raise_on_errors: Whether to raise major findings.
            on_findings: Called with the findings, if there are any.
            timeout: The timeout, in s; None for no timeout, by default that of the policy.

        Raises:
            TypeError, ValueError: If an argument has a wrong type or is out of range.
            ApiClientError: If the call fails.
            InvalidItemsGroup: If microgrids have major findings and `raise_on_errors` is true; it
                contains an InvalidMicrogridError for each.
        """

    def list_microgrid_sensors(
        self,
        microgrid_id: MicrogridId | SupportsIndex,
        sensor_ids: Iterable[SensorId | SupportsIndex] | None = None,
        *,
        raise_on_errors: bool = False,
        on_findings: _report.OnFindings | None = None,
        timeout: Timeout = ...,
    ) -> list[Sensor]:
        """Return the sensors of a microgrid, in the server's order.

        Args:
            microgrid_id: The ID of the microgrid.
            sensor_ids: A filter for the IDs of the sensors; None or empty for all.
            raise_on_errors: Whether to raise major findings.
            on_findings: Called with the findings, if there are any.
            timeout: The timeout, in s; None for no timeout, by default that of the policy.

        Raises:
            TypeError, ValueError: If an argument has a wrong type or is out of range.
            ApiClientError: If the call fails; EntityNotFound if there is no such microgrid.
            InvalidItemsGroup: If sensors have major findings and `raise_on_errors` is true; it
                contains an InvalidSensorError for each.
        """

    def list_gridpools(
        self,
        gridpool_ids: Iterable[SupportsIndex] | None = None,
        *,
        raise_on_errors: bool = False,
        on_findings: _report.OnFindings | None = None,
        timeout: Timeout = ...,
    ) -> list[market.Gridpool]:
        """Return the gridpools that are visible to the caller, in the server's order.

        Args:
            gridpool_ids: A filter for the IDs of the gridpools; None or empty for all.
            raise_on_errors: Whether to raise major findings.
            on_findings: Called with the findings, if there are any.
            timeout: The timeout, in s; None for no timeout, by default that of the policy.

        Raises:
            TypeError, ValueError: If an argument has a wrong type or is out of range.
            ApiClientError: If the call fails.
            InvalidItemsGroup: If gridpools have major findings and `raise_on_errors` is true; it
                contains an InvalidGridpoolError for each.
        """

    def list_gridpool_energy_schedules(
        self,
        gridpool_id: SupportsIndex,
        schedule_ids: Iterable[SupportsIndex] | None = None,
        directions: Iterable[market.GridpoolEnergyScheduleDirection | SupportsIndex] | None = None,
        *,
        time_series_interval: Interval | None = None,
        effective_validity_period: Interval | None = None,
        raise_on_errors: bool = False,
        on_findings: _report.OnFindings | None = None,
        timeout: Timeout = ...,
    ) -> list[market.GridpoolEnergySchedule]:
        """Return the energy schedules of a gridpool, in the server's order.

        A schedule must match all filters; a filter that is None or empty matches all.

        Args:
            gridpool_id: The ID of the gridpool.
            schedule_ids: A filter for the IDs of the schedules.
            directions: A filter for the directions of the schedules.
            time_series_interval: An interval to which the time series of the schedules are clipped:
                entries whose delivery periods do not overlap it are left out.
            effective_validity_period: A filter for schedules that are effective at any time in this
                interval.
            raise_on_errors: Whether to raise major findings.
            on_findings: Called with the findings, if there are any.
            timeout: The timeout, in s; None for no timeout, by default that of the policy.

        Raises:
            TypeError, ValueError: If an argument has a wrong type or is out of range.
            ApiClientError: If the call fails.
            InvalidItemsGroup: If schedules have major findings and `raise_on_errors` is true; it
                contains an InvalidGridpoolEnergyScheduleError for each.
        """

    def list_market_topology_relations(
        self,
        *,
        gridpool_ids: Iterable[SupportsIndex] | None = None,
        microgrid_ids: Iterable[MicrogridId | SupportsIndex] | None = None,
        market_location_id_values: Iterable[str] | None = None,
        delivery_areas: Iterable[DeliveryArea] | None = None,
        participation_types: Iterable[market.MarketParticipationType | SupportsIndex] | None = None,
        raise_on_errors: bool = False,
        on_findings: _report.OnFindings | None = None,
        timeout: Timeout = ...,
    ) -> list[market.MarketTopologyRelation]:
        """Return the relations between gridpools, microgrids and market locations.

        A relation must match all filters; a filter that is None or empty matches all.

        Args:
            gridpool_ids: A filter for the IDs of the gridpools.
            microgrid_ids: A filter for the IDs of the microgrids.
            market_location_id_values: A filter for the identifiers of the market locations.
            delivery_areas: A filter for the codes and code types of the delivery areas.
            participation_types: A filter for the markets in which the relations take part.
            raise_on_errors: Whether to raise major findings.
            on_findings: Called with the findings, if there are any.
            timeout: The timeout, in s; None for no timeout, by default that of the policy.

        Raises:
            TypeError, ValueError: If an argument has a wrong type or is out of range.
            ApiClientError: If the call fails.
            InvalidItemsGroup: If relations have major findings and `raise_on_errors` is true; it
                contains an InvalidMarketTopologyRelationError for each.
        """

def export_parquet(
    client: AssetsApiClient,
    folder: str | os.PathLike[str],
    microgrid_ids: MicrogridIds | None = None,
    *,
    split_by: SplitBy | None = None,
    messages: bool = False,
    concurrency: int = ...,
    include: Iterable[ListName] = ...,
    on_progress: OnProgress | None = None,
    on_failure: OnFailure | None = None,
    timeout: float | None = None,
) -> ParquetExport:
    """Write what a server has as Parquet files: see `write_parquet`.

    Sites are written while others arrive, in any order, so that memory does not grow with the
    fleet. The folder appears when it is complete. If anything fails, nothing is left behind.

    Args:
        client: The client.
        folder: The folder to make.
        microgrid_ids: The IDs of the microgrids; by default all, and the market.
        split_by: See `write_parquet`.
        messages: See `write_parquet`.
        concurrency: How many sites to fetch at a time.
        include: The lists to fetch; the tables of others are empty.
        on_progress: Called after each part; what it raises ends the export.
        on_failure: Called with each part that cannot be fetched or decoded, or is not requested;
            the others are written.
        timeout: How long it all may take, in s.

    Raises:
        FileExistsError: If the folder exists.
        OSError: If it cannot be written.
        TypeError, ValueError: If an argument has a wrong type or is out of range.
        ApiClientError: If the microgrids of the fleet cannot be listed.
        MissingSitesError: If parts failed; with `on_failure` only if there is nothing else.
    """

def fetch_component_tables(
    client: AssetsApiClient,
    microgrid_id: MicrogridId | SupportsIndex,
    component_ids: Iterable[ElectricalComponentId | SupportsIndex] | None = None,
    categories: Iterable[ElectricalComponentCategory | SupportsIndex] | None = None,
    *,
    timeout: float | None = None,
) -> ComponentTables:
    """Return the components of one microgrid as Arrow tables, in the server's order.

    This makes one call, and no objects; `fetch_tables` makes several, for whole microgrids.

    Args:
        client: The client.
        microgrid_id: The ID of the microgrid.
        component_ids: A filter for the IDs of the components; None or empty matches all.
        categories: A filter for the categories of the components; None or empty matches all.
        timeout: How long the call may take, in s; by default as the client's policy says.

    Raises:
        TypeError, ValueError: If an argument has a wrong type or is out of range.
        ApiClientError: If the call fails; EntityNotFound if there is no such microgrid.
    """

def fetch_fleet(
    client: AssetsApiClient,
    microgrid_ids: MicrogridIds | None = None,
    *,
    concurrency: int = ...,
    include: Iterable[ListName] = ...,
    on_progress: OnProgress | None = None,
    timeout: float | None = None,
) -> FleetSnapshot:
    """Return some microgrids, or the whole fleet with its market.

    A part that fails does not affect the others, and is in `failures`. After the server rejects
    the key, or leaves several parts in a row without an answer, the rest is not requested.

    Args:
        client: The client.
        microgrid_ids: The IDs of the microgrids, each fetched once; none for an empty list. By
            default all microgrids, and the market.
        concurrency: How many sites to fetch at a time.
        include: The lists to fetch.
        on_progress: Called after each part; what it raises ends the fetching.
        timeout: How long it all may take, in s; None for only the timeout of each call. At its
            end, what was fetched is returned; calls under way are failures, and the rest is in
            `not_asked`.

    Raises:
        TypeError, ValueError: If an argument has a wrong type or is out of range.
        ApiClientError: If the microgrids of the fleet cannot be listed.
    """

def fetch_site(
    client: AssetsApiClient,
    microgrid_id: MicrogridId | SupportsIndex,
    *,
    include: Iterable[ListName] = ...,
    timeout: float | None = None,
) -> Site:
    """Return a microgrid with its components, connections and sensors.

    Args:
        client: The client.
        microgrid_id: The ID of the microgrid.
        include: The lists to fetch; those of the market are ignored.
        timeout: How long all calls may take together, in s; None for only that of each call.

    Raises:
        TypeError, ValueError: If an argument has a wrong type or is out of range.
        ApiClientError: If a call fails; EntityNotFound if there is no such microgrid.
    """

def fetch_tables(
    client: AssetsApiClient,
    microgrid_ids: MicrogridIds | None = None,
    *,
    concurrency: int = ...,
    include: Iterable[ListName] = ...,
    on_progress: OnProgress | None = None,
    on_failure: OnFailure | None = None,
    timeout: float | None = None,
) -> Tables:
    """Return some microgrids, or the whole fleet with its market, as Arrow tables.

    The tables are made of the bytes of the replies in a thread, while others arrive. Sites are in
    the server's order or that of the IDs. Invalid texts, times and the like are findings; a site
    fails if one of its lists cannot be decoded at all.

    Args:
        client: The client.
        microgrid_ids: The IDs of the microgrids; by default all, and the market.
        concurrency: How many sites to fetch at a time.
        include: The lists to fetch; the tables of others are empty.
        on_progress: Called after each part; what it raises ends the fetching.
        on_failure: Called with each part that cannot be fetched or decoded, or is not requested;
            the others are in the tables.
        timeout: How long the fetching may take, in s.

    Raises:
        TypeError, ValueError: If an argument has a wrong type or is out of range.
        ApiClientError: If the microgrids of the fleet cannot be listed.
        MissingSitesError: If parts failed, after all others were fetched; with `on_failure` only
            if there is nothing else.
    """

def iter_sites(
    client: AssetsApiClient,
    microgrid_ids: MicrogridIds | None = None,
    *,
    concurrency: int = ...,
    include: Iterable[ListName] = ...,
    on_failure: OnFailure | None = None,
    timeout: float | None = None,
) -> Generator[Site]:
    """Yield the sites of a fleet as they arrive, in any order.

    At most `concurrency` sites are fetched or wait for the consumer at any time, so that a fleet
    of any size takes little memory. When the generator is closed, calls under way are cancelled;
    use `contextlib.closing` if you leave the loop early.

    Args:
        client: The client.
        microgrid_ids: The IDs of the microgrids; by default all. See `fetch_fleet`.
        concurrency: How many sites to fetch at a time.
        include: The lists to fetch; those of the market are ignored.
        on_failure: Called with each site that cannot be fetched, or is not requested because the
            server rejected the key or stopped answering.
        timeout: How long it all may take, in s, including the time of the consumer.

    Raises:
        TypeError, ValueError: If an argument has a wrong type or is out of range.
        ApiClientError: If the microgrids of the fleet cannot be listed.
        MissingSitesError: If sites could not be fetched, after all others were yielded; not with
            `on_failure`.
    """

def watch(
    client: AssetsApiClient,
    microgrid_ids: MicrogridIds | None = None,
    *,
    every: float = 60.0,
    include: Iterable[ListName] = ...,
    cursor: Cursor | bytes | None = None,
    jitter: float = 0.1,
    timeout: float | None = 300.0,
    concurrency: int = ...,
) -> Generator[WatchEvent]:
    """Yield what a server has, then what changes, by looking again and again.

    The first look yields everything as added, unless a cursor says what was seen before. While the
    server is away, each look yields a `WatchFailed`, and the pauses double up to 8 times `every`.
    A site that cannot be fetched keeps its state; a site is removed only if the server says so.
    All replies are kept in memory. Close the generator when done: `contextlib.closing`.

    Args:
        client: The client.
        microgrid_ids: The IDs of the microgrids, at least one; by default all, and the market.
        every: How long after the begin of a look the next one begins, in s.
        include: The lists to watch, at least one; microgrids themselves are watched, too.
        cursor: That of the last event which was handled, also from an earlier run of the program.
        jitter: By what share, at most, pauses are longer or shorter, at random.
        timeout: How long a look may take, in s; None for only the timeouts of its calls.
        concurrency: How many sites to fetch at a time.

    Raises:
        TypeError, ValueError: If an argument is invalid, or the cursor is of a watch with other
            microgrids or lists.
        OperationUnauthenticated: If the server rejects the key.
        ClientNotConnected: If the client is disconnected.
        PermissionDenied, OperationNotImplemented: If the fleet cannot be listed.
    """

__all__ = [
    "AssetsApiClient",
    "export_parquet",
    "fetch_component_tables",
    "fetch_fleet",
    "fetch_site",
    "fetch_tables",
    "iter_sites",
    "watch",
]
