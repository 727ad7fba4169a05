"""A server whose replies are written down beforehand."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import grpc
import grpc.aio
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from google.protobuf.message import Message

from ._faults import Fault

_SERVICE = platformassets_pb2.DESCRIPTOR.services_by_name["PlatformAssetsService"]


@asynccontextmanager
async def serving(replies: Mapping[int, Fault]) -> AsyncIterator[str]:
    """Answer each call with the reply for the number that it holds; yield the URL."""

    async def answer(request: Message, _: "grpc.aio.ServicerContext[Message, bytes]") -> bytes:
        return replies[_number(request)].reply

    # Without a serializer, gRPC takes the bytes themselves.
    handlers: dict[str, grpc.RpcMethodHandler[Any, bytes]] = {
        method.name: grpc.unary_unary_rpc_method_handler(
            answer, getattr(platformassets_pb2, method.input_type.name).FromString
        )
        for method in _SERVICE.methods
    }
    server = grpc.aio.server()
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler(_SERVICE.full_name, handlers),)
    )
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield f"grpc://127.0.0.1:{port}?ssl=false"
    finally:
        await server.stop(None)


def _number(request: Message) -> int:
    """Return the one number that a request holds: by itself, or in its filter."""
    ((_, held),) = request.ListFields()
    if isinstance(held, Message):
        return _number(held)
    (number,) = [held] if isinstance(held, int) else held
    return int(number)
