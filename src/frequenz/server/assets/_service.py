"""The calls of the API, answered from a store."""

import logging
import uuid
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeAlias, TypeVar

import grpc
import grpc.aio
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from google.protobuf.message import DecodeError, Message

from frequenz.client.assets._wire.contracts import SERVICE

from . import _replies
from ._stores import Store

RequestT = TypeVar("RequestT", bound=Message)
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
        return _replies.get_microgrid(_found(microgrid, request.microgrid_id))

    async def list_components(self, data: bytes) -> bytes:
        """Answer ListMicrogridElectricalComponents."""
        request = _parsed(platformassets_pb2.ListMicrogridElectricalComponentsRequest, data)
        components = await self._store.components(
            request.microgrid_id, request.filter.component_ids, request.filter.categories
        )
        return _replies.list_of(request.microgrid_id, _found(components, request.microgrid_id))

    async def list_connections(self, data: bytes) -> bytes:
        """Answer ListMicrogridElectricalComponentConnections."""
        request = _parsed(
            platformassets_pb2.ListMicrogridElectricalComponentConnectionsRequest, data
        )
        connections = await self._store.connections(
            request.microgrid_id,
            request.filter.source_component_ids,
            request.filter.destination_component_ids,
        )
        return _replies.list_of(request.microgrid_id, _found(connections, request.microgrid_id))


FoundT = TypeVar("FoundT")


def _found(answer: FoundT | None, microgrid_id: int) -> FoundT:
    if answer is None:
        raise RefusalError(grpc.StatusCode.NOT_FOUND, f"There is no microgrid {microgrid_id}.")
    return answer


def _parsed(request: type[RequestT], data: bytes) -> RequestT:
    try:
        return request.FromString(data)
    except DecodeError as error:
        raise RefusalError(
            grpc.StatusCode.INVALID_ARGUMENT,
            f"The {len(data)} bytes of the request are no {request.DESCRIPTOR.name}.",
        ) from error


def handlers(service: AssetsService) -> grpc.GenericRpcHandler:
    """Return what a gRPC server needs to offer the service."""
    calls: Final[dict[str, Handler]] = {
        "GetMicrogrid": service.get_microgrid,
        "ListMicrogridElectricalComponents": service.list_components,
        "ListMicrogridElectricalComponentConnections": service.list_connections,
    }
    # Without serializers, gRPC hands over the bytes themselves.
    return grpc.method_handlers_generic_handler(
        SERVICE,
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
