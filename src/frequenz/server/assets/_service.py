"""The calls of the API, answered from a store."""

import logging
import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias, TypeVar

import grpc
import grpc.aio
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from google.protobuf.message import DecodeError, Message

from frequenz.client.assets._wire import first_generation, requests

from . import _replies
from ._stores import Store

RequestT = TypeVar("RequestT", bound=Message)
AnswerT = TypeVar("AnswerT")
Handler: TypeAlias = Callable[[bytes], Awaitable[bytes]]

_logger = logging.getLogger("frequenz.server.assets")


class RefusalError(Exception):
    """A call is answered with a status instead of a reply."""

    def __init__(self, status: grpc.StatusCode, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


class AssetsService:
    """The calls of the API: each takes a serialized request and returns a serialized reply."""

    def __init__(self, store: Store) -> None:
        """Answer from a store."""
        self._store = store

    async def get_microgrid(self, data: bytes) -> bytes:
        """Answer GetMicrogrid."""
        request = _parsed(platformassets_pb2.GetMicrogridRequest, data)
        microgrid = await self._store.microgrid(request.microgrid_id)
        return _replies.get_microgrid(_of_microgrid(microgrid, request.microgrid_id))

    async def list_microgrids(self, data: bytes) -> bytes:
        """Answer ListMicrogrids."""
        request = _parsed(platformassets_pb2.ListMicrogridsRequest, data)
        return _replies.list_all(await self._store.microgrids(request))

    async def list_components(self, data: bytes) -> bytes:
        """Answer ListMicrogridElectricalComponents."""
        request = _parsed(platformassets_pb2.ListMicrogridElectricalComponentsRequest, data)
        components = await self._store.components(request)
        owner = request.microgrid_id
        return _replies.list_of(owner, _of_microgrid(components, owner))

    async def list_connections(self, data: bytes) -> bytes:
        """Answer ListMicrogridElectricalComponentConnections."""
        request = _parsed(
            platformassets_pb2.ListMicrogridElectricalComponentConnectionsRequest, data
        )
        connections = await self._store.connections(request)
        owner = request.microgrid_id
        return _replies.list_of(owner, _of_microgrid(connections, owner))

    async def list_sensors(self, data: bytes) -> bytes:
        """Answer ListMicrogridSensors."""
        request = _parsed(platformassets_pb2.ListMicrogridSensorsRequest, data)
        sensors = await self._store.sensors(request)
        owner = request.microgrid_id
        return _replies.list_of(owner, _of_microgrid(sensors, owner))

    async def list_gridpools(self, data: bytes) -> bytes:
        """Answer ListGridpools."""
        request = _parsed(platformassets_pb2.ListGridpoolsRequest, data)
        return _replies.list_all(await self._store.gridpools(request))

    async def list_energy_schedules(self, data: bytes) -> bytes:
        """Answer ListGridpoolEnergySchedules: an unknown gridpool has none."""
        request = _parsed(platformassets_pb2.ListGridpoolEnergySchedulesRequest, data)
        schedules = await self._store.energy_schedules(request)
        return _replies.list_of(request.gridpool_id, schedules)

    async def list_relations(self, data: bytes) -> bytes:
        """Answer ListMarketTopologyRelations."""
        request = _parsed(platformassets_pb2.ListMarketTopologyRelationsRequest, data)
        return _replies.list_all(await self._store.relations(request))


def _of_microgrid(answer: AnswerT | None, microgrid_id: int) -> AnswerT:
    if answer is None:
        raise RefusalError(grpc.StatusCode.NOT_FOUND, f"There is no microgrid {microgrid_id}.")
    return answer


def _parsed(request: type[RequestT], data: bytes) -> RequestT:
    try:
        return request.FromString(data)
    except DecodeError as error:
        raise _not_parsed(request.DESCRIPTOR.name, data) from error


def _not_parsed(name: str, data: bytes) -> RefusalError:
    return RefusalError(
        grpc.StatusCode.INVALID_ARGUMENT, f"The {len(data)} bytes of the request are no {name}."
    )


def handlers(service: AssetsService) -> tuple[grpc.GenericRpcHandler, ...]:
    """Return what a gRPC server needs to offer the service in both generations of the API."""
    calls: dict[str, Handler] = {
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
        operation: _from_first(operation, calls[operation])
        for operation in first_generation.OPERATIONS
    }
    return _offered(requests.SERVICE, calls), _offered(first_generation.SERVICE, first)


def _from_first(operation: str, handler: Handler) -> Handler:
    """Return a handler for the first generation's requests; its replies are the same bytes."""

    async def answer(data: bytes) -> bytes:
        try:
            request = first_generation.to_current(operation, data)
        except DecodeError as error:
            raise _not_parsed(f"{operation}Request", data) from error
        return await handler(request)

    return answer


def _offered(service: str, calls: Mapping[str, Handler]) -> grpc.GenericRpcHandler:
    # Without serializers, gRPC hands over the bytes themselves.
    return grpc.method_handlers_generic_handler(
        service,
        {
            name: grpc.unary_unary_rpc_method_handler(_guarded(name, handler))
            for name, handler in calls.items()
        },
    )


def _guarded(name: str, handler: Handler) -> Any:
    """Return a handler whose faults reach the log, and the caller only as an id."""

    async def answer(data: bytes, context: "grpc.aio.ServicerContext[bytes, bytes]") -> bytes:
        try:
            return await handler(data)
        except RefusalError as refusal:
            status, sentence = refusal.status, refusal.sentence
        except Exception:  # the outermost guard: whatever it is, it is the server's fault
            error_id = uuid.uuid4().hex
            _logger.exception("Error %s: %s failed", error_id, name)
            status, sentence = (
                grpc.StatusCode.INTERNAL,
                f"The server failed; its log has the reason as error {error_id}.",
            )
        return await context.abort(status, sentence)

    return answer
