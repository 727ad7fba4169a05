"""The settings of calls and channels, and the pauses between attempts: without a server."""

import math
import random
from collections.abc import Callable, Iterable
from dataclasses import FrozenInstanceError, fields
from typing import Any, Final

import grpc
import grpc.aio
import pytest
from frequenz.client.base.retry import ExponentialBackoff, LinearBackoff

from frequenz.client.assets import CallPolicy, RetryBudget, Transport

# Settings -----------------------------------------------------------------------------------------

NOT_POSITIVE: Final = (0, -1, -0.5, math.inf, -math.inf, math.nan)
Settings = Callable[..., Any]


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
