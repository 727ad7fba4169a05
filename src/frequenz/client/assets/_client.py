"""The client: a method for each call of the API."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, cast

from frequenz.api.platformassets.v1alpha1.platformassets_pb2_grpc import PlatformAssetsServiceStub
from frequenz.client.base.channel import ChannelOptions
from frequenz.client.base.client import BaseApiClient
from frequenz.client.base.exception import ApiClientError, ClientNotConnected
from frequenz.client.common.grid import DeliveryArea
from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId
from frequenz.client.common.microgrid.sensors import SensorId
from google.protobuf.message import Message

from ._call import ApiVersion, Calls
from ._market import (
    Gridpool,
    GridpoolEnergySchedule,
    GridpoolEnergyScheduleDirection,
    MarketParticipationType,
    MarketTopologyRelation,
)
from ._microgrid import Microgrid
from ._report import (
    COMPONENT,
    CONNECTION,
    GRIDPOOL,
    MICROGRID,
    RELATION,
    SCHEDULE,
    SENSOR,
    errors_in,
    log_findings,
    settle,
)
from ._sensor import Sensor
from ._time import Interval
from ._wire import contracts
from ._wire.component import decode_component, decode_connection
from ._wire.findings import decode_all
from ._wire.market import decode_gridpool, decode_relation, decode_schedule
from ._wire.microgrid import decode_microgrid
from ._wire.sensor import decode_sensor
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

DEFAULT_PORT: Final = 9090


class AssetsApiClient(BaseApiClient[PlatformAssetsServiceStub]):
    """A client of the Assets API.

    Use it as an asynchronous context manager, or call `disconnect()` when done:

    ```python
    async with AssetsApiClient("grpc://localhost:9090?ssl=false") as client:
        microgrid = await client.get_microgrid(MicrogridId(101))
    ```
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
            PlatformAssetsServiceStub,
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

    async def get_microgrid(
        self, microgrid_id: MicrogridId, *, raise_on_errors: bool = False
    ) -> Microgrid:
        """Return one microgrid.

        Args:
            microgrid_id: Which one.
            raise_on_errors: Whether to raise what is wrong with the data, instead of logging it.

        Raises:
            ApiClientError: If the call fails; EntityNotFound if there is no such microgrid.
            InvalidMicrogridError: If the microgrid has major findings, and `raise_on_errors`.
        """
        operation = "GetMicrogrid"
        request = contracts.get_microgrid(microgrid_id)
        reply = await self._ask(operation, request)
        if not reply.HasField("microgrid"):
            raise ApiClientError(
                server_url=self.server_url,
                operation=operation,
                description=f"The reply for microgrid {request.microgrid_id} holds no microgrid",
                retryable=False,
            )
        decoded = decode_all([reply.microgrid], decode_microgrid)
        if raise_on_errors and (errors := errors_in(decoded, MICROGRID)):
            raise errors[0]
        log_findings(decoded, call=f"{operation}({microgrid_id})")
        return decoded.items[0]

    async def list_microgrid_electrical_components(
        self,
        microgrid_id: MicrogridId,
        component_ids: Iterable[ElectricalComponentId] = (),
        categories: Iterable[ElectricalComponentCategory | int] = (),
        *,
        raise_on_errors: bool = False,
    ) -> list[ElectricalComponent]:
        """Return the electrical components of a microgrid, in the server's order.

        A component must match both filters; an empty filter lets everything through.

        Args:
            microgrid_id: Whose components.
            component_ids: Which components.
            categories: Components of which categories.
            raise_on_errors: Whether to raise what is wrong with the data, instead of logging it.

        Raises:
            ApiClientError: If the call fails; EntityNotFound if there is no such microgrid.
            ExceptionGroup: Of InvalidElectricalComponentError, one for each component that has
                major findings, if there are any, and `raise_on_errors`.
        """
        operation = "ListMicrogridElectricalComponents"
        request = contracts.list_components(microgrid_id, component_ids, categories)
        reply = await self._ask(operation, request)
        return settle(
            decode_all(reply.components, decode_component),
            COMPONENT,
            call=f"{operation}({microgrid_id})",
            raise_on_errors=raise_on_errors,
        )

    async def list_microgrid_electrical_component_connections(
        self,
        microgrid_id: MicrogridId,
        source_component_ids: Iterable[ElectricalComponentId] = (),
        destination_component_ids: Iterable[ElectricalComponentId] = (),
        *,
        raise_on_errors: bool = False,
    ) -> list[ComponentConnection]:
        """Return the connections between a microgrid's components, in the server's order.

        A connection must match both filters; an empty filter lets everything through.

        Args:
            microgrid_id: Whose connections.
            source_component_ids: Connections from which components.
            destination_component_ids: Connections to which components.
            raise_on_errors: Whether to raise what is wrong with the data, instead of logging it.

        Raises:
            ApiClientError: If the call fails; EntityNotFound if there is no such microgrid.
            ExceptionGroup: Of InvalidConnectionError, one for each connection that has major
                findings, if there are any, and `raise_on_errors`.
        """
        operation = "ListMicrogridElectricalComponentConnections"
        request = contracts.list_connections(
            microgrid_id, source_component_ids, destination_component_ids
        )
        reply = await self._ask(operation, request)
        return settle(
            decode_all(reply.connections, decode_connection),
            CONNECTION,
            call=f"{operation}({microgrid_id})",
            raise_on_errors=raise_on_errors,
        )

    async def list_microgrids(
        self,
        microgrid_ids: Iterable[MicrogridId] = (),
        gridpool_ids: Iterable[int] = (),
        *,
        raise_on_errors: bool = False,
    ) -> list[Microgrid]:
        """Return the microgrids that the caller may see, in the server's order.

        A microgrid must match both filters; an empty filter lets everything through.

        Args:
            microgrid_ids: Which microgrids.
            gridpool_ids: Microgrids that take part in which gridpools.
            raise_on_errors: Whether to raise what is wrong with the data, instead of logging it.

        Raises:
            ApiClientError: If the call fails.
            ExceptionGroup: Of InvalidMicrogridError, as with the components of a microgrid.
        """
        operation = "ListMicrogrids"
        request = contracts.list_microgrids(microgrid_ids, gridpool_ids)
        reply = await self._ask(operation, request)
        return settle(
            decode_all(reply.microgrids, decode_microgrid),
            MICROGRID,
            call=operation,
            raise_on_errors=raise_on_errors,
        )

    async def list_microgrid_sensors(
        self,
        microgrid_id: MicrogridId,
        sensor_ids: Iterable[SensorId] = (),
        *,
        raise_on_errors: bool = False,
    ) -> list[Sensor]:
        """Return the sensors of a microgrid, in the server's order.

        Args:
            microgrid_id: Whose sensors.
            sensor_ids: Which sensors; none = all.
            raise_on_errors: Whether to raise what is wrong with the data, instead of logging it.

        Raises:
            ApiClientError: If the call fails; EntityNotFound if there is no such microgrid.
            ExceptionGroup: Of InvalidSensorError, as with the components of a microgrid.
        """
        operation = "ListMicrogridSensors"
        request = contracts.list_sensors(microgrid_id, sensor_ids)
        reply = await self._ask(operation, request)
        return settle(
            decode_all(reply.sensors, decode_sensor),
            SENSOR,
            call=f"{operation}({microgrid_id})",
            raise_on_errors=raise_on_errors,
        )

    async def list_gridpools(
        self, gridpool_ids: Iterable[int] = (), *, raise_on_errors: bool = False
    ) -> list[Gridpool]:
        """Return the gridpools that the caller may see, in the server's order.

        Args:
            gridpool_ids: Which gridpools; none = all.
            raise_on_errors: Whether to raise what is wrong with the data, instead of logging it.

        Raises:
            ApiClientError: If the call fails.
            ExceptionGroup: Of InvalidGridpoolError, as with the components of a microgrid.
        """
        operation = "ListGridpools"
        request = contracts.list_gridpools(gridpool_ids)
        reply = await self._ask(operation, request)
        return settle(
            decode_all(reply.gridpools, decode_gridpool),
            GRIDPOOL,
            call=operation,
            raise_on_errors=raise_on_errors,
        )

    async def list_gridpool_energy_schedules(
        self,
        gridpool_id: int,
        schedule_ids: Iterable[int] = (),
        directions: Iterable[GridpoolEnergyScheduleDirection | int] = (),
        *,
        time_series_interval: Interval | None = None,
        effective_validity_period: Interval | None = None,
        raise_on_errors: bool = False,
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
            raise_on_errors: Whether to raise what is wrong with the data, instead of logging it.

        Raises:
            ApiClientError: If the call fails.
            ExceptionGroup: Of InvalidGridpoolEnergyScheduleError, as with the components of a
                microgrid.
        """
        operation = "ListGridpoolEnergySchedules"
        request = contracts.list_schedules(
            gridpool_id, schedule_ids, directions, time_series_interval, effective_validity_period
        )
        reply = await self._ask(operation, request)
        return settle(
            decode_all(reply.schedules, decode_schedule),
            SCHEDULE,
            call=f"{operation}({gridpool_id})",
            raise_on_errors=raise_on_errors,
        )

    async def list_market_topology_relations(
        self,
        *,
        gridpool_ids: Iterable[int] = (),
        microgrid_ids: Iterable[MicrogridId] = (),
        market_location_id_values: Iterable[str] = (),
        delivery_areas: Iterable[DeliveryArea] = (),
        participation_types: Iterable[MarketParticipationType | int] = (),
        raise_on_errors: bool = False,
    ) -> list[MarketTopologyRelation]:
        """Return how gridpools, microgrids and market locations belong together.

        A relation must match all filters; an empty filter lets everything through.

        Args:
            gridpool_ids: Relations of which gridpools.
            microgrid_ids: Relations of which microgrids.
            market_location_id_values: Relations of the market locations with which identifiers.
            delivery_areas: Relations in which delivery areas, by code and type.
            participation_types: Relations that take part in one of which markets.
            raise_on_errors: Whether to raise what is wrong with the data, instead of logging it.

        Raises:
            ApiClientError: If the call fails.
            ExceptionGroup: Of InvalidMarketTopologyRelationError, as with the components of a
                microgrid.
        """
        operation = "ListMarketTopologyRelations"
        request = contracts.list_relations(
            gridpool_ids,
            microgrid_ids,
            market_location_id_values,
            delivery_areas,
            participation_types,
        )
        reply = await self._ask(operation, request)
        return settle(
            decode_all(reply.relations, decode_relation),
            RELATION,
            call=operation,
            raise_on_errors=raise_on_errors,
        )
