"""A server with fixed replies, which may be any bytes."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import NamedTuple

import grpc
import grpc.aio
from harness.shared.servers import serving

from frequenz.client.assets.testing._handlers import bytes_handler

from .raw import SERVICE


class Status(NamedTuple):
    """An error status."""

    code: grpc.StatusCode
    trailing: tuple[tuple[str, str], ...] = ()


class Canned(grpc.GenericRpcHandler):
    """The answers to the calls of a service, which can be changed at any time."""

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
            fixed = self.answers[call]
            if isinstance(fixed, bytes):
                return fixed
            return await context.abort(fixed.code, "injected", fixed.trailing)

        return bytes_handler(answer)


@asynccontextmanager
async def answering(
    answers: Mapping[str, bytes | Status], *, service: str = SERVICE
) -> AsyncIterator[Canned]:
    """Run a server with the answers to some calls."""
    canned = Canned(answers, service)
    async with serving(canned) as canned.url:
        yield canned
