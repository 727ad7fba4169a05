"""A server whose replies are written down beforehand, as bytes of any kind."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import grpc
import grpc.aio

from .raw import SERVICE


class Status(NamedTuple):
    """An answer that is no reply."""

    code: grpc.StatusCode
    trailing: tuple[tuple[str, str], ...] = ()


class Canned(grpc.GenericRpcHandler):
    """The answers to the calls of one service, to be changed at any time."""

    def __init__(self, answers: Mapping[str, bytes | Status], service: str) -> None:
        self.answers = dict(answers)
        self._service = service
        self.url = ""

    def service(
        self, handler_call_details: grpc.HandlerCallDetails
    ) -> "grpc.RpcMethodHandler[bytes, bytes] | None":
        _, service, call = handler_call_details.method.split("/")
        if service != self._service or call not in self.answers:
            return None

        async def answer(_: bytes, context: "grpc.aio.ServicerContext[bytes, bytes]") -> bytes:
            given = self.answers[call]
            if isinstance(given, bytes):
                return given
            return await context.abort(given.code, "as told", given.trailing)

        answering: Any = answer  # the types of gRPC know no asynchronous handlers
        return grpc.unary_unary_rpc_method_handler(answering)


@asynccontextmanager
async def answering(
    answers: Mapping[str, bytes | Status], *, service: str = SERVICE
) -> AsyncIterator[Canned]:
    """Run a server with an answer to each of some calls."""
    canned = Canned(answers, service)
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((canned,))
    port = server.add_insecure_port("127.0.0.1:0")
    canned.url = f"grpc://127.0.0.1:{port}?ssl=false"
    await server.start()
    try:
        yield canned
    finally:
        await server.stop(None)
