"""The errors: their messages, pickling and copying, and which are retryable."""

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

# An error of each class ---------------------------------------------------------------------------


def error_of_grpc(
    status: grpc.StatusCode = grpc.StatusCode.RESOURCE_EXHAUSTED, **trailing: str | bytes
) -> grpc.aio.AioRpcError:
    """Return the exception that gRPC raises for a status."""
    return grpc.aio.AioRpcError(
        status,
        grpc.aio.Metadata(("served-by", "north"), ("served-by", "south")),
        grpc.aio.Metadata(*((key.replace("_", "-"), value) for key, value in trailing.items())),
        details="too many calls",
        debug_error_string="the details of gRPC",
    )


CALL_ARGUMENTS: Final = {"server_url": URL, "operation": "GetMicrogrid"}
WITH_METADATA: Final = error_of_grpc(grpc_retry_pushback_ms="250", trace_bin=b"\0\xff")

FINDINGS: Final = (
    Finding(
        "sensor 8", Rule.ID_TAKEN, "id", "duplicate ID 8: an earlier sensor in the list has it"
    ),
    Finding("sensor 8", Rule.LIFETIME_MISSING, "operational_lifetime", "missing"),
)


def issues(kind: str) -> dict[str, Any]:
    """Return the arguments of a ValidationError."""
    return {
        "major_issues": ["id: duplicate", "name: odd"],
        "minor_issues": ["operational_lifetime: missing"],
        "raw_message": VALID[kind](),
        "findings": FINDINGS,
    }


def invalid_sensor(number: int = 8) -> InvalidSensorError:
    return InvalidSensorError(sensor=example(Sensor, id=SensorId(number)), **issues("sensor"))


CREATE: Final[dict[type[Any], Callable[[], BaseException]]] = {
    ApiClientError: partial(ApiClientError, **CALL_ARGUMENTS, description="why", retryable=True),
    ClientDisconnected: partial(ClientDisconnected, **CALL_ARGUMENTS),
    ClientNotConnected: partial(ClientNotConnected, **CALL_ARGUMENTS),
    GrpcError: partial(
        GrpcError, **CALL_ARGUMENTS, description="why", grpc_error=WITH_METADATA, retryable=False
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
"""By class, how to create an error, if it requires more than an error of gRPC."""


def create(name: str) -> Any:
    """Return an error of a public class, with notes."""
    cls = getattr(exceptions, name)
    default = partial(cls, **CALL_ARGUMENTS, grpc_error=WITH_METADATA)
    factory: Callable[[], Any] = CREATE.get(cls) or default
    error = factory()
    error.add_note("first note")
    error.add_note("second note")
    return error


def comparable(value: Any) -> Any:
    """Return everything in a value that a copy must have, too; errors never equal each other."""
    if isinstance(value, grpc.aio.AioRpcError):
        of_grpc = (value.code(), value.details(), value.debug_error_string(), str(value))
        metadata = (value.initial_metadata(), value.trailing_metadata())
        return type(value), of_grpc, [list(pairs or ()) for pairs in metadata]
    if isinstance(value, BaseExceptionGroup):
        errors = value.message, [comparable(error) for error in value.exceptions]
        return type(value), str(value), errors, comparable(vars(value))
    if isinstance(value, BaseException):
        return type(value), str(value), value.args, comparable(vars(value))
    if isinstance(value, dict):
        return {key: comparable(part) for key, part in value.items()}
    return value


def pickle_and_unpickle(protocol: int, error: Any) -> Any:
    return pickle.loads(pickle.dumps(error, protocol))


DUPLICATES: Final[dict[str, Callable[[Any], Any]]] = {
    **{
        f"pickle {protocol}": partial(pickle_and_unpickle, protocol)
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    },
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}

every_duplicate = pytest.mark.parametrize("duplicate", DUPLICATES.values(), ids=DUPLICATES)


# Pickle and copy ----------------------------------------------------------------------------------


@every_duplicate
def test_every_error_can_be_pickled_and_copied(duplicate: Callable[[Any], Any]) -> None:
    for name in exceptions.__all__:
        error = create(name)
        before = comparable(error)
        copied = duplicate(error)
        assert copied is not error, name
        assert type(copied) is getattr(exceptions, name)
        assert comparable(copied) == before == comparable(error)
        assert copied.__notes__ == error.__notes__, name
        assert copied.__notes__[-2:] == ["first note", "second note"], name


@every_duplicate
def test_copies_have_the_attributes_that_callers_have_set(duplicate: Callable[[Any], Any]) -> None:
    for name in exceptions.__all__:
        error = create(name)
        error.attempt = 3
        copied = duplicate(error)
        assert comparable(copied) == comparable(error)
        assert copied.attempt == 3, name


@every_duplicate
def test_copies_can_be_copied(duplicate: Callable[[Any], Any]) -> None:
    for name in exceptions.__all__:
        error = create(name)
        assert comparable(duplicate(duplicate(error))) == comparable(error)


def test_attributes_of_a_copy_are_its_own() -> None:
    for name in exceptions.__all__:
        error = create(name)
        copied = copy.copy(error)
        copied.attempt = 3
        assert not hasattr(error, "attempt"), name


def test_deep_copies_share_nothing_that_can_be_changed() -> None:
    for name in exceptions.__all__:
        error = create(name)
        copied = copy.deepcopy(error)
        copied.__notes__.clear()
        errors, copies = (
            group.exceptions if isinstance(group, BaseExceptionGroup) else [group]
            for group in (error, copied)
        )
        for one, other in zip(errors, copies, strict=True):
            if isinstance(one, ValidationError):
                other.major_issues.clear()
                other.raw_message.Clear()
        assert comparable(error) == comparable(create(name))


def test_errors_can_be_unpickled_in_another_process() -> None:
    errors = {name: create(name) for name in exceptions.__all__}
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
    """An error of another package, with a `__reduce__` of its own."""

    def __init__(self, code: int) -> None:
        super().__init__(**CALL_ARGUMENTS, description=f"code {code}", retryable=False)
        self.code = code

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.code + 1,)


@every_duplicate
def test_errors_of_other_packages_are_pickled_in_their_own_way(
    duplicate: Callable[[Any], Any],
) -> None:
    copied = duplicate(ElsewhereError(7))
    assert type(copied) is ElsewhereError
    assert copied.code == 8
    assert ElsewhereError not in copyreg.dispatch_table


# Classes ------------------------------------------------------------------------------------------


def test_every_error_of_the_base_client_is_exported() -> None:
    errors = {
        name: cls
        for name, cls in vars(base).items()
        if isinstance(cls, type) and issubclass(cls, ApiClientError)
    }
    assert {name: getattr(exceptions, name, None) for name in errors} == errors
    assert set(errors) <= set(exceptions.__all__)


def test_every_error_has_one_of_three_base_classes() -> None:
    bases = {ApiClientError, ExceptionGroup, ValidationError}
    for name in exceptions.__all__:
        cls = getattr(exceptions, name)
        assert len([base_class for base_class in bases if issubclass(cls, base_class)]) == 1, name


# Messages -----------------------------------------------------------------------------------------


def test_a_validation_error_names_the_entity_its_issues_and_what_to_do() -> None:
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


def test_the_same_advice_is_shown_once() -> None:
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


def test_a_validation_error_can_be_created_without_findings() -> None:
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


# Groups -------------------------------------------------------------------------------------------

ITEMS: Final = tuple(example(Sensor, id=SensorId(number)) for number in (1, 2))


def group() -> InvalidItemsGroup[Sensor]:
    """Return a group with errors of two classes."""
    reply = InvalidReplyError(**issues("sensor"))
    return InvalidItemsGroup("wrong", [reply, invalid_sensor(8), invalid_sensor(9)], items=ITEMS)


def test_a_group_is_an_exception_group_with_the_valid_items() -> None:
    invalid = group()
    assert isinstance(invalid, ExceptionGroup)
    assert (invalid.message, invalid.items) == ("wrong", ITEMS)
    assert [type(error) for error in invalid.exceptions] == [
        InvalidReplyError,
        InvalidSensorError,
        InvalidSensorError,
    ]
    assert InvalidItemsGroup("none", [invalid_sensor()]).items == ()


def test_the_items_of_a_group_are_copied() -> None:
    items = [*ITEMS]
    invalid = InvalidItemsGroup("wrong", [invalid_sensor()], items=items)
    items.clear()
    assert invalid.items == ITEMS
    assert InvalidItemsGroup("wrong", [invalid_sensor()], items=iter(ITEMS)).items == ITEMS


@pytest.mark.parametrize(
    "condition",
    [InvalidSensorError, lambda error: "sensor" in vars(error)],
    ids=["class", "function"],
)
def test_parts_of_a_group_have_the_same_items(condition: Any) -> None:
    whole = group()
    whole.add_note("seen")
    match, rest = whole.split(condition)
    assert match is not None
    assert rest is not None
    for part, errors in ((match, 2), (rest, 1), (whole.subgroup(condition), 2)):
        assert type(part) is InvalidItemsGroup
        assert (part.message, part.items, len(part.exceptions)) == ("wrong", ITEMS, errors)
        assert part.__notes__ == ["seen"]


def test_a_derived_group_has_the_same_items() -> None:
    (error,) = group().derive([invalid_sensor(3)]).exceptions
    assert error.sensor.id == SensorId(3)
    assert group().derive([error]).items == ITEMS


def test_errors_caught_by_class_have_the_items_and_the_others_propagate() -> None:
    caught: list[Any] = []
    with pytest.raises(InvalidItemsGroup) as raised:
        try:
            raise group()
        except* InvalidSensorError as sensors:
            caught.append(sensors)
    ((first, second),) = (part.exceptions for part in caught)
    assert (first.sensor.id, second.sensor.id) == (SensorId(8), SensorId(9))
    assert caught[0].items == raised.value.items == ITEMS
    assert [type(error) for error in raised.value.exceptions] == [InvalidReplyError]


def test_a_group_can_be_caught_completely() -> None:
    caught = 0
    try:
        raise group()
    except* ValidationError as errors:
        caught = len(errors.exceptions)
    assert caught == 3


@every_duplicate
def test_a_part_of_a_group_can_be_pickled_and_copied(duplicate: Callable[[Any], Any]) -> None:
    part, _ = group().split(InvalidSensorError)
    assert comparable(duplicate(part)) == comparable(part)


# Which errors are retryable -----------------------------------------------------------------------

CALLS: Final[dict[str, tuple[str, Any]]] = {
    "GetMicrogrid": ("get_microgrid", 4),
    "ListMicrogridSensors": ("list_microgrid_sensors", 4),
    "ListGridpools": ("list_gridpools", ()),
}


async def raised_by(call: str, cause: grpc.aio.AioRpcError) -> GrpcError:
    """Return the error that a call with a single attempt raises for an error of gRPC."""
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
async def test_only_unavailable_is_retryable(call: str) -> None:
    for status, is_retryable in RETRYABLE.items():
        error = await raised_by(call, error_of_grpc(status))
        assert error.grpc_error.code() is status
        assert error.is_retryable is is_retryable, status


RETRYABLE_WITH_PUSHBACK: Final = (
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.UNAVAILABLE,
)


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
async def test_an_error_with_a_valid_pushback_is_retryable(pushback: str, expected: bool) -> None:
    for status in RETRYABLE_WITH_PUSHBACK:
        cause = error_of_grpc(status, grpc_retry_pushback_ms=pushback)
        error = await raised_by("GetMicrogrid", cause)
        assert error.is_retryable is expected, status


@pytest.mark.parametrize(
    "trailing",
    [{}, {"retry_after": "5"}, {"grpc_retry_pushback": "5"}],
    ids=["none", "retry-after", "grpc-retry-pushback"],
)
async def test_resource_exhausted_without_pushback_is_not_retryable(
    trailing: dict[str, Any],
) -> None:
    error = await raised_by("GetMicrogrid", error_of_grpc(**trailing))
    assert error.is_retryable is False


async def test_other_statuses_are_not_retryable_even_with_pushback() -> None:
    for status in RETRYABLE:
        if status not in RETRYABLE_WITH_PUSHBACK:
            cause = error_of_grpc(status, grpc_retry_pushback_ms="5")
            assert (await raised_by("GetMicrogrid", cause)).is_retryable is False, status


@pytest.mark.parametrize("call", CALLS)
async def test_calls_of_a_client_that_is_not_connected_are_not_retryable(call: str) -> None:
    method, argument = CALLS[call]
    with pytest.raises(ClientNotConnected) as raised:
        await getattr(AssetsApiClient(URL, connect=False), method)(argument)
    assert raised.value.is_retryable is False


@every_duplicate
async def test_copies_are_retryable_like_the_original(duplicate: Callable[[Any], Any]) -> None:
    error = await raised_by("GetMicrogrid", error_of_grpc(grpc.StatusCode.INTERNAL))
    assert duplicate(error).is_retryable is error.is_retryable is False
