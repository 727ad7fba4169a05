"""Calls while a server fails, is unreachable, or is replaced by another one."""

import asyncio
import hmac
import logging
import re
import socket
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias
from urllib.parse import quote

import grpc
import grpc.aio
import pytest
import trustme
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from frequenz.client.base.channel import ChannelOptions, SslOptions
from frequenz.client.base.retry import LinearBackoff
from frequenz.client.common.microgrid import MicrogridId

from frequenz.client.assets import AssetsApiClient, CallPolicy, RetryBudget, Transport
from frequenz.client.assets._wire.varint import write_varint
from frequenz.client.assets.exceptions import (
    ApiClientError,
    ClientDisconnected,
    ClientNotConnected,
    GrpcError,
    OperationTimedOut,
    ResourceExhausted,
    ServiceUnavailable,
)
from frequenz.client.assets.inventory import Inventory
from frequenz.client.assets.testing._handlers import bytes_handler
from frequenz.server.assets import AssetsServer

from .raw import METHODS, SERVICE, call_method

LOOPBACK: Final = "127.0.0.1"
UNAVAILABLE: Final = grpc.StatusCode.UNAVAILABLE
EXHAUSTED: Final = grpc.StatusCode.RESOURCE_EXHAUSTED
PUSHBACK: Final = "grpc-retry-pushback-ms"

NO_PAUSE: Final = LinearBackoff(interval=0, jitter=0.01)
FAST: Final = CallPolicy(timeout=20, backoff=NO_PAUSE)
ONCE: Final = CallPolicy(timeout=20, max_attempts=1, wait_for_connection=False)


def call(operation: str, client: AssetsApiClient, **options: Any) -> Awaitable[Any]:
    return call_method(client, operation, on_findings=lambda _: None, **options)


def minimal_reply(operation: str) -> bytes:
    reply = getattr(platformassets_pb2, f"{operation}Response")()
    for owner in ("microgrid_id", "gridpool_id"):
        if owner in reply.DESCRIPTOR.fields_by_name:
            setattr(reply, owner, 1)
    if operation == "GetMicrogrid":
        reply.microgrid.id = 1
    data: bytes = reply.SerializeToString()
    return data


# The server ---------------------------------------------------------------------------------------


class Attempt(NamedTuple):
    """An attempt of a call, as the server receives it."""

    operation: str
    metadata: list[tuple[str, str | bytes]]
    left: float | None
    """The time until its deadline, in s."""

    def value(self, key: str) -> Any:
        """Return the value of a metadata key, which must occur once."""
        (value,) = (value for name, value in self.metadata if name == key)
        return value


Context: TypeAlias = "grpc.aio.ServicerContext[bytes, bytes]"
Answer: TypeAlias = Callable[[Context], Awaitable[bytes | None]]
"""Answers an attempt: returns a reply, or None for a minimal one, or aborts with a status."""


async def success(_: Context) -> None:
    """Return a minimal reply."""


async def never(_: Context) -> None:
    """Never return."""
    await asyncio.Event().wait()


def with_reply(data: bytes) -> Answer:
    async def answer(_: Context) -> bytes:
        return data

    return answer


def status(code: grpc.StatusCode, details: str = "injected", pushback: str | None = None) -> Answer:
    trailing = () if pushback is None else ((PUSHBACK, pushback),)

    async def answer(context: Context) -> None:
        await context.abort(code, details, trailing)

    return answer


class Server(grpc.GenericRpcHandler):
    """Answers the first attempts one after another, and all further ones like the last."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = answers or (success,)
        self.attempts: list[Attempt] = []
        self.cancelled = 0
        self.url = ""
        self._arrived = asyncio.Condition()

    async def arrived(self, attempts: int) -> None:
        """Return when a number of attempts have arrived."""
        async with self._arrived:
            await self._arrived.wait_for(lambda: len(self.attempts) >= attempts)

    def service(
        self, handler_call_details: grpc.HandlerCallDetails
    ) -> "grpc.RpcMethodHandler[bytes, bytes] | None":
        _, service, operation = handler_call_details.method.split("/")
        if service != SERVICE:
            return None

        async def handle(_: bytes, context: Context) -> bytes:
            metadata: Any = context.invocation_metadata() or ()
            left: Any = context.time_remaining()
            number = len(self.attempts)
            async with self._arrived:
                self.attempts.append(Attempt(operation, [tuple(pair) for pair in metadata], left))
                self._arrived.notify_all()
            try:
                reply = await self.answers[min(number, len(self.answers) - 1)](context)
            except asyncio.CancelledError:
                self.cancelled += 1
                raise
            return minimal_reply(operation) if reply is None else reply

        return bytes_handler(handle)


@asynccontextmanager
async def serving(
    *answers: Answer,
    address: str = f"{LOOPBACK}:0",
    credentials: grpc.ServerCredentials | None = None,
) -> AsyncIterator[Server]:
    """Run a server."""
    handler = Server(*answers)
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((handler,))
    if credentials is None:
        port = server.add_insecure_port(address)
    else:
        port = server.add_secure_port(address, credentials)
    handler.url = f"grpc://{LOOPBACK}:{port}?ssl={'false' if credentials is None else 'true'}"
    await server.start()
    try:
        yield handler
    finally:
        await server.stop(None)


@contextmanager
def no_server(*, listens: bool = False) -> Iterator[str]:
    """Yield an address that refuses connections, or accepts them and never answers."""
    with socket.socket() as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        bound.bind((LOOPBACK, 0))
        if listens:
            bound.listen()
        yield f"{LOOPBACK}:{bound.getsockname()[1]}"


def client_of(
    server: Server | str, policy: CallPolicy = FAST, transport: Transport | None = None, **more: Any
) -> AssetsApiClient:
    url = server.url if isinstance(server, Server) else f"grpc://{server}?ssl=false"
    return AssetsApiClient(
        url, policy=policy, transport=transport or Transport(), api_version="v1alpha1", **more
    )


async def outcomes(*calls: Awaitable[Any]) -> list[type]:
    """Return the types of the results or exceptions of concurrent calls."""
    results = await asyncio.gather(*calls, return_exceptions=True)
    return [type(result) for result in results]


async def until(condition: Callable[[], bool]) -> None:
    """Return when a condition is true."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.005)


# Attempts -----------------------------------------------------------------------------------------

FAILURES: Final = [code for code in grpc.StatusCode if code is not grpc.StatusCode.OK]


async def assert_only_unavailable_is_retried(
    operation: str, server: Server, client: AssetsApiClient
) -> None:
    for code in FAILURES:
        server.attempts.clear()
        server.answers = (status(code),)
        with pytest.raises(GrpcError) as raised:
            await call(operation, client)
        assert raised.value.grpc_error.code() is code
        assert "injected" in str(raised.value)
        assert len(server.attempts) == (5 if code is UNAVAILABLE else 1), code
        assert {attempt.operation for attempt in server.attempts} == {operation}


@pytest.mark.parametrize("operation", METHODS)
async def test_only_unavailable_is_retried(operation: str) -> None:
    async with serving() as server, client_of(server) as client:
        await assert_only_unavailable_is_retried(operation, server, client)


async def test_only_unavailable_is_retried_with_a_key() -> None:
    async with serving() as server, client_of(server, auth_key="key") as client:
        await assert_only_unavailable_is_retried("ListGridpools", server, client)


PUSHBACKS: Final = [
    (EXHAUSTED, "1", 5),
    (EXHAUSTED, "0", 5),
    (EXHAUSTED, "-1", 1),
    (EXHAUSTED, "soon", 1),
    (UNAVAILABLE, "1", 5),
    (UNAVAILABLE, "-1", 1),
    (UNAVAILABLE, "9" * 5000, 1),
    (grpc.StatusCode.INTERNAL, "1", 1),
]
"""Statuses and pushbacks, and the number of attempts."""


async def test_the_pushback_of_a_server_decides_whether_a_call_is_retried() -> None:
    async with serving() as server, client_of(server) as client:
        for code, pushback, attempts in PUSHBACKS:
            server.attempts.clear()
            server.answers = (status(code, pushback=pushback),)
            with pytest.raises(GrpcError) as raised:
                await client.list_gridpools()
            assert len(server.attempts) == attempts, (code, pushback)
            assert raised.value.is_retryable is (attempts > 1), (code, pushback)


async def test_the_pushback_of_a_server_overrides_the_pause() -> None:
    # First only the pushback is shorter than the timeout, then only the pause.
    long_pauses = CallPolicy(timeout=20, backoff=LinearBackoff(interval=100, jitter=0))
    async with (
        serving(status(UNAVAILABLE, pushback="1"), success) as server,
        client_of(server, long_pauses) as client,
    ):
        assert await client.list_gridpools() == []
        assert len(server.attempts) == 2
    async with (
        serving(status(UNAVAILABLE, pushback="100000"), success) as server,
        client_of(server) as client,
    ):
        with pytest.raises(ServiceUnavailable):
            await client.list_gridpools()
        assert len(server.attempts) == 1


@pytest.mark.parametrize("operation", METHODS)
async def test_a_call_succeeds_at_the_third_attempt(operation: str) -> None:
    bad = status(UNAVAILABLE)
    async with serving(bad, bad, success) as server, client_of(server) as client:
        result = await call(operation, client)
    assert result.id == MicrogridId(1) if operation == "GetMicrogrid" else result == []
    assert len(server.attempts) == 3


@pytest.mark.parametrize("attempts", [1, 2, 7])
async def test_the_policy_limits_the_attempts(attempts: int) -> None:
    policy = CallPolicy(timeout=20, max_attempts=attempts, backoff=NO_PAUSE)
    async with serving(status(UNAVAILABLE)) as server, client_of(server, policy) as client:
        with pytest.raises(ServiceUnavailable):
            await client.list_gridpools()
    assert len(server.attempts) == attempts


async def test_a_strategy_limits_the_attempts_of_each_call() -> None:
    policy = CallPolicy(timeout=20, backoff=LinearBackoff(interval=0, jitter=0.01, limit=2))
    async with serving(status(UNAVAILABLE)) as server, client_of(server, policy) as client:
        for calls in (1, 2):
            with pytest.raises(ServiceUnavailable):
                await client.list_gridpools()
            assert len(server.attempts) == 3 * calls


async def test_a_call_succeeds_after_the_default_pauses() -> None:
    bad = status(UNAVAILABLE)
    async with serving(bad, bad, success) as server, AssetsApiClient(server.url) as client:
        assert await client.list_gridpools() == []
        assert len(server.attempts) == 3


async def test_the_error_is_that_of_the_last_attempt_and_a_note_has_the_one_before() -> None:
    answers = (status(UNAVAILABLE, "the first"), status(grpc.StatusCode.INTERNAL, "the second"))
    async with serving(*answers) as server, client_of(server) as client:
        with pytest.raises(GrpcError, match="the second") as failed:
            await client.list_gridpools()
    assert failed.value.grpc_error.code() is grpc.StatusCode.INTERNAL
    page, note = failed.value.__notes__
    assert page == "See docs/reference/errors.md#internal, or `assets-cli explain INTERNAL`"
    assert note.startswith("This was attempt 2; the one before: ")
    assert "the first" in note
    assert len(server.attempts) == 2


async def test_calls_have_one_attempt_each_when_the_budget_is_spent() -> None:
    policy = CallPolicy(timeout=20, backoff=NO_PAUSE, budget=RetryBudget(bucket=8, ratio=1))
    async with serving(status(UNAVAILABLE)) as server, client_of(server, policy) as client:
        attempts = []
        for _ in range(5):
            before = len(server.attempts)
            with pytest.raises(ServiceUnavailable):
                await client.list_gridpools()
            attempts.append(len(server.attempts) - before)
        assert attempts == [5, 3, 1, 1, 1]

        server.answers = (success,)
        await client.list_gridpools()
        await client.list_gridpools()
        server.attempts.clear()
        server.answers = (status(UNAVAILABLE), success)
        assert await client.list_gridpools() == []
        assert len(server.attempts) == 2


# Timeouts -----------------------------------------------------------------------------------------


async def test_the_timeout_of_a_call_overrides_that_of_the_policy() -> None:
    async with serving() as server, client_of(server, CallPolicy(timeout=30)) as client:
        await client.list_gridpools()
        await client.list_gridpools(timeout=500)
        await client.list_gridpools(timeout=None)
    by_policy, by_caller, endless = (attempt.left for attempt in server.attempts)
    assert by_policy is not None
    assert 20 < by_policy <= 40
    assert by_caller is not None
    assert 400 < by_caller <= 510
    assert endless is None or endless > 1e6


async def test_a_policy_without_timeout_sets_no_deadline() -> None:
    async with serving() as server, client_of(server, CallPolicy(timeout=None)) as client:
        await client.list_gridpools()
        await client.list_gridpools(timeout=5)
    endless, limited = (attempt.left for attempt in server.attempts)
    assert endless is None or endless > 1e6
    assert limited is not None
    assert limited <= 10


async def test_an_attempt_that_times_out_is_retried_within_the_timeout_of_the_call() -> None:
    policy = CallPolicy(timeout=20, attempt_timeout=0.1, backoff=NO_PAUSE)
    async with serving(never, never, success) as server, client_of(server, policy) as client:
        assert await client.list_gridpools() == []
    assert len(server.attempts) == 3
    assert all(attempt.left is not None and attempt.left <= 0.2 for attempt in server.attempts)


async def test_the_policy_limits_attempts_that_time_out() -> None:
    policy = CallPolicy(timeout=20, attempt_timeout=0.05, max_attempts=3, backoff=NO_PAUSE)
    async with serving(never) as server, client_of(server, policy) as client:
        with pytest.raises(OperationTimedOut):
            await client.list_gridpools()
        await server.arrived(3)
    assert len(server.attempts) == 3


async def test_a_call_that_times_out_without_an_attempt_timeout_is_not_retried() -> None:
    async with serving(never) as server, client_of(server) as client:
        with pytest.raises(OperationTimedOut):
            await client.list_gridpools(timeout=0.1)
    assert len(server.attempts) == 1


async def test_no_attempt_starts_after_the_timeout_of_the_call() -> None:
    policy = CallPolicy(timeout=20, backoff=LinearBackoff(interval=100, jitter=0))
    async with serving(status(UNAVAILABLE)) as server, client_of(server, policy) as client:
        with pytest.raises(ServiceUnavailable, match="injected"):
            await client.list_gridpools()
    assert len(server.attempts) == 1


async def test_the_timeout_of_a_call_includes_all_attempts() -> None:
    policy = CallPolicy(timeout=0.5, backoff=LinearBackoff(interval=0.2, jitter=0))
    async with (
        serving(status(UNAVAILABLE, "the first"), never) as server,
        client_of(server, policy) as client,
    ):
        with pytest.raises(OperationTimedOut) as failed:
            await client.list_gridpools()
    assert "the first" in failed.value.__notes__[-1]
    first, second = (attempt.left for attempt in server.attempts)
    assert first is not None
    assert second is not None
    assert second <= first - 0.1


async def test_an_invalid_timeout_is_an_error_and_no_call_is_made() -> None:
    timeouts: list[Any] = [0, -1, float("nan"), float("inf"), True, "5"]
    async with serving() as server, client_of(server) as client:
        for timeout in timeouts:
            with pytest.raises((TypeError, ValueError), match=r"^timeout: expected"):
                await client.list_gridpools(timeout=timeout)
            with pytest.raises((TypeError, ValueError), match=r"^timeout: expected"):
                await client.ready(timeout)
    assert not server.attempts


# Signatures and log -------------------------------------------------------------------------------

KEY: Final = "the-key"
SECRET: Final = "hunter2"


def signature(attempt: Attempt) -> str:
    """Return the expected signature of an attempt."""
    signed = hmac.new(SECRET.encode(), digestmod="sha256")
    for part in (KEY, attempt.value("ts"), attempt.value("nonce"), attempt.operation):
        signed.update(part.encode())
    return urlsafe_b64encode(signed.digest()).decode().rstrip("=")


async def test_each_attempt_has_its_own_signature() -> None:
    async with (
        serving(status(UNAVAILABLE)) as server,
        client_of(server, auth_key=KEY, sign_secret=SECRET) as client,
    ):
        with pytest.raises(ServiceUnavailable):
            await client.list_gridpools()
    assert len(server.attempts) == 5
    assert len({attempt.value("nonce") for attempt in server.attempts}) == 5
    for attempt in server.attempts:
        assert attempt.value("key") == KEY
        assert attempt.value("sig") == signature(attempt)
        assert SECRET not in str(attempt)


async def test_calls_without_a_secret_are_not_signed() -> None:
    async with serving() as server, client_of(server, auth_key=KEY) as client:
        await client.list_gridpools()
    assert server.attempts[0].value("key") == KEY
    assert not {"ts", "nonce", "sig"} & {name for name, _ in server.attempts[0].metadata}


async def test_calls_are_signed_with_the_keys_of_the_last_connect() -> None:
    async with serving() as server, client_of(server, auth_key="old") as client:
        client.connect(auth_key=KEY, sign_secret=SECRET)
        await client.list_gridpools()
        client.connect(auth_key=None, sign_secret=None)
        await client.list_gridpools()
    signed, bare = server.attempts
    assert signed.value("sig") == signature(signed)
    assert not {"key", "sig"} & {name for name, _ in bare.metadata}


CALLS_LOGGER: Final = "frequenz.client.assets.calls"


async def test_each_attempt_is_logged_without_secrets(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    async with (
        serving(status(UNAVAILABLE), status(UNAVAILABLE), success) as server,
        client_of(server, auth_key=KEY, sign_secret=SECRET) as client,
    ):
        await client.list_gridpools()
        server.answers = (status(grpc.StatusCode.NOT_FOUND, "no such one"),)
        with pytest.raises(GrpcError) as failed:
            await client.get_microgrid(1)
    records = [record for record in caplog.records if record.name == CALLS_LOGGER]
    assert [record.levelno for record in records] == [logging.DEBUG] * 4
    messages = [re.sub(r"\d+\.\d{3} s", "T s", record.getMessage()) for record in records]
    assert messages == [
        "ListGridpools: attempt 1: UNAVAILABLE after T s: injected",
        "ListGridpools: attempt 2: UNAVAILABLE after T s: injected",
        "ListGridpools: attempt 3: reply after T s",
        "GetMicrogrid: attempt 1: NOT_FOUND after T s: no such one",
    ]
    for text in (caplog.text, repr(client), str(vars(failed.value)), str(failed.value)):
        assert SECRET not in text
        assert KEY not in text


UNENCRYPTED: Final = "grpc://assets.example?ssl=false"


@pytest.mark.parametrize(
    ("url", "key", "warnings"),
    [
        (UNENCRYPTED, KEY, 1),
        ("grpc://10.0.0.1,10.0.0.2?ssl=false", KEY, 1),
        ("grpc+dns://assets.example?ssl=false", KEY, 1),
        ("grpc://127.0.0.1,10.0.0.2?ssl=false", KEY, 1),
        (UNENCRYPTED, None, 0),
        ("grpc://assets.example", KEY, 0),
        ("grpc://localhost?ssl=false", KEY, 0),
        ("grpc://127.0.0.1?ssl=false", KEY, 0),
        ("grpc://[::1]?ssl=false", KEY, 0),
        ("grpc+unix:///run/assets.sock?ssl=false", KEY, 0),
    ],
)
def test_a_key_that_is_sent_unencrypted_to_another_machine_is_warned_about_once(
    url: str, key: str | None, warnings: int, caplog: pytest.LogCaptureFixture
) -> None:
    client = AssetsApiClient(url, auth_key=key)
    client.connect()
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * warnings
    assert KEY not in caplog.text


# Disconnecting and cancelling ---------------------------------------------------------------------


@pytest.mark.parametrize("key", [None, KEY])
async def test_calls_in_flight_raise_client_disconnected_when_the_client_disconnects(
    key: str | None,
) -> None:
    async with serving(never) as server:
        client = client_of(server, auth_key=key)
        calls = [asyncio.ensure_future(call(each, client)) for each in METHODS]
        await server.arrived(len(calls))
        await client.disconnect()
        assert await outcomes(*calls) == [ClientDisconnected] * len(calls)
        with pytest.raises(ClientNotConnected):
            await client.list_gridpools()
        await client.disconnect()


async def test_a_call_that_waits_for_a_connection_raises_client_disconnected() -> None:
    with no_server() as address:
        client = client_of(address)
        calling = asyncio.ensure_future(client.list_gridpools())
        await asyncio.sleep(0.05)
        await client.disconnect()
        assert await outcomes(calling) == [ClientDisconnected]


async def test_a_call_between_two_attempts_raises_client_disconnected() -> None:
    policy = CallPolicy(timeout=20, backoff=LinearBackoff(interval=0.2, jitter=0))
    async with serving(status(UNAVAILABLE)) as server:
        client = client_of(server, policy)
        calling = asyncio.ensure_future(client.list_gridpools())
        await server.arrived(1)
        await asyncio.sleep(0.05)
        await client.disconnect()
        assert await outcomes(calling) == [ClientDisconnected]
        assert len(server.attempts) == 1


class DisconnectsDuringProbe(grpc.aio.UnaryUnaryClientInterceptor):
    """Disconnects a client when it probes why there was no connection."""

    def __init__(self) -> None:
        self.client: AssetsApiClient | None = None
        self.task: asyncio.Task[None] | None = None

    async def intercept_unary_unary(
        self,
        continuation: Callable[[grpc.aio.ClientCallDetails, Any], Any],
        client_call_details: grpc.aio.ClientCallDetails,
        request: Any,
    ) -> Any:
        if client_call_details.wait_for_ready is False and self.client is not None:
            self.task = asyncio.create_task(self.client.disconnect())
        return await continuation(client_call_details, request)


async def test_disconnecting_during_the_probe_raises_an_error_of_the_client() -> None:
    interceptor = DisconnectsDuringProbe()
    with no_server(listens=True) as address:
        client = client_of(address, transport=Transport(interceptors=[interceptor]))
        interceptor.client = client
        calling = asyncio.ensure_future(client.list_gridpools(timeout=0.1))
        (error,) = await asyncio.gather(calling, return_exceptions=True)
        assert interceptor.task is not None
        await interceptor.task
    assert isinstance(error, ApiClientError)


@pytest.mark.parametrize("key", [None, KEY])
async def test_cancelling_a_task_cancels_its_call_on_the_server(key: str | None) -> None:
    async with serving(never) as server, client_of(server, auth_key=key) as client:
        calling = asyncio.ensure_future(client.list_gridpools())
        await server.arrived(1)
        calling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await calling
        await until(lambda: server.cancelled == 1)
        server.answers = (success,)
        assert await client.list_gridpools() == []


async def test_a_timeout_of_asyncio_raises_timeout_error() -> None:
    async with serving(never) as server, client_of(server) as client:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await client.list_gridpools()


# Other servers ------------------------------------------------------------------------------------


def success_after(event: asyncio.Event) -> Answer:
    async def answer(_: Context) -> None:
        await event.wait()

    return answer


@pytest.mark.parametrize("key", [None, KEY])
async def test_calls_in_flight_finish_on_the_old_connection(key: str | None) -> None:
    event = asyncio.Event()
    async with (
        serving(success_after(event)) as old,
        serving() as new,
        client_of(old, auth_key=key) as client,
    ):
        channel: Any = client.channel
        calls = [asyncio.ensure_future(call(each, client)) for each in METHODS]
        await old.arrived(len(calls))
        client.connect(new.url)
        assert client.server_url == new.url
        assert await client.list_gridpools() == []
        assert not any(calling.done() for calling in calls)

        event.set()
        await asyncio.gather(*calls)
        assert await client.list_gridpools() == []
        assert (len(old.attempts), len(new.attempts)) == (len(calls), 2)
        await until(lambda: not channel.is_open)


async def test_calls_in_flight_on_an_old_connection_raise_client_disconnected() -> None:
    async with serving(never) as old, serving() as new:
        client = client_of(old)
        calling = asyncio.ensure_future(client.list_gridpools())
        await old.arrived(1)
        client.connect(new.url)
        assert await client.list_gridpools() == []
        await client.disconnect()
        assert await outcomes(calling) == [ClientDisconnected]


INVALID_CONNECTS: Final[list[dict[str, Any]]] = [
    {"server_url": "nonsense"},
    {"server_url": "grpc://localhost:0"},
    {"server_url": "grpc://localhost?ssl_root_certificates_path=missing.pem"},
    {"auth_key": ""},
    {"auth_key": None},
    {"server_url": "grpc://localhost", "sign_secret": f"{SECRET}\n"},
]


async def test_connecting_with_invalid_arguments_changes_nothing() -> None:
    for arguments in INVALID_CONNECTS:
        async with (
            serving() as server,
            client_of(server, auth_key=KEY, sign_secret=SECRET) as client,
        ):
            channel = client.channel
            with pytest.raises(ValueError, match=r"server_url|auth_key|root cert|sign_secret"):
                client.connect(**arguments)
            assert client.server_url == server.url, arguments
            assert client.channel is channel, arguments
            await client.list_gridpools()
            await client.disconnect()
            client.connect()
            await client.list_gridpools()
        for attempt in server.attempts:
            assert attempt.value("sig") == signature(attempt), arguments
        assert len(server.attempts) == 2, arguments


async def test_calls_go_in_turn_to_all_addresses_that_are_reachable() -> None:
    async with serving() as first:
        async with serving() as second:
            ends = [server.url.removeprefix("grpc://").split("?")[0] for server in (first, second)]
            async with client_of(",".join(ends)) as client:
                async with asyncio.timeout(20):
                    while not (first.attempts and second.attempts):
                        await client.list_gridpools()
                before = [len(server.attempts) for server in (first, second)]
                for _ in range(10):
                    await client.list_gridpools()
                after = [len(server.attempts) for server in (first, second)]
                assert [late - early for early, late in zip(before, after, strict=True)] == [5, 5]

                first.attempts.clear()
                second.answers = (never,)
                await client.disconnect()
        async with client_of(",".join(ends)) as client:
            for _ in range(10):
                assert await client.list_gridpools() == []
        assert len(first.attempts) == 10


@pytest.mark.parametrize("name", ["assets.sock", "a b%c?d#e+f%41.sock"])
async def test_calls_can_go_to_a_unix_socket(name: str, tmp_path: Path) -> None:
    path = quote(str(tmp_path / name))
    async with (
        serving(address=f"unix://{path}") as server,
        AssetsApiClient(f"grpc+unix://{path}?ssl=false", policy=ONCE) as client,
    ):
        assert await client.list_gridpools() == []
    assert len(server.attempts) == 1


# Without a server ---------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", METHODS)
async def test_a_call_without_a_server_raises_the_reason_after_its_timeout(operation: str) -> None:
    with no_server() as address:
        async with client_of(address) as client:
            with pytest.raises(ServiceUnavailable, match="Connection refused") as failed:
                await call(operation, client, timeout=0.1)
    assert failed.value.operation == operation


async def test_a_call_that_does_not_wait_for_a_connection_fails_immediately() -> None:
    with no_server() as address:
        async with client_of(address, ONCE) as client:
            with pytest.raises(ServiceUnavailable, match="Connection refused"):
                await client.list_gridpools(timeout=None)


async def test_a_call_to_an_unknown_host_waits_and_raises_the_reason(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG", "frequenz.client.assets.calls")
    async with client_of("nobody.invalid") as client:
        with pytest.raises(ServiceUnavailable, match=r"nobody\.invalid"):
            await client.list_gridpools(timeout=1)
    # The first attempt fails immediately, the second one waits, and the probe finds the reason.
    assert [message.split(":")[1] for message in caplog.messages] == [
        " attempt 1",
        " attempt 2",
        " attempt 0",
    ]


@pytest.mark.parametrize("key", [None, KEY])
async def test_calls_wait_for_a_server_that_starts_later(key: str | None) -> None:
    with no_server() as address:
        async with client_of(address, auth_key=key) as client:
            calls = [asyncio.ensure_future(call(each, client)) for each in METHODS]
            failing = grpc.ChannelConnectivity.TRANSIENT_FAILURE
            await until(lambda: client.channel.get_state() is failing)
            async with serving(address=address) as server:
                await asyncio.gather(*calls)
    counted = Counter(attempt.operation for attempt in server.attempts)
    assert counted == dict.fromkeys(METHODS, 1)


async def test_a_client_finds_a_server_that_was_restarted() -> None:
    with no_server() as address:
        async with client_of(address) as client:
            for _ in range(2):
                async with serving(address=address) as server:
                    assert await client.list_gridpools() == []
                    assert len(server.attempts) == 1


# Readiness ----------------------------------------------------------------------------------------


async def test_ready_waits_for_a_connection_without_a_call() -> None:
    async with serving() as server, client_of(server) as client:
        await client.ready()
        assert client.channel.get_state() is grpc.ChannelConnectivity.READY
        await client.ready(timeout=None)
        assert not server.attempts
        assert await client.list_gridpools() == []


async def test_ready_returns_when_the_server_starts() -> None:
    with no_server() as address:
        async with client_of(address) as client:
            waiting = asyncio.ensure_future(client.ready())
            await asyncio.sleep(0.05)
            assert not waiting.done()
            async with serving(address=address):
                await waiting


async def test_ready_raises_the_reason_if_connections_are_refused() -> None:
    with no_server() as address:
        async with client_of(address) as client:
            with pytest.raises(ServiceUnavailable, match="Connection refused") as failed:
                await client.ready(timeout=0.1)
    assert failed.value.operation == "ready"


async def test_ready_times_out_if_the_server_does_not_answer() -> None:
    with no_server(listens=True) as address:
        async with client_of(address) as client:
            with pytest.raises(OperationTimedOut) as failed:
                await client.ready(timeout=0.1)
    assert failed.value.operation == "ready"


async def test_ready_raises_client_not_connected_without_a_channel() -> None:
    with pytest.raises(ClientNotConnected):
        await client_of(LOOPBACK, connect=False).ready()


async def test_ready_raises_client_disconnected_when_the_client_disconnects() -> None:
    with no_server() as address:
        client = client_of(address)
        waiting = [asyncio.ensure_future(client.ready()) for _ in range(3)]
        await asyncio.sleep(0.05)
        await client.disconnect()
        assert await outcomes(*waiting) == [ClientDisconnected] * 3


async def test_ready_can_be_cancelled() -> None:
    with no_server() as address:
        async with client_of(address) as client:
            waiting = asyncio.ensure_future(client.ready())
            await asyncio.sleep(0.02)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting


def certified(*names: str) -> tuple[grpc.ServerCredentials, ChannelOptions]:
    """Return the credentials of a server for some names, and the options for its clients."""
    authority = trustme.CA()
    issued = authority.issue_cert(*names)
    chain = b"".join(part.bytes() for part in issued.cert_chain_pems)
    roots = authority.cert_pem.bytes()
    return (
        grpc.ssl_server_credentials([(issued.private_key_pem.bytes(), chain)]),
        ChannelOptions(ssl=SslOptions(root_certificates=roots)),
    )


async def test_a_failed_handshake_ends_calls_without_a_retry(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, CALLS_LOGGER)
    credentials, _ = certified(LOOPBACK)
    _, others = certified(LOOPBACK)
    async with (
        serving(credentials=credentials) as server,
        client_of(server, CallPolicy(timeout=None), channel_defaults=others) as client,
    ):
        errors = await asyncio.gather(
            client.ready(), client.list_gridpools(), return_exceptions=True
        )
    for error in errors:
        assert isinstance(error, ServiceUnavailable)
        assert "handshake" in str(error).lower()
    attempts = [record.getMessage().partition(" after ")[0] for record in caplog.records]
    assert sorted(attempts) == [
        "ListGridpools: attempt 1: UNAVAILABLE",
        "ready: attempt 1: UNAVAILABLE",
    ]


# Sizes --------------------------------------------------------------------------------------------

LARGE: Final = 5 * 2**20


def padding(size: int) -> bytes:
    """Return an unknown field with a number of bytes."""
    return b"\x9a\x06" + write_varint(size) + bytes(size)


async def test_a_request_that_is_too_large_is_an_error() -> None:
    async with serving() as server, client_of(server) as client:
        with pytest.raises(
            ApiClientError,
            match=r"The request is too large: it has 52428\d\d bytes, and a request may have"
            " at most 4194304 bytes",
        ) as failed:
            await client.list_market_topology_relations(market_location_id_values=["x" * LARGE])
        assert isinstance(failed.value, ResourceExhausted)
        assert not server.attempts
        assert await client.list_gridpools() == []


async def test_a_request_that_grpc_refuses_for_the_server_is_called_a_request() -> None:
    unlimited = Transport(channel_options=[("grpc.max_send_message_length", -1)])
    async with (
        AssetsServer(Inventory()) as server,
        AssetsApiClient(server.url, transport=unlimited) as client,
    ):
        with pytest.raises(ResourceExhausted, match="request may have at most 16777216 bytes"):
            await client.list_market_topology_relations(
                market_location_id_values=["x" * 17 * 2**20]
            )


async def test_replies_of_any_size_arrive() -> None:
    async with serving(with_reply(padding(LARGE))) as server, client_of(server) as client:
        assert await client.list_gridpools() == []


@pytest.mark.parametrize(
    "transport",
    [
        Transport(max_receive_size=1000),
        Transport(channel_options=[("grpc.max_receive_message_length", 1000)]),
        Transport(
            max_receive_size=2**20, channel_options=[("grpc.max_receive_message_length", 1000)]
        ),
    ],
    ids=["max_receive_size", "channel option", "both"],
)
async def test_replies_above_the_limit_are_errors(transport: Transport) -> None:
    async with (
        serving(with_reply(padding(990))) as server,
        client_of(server, transport=transport) as client,
    ):
        assert await client.list_gridpools() == []
        server.answers = (with_reply(padding(1000)),)
        with pytest.raises(ResourceExhausted, match="reply may have at most 1000 bytes"):
            await client.list_gridpools()
    assert len(server.attempts) == 2


# Transport ----------------------------------------------------------------------------------------


async def test_metadata_is_sent_with_each_attempt() -> None:
    transport = Transport(metadata=[("trace", "abc"), ("trace-bin", b"\0\xff")])
    async with (
        serving(status(UNAVAILABLE), success) as server,
        client_of(server, transport=transport, auth_key=KEY, sign_secret=SECRET) as client,
    ):
        await client.list_gridpools()
    assert len(server.attempts) == 2
    for attempt in server.attempts:
        assert attempt.value("trace") == "abc"
        assert attempt.value("trace-bin") == b"\0\xff"
        assert attempt.value("sig") == signature(attempt)


@pytest.mark.parametrize(
    ("agent", "start"), [(None, "frequenz-client-assets/"), ("my-app/5", "my-app/5 grpc-")]
)
async def test_the_user_agent_is_sent(agent: str | None, start: str) -> None:
    async with (
        serving() as server,
        client_of(server, transport=Transport(user_agent=agent)) as client,
    ):
        await client.list_gridpools()
    assert server.attempts[0].value("user-agent").startswith(start)


class Counting(grpc.aio.UnaryUnaryClientInterceptor):
    """Records the methods of attempts, and counts those that are signed."""

    def __init__(self) -> None:
        self.methods: list[str] = []
        self.signed = 0

    async def intercept_unary_unary(
        self,
        continuation: Callable[[grpc.aio.ClientCallDetails, Any], Any],
        client_call_details: grpc.aio.ClientCallDetails,
        request: Any,
    ) -> Any:
        method: Any = client_call_details.method
        self.methods.append(method.decode())
        self.signed += "sig" in dict(client_call_details.metadata or ())
        return await continuation(client_call_details, request)


class Slow(Counting):
    """Takes longer than any timeout."""

    async def intercept_unary_unary(
        self,
        continuation: Callable[[grpc.aio.ClientCallDetails, Any], Any],
        client_call_details: grpc.aio.ClientCallDetails,
        request: Any,
    ) -> Any:
        await asyncio.sleep(1000)
        return await super().intercept_unary_unary(continuation, client_call_details, request)


async def test_the_timeout_of_a_call_includes_interceptors() -> None:
    slow = Slow()
    async with (
        serving(success) as server,
        client_of(server, transport=Transport(interceptors=[slow])) as client,
    ):
        with pytest.raises(OperationTimedOut):
            await client.list_gridpools(timeout=0.2)
    assert slow.methods == []


async def test_interceptors_are_called_for_each_attempt_before_it_is_signed() -> None:
    first, second = Counting(), Counting()
    async with (
        serving(status(UNAVAILABLE), success) as server,
        client_of(
            server,
            transport=Transport(interceptors=[first, second]),
            auth_key=KEY,
            sign_secret=SECRET,
        ) as client,
    ):
        await client.list_gridpools()
    for interceptor in (first, second):
        assert interceptor.methods == [f"/{SERVICE}/ListGridpools"] * 2
        assert not interceptor.signed
    assert [attempt.value("sig") for attempt in server.attempts] == [
        signature(attempt) for attempt in server.attempts
    ]


@asynccontextmanager
async def relayed(server: Server) -> AsyncIterator[tuple[str, list[int]]]:
    """Yield the address of a relay to a server, and the sizes of the data sent to it."""
    sizes: list[int] = []
    port = int(server.url.rpartition(":")[2].partition("?")[0])

    connections: list[asyncio.Task[None]] = []

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, count: bool) -> None:
        while data := await reader.read(2**16):
            if count:
                sizes.append(len(data))
            writer.write(data)
        writer.close()
        await writer.wait_closed()

    async def relay_connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(LOOPBACK, port)
        await asyncio.gather(copy(reader, back, True), copy(there, writer, False))

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(asyncio.create_task(relay_connection(reader, writer)))

    async with await asyncio.start_server(connected, LOOPBACK, 0) as relay:
        yield f"{LOOPBACK}:{relay.sockets[0].getsockname()[1]}", sizes
        await asyncio.gather(*connections)


@pytest.mark.parametrize(
    ("compression", "is_small"),
    [(None, False), (grpc.Compression.Gzip, True)],
    ids=["none", "gzip"],
)
async def test_requests_can_be_compressed(
    compression: grpc.Compression | None, is_small: bool
) -> None:
    transport = Transport(compression=compression)
    async with (
        serving() as server,
        relayed(server) as (address, sizes),
        client_of(address, transport=transport) as client,
    ):
        await client.list_market_topology_relations(market_location_id_values=["x" * 10**6])
    assert (sum(sizes) < 10**5) is is_small


async def test_the_authority_is_checked_against_the_certificate() -> None:
    credentials, trusted = certified("assets.example")
    async with serving(credentials=credentials) as server:
        async with client_of(server, ONCE, channel_defaults=trusted) as client:
            with pytest.raises(ServiceUnavailable):
                await client.list_gridpools()
        named = Transport(authority="assets.example")
        async with client_of(server, ONCE, named, channel_defaults=trusted) as client:
            assert await client.list_gridpools() == []
    assert len(server.attempts) == 1
