"""The RPCs of the API, answered from a store: call -> handler -> store -> serialized reply."""

import logging
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias, TypeVar

import grpc
import grpc.aio
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from google.protobuf.message import DecodeError, Message

from frequenz.client.assets._wire import first_generation, requests

from . import _replies
from ._callers import Scope
from ._callers.scoped_store import Owners, ScopedStore
from ._operation.call_record import CURRENT_CALL, current_scope
from ._reply_cache import ReplyCache
from ._stores import Store

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

    def __init__(self, store: Store) -> None:
        """Answer from a store."""
        self._store = store
        self._owners = Owners(store)
        self._cache = ReplyCache(store.revision)

    async def get_microgrid(self, call: Call) -> bytes:
        """Answer GetMicrogrid."""
        request = call.parse(platformassets_pb2.GetMicrogridRequest, "microgrid_id")

        async def read() -> bytes:
            microgrid = await self._visible(call).microgrid(request.microgrid_id)
            return _replies.get_microgrid_reply(_existing(microgrid, request.microgrid_id))

        return await self._cache.reply((type(request), call.data, call.scope), read)

    async def list_microgrids(self, call: Call) -> bytes:
        """Answer ListMicrogrids."""
        request = call.parse(platformassets_pb2.ListMicrogridsRequest)
        return await self._list(call, request, self._visible(call).microgrids)

    async def list_components(self, call: Call) -> bytes:
        """Answer ListMicrogridElectricalComponents."""
        message = platformassets_pb2.ListMicrogridElectricalComponentsRequest
        request = call.parse(message, "microgrid_id")
        return await self._list_of(
            call, request.microgrid_id, request, self._visible(call).components
        )

    async def list_connections(self, call: Call) -> bytes:
        """Answer ListMicrogridElectricalComponentConnections."""
        message = platformassets_pb2.ListMicrogridElectricalComponentConnectionsRequest
        request = call.parse(message, "microgrid_id")
        return await self._list_of(
            call, request.microgrid_id, request, self._visible(call).connections
        )

    async def list_sensors(self, call: Call) -> bytes:
        """Answer ListMicrogridSensors."""
        request = call.parse(platformassets_pb2.ListMicrogridSensorsRequest, "microgrid_id")
        return await self._list_of(call, request.microgrid_id, request, self._visible(call).sensors)

    async def list_gridpools(self, call: Call) -> bytes:
        """Answer ListGridpools."""
        request = call.parse(platformassets_pb2.ListGridpoolsRequest)
        return await self._list(call, request, self._visible(call).gridpools)

    async def list_energy_schedules(self, call: Call) -> bytes:
        """Answer ListGridpoolEnergySchedules; an unknown gridpool has no schedules."""
        request = call.parse(platformassets_pb2.ListGridpoolEnergySchedulesRequest, "gridpool_id")
        return await self._list_of(
            call, request.gridpool_id, request, self._visible(call).energy_schedules
        )

    async def list_relations(self, call: Call) -> bytes:
        """Answer ListMarketTopologyRelations."""
        request = call.parse(platformassets_pb2.ListMarketTopologyRelationsRequest)
        return await self._list(call, request, self._visible(call).relations)

    def _visible(self, call: Call) -> Store | ScopedStore:
        """Return what the caller sees of the store."""
        if call.scope is None:
            return self._store
        return ScopedStore(self._store, self._owners, call.scope)

    async def _list(
        self,
        call: Call,
        request: RequestT,
        select: Callable[[RequestT], Awaitable[Sequence[bytes]]],
    ) -> bytes:
        async def read() -> bytes:
            return _replies.list_reply(await select(request))

        return await self._cache.reply((type(request), call.data, call.scope), read)

    async def _list_of(
        self,
        call: Call,
        owner_id: int,
        request: RequestT,
        select: Callable[[RequestT], Awaitable[Sequence[bytes] | None]],
    ) -> bytes:
        """Return the reply with what a microgrid or gridpool has."""

        async def read() -> bytes:
            entities = _existing(await select(request), owner_id)
            return _replies.list_reply_with_owner(owner_id, entities)

        return await self._cache.reply((type(request), call.data, call.scope), read)


def _existing(result: ResultT | None, microgrid_id: int) -> ResultT:
    if result is None:
        raise RefusalError(grpc.StatusCode.NOT_FOUND, f"There is no microgrid {microgrid_id}.")
    return result


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
    """Return a handler for gRPC whose errors end the call with a status.

    Unexpected errors go to the log, and the caller gets an ID to find them there.
    """

    async def answer(data: bytes, context: Context) -> bytes:
        try:
            return await handler(Call(data, context, current_scope()))
        except RefusalError as refusal:
            status, details = refusal.status, refusal.details
        except Exception:  # the outermost guard: any other error is one of the server
            error_id = uuid.uuid4().hex
            _logger.exception("Error %s: %s failed", error_id, operation)
            if record := CURRENT_CALL.get():
                record.error_id = error_id
            status = grpc.StatusCode.INTERNAL
            details = f"Internal error {error_id}; the log of the server has the details."
        return await context.abort(status, details)

    return answer
