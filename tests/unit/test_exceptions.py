"""The errors: what they say, that they survive pickle and copy, and when to try again."""

import copy
import copyreg
import pickle
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from typing import Any, Final
from unittest.mock import AsyncMock, MagicMock

import grpc
import grpc.aio
import pytest
from frequenz.client.base import exception as base
from frequenz.client.common.microgrid.sensors import SensorId

from frequenz.client.assets import (
    AssetsApiClient,
    CallPolicy,
    Gridpool,
    GridpoolEnergySchedule,
    MarketTopologyRelation,
    Microgrid,
    Sensor,
    exceptions,
)
from frequenz.client.assets.electrical_component import ComponentConnection, Meter
from frequenz.client.assets.exceptions import (
    ApiClientError,
    ClientDisconnected,
    ClientNotConnected,
    GrpcError,
    InvalidItemsGroup,
    InvalidMicrogridError,
    InvalidReplyError,
    InvalidSensorError,
    ValidationError,
)
from frequenz.client.assets.findings import Finding, Rule

from .examples import example
from .messages import VALID

URL: Final = "grpc://localhost:1?ssl=false"

# One of each --------------------------------------------------------------------------------------


def failure(
    status: grpc.StatusCode = grpc.StatusCode.RESOURCE_EXHAUSTED, **trailing: str | bytes
) -> grpc.aio.AioRpcError:
    """Return what gRPC raises for a status."""
    return grpc.aio.AioRpcError(
        status,
        grpc.aio.Metadata(("served-by", "north"), ("served-by", "south")),
        grpc.aio.Metadata(*((key.replace("_", "-"), value) for key, value in trailing.items())),
        details="too many calls",
        debug_error_string="as gRPC tells it",
    )


OF_A_CALL: Final = {"server_url": URL, "operation": "GetMicrogrid"}
WITH_METADATA: Final = failure(grpc_retry_pushback_ms="250", trace_bin=b"\0\xff")

FINDINGS: Final = (
    Finding(
        "sensor 8", Rule.ID_TAKEN, "id", "duplicate ID 8: an earlier sensor in the list has it"
    ),
    Finding("sensor 8", Rule.LIFETIME_MISSING, "operational_lifetime", "missing"),
)


def issues(kind: str) -> dict[str, Any]:
    """Return what an error of this family is made of."""
    return {
        "major_issues": ["id: it is taken", "name: it is odd"],
        "minor_issues": ["operational_lifetime: missing"],
        "raw_message": VALID[kind](),
        "findings": FINDINGS,
    }


def invalid_sensor(number: int = 8) -> InvalidSensorError:
    return InvalidSensorError(sensor=example(Sensor, id=SensorId(number)), **issues("sensor"))


MADE: Final[dict[type[Any], Callable[[], BaseException]]] = {
    ApiClientError: partial(ApiClientError, **OF_A_CALL, description="why", retryable=True),
    ClientDisconnected: partial(ClientDisconnected, **OF_A_CALL),
    ClientNotConnected: partial(ClientNotConnected, **OF_A_CALL),
    GrpcError: partial(
        GrpcError, **OF_A_CALL, description="why", grpc_error=WITH_METADATA, retryable=False
    ),
    ValidationError: partial(ValidationError, **issues("sensor")),
    InvalidReplyError: partial(InvalidReplyError, **issues("sensor")),
    InvalidSensorError: invalid_sensor,
    InvalidMicrogridError: partial(
        InvalidMicrogridError, microgrid=example(Microgrid), **issues("microgrid")
    ),
    exceptions.InvalidElectricalComponentError: partial(
        exceptions.InvalidElectricalComponentError, component=example(Meter), **issues("meter")
    ),
    exceptions.InvalidConnectionError: partial(
        exceptions.InvalidConnectionError,
        connection=example(ComponentConnection),
        **issues("connection"),
    ),
    exceptions.InvalidGridpoolError: partial(
        exceptions.InvalidGridpoolError, gridpool=example(Gridpool), **issues("gridpool")
    ),
    exceptions.InvalidGridpoolEnergyScheduleError: partial(
        exceptions.InvalidGridpoolEnergyScheduleError,
        schedule=example(GridpoolEnergySchedule),
        **issues("schedule"),
    ),
    exceptions.InvalidMarketTopologyRelationError: partial(
        exceptions.InvalidMarketTopologyRelationError,
        relation=example(MarketTopologyRelation),
        **issues("relation"),
    ),
    InvalidItemsGroup: lambda: InvalidItemsGroup(
        "two are wrong",
        [invalid_sensor(8), invalid_sensor(9)],
        items=[example(Sensor, id=SensorId(number)) for number in (1, 2)],
    ),
}
"""How to make an error, where it takes more than what gRPC says."""


def made(name: str) -> BaseException:
    """Return an error of a class of the package's, with notes."""
    cls = getattr(exceptions, name)
    make = MADE.get(cls) or partial(cls, **OF_A_CALL, grpc_error=WITH_METADATA)
    error = make()
    error.add_note("seen in the night shift")
    error.add_note("and again")
    return error


def shown(value: Any) -> Any:
    """Return what is to be equal in an error and its copy; errors themselves never are."""
    if isinstance(value, grpc.aio.AioRpcError):
        of_grpc = (value.code(), value.details(), value.debug_error_string(), str(value))
        metadata = (value.initial_metadata(), value.trailing_metadata())
        return type(value), of_grpc, [list(pairs or ()) for pairs in metadata]
    if isinstance(value, BaseExceptionGroup):
        told = value.message, [shown(error) for error in value.exceptions]
        return type(value), str(value), told, shown(vars(value))
    if isinstance(value, BaseException):
        return type(value), str(value), value.args, shown(vars(value))
    if isinstance(value, dict):
        return {key: shown(part) for key, part in value.items()}
    return value


every_error = pytest.mark.parametrize("name", exceptions.__all__)


def through_pickle(protocol: int, error: Any) -> Any:
    """Return what comes back from pickle."""
    return pickle.loads(pickle.dumps(error, protocol))


DUPLICATES: Final[dict[str, Callable[[Any], Any]]] = {
    **{
        f"pickle {protocol}": partial(through_pickle, protocol)
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    },
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}

every_duplicate = pytest.mark.parametrize("way", DUPLICATES)


# Pickle and copy ----------------------------------------------------------------------------------


@every_error
@every_duplicate
def test_every_error_can_be_pickled_and_copied(name: str, way: str) -> None:
    error = made(name)
    before = shown(error)
    again = DUPLICATES[way](error)
    assert again is not error
    assert type(again) is getattr(exceptions, name)
    assert shown(again) == before == shown(error)
    assert again.__notes__ == ["seen in the night shift", "and again"]


@every_error
@pytest.mark.parametrize("way", [f"pickle {pickle.HIGHEST_PROTOCOL}", "copy", "deepcopy"])
def test_an_attribute_of_the_callers_is_kept(name: str, way: str) -> None:
    error: Any = made(name)
    error.attempt = 3
    again = DUPLICATES[way](error)
    assert shown(again) == shown(error)
    assert again.attempt == 3


@every_error
@every_duplicate
def test_a_duplicate_of_a_duplicate_is_like_the_first(name: str, way: str) -> None:
    error = made(name)
    assert shown(DUPLICATES[way](DUPLICATES[way](error))) == shown(error)


@every_error
def test_an_attribute_of_a_copy_is_its_own(name: str) -> None:
    error: Any = made(name)
    again = copy.copy(error)
    again.attempt = 3
    assert not hasattr(error, "attempt")


@every_error
def test_a_deep_copy_shares_nothing_that_can_be_changed(name: str) -> None:
    error: Any = made(name)
    again = copy.deepcopy(error)
    again.__notes__.clear()
    errors, copies = (
        group.exceptions if isinstance(group, BaseExceptionGroup) else [group]
        for group in (error, again)
    )
    for one, other in zip(errors, copies, strict=True):
        if isinstance(one, ValidationError):
            other.major_issues.clear()
            other.raw_message.Clear()
    assert shown(error) == shown(made(name))


def test_pickled_errors_are_read_in_a_process_that_has_imported_nothing() -> None:
    errors = {name: made(name) for name in exceptions.__all__}
    code = (
        "import pickle, sys;"
        " errors = pickle.load(sys.stdin.buffer);"
        " sys.stdout.buffer.write(repr({n: str(e) for n, e in errors.items()}).encode())"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], input=pickle.dumps(errors), capture_output=True, check=True
    )
    assert run.stdout.decode() == repr({name: str(error) for name, error in errors.items()})


class ElsewhereError(ApiClientError):
    """An error of another package, which is made anew in its own way."""

    def __init__(self, code: int) -> None:
        super().__init__(**OF_A_CALL, description=f"code {code}", retryable=False)
        self.code = code

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.code + 1,)


@every_duplicate
def test_an_error_of_another_package_keeps_its_own_way(way: str) -> None:
    again = DUPLICATES[way](ElsewhereError(7))
    assert type(again) is ElsewhereError
    assert again.code == 8
    assert ElsewhereError not in copyreg.dispatch_table


# Which errors there are ---------------------------------------------------------------------------


def test_every_error_of_the_base_client_is_here_and_the_very_same() -> None:
    theirs = {
        name: cls
        for name, cls in vars(base).items()
        if isinstance(cls, type) and issubclass(cls, ApiClientError)
    }
    assert {name: getattr(exceptions, name, None) for name in theirs} == theirs
    assert set(theirs) <= set(exceptions.__all__)


def test_the_errors_are_of_three_families() -> None:
    families = {ApiClientError, ExceptionGroup, ValidationError}
    for name in exceptions.__all__:
        cls = getattr(exceptions, name)
        assert len([family for family in families if issubclass(cls, family)]) == 1, name


# What they say ------------------------------------------------------------------------------------


def test_a_validation_error_names_entity_path_sentence_and_what_to_do() -> None:
    error = ValidationError(
        major_issues=["id: duplicate ID 8: an earlier sensor in the list has it", "name: odd"],
        minor_issues=["operational_lifetime: missing"],
        raw_message=VALID["sensor"](),
        findings=FINDINGS,
    )
    assert str(error) == (
        "Validation failed: sensor 8: id: duplicate ID 8: an earlier sensor in the list has it;"
        " name: odd (what to do: give each its own ID, or remove the duplicate)"
    )


def test_the_same_advice_is_given_once() -> None:
    cycle, taken = (
        Finding("sensor 8", rule, "somewhere", "wrong") for rule in (Rule.CYCLE, Rule.ID_TAKEN)
    )
    error = ValidationError(
        major_issues=["a"],
        minor_issues=[],
        raw_message=VALID["sensor"](),
        findings=[cycle, taken, cycle],
    )
    assert str(error).endswith(
        " (what to do: reverse or remove a connection: all lead away from the grid connection"
        " point; give each its own ID, or remove the duplicate)"
    )


def test_a_validation_error_can_be_made_of_texts_alone() -> None:
    error = InvalidMicrogridError(
        microgrid=example(Microgrid),
        major_issues=["a: b", "c: d"],
        minor_issues=["e: f"],
        raw_message=VALID["microgrid"](),
    )
    assert error.findings == ()
    assert str(error) == "Validation failed: Microgrid: a: b; c: d"


def test_the_findings_of_an_error_cannot_be_changed() -> None:
    error = ValidationError(**{**issues("sensor"), "findings": [*FINDINGS]})
    assert error.findings == FINDINGS
    assert type(error.findings) is tuple


# The group ----------------------------------------------------------------------------------------

ITEMS: Final = tuple(example(Sensor, id=SensorId(number)) for number in (1, 2))


def group() -> InvalidItemsGroup[Sensor]:
    """Return a group of two kinds of errors."""
    reply = InvalidReplyError(**issues("sensor"))
    return InvalidItemsGroup("wrong", [reply, invalid_sensor(8), invalid_sensor(9)], items=ITEMS)


def test_a_group_is_an_exception_group_with_the_good_items() -> None:
    it = group()
    assert isinstance(it, ExceptionGroup)
    assert (it.message, it.items) == ("wrong", ITEMS)
    assert [type(error) for error in it.exceptions] == [
        InvalidReplyError,
        InvalidSensorError,
        InvalidSensorError,
    ]
    assert InvalidItemsGroup("none", [invalid_sensor()]).items == ()


def test_the_items_of_a_group_are_a_copy_of_the_given_ones() -> None:
    given = [*ITEMS]
    it = InvalidItemsGroup("wrong", [invalid_sensor()], items=given)
    given.clear()
    assert it.items == ITEMS
    assert InvalidItemsGroup("wrong", [invalid_sensor()], items=iter(ITEMS)).items == ITEMS


@pytest.mark.parametrize("condition", [InvalidSensorError, lambda error: "sensor" in vars(error)])
def test_parts_of_a_group_carry_the_same_items(condition: Any) -> None:
    whole = group()
    whole.add_note("seen")
    match, rest = whole.split(condition)
    assert match is not None
    assert rest is not None
    for part, errors in ((match, 2), (rest, 1), (whole.subgroup(condition), 2)):
        assert type(part) is InvalidItemsGroup
        assert (part.message, part.items, len(part.exceptions)) == ("wrong", ITEMS, errors)
        assert part.__notes__ == ["seen"]


def test_a_derived_group_carries_the_same_items() -> None:
    (error,) = group().derive([invalid_sensor(3)]).exceptions
    assert error.sensor.id == SensorId(3)
    assert group().derive([error]).items == ITEMS


def test_what_is_caught_by_class_carries_the_items_and_the_rest_goes_on() -> None:
    caught: list[Any] = []
    with pytest.raises(InvalidItemsGroup) as raised:
        try:
            raise group()
        except* InvalidSensorError as sensors:
            caught.append(sensors)
    ((first, second),) = (it.exceptions for it in caught)
    assert (first.sensor.id, second.sensor.id) == (SensorId(8), SensorId(9))
    assert caught[0].items == raised.value.items == ITEMS
    assert [type(error) for error in raised.value.exceptions] == [InvalidReplyError]


def test_a_group_caught_whole_leaves_nothing() -> None:
    caught = 0
    try:
        raise group()
    except* ValidationError as errors:
        caught = len(errors.exceptions)
    assert caught == 3


@every_duplicate
def test_a_part_of_a_group_can_be_pickled_and_copied(way: str) -> None:
    part, _ = group().split(InvalidSensorError)
    assert shown(DUPLICATES[way](part)) == shown(part)


# When to try again --------------------------------------------------------------------------------

CALLS: Final[dict[str, tuple[str, Any]]] = {
    "GetMicrogrid": ("get_microgrid", 4),
    "ListMicrogridSensors": ("list_microgrid_sensors", 4),
    "ListGridpools": ("list_gridpools", ()),
}


async def raised_of(call: str, cause: grpc.aio.AioRpcError) -> GrpcError:
    """Return what a call of a single attempt raises when gRPC does."""
    client = AssetsApiClient(URL, connect=False, policy=CallPolicy(max_attempts=1))
    client._channel, client._stub = MagicMock(), MagicMock()
    setattr(client._stub, call, AsyncMock(side_effect=cause))
    method, argument = CALLS[call]
    with pytest.raises(GrpcError) as raised:
        await getattr(client, method)(argument)
    return raised.value


RETRYABLE: Final[dict[grpc.StatusCode, bool]] = {
    status: status is grpc.StatusCode.UNAVAILABLE
    for status in grpc.StatusCode
    if status is not grpc.StatusCode.OK
}


def test_there_are_16_statuses_of_errors() -> None:
    assert len(RETRYABLE) == 16


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("status", RETRYABLE)
async def test_only_what_is_unavailable_may_be_there_later(
    call: str, status: grpc.StatusCode
) -> None:
    error = await raised_of(call, failure(status))
    assert error.grpc_error.code() is status
    assert error.is_retryable is RETRYABLE[status]


RETRYABLE_WITH_PUSHBACK: Final = (
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.UNAVAILABLE,
)


@pytest.mark.parametrize("status", RETRYABLE_WITH_PUSHBACK)
@pytest.mark.parametrize(
    ("pushback", "expected"),
    [
        ("0", True),
        ("1", True),
        ("86400000", True),
        ("-1", False),
        ("-0", False),
        ("", False),
        (" ", False),
        ("soon", False),
        ("1.5", False),
        ("1e3", False),
        ("0x10", False),
        ("+5", False),
        ("5 ms", False),
    ],
)
async def test_a_server_that_says_when_may_answer_then_and_one_that_says_nonsense_may_not(
    status: grpc.StatusCode, pushback: str, expected: bool
) -> None:
    error = await raised_of("GetMicrogrid", failure(status, grpc_retry_pushback_ms=pushback))
    assert error.is_retryable is expected


@pytest.mark.parametrize("trailing", [{}, {"retry_after": "5"}, {"grpc_retry_pushback": "5"}])
async def test_an_exhausted_server_that_does_not_say_when_is_not_asked_again(
    trailing: dict[str, Any],
) -> None:
    error = await raised_of("GetMicrogrid", failure(**trailing))
    assert error.is_retryable is False


@pytest.mark.parametrize("status", RETRYABLE.keys() - set(RETRYABLE_WITH_PUSHBACK))
async def test_of_other_statuses_the_time_to_wait_says_nothing(status: grpc.StatusCode) -> None:
    error = await raised_of("GetMicrogrid", failure(status, grpc_retry_pushback_ms="5"))
    assert error.is_retryable is False


@pytest.mark.parametrize("call", CALLS)
async def test_a_client_without_a_connection_does_not_get_one_by_trying_again(call: str) -> None:
    method, argument = CALLS[call]
    with pytest.raises(ClientNotConnected) as raised:
        await getattr(AssetsApiClient(URL, connect=False), method)(argument)
    assert raised.value.is_retryable is False


@every_duplicate
async def test_the_truth_about_trying_again_survives(way: str) -> None:
    error = await raised_of("GetMicrogrid", failure(grpc.StatusCode.INTERNAL))
    assert DUPLICATES[way](error).is_retryable is error.is_retryable is False
