"""The arguments of calls: which are accepted, what is sent for them, and which are rejected."""

import enum
import inspect
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from types import FunctionType
from typing import Any, Final, NamedTuple

import pytest
from frequenz.api.common.v1alpha8.grid import delivery_area_pb2
from frequenz.api.common.v1alpha8.types import interval_pb2
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from frequenz.client.common.microgrid import EnterpriseId, MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId
from frequenz.client.common.microgrid.sensors import SensorId
from frequenz.core.id import BaseId

from frequenz.client.assets import (
    AssetsApiClient,
    BalancingGroup,
    DeliveryArea,
    EnergyMarketCodeType,
    GridpoolEnergyScheduleDirection,
    Interval,
    Lifetime,
    MarketParticipationType,
    MicrogridStatus,
)
from frequenz.client.assets.electrical_component import ElectricalComponentCategory

from ..messages import VALID

pb: Final[Any] = platformassets_pb2
area_pb: Final[Any] = delivery_area_pb2
interval_pb: Final[Any] = interval_pb2


class Number:
    """An integer that is not an `int`, like those of numpy."""

    def __init__(self, value: int) -> None:
        self._value = value

    def __index__(self) -> int:
        return self._value

    def __repr__(self) -> str:
        return f"Number({self._value})"


class Colour(enum.IntEnum):
    """Another enum whose members are integers."""

    RED = 1


class Text(str):
    """A subclass of `str`."""

    __slots__ = ()


class NotIterable:
    """An object whose iteration fails, like that of an array without dimensions."""

    def __repr__(self) -> str:
        return "NotIterable()"

    def __iter__(self) -> Iterator[Any]:
        raise TypeError("iteration over a 0-d array")


class UnknownZone(tzinfo):
    """A time zone without an offset."""

    def utcoffset(self, _: datetime | None, /) -> None:
        return None

    dst = utcoffset

    def tzname(self, _: datetime | None, /) -> str:
        return "unknown"


class Valid(NamedTuple):
    """A valid argument, and what is sent for it."""

    value: Any
    """The argument, or a function that creates it: iterators can be read only once."""

    sent: Any


class Invalid(NamedTuple):
    """An invalid argument, and the error that it raises."""

    value: Any
    """The argument, or a function that creates it."""

    error: type[Exception]
    message: str
    """The message after the name of the argument."""

    part: str = ""
    """The invalid part of the argument, such as `[1]`, as in the error."""


class Kind(NamedTuple):
    """A kind of parameters: what is valid and what is not."""

    valid: list[Valid]
    invalid: list[Invalid]


def _wrong_types(expected: str, *values: Any) -> list[Invalid]:
    return [Invalid(value, TypeError, f"expected {expected}, got {value!r}") for value in values]


def _as_last_item(valid: list[Any], invalid: list[Invalid]) -> list[Invalid]:
    """Return lists of valid items that each end with an invalid one."""
    return [
        Invalid([*valid, value], error, message, f"[{len(valid)}]{part}")
        for value, error, message, part in invalid
    ]


# IDs ----------------------------------------------------------------------------------------------

MAX_ID: Final = 2**64 - 1
_ID_OUT_OF_RANGE: Final = f"expected 0 to {MAX_ID}, got {{}}"


def _invalid_ids(id_type: Callable[[Any], Any] | None, expected: str) -> list[Invalid]:
    create: Any = id_type
    typed = (
        [create(1.9), create(2.0), create(True), create(float("nan"))]
        if id_type
        else [MicrogridId(1)]
    )
    wrong = (1.0, 1.9, float("nan"), 1j, "12", "", b"12", True, False, None, [1], object, *typed)
    out_of_range = [(-1, -1), (2**64, 2**64), (Number(-1), -1), (Number(2**64), 2**64)]
    if id_type:
        out_of_range.append((create(2**64), 2**64))
    return [
        *_wrong_types(expected, *wrong, EnterpriseId(1)),
        *(
            Invalid(value, ValueError, _ID_OUT_OF_RANGE.format(number))
            for value, number in out_of_range
        ),
    ]


def _id(id_type: type[BaseId] | None, name: str) -> Kind:
    create: Any = id_type or int
    return Kind(
        [
            Valid(create(7), 7),
            Valid(7, 7),
            Valid(Number(7), 7),
            Valid(Colour.RED, 1),
            Valid(0, 0),
            Valid(MAX_ID, MAX_ID),
            Valid(create(MAX_ID), MAX_ID),
        ],
        _invalid_ids(id_type, name),
    )


def _ids(id_type: type[BaseId] | None, name: str, plural: str) -> Kind:
    create: Any = id_type or int
    not_iterable = ("12", "", b"12", 12, Number(12), 1.5, MicrogridId(1), SensorId(1))
    return Kind(
        [
            Valid([create(2), 1, Number(3)], [2, 1, 3]),
            Valid((1, create(2)), [1, 2]),
            Valid({create(2)}, [2]),
            Valid(range(3), [0, 1, 2]),
            Valid({5: "a", 6: "b"}.keys(), [5, 6]),
            Valid(lambda: (create(number) for number in (3, 2)), [3, 2]),
            Valid(lambda: iter([Number(4), MAX_ID]), [4, MAX_ID]),
            Valid([1, 1], [1, 1]),
            Valid([], []),
            Valid(None, []),
        ],
        [
            *_as_last_item([1, create(2)], _invalid_ids(id_type, name)),
            *_wrong_types(f"an iterable of {plural}", *not_iterable),
            Invalid(lambda: iter([1, 2, 3, "4"]), TypeError, f"expected {name}, got '4'", "[3]"),
        ],
    )


# Enums --------------------------------------------------------------------------------------------

_ENUM_OUT_OF_RANGE: Final = f"expected {-(2**31)} to {2**31 - 1}, got {{}}"


def _invalid_members(expected: str) -> list[Invalid]:
    wrong = (1.0, "METER", "1", b"1", True, None, MicrogridStatus.ACTIVE, Colour.RED, SensorId(1))
    out_of_range = [-(2**31) - 1, 2**31]
    return [
        *_wrong_types(expected, *wrong),
        *(
            Invalid(value, ValueError, _ENUM_OUT_OF_RANGE.format(number))
            for number in out_of_range
            for value in (number, Number(number))
        ),
    ]


def _members(enum_type: type[enum.Enum], name: str, plural: str) -> Kind:
    first, *_, last = enum_type
    return Kind(
        [
            Valid([last, first], [last.value, first.value]),
            Valid({last}, [last.value]),
            Valid((999, Number(7)), [999, 7]),
            Valid([-(2**31), 2**31 - 1], [-(2**31), 2**31 - 1]),
            Valid(lambda: (member for member in (last, 3)), [last.value, 3]),
            Valid(None, []),
            Valid(enum_type, [member.value for member in enum_type]),
        ],
        [
            *_as_last_item([first, 1], _invalid_members(name)),
            *_wrong_types(f"an iterable of {plural}", first, "METER", b"1", 1),
        ],
    )


# Intervals ----------------------------------------------------------------------------------------

MORNING: Final = datetime(2024, 3, 1, 6, tzinfo=UTC)
NAIVE: Final = datetime(2024, 3, 1, 6)
EAST: Final = timezone(timedelta(hours=1))
WEST: Final = timezone(timedelta(hours=-1))
TOO_EARLY: Final = datetime(1, 1, 1, tzinfo=EAST)
TOO_LATE: Final = datetime.max.replace(tzinfo=WEST)
UNKNOWN_OFFSET: Final = NAIVE.replace(tzinfo=UnknownZone())

_SECONDS: Final = int(MORNING.timestamp())
_untyped_interval: Final[Any] = Interval

_NO_ZONE: Final = "{} has no time zone; give it one, such as datetime.UTC"
_NO_YEAR: Final = "{} is not within the years 1 and 9999 in UTC"

INTERVAL: Final = Kind(
    [
        Valid(None, None),
        Valid(Interval(), interval_pb.Interval()),
        Valid(Interval(start=MORNING), interval_pb.Interval(start_time={"seconds": _SECONDS})),
        Valid(
            Interval(end=MORNING.astimezone(EAST).replace(microsecond=1)),
            interval_pb.Interval(end_time={"seconds": _SECONDS, "nanos": 1000}),
        ),
        Valid(
            Interval(start=datetime.min.replace(tzinfo=UTC), end=datetime.max.replace(tzinfo=UTC)),
            interval_pb.Interval(
                start_time={"seconds": -62135596800},
                end_time={"seconds": 253402300799, "nanos": 999999000},
            ),
        ),
    ],
    [
        *_wrong_types(
            "an Interval",
            (MORNING, MORNING),
            MORNING,
            "2024-03-01",
            0,
            False,
            Lifetime(start=MORNING),
            Interval,
        ),
        *(
            Invalid(
                _untyped_interval(**{end: value}),
                TypeError,
                f"expected a datetime, got {value!r}",
                f".{end}",
            )
            for end in ("start", "end")
            for value in (date(2024, 3, 1), "2024-03-01", 0, timedelta(1))
        ),
        *(
            Invalid(_untyped_interval(**{end: time}), ValueError, message.format(time), f".{end}")
            for end in ("start", "end")
            for message, time in (
                (_NO_ZONE, NAIVE),
                (_NO_ZONE, UNKNOWN_OFFSET),
                (_NO_YEAR, TOO_EARLY),
                (_NO_YEAR, TOO_LATE),
            )
        ),
        Invalid(Interval(start=NAIVE, end=NAIVE), ValueError, _NO_ZONE.format(NAIVE), ".start"),
        Invalid(
            Interval(start=MORNING, end=TOO_LATE), ValueError, _NO_YEAR.format(TOO_LATE), ".end"
        ),
    ],
)

# Texts and delivery areas -------------------------------------------------------------------------

_SURROGATE: Final = "a\ud800"


def _invalid_texts(part: str = "") -> list[Invalid]:
    wrong = (5, 5.0, b"X", True, ["X"], SensorId(1))
    return [
        *(Invalid(value, TypeError, f"expected a string, got {value!r}", part) for value in wrong),
        Invalid(_SURROGATE, ValueError, f"expected valid Unicode, got {_SURROGATE!r}", part),
    ]


TEXTS: Final = Kind(
    [
        Valid(["501", "500"], ["501", "500"]),
        Valid(None, []),
        Valid((Text("x"), "", "ä 😀"), ["x", "", "ä 😀"]),
        Valid(lambda: (text for text in ("b", "a")), ["b", "a"]),
    ],
    [
        *_as_last_item(
            ["500"], [*_invalid_texts(), Invalid(None, TypeError, "expected a string, got None")]
        ),
        *_wrong_types("an iterable of strings", "500", "", b"500", 500),
    ],
)

AREA: Final = DeliveryArea(code="X", code_type=EnergyMarketCodeType.US_NERC)


def _area(code: Any, code_type: Any = 1) -> DeliveryArea:
    return DeliveryArea(code=code, code_type=code_type)


AREAS: Final = Kind(
    [
        Valid(None, []),
        Valid([AREA], [area_pb.DeliveryArea(code="X", code_type=2)]),
        Valid((_area(None, 7),), [area_pb.DeliveryArea(code_type=7)]),
        Valid(
            lambda: (area for area in (_area("", Number(3)), _area("Y", -(2**31)))),
            [
                area_pb.DeliveryArea(code_type=3),
                area_pb.DeliveryArea(code="Y", code_type=-(2**31)),
            ],
        ),
    ],
    [
        *_as_last_item(
            [AREA, _area("Y")],
            [
                *_wrong_types(
                    "a DeliveryArea", "X", ("X", 1), None, BalancingGroup(code="X", code_type=1)
                ),
                *(
                    Invalid(_area(value), error, message, ".code")
                    for value, error, message, _ in _invalid_texts()
                ),
                *(
                    Invalid(_area("X", value), error, message, ".code_type")
                    for value, error, message, _ in _invalid_members(
                        "an EnergyMarketCodeType or an integer"
                    )
                ),
            ],
        ),
        *_wrong_types("an iterable of DeliveryArea values", AREA, "X", b"X", 1),
    ],
)

# Timeouts -----------------------------------------------------------------------------------------

TIMEOUT: Final = Kind(
    [Valid(value, value) for value in (None, 5, 0.5, 0.001, 3600)] + [Valid(..., 60.0)],
    [
        *_wrong_types(
            "a number of seconds or None", True, False, "1", "", b"1", [1], timedelta(seconds=1)
        ),
        *(
            Invalid(
                value, ValueError, f"expected seconds above 0, or None for no limit, got {value}"
            )
            for value in (0, 0.0, -1, -0.5, float("nan"), float("inf"), float("-inf"))
        ),
    ],
)

# Parameters ---------------------------------------------------------------------------------------

KINDS: Final[Mapping[str, Kind]] = {
    "microgrid": _id(MicrogridId, "a MicrogridId or an integer"),
    "gridpool": _id(None, "an integer"),
    "microgrids": _ids(MicrogridId, "a MicrogridId or an integer", "MicrogridId values"),
    "components": _ids(
        ElectricalComponentId,
        "an ElectricalComponentId or an integer",
        "ElectricalComponentId values",
    ),
    "sensors": _ids(SensorId, "a SensorId or an integer", "SensorId values"),
    "numbers": _ids(None, "an integer", "integers"),
    "categories": _members(
        ElectricalComponentCategory,
        "an ElectricalComponentCategory or an integer",
        "ElectricalComponentCategory members",
    ),
    "directions": _members(
        GridpoolEnergyScheduleDirection,
        "a GridpoolEnergyScheduleDirection or an integer",
        "GridpoolEnergyScheduleDirection members",
    ),
    "participation types": _members(
        MarketParticipationType,
        "a MarketParticipationType or an integer",
        "MarketParticipationType members",
    ),
    "interval": INTERVAL,
    "texts": TEXTS,
    "areas": AREAS,
    "timeout": TIMEOUT,
}

REPORTING: Final = {"raise_on_errors", "on_findings"}
"""The parameters that control how findings are reported; they have tests of their own."""

PARAMETERS: Final[Mapping[str, Mapping[str, str]]] = {
    "get_microgrid": {"microgrid_id": "microgrid", "timeout": "timeout"},
    "list_microgrid_electrical_components": {
        "microgrid_id": "microgrid",
        "component_ids": "components",
        "categories": "categories",
        "timeout": "timeout",
    },
    "list_microgrid_electrical_component_connections": {
        "microgrid_id": "microgrid",
        "source_component_ids": "components",
        "destination_component_ids": "components",
        "timeout": "timeout",
    },
    "list_microgrid_sensors": {
        "microgrid_id": "microgrid",
        "sensor_ids": "sensors",
        "timeout": "timeout",
    },
    "list_microgrids": {
        "microgrid_ids": "microgrids",
        "gridpool_ids": "numbers",
        "timeout": "timeout",
    },
    "list_gridpools": {"gridpool_ids": "numbers", "timeout": "timeout"},
    "list_gridpool_energy_schedules": {
        "gridpool_id": "gridpool",
        "schedule_ids": "numbers",
        "directions": "directions",
        "time_series_interval": "interval",
        "effective_validity_period": "interval",
        "timeout": "timeout",
    },
    "list_market_topology_relations": {
        "gridpool_ids": "numbers",
        "microgrid_ids": "microgrids",
        "market_location_id_values": "texts",
        "delivery_areas": "areas",
        "participation_types": "participation types",
        "timeout": "timeout",
    },
}
"""By method and parameter, the kind."""


def test_the_tables_have_every_parameter_of_every_method() -> None:
    parameters = {
        name: set(inspect.signature(method).parameters) - {"self"}
        for name, method in vars(AssetsApiClient).items()
        if name.startswith(("get_", "list_"))
    }
    assert parameters == {name: {*kinds, *REPORTING} for name, kinds in PARAMETERS.items()}
    assert {kind for kinds in PARAMETERS.values() for kind in kinds.values()} == set(KINDS)


# Calls --------------------------------------------------------------------------------------------


class Stub:
    """A stub that records calls and returns empty replies."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, dict[str, Any]]] = []
        self._microgrid = VALID["microgrid"]()

    def __getattr__(self, operation: str) -> Any:
        async def call(request: Any, **options: Any) -> Any:
            self.calls.append((request, options))
            reply = getattr(pb, f"{operation}Response")()
            if operation == "GetMicrogrid":
                reply.microgrid.CopyFrom(self._microgrid)
            return reply

        return call

    def sent(self, parameter: str) -> Any:
        """Return what the only call sent for a parameter."""
        ((request, options),) = self.calls
        if parameter == "timeout":
            return options[parameter]
        message = request if parameter in request.DESCRIPTOR.fields_by_name else request.filter
        value = getattr(message, parameter)
        if not message.DESCRIPTOR.fields_by_name[parameter].is_repeated:
            is_present = parameter.endswith("_id") or message.HasField(parameter)
            return value if is_present else None
        if parameter == "market_location_id_values":
            return [item.value for item in value]
        return list(value)


@pytest.fixture
def stub() -> Stub:
    return Stub()


@pytest.fixture
def client(stub: Stub) -> AssetsApiClient:
    """Return a client with the stub, and a channel that cannot be used."""
    client: Any = AssetsApiClient("grpc://localhost:1?ssl=false", connect=False)
    client._channel, client._stub = object(), stub
    return client  # type: ignore[no-any-return]  # Any for the attributes


async def call(client: AssetsApiClient, method: str, **arguments: Any) -> None:
    """Call a method with some arguments, and with those that it requires."""
    required = {name: 4 for name in ("microgrid_id", "gridpool_id") if name in PARAMETERS[method]}
    created = {
        name: value() if isinstance(value, FunctionType) else value
        for name, value in arguments.items()
    }
    await getattr(client, method)(**{**required, **created})


async def error_of(client: AssetsApiClient, method: str, **arguments: Any) -> Exception | None:
    try:
        await call(client, method, **arguments)
    except (TypeError, ValueError, LookupError) as error:
        return error
    return None


every_method = pytest.mark.parametrize("method", PARAMETERS)


@every_method
async def test_valid_arguments_are_sent(client: AssetsApiClient, stub: Stub, method: str) -> None:
    for parameter, kind in PARAMETERS[method].items():
        for value, expected in KINDS[kind].valid:
            stub.calls.clear()
            await call(client, method, **{parameter: value})
            assert stub.sent(parameter) == expected, f"{parameter}={value!r}"


@every_method
async def test_errors_of_invalid_arguments_name_them_and_nothing_is_sent(
    client: AssetsApiClient, stub: Stub, method: str
) -> None:
    for parameter, kind in PARAMETERS[method].items():
        for value, error_type, message, part in KINDS[kind].invalid:
            error = await error_of(client, method, **{parameter: value})
            assert (type(error), str(error)) == (
                error_type,
                f"{parameter}{part}: {message}",
            ), f"{parameter}={value!r}"
            assert stub.calls == [], f"{parameter}={value!r}"


@every_method
async def test_errors_of_the_callers_iterators_are_propagated(
    client: AssetsApiClient, stub: Stub, method: str
) -> None:
    def failing() -> Iterator[Any]:
        raise LookupError("no such list")
        yield

    for parameter, kind in PARAMETERS[method].items():
        if kind.endswith("s"):
            error = await error_of(client, method, **{parameter: failing})
            assert str(error) == "no such list", parameter
            assert stub.calls == [], parameter


async def test_bytes_and_objects_that_fail_to_iterate_are_not_iterables(
    client: AssetsApiClient, stub: Stub
) -> None:
    for value in (bytearray(b"12"), memoryview(b"12"), NotIterable()):
        error = await error_of(client, "list_gridpools", gridpool_ids=value)
        assert isinstance(error, TypeError), value
        assert str(error).startswith("gridpool_ids: expected an iterable of integers, got "), value
        assert stub.calls == [], value


async def test_the_error_of_an_integer_that_python_refuses_to_print_names_the_argument(
    client: AssetsApiClient, stub: Stub
) -> None:
    for number in (10**5000, -(10**5000)):
        error = await error_of(client, "list_gridpools", gridpool_ids=[number])
        assert isinstance(error, ValueError)
        assert str(error) == (
            f"gridpool_ids[0]: expected 0 to {MAX_ID}, got a number with too many digits"
        )
        assert stub.calls == []


# How findings are reported ------------------------------------------------------------------------


@every_method
async def test_findings_are_reported_in_one_way(
    client: AssetsApiClient, stub: Stub, method: str
) -> None:
    for arguments in (
        {"raise_on_errors": False},
        {"raise_on_errors": True},
        {"on_findings": None},
        {"raise_on_errors": True, "on_findings": None},
        {"raise_on_errors": False, "on_findings": [].append},
    ):
        stub.calls.clear()
        await call(client, method, **arguments)
        assert len(stub.calls) == 1, arguments


@every_method
async def test_findings_are_not_both_raised_and_passed_to_a_function(
    client: AssetsApiClient, stub: Stub, method: str
) -> None:
    error = await error_of(client, method, on_findings=print, raise_on_errors=True)
    assert isinstance(error, ValueError)
    assert str(error) == "on_findings: cannot be combined with raise_on_errors"
    assert stub.calls == []


@every_method
async def test_findings_can_only_be_passed_to_a_callable(
    client: AssetsApiClient, stub: Stub, method: str
) -> None:
    values: tuple[Any, ...] = (1, "print", [], False)
    for value in values:
        error = await error_of(client, method, on_findings=value)
        assert isinstance(error, TypeError), value
        assert str(error) == f"on_findings: expected a callable, got {value!r}"
        assert stub.calls == [], value


async def test_findings_cannot_be_passed_to_a_coroutine_function(
    client: AssetsApiClient, stub: Stub
) -> None:
    async def on_findings(_: Any) -> None: ...

    with pytest.raises(
        TypeError, match=r"^on_findings: expected a plain function, got a coroutine"
    ):
        await client.list_gridpools(on_findings=on_findings)  # type: ignore[arg-type]
    assert stub.calls == []
