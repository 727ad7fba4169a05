"""What callers may pass, parameter by parameter; nothing is sent where it is wrong."""

import enum
import inspect
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from operator import methodcaller
from types import FunctionType
from typing import Any, Final, NamedTuple
from unittest.mock import AsyncMock, MagicMock

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
from frequenz.client.assets._wire.requests import OPERATIONS
from frequenz.client.assets.electrical_component import ElectricalComponentCategory

from ..messages import GOOD

pb: Final[Any] = platformassets_pb2
area_pb: Final[Any] = delivery_area_pb2
period_pb: Final[Any] = interval_pb2


class Number:
    """An integer that is no `int`, like those of numpy."""

    def __init__(self, value: int) -> None:
        self._value = value

    def __index__(self) -> int:
        return self._value

    def __repr__(self) -> str:
        return f"Number({self._value})"


class Colour(enum.IntEnum):
    """An enum of somebody's own, whose members are integers."""

    RED = 1


class Text(str):
    """A text of somebody's own type."""

    __slots__ = ()


class Nowhere(tzinfo):
    """A time zone that does not know its offset."""

    def utcoffset(self, _: datetime | None, /) -> None:
        return None

    dst = utcoffset

    def tzname(self, _: datetime | None, /) -> str:
        return "nowhere"


class Good(NamedTuple):
    """A value for a parameter, and what is sent for it."""

    value: Any
    """The value, or a function that makes it: some values can be read only once."""

    sent: Any


class Bad(NamedTuple):
    """A value for a parameter, and what is raised for it."""

    value: Any
    error: type[Exception]
    sentence: str
    """What is said after the argument's name."""

    place: str = ""
    """Where in the argument it is."""


class Kind(NamedTuple):
    """A kind of parameter."""

    good: list[Good]
    bad: list[Bad]


def _plain(value: Any) -> Any:
    return value() if isinstance(value, FunctionType) else value


def _of_wrong_types(expected: str, *values: Any) -> list[Bad]:
    return [Bad(value, TypeError, f"expected {expected}, got {value!r}") for value in values]


def _each(good: list[Any], bad: list[Bad]) -> Iterator[Bad]:
    """Yield lists of good values with a bad one at the end."""
    place = f"[{len(good)}]"
    for value, error, sentence, inner in bad:
        yield Bad([*good, value], error, sentence, f"{place}{inner}")


# Ids ----------------------------------------------------------------------------------------------

LAST_ID: Final = 2**64 - 1
_OUT_OF_RANGE: Final = f"{{}} is not within 0 and {LAST_ID}"


def _bad_ids(kind: Callable[[Any], Any] | None, expected: str) -> list[Bad]:
    made: Any = kind
    typed = [made(1.9), made(2.0), made(True), made(float("nan"))] if kind else [MicrogridId(1)]
    wrong = (1.0, 1.9, float("nan"), 1j, "12", "", b"12", True, False, None, [1], object, *typed)
    beyond = [(-1, -1), (2**64, 2**64), (Number(-1), -1), (Number(2**64), 2**64)]
    if kind:
        beyond.append((made(2**64), 2**64))
    return [
        *_of_wrong_types(expected, *wrong, EnterpriseId(1)),
        *(Bad(value, ValueError, _OUT_OF_RANGE.format(number)) for value, number in beyond),
    ]


def _id(kind: type[BaseId] | None, name: str) -> Kind:
    """Return what a single id may be."""
    made: Any = kind or int
    return Kind(
        [
            Good(made(7), 7),
            Good(7, 7),
            Good(Number(7), 7),
            Good(Colour.RED, 1),
            Good(0, 0),
            Good(LAST_ID, LAST_ID),
            Good(made(LAST_ID), LAST_ID),
        ],
        _bad_ids(kind, name),
    )


def _ids(kind: type[BaseId] | None, name: str, plural: str) -> Kind:
    """Return what ids may be."""
    made: Any = kind or int
    no_iterables = ("12", "", b"12", 12, Number(12), 1.5, None, MicrogridId(1), SensorId(1))
    return Kind(
        [
            Good([made(2), 1, Number(3)], [2, 1, 3]),
            Good((1, made(2)), [1, 2]),
            Good({made(2)}, [2]),
            Good(range(3), [0, 1, 2]),
            Good({5: "a", 6: "b"}.keys(), [5, 6]),
            Good(lambda: (made(number) for number in (3, 2)), [3, 2]),
            Good(lambda: iter([Number(4), LAST_ID]), [4, LAST_ID]),
            Good([1, 1], [1, 1]),
            Good([], []),
        ],
        [
            *_each([1, made(2)], _bad_ids(kind, name)),
            *_of_wrong_types(f"an iterable of {plural}", *no_iterables),
            Bad(lambda: iter([1, 2, 3, "4"]), TypeError, f"expected {name}, got '4'", "[3]"),
        ],
    )


# Enums --------------------------------------------------------------------------------------------

_ENUM_RANGE: Final = f"{{}} is not within {-(2**31)} and {2**31 - 1}"


def _bad_enums(expected: str) -> list[Bad]:
    wrong = (1.0, "METER", "1", b"1", True, None, MicrogridStatus.ACTIVE, Colour.RED, SensorId(1))
    beyond = [-(2**31) - 1, 2**31]
    return [
        *_of_wrong_types(expected, *wrong),
        *(Bad(number, ValueError, _ENUM_RANGE.format(number)) for number in beyond),
        *(Bad(Number(number), ValueError, _ENUM_RANGE.format(number)) for number in beyond),
    ]


def _enums(kind: type[enum.Enum], name: str, plural: str) -> Kind:
    """Return what members of an enum may be."""
    first, *_, last = kind
    return Kind(
        [
            Good([last, first], [last.value, first.value]),
            Good({last}, [last.value]),
            Good((999, Number(7)), [999, 7]),
            Good([-(2**31), 2**31 - 1], [-(2**31), 2**31 - 1]),
            Good(lambda: (member for member in (last, 3)), [last.value, 3]),
            Good(kind, [member.value for member in kind]),
        ],
        [
            *_each([first, 1], _bad_enums(name)),
            *_of_wrong_types(f"an iterable of {plural}", first, "METER", b"1", 1, None),
        ],
    )


# Periods ------------------------------------------------------------------------------------------

MORNING: Final = datetime(2024, 3, 1, 6, tzinfo=UTC)
NAIVE: Final = datetime(2024, 3, 1, 6)
EAST: Final = timezone(timedelta(hours=1))
WEST: Final = timezone(timedelta(hours=-1))
BEFORE: Final = datetime(1, 1, 1, tzinfo=EAST)
AFTER: Final = datetime.max.replace(tzinfo=WEST)
LOST: Final = NAIVE.replace(tzinfo=Nowhere())

_SECONDS: Final = int(MORNING.timestamp())
_no_datetime: Final[Any] = Interval

_NO_ZONE: Final = "{} has no time zone; give it one, such as datetime.UTC"
_NO_YEAR: Final = "{} is not within the years 1 and 9999 in UTC"

PERIOD: Final = Kind(
    [
        Good(None, None),
        Good(Interval(), period_pb.Interval()),
        Good(Interval(start=MORNING), period_pb.Interval(start_time={"seconds": _SECONDS})),
        Good(
            Interval(end=MORNING.astimezone(EAST).replace(microsecond=1)),
            period_pb.Interval(end_time={"seconds": _SECONDS, "nanos": 1000}),
        ),
        Good(
            Interval(start=datetime.min.replace(tzinfo=UTC), end=datetime.max.replace(tzinfo=UTC)),
            period_pb.Interval(
                start_time={"seconds": -62135596800},
                end_time={"seconds": 253402300799, "nanos": 999999000},
            ),
        ),
    ],
    [
        *_of_wrong_types(
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
            Bad(_no_datetime(**{end: value}), TypeError, f"expected a datetime, got {value!r}", at)
            for end, at in (("start", ".start"), ("end", ".end"))
            for value in (date(2024, 3, 1), "2024-03-01", 0, timedelta(1))
        ),
        *(
            Bad(_no_datetime(**{end: moment}), ValueError, sentence.format(moment), f".{end}")
            for end in ("start", "end")
            for sentence, moment in (
                (_NO_ZONE, NAIVE),
                (_NO_ZONE, LOST),
                (_NO_YEAR, BEFORE),
                (_NO_YEAR, AFTER),
            )
        ),
        Bad(Interval(start=NAIVE, end=NAIVE), ValueError, _NO_ZONE.format(NAIVE), ".start"),
        Bad(Interval(start=MORNING, end=AFTER), ValueError, _NO_YEAR.format(AFTER), ".end"),
    ],
)

# Texts and delivery areas -------------------------------------------------------------------------

_HALF: Final = "holds half of a character (a surrogate)"


def _bad_texts(place: str = "") -> list[Bad]:
    wrong = (5, 5.0, b"X", True, ["X"], SensorId(1))
    return [
        *(Bad(value, TypeError, f"expected a string, got {value!r}", place) for value in wrong),
        Bad("a\ud800", ValueError, f"{'a' + chr(0xD800)!r} {_HALF}", place),
    ]


TEXTS: Final = Kind(
    [
        Good(["501", "500"], ["501", "500"]),
        Good((Text("x"), "", "ä 😀"), ["x", "", "ä 😀"]),
        Good(lambda: (text for text in ("b", "a")), ["b", "a"]),
    ],
    [
        *_each(["500"], [*_bad_texts(), Bad(None, TypeError, "expected a string, got None")]),
        *_of_wrong_types("an iterable of strings", "500", "", b"500", 500, None),
    ],
)

AREA: Final = DeliveryArea(code="X", code_type=EnergyMarketCodeType.US_NERC)


def _area(code: Any, code_type: Any = 1) -> DeliveryArea:
    return DeliveryArea(code=code, code_type=code_type)


AREAS: Final = Kind(
    [
        Good([AREA], [area_pb.DeliveryArea(code="X", code_type=2)]),
        Good((_area(None, 7),), [area_pb.DeliveryArea(code_type=7)]),
        Good(
            lambda: (area for area in (_area("", Number(3)), _area("Y", -(2**31)))),
            [
                area_pb.DeliveryArea(code_type=3),
                area_pb.DeliveryArea(code="Y", code_type=-(2**31)),
            ],
        ),
    ],
    [
        *_each(
            [AREA, _area("Y")],
            [
                *_of_wrong_types(
                    "a DeliveryArea", "X", ("X", 1), None, BalancingGroup(code="X", code_type=1)
                ),
                *(
                    Bad(_area(value), error, sentence, ".code")
                    for value, error, sentence, _ in _bad_texts()
                ),
                *(
                    Bad(_area("X", value), error, sentence, ".code_type")
                    for value, error, sentence, _ in _bad_enums(
                        "an EnergyMarketCodeType or an integer"
                    )
                ),
            ],
        ),
        *_of_wrong_types("an iterable of DeliveryArea values", AREA, "X", b"X", 1, None),
    ],
)

# Time ---------------------------------------------------------------------------------------------

_POSITIVE: Final = "expected seconds above 0, or None for no limit, got {}"

SECONDS: Final = Kind(
    [Good(value, value) for value in (None, 5, 0.5, 0.001, 3600)] + [Good(..., 60.0)],
    [
        *_of_wrong_types(
            "a number of seconds or None", True, False, "1", "", b"1", [1], timedelta(seconds=1)
        ),
        *(
            Bad(value, ValueError, _POSITIVE.format(value))
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
    "categories": _enums(
        ElectricalComponentCategory,
        "an ElectricalComponentCategory or an integer",
        "ElectricalComponentCategory members",
    ),
    "directions": _enums(
        GridpoolEnergyScheduleDirection,
        "a GridpoolEnergyScheduleDirection or an integer",
        "GridpoolEnergyScheduleDirection members",
    ),
    "participation types": _enums(
        MarketParticipationType,
        "a MarketParticipationType or an integer",
        "MarketParticipationType members",
    ),
    "period": PERIOD,
    "texts": TEXTS,
    "areas": AREAS,
    "seconds": SECONDS,
}

WAYS: Final = {"raise_on_errors", "on_findings"}
"""The parameters that say what becomes of findings; they have tests of their own."""

PARAMETERS: Final[Mapping[str, Mapping[str, str]]] = {
    "get_microgrid": {"microgrid_id": "microgrid", "timeout": "seconds"},
    "list_microgrid_electrical_components": {
        "microgrid_id": "microgrid",
        "component_ids": "components",
        "categories": "categories",
        "timeout": "seconds",
    },
    "list_microgrid_electrical_component_connections": {
        "microgrid_id": "microgrid",
        "source_component_ids": "components",
        "destination_component_ids": "components",
        "timeout": "seconds",
    },
    "list_microgrid_sensors": {
        "microgrid_id": "microgrid",
        "sensor_ids": "sensors",
        "timeout": "seconds",
    },
    "list_microgrids": {
        "microgrid_ids": "microgrids",
        "gridpool_ids": "numbers",
        "timeout": "seconds",
    },
    "list_gridpools": {"gridpool_ids": "numbers", "timeout": "seconds"},
    "list_gridpool_energy_schedules": {
        "gridpool_id": "gridpool",
        "schedule_ids": "numbers",
        "directions": "directions",
        "time_series_interval": "period",
        "effective_validity_period": "period",
        "timeout": "seconds",
    },
    "list_market_topology_relations": {
        "gridpool_ids": "numbers",
        "microgrid_ids": "microgrids",
        "market_location_id_values": "texts",
        "delivery_areas": "areas",
        "participation_types": "participation types",
        "timeout": "seconds",
    },
}
"""The parameters of every method, and their kinds."""


class NoList:
    """Something like an array without dimensions, which has a length of none."""

    def __repr__(self) -> str:
        return "NoList()"

    def __iter__(self) -> Iterator[Any]:
        raise TypeError("iteration over a 0-d array")


@pytest.mark.parametrize(
    "value",
    [bytearray(b"12"), memoryview(b"12"), NoList()],
    ids=["bytearray", "memoryview", "no list"],
)
async def test_what_only_looks_like_a_list_is_none(client: AssetsApiClient, value: Any) -> None:
    with pytest.raises(TypeError, match=r"^gridpool_ids: expected an iterable of integers, got "):
        await client.list_gridpools(value)
    assert nothing_sent(client)


async def test_a_number_that_python_refuses_to_print_is_refused_by_name(
    client: AssetsApiClient,
) -> None:
    with pytest.raises(ValueError, match=r"^gridpool_ids\[0\]: a far larger number is not within"):
        await client.list_gridpools([10**5000])
    assert nothing_sent(client)


def test_every_parameter_of_every_method_is_in_the_tables() -> None:
    told = {
        name: set(inspect.signature(method).parameters) - {"self"}
        for name, method in vars(AssetsApiClient).items()
        if name.startswith(("get_", "list_"))
    }
    assert told == {name: {*kinds, *WAYS} for name, kinds in PARAMETERS.items()}
    assert {kind for kinds in PARAMETERS.values() for kind in kinds.values()} == set(KINDS)


every_method = pytest.mark.parametrize("method", PARAMETERS)


class Case(NamedTuple):
    """A value for a parameter of a method."""

    method: str
    name: str
    given: Any

    def __str__(self) -> str:
        made = _plain(self.given.value)
        value = "generator" if isinstance(made, Iterator) else ascii(made)
        return f"{self.method}-{self.name}-{value}"


def _cases(which: Callable[[Kind], Any]) -> list[Case]:
    return [
        Case(method, name, given)
        for method, kinds in PARAMETERS.items()
        for name, kind in kinds.items()
        for given in which(KINDS[kind])
    ]


@pytest.fixture
def client() -> AssetsApiClient:
    """Return a client whose connection is a mock that answers each call with an empty reply."""
    made = AssetsApiClient("grpc://localhost:1?ssl=false", connect=False)
    made._channel = MagicMock()
    replies = {name: getattr(pb, f"{name}Response")() for name in OPERATIONS}
    replies["GetMicrogrid"].microgrid.CopyFrom(GOOD["microgrid"]())
    made._stub = MagicMock(
        **{name: AsyncMock(return_value=reply) for name, reply in replies.items()}
    )
    return made


def call(method: str, **arguments: Any) -> Callable[[AssetsApiClient], Any]:
    """Return a call with everything that the method must be given."""
    needed = {name: 4 for name in ("microgrid_id", "gridpool_id") if name in PARAMETERS[method]}
    return methodcaller(method, **{**needed, **arguments})


def nothing_sent(client: AssetsApiClient) -> bool:
    """Return whether the server has heard nothing."""
    stub: Any = client._stub
    channel: Any = client._channel
    return not (stub.mock_calls or channel.mock_calls)


def sent(client: AssetsApiClient, name: str) -> Any:
    """Return what was sent for a parameter."""
    stub: Any = client._stub
    ((_, (request,), options),) = stub.mock_calls
    if name == "timeout":
        return options[name]
    holder = request if name in request.DESCRIPTOR.fields_by_name else request.filter
    value = getattr(holder, name)
    if not holder.DESCRIPTOR.fields_by_name[name].is_repeated:
        return value if name.endswith("_id") or holder.HasField(name) else None
    return [it.value for it in value] if name == "market_location_id_values" else list(value)


@pytest.mark.parametrize("case", _cases(lambda kind: kind.good), ids=str)
async def test_a_good_value_is_sent(client: AssetsApiClient, case: Case) -> None:
    await call(case.method, **{case.name: _plain(case.given.value)})(client)
    assert sent(client, case.name) == case.given.sent


@pytest.mark.parametrize("case", _cases(lambda kind: kind.bad), ids=str)
async def test_a_bad_value_is_refused_by_name_and_nothing_is_sent(
    client: AssetsApiClient, case: Case
) -> None:
    value, error, sentence, place = case.given
    with pytest.raises((TypeError, ValueError)) as raised:
        await call(case.method, **{case.name: _plain(value)})(client)
    assert (type(raised.value), str(raised.value)) == (error, f"{case.name}{place}: {sentence}")
    assert nothing_sent(client)


@pytest.mark.parametrize(
    ("method", "name"),
    [(method, name) for method, kinds in PARAMETERS.items() for name in kinds if name[-1] == "s"],
)
async def test_an_error_in_a_generator_of_the_callers_is_the_callers(
    client: AssetsApiClient, method: str, name: str
) -> None:
    def broken() -> Iterator[Any]:
        raise LookupError("no such list")
        yield

    with pytest.raises(LookupError, match="no such list"):
        await call(method, **{name: broken()})(client)
    assert nothing_sent(client)


# What is to become of findings --------------------------------------------------------------------


@every_method
@pytest.mark.parametrize(
    "ways",
    [
        {"raise_on_errors": False},
        {"raise_on_errors": True},
        {"on_findings": None},
        {"raise_on_errors": True, "on_findings": None},
        {"raise_on_errors": False, "on_findings": [].append},
    ],
    ids=lambda ways: "-".join(ways) + str(ways.get("raise_on_errors")),
)
async def test_findings_go_one_way(
    client: AssetsApiClient, method: str, ways: dict[str, Any]
) -> None:
    await call(method, **ways)(client)
    assert not nothing_sent(client)


@every_method
@pytest.mark.parametrize("given", [1, "print", [], False], ids=repr)
async def test_findings_cannot_go_to_what_cannot_be_called(
    client: AssetsApiClient, method: str, given: Any
) -> None:
    with pytest.raises(TypeError) as raised:
        await call(method, on_findings=given)(client)
    assert str(raised.value) == f"on_findings: expected a callable, got {given!r}"
    assert nothing_sent(client)


async def test_a_coroutine_function_would_never_be_awaited(client: AssetsApiClient) -> None:
    async def late(_: Any) -> None: ...

    with pytest.raises(
        TypeError, match=r"^on_findings: expected a plain function, got a coroutine"
    ):
        await client.list_gridpools(on_findings=late)  # type: ignore[arg-type]
    assert nothing_sent(client)


@every_method
async def test_findings_cannot_go_two_ways(client: AssetsApiClient, method: str) -> None:
    with pytest.raises(ValueError, match=r"^on_findings: cannot be combined with raise_on_errors"):
        await call(method, on_findings=print, raise_on_errors=True)(client)
    assert nothing_sent(client)
