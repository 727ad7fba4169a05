"""The settings of calls and channels, pauses, and the decision to retry: without a server."""

import math
import random
from collections.abc import Callable, Iterable
from dataclasses import FrozenInstanceError, fields
from itertools import repeat
from typing import Any, Final

import grpc
import grpc.aio
import pytest
from frequenz.client.base.exception import ApiClientError
from frequenz.client.base.retry import ExponentialBackoff, LinearBackoff
from hypothesis import given
from hypothesis import strategies as st

from frequenz.client.assets import CallPolicy, RetryBudget, Transport
from frequenz.client.assets._calls.retryable import is_retryable, pause_before_retry
from frequenz.client.assets._transport.backoff import Pauses
from frequenz.client.assets._transport.policy import TokenBucket
from frequenz.client.assets.exceptions import ClientDisconnected

# Settings -----------------------------------------------------------------------------------------

NOT_POSITIVE: Final = (0, -1, -0.5, math.inf, -math.inf, math.nan)
Settings = Callable[..., Any]


class Retries:
    """The retries of a client with a policy."""

    def __init__(self, policy: CallPolicy) -> None:
        self._policy = policy
        self._bucket = TokenBucket(policy.budget)

    def pause(self, error: ApiClientError, pauses: Pauses) -> float | None:
        """Return the pause before the next attempt."""
        return pause_before_retry(self._policy, self._bucket, error, pauses)

    def succeeded(self) -> None:
        """Count a success."""
        self._bucket.refill()


INVALID: Final[list[tuple[Settings, str, Iterable[Any], type[Exception]]]] = [
    (CallPolicy, "timeout", NOT_POSITIVE, ValueError),
    (CallPolicy, "timeout", (2e9, 10**5000), ValueError),
    (CallPolicy, "timeout", ("5", True, [5]), TypeError),
    (CallPolicy, "attempt_timeout", NOT_POSITIVE, ValueError),
    (CallPolicy, "attempt_timeout", ("5", False), TypeError),
    (CallPolicy, "max_attempts", (0, -1, -(10**5000)), ValueError),
    (CallPolicy, "max_attempts", (None, 1.0, "5", True), TypeError),
    (CallPolicy, "backoff", (1.0, lambda: 1.0, LinearBackoff), TypeError),
    (CallPolicy, "budget", (100, RetryBudget), TypeError),
    (CallPolicy, "wait_for_connection", (None, "no"), TypeError),
    (RetryBudget, "bucket", (0, -1), ValueError),
    (RetryBudget, "bucket", (None, 1.5, "5", True), TypeError),
    (RetryBudget, "ratio", (-0.1, math.inf, math.nan), ValueError),
    (RetryBudget, "ratio", (None, "1"), TypeError),
    (Transport, "channel_options", ([("grpc.a", 2**31)], [("grpc.a", 10**5000)]), ValueError),
    (Transport, "channel_options", ([("grpc.enable_retries", 1)],), ValueError),
    (Transport, "channel_options", ([("grpc.a", 1.5)], [("grpc.a", True)], None), TypeError),
    (Transport, "interceptors", ([5], None), TypeError),
    (Transport, "metadata", ([("Upper", "x")], [("a", "x\ny")]), ValueError),
    (Transport, "metadata", ([("a-bin", "x")], [("a", 5)], None), TypeError),
    (Transport, "compression", ("gzip",), TypeError),
    (Transport, "user_agent", (5,), TypeError),
    (Transport, "authority", (5,), TypeError),
    (Transport, "max_receive_size", (0, -1, 2**31), ValueError),
    (Transport, "max_receive_size", (1.5, "5", True), TypeError),
    (Transport, "connect_timeout", (*NOT_POSITIVE, 1e9), ValueError),
    (Transport, "connect_timeout", (None, "5"), TypeError),
]


def test_errors_of_invalid_fields_name_them_and_say_what_is_expected() -> None:
    for settings, name, values, error in INVALID:
        for value in values:
            with pytest.raises(error) as raised:
                settings(**{name: value})
            message = str(raised.value)
            assert message.startswith(f"{name}: "), message
            assert ": expected " in message, message


def test_errors_of_metadata_do_not_contain_the_value() -> None:
    for metadata in ([("a", "secret\n")], [("a-bin", "secret")], [("secret!", "x")], "secret"):
        with pytest.raises((TypeError, ValueError)) as raised:
            Transport(metadata=metadata)  # type: ignore[arg-type]
        assert "secret" not in str(raised.value)


VALID: Final[list[tuple[Settings, dict[str, Any]]]] = [
    (CallPolicy, {"timeout": None, "attempt_timeout": None, "budget": None}),
    (CallPolicy, {"timeout": 1, "attempt_timeout": 0.001, "max_attempts": 1}),
    (CallPolicy, {"backoff": LinearBackoff(), "wait_for_connection": False}),
    (RetryBudget, {"bucket": 1, "ratio": 0}),
    (RetryBudget, {"bucket": 10**6, "ratio": 2.5}),
    (Transport, {"max_receive_size": 2**31 - 1, "connect_timeout": 0.1}),
    (Transport, {"channel_options": [("grpc.a", 2**31 - 1), ("grpc.b", "text")]}),
    (Transport, {"channel_options": [("grpc.enable_retries", 0)]}),
    (Transport, {"metadata": [("a", "x"), ("a-bin", b"\0"), ("a", "y")]}),
    (Transport, {"compression": grpc.Compression.Gzip, "authority": "a", "user_agent": "b"}),
]


def test_valid_fields_are_kept() -> None:
    for settings, arguments in VALID:
        instance = settings(**arguments)
        for name, value in arguments.items():
            expected = tuple(value) if isinstance(value, list) else value
            assert getattr(instance, name) == expected, (settings, name)


def test_the_default_settings_retry_for_a_minute() -> None:
    default = CallPolicy()
    assert (default.timeout, default.attempt_timeout, default.max_attempts) == (60.0, None, 5)
    assert default.budget == RetryBudget(bucket=100, ratio=0.25)
    assert default.wait_for_connection
    assert Transport().connect_timeout == 5.0
    assert Transport().max_receive_size is None


@pytest.mark.parametrize("settings", [CallPolicy, RetryBudget, Transport])
def test_settings_are_frozen_and_comparable(settings: Any) -> None:
    instance = settings()
    with pytest.raises(FrozenInstanceError):
        setattr(instance, fields(instance)[0].name, 5)
    assert hash(instance) == hash(settings())
    assert instance == settings()


@pytest.mark.parametrize("settings", [CallPolicy, RetryBudget, Transport])
def test_settings_have_no_positional_arguments(settings: Any) -> None:
    with pytest.raises(TypeError, match="positional"):
        settings(5)


def test_sequences_of_a_transport_are_copied() -> None:
    options: list[tuple[str, int | str]] = [("grpc.a", 1)]
    transport = Transport(channel_options=options)
    options.append(("grpc.enable_retries", 1))
    assert transport.channel_options == (("grpc.a", 1),)


@pytest.mark.parametrize(
    ("timeout", "expected"), [(..., 7.0), (None, None), (5, 5), (0.001, 0.001), (1e6, 1e6)]
)
def test_the_timeout_of_a_call_overrides_that_of_the_policy(
    timeout: Any, expected: float | None
) -> None:
    assert CallPolicy(timeout=7.0).resolve_timeout(timeout) == expected


@pytest.mark.parametrize("timeout", [*NOT_POSITIVE, "5", True])
def test_an_invalid_timeout_of_a_call_is_an_error(timeout: Any) -> None:
    with pytest.raises((TypeError, ValueError), match=r"^timeout: expected (a number of )?seconds"):
        CallPolicy().resolve_timeout(timeout)


# Pauses -------------------------------------------------------------------------------------------

MAXIMA: Final = (0.1, 0.2, 0.4, 0.8, 1.0, 1.0, 1.0)


def test_pauses_are_random_up_to_a_maximum_that_doubles() -> None:
    random.seed(5)
    calls = []
    for _ in range(2000):
        pauses = CallPolicy().pauses()
        calls.append([pauses() for _ in MAXIMA])
    for index, maximum in enumerate(MAXIMA):
        drawn = sorted(call[index] or 0.0 for call in calls)
        assert drawn[0] >= 0
        assert drawn[-1] <= maximum
        # The distribution is uniform: about 200 are in each tenth.
        for tenth in range(10):
            share = sum(tenth <= 10 * pause / maximum < tenth + 1 for pause in drawn)
            assert 130 < share < 270


def test_the_maximum_of_pauses_stays_constant() -> None:
    pauses = CallPolicy().pauses()
    drawn = [pause for _ in range(5000) if (pause := pauses()) is not None]
    assert len(drawn) == 5000
    assert 0.95 < max(drawn[-1000:]) <= 1.0
    assert min(drawn[-1000:]) < 0.05


def test_each_call_has_pauses_of_its_own() -> None:
    policy = CallPolicy(backoff=LinearBackoff(interval=3, jitter=0, limit=2))
    first, second = policy.pauses(), policy.pauses()
    assert [first(), first(), first()] == [3, 3, None]
    assert [second(), second(), second()] == [3, 3, None]


def test_each_call_restarts_the_strategy() -> None:
    strategy = ExponentialBackoff(initial_interval=1, max_interval=5, jitter=0)
    strategy.next_interval()
    policy = CallPolicy(backoff=strategy)
    for _ in range(2):
        pauses = policy.pauses()
        assert [pauses() for _ in range(5)] == [1, 2, 4, 5, 5]
    assert strategy.next_interval() == 2


# Retries ------------------------------------------------------------------------------------------

PUSHBACK: Final = "grpc-retry-pushback-ms"
NO_BUDGET: Final = CallPolicy(budget=None)


def status_of_grpc(
    code: grpc.StatusCode, details: str | None = "details", pushback: str | bytes | None = None
) -> grpc.aio.AioRpcError:
    trailing = grpc.aio.Metadata()
    if pushback is not None:
        trailing.add(PUSHBACK, pushback)
    return grpc.aio.AioRpcError(code, grpc.aio.Metadata(), trailing, details=details)


def error_of(
    code: grpc.StatusCode = grpc.StatusCode.UNAVAILABLE,
    details: str | None = "details",
    pushback: str | bytes | None = None,
) -> ApiClientError:
    status = status_of_grpc(code, details, pushback)
    error = ApiClientError.from_grpc_error(server_url="u", operation="o", grpc_error=status)
    error.is_retryable = is_retryable(status)
    return error


def always() -> float:
    return 0.5


WITH_PUSHBACK: Final = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED)


def test_only_unavailable_is_retried() -> None:
    for code in grpc.StatusCode:
        is_retried = code is grpc.StatusCode.UNAVAILABLE
        assert is_retryable(status_of_grpc(code)) is is_retried, code
        pause = Retries(NO_BUDGET).pause(error_of(code), always)
        assert pause == (0.5 if is_retried else None), code


@pytest.mark.parametrize(
    ("pushback", "pause"),
    [
        ("0", 0.0),
        ("1", 0.001),
        ("2500", 2.5),
        (b"2500", 2.5),
        ("-1", None),
        ("-2500", None),
        ("", None),
        ("soon", None),
        ("1.5", None),
        ("1e3", None),
        ("+5", None),
        ("5 s", None),
        ("\u0665", None),
        (b"\xff", None),
        ("9" * 5000, None),
    ],
    ids=lambda value: ascii(value)[:20],
)
def test_the_pause_is_the_pushback_of_the_server(
    pushback: str | bytes, pause: float | None
) -> None:
    for code in WITH_PUSHBACK:
        error = error_of(code, pushback=pushback)
        assert error.is_retryable is (pause is not None), code
        assert Retries(NO_BUDGET).pause(error, always) == pause, code


def test_other_statuses_are_not_retried_even_with_pushback() -> None:
    for code in grpc.StatusCode:
        if code not in WITH_PUSHBACK:
            assert Retries(NO_BUDGET).pause(error_of(code, pushback="1"), always) is None, code


def test_the_end_of_a_strategy_overrides_a_pushback() -> None:
    assert Retries(NO_BUDGET).pause(error_of(pushback="1"), lambda: None) is None


def test_errors_that_are_not_of_grpc_are_not_retried() -> None:
    error = ClientDisconnected(server_url="u", operation="o")
    assert Retries(NO_BUDGET).pause(error, always) is None
    error.is_retryable = True
    assert Retries(NO_BUDGET).pause(error, always) is None


def test_an_attempt_that_timed_out_is_retried_if_attempts_have_a_timeout() -> None:
    timed_out = error_of(grpc.StatusCode.DEADLINE_EXCEEDED)
    assert Retries(CallPolicy()).pause(timed_out, always) is None
    retries = Retries(CallPolicy(attempt_timeout=1, budget=RetryBudget(bucket=1)))
    assert [retries.pause(timed_out, always) for _ in range(9)] == [0.5] * 9


# The budget ---------------------------------------------------------------------------------------


def with_one_token_left(bucket: int, ratio: float = 0.25) -> Retries:
    """Return retries whose budget has one token left."""
    retries = Retries(CallPolicy(budget=RetryBudget(bucket=bucket, ratio=ratio)))
    for _ in range(bucket - 1):
        assert retries.pause(error_of(), always) == 0.5
    return retries


@pytest.mark.parametrize("bucket", [1, 2, 3, 100])
def test_nothing_is_retried_without_a_whole_token(bucket: int) -> None:
    retries = with_one_token_left(bucket)
    assert [retries.pause(error_of(), always) for _ in range(5)] == [None] * 5


def test_retries_without_a_budget_are_unlimited() -> None:
    retries = Retries(NO_BUDGET)
    assert {retries.pause(error_of(), always) for _ in range(1000)} == {0.5}
    retries.succeeded()


@pytest.mark.parametrize(
    ("ratio", "successes"), [(0.25, 8), (0.5, 4), (1, 2), (2, 1), (0.7, 3), (5, 1)]
)
def test_successes_give_back_parts_of_tokens(ratio: float, successes: int) -> None:
    retries = with_one_token_left(5, ratio)
    assert retries.pause(error_of(), always) is None
    for _ in range(successes - 1):
        retries.succeeded()
    probe = with_one_token_left(5, ratio)
    probe.pause(error_of(), always)
    for _ in range(successes - 1):
        probe.succeeded()
    assert probe.pause(error_of(), always) is None
    retries.succeeded()
    assert retries.pause(error_of(), always) == 0.5


@pytest.mark.parametrize(("failures", "ratio"), [(0, 0.7), (1, 5), (3, 5)])
def test_a_bucket_has_a_maximum(failures: int, ratio: float) -> None:
    retries = Retries(CallPolicy(budget=RetryBudget(bucket=3, ratio=ratio)))
    for _ in range(failures):
        retries.pause(error_of(), always)
    for _ in range(100):
        retries.succeeded()
    assert [retries.pause(error_of(), always) for _ in range(3)] == [0.5, 0.5, None]


def test_a_ratio_of_0_gives_nothing_back() -> None:
    retries = with_one_token_left(2, 0)
    for _ in range(1000):
        retries.succeeded()
    assert retries.pause(error_of(), always) is None


BROKEN_CONNECTIONS: Final = (
    "failed to connect to all addresses; last error: UNKNOWN: ipv4:127.0.0.1:1: Failed to connect"
    " to remote host: Connection refused",
    "errors resolving host: [UNKNOWN: dns]",
    "recvmsg:Connection reset by peer",
    "sendmsg: Broken pipe (32)",
    "Socket closed",
    "Stream removed (None)",
    "GOAWAY received; Error code: 0; Debug Text: max_age",
    "RST_STREAM with error code 7",
    "keepalive timeout",
    "keepalive watchdog timeout",
    "ping timeout",
    "GOAWAY received; Error code: 11; Debug Text: too_many_pings",
    "Too many pings",
    "endpoint closing",
)


@pytest.mark.parametrize("details", BROKEN_CONNECTIONS)
def test_a_broken_connection_costs_nothing(details: str) -> None:
    retries = with_one_token_left(3)
    assert {retries.pause(error_of(details=details), always) for _ in range(9)} == {0.5}


@pytest.mark.parametrize(
    "details",
    [
        None,
        "",
        "details",
        "overloaded",
        "database is down",
        "try later",
        "database: connection refused",
        "upstream connect error; reset reason: connection refused",
        "lost its socket closed",
    ],
)
def test_an_unavailable_of_the_server_costs_a_token(details: str | None) -> None:
    retries = with_one_token_left(3)
    assert retries.pause(error_of(details=details), always) is None


@pytest.mark.parametrize(
    "reason",
    [
        "Ssl handshake failed (TSI_PROTOCOL_FAILURE)",
        "Tls handshake failed (TSI_PROTOCOL_FAILURE)",
        "Custom verification check failed with error: UNAUTHENTICATED: Hostname Verification Check",
    ],
)
def test_a_failed_tls_handshake_is_not_retried(reason: str) -> None:
    details = f"failed to connect to all addresses; last error: UNKNOWN: ipv4:1.2.3.4:5: {reason}"
    error = error_of(details=details)
    assert not error.is_retryable
    assert Retries(CallPolicy()).pause(error, always) is None
    assert error_of(details=f"an answer of the server: {reason}").is_retryable


def test_resource_exhausted_with_pushback_costs_nothing() -> None:
    retries = with_one_token_left(3)
    exhausted = error_of(grpc.StatusCode.RESOURCE_EXHAUSTED, pushback="1000")
    assert {retries.pause(exhausted, always) for _ in range(9)} == {1.0}


@pytest.mark.parametrize(
    "error",
    [
        error_of(grpc.StatusCode.NOT_FOUND),
        error_of(grpc.StatusCode.RESOURCE_EXHAUSTED),
        error_of(grpc.StatusCode.UNAVAILABLE, pushback="-1"),
    ],
    ids=["not found", "exhausted", "pushback -1"],
)
def test_errors_that_are_not_retryable_cost_nothing(error: ApiClientError) -> None:
    retries = with_one_token_left(3)
    for _ in range(9):
        assert retries.pause(error, always) is None
    retries = Retries(CallPolicy(budget=RetryBudget(bucket=2)))
    for _ in range(9):
        retries.pause(error, always)
    assert retries.pause(error_of(), always) == 0.5


@given(
    bucket=st.integers(1, 5),
    ratio=st.sampled_from([0, 0.25, 0.5, 1, 3]),
    events=st.lists(st.booleans(), min_size=10, max_size=40),
)
def test_the_budget_follows_its_description(bucket: int, ratio: float, events: list[bool]) -> None:
    retries = Retries(CallPolicy(budget=RetryBudget(bucket=bucket, ratio=ratio)))
    tokens = float(bucket)
    for is_success in events:
        if is_success:
            retries.succeeded()
            tokens = min(tokens + ratio, bucket)
        else:
            tokens = max(tokens - 1, 0)
            assert retries.pause(error_of(), always) == (0.5 if tokens >= 1 else None)


def test_each_retry_has_the_next_pause() -> None:
    retries = Retries(NO_BUDGET)
    pauses = iter([0.1, 0.2, *repeat(None, 2)])
    drawn = [retries.pause(error_of(), pauses.__next__) for _ in range(4)]
    assert drawn == [0.1, 0.2, None, None]
