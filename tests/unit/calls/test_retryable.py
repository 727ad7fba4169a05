"""The decision to retry a call, and the budget of retries: without a server."""

from itertools import repeat
from typing import Final

import grpc
import grpc.aio
import pytest
from frequenz.client.base.exception import ApiClientError
from hypothesis import given
from hypothesis import strategies as st

from frequenz.client.assets import CallPolicy, RetryBudget
from frequenz.client.assets._calls.retryable import is_retryable, pause_before_retry
from frequenz.client.assets._transport.backoff import Pauses
from frequenz.client.assets._transport.policy import TokenBucket
from frequenz.client.assets.exceptions import ClientDisconnected


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
