"""Which generation of the API a server speaks, and calls in the first one."""

from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, get_args

import grpc.aio
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from frequenz.client.base.client import BaseApiClient
from frequenz.client.base.exception import (
    ApiClientError,
    OperationCancelled,
    OperationNotImplemented,
    OperationTimedOut,
    ServiceUnavailable,
)
from google.protobuf.message import Message

from .._lazy import lazy_module
from .._transport.channel import ReadableReplies
from .funnel import Calls
from .handshake import Attempt

if TYPE_CHECKING:
    from .._wire import first_generation
else:
    # Few servers speak it still.
    first_generation = lazy_module(".._wire.first_generation", __package__)

ApiVersion: TypeAlias = Literal["auto", "v1alpha1", "v1"]
"""Which generation of the API to speak: the current one, the first one, or what is there."""

_MOMENT: Final = 0.001

_NO_ANSWER: Final = (OperationCancelled, OperationTimedOut, ServiceUnavailable)
"""The errors that tell nothing of what the server offers."""


def _time_left(began: float, timeout: float | None) -> Callable[[], float | None]:
    """Return what tells how much of a time is left; a moment always is."""
    if timeout is None:
        return lambda: None
    deadline = began + timeout
    return lambda: max(deadline - monotonic(), _MOMENT)


class Generations:
    """The calls of one client, in the generation of the API that its server speaks."""

    def __init__(
        self,
        client: BaseApiClient[Any],
        calls: Calls,
        stub_type: type[Any],
        api_version: ApiVersion,
    ) -> None:
        """Make the calls of a client, whose stubs are of a type unless they are mocks.

        Raises:
            ValueError: If there is no such version.
        """
        if api_version not in get_args(ApiVersion):
            expected = ", ".join(get_args(ApiVersion))
            raise ValueError(f"api_version: expected one of {expected}, got {api_version!r}")
        self._client = client
        self._calls = calls
        self._stub_type = stub_type
        self._api_version = api_version
        self._first_generation_channel: grpc.aio.Channel | None = None

    async def __call__(
        self, operation: str, request: Message, attempt: Attempt, timeout: float | None
    ) -> Any:
        """Make a call and return its reply.

        Args:
            operation: The name of the RPC.
            request: Its request, in the current generation.
            attempt: Makes the call once in the current generation.
            timeout: How long all attempts may take together, in s; None = for ever.

        Raises:
            ApiClientError: If the call fails, as `Calls` tells.
        """
        began = monotonic()
        channel = self._client._channel
        if self._speaks_first():
            return await self._first(operation, request, timeout)
        try:
            return await self._calls(operation, attempt, timeout)
        except OperationNotImplemented as error:
            if self._api_version != "auto" or not self._is_real():
                raise
            left = _time_left(began, timeout)
            if operation not in first_generation.OPERATIONS:
                if await self._finds_first(channel, left):
                    raise self._not_offered(operation) from error
                raise
            try:
                reply = await self._first(operation, request, left())
            except OperationNotImplemented:
                pass  # neither generation has it: what the current one said is raised
            except ApiClientError as answer:
                self._remember(channel, answer)
                raise
            else:
                self._remember(channel)
                return reply
            raise

    def _speaks_first(self) -> bool:
        """Return whether the server is known, or said, to speak the first generation."""
        if self._api_version == "v1":
            return True
        known = self._first_generation_channel
        return known is not None and known is self._client._channel

    def _is_real(self) -> bool:
        """Return whether there is a connection on which another generation can be tried.

        With a stub or channel of somebody's own, a mock in a test for one, there is none.
        """
        client = self._client
        return isinstance(client._channel, grpc.aio.Channel) and isinstance(
            client._stub, self._stub_type
        )

    def _remember(
        self, channel: grpc.aio.Channel | None, error: ApiClientError | None = None
    ) -> None:
        """Remember that the server answered in the first generation, if the error is an answer."""
        if not isinstance(error, _NO_ANSWER):
            self._first_generation_channel = channel

    async def _finds_first(
        self, channel: grpc.aio.Channel | None, left: Callable[[], float | None]
    ) -> bool:
        """Return whether the server speaks only the first generation, which one call tells."""
        operation, request = "GetMicrogrid", platformassets_pb2.GetMicrogridRequest()
        stub: Any = self._client._stub
        try:
            await self._calls(
                operation, lambda **options: stub.GetMicrogrid(request, **options), left()
            )
        except OperationNotImplemented:
            pass
        except ApiClientError:
            return False  # it speaks the current one, or says nothing
        else:
            return False
        try:
            await self._first(operation, request, left())
        except (OperationNotImplemented, *_NO_ANSWER):
            return False
        except ApiClientError as error:
            self._remember(channel, error)
        else:
            self._remember(channel)
        return True

    async def _first(self, operation: str, request: Message, timeout: float | None) -> Any:
        """Make a call in the first generation."""
        if operation not in first_generation.OPERATIONS:
            raise self._not_offered(operation)
        reply = getattr(platformassets_pb2, f"{operation}Response")
        data = first_generation.from_current(operation, request)

        def attempt(**options: Any) -> Any:
            made = ReadableReplies(self._client.channel).unary_unary(
                f"/{first_generation.SERVICE}/{operation}",
                response_deserializer=reply.FromString,
            )
            return made(data, **options)

        return await self._calls(operation, attempt, timeout)

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
