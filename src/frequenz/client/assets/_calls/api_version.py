"""Making calls in the generation of the API that the server speaks."""

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
from .._transport.policy import CallPolicy
from .._wire.reply import Reply
from .attempt import Attempt, current_attempt, first_generation_attempt
from .funnel import MIN_SECONDS, Funnel
from .ready import wait_until_ready

if TYPE_CHECKING:
    from .._wire import first_generation
else:
    # Few servers still speak it.
    first_generation = lazy_module(".._wire.first_generation", __package__)

ApiVersion: TypeAlias = Literal["auto", "v1alpha1", "v1"]
"""The generation of the API: `v1alpha1` is the current one, `v1` the first, `auto` the server's."""

_INCONCLUSIVE: Final = (OperationCancelled, OperationTimedOut, ServiceUnavailable)
"""The errors that do not say what the server offers."""


class Calls:
    """The calls of one client."""

    def __init__(
        self,
        client: BaseApiClient[Any],
        policy: CallPolicy,
        *,
        stub_type: type[Any],
        api_version: ApiVersion,
        has_interceptors: bool,
    ) -> None:
        """Make the calls of a client.

        Args:
            client: The client.
            policy: How its calls are made.
            stub_type: The class of its stubs; others are a user's own, such as mocks.
            api_version: The generation of the API.
            has_interceptors: Whether calls pass interceptors of the user.

        Raises:
            ValueError: If there is no such version.
        """
        if api_version not in get_args(ApiVersion):
            expected = ", ".join(get_args(ApiVersion))
            raise ValueError(f"api_version: expected one of {expected}, got {api_version!r}")
        self._client = client
        self._stub_type = stub_type
        self._api_version = api_version
        self._has_interceptors = has_interceptors
        self._funnel = Funnel(client, policy, has_interceptors=has_interceptors)
        self._first_generation_channel: grpc.aio.Channel | None = None

    async def ready(self, timeout: float | None) -> None:
        """Wait for a connection: see `wait_until_ready`."""
        await wait_until_ready(self._client, self._funnel, timeout)

    async def make(self, operation: str, request: Message, timeout: float | None) -> Reply:
        """Make a call and return its reply.

        Args:
            operation: The name of the RPC.
            request: Its request, in the current generation.
            timeout: How long all attempts may take together, in s; None = forever.

        Raises:
            ApiClientError: If the call fails, see `Funnel.run`.
        """
        if self._speaks_first_generation():
            return await self._funnel.run(
                self._first_generation_attempt(operation, request), timeout
            )
        began = monotonic()
        channel = self._client._channel
        attempt = current_attempt(
            self._client, operation, request, has_interceptors=self._has_interceptors
        )
        try:
            return await self._funnel.run(attempt, timeout)
        except OperationNotImplemented as error:
            if self._api_version != "auto" or not self._can_fall_back():
                raise
            time_left = _time_left(began, timeout)
            if operation not in first_generation.OPERATIONS:
                if await self._detect_first_generation(channel, time_left):
                    raise self._not_offered_error(operation) from error
                raise
            reply = await self._try_first_generation(operation, request, channel, time_left)
            if reply is None:
                raise
            return reply

    async def _try_first_generation(
        self,
        operation: str,
        request: Message,
        channel: grpc.aio.Channel | None,
        time_left: Callable[[], float | None],
    ) -> Reply | None:
        """Return the reply of the first generation; None if the server does not speak it.

        Any answer but UNIMPLEMENTED shows that it does, which is remembered for the channel.
        """
        attempt = self._first_generation_attempt(operation, request)
        try:
            reply = await self._funnel.run(attempt, time_left())
        except OperationNotImplemented:
            return None
        except _INCONCLUSIVE:
            raise
        except ApiClientError:
            self._first_generation_channel = channel
            raise
        self._first_generation_channel = channel
        return reply

    def _speaks_first_generation(self) -> bool:
        """Return whether the server is known, or set, to speak the first generation."""
        if self._api_version == "v1":
            return True
        known = self._first_generation_channel
        return known is not None and known is self._client._channel

    def _can_fall_back(self) -> bool:
        """Return whether the first generation can be tried: not with a test's stub or channel."""
        client = self._client
        return isinstance(client._channel, grpc.aio.Channel) and isinstance(
            client._stub, self._stub_type
        )

    async def _detect_first_generation(
        self, channel: grpc.aio.Channel | None, time_left: Callable[[], float | None]
    ) -> bool:
        """Return whether the server speaks only the first generation.

        GetMicrogrid tells, because both generations have it.
        """
        operation, request = "GetMicrogrid", platformassets_pb2.GetMicrogridRequest()
        current = current_attempt(
            self._client, operation, request, has_interceptors=self._has_interceptors
        )
        try:
            await self._funnel.run(current, time_left())
        except OperationNotImplemented:
            pass
        except ApiClientError:
            return False  # it speaks the current one, or does not answer
        else:
            return False
        try:
            reply = await self._try_first_generation(operation, request, channel, time_left)
        except _INCONCLUSIVE:
            return False
        except ApiClientError:
            return True
        return reply is not None

    def _first_generation_attempt(self, operation: str, request: Message) -> Attempt:
        if operation not in first_generation.OPERATIONS:
            raise self._not_offered_error(operation)
        return first_generation_attempt(
            self._client,
            operation,
            f"/{first_generation.SERVICE}/{operation}",
            first_generation.from_current(operation, request),
            has_interceptors=self._has_interceptors,
        )

    def _not_offered_error(self, operation: str) -> OperationNotImplemented:
        offered = ", ".join(sorted(first_generation.OPERATIONS))
        sentence = (
            f"the server speaks the first generation of the API ({first_generation.PACKAGE}),"
            f" which has no {operation}; it offers {offered}"
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


def _time_left(began: float, timeout: float | None) -> Callable[[], float | None]:
    """Return a function that returns how much of a timeout is left, in s."""
    if timeout is None:
        return lambda: None
    deadline = began + timeout
    return lambda: max(deadline - monotonic(), MIN_SECONDS)
