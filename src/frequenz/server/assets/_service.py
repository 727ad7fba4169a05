"""The RPCs of the API, answered from a store: call -> handler -> store -> serialized reply."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypeAlias, TypeVar

import grpc
import grpc.aio
from frequenz.api.common.v1alpha8.types import interval_pb2
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from google.protobuf.message import DecodeError, Message

from frequenz.client.assets._wire import first_generation, requests

from . import _replies
from ._callers import Scope
from ._callers.scoped_selection import scoped
from ._operation.call_record import current_scope
from ._reply_cache import ReplyCache
from ._stores import Store, UnavailableError
from ._stores.queries import select
from ._stores.selection import SELECTIONS, FilterTooLargeError
from ._stores.store import Query
from ._stores.time_series import clip_all

RequestT = TypeVar("RequestT", bound=Message)
ResultT = TypeVar("ResultT")
Context: TypeAlias = "grpc.aio.ServicerContext[bytes, bytes]"

_logger = logging.getLogger("frequenz.server.assets")


class RefusalError(Exception):
    """A call ends with a status instead of a reply."""

    def __init__(self, status: grpc.StatusCode, details: str) -> None:
        super().__init__(details)
        self.status = status
        self.details = details


class Call(NamedTuple):
    """A call of an RPC, as a handler gets it."""

    data: bytes
    """The serialized request."""

    context: Context
    """What gRPC knows about the call: metadata, peer, deadline."""

    scope: Scope | None = None
    """What the caller may see; None = everything."""

    def parse(self, request: type[RequestT], mandatory: str = "") -> RequestT:
        """Return the request.

        Args:
            request: The class of the request.
            mandatory: The name of a field with an ID that the request must have.

        Raises:
            RefusalError: If the data is not a valid request, or the mandatory field is 0, which in
                Protocol Buffers is the same as missing.
        """
        try:
            parsed = request.FromString(self.data)
        except DecodeError as error:
            raise _invalid(request.DESCRIPTOR.name, self.data) from error
        if mandatory and not getattr(parsed, mandatory):
            raise RefusalError(grpc.StatusCode.INVALID_ARGUMENT, f"{mandatory} is missing.")
        return parsed


Handler: TypeAlias = Callable[[Call], Awaitable[bytes]]


class AssetsService:
    """A handler for each RPC of the API: takes a call, returns a serialized reply."""

    def __init__(
        self,
        store: Store,
        *,
        is_loaded: bool = True,
        on_query: Callable[[float], None] | None = None,
    ) -> None:
        """Answer from a store.

        Args:
            store: The store.
            is_loaded: Whether it has the inventory; calls are UNAVAILABLE until it is set.
            on_query: Called with the time that each query takes, in s.
        """
        self._store = store
        self._on_query = on_query
        self.is_loaded = is_loaded
        self.revision: int | None = None
        """The revision to serve; None = always the newest one."""
        self._cache = ReplyCache(store.revision)

    async def get_microgrid(self, call: Call) -> bytes:
        """Answer GetMicrogrid."""
        message = platformassets_pb2.GetMicrogridRequest
        return await self._reply(call, message, self._read_microgrid, "microgrid_id")

    async def list_microgrids(self, call: Call) -> bytes:
        """Answer ListMicrogrids."""
        return await self._reply(call, platformassets_pb2.ListMicrogridsRequest, self._read_list)

    async def list_components(self, call: Call) -> bytes:
        """Answer ListMicrogridElectricalComponents."""
        message = platformassets_pb2.ListMicrogridElectricalComponentsRequest
        return await self._reply(call, message, self._read_list_of_microgrid, "microgrid_id")

    async def list_connections(self, call: Call) -> bytes:
        """Answer ListMicrogridElectricalComponentConnections."""
        message = platformassets_pb2.ListMicrogridElectricalComponentConnectionsRequest
        return await self._reply(call, message, self._read_list_of_microgrid, "microgrid_id")

    async def list_sensors(self, call: Call) -> bytes:
        """Answer ListMicrogridSensors."""
        message = platformassets_pb2.ListMicrogridSensorsRequest
        return await self._reply(call, message, self._read_list_of_microgrid, "microgrid_id")

    async def list_gridpools(self, call: Call) -> bytes:
        """Answer ListGridpools."""
        return await self._reply(call, platformassets_pb2.ListGridpoolsRequest, self._read_list)

    async def list_energy_schedules(self, call: Call) -> bytes:
        """Answer ListGridpoolEnergySchedules; an unknown gridpool has no schedules."""
        message = platformassets_pb2.ListGridpoolEnergySchedulesRequest
        return await self._reply(call, message, self._read_schedules, "gridpool_id")

    async def list_relations(self, call: Call) -> bytes:
        """Answer ListMarketTopologyRelations."""
        message = platformassets_pb2.ListMarketTopologyRelationsRequest
        return await self._reply(call, message, self._read_list)

    async def _reply(
        self,
        call: Call,
        message: type[RequestT],
        read: Callable[[Call, RequestT], Awaitable[bytes]],
        mandatory: str = "",
    ) -> bytes:
        """Return the reply to the same request if it is kept, or else parse it and read the reply.

        Args:
            call: The call.
            message: The class of its request.
            read: Reads the reply from the store.
            mandatory: As for `Call.parse`.
        """
        key = message.__name__, call.data, call.scope
        return await self._cache.reply(key, lambda: read(call, call.parse(message, mandatory)))

    async def _read_microgrid(
        self, call: Call, request: platformassets_pb2.GetMicrogridRequest
    ) -> bytes:
        found = await self._timed(self._store.fetch_one(self._query(call, request)))
        if found is None:
            raise _no_microgrid(request.microgrid_id)
        return _replies.entity_fields(_replies.ENTITIES, (found[0],))

    async def _read_list(self, call: Call, request: Message) -> bytes:
        return await self._fields(call, request, _replies.ENTITIES) or b""

    async def _read_list_of_microgrid(self, call: Call, request: Any) -> bytes:
        fields = await self._fields(call, request, _replies.ENTITIES_OF_OWNER)
        if fields is None:
            raise _no_microgrid(request.microgrid_id)
        return _replies.owner_field(request.microgrid_id) + fields

    async def _read_schedules(
        self, call: Call, request: platformassets_pb2.ListGridpoolEnergySchedulesRequest
    ) -> bytes:
        owner = _replies.owner_field(request.gridpool_id)
        if not request.filter.HasField("time_series_interval"):
            fields = await self._fields(call, request, _replies.ENTITIES_OF_OWNER)
            return owner + (fields or b"")
        records = await self._timed(self._store.fetch(self._query(call, request)))
        schedules = [schedule for schedule, _ in records]
        interval = request.filter.time_series_interval
        return owner + await asyncio.to_thread(_clipped, schedules, interval)

    async def _fields(self, call: Call, request: Message, number: int) -> bytes | None:
        """Return what a request selects as fields of the reply.

        None if it is about a microgrid that does not exist.
        """
        return await self._timed(self._store.fetch_fields(self._query(call, request), number))

    def _query(self, call: Call, request: Message) -> Query:
        if not self.is_loaded:
            text = "The inventory is being loaded; try again later."
            raise RefusalError(grpc.StatusCode.UNAVAILABLE, text)
        try:
            selection = SELECTIONS[type(request)](request)
        except FilterTooLargeError as error:
            raise RefusalError(grpc.StatusCode.INVALID_ARGUMENT, f"{error}.") from error
        if call.scope is not None:
            selection = scoped(selection, call.scope)
        return select(selection, self.revision)

    async def _timed(self, query: Awaitable[ResultT]) -> ResultT:
        """Return the result of a query, and count how long it takes."""
        began = time.monotonic()
        result = await query
        if self._on_query is not None:
            self._on_query(time.monotonic() - began)
        return result


def _clipped(schedules: Iterable[bytes], interval: interval_pb2.Interval) -> bytes:
    return _replies.entity_fields(_replies.ENTITIES_OF_OWNER, clip_all(schedules, interval))


def _no_microgrid(microgrid_id: int) -> RefusalError:
    return RefusalError(grpc.StatusCode.NOT_FOUND, f"There is no microgrid {microgrid_id}.")


def _invalid(name: str, data: bytes) -> RefusalError:
    return RefusalError(
        grpc.StatusCode.INVALID_ARGUMENT, f"Invalid {name}: cannot parse its {len(data)} bytes."
    )


def handlers(service: AssetsService) -> tuple[grpc.GenericRpcHandler, ...]:
    """Return the handlers of a service for gRPC, in both generations of the API."""
    current: dict[str, Handler] = {
        "GetMicrogrid": service.get_microgrid,
        "ListGridpoolEnergySchedules": service.list_energy_schedules,
        "ListGridpools": service.list_gridpools,
        "ListMarketTopologyRelations": service.list_relations,
        "ListMicrogridElectricalComponentConnections": service.list_connections,
        "ListMicrogridElectricalComponents": service.list_components,
        "ListMicrogridSensors": service.list_sensors,
        "ListMicrogrids": service.list_microgrids,
    }
    first = {
        operation: _from_first_generation(operation, current[operation])
        for operation in first_generation.OPERATIONS
    }
    return (
        _generic_handler(requests.SERVICE, current),
        _generic_handler(first_generation.SERVICE, first),
    )


def _from_first_generation(operation: str, handler: Handler) -> Handler:
    """Return a handler for first-generation requests; their replies are the same bytes."""

    async def answer(call: Call) -> bytes:
        try:
            data = first_generation.to_current(operation, call.data)
        except DecodeError as error:
            raise _invalid(f"{operation}Request", call.data) from error
        return await handler(call._replace(data=data))

    return answer


def _generic_handler(service: str, by_operation: Mapping[str, Handler]) -> grpc.GenericRpcHandler:
    # Without serializers, gRPC passes the bytes as they are.
    return grpc.method_handlers_generic_handler(
        service,
        {
            operation: grpc.unary_unary_rpc_method_handler(_with_status(operation, handler))
            for operation, handler in by_operation.items()
        },
    )


def _with_status(operation: str, handler: Handler) -> Any:
    """Return a handler for gRPC whose expected errors end the call with a status."""

    async def answer(data: bytes, context: Context) -> bytes:
        try:
            return await handler(Call(data, context, current_scope()))
        except RefusalError as refusal:
            status, details = refusal.status, refusal.details
        except UnavailableError as error:
            _logger.warning("%s failed: %s", operation, error)
            status = grpc.StatusCode.UNAVAILABLE
            details = "The database is not available at the moment."
        return await context.abort(status, details)

    return answer
