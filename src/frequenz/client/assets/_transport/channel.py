"""Channels to a server, opened when they are needed."""

import asyncio
import logging
import os
import warnings
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from weakref import ReferenceType

import grpc
import grpc.aio
from frequenz.client.base.authentication import AuthenticationInterceptorUnaryUnary
from frequenz.client.base.channel import ChannelOptions
from frequenz.client.base.signing import SigningInterceptorUnaryUnary
from google.protobuf.message import DecodeError

from .. import _fork
from .._lazy import lazy_module
from .credentials import channel_credentials, check_key
from .policy import CallPolicy, Transport
from .proxy import find_proxy
from .url import Pings, Server, read_url

if TYPE_CHECKING:
    from .. import _version
else:
    # Reading the version takes a tenth of the time of all imports.
    _version = lazy_module(".._version", __package__)

_logger = logging.getLogger("frequenz.client.assets")

_FIRST_RECONNECT_MS: Final = 100
_MAX_RECONNECT_MS: Final = 1000
"""gRPC adds up to 20 % at random: after an outage, the next attempt starts within 1.2 s."""

_MIN_PING_MS: Final = 20_000
_MAX_PING_MS: Final = 300_000
"""A server with default settings accepts pings at this interval at any time."""

_PING_TIMEOUT_MS: Final = 5_000

_WINDOW_SIZE: Final = 256 * 1024
"""How many bytes of replies are sent ahead: a link of 52 kB/s transfers them in 5 s."""

_MAX_REQUEST_SIZE: Final = 4 * 2**20
"""The maximum size that a server with default settings accepts, in bytes."""


class UndecodableReply(NamedTuple):
    """A reply that is not a valid message of its call."""

    size: int
    """In bytes."""

    reason: str


class DecodingChannel:
    """A channel whose calls return an UndecodableReply where those of gRPC return None.

    `raw_method` returns the method for the same call that returns bytes.
    """

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._channel = channel

    def unary_unary(
        self, method: str, *, response_deserializer: Callable[[bytes], Any], **options: Any
    ) -> Callable[..., Any]:
        """Return the method for a call."""

        def decode(data: bytes) -> Any:
            try:
                return response_deserializer(data)
            except (DecodeError, UnicodeDecodeError) as error:  # the latter if there is no upb
                return UndecodableReply(len(data), str(error))

        return _Method(
            self._channel.unary_unary(method, response_deserializer=decode, **options),
            self._channel.unary_unary(method, **options),
        )


class _Method:
    """A method of a stub; `raw` is the same one returning bytes."""

    __slots__ = ("_decoding", "raw")

    def __init__(self, decoding: Callable[..., Any], raw: Callable[..., Any]) -> None:
        self._decoding = decoding
        self.raw = raw

    def __call__(self, *args: Any, **options: Any) -> Any:
        return self._decoding(*args, **options)


def raw_method(method: Any) -> Any:
    """Return the method of a stub that returns bytes; a user's own method, a mock, as it is."""
    return method.raw if isinstance(method, _Method) else method


class ChannelFactory:
    """Opens channels with settings that were checked before."""

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
        """Check the settings.

        Raises:
            TypeError, ValueError: If a setting is invalid; the message names it.
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
        self.proxy = find_proxy(server, os.environ) if transport.use_proxy else None
        """The proxy of the connections, from the environment."""
        self._options = _options(server, transport, policy, has_proxy=self.proxy is not None)
        self._pings = server.pings
        self._default_ping_ms = _ping_ms(policy.timeout)
        self._compression = transport.compression
        self._interceptors = _interceptors(transport, auth_key, sign_secret)
        if auth_key is not None and server.tls is None and not server.is_loopback:
            _logger.warning(
                "The API key is sent unencrypted to another machine;"
                " add ssl=true to the URL if the server supports TLS"
            )

    @property
    def has_tls(self) -> bool:
        """Whether the channel uses TLS."""
        return self._credentials is not None

    def ping_ms(self, timeout: float | None) -> int:
        """Return the interval of pings during calls with a timeout, in ms.

        Calls with the same interval share a channel.
        """
        default = self._default_ping_ms
        if self._pings is not True or (timeout is not None and timeout * 1000 <= 3 * default):
            return default
        return max(default, _ping_ms(timeout))

    def open(self, ping_ms: int) -> grpc.aio.Channel:
        """Return a new channel in the running event loop."""
        pings = _ping_options(ping_ms, _PING_TIMEOUT_MS) if self._pings is True else {}
        options = (*{**pings, **self._options}.items(),)
        if self._credentials is None:
            return grpc.aio.insecure_channel(
                self._target, options, self._compression, self._interceptors
            )
        return grpc.aio.secure_channel(
            self._target, self._credentials, options, self._compression, self._interceptors
        )


def _ping_ms(timeout: float | None) -> int:
    """Return the interval of pings during calls with a timeout, in ms.

    Pings every 20 s detect a dead connection. A server with default settings closes the connection
    after three pings in a call that are less than 5 min apart: longer calls ping less often.
    """
    interval = _MIN_PING_MS
    while interval < _MAX_PING_MS and (timeout is None or 3 * interval < timeout * 1000):
        interval *= 2
    return min(interval, _MAX_PING_MS)


@cache
def _user_agent() -> str:
    """Return the user agent of this package, whose version is read from a file."""
    return f"frequenz-client-assets/{_version.__version__}"


def _ping_options(interval_ms: int, timeout_ms: int) -> dict[str, int | str]:
    return {
        "grpc.keepalive_time_ms": interval_ms,
        "grpc.keepalive_timeout_ms": timeout_ms,
        # This one ends a connection whose pings are not answered; its default is 60 s.
        "grpc.http2.ping_timeout_ms": timeout_ms,
    }


_WAIT_FOR_READY: Final = '"methodConfig": [{"name": [{}], "waitForReady": true}]'
_ROUND_ROBIN: Final = '"loadBalancingConfig": [{"round_robin": {}}]'
_SERVICE_CONFIGS: Final = {
    (False, False): "{}",
    (False, True): f"{{{_WAIT_FOR_READY}}}",
    (True, False): f"{{{_ROUND_ROBIN}}}",
    (True, True): f"{{{_WAIT_FOR_READY}, {_ROUND_ROBIN}}}",
}
"""By whether calls go to several addresses and whether they wait, the service config of gRPC.

Importing json to write it would take 1 % of the time of importing the client.
"""


def _options(
    server: Server, transport: Transport, policy: CallPolicy, *, has_proxy: bool
) -> dict[str, int | str]:
    options: dict[str, int | str] = {
        "grpc.enable_retries": 0,
        "grpc.enable_http_proxy": int(has_proxy),
        "grpc.service_config": _SERVICE_CONFIGS[server.is_balanced, policy.wait_for_connection],
        "grpc.service_config_disable_resolution": 1,
        "grpc.initial_reconnect_backoff_ms": _FIRST_RECONNECT_MS,
        "grpc.max_reconnect_backoff_ms": _MAX_RECONNECT_MS,
        "grpc.min_reconnect_backoff_ms": round(1000 * transport.connect_timeout),
        "grpc.max_receive_message_length": transport.max_receive_size or -1,
        "grpc.max_send_message_length": _MAX_REQUEST_SIZE,
        "grpc.primary_user_agent": transport.user_agent or _user_agent(),
        # gRPC measures the bandwidth by pings. During a long reply on a slow link, their answers
        # would arrive too late, and gRPC would close the connection. So the window is fixed.
        "grpc.http2.bdp_probe": 0,
        "grpc.http2.lookahead_bytes": _WINDOW_SIZE,
        # Otherwise, channels to the same server share connections.
        "grpc.use_local_subchannel_pool": 1,
    }
    if transport.authority is not None:
        options["grpc.default_authority"] = transport.authority
        options["grpc.ssl_target_name_override"] = transport.authority
    if isinstance(server.pings, Pings):
        interval, timeout = server.pings.interval, server.pings.timeout
        options |= _ping_options(round(1000 * interval), round(1000 * timeout))
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
        details_with_metadata = grpc.aio.ClientCallDetails(
            details.method,
            details.timeout,
            grpc.aio.Metadata(*(details.metadata or ()), *self._metadata),
            details.credentials,
            details.wait_for_ready,
        )
        return await continuation(details_with_metadata, request)


def _interceptors(
    transport: Transport, auth_key: str | None, sign_secret: str | None
) -> list[grpc.aio.ClientInterceptor]:
    interceptors: list[Any] = list(transport.interceptors)
    if transport.metadata:
        interceptors.append(_SendMetadata(transport.metadata))
    if auth_key is not None:
        interceptors.append(AuthenticationInterceptorUnaryUnary(auth_key))
    if sign_secret is not None:
        interceptors.append(SigningInterceptorUnaryUnary(sign_secret))
    return interceptors


_MIN_CAPACITY: Final = 64


class _CallsInFlight:
    """The calls that are in flight, without keeping them alive.

    A WeakSet would take a tenth of the time that the client adds to a call.
    """

    def __init__(self) -> None:
        self._references: list[ReferenceType[Any]] = []
        self._capacity = _MIN_CAPACITY

    def add(self, call: Any) -> None:
        """Add a call."""
        self._references.append(ReferenceType(call))
        if len(self._references) > self._capacity:
            self._references = [it for it in self._references if it() is not None]
            self._capacity = 2 * len(self._references) + _MIN_CAPACITY

    def all(self) -> list[Any]:
        """Return the calls that still exist."""
        return [call for reference in self._references if (call := reference()) is not None]


_DECISIVE_STATES: Final = (
    grpc.ChannelConnectivity.READY,
    grpc.ChannelConnectivity.TRANSIENT_FAILURE,
)
"""If any channel to the server is in one of these states, it tells how the server is."""


class LazyChannel(grpc.aio.Channel):
    """A channel that opens in the event loop of its first call, and reopens in other event loops.

    A channel of gRPC works only in the event loop in which it was opened. With this one, a client
    can be created outside an event loop, and used in one event loop after another.
    """

    def __init__(self, factory: ChannelFactory) -> None:
        self.has_tls = factory.has_tls
        self.proxy = factory.proxy
        self._factory = factory
        self.calls = _CallsInFlight()
        self._closing: set[asyncio.Task[None]] = set()
        self._event_loop: asyncio.AbstractEventLoop | None = None
        self._open: dict[int, grpc.aio.Channel] = {}
        """By interval of their pings, in ms, the channels that are open in the event loop."""
        self._is_closed = False
        self._latest: tuple[float | None, grpc.aio.Channel] | None = None
        """The latest timeout, and the channel for it."""

    def channel_for(self, timeout: float | None = 0.0) -> grpc.aio.Channel:
        """Return the channel for calls with a timeout, in s, in the running event loop.

        Raises:
            RuntimeError: If no event loop is running, the channel is used in another one, or gRPC
                was in use before this process was forked.
            grpc.aio.UsageError: If the channel is closed.
        """
        _fork.check()
        event_loop = asyncio.get_running_loop()
        if event_loop is not self._event_loop:
            self._move_to(event_loop)
        if self._latest is not None and self._latest[0] == timeout:
            return self._latest[1]
        ping_ms = self._factory.ping_ms(timeout)
        if ping_ms not in self._open:
            if self._is_closed:
                raise grpc.aio.UsageError("The channel is closed.")
            _fork.mark_in_use()
            self._open[ping_ms] = self._factory.open(ping_ms)
        self._latest = timeout, self._open[ping_ms]
        return self._latest[1]

    def _move_to(self, event_loop: asyncio.AbstractEventLoop) -> None:
        if self._event_loop is not None and self._event_loop.is_running():
            raise RuntimeError(
                "this client is used in the event loop of another thread;"
                " create a client for each event loop"
            )
        self._event_loop = event_loop
        self._open = {}
        self._latest = None

    def unary_unary(self, method: str, *args: Any, **options: Any) -> Any:
        """Return the method for a call."""
        return _LazyMethod(self, lambda channel: channel.unary_unary(method, *args, **options))

    def unary_stream(self, method: str, *args: Any, **options: Any) -> Any:
        """Return the method for a call."""
        return _LazyMethod(self, lambda channel: channel.unary_stream(method, *args, **options))

    def stream_unary(self, method: str, *args: Any, **options: Any) -> Any:
        """Return the method for a call."""
        return _LazyMethod(self, lambda channel: channel.stream_unary(method, *args, **options))

    def stream_stream(self, method: str, *args: Any, **options: Any) -> Any:
        """Return the method for a call."""
        return _LazyMethod(self, lambda channel: channel.stream_stream(method, *args, **options))

    def get_state(self, try_to_connect: bool = False) -> grpc.ChannelConnectivity:
        """Return the state of the connection."""
        if self._is_closed:
            return grpc.ChannelConnectivity.SHUTDOWN
        default = self.channel_for().get_state(try_to_connect)
        states = {default, *(channel.get_state() for channel in self._open.values())}
        return next((state for state in _DECISIVE_STATES if state in states), default)

    async def wait_for_state_change(self, last_observed_state: grpc.ChannelConnectivity) -> None:
        """Wait until the state changes."""
        await self.channel_for().wait_for_state_change(last_observed_state)

    async def channel_ready(self) -> None:
        """Wait for a connection."""
        await self.channel_for().channel_ready()

    @property
    def known_state(self) -> grpc.ChannelConnectivity | None:
        """The state of the connection; None while no channel is open."""
        return self.get_state() if self.is_open else None

    @property
    def is_open(self) -> bool:
        """Whether there are open channels."""
        return bool(self._open)

    def retire(self) -> None:
        """Accept no more calls, and close when those in flight are done."""
        self._is_closed = True
        if self._event_loop is not None and self._event_loop.is_running():
            self._event_loop.call_soon_threadsafe(self._start_closing)

    def _start_closing(self) -> None:
        task = asyncio.get_running_loop().create_task(self._close_when_done())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def _close_when_done(self) -> None:
        try:
            # The errors of calls are raised where they were made.
            codes = (call.code() for call in self.calls.all())
            await asyncio.gather(*codes, return_exceptions=True)
        finally:
            await self.close()

    async def close(self, grace: float | None = None) -> None:
        """Accept no more calls, and cancel those in flight after the grace period, in s."""
        self._is_closed = True
        running, own = asyncio.get_running_loop(), self._event_loop
        if _fork.is_unusable():  # the channels are open in the parent
            self._open.clear()
            return
        if own is not None and own is not running and own.is_running():
            closing = asyncio.run_coroutine_threadsafe(self.close(grace), own)
            await asyncio.wrap_future(closing)
            return
        channels = list(self._open.values())
        self._open.clear()
        self._latest = None
        if own is running:  # otherwise, they were closed with their event loop
            await asyncio.gather(*(channel.close(grace) for channel in channels))

    async def __aenter__(self) -> "LazyChannel":
        """Return the channel."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the channel."""
        await self.close()

    def __del__(self) -> None:
        if getattr(self, "_open", None) and not _fork.is_unusable():
            warnings.warn(
                "a client was not disconnected; use `async with`, or await its disconnect()",
                ResourceWarning,
                source=self,
                stacklevel=2,
            )


class _LazyMethod:
    """A method of the gRPC channel that is open when the method is called."""

    __slots__ = ("_bind", "_channel", "_lazy_channel", "_method")

    def __init__(self, lazy_channel: LazyChannel, bind: Callable[[grpc.aio.Channel], Any]) -> None:
        self._lazy_channel = lazy_channel
        self._bind = bind
        self._channel: grpc.aio.Channel | None = None
        self._method: Any = None

    def __call__(self, *args: Any, **options: Any) -> Any:
        channel = self._lazy_channel.channel_for(options.get("timeout"))
        if channel is not self._channel:
            self._channel, self._method = channel, self._bind(channel)
        call = self._method(*args, **options)
        self._lazy_channel.calls.add(call)
        return call
