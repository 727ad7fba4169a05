"""A server whose replies are written down beforehand."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import grpc
import grpc.aio
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2

from ._faults import Fault

_SERVICE = platformassets_pb2.DESCRIPTOR.services_by_name["PlatformAssetsService"]


@asynccontextmanager
async def serving(replies: Mapping[int, Fault]) -> AsyncIterator[str]:
    """Answer each call with the reply for the microgrid that it names; yield the URL."""

    async def answer(data: bytes, _: "grpc.aio.ServicerContext[bytes, bytes]") -> bytes:
        # Every request has the microgrid's id in the same field.
        number = platformassets_pb2.GetMicrogridRequest.FromString(data).microgrid_id
        return replies[number].reply

    # Without serializers, gRPC hands over the bytes themselves.
    handlers: dict[str, grpc.RpcMethodHandler[bytes, bytes]] = {
        method.name: grpc.unary_unary_rpc_method_handler(answer) for method in _SERVICE.methods
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
