"""How often calls are tried, and how long they wait between: as numbers, without any server."""

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
from frequenz.client.assets._calls.retries import is_retryable, pause_before_retry
from frequenz.client.assets._transport.policy import Pauses, TokenBucket
from frequenz.client.assets.exceptions import ClientDisconnected

# What a policy may be -----------------------------------------------------------------------------

NOT_POSITIVE: Final = (0, -1, -0.5, math.inf, -math.inf, math.nan)
Made = Callable[..., Any]


class Retries:
    """A policy with what is left of its budget."""

    def __init__(self, policy: CallPolicy) -> None:
        self._policy = policy
        self._bucket = TokenBucket(policy.budget)

    def pause(self, error: ApiClientError, pauses: Pauses) -> float | None:
        """Return the pause before the next attempt."""
        return pause_before_retry(self._policy, self._bucket, error, pauses)

    def succeeded(self) -> None:
        """Count a success."""
        self._bucket.refill()


def refused(make: Made, name: str, values: Iterable[Any], error: type[Exception]) -> list[Any]:
    return [pytest.param(make, name, value, error, id=f"{name}={value!r}") for value in values]


@pytest.mark.parametrize(
    ("make", "name", "value", "error"),
    [
        *refused(CallPolicy, "timeout", NOT_POSITIVE, ValueError),
        *refused(CallPolicy, "timeout", ("5", True, [5]), TypeError),
        *refused(CallPolicy, "attempt_timeout", NOT_POSITIVE, ValueError),
        *refused(CallPolicy, "attempt_timeout", ("5", False), TypeError),
        *refused(CallPolicy, "max_attempts", (0, -1), ValueError),
        *refused(CallPolicy, "max_attempts", (None, 1.0, "5", True), TypeError),
        *refused(CallPolicy, "backoff", (1.0, lambda: 1.0, LinearBackoff), TypeError),
        *refused(CallPolicy, "budget", (100, RetryBudget), TypeError),
        *refused(CallPolicy, "wait_for_connection", (None, "no"), TypeError),
        *refused(RetryBudget, "bucket", (0, -1), ValueError),
        *refused(RetryBudget, "bucket", (None, 1.5, "5", True), TypeError),
        *refused(RetryBudget, "ratio", (-0.1, math.inf, math.nan), ValueError),
        *refused(RetryBudget, "ratio", (None, "1"), TypeError),
        *refused(Transport, "channel_options", ([("grpc.a", 2**31)],), ValueError),
        *refused(Transport, "channel_options", ([("grpc.enable_retries", 1)],), ValueError),
        *refused(
            Transport, "channel_options", ([("grpc.a", 1.5)], [("grpc.a", True)], None), TypeError
        ),
        *refused(Transport, "interceptors", ([5], None), TypeError),
        *refused(Transport, "metadata", ([("Upper", "x")], [("a", "x\ny")]), ValueError),
        *refused(Transport, "metadata", ([("a-bin", "x")], [("a", 5)], None), TypeError),
        *refused(Transport, "compression", ("gzip",), TypeError),
        *refused(Transport, "user_agent", (5,), TypeError),
        *refused(Transport, "authority", (5,), TypeError),
        *refused(Transport, "max_receive_size", (0, -1, 2**31), ValueError),
        *refused(Transport, "max_receive_size", (1.5, "5", True), TypeError),
        *refused(Transport, "connect_timeout", (*NOT_POSITIVE, 1e9), ValueError),
        *refused(Transport, "connect_timeout", (None, "5"), TypeError),
    ],
)
def test_a_field_that_is_not_as_it_must_be_is_named(
    make: Made, name: str, value: Any, error: type[Exception]
) -> None:
    with pytest.raises(error, match=f"^{name}: "):
        make(**{name: value})


@pytest.mark.parametrize(
    ("make", "fields"),
    [
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
    ],
)
def test_what_a_policy_may_be(make: Made, fields: dict[str, Any]) -> None:
    made = make(**fields)
    for name, value in fields.items():
        assert getattr(made, name) == (tuple(value) if isinstance(value, list) else value)


def test_the_usual_policy() -> None:
    usual = CallPolicy()
    assert (usual.timeout, usual.attempt_timeout, usual.max_attempts) == (60.0, None, 5)
    assert usual.budget == RetryBudget(bucket=100, ratio=0.25)
    assert usual.wait_for_connection
    assert Transport().connect_timeout == 5.0
    assert Transport().max_receive_size is None


@pytest.mark.parametrize("made", [CallPolicy(), RetryBudget(), Transport()])
def test_a_policy_does_not_change(made: Any) -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(made, fields(made)[0].name, 5)
    assert hash(made) == hash(type(made)())
    assert made == type(made)()


def test_a_policy_takes_no_field_by_its_place() -> None:
    for make in (CallPolicy, RetryBudget, Transport):
        made: Any = make
        with pytest.raises(TypeError, match="positional"):
            made(5)


def test_a_transport_keeps_what_it_was_given() -> None:
    options: list[tuple[str, int | str]] = [("grpc.a", 1)]
    transport = Transport(channel_options=options)
    options.append(("grpc.enable_retries", 1))
    assert transport.channel_options == (("grpc.a", 1),)


@pytest.mark.parametrize(
    ("asked", "granted"), [(..., 7.0), (None, None), (5, 5), (0.001, 0.001), (1e6, 1e6)]
)
def test_the_time_for_a_call(asked: Any, granted: float | None) -> None:
    assert CallPolicy(timeout=7.0).granted(asked) == granted


@pytest.mark.parametrize("asked", [*NOT_POSITIVE, "5", True])
def test_a_time_that_no_call_can_have_is_refused(asked: Any) -> None:
    with pytest.raises((TypeError, ValueError), match=r"^timeout: expected (a number of )?seconds"):
        CallPolicy().granted(asked)


# Pauses -------------------------------------------------------------------------------------------

CAPS: Final = (0.1, 0.2, 0.4, 0.8, 1.0, 1.0, 1.0)


def test_pauses_are_at_random_up_to_a_cap_that_doubles() -> None:
    random.seed(5)
    made = []
    for _ in range(2000):
        pauses = CallPolicy().pauses()
        made.append([pauses() for _ in CAPS])
    for place, cap in enumerate(CAPS):
        drawn = sorted(pause[place] or 0.0 for pause in made)
        assert drawn[0] >= 0
        assert drawn[-1] <= cap
        # Evenly over all of it: each tenth gets near its share of 200.
        for tenth in range(10):
            share = sum(tenth <= 10 * pause / cap < tenth + 1 for pause in drawn)
            assert 130 < share < 270


def test_pauses_stay_at_their_cap_for_ever() -> None:
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


def test_a_strategy_begins_anew_with_each_call() -> None:
    strategy = ExponentialBackoff(initial_interval=1, max_interval=5, jitter=0)
    strategy.next_interval()
    policy = CallPolicy(backoff=strategy)
    for _ in range(2):
        pauses = policy.pauses()
        assert [pauses() for _ in range(5)] == [1, 2, 4, 5, 5]
    assert strategy.next_interval() == 2


# What is tried again ------------------------------------------------------------------------------

PUSHBACK: Final = "grpc-retry-pushback-ms"
ENDLESS: Final = CallPolicy(budget=None)


def answer(
    code: grpc.StatusCode, details: str | None = "as told", pushback: str | bytes | None = None
) -> grpc.aio.AioRpcError:
    trailing = grpc.aio.Metadata()
    if pushback is not None:
        trailing.add(PUSHBACK, pushback)
    return grpc.aio.AioRpcError(code, grpc.aio.Metadata(), trailing, details=details)


def failed(
    code: grpc.StatusCode = grpc.StatusCode.UNAVAILABLE,
    details: str | None = "as told",
    pushback: str | bytes | None = None,
) -> ApiClientError:
    error = answer(code, details, pushback)
    made = ApiClientError.from_grpc_error(server_url="u", operation="o", grpc_error=error)
    made.is_retryable = is_retryable(error)
    return made


def always() -> float:
    return 0.5


@pytest.mark.parametrize("code", list(grpc.StatusCode))
def test_only_unavailable_is_tried_again(code: grpc.StatusCode) -> None:
    is_it = code is grpc.StatusCode.UNAVAILABLE
    assert is_retryable(answer(code)) is is_it
    assert Retries(ENDLESS).pause(failed(code), always) == (0.5 if is_it else None)


@pytest.mark.parametrize("code", [grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED])
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
)
def test_a_server_says_when_to_try_again(
    code: grpc.StatusCode, pushback: str | bytes, pause: float | None
) -> None:
    error = failed(code, pushback=pushback)
    assert error.is_retryable is (pause is not None)
    assert Retries(ENDLESS).pause(error, always) == pause


@pytest.mark.parametrize(
    "code",
    [code for code in grpc.StatusCode if code.name not in ("UNAVAILABLE", "RESOURCE_EXHAUSTED")],
)
def test_no_other_status_is_tried_again_even_if_the_server_says_when(
    code: grpc.StatusCode,
) -> None:
    assert Retries(ENDLESS).pause(failed(code, pushback="1"), always) is None


def test_a_strategy_that_is_at_its_end_wins_over_the_server() -> None:
    assert Retries(ENDLESS).pause(failed(pushback="1"), lambda: None) is None


def test_an_error_that_is_no_answer_is_not_tried_again() -> None:
    gone = ClientDisconnected(server_url="u", operation="o")
    assert Retries(ENDLESS).pause(gone, always) is None
    gone.is_retryable = True
    assert Retries(ENDLESS).pause(gone, always) is None


def test_an_attempt_that_took_too_long_is_tried_again_if_its_time_was_limited() -> None:
    late = failed(grpc.StatusCode.DEADLINE_EXCEEDED)
    assert Retries(CallPolicy()).pause(late, always) is None
    limited = CallPolicy(attempt_timeout=1, budget=RetryBudget(bucket=1))
    retries = Retries(limited)
    assert [retries.pause(late, always) for _ in range(9)] == [0.5] * 9


# The budget ---------------------------------------------------------------------------------------


def spent(bucket: int, ratio: float = 0.25) -> Retries:
    """What is left of a budget that has one whole token: the next answer takes it."""
    retries = Retries(CallPolicy(budget=RetryBudget(bucket=bucket, ratio=ratio)))
    for _ in range(bucket - 1):
        assert retries.pause(failed(), always) == 0.5
    return retries


@pytest.mark.parametrize("bucket", [1, 2, 3, 100])
def test_without_a_whole_token_nothing_is_tried_again(bucket: int) -> None:
    retries = spent(bucket)
    assert [retries.pause(failed(), always) for _ in range(5)] == [None] * 5


def test_without_a_budget_there_is_no_limit() -> None:
    retries = Retries(ENDLESS)
    assert {retries.pause(failed(), always) for _ in range(1000)} == {0.5}
    retries.succeeded()


@pytest.mark.parametrize(
    ("ratio", "successes"), [(0.25, 8), (0.5, 4), (1, 2), (2, 1), (0.7, 3), (5, 1)]
)
def test_successes_give_tokens_back(ratio: float, successes: int) -> None:
    retries = spent(5, ratio)
    assert retries.pause(failed(), always) is None
    for _ in range(successes - 1):
        retries.succeeded()
    probe = spent(5, ratio)
    probe.pause(failed(), always)
    for _ in range(successes - 1):
        probe.succeeded()
    assert probe.pause(failed(), always) is None
    retries.succeeded()
    assert retries.pause(failed(), always) == 0.5


@pytest.mark.parametrize(("failures", "ratio"), [(0, 0.7), (1, 5), (3, 5)])
def test_a_bucket_does_not_run_over(failures: int, ratio: float) -> None:
    retries = Retries(CallPolicy(budget=RetryBudget(bucket=3, ratio=ratio)))
    for _ in range(failures):
        retries.pause(failed(), always)
    for _ in range(100):
        retries.succeeded()
    assert [retries.pause(failed(), always) for _ in range(3)] == [0.5, 0.5, None]


def test_a_ratio_of_0_gives_nothing_back() -> None:
    retries = spent(2, 0)
    for _ in range(1000):
        retries.succeeded()
    assert retries.pause(failed(), always) is None


OF_THE_WAY: Final = (
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


@pytest.mark.parametrize("details", OF_THE_WAY)
def test_what_breaks_on_the_way_costs_nothing(details: str) -> None:
    retries = spent(3)
    assert {retries.pause(failed(details=details), always) for _ in range(9)} == {0.5}


@pytest.mark.parametrize(
    "details",
    [
        None,
        "",
        "as told",
        "overloaded",
        "database is down",
        "try later",
        "database: connection refused",
        "upstream connect error; reset reason: connection refused",
        "lost its socket closed",
    ],
)
def test_what_a_server_answers_costs_a_token(details: str | None) -> None:
    retries = spent(3)
    assert retries.pause(failed(details=details), always) is None


@pytest.mark.parametrize(
    "reason",
    [
        "Ssl handshake failed (TSI_PROTOCOL_FAILURE)",
        "Tls handshake failed (TSI_PROTOCOL_FAILURE)",
        "Custom verification check failed with error: UNAUTHENTICATED: Hostname Verification Check",
    ],
)
def test_a_failure_of_tls_is_final(reason: str) -> None:
    details = f"failed to connect to all addresses; last error: UNKNOWN: ipv4:1.2.3.4:5: {reason}"
    error = failed(details=details)
    assert not error.is_retryable
    assert Retries(CallPolicy()).pause(error, always) is None
    assert failed(details=f"the server's own words: {reason}").is_retryable


def test_a_server_that_says_when_to_try_again_costs_nothing_if_it_is_exhausted() -> None:
    retries = spent(3)
    exhausted = failed(grpc.StatusCode.RESOURCE_EXHAUSTED, pushback="1000")
    assert {retries.pause(exhausted, always) for _ in range(9)} == {1.0}


@pytest.mark.parametrize(
    "error",
    [
        failed(grpc.StatusCode.NOT_FOUND),
        failed(grpc.StatusCode.RESOURCE_EXHAUSTED),
        failed(grpc.StatusCode.UNAVAILABLE, pushback="-1"),
    ],
    ids=str,
)
def test_what_is_not_tried_again_costs_nothing(error: ApiClientError) -> None:
    retries = spent(3)
    for _ in range(9):
        assert retries.pause(error, always) is None
    retries = Retries(CallPolicy(budget=RetryBudget(bucket=2)))
    for _ in range(9):
        retries.pause(error, always)
    assert retries.pause(failed(), always) == 0.5


@given(
    bucket=st.integers(1, 5),
    ratio=st.sampled_from([0, 0.25, 0.5, 1, 3]),
    events=st.lists(st.booleans(), min_size=10, max_size=40),
)
def test_the_budget_is_that_of_its_description(
    bucket: int, ratio: float, events: list[bool]
) -> None:
    retries = Retries(CallPolicy(budget=RetryBudget(bucket=bucket, ratio=ratio)))
    tokens = float(bucket)
    for is_success in events:
        if is_success:
            retries.succeeded()
            tokens = min(tokens + ratio, bucket)
        else:
            tokens = max(tokens - 1, 0)
            assert retries.pause(failed(), always) == (0.5 if tokens >= 1 else None)


def test_the_pauses_are_taken_one_after_another() -> None:
    retries = Retries(ENDLESS)
    pauses = iter([0.1, 0.2, *repeat(None, 2)])
    drawn = [retries.pause(failed(), pauses.__next__) for _ in range(4)]
    assert drawn == [0.1, 0.2, None, None]
