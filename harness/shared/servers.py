"""gRPC servers on loopback."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import grpc
import grpc.aio

LOOPBACK: Final = "127.0.0.1"


def url_of(port: int) -> str:
    """Return the URL of a server on a port of this machine."""
    return f"grpc://{LOOPBACK}:{port}?ssl=false"


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


def called_operation(details: grpc.HandlerCallDetails) -> str:
    """Return the name of the operation that is called, without its service."""
    return details.method.rpartition("/")[2]


def bytes_handler(answer: Any) -> "grpc.RpcMethodHandler[bytes, bytes]":
    """Return the handler that an asynchronous function from bytes to bytes makes.

    Without serializers, gRPC hands over the bytes themselves; its types know only plain functions.
    """
    return grpc.unary_unary_rpc_method_handler(answer)
