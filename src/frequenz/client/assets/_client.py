"""The client: a method for each call of the API."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, SupportsIndex, TypeVar, cast

import grpc.aio
from frequenz.api.platformassets.v1alpha1.platformassets_pb2_grpc import PlatformAssetsServiceStub
from frequenz.client.base.channel import ChannelOptions
from frequenz.client.base.client import BaseApiClient
from frequenz.client.base.exception import ApiClientError, ClientNotConnected
from frequenz.client.common.grid import DeliveryArea
from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId
from frequenz.client.common.microgrid.sensors import SensorId
from google.protobuf.message import Message

from ._call import ApiVersion, Calls, ReadableReplies
from ._market import (
    Gridpool,
    GridpoolEnergySchedule,
    GridpoolEnergyScheduleDirection,
    MarketParticipationType,
    MarketTopologyRelation,
)
from ._microgrid import Microgrid
from ._report import OnFindings, Report
from ._sensor import Sensor
from ._time import Interval
from ._wire import contracts
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
from ._wire.lists import decode_microgrid_of, decode_reply
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

ItemT = TypeVar("ItemT")

DEFAULT_PORT: Final = 9090


def _stub_of(channel: grpc.aio.Channel) -> PlatformAssetsServiceStub:
    # The stub of the generated code takes any channel, but is typed for those of gRPC.
    return PlatformAssetsServiceStub(cast(grpc.aio.Channel, ReadableReplies(channel)))


class AssetsApiClient(BaseApiClient[PlatformAssetsServiceStub]):
    """A client of the Assets API.

    Use it as an asynchronous context manager, or call `disconnect()` when done:

    ```python
    async with AssetsApiClient("grpc://localhost:9090?ssl=false") as client:
        microgrid = await client.get_microgrid(MicrogridId(101))
    ```

    Every call says what is wrong with the data that it returns, in one of three ways. By default,
    one line in the log tells it. With `raise_on_errors=True`, major findings are raised; the error
    of a list holds the good items. With `on_findings=function`, the function gets a `CallFindings`
    if there are any, and the call neither logs nor raises them.

    Ids are of their own types, or plain integers.
    """

    def __init__(
        self,
        server_url: str,
        *,
        auth_key: str | None = None,
        sign_secret: str | None = None,
        channel_defaults: ChannelOptions = ChannelOptions(),  # noqa: B008
        connect: bool = True,
        api_version: ApiVersion = "auto",
    ) -> None:
        """Make a client, and connect it unless told otherwise.

        Args:
            server_url: Where the server is: `grpc://HOST[:PORT][?PARAMETER=VALUE&...]`. The port
                is 9090 where none is given, and `ssl=true` is the default.
            auth_key: The API key to send with each call.
            sign_secret: The secret to sign each call with; it needs a key.
            channel_defaults: What holds where the URL says nothing.
            connect: Whether to connect now; if not, `connect()` does it later.
            api_version: Which generation of the API to speak. "auto" speaks the current one, and
                the first one with a server that offers only that.

        Raises:
            ValueError: If the URL is not of this form, or there is no such version.
        """
        self._call = Calls(self, PlatformAssetsServiceStub, api_version)
        if channel_defaults.port is None:
            channel_defaults = replace(channel_defaults, port=DEFAULT_PORT)
        super().__init__(
            server_url,
            _stub_of,
            connect=connect,
            channel_defaults=channel_defaults,
            auth_key=auth_key,
            sign_secret=sign_secret,
        )

    @property
    def stub(self) -> "PlatformAssetsServiceAsyncStub":
        """The gRPC stub, which takes and gives protobuf messages.

        Raises:
            ClientNotConnected: If there is no connection.
        """
        if self._channel is None or self._stub is None:
            raise ClientNotConnected(server_url=self.server_url, operation="stub")
        return cast("PlatformAssetsServiceAsyncStub", self._stub)

    async def _ask(self, operation: str, request: Message) -> Any:
        """Make a call and return its reply, a message; the contract names both after the call."""
        return await self._call(
            operation,
            request,
            lambda timeout: getattr(self.stub, operation)(request, timeout=timeout),
        )

    async def _list(
        self,
        operation: str,
        entity: Entity[ItemT],
        request: Message,
        *,
        owner: int | None = None,
        raise_on_errors: bool,
        on_findings: OnFindings | None,
    ) -> list[ItemT]:
        """Make a call that lists entities, those of one owner where it has its number."""
        report = Report(
            operation if owner is None else f"{operation}({owner})",
            entity,
            raise_on_errors=raise_on_errors,
            on_findings=on_findings,
        )
        return report.all(decode_reply(entity, await self._ask(operation, request), owner))

    async def get_microgrid(
        self,
        microgrid_id: MicrogridId | SupportsIndex,
        *,
        raise_on_errors: bool = False,
        on_findings: OnFindings | None = None,
    ) -> Microgrid:
        """Return one microgrid.

        Args:
            microgrid_id: Which one.
            raise_on_errors: Whether to raise what is wrong with the data.
            on_findings: Gets what is wrong with the data, if anything is.

        Raises:
            TypeError, ValueError: If an argument is of a wrong type or out of range.
            ApiClientError: If the call fails; EntityNotFound if there is no such microgrid.
            InvalidMicrogridError: If the microgrid has major findings, and `raise_on_errors`.
        """
        operation = "GetMicrogrid"
        request = contracts.get_microgrid(microgrid_id)
        report = Report(
            f"{operation}({request.microgrid_id})",
            MICROGRID,
            raise_on_errors=raise_on_errors,
            on_findings=on_findings,
        )
        reply = await self._ask(operation, request)
        if not reply.HasField("microgrid"):
            raise ApiClientError(
                server_url=self.server_url,
                operation=operation,
                description=f"The reply for microgrid {request.microgrid_id} holds no microgrid",
                retryable=False,
            )
        return report.one(decode_microgrid_of(reply, request.microgrid_id))

    async def list_microgrid_electrical_components(
        self,
        microgrid_id: MicrogridId | SupportsIndex,
        component_ids: Iterable[ElectricalComponentId | SupportsIndex] = (),
        categories: Iterable[ElectricalComponentCategory | SupportsIndex] = (),
        *,
        raise_on_errors: bool = False,
        on_findings: OnFindings | None = None,
    ) -> list[ElectricalComponent]:
        """Return the electrical components of a microgrid, in the server's order.

        A component must match both filters; an empty filter lets everything through.

        Args:
            microgrid_id: Whose components.
            component_ids: Which components.
            categories: Components of which categories.
            raise_on_errors: Whether to raise what is wrong with the data.
            on_findings: Gets what is wrong with the data, if anything is.

        Raises:
            TypeError, ValueError: If an argument is of a wrong type or out of range.
            ApiClientError: If the call fails; EntityNotFound if there is no such microgrid.
            InvalidItemsGroup: Of InvalidElectricalComponentError, one for each component that has
                major findings, if there are any, and `raise_on_errors`.
        """
        request = contracts.list_components(microgrid_id, component_ids, categories)
        return await self._list(
            "ListMicrogridElectricalComponents",
            COMPONENT,
            request,
            owner=request.microgrid_id,
            raise_on_errors=raise_on_errors,
            on_findings=on_findings,
        )

    async def list_microgrid_electrical_component_connections(
        self,
        microgrid_id: MicrogridId | SupportsIndex,
        source_component_ids: Iterable[ElectricalComponentId | SupportsIndex] = (),
        destination_component_ids: Iterable[ElectricalComponentId | SupportsIndex] = (),
        *,
        raise_on_errors: bool = False,
        on_findings: OnFindings | None = None,
    ) -> list[ComponentConnection]:
        """Return the connections between a microgrid's components, in the server's order.

        A connection must match both filters; an empty filter lets everything through.

        Args:
            microgrid_id: Whose connections.
            source_component_ids: Connections from which components.
            destination_component_ids: Connections to which components.
            raise_on_errors: Whether to raise what is wrong with the data.
            on_findings: Gets what is wrong with the data, if anything is.

        Raises:
            TypeError, ValueError: If an argument is of a wrong type or out of range.
            ApiClientError: If the call fails; EntityNotFound if there is no such microgrid.
            InvalidItemsGroup: Of InvalidConnectionError, one for each connection that has major
                findings, if there are any, and `raise_on_errors`.
        """
        request = contracts.list_connections(
            microgrid_id, source_component_ids, destination_component_ids
        )
        return await self._list(
            "ListMicrogridElectricalComponentConnections",
            CONNECTION,
            request,
            owner=request.microgrid_id,
            raise_on_errors=raise_on_errors,
            on_findings=on_findings,
        )

    async def list_microgrids(
        self,
        microgrid_ids: Iterable[MicrogridId | SupportsIndex] = (),
        gridpool_ids: Iterable[SupportsIndex] = (),
        *,
        raise_on_errors: bool = False,
        on_findings: OnFindings | None = None,
    ) -> list[Microgrid]:
        """Return the microgrids that the caller may see, in the server's order.

        A microgrid must match both filters; an empty filter lets everything through.

        Args:
            microgrid_ids: Which microgrids.
            gridpool_ids: Microgrids that take part in which gridpools.
            raise_on_errors: Whether to raise what is wrong with the data.
            on_findings: Gets what is wrong with the data, if anything is.

        Raises:
            TypeError, ValueError: If an argument is of a wrong type or out of range.
            ApiClientError: If the call fails.
            InvalidItemsGroup: Of InvalidMicrogridError, as with the components of a microgrid.
        """
        request = contracts.list_microgrids(microgrid_ids, gridpool_ids)
        return await self._list(
            "ListMicrogrids",
            MICROGRID,
            request,
            raise_on_errors=raise_on_errors,
            on_findings=on_findings,
        )

    async def list_microgrid_sensors(
        self,
        microgrid_id: MicrogridId | SupportsIndex,
        sensor_ids: Iterable[SensorId | SupportsIndex] = (),
        *,
        raise_on_errors: bool = False,
        on_findings: OnFindings | None = None,
    ) -> list[Sensor]:
        """Return the sensors of a microgrid, in the server's order.

        Args:
            microgrid_id: Whose sensors.
            sensor_ids: Which sensors; none = all.
            raise_on_errors: Whether to raise what is wrong with the data.
            on_findings: Gets what is wrong with the data, if anything is.

        Raises:
            TypeError, ValueError: If an argument is of a wrong type or out of range.
            ApiClientError: If the call fails; EntityNotFound if there is no such microgrid.
            InvalidItemsGroup: Of InvalidSensorError, as with the components of a microgrid.
        """
        request = contracts.list_sensors(microgrid_id, sensor_ids)
        return await self._list(
            "ListMicrogridSensors",
            SENSOR,
            request,
            owner=request.microgrid_id,
            raise_on_errors=raise_on_errors,
            on_findings=on_findings,
        )

    async def list_gridpools(
        self,
        gridpool_ids: Iterable[SupportsIndex] = (),
        *,
        raise_on_errors: bool = False,
        on_findings: OnFindings | None = None,
    ) -> list[Gridpool]:
        """Return the gridpools that the caller may see, in the server's order.

        Args:
            gridpool_ids: Which gridpools; none = all.
            raise_on_errors: Whether to raise what is wrong with the data.
            on_findings: Gets what is wrong with the data, if anything is.

        Raises:
            TypeError, ValueError: If an argument is of a wrong type or out of range.
            ApiClientError: If the call fails.
            InvalidItemsGroup: Of InvalidGridpoolError, as with the components of a microgrid.
        """
        request = contracts.list_gridpools(gridpool_ids)
        return await self._list(
            "ListGridpools",
            GRIDPOOL,
            request,
            raise_on_errors=raise_on_errors,
            on_findings=on_findings,
        )

    async def list_gridpool_energy_schedules(
        self,
        gridpool_id: SupportsIndex,
        schedule_ids: Iterable[SupportsIndex] = (),
        directions: Iterable[GridpoolEnergyScheduleDirection | SupportsIndex] = (),
        *,
        time_series_interval: Interval | None = None,
        effective_validity_period: Interval | None = None,
        raise_on_errors: bool = False,
        on_findings: OnFindings | None = None,
    ) -> list[GridpoolEnergySchedule]:
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

        Raises:
            TypeError, ValueError: If an argument is of a wrong type or out of range.
            ApiClientError: If the call fails.
            InvalidItemsGroup: Of InvalidGridpoolEnergyScheduleError, as with the components of a
                microgrid.
        """
        request = contracts.list_schedules(
            gridpool_id, schedule_ids, directions, time_series_interval, effective_validity_period
        )
        return await self._list(
            "ListGridpoolEnergySchedules",
            SCHEDULE,
            request,
            owner=request.gridpool_id,
            raise_on_errors=raise_on_errors,
            on_findings=on_findings,
        )

    async def list_market_topology_relations(
        self,
        *,
        gridpool_ids: Iterable[SupportsIndex] = (),
        microgrid_ids: Iterable[MicrogridId | SupportsIndex] = (),
        market_location_id_values: Iterable[str] = (),
        delivery_areas: Iterable[DeliveryArea] = (),
        participation_types: Iterable[MarketParticipationType | SupportsIndex] = (),
        raise_on_errors: bool = False,
        on_findings: OnFindings | None = None,
    ) -> list[MarketTopologyRelation]:
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

        Raises:
            TypeError, ValueError: If an argument is of a wrong type or out of range.
            ApiClientError: If the call fails.
            InvalidItemsGroup: Of InvalidMarketTopologyRelationError, as with the components of a
                microgrid.
        """
        request = contracts.list_relations(
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
        )
