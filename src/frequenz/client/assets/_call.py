"""The one way that every call of the client goes: deadline, errors, and which contract."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, Literal, NamedTuple, TypeAlias, TypeVar, get_args

import grpc
import grpc.aio
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from frequenz.client.base.client import BaseApiClient, call_stub_method
from frequenz.client.base.exception import (
    ApiClientError,
    OperationCancelled,
    OperationNotImplemented,
    OperationTimedOut,
    ResourceExhausted,
    ServiceUnavailable,
)
from google.protobuf.message import DecodeError, Message

from ._wire import first_generation

ReplyT = TypeVar("ReplyT")

ApiVersion: TypeAlias = Literal["auto", "v1alpha1", "v1"]
"""Which generation of the API to speak: the current one, the first one, or what is there."""

TIMEOUT_SECONDS: Final = 60.0
"""How long one attempt of a call may take."""

_NO_ANSWER: Final = (OperationCancelled, OperationTimedOut, ServiceUnavailable)
"""The errors that tell nothing of what the server offers."""


_PUSHBACK: Final = "grpc-retry-pushback-ms"
"""Where a server says after how many ms to try again; a negative number = not at all."""


class Undecodable(NamedTuple):
    """A reply that is no message of its call."""

    size: int
    """How many bytes it has."""

    reason: str


class ReadableReplies:
    """A channel for a stub whose replies all arrive.

    gRPC gives None for a reply that its stub cannot decode; here it is an Undecodable.
    """

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._channel = channel

    def unary_unary(
        self, method: str, *, response_deserializer: Callable[[bytes], Any], **options: Any
    ) -> grpc.aio.UnaryUnaryMultiCallable[Any, Any]:
        """Return the function that makes a call."""

        def read(data: bytes) -> Any:
            try:
                return response_deserializer(data)
            except DecodeError as error:
                return Undecodable(len(data), str(error))

        return self._channel.unary_unary(method, response_deserializer=read, **options)


def _may_succeed_later(error: ApiClientError) -> bool:
    """Return whether the same call may succeed after a while."""
    if isinstance(error, ServiceUnavailable):
        return True
    if not isinstance(error, ResourceExhausted):
        return False
    told = [value for key, value in error.grpc_error.trailing_metadata() or () if key == _PUSHBACK]
    return any(str(value).isdecimal() for value in told)


class Calls:
    """The calls of one client."""

    def __init__(
        self, client: BaseApiClient[Any], stub_type: type[Any], api_version: ApiVersion
    ) -> None:
        """Make the calls of a client, whose stubs are of a type unless they are mocks.

        Raises:
            ValueError: If there is no such version.
        """
        if api_version not in get_args(ApiVersion):
            expected = ", ".join(get_args(ApiVersion))
            raise ValueError(f"api_version: expected one of {expected}, got {api_version!r}")
        self._client = client
        self._stub_type = stub_type
        self._api_version = api_version
        self._first_generation_channel: grpc.aio.Channel | None = None

    async def __call__(
        self, operation: str, request: Message, attempt: Callable[[float], Awaitable[ReplyT]]
    ) -> ReplyT:
        """Make a call.

        Args:
            operation: The name of the RPC.
            request: Its request, in the current generation.
            attempt: Makes the call once in the current generation, given its time in s.

        Raises:
            ClientNotConnected: If the client has no connection.
            GrpcError: If the server, or the way to it, answered with a status.
            ApiClientError: If the reply cannot be decoded.
        """
        if self._speaks_first():
            known: ReplyT = await self._first(operation, request)
            return known
        try:
            return await self._answer(operation, lambda: attempt(TIMEOUT_SECONDS))
        except OperationNotImplemented as error:
            if self._api_version != "auto" or not self._is_real():
                raise
            if operation not in first_generation.OPERATIONS:
                if await self._finds_first():
                    raise self._not_offered(operation) from error
                raise
            try:
                reply: ReplyT = await self._first(operation, request)
            except OperationNotImplemented:
                pass  # neither generation has it: what the current one said is raised
            except ApiClientError as answer:
                self._remember(answer)
                raise
            else:
                self._remember()
                return reply
            raise

    def _speaks_first(self) -> bool:
        """Return whether the server is known, or said, to speak the first generation."""
        if self._api_version == "v1":
            return True
        known = self._first_generation_channel
        return known is not None and self._client.is_connected and known is self._client.channel

    def _is_real(self) -> bool:
        """Return whether there is a connection on which another generation can be tried.

        With a stub or channel of somebody's own, a mock in a test for one, there is none.
        """
        client = self._client
        return (
            client.is_connected
            and isinstance(client.channel, grpc.aio.Channel)
            and isinstance(client._stub, self._stub_type)
        )

    def _remember(self, error: ApiClientError | None = None) -> None:
        """Remember that the server answered in the first generation, if the error is an answer."""
        if not isinstance(error, _NO_ANSWER):
            self._first_generation_channel = self._client.channel

    async def _finds_first(self) -> bool:
        """Return whether the server speaks only the first generation, which one call tells."""
        operation, request = "GetMicrogrid", platformassets_pb2.GetMicrogridRequest()
        stub: Any = self._client._stub
        try:
            await self._answer(
                operation,
                lambda: stub.GetMicrogrid(request, timeout=TIMEOUT_SECONDS),
            )
        except OperationNotImplemented:
            pass
        except ApiClientError:
            return False  # it speaks the current one, or says nothing
        else:
            return False
        try:
            await self._first(operation, request)
        except (OperationNotImplemented, *_NO_ANSWER):
            return False
        except ApiClientError as error:
            self._remember(error)
        else:
            self._remember()
        return True

    async def _first(self, operation: str, request: Message) -> Any:
        """Make a call in the first generation."""
        if operation not in first_generation.OPERATIONS:
            raise self._not_offered(operation)
        reply = getattr(platformassets_pb2, f"{operation}Response")
        data = first_generation.from_current(operation, request)

        async def attempt() -> Any:
            made = ReadableReplies(self._client.channel).unary_unary(
                f"/{first_generation.SERVICE}/{operation}",
                response_deserializer=reply.FromString,
            )
            return await made(data, timeout=TIMEOUT_SECONDS)

        return await self._answer(operation, attempt)

    async def _answer(self, operation: str, attempt: Callable[[], Awaitable[ReplyT]]) -> ReplyT:
        """Make one attempt."""
        try:
            reply = await call_stub_method(self._client, attempt, method_name=operation)
        except ApiClientError as error:
            error.is_retryable = _may_succeed_later(error)
            raise
        if reply is None:  # from a stub of somebody's own
            raise self._unreadable(operation, "The reply cannot be decoded")
        if isinstance(reply, Undecodable):
            raise self._unreadable(
                operation,
                f"The reply of {reply.size} bytes cannot be decoded: it is no {operation}Response"
                f" ({reply.reason})",
            )
        return reply

    def _unreadable(self, operation: str, description: str) -> ApiClientError:
        return ApiClientError(
            server_url=self._client.server_url,
            operation=operation,
            description=description,
            retryable=False,
        )

    def _not_offered(self, operation: str) -> OperationNotImplemented:
        sentence = (
            f"the server speaks the first generation of the API ({first_generation.PACKAGE}),"
            f" which has no {operation}; it offers {', '.join(sorted(first_generation.OPERATIONS))}"
        )
        return OperationNotImplemented(
            server_url=self._client.server_url,
            operation=operation,
            grpc_error=grpc.aio.AioRpcError(
                grpc.StatusCode.UNIMPLEMENTED,
                grpc.aio.Metadata(),
                grpc.aio.Metadata(),
                details=sentence,
            ),
        )
