"""What records the calls of a server, and lets them go wrong."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, NoReturn

import grpc
import grpc.aio
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from google.protobuf.message import DecodeError, Message

from .._wire import first_generation, requests
from ._calls import Call, without_secrets
from ._faults import Asked, Context, Faults
from ._handlers import bytes_handler
from ._proxy import Proxy

_SERVICES: Final = (requests.SERVICE, first_generation.SERVICE)


class _RecordingContext:
    """The context of a call, which records its status before the client can have it."""

    def __init__(self, context: Context, call: Call) -> None:
        self._context = context
        self._call = call

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)

    async def abort(self, code: grpc.StatusCode, *arguments: Any, **named: Any) -> NoReturn:
        """End the call with a status."""
        self._call.status = code
        await self._context.abort(code, *arguments, **named)
        raise AssertionError("abort raises an error")


class Recorder(grpc.aio.ServerInterceptor):
    """Records calls, and lets the faults of a server happen."""

    def __init__(self, calls: list[Call], faults: Faults, proxy: Proxy) -> None:
        """Record in a list the calls that come through a proxy."""
        self._calls = calls
        self._faults = faults
        self._proxy = proxy

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Any]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Any:
        """Return the handler of a call."""
        handler = await continuation(handler_call_details)
        service, _, method = handler_call_details.method.strip("/").partition("/")
        if handler is None or service not in _SERVICES:
            return handler

        async def answer(data: bytes, context: Context) -> bytes:
            current = _current(service, method, data)
            request = _parse(method, current)
            metadata = without_secrets(context.invocation_metadata())
            call = Call(method, request, metadata, None)
            self._calls.append(call)

            recording: Any = _RecordingContext(context, call)

            async def plain_answer() -> bytes:
                reply: bytes = await handler.unary_unary(data, recording)
                return reply

            async def right_answer() -> bytes:
                if request is None:
                    return await plain_answer()
                return await self._faults._spoiled_reply(method, request, plain_answer)

            asked = Asked(recording, self._proxy)
            reply = await self._faults._answer(method, asked, right_answer)
            call.status = grpc.StatusCode.OK
            return reply

        return bytes_handler(answer)


def _current(service: str, method: str, data: bytes) -> bytes:
    """Return a request as one of the current generation, as far as it can be parsed."""
    try:
        is_first = service == first_generation.SERVICE
        return first_generation.to_current(method, data) if is_first else data
    except DecodeError:
        return data


def _parse(method: str, data: bytes) -> Message | None:
    request: type[Message] = getattr(platformassets_pb2, f"{method}Request")
    try:
        return request.FromString(data)
    except DecodeError:
        return None
