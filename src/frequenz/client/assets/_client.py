"""The client: a method for each call of the API."""

import asyncio
from collections.abc import Iterable
from types import EllipsisType, TracebackType
from typing import TYPE_CHECKING, Any, Final, Self, SupportsIndex, TypeVar, cast

import grpc.aio
from frequenz.api.platformassets.v1alpha1.platformassets_pb2_grpc import PlatformAssetsServiceStub
from frequenz.client.base.channel import ChannelOptions
from frequenz.client.base.client import BaseApiClient
from frequenz.client.base.exception import ApiClientError
from frequenz.client.common.grid import DeliveryArea
from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId
from frequenz.client.common.microgrid.sensors import SensorId
from google.protobuf.message import DecodeError, Message

from ._calls import ApiVersion, Calls, errors
from ._lazy import lazy_module
from ._model.microgrid import Microgrid
from ._model.sensor import Sensor
from ._model.time import Interval
from ._transport.channel import ChannelFactory, DecodingChannel, LazyChannel
from ._transport.policy import CallPolicy, Timeout, Transport
from ._wire import requests
from ._wire.entities import (
    COMPONENT,
    CONNECTION,
    GRIDPOOL,
    MICROGRID,
    RELATION,
    SCHEDULE,
    SENSOR,
    Entity,
)
from ._wire.lists.decode import decode_microgrid_reply, decode_reply
from ._wire.lists.steps import Steps
from ._wire.reply import Reply
from .electrical_component import (
    ComponentConnection,
    ElectricalComponent,
    ElectricalComponentCategory,
)

if TYPE_CHECKING:
    # The asynchronous stub exists for type checkers only.
    from frequenz.api.platformassets.v1alpha1.platformassets_pb2_grpc import (
        PlatformAssetsServiceAsyncStub,
    )

    from ._model import market
    from ._transport import profiles
    from .findings import _report
else:
    # Few programs use the market or profiles, and most replies have no findings. `get_type_hints`
    # finds the classes nevertheless.
    market = lazy_module("._model.market", __package__)
    profiles = lazy_module("._transport.profiles", __package__)
    _report = lazy_module(".findings._report", __package__)

ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")


_NO_OPTIONS: Final = ChannelOptions()
_DEFAULT_POLICY: Final = CallPolicy()
_DEFAULT_TRANSPORT: Final = Transport()


async def _with_pauses(steps: Steps[ResultT]) -> ResultT:
    """Return the result of some steps, and let other tasks run between them."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: ResultT = end.value
            return result
        await asyncio.sleep(0)


def _make_stub(channel: grpc.aio.Channel) -> PlatformAssetsServiceStub:
    # The generated stub accepts any channel, but is typed for those of gRPC.
    return PlatformAssetsServiceStub(cast(grpc.aio.Channel, DecodingChannel(channel)))


class AssetsApiClient(BaseApiClient[PlatformAssetsServiceStub]):
    """A client of the Assets API.

    Use it as an asynchronous context manager, or call `disconnect()` when done:

    ```python
    async with AssetsApiClient("grpc://localhost:9090?ssl=false") as client:
        microgrid = await client.get_microgrid(MicrogridId(101))
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
        channel_defaults: ChannelOptions = _NO_OPTIONS,
        connect: bool = True,
        api_version: ApiVersion = "auto",
        policy: CallPolicy = _DEFAULT_POLICY,
        transport: Transport = _DEFAULT_TRANSPORT,
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
        self._policy = policy
        self._transport = transport
        self._replaced: list[LazyChannel] = []
        self._calls = Calls(
            self,
            policy,
            stub_type=PlatformAssetsServiceStub,
            api_version=api_version,
            has_interceptors=bool(transport.interceptors),
        )
        super().__init__(
            server_url,
            _make_stub,
            connect=connect,
            channel_defaults=channel_defaults,
            auth_key=auth_key,
            sign_secret=sign_secret,
        )

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
        access = profiles.find_access(profile)
        return cls(access.url, auth_key=access.auth_key, sign_secret=access.sign_secret, **options)

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
        url = self._server_url if server_url is None else server_url
        key = self._auth_key if auth_key is ... else auth_key
        secret = self._sign_secret if sign_secret is ... else sign_secret
        wanted = (url, key, secret)
        if self.is_connected and wanted == (self._server_url, self._auth_key, self._sign_secret):
            return
        factory = ChannelFactory(
            url,
            self._channel_defaults,
            self._transport,
            self._policy,
            auth_key=key,
            sign_secret=secret,
        )
        old = self._channel
        self._server_url, self._auth_key, self._sign_secret = wanted
        self._channel = LazyChannel(factory)
        self._stub = self._create_stub(self._channel)
        if isinstance(old, LazyChannel):
            self._replaced = [channel for channel in self._replaced if channel.is_open]
            self._replaced.append(old)
            old.retire()

    async def ready(self, timeout: Timeout = ...) -> None:
        """Wait for a connection.

        Args:
            timeout: How long to wait, in s; None for no timeout, by default that of the policy.

        Raises:
            ClientNotConnected: If `connect()` was not called.
            ServiceUnavailable: If there is no connection in time, with the reason.
            OperationTimedOut: If there is no connection in time, and the reason is unknown.
        """
        await self._calls.ready(self._policy.resolve_timeout(timeout))

    async def __aexit__(
        self,
        _exc_type: type[BaseException] | None,
        _exc_val: BaseException | None,
        _exc_tb: TracebackType | None,
    ) -> bool | None:
        """Disconnect; calls in flight raise ClientDisconnected."""
        channel, self._channel, self._stub = self._channel, None, None
        replaced, self._replaced = self._replaced, []
        try:
            for old in replaced:
                await old.close()
        finally:
            if channel is not None:
                await channel.__aexit__(_exc_type, _exc_val, _exc_tb)
        return None

    @property
    def stub(self) -> "PlatformAssetsServiceAsyncStub":
        """The gRPC stub, whose requests and replies are protobuf messages.

        Raises:
            ClientNotConnected: If the client is not connected.
        """
        stub: Any = self._stub
        if self._channel is None or stub is None:
            raise errors.not_connected(self, "stub")
        return stub  # type: ignore[no-any-return]  # for type checkers, stubs are synchronous

    async def _message(self, operation: str, request: Message, timeout: Timeout) -> Any:
        """Make a call and return the message of its reply, as it is."""
        reply = await self._calls.make(operation, request, self._policy.resolve_timeout(timeout))
        try:
            return reply.message
        except DecodeError as error:
            raise self._invalid_reply(operation, reply, error) from error

    async def _list(
        self,
        operation: str,
        entity: Entity[ItemT],
        request: Message,
        *,
        owner_id: int | None = None,
        raise_on_errors: bool,
        on_findings: "_report.OnFindings | None",
        timeout: Timeout,
    ) -> list[ItemT]:
        """Make a call that lists entities; those of one owner if its ID is given."""
        if on_findings is not None:
            _report.check_on_findings(on_findings, raise_on_errors=raise_on_errors)
        reply = await self._calls.make(operation, request, self._policy.resolve_timeout(timeout))
        try:
            items, faulty = await _with_pauses(decode_reply(entity, reply, owner_id))
        except DecodeError as error:
            raise self._invalid_reply(operation, reply, error) from error
        if faulty:
            _report.report_list(
                operation if owner_id is None else f"{operation}({owner_id})",
                items,
                faulty,
                raise_on_errors=raise_on_errors,
                on_findings=on_findings,
            )
        return items

    def _invalid_reply(self, operation: str, reply: Reply, error: DecodeError) -> ApiClientError:
        return errors.invalid_reply(self, operation, len(reply.data), str(error))

    async def get_microgrid(
        self,
        microgrid_id: MicrogridId | SupportsIndex,
        *,
        raise_on_errors: bool = False,
        on_findings: "_report.OnFindings | None" = None,
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
        operation = "GetMicrogrid"
        request = requests.get_microgrid(microgrid_id)
        asked_id = request.microgrid_id
        if on_findings is not None:
            _report.check_on_findings(on_findings, raise_on_errors=raise_on_errors)
        reply = await self._calls.make(operation, request, self._policy.resolve_timeout(timeout))
        try:
            microgrid, faulty = decode_microgrid_reply(reply, asked_id)
        except DecodeError as error:
            raise self._invalid_reply(operation, reply, error) from error
        if microgrid is None:
            raise ApiClientError(
                server_url=self.server_url,
                operation=operation,
                description=f"The reply for microgrid {asked_id} contains no microgrid",
                retryable=False,
            )
        if faulty is not None:
            _report.report_item(
                f"{operation}({asked_id})",
                faulty,
                raise_on_errors=raise_on_errors,
                on_findings=on_findings,
            )
        return microgrid

    async def list_microgrid_electrical_components(
        self,
        microgrid_id: MicrogridId | SupportsIndex,
        component_ids: Iterable[ElectricalComponentId | SupportsIndex] | None = None,
        categories: Iterable[ElectricalComponentCategory | SupportsIndex] | None = None,
        *,
        raise_on_errors: bool = False,
        on_findings: "_report.OnFindings | None" = None,
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
        request = requests.list_components(microgrid_id, component_ids, categories)
        return await self._list(
            "ListMicrogridElectricalComponents",
            COMPONENT,
            request,
            owner_id=request.microgrid_id,
            raise_on_errors=raise_on_errors,
            on_findings=on_findings,
            timeout=timeout,
        )

    async def list_microgrid_electrical_component_connections(
        self,
        microgrid_id: MicrogridId | SupportsIndex,
        source_component_ids: Iterable[ElectricalComponentId | SupportsIndex] | None = None,
        destination_component_ids: Iterable[ElectricalComponentId | SupportsIndex] | None = None,
        *,
        raise_on_errors: bool = False,
        on_findings: "_report.OnFindings | None" = None,
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
        request = requests.list_connections(
            microgrid_id, source_component_ids, destination_component_ids
        )
        return await self._list(
            "ListMicrogridElectricalComponentConnections",
            CONNECTION,
            request,
            owner_id=request.microgrid_id,
            raise_on_errors=raise_on_errors,
            on_findings=on_findings,
            timeout=timeout,
        )

    async def list_microgrids(
        self,
        microgrid_ids: Iterable[MicrogridId | SupportsIndex] | None = None,
        gridpool_ids: Iterable[SupportsIndex] | None = None,
        *,
        raise_on_errors: bool = False,
        on_findings: "_report.OnFindings | None" = None,
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
        request = requests.list_microgrids(microgrid_ids, gridpool_ids)
        return await self._list(
            "ListMicrogrids",
            MICROGRID,
            request,
            raise_on_errors=raise_on_errors,
            on_findings=on_findings,
            timeout=timeout,
        )

    async def list_microgrid_sensors(
        self,
        microgrid_id: MicrogridId | SupportsIndex,
        sensor_ids: Iterable[SensorId | SupportsIndex] | None = None,
        *,
        raise_on_errors: bool = False,
        on_findings: "_report.OnFindings | None" = None,
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
        request = requests.list_sensors(microgrid_id, sensor_ids)
        return await self._list(
            "ListMicrogridSensors",
            SENSOR,
            request,
            owner_id=request.microgrid_id,
            raise_on_errors=raise_on_errors,
            on_findings=on_findings,
            timeout=timeout,
        )

    async def list_gridpools(
        self,
        gridpool_ids: Iterable[SupportsIndex] | None = None,
        *,
        raise_on_errors: bool = False,
        on_findings: "_report.OnFindings | None" = None,
        timeout: Timeout = ...,
    ) -> "list[market.Gridpool]":
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
        request = requests.list_gridpools(gridpool_ids)
        return await self._list(
            "ListGridpools",
            GRIDPOOL,
            request,
            raise_on_errors=raise_on_errors,
            on_findings=on_findings,
            timeout=timeout,
        )

    async def list_gridpool_energy_schedules(
        self,
        gridpool_id: SupportsIndex,
        schedule_ids: Iterable[SupportsIndex] | None = None,
        directions: (
            "Iterable[market.GridpoolEnergyScheduleDirection | SupportsIndex] | None"
        ) = None,
        *,
        time_series_interval: Interval | None = None,
        effective_validity_period: Interval | None = None,
        raise_on_errors: bool = False,
        on_findings: "_report.OnFindings | None" = None,
        timeout: Timeout = ...,
    ) -> "list[market.GridpoolEnergySchedule]":
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
        request = requests.list_schedules(
            gridpool_id, schedule_ids, directions, time_series_interval, effective_validity_period
        )
        return await self._list(
            "ListGridpoolEnergySchedules",
            SCHEDULE,
            request,
            owner_id=request.gridpool_id,
            raise_on_errors=raise_on_errors,
            on_findings=on_findings,
            timeout=timeout,
        )

    async def list_market_topology_relations(
        self,
        *,
        gridpool_ids: Iterable[SupportsIndex] | None = None,
        microgrid_ids: Iterable[MicrogridId | SupportsIndex] | None = None,
        market_location_id_values: Iterable[str] | None = None,
        delivery_areas: Iterable[DeliveryArea] | None = None,
        participation_types: (
            "Iterable[market.MarketParticipationType | SupportsIndex] | None"
        ) = None,
        raise_on_errors: bool = False,
        on_findings: "_report.OnFindings | None" = None,
        timeout: Timeout = ...,
    ) -> "list[market.MarketTopologyRelation]":
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
        request = requests.list_relations(
            gridpool_ids,
            microgrid_ids,
            market_location_id_values,
            delivery_areas,
            participation_types,
        )
        return await self._list(
            "ListMarketTopologyRelations",
            RELATION,
            request,
            raise_on_errors=raise_on_errors,
            on_findings=on_findings,
            timeout=timeout,
        )
