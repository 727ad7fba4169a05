"""What records the calls of a server, and lets them go wrong."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

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
_STATUSES: Final[dict[int, grpc.StatusCode]] = {it.value[0]: it for it in grpc.StatusCode}


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

            async def right_answer() -> bytes:
                reply: bytes = await handler.unary_unary(data, context)
                if request is not None:
                    for spoiled in self._faults.spoiled_replies:
                        reply = spoiled.reply(method, request, reply)
                return reply

            try:
                reply = await self._faults.answer(method, Asked(context, self._proxy), right_answer)
            except grpc.aio.AbortError:
                code: Any = context.code()
                call.status = code if isinstance(code, grpc.StatusCode) else _STATUSES[code]
                raise
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
