"""From the URL of a server to a gRPC channel."""

import asyncio
import logging
import warnings
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Final, NamedTuple
from weakref import ReferenceType

import grpc
import grpc.aio
from frequenz.client.base.authentication import AuthenticationInterceptorUnaryUnary
from frequenz.client.base.channel import ChannelOptions
from frequenz.client.base.signing import SigningInterceptorUnaryUnary
from google.protobuf.message import DecodeError

from .credentials import channel_credentials, check_key
from .policy import CallPolicy, Transport
from .url import Pings, Server, read_url

_logger = logging.getLogger("frequenz.client.assets")

_FIRST_RECONNECT_MS: Final = 100
_MAX_RECONNECT_MS: Final = 1000
"""gRPC adds up to a fifth at random: after an outage, 1.2 s go by until the next try, at most."""

_MIN_PING_MS: Final = 20_000
_TOLERATED_PING_MS: Final = 300_000
_PONG_MS: Final = 5_000

_WINDOW_SIZE: Final = 256 * 1024
"""How much of replies may be on its way, in bytes: a link of 52 kB/s has it through in 5 s."""

_MAX_REQUEST_SIZE: Final = 4 * 2**20
"""What a default server takes, in bytes."""


class UndecodableReply(NamedTuple):
    """A reply that is not a valid message of its call."""

    size: int
    """In bytes."""

    reason: str


class DecodingChannel:
    """A channel for a stub: calls return messages, or an UndecodableReply, where gRPC returns None.

    `raw_method` gives the same calls with the bytes that arrive.
    """

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._channel = channel

    def unary_unary(
        self, method: str, *, response_deserializer: Callable[[bytes], Any], **options: Any
    ) -> Callable[..., Any]:
        """Return the function that makes a call."""

        def decode(data: bytes) -> Any:
            try:
                return response_deserializer(data)
            except (DecodeError, UnicodeDecodeError) as error:  # the latter without upb
                return UndecodableReply(len(data), str(error))

        return _Method(
            self._channel.unary_unary(method, response_deserializer=decode, **options),
            self._channel.unary_unary(method, **options),
        )


class _Method:
    """The function that makes a call, and beside it the one that returns bytes."""

    __slots__ = ("_decoding", "raw")

    def __init__(self, decoding: Callable[..., Any], raw: Callable[..., Any]) -> None:
        self._decoding = decoding
        self.raw = raw

    def __call__(self, *args: Any, **options: Any) -> Any:
        return self._decoding(*args, **options)


def raw_method(method: Any) -> Any:
    """Return the method of a stub with replies as bytes; a user's own method, a mock, as it is."""
    return method.raw if isinstance(method, _Method) else method


class ChannelFactory:
    """Opens channels; everything is checked before."""

    def __init__(
        self,
        server_url: str,
        defaults: ChannelOptions,
        transport: Transport,
        policy: CallPolicy,
        *,
        auth_key: str | None,
        sign_secret: str | None,
    ) -> None:
        """Check everything.

        Raises:
            TypeError, ValueError: If something is invalid; it is named.
        """
        server = read_url(server_url, defaults)
        check_key(auth_key, sign_secret)
        has_no_name = server.is_balanced and server.target.startswith("ipv")
        if server.tls is not None and has_no_name and transport.authority is None:
            raise ValueError(
                "server_url: host: several addresses with TLS need Transport(authority=NAME), the"
                " name in the servers' certificates"
            )
        self._target = server.target
        self._credentials = None if server.tls is None else channel_credentials(server.tls)
        self._options = _options(server, transport, policy)
        self._pings = server.pings
        self._usual = _ping_ms(policy.timeout)
        self._compression = transport.compression
        self._interceptors = _interceptors(transport, auth_key, sign_secret)
        if auth_key is not None and server.tls is None and not server.is_loopback:
            _logger.warning(
                "The key goes to another machine in plain text, where others can read it;"
                " give ssl=true in the URL if the server speaks TLS"
            )

    @property
    def has_tls(self) -> bool:
        """Whether the channel speaks TLS."""
        return self._credentials is not None

    def ping_ms(self, timeout: float | None) -> int:
        """Return how often to ping during calls of a timeout; they share a channel."""
        usual = self._usual
        if self._pings is not True or (timeout is not None and timeout * 1000 <= 3 * usual):
            return usual
        return max(usual, _ping_ms(timeout))

    def open(self, ping_ms: int) -> grpc.aio.Channel:
        """Return a new channel, for the event loop that is running."""
        pings = _ping_options(ping_ms, _PONG_MS) if self._pings is True else {}
        given = (*{**pings, **self._options}.items(),)
        if self._credentials is None:
            return grpc.aio.insecure_channel(
                self._target, given, self._compression, self._interceptors
            )
        return grpc.aio.secure_channel(
            self._target, self._credentials, given, self._compression, self._interceptors
        )


def _ping_ms(timeout: float | None) -> int:
    """Return how often to ping during calls of a timeout.

    Every 20 s, so that a dead connection is noticed. A default server takes three pings a call and
    bans who sends more, but for those that are five minutes apart: longer calls ping less often.
    """
    interval = _MIN_PING_MS
    while interval < _TOLERATED_PING_MS and (timeout is None or 3 * interval < timeout * 1000):
        interval *= 2
    return min(interval, _TOLERATED_PING_MS)


@cache
def _user_agent() -> str:
    """Return what this client calls itself; finding its version takes reading a file."""
    from importlib.metadata import version  # noqa: PLC0415 - it takes a tenth of all imports

    return f"frequenz-client-assets/{version('frequenz-client-assets')}"


def _ping_options(interval_ms: int, pong_ms: int) -> dict[str, int | str]:
    return {
        "grpc.keepalive_time_ms": interval_ms,
        "grpc.keepalive_timeout_ms": pong_ms,
        # What really ends a connection whose pings are not answered: by default after 60 s.
        "grpc.http2.ping_timeout_ms": pong_ms,
    }


_WAITING: Final = '"methodConfig": [{"name": [{}], "waitForReady": true}]'
_ALL_ADDRESSES: Final = '"loadBalancingConfig": [{"round_robin": {}}]'
_CONFIGS: Final = {
    (False, False): "{}",
    (False, True): f"{{{_WAITING}}}",
    (True, False): f"{{{_ALL_ADDRESSES}}}",
    (True, True): f"{{{_WAITING}, {_ALL_ADDRESSES}}}",
}
"""The service config of gRPC: whether calls go to all addresses, whether they wait.

As text: to import json would be a hundredth of the time that it takes to import the client.
"""


def _options(server: Server, transport: Transport, policy: CallPolicy) -> dict[str, int | str]:
    options: dict[str, int | str] = {
        "grpc.enable_retries": 0,
        "grpc.service_config": _CONFIGS[server.is_balanced, policy.wait_for_connection],
        "grpc.service_config_disable_resolution": 1,
        "grpc.initial_reconnect_backoff_ms": _FIRST_RECONNECT_MS,
        "grpc.max_reconnect_backoff_ms": _MAX_RECONNECT_MS,
        "grpc.min_reconnect_backoff_ms": round(1000 * transport.connect_timeout),
        "grpc.max_receive_message_length": transport.max_receive_size or -1,
        "grpc.max_send_message_length": _MAX_REQUEST_SIZE,
        "grpc.primary_user_agent": transport.user_agent or _user_agent(),
        # gRPC's probes of the bandwidth are pings, too. Behind a long reply on a slow link, their
        # answers come late, and would end the connection. So the window is a fixed one.
        "grpc.http2.bdp_probe": 0,
        "grpc.http2.lookahead_bytes": _WINDOW_SIZE,
        # Channels to one server share connections otherwise, and with them each other's fate.
        "grpc.use_local_subchannel_pool": 1,
    }
    if transport.authority is not None:
        options["grpc.default_authority"] = transport.authority
        options["grpc.ssl_target_name_override"] = transport.authority
    if isinstance(server.pings, Pings):
        interval, pong = server.pings.interval, server.pings.timeout
        options |= _ping_options(round(1000 * interval), round(1000 * pong))
        options["grpc.keepalive_permit_without_calls"] = 1
        options["grpc.http2.max_pings_without_data"] = 0
    return {**options, **dict(transport.channel_options)}


class _SendMetadata(grpc.aio.UnaryUnaryClientInterceptor):
    """Sends the same metadata with each call."""

    def __init__(self, metadata: Sequence[tuple[str, str | bytes]]) -> None:
        self._metadata = metadata

    async def intercept_unary_unary(
        self,
        continuation: Callable[[grpc.aio.ClientCallDetails, Any], Any],
        client_call_details: grpc.aio.ClientCallDetails,
        request: Any,
    ) -> Any:
        """Make the call with the metadata."""
        details = client_call_details
        changed = grpc.aio.ClientCallDetails(
            details.method,
            details.timeout,
            grpc.aio.Metadata(*(details.metadata or ()), *self._metadata),
            details.credentials,
            details.wait_for_ready,
        )
        return await continuation(changed, request)


def _interceptors(
    transport: Transport, auth_key: str | None, sign_secret: str | None
) -> list[grpc.aio.ClientInterceptor]:
    made: list[Any] = list(transport.interceptors)
    if transport.metadata:
        made.append(_SendMetadata(transport.metadata))
    if auth_key is not None:
        made.append(AuthenticationInterceptorUnaryUnary(auth_key))
    if sign_secret is not None:
        made.append(SigningInterceptorUnaryUnary(sign_secret))
    return made


_MIN_CAPACITY: Final = 64
"""How many calls may be known that are over, even if there are few others."""


class _CallsInFlight:
    """Knows the calls that anybody waits for, and keeps none of them.

    A WeakSet does, too, but takes a tenth of all that the client adds to a call.
    """

    def __init__(self) -> None:
        self._known: list[ReferenceType[Any]] = []
        self._most = _MIN_CAPACITY

    def add(self, call: Any) -> None:
        """Add a call."""
        self._known.append(ReferenceType(call))
        if len(self._known) > self._most:
            self._known = [known for known in self._known if known() is not None]
            self._most = 2 * len(self._known) + _MIN_CAPACITY

    def left(self) -> list[Any]:
        """Return the calls that are left."""
        return [call for known in self._known if (call := known()) is not None]


_SIGNIFICANT_STATES: Final = (
    grpc.ChannelConnectivity.READY,
    grpc.ChannelConnectivity.TRANSIENT_FAILURE,
)
"""The states of one of several channels to a server that tell of the server."""


class LazyChannel(grpc.aio.Channel):
    """A channel that opens in the event loop of its first call, and again in that of a later one.

    One of gRPC belongs to the loop in which it was made: a client made outside any loop, or used in
    one loop after another, could make no calls with it.
    """

    def __init__(self, factory: ChannelFactory) -> None:
        self.has_tls = factory.has_tls
        self._factory = factory
        self.calls = _CallsInFlight()
        self._ending: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._open: dict[int, grpc.aio.Channel] = {}
        self._is_closed = False
        self._last: tuple[float | None, grpc.aio.Channel] | None = None
        """What was asked for before, in this loop, and what it was."""

    def opened(self, timeout: float | None = 0.0) -> grpc.aio.Channel:
        """Return the channel for calls of a timeout in the event loop that is running.

        Raises:
            RuntimeError: If no event loop is running, or the channel is in use in another one.
            grpc.aio.UsageError: If the channel is closed.
        """
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._move_to(loop)
        if self._last is not None and self._last[0] == timeout:
            return self._last[1]
        ping_ms = self._factory.ping_ms(timeout)
        if ping_ms not in self._open:
            if self._is_closed:
                raise grpc.aio.UsageError("The channel is closed.")
            self._open[ping_ms] = self._factory.open(ping_ms)
        self._last = timeout, self._open[ping_ms]
        return self._last[1]

    def _move_to(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._loop is not None and self._loop.is_running():
            raise RuntimeError(
                "this client is in use in the event loop of another thread; make one for each loop"
            )
        self._loop = loop
        self._open = {}
        self._last = None

    def unary_unary(self, method: str, *args: Any, **options: Any) -> Any:
        """Return the function that makes a call, in whatever loop it is then made."""
        return _LazyCall(self, lambda channel: channel.unary_unary(method, *args, **options))

    def unary_stream(self, method: str, *args: Any, **options: Any) -> Any:
        """Return the function that makes a call, in whatever loop it is then made."""
        return _LazyCall(self, lambda channel: channel.unary_stream(method, *args, **options))

    def stream_unary(self, method: str, *args: Any, **options: Any) -> Any:
        """Return the function that makes a call, in whatever loop it is then made."""
        return _LazyCall(self, lambda channel: channel.stream_unary(method, *args, **options))

    def stream_stream(self, method: str, *args: Any, **options: Any) -> Any:
        """Return the function that makes a call, in whatever loop it is then made."""
        return _LazyCall(self, lambda channel: channel.stream_stream(method, *args, **options))

    def get_state(self, try_to_connect: bool = False) -> grpc.ChannelConnectivity:
        """Return whether there is a connection, or one is being made."""
        if self._is_closed:
            return grpc.ChannelConnectivity.SHUTDOWN
        usual = self.opened().get_state(try_to_connect)
        states = {usual, *(channel.get_state() for channel in self._open.values())}
        return next((state for state in _SIGNIFICANT_STATES if state in states), usual)

    async def wait_for_state_change(self, last_observed_state: grpc.ChannelConnectivity) -> None:
        """Return when the state is another one."""
        await self.opened().wait_for_state_change(last_observed_state)

    async def channel_ready(self) -> None:
        """Return when there is a connection."""
        await self.opened().channel_ready()

    @property
    def is_open(self) -> bool:
        """Whether there is anything to be closed."""
        return bool(self._open)

    def retire(self) -> None:
        """Take no more calls, and close when those in flight are done."""
        self._is_closed = True
        if self._loop is not None and self._loop.is_running():
            self._loop.call_soon_threadsafe(self._close_when_done)

    def _close_when_done(self) -> None:
        task = asyncio.get_running_loop().create_task(self._closed_when_done())
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def _closed_when_done(self) -> None:
        try:
            # What went wrong with a call is told to whoever made it.
            codes = (call.code() for call in self.calls.left())
            await asyncio.gather(*codes, return_exceptions=True)
        finally:
            await self.close()

    async def close(self, grace: float | None = None) -> None:
        """Take no more calls, and end those in flight after the grace, in s."""
        self._is_closed = True
        loop = self._loop
        if loop is not None and loop is not asyncio.get_running_loop() and loop.is_running():
            closing = asyncio.run_coroutine_threadsafe(self.close(grace), loop)
            await asyncio.wrap_future(closing)
            return
        channels = list(self._open.values())
        self._open.clear()
        self._last = None
        if loop is asyncio.get_running_loop():  # else, they ended with their loop
            await asyncio.gather(*(channel.close(grace) for channel in channels))

    async def __aenter__(self) -> "LazyChannel":
        """Return the channel."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the channel."""
        await self.close()

    def __del__(self) -> None:
        if getattr(self, "_open", None):
            warnings.warn(
                "a client was not disconnected; use `async with`, or await its disconnect()",
                ResourceWarning,
                source=self,
                stacklevel=2,
            )


class _LazyCall:
    """The function of a call, of whichever gRPC channel is the open one."""

    __slots__ = ("_bind", "_bound", "_channel", "_lazy")

    def __init__(self, lazy: LazyChannel, bind: Callable[[grpc.aio.Channel], Any]) -> None:
        self._lazy = lazy
        self._bind = bind
        self._channel: grpc.aio.Channel | None = None
        self._bound: Any = None

    def __call__(self, *args: Any, **options: Any) -> Any:
        channel = self._lazy.opened(options.get("timeout"))
        if channel is not self._channel:
            self._channel, self._bound = channel, self._bind(channel)
        call = self._bound(*args, **options)
        self._lazy.calls.add(call)
        return call
