"""The calls for sensors and the market: the bytes of their requests, and some findings.

Tests for all calls are in `test_client`.
"""

import logging
from datetime import UTC, datetime
from typing import Any, Final
from unittest.mock import AsyncMock

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
from frequenz.client.assets.exceptions import InvalidGridpoolEnergyScheduleError, InvalidItemsGroup

from ..messages import VALID, changed, decode
from .test_client import mocked_client, reply_of, set_reply

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
    """Return a client whose channel and stub are mocks."""
    return mocked_client()


def set_items(client: AssetsApiClient, method: str, *items: Any) -> AsyncMock:
    """Replace the stub's method by a mock that returns some items."""
    operation = OPERATIONS[method]
    return set_reply(client, operation, reply_of(operation, *items))


# Requests -----------------------------------------------------------------------------------------

EARLY: Final = datetime(2024, 3, 1, 0, 0, 0, 1, tzinfo=UTC)
LATE: Final = datetime(2024, 4, 1, tzinfo=UTC)

REQUESTS: Final[list[tuple[str, tuple[Any, ...], dict[str, Any], str]]] = [
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
    # An interval without ends is a filter that matches all; None is not a filter.
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
"""Calls, and the bytes of the requests that the published client 0.6.0 sends for them."""


async def test_requests_are_those_of_the_published_client(client: AssetsApiClient) -> None:
    for method, arguments, options, expected in REQUESTS:
        mock = set_items(client, method)

        assert await getattr(client, method)(*arguments, **options) == []

        ((request,), rest) = mock.await_args_list[0]
        assert type(request) is getattr(pb, f"{OPERATIONS[method]}Request")
        assert request.SerializeToString().hex() == expected, (method, arguments, options)
        assert rest == {"timeout": 60.0}
        mock.assert_awaited_once()


# Findings -----------------------------------------------------------------------------------------


async def test_missing_parts_of_a_schedule_are_logged_and_not_raised(
    client: AssetsApiClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "frequenz.client.assets.calls")
    caplog.set_level(logging.DEBUG, "frequenz.client.assets")
    bare = pb.GridpoolEnergySchedule(gridpool_id=3, schedule_id=5, direction=1, delivery_duration=1)
    set_items(client, SCHEDULES, bare)

    (returned,) = await client.list_gridpool_energy_schedules(3, raise_on_errors=True)

    assert returned.validity_period is None
    assert {record.levelname for record in caplog.records} == {"DEBUG"}
    assert caplog.messages[:1] == [
        "ListGridpoolEnergySchedules(3): findings in 1 item(s), 0 major and 4 minor; most often:"
        " energy schedule 5 of gridpool 3: counterparty_balancing_group: missing;"
        " energy schedule 5 of gridpool 3: counterparty_delivery_area: missing;"
        " energy schedule 5 of gridpool 3: frequenz_delivery_area: missing"
    ]


async def test_a_gridpool_without_a_name_has_no_findings(
    client: AssetsApiClient, caplog: pytest.LogCaptureFixture
) -> None:
    set_items(client, GRIDPOOLS, pb.ListGridpoolsResponse().gridpools.add(id=1))

    returned = await client.list_gridpools(raise_on_errors=True)

    assert returned == [Gridpool(id=1, name=None)]
    assert caplog.records == []


async def test_schedules_with_the_same_id_in_two_gridpools_are_not_duplicates(
    client: AssetsApiClient,
) -> None:
    foreign = changed("schedule", {"gridpool_id": 9})
    set_items(client, SCHEDULES, VALID["schedule"](), foreign)

    with pytest.raises(InvalidItemsGroup) as raised:
        await client.list_gridpool_energy_schedules(3, raise_on_errors=True)

    (error,) = raised.value.exceptions
    assert isinstance(error, InvalidGridpoolEnergyScheduleError)
    assert error.major_issues == [
        "gridpool_id: belongs to gridpool 9, but is listed under gridpool 3"
    ]
    assert raised.value.items == (decode(VALID["schedule"]())[0],)
