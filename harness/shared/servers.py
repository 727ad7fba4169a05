"""gRPC servers on loopback."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import grpc
import grpc.aio

from frequenz.client.assets.testing._handlers import bytes_handler, called_operation
from frequenz.client.assets.testing._proxy import LOOPBACK, url_of


@asynccontextmanager
async def serving(
    *handlers: grpc.GenericRpcHandler, port: int = 0, options: Sequence[tuple[str, int]] = ()
) -> AsyncIterator[str]:
    """Serve on a port, a free one for 0, and yield the URL."""
    server = grpc.aio.server(options=[("grpc.max_send_message_length", -1), *options])
    server.add_generic_rpc_handlers(handlers)
    port = server.add_insecure_port(f"{LOOPBACK}:{port}")
    await server.start()
    try:
        yield url_of(port)
    finally:
        await server.stop(None)


class CannedReplies(grpc.GenericRpcHandler):
    """Answers every call with bytes that are prepared."""

    def __init__(self, reply: Callable[[str, bytes], bytes]) -> None:
        """Answer with what a function returns for the operation and the bytes of the request."""
        self._reply = reply

    def service(
        self, handler_call_details: grpc.HandlerCallDetails
    ) -> "grpc.RpcMethodHandler[bytes, bytes]":
        """Return the handler of a call."""
        operation = called_operation(handler_call_details)

        async def answer(request: bytes, _: object) -> bytes:
            return self._reply(operation, request)

        return bytes_handler(answer)
