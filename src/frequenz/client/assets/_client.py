"""The client: a method for each call of the API."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
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
from ._transport.url import DEFAULT_PORT
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
    from .findings import _report
else:
    # Few programs ask for the market, and most replies have no findings. `get_type_hints` finds
    # their classes nevertheless.
    market = lazy_module("._model.market", __package__)
    _report = lazy_module(".findings._report", __package__)

ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")


_NO_OPTIONS: Final = ChannelOptions()
_USUAL_POLICY: Final = CallPolicy()
_USUAL_TRANSPORT: Final = Transport()


async def _with_pauses(steps: Steps[ResultT]) -> ResultT:
    """Return the result of some steps, and let other tasks have their turns between them."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: ResultT = end.value
            return result
        await asyncio.sleep(0)


def _make_stub(channel: grpc.aio.Channel) -> PlatformAssetsServiceStub:
    # The stub of the generated code takes any channel, but is typed for those of gRPC.
    return PlatformAssetsServiceStub(cast(grpc.aio.Channel, DecodingChannel(channel)))


class AssetsApiClient(BaseApiClient[PlatformAssetsServiceStub]):
    """A client of the Assets API.

    Use it as an asynchronous context manager, or call `disconnect()` when done:

    ```python
    async with AssetsApiClient("grpc://localhost:9090?ssl=false") as client:
        microgrid = await client.get_microgrid(MicrogridId(101))
    ```

    Every call says what is wrong with the data that it returns, in one of three ways. By default,
    one line in the log tells it. With `raise_on_errors=True`, major findings are raised; the group
    that a list raises holds the good items, and an InvalidReplyError if the reply itself is wrong.
    With `on_findings=function`, the function gets a `CallFindings` if there are any, and the call
    neither logs nor raises them; what the function raises reaches the caller. Both at once are a
    ValueError.

    Ids are of their own types, or plain integers.
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
        policy: CallPolicy = _USUAL_POLICY,
        transport: Transport = _USUAL_TRANSPORT,
    ) -> None:
        """Make a client, and connect it unless told otherwise.

        Connecting checks everything and sends nothing: the first call, or `ready()`, does that.

        Args:
            server_url: Where the server is: `grpc://HOST[:PORT][?PARAMETER=VALUE&...]`. The port
                is 9090 where none is given, and `ssl=true` is the default. Several IP addresses,
                `grpc://IP:PORT,IP:PORT`, or all those of a name, `grpc+dns://NAME:PORT`, are asked
                in turn. `grpc+unix:///PATH` is a Unix socket.
            auth_key: The API key to send with each call.
            sign_secret: The secret to sign each call with; it needs a key.
            channel_defaults: What holds where the URL says nothing.
            connect: Whether to connect now; if not, `connect()` does it later.
            api_version: Which generation of the API to speak. "auto" speaks the current one, and
                the first one with a server that offers only that.
            policy: How long calls may take, and how often they are tried.
            transport: What the channel is made of, beyond the URL.

        Raises:
            TypeError, ValueError: If the URL is not of this form, a key or file cannot be used, or
                there is no such version; the part is named.
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
            channel_defaults=(
                replace(channel_defaults, port=DEFAULT_PORT)
                if channel_defaults.port is None
                else channel_defaults
            ),
            auth_key=auth_key,
            sign_secret=sign_secret,
        )

    @classmethod
    def from_env(cls, profile: str | None = None, **options: Any) -> Self:
        """Make a client for the server that the environment, or a profile of the user's, names.

        `ASSETS_API_URL` says where it is. Key and secret are `ASSETS_API_AUTH_KEY` and
        `ASSETS_API_SIGN_SECRET`, else `ASSETS_API_KEY` and `ASSETS_API_SECRET`, else
        `FREQUENZ_API_KEY` and `FREQUENZ_API_SECRET`: both of one source. A profile is a table of
        `~/.config/assets/config.toml` with `url`, `auth_key` and `sign_secret`; without the
        variable of the URL, `[default]` is taken.

        Args:
            profile: The profile to take, instead of the environment.
            options: Further arguments of the constructor.

        Raises:
            ValueError: If something is missing or not as it must be; it is named.
            OSError: If the file of the profiles cannot be read.
        """
        from ._transport.profiles import find_access  # noqa: PLC0415 - few need it, and its imports

        access = find_access(profile)
        return cls(access.url, auth_key=access.auth_key, sign_secret=access.sign_secret, **options)

    def connect(
        self,
        server_url: str | None = None,
        *,
        auth_key: str | EllipsisType | None = ...,
        sign_secret: str | EllipsisType | None = ...,
    ) -> None:
        """Connect, possibly to another server; what is not given stays as it was.

        Nothing changes if something is wrong. Calls in flight to another server end there.

        Args:
            server_url: Where the server is.
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
        """Wait until there is a connection.

        Args:
            timeout: For how long, in s; None = for ever, by default as the policy says.

        Raises:
            ClientNotConnected: If `connect()` was not called.
            ServiceUnavailable: If there is none in time, with the reason.
            OperationTimedOut: If there is none in time, and no reason.
        """
        await self._calls.ready(self._policy.granted(timeout))

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        """Disconnect; calls in flight end with ClientDisconnected."""
        channel, self._channel, self._stub = self._channel, None, None
        replaced, self._replaced = self._replaced, []
        try:
            for old in replaced:
                await old.close()
        finally:
            if channel is not None:
                await channel.__aexit__(kind, error, traceback)
        return None

    @property
    def stub(self) -> "PlatformAssetsServiceAsyncStub":
        """The gRPC stub, which takes and gives protobuf messages.

        Raises:
            ClientNotConnected: If there is no connection.
        """
        stub: Any = self._stub
        if self._channel is None or stub is None:
            raise errors.not_connected(self, "stub")
        return stub  # type: ignore[no-any-return]  # for type checkers, stubs are synchronous

    async def _reply(self, operation: str, request: Message, timeout: Timeout) -> Reply:
        """Make a call and return its reply, which was not parsed yet and may be invalid."""
        return await self._calls.make(operation, request, self._policy.granted(timeout))

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
        """Make a call that lists entities, those of one owner if its ID is given."""
        if on_findings is not None:
            _report.check_on_findings(on_findings, raise_on_errors=raise_on_errors)
        reply = await self._calls.make(operation, request, self._policy.granted(timeout))
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
            microgrid_id: Which one.
            raise_on_errors: Whether to raise what is wrong with the data.
            on_findings: Gets what is wrong with the data, if anything is.
            timeout: How long the call may take, in s; None = for ever, by default as the policy
                says.

        Raises:
            TypeError, ValueError: If an argument is of a wrong type or out of range.
            ApiClientError: If the call fails; EntityNotFound if there is no such microgrid.
            InvalidMicrogridError: If the microgrid has major findings, and `raise_on_errors`.
        """
        operation = "GetMicrogrid"
        request = requests.get_microgrid(microgrid_id)
        asked_id = request.microgrid_id
        if on_findings is not None:
            _report.check_on_findings(on_findings, raise_on_errors=raise_on_errors)
        reply = await self._calls.make(operation, request, self._policy.granted(timeout))
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
        component_ids: Iterable[ElectricalComponentId | SupportsIndex] = (),
        categories: Iterable[ElectricalComponentCategory | SupportsIndex] = (),
        *,
        raise_on_errors: bool = False,
        on_findings: "_report.OnFindings | None" = None,
        timeout: Timeout = ...,
    ) -> list[ElectricalComponent]:
        """Return the electrical components of a microgrid, in the server's order.

        A component must match both filters; an empty filter lets everything through.

        Args:
            microgrid_id: Whose components.
            component_ids: Which components.
            categories: Components of which categories.
            raise_on_errors: Whether to raise what is wrong with the data.
            on_findings: Gets what is wrong with the data, if anything is.
            timeout: How long the call may take, in s; None = for ever, by default as the policy
                says.

        Raises:
            TypeError, ValueError: If an argument is of a wrong type or out of range.
            ApiClientError: If the call fails; EntityNotFound if there is no such microgrid.
            InvalidItemsGroup: Of InvalidElectricalComponentError, one for each component that has
                major findings, if there are any, and `raise_on_errors`.
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
        source_component_ids: Iterable[ElectricalComponentId | SupportsIndex] = (),
        destination_component_ids: Iterable[ElectricalComponentId | SupportsIndex] = (),
        *,
        raise_on_errors: bool = False,
        on_findings: "_report.OnFindings | None" = None,
        timeout: Timeout = ...,
    ) -> list[ComponentConnection]:
        """Return the connections between a microgrid's components, in the server's order.

        A connection must match both filters; an empty filter lets everything through.

        Args:
            microgrid_id: Whose connections.
            source_component_ids: Connections from which components.
            destination_component_ids: Connections to which components.
            raise_on_errors: Whether to raise what is wrong with the data.
            on_findings: Gets what is wrong with the data, if anything is.
            timeout: How long the call may take, in s; None = for ever, by default as the policy
                says.

        Raises:
            TypeError, ValueError: If an argument is of a wrong type or out of range.
            ApiClientError: If the call fails; EntityNotFound if there is no such microgrid.
            InvalidItemsGroup: Of InvalidConnectionError, one for each connection that has major
                findings, if there are any, and `raise_on_errors`.
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
        microgrid_ids: Iterable[MicrogridId | SupportsIndex] = (),
        gridpool_ids: Iterable[SupportsIndex] = (),
        *,
        raise_on_errors: bool = False,
        on_findings: "_report.OnFindings | None" = None,
        timeout: Timeout = ...,
    ) -> list[Microgrid]:
        """Return the microgrids that the caller may see, in the server's order.

        A microgrid must match both filters; an empty filter lets everything through.

        Args:
            microgrid_ids: Which microgrids.
            gridpool_ids: Microgrids that take part in which gridpools.
            raise_on_errors: Whether to raise what is wrong with the data.
            on_findings: Gets what is wrong with the data, if anything is.
            timeout: How long the call may take, in s; None = for ever, by default as the policy
                says.

        Raises:
            TypeError, ValueError: If an argument is of a wrong type or out of range.
            ApiClientError: If the call fails.
            InvalidItemsGroup: Of InvalidMicrogridError, as with the components of a microgrid.
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
        sensor_ids: Iterable[SensorId | SupportsIndex] = (),
        *,
        raise_on_errors: bool = False,
        on_findings: "_report.OnFindings | None" = None,
        timeout: Timeout = ...,
    ) -> list[Sensor]:
        """Return the sensors of a microgrid, in the server's order.

        Args:
            microgrid_id: Whose sensors.
            sensor_ids: Which sensors; none = all.
            raise_on_errors: Whether to raise what is wrong with the data.
            on_findings: Gets what is wrong with the data, if anything is.
            timeout: How long the call may take, in s; None = for ever, by default as the policy
                says.

        Raises:
            TypeError, ValueError: If an argument is of a wrong type or out of range.
            ApiClientError: If the call fails; EntityNotFound if there is no such microgrid.
            InvalidItemsGroup: Of InvalidSensorError, as with the components of a microgrid.
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
        gridpool_ids: Iterable[SupportsIndex] = (),
        *,
        raise_on_errors: bool = False,
        on_findings: "_report.OnFindings | None" = None,
        timeout: Timeout = ...,
    ) -> "list[market.Gridpool]":
        """Return the gridpools that the caller may see, in the server's order.

        Args:
            gridpool_ids: Which gridpools; none = all.
            raise_on_errors: Whether to raise what is wrong with the data.
            on_findings: Gets what is wrong with the data, if anything is.
            timeout: How long the call may take, in s; None = for ever, by default as the policy
                says.

        Raises:
            TypeError, ValueError: If an argument is of a wrong type or out of range.
            ApiClientError: If the call fails.
            InvalidItemsGroup: Of InvalidGridpoolError, as with the components of a microgrid.
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
        schedule_ids: Iterable[SupportsIndex] = (),
        directions: "Iterable[market.GridpoolEnergyScheduleDirection | SupportsIndex]" = (),
        *,
        time_series_interval: Interval | None = None,
        effective_validity_period: Interval | None = None,
        raise_on_errors: bool = False,
        on_findings: "_report.OnFindings | None" = None,
        timeout: Timeout = ...,
    ) -> "list[market.GridpoolEnergySchedule]":
        """Return the energy schedules of a gridpool, in the server's order.

        A schedule must match all filters; an empty filter lets everything through.

        Args:
            gridpool_id: Whose schedules.
            schedule_ids: Which schedules.
            directions: Schedules of which directions.
            time_series_interval: Leave out the entries of the schedules' time series whose delivery
                periods do not overlap this period.
            effective_validity_period: Schedules that hold at any moment of this period.
            raise_on_errors: Whether to raise what is wrong with the data.
            on_findings: Gets what is wrong with the data, if anything is.
            timeout: How long the call may take, in s; None = for ever, by default as the policy
                says.

        Raises:
            TypeError, ValueError: If an argument is of a wrong type or out of range.
            ApiClientError: If the call fails.
            InvalidItemsGroup: Of InvalidGridpoolEnergyScheduleError, as with the components of a
                microgrid.
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
        gridpool_ids: Iterable[SupportsIndex] = (),
        microgrid_ids: Iterable[MicrogridId | SupportsIndex] = (),
        market_location_id_values: Iterable[str] = (),
        delivery_areas: Iterable[DeliveryArea] = (),
        participation_types: "Iterable[market.MarketParticipationType | SupportsIndex]" = (),
        raise_on_errors: bool = False,
        on_findings: "_report.OnFindings | None" = None,
        timeout: Timeout = ...,
    ) -> "list[market.MarketTopologyRelation]":
        """Return how gridpools, microgrids and market locations belong together.

        A relation must match all filters; an empty filter lets everything through.

        Args:
            gridpool_ids: Relations of which gridpools.
            microgrid_ids: Relations of which microgrids.
            market_location_id_values: Relations of the market locations with which identifiers.
            delivery_areas: Relations in which delivery areas, by code and type.
            participation_types: Relations that take part in one of which markets.
            raise_on_errors: Whether to raise what is wrong with the data.
            on_findings: Gets what is wrong with the data, if anything is.
            timeout: How long the call may take, in s; None = for ever, by default as the policy
                says.

        Raises:
            TypeError, ValueError: If an argument is of a wrong type or out of range.
            ApiClientError: If the call fails.
            InvalidItemsGroup: Of InvalidMarketTopologyRelationError, as with the components of a
                microgrid.
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
