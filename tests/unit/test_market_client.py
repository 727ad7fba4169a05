"""The five calls around the market, with a mocked stub: what they send, say and raise, exactly.

What holds for all calls alike is in `test_client`.
"""

import logging
import pickle
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from unittest.mock import AsyncMock, MagicMock

import pytest
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.sensors import SensorId

from frequenz.client.assets import (
    AssetsApiClient,
    DeliveryArea,
    EnergyMarketCodeType,
    Gridpool,
    GridpoolEnergyScheduleDirection,
    Interval,
    MarketParticipationType,
)
from frequenz.client.assets.exceptions import (
    InvalidGridpoolEnergyScheduleError,
    InvalidGridpoolError,
    InvalidMarketTopologyRelationError,
    InvalidMicrogridError,
    InvalidSensorError,
    ValidationError,
)

from .messages import GOOD, decoded, spoilt

pb: Final[Any] = platformassets_pb2
SITE: Final = MicrogridId(4)

MICROGRIDS: Final = "list_microgrids"
SENSORS: Final = "list_microgrid_sensors"
GRIDPOOLS: Final = "list_gridpools"
SCHEDULES: Final = "list_gridpool_energy_schedules"
RELATIONS: Final = "list_market_topology_relations"

OPERATIONS: Final = {
    MICROGRIDS: "ListMicrogrids",
    SENSORS: "ListMicrogridSensors",
    GRIDPOOLS: "ListGridpools",
    SCHEDULES: "ListGridpoolEnergySchedules",
    RELATIONS: "ListMarketTopologyRelations",
}


@pytest.fixture
def client() -> AssetsApiClient:
    """Return a client whose connection is a mock."""
    made = AssetsApiClient("grpc://localhost:1?ssl=false", connect=False)
    made._channel = MagicMock()
    made._stub = MagicMock()
    return made


def answer(client: AssetsApiClient, method: str, *items: Any) -> AsyncMock:
    """Let a call answer with some items."""
    reply = getattr(pb, f"{OPERATIONS[method]}Response")()
    (field,) = (field.name for field in reply.DESCRIPTOR.fields if field.message_type)
    getattr(reply, field).extend(items)
    mock = AsyncMock(return_value=reply)
    setattr(client._stub, OPERATIONS[method], mock)
    return mock


# What is sent -------------------------------------------------------------------------------------

EARLY: Final = datetime(2024, 3, 1, 0, 0, 0, 1, tzinfo=UTC)
LATE: Final = datetime(2024, 4, 1, tzinfo=UTC)

SENT: Final[list[tuple[str, tuple[Any, ...], dict[str, Any], str]]] = [
    (MICROGRIDS, (), {}, ""),
    (MICROGRIDS, ([MicrogridId(1), MicrogridId(2)], [3, 4]), {}, "0a080a02010212020304"),
    (MICROGRIDS, ((), [3]), {}, "0a03120103"),
    (SENSORS, (SITE,), {}, "0804"),
    (SENSORS, (SITE, [SensorId(1), SensorId(2)]), {}, "080412040a020102"),
    (GRIDPOOLS, (), {}, ""),
    (GRIDPOOLS, ([7, 8],), {}, "0a040a020708"),
    (SCHEDULES, (3,), {}, "0803"),
    (
        SCHEDULES,
        (3, [5, 6], [GridpoolEnergyScheduleDirection.IMPORT, 7]),
        {
            "time_series_interval": Interval(start=EARLY, end=LATE),
            "effective_validity_period": Interval(end=LATE),
        },
        "080312270a020506120201071a130a090880b584af0610e80712060880f2a7b006220812060880f2a7b006",
    ),
    # A period without ends is a filter that lets everything through; none is no filter.
    (SCHEDULES, (3,), {"time_series_interval": Interval()}, "080312021a00"),
    (SCHEDULES, (3,), {"effective_validity_period": Interval()}, "080312022200"),
    (RELATIONS, (), {}, ""),
    (
        RELATIONS,
        (),
        {
            "gridpool_ids": [1],
            "microgrid_ids": [MicrogridId(2)],
            "market_location_id_values": ["a b", ""],
            "delivery_areas": [
                DeliveryArea(code="10YDE-VE-------2", code_type=EnergyMarketCodeType.EUROPE_EIC),
                DeliveryArea(code=None, code_type=7),
            ],
            "participation_types": [MarketParticipationType.FLEX_MARKETS, 9],
        },
        "0a2d0a01011201021a050a036120621a0022140a1031305944452d56452d2d2d2d2d2d2d32100122021007"
        "2a020209",
    ),
]
"""Calls, and the requests that the published client 0.6.0 sends for them."""


@pytest.mark.parametrize(("method", "arguments", "options", "request_bytes"), SENT)
async def test_the_request_is_the_one_that_the_published_client_sends(
    client: AssetsApiClient,
    method: str,
    arguments: tuple[Any, ...],
    options: dict[str, Any],
    request_bytes: str,
) -> None:
    mock = answer(client, method)

    assert await getattr(client, method)(*arguments, **options) == []

    ((request,), rest) = mock.await_args_list[0]
    assert type(request) is getattr(pb, f"{OPERATIONS[method]}Request")
    assert request.SerializeToString().hex() == request_bytes
    assert rest == {"timeout": 60.0}
    mock.assert_awaited_once()


@pytest.mark.parametrize(
    ("method", "arguments", "options"),
    [
        (MICROGRIDS, ((), [-1]), {}),
        (GRIDPOOLS, ([2**64],), {}),
        (SCHEDULES, (-1,), {}),
        (SCHEDULES, (3, [-1]), {}),
        (SCHEDULES, (3, (), [2**31]), {}),
        (RELATIONS, (), {"participation_types": [-(2**31) - 1]}),
    ],
)
async def test_a_number_that_no_request_can_hold_is_refused_before_anything_is_sent(
    client: AssetsApiClient, method: str, arguments: tuple[Any, ...], options: dict[str, Any]
) -> None:
    mock = answer(client, method)

    with pytest.raises(ValueError, match=r"[Oo]ut of range"):
        await getattr(client, method)(*arguments, **options)

    mock.assert_not_called()


# What is wrong ------------------------------------------------------------------------------------


class Wrong(NamedTuple):
    """A call, an item that is wrong, and what becomes of it."""

    method: str
    arguments: tuple[Any, ...]
    bad: Any
    error: type[ValidationError]
    field: str
    """Where the error keeps the item."""

    noun: str
    name: str
    call: str
    issue: str


WRONG: Final = [
    Wrong(
        MICROGRIDS,
        (),
        spoilt("microgrid", {"status": 9}),
        InvalidMicrogridError,
        "microgrid",
        "microgrid",
        "microgrid 4",
        "ListMicrogrids",
        "status: 9 is unrecognized; it stays a plain integer",
    ),
    Wrong(
        SENSORS,
        (SITE,),
        spoilt("sensor", {"operational_lifetime.end_timestamp.nanos": -1}),
        InvalidSensorError,
        "sensor",
        "sensor",
        "sensor 8",
        "ListMicrogridSensors(MID4)",
        "operational_lifetime.end: -1 nanoseconds are not within 0 and 999999999; left out",
    ),
    Wrong(
        SCHEDULES,
        (3,),
        spoilt("schedule", {"direction": 0}),
        InvalidGridpoolEnergyScheduleError,
        "schedule",
        "energy schedule",
        "energy schedule 5 of gridpool 3",
        "ListGridpoolEnergySchedules(3)",
        "direction: unspecified",
    ),
    Wrong(
        RELATIONS,
        (),
        spoilt("relation", {"delivery_area": None, "microgrid_id": None}),
        InvalidMarketTopologyRelationError,
        "relation",
        "market topology relation",
        "relation gridpool 3 - market location 50012345678",
        "ListMarketTopologyRelations",
        "delivery_area: missing; a relation with a gridpool needs one",
    ),
]

each_wrong = pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.method)


def good_like(wrong: Wrong) -> Any:
    return GOOD[wrong.field]()


@each_wrong
async def test_each_wrong_item_is_an_error_of_its_own_class(
    client: AssetsApiClient, wrong: Wrong
) -> None:
    answer(client, wrong.method, wrong.bad, good_like(wrong), wrong.bad)

    with pytest.raises(ExceptionGroup) as raised:
        await getattr(client, wrong.method)(*wrong.arguments, raise_on_errors=True)

    assert raised.value.message == f"2 {wrong.noun}(s) failed validation"
    for group in (raised.value, pickle.loads(pickle.dumps(raised.value))):
        errors: list[Any] = list(group.exceptions)
        assert [type(error) for error in errors] == [wrong.error] * 2
        for error in errors:
            assert str(error) == f"Validation failed: {wrong.name}: {wrong.issue}"
            assert getattr(error, wrong.field) == decoded(wrong.bad)[0]
            assert (error.major_issues, error.minor_issues) == ([wrong.issue], [])
            assert error.raw_message == wrong.bad


@each_wrong
async def test_a_wrong_item_is_logged_and_returned_with_the_others(
    client: AssetsApiClient, wrong: Wrong, caplog: pytest.LogCaptureFixture
) -> None:
    answer(client, wrong.method, good_like(wrong), wrong.bad)

    with caplog.at_level(logging.DEBUG):
        returned = await getattr(client, wrong.method)(*wrong.arguments)

    assert returned == [decoded(good_like(wrong))[0], decoded(wrong.bad)[0]]
    assert [(record.name, record.levelname) for record in caplog.records] == [
        ("frequenz.client.assets", "WARNING"),
        ("frequenz.client.assets", "DEBUG"),
    ]
    assert caplog.messages == [
        f"{wrong.call}: findings in 1 item(s), 1 major and 0 minor; most often: {wrong.issue} (1x)",
        f"{wrong.call}: major finding in {wrong.name}: {wrong.issue}",
    ]


async def test_what_is_merely_absent_is_logged_and_not_raised(
    client: AssetsApiClient, caplog: pytest.LogCaptureFixture
) -> None:
    bare = pb.GridpoolEnergySchedule(gridpool_id=3, direction=1, delivery_duration=1)
    answer(client, SCHEDULES, bare)

    (returned,) = await client.list_gridpool_energy_schedules(3, raise_on_errors=True)

    assert returned.validity_period is None
    assert caplog.messages == [
        "ListGridpoolEnergySchedules(3): findings in 1 item(s), 0 major and 4 minor; most often:"
        " counterparty_balancing_group: missing (1x); counterparty_delivery_area: missing (1x);"
        " frequenz_delivery_area: missing (1x)"
    ]


async def test_nothing_is_wrong_with_an_empty_gridpool(
    client: AssetsApiClient, caplog: pytest.LogCaptureFixture
) -> None:
    answer(client, GRIDPOOLS, pb.ListGridpoolsResponse().gridpools.add())

    returned = await client.list_gridpools(raise_on_errors=True)

    assert returned == [Gridpool(id=0, name=None)]
    assert caplog.records == []


def test_the_error_of_a_gridpool_is_like_the_others() -> None:
    error = InvalidGridpoolError(
        gridpool=Gridpool(id=3, name="North"),
        major_issues=["id: as an example"],
        minor_issues=["name: missing"],
        raw_message=GOOD["gridpool"](),
    )

    back = pickle.loads(pickle.dumps(error))

    assert type(back) is InvalidGridpoolError
    assert vars(back) == vars(error)
    assert str(back) == "Validation failed: gridpool 3: id: as an example"
