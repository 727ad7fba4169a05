"""The commands of the calls: their output, and their filters."""

import json
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from frequenz.api.common.v1alpha8.gridpool import gridpool_pb2
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2

from frequenz.client import assets
from frequenz.client.assets.inventory import Inventory
from frequenz.server.assets import AssetsServer

from ..expected.__main__ import PUBLISHED
from .running import CALLS, Ended, filters_of, invoke, run, start

# Typed as Any: the stubs do not know that messages can be given as dictionaries.
pb: Final[Any] = platformassets_pb2

EXPECTED: Final = Path(__file__).parents[1] / "expected"


def text(name: str) -> bytes:
    return (EXPECTED / f"{name}.json").read_bytes()


# What the published commands print ----------------------------------------------------------------


@pytest.mark.parametrize("name", PUBLISHED)
async def test_a_published_command_prints_what_it_has_always_printed(url: str, name: str) -> None:
    ended = await run("--url", url, *PUBLISHED[name])

    assert (ended.code, ended.out) == (0, text(name)), ended.err


def test_every_expected_text_is_tested() -> None:
    assert {*PUBLISHED, *COMPLETE} == {file.stem for file in EXPECTED.glob("*.json")}


# What the other commands print --------------------------------------------------------------------

COMPLETE: Final = {
    "microgrids": ("microgrids",),
    "sensors-1": ("sensors", "1"),
    "gridpools": ("gridpools",),
    "energy-schedules-7": ("energy-schedules", "7"),
    "market-topology": ("market-topology",),
}
"""The name of a file, without .json -> the command."""


@pytest.mark.parametrize("name", COMPLETE)
def test_the_other_commands_print_all_fields_and_enum_members_by_name(url: str, name: str) -> None:
    result = invoke("--url", url, *COMPLETE[name])

    assert (result.exit_code, result.stdout) == (0, text(name).decode())


@pytest.mark.parametrize("name", COMPLETE)
def test_the_expected_texts_have_every_field_of_the_model(name: str) -> None:
    listed: Any = {
        "microgrids": "Microgrid",
        "sensors-1": "Sensor",
        "gridpools": "Gridpool",
        "energy-schedules-7": "GridpoolEnergySchedule",
        "market-topology": "MarketTopologyRelation",
    }
    names = [field.name for field in fields(getattr(assets, listed[name]))]
    assert [list(item) for item in json.loads(text(name))] == [names] * len(json.loads(text(name)))


# Filters ------------------------------------------------------------------------------------------


def ids(result: Any) -> list[Any]:
    return [item["id"] for item in result]


def schedules(result: Any) -> list[Any]:
    return [item["schedule_id"] for item in result]


def relations(result: Any) -> list[Any]:
    """The IDs of gridpool and microgrid."""
    return [[item["gridpool_id"], item["microgrid_id"]] for item in result]


def ends(result: Any) -> list[Any]:
    return [f"{item['source']}-{item['destination']}" for item in result]


def powers(result: Any) -> list[Any]:
    return [[entry["active_power_w"] for entry in item["time_series"]] for item in result]


_8_30 = "2024-01-01T09:30:00+01:00"
_FIRST, _SECOND, _THIRD = [7, 1], [8, 2], [None, 2]

FILTERS: Final[list[tuple[str, Callable[[Any], list[Any]], list[Any]]]] = [
    ("microgrids", ids, [1, 2, 3]),
    ("microgrids --microgrid 3", ids, [3]),
    ("microgrids --microgrid 3 --microgrid 1 --microgrid 404", ids, [1, 3]),
    ("microgrids 1 3", ids, [1, 3]),
    ("microgrids 1 2 --gridpool 8", ids, [2]),
    ("microgrids --gridpool 8", ids, [2]),
    ("microgrids --gridpool 8 --gridpool 7", ids, [1, 2]),
    ("microgrids --gridpool 8 --microgrid 1", ids, []),
    ("electrical-components 1 --component 2 --component 18446744073709551615", ids, [2, 2**64 - 1]),
    ("electrical-components 1 --category crypto_miner", ids, [28]),
    ("electrical-components 1 --category Crypto-Miner", ids, [28]),
    ("electrical-components 1 --category 14", ids, [28]),
    ("electrical-components 1 --category ELECTRICAL_COMPONENT_CATEGORY_CRYPTO_MINER", ids, [28]),
    ("electrical-components 1 --category GRID --category grid_connection_point", ids, [2, 3]),
    ("electrical-components 1 --category 99", ids, [34, 35]),
    ("electrical-components 1 --category grid --category 99 --component 3", ids, [3]),
    ("component-connections 1 --source 2", ends, ["2-3", "2-4"]),
    (
        "component-connections 1 --destination 3 --destination 2",
        ends,
        ["1-2", "2-3", f"{2**64 - 1}-3"],
    ),
    ("component-connections 1 --source 2 --source 1 --destination 4", ends, ["2-4"]),
    ("sensors 1", ids, [3, 4]),
    ("sensors 1 --sensor 4", ids, [4]),
    ("sensors 1 --sensor 4 --sensor 3", ids, [3, 4]),
    ("sensors 2", ids, []),
    ("gridpools", ids, [7, 8]),
    ("gridpools --gridpool 8", ids, [8]),
    ("gridpools --gridpool 8 --gridpool 7", ids, [7, 8]),
    ("energy-schedules 7", schedules, [70, 71, 72]),
    ("energy-schedules 404", schedules, []),
    ("energy-schedules 7 --schedule 72 --schedule 71", schedules, [71, 72]),
    ("energy-schedules 7 --direction import", schedules, [70]),
    ("energy-schedules 7 --direction EXPORT --direction 9", schedules, [71, 72]),
    ("energy-schedules 7 --direction import --schedule 71", schedules, []),
    # 70 is valid from 2022 until it is cancelled, 123.456 ms into 2024; then 72 starts.
    ("energy-schedules 7 --effective-from 2024-01-01T00:00:00.123456Z", schedules, [71, 72]),
    ("energy-schedules 7 --effective-from 2024-01-01T00:00:00.123455Z", schedules, [70, 71, 72]),
    ("energy-schedules 7 --effective-to 2024-01-01T00:00:00.123456Z", schedules, [70, 71]),
    ("energy-schedules 7 --effective-to 2024-01-01t00:00:00.123456000z", schedules, [70, 71]),
    ("energy-schedules 7 --effective-to 2021-12-31T00:00:00-12:00", schedules, [71]),
    (
        "energy-schedules 7 --effective-from 2023-01-01T00:00Z --effective-to 2023-02-01T00:00Z",
        schedules,
        [70, 71],
    ),
    ("energy-schedules 7 --entries-from 2024-01-01T00:30Z", powers, [[None, 0.0], [], []]),
    ("energy-schedules 7 --entries-to 2024-01-01T01:15+01:00", powers, [[1000.5], [], [1.0]]),
    (
        "energy-schedules 7 --entries-from 2024-01-01T00:16Z --entries-to 2024-01-01T00:30Z",
        powers,
        [[-2e6], [], []],
    ),
    ("energy-schedules 7 --entries-from 2024-01-01T00:45Z --schedule 70", powers, [[0.0]]),
    ("market-topology", relations, [_FIRST, _SECOND, _THIRD]),
    ("market-topology --gridpool 8 --gridpool 9", relations, [_SECOND]),
    ("market-topology --microgrid 2", relations, [_SECOND, _THIRD]),
    ("market-topology --microgrid 2 --gridpool 8", relations, [_SECOND]),
    ("market-topology --market-location 500123AB --market-location 4", relations, [_FIRST]),
    ("market-topology --delivery-area 10YDE-VE-------2", relations, [_FIRST]),
    ("market-topology --delivery-area 10YDE-VE-------2:europe-eic", relations, [_FIRST]),
    ("market-topology --delivery-area PJM", relations, []),
    ("market-topology --delivery-area PJM:US_NERC --delivery-area X", relations, [_SECOND]),
    ("market-topology --delivery-area PJM:2", relations, [_SECOND]),
    ("market-topology --delivery-area PJM:ENERGY_MARKET_CODE_TYPE_US_NERC", relations, [_SECOND]),
    ("market-topology --delivery-area PJM:7", relations, []),
    ("market-topology --participation flex-markets", relations, [_SECOND]),
    (
        "market-topology --participation ENERGY_TRADING --participation 2",
        relations,
        [_FIRST, _SECOND],
    ),
    ("market-topology --participation 9 --microgrid 2", relations, []),
    ("microgrids --microgrid 2 --gridpool 8", ids, [2]),
    (
        "energy-schedules 7 --schedule 70 --direction import"
        " --entries-from 2024-01-01T00:15Z --entries-to 2024-01-01T00:20Z"
        " --effective-from 2023-12-31T00:00Z --effective-to 2025-01-01T00:00Z",
        powers,
        [[-2e6]],
    ),
    (
        "market-topology --gridpool 7 --microgrid 1 --market-location 500123AB"
        " --delivery-area 10YDE-VE-------2:1 --participation energy_trading",
        relations,
        [_FIRST],
    ),
]


@pytest.mark.parametrize(
    ("command", "shown", "expected"), FILTERS, ids=[command for command, _, _ in FILTERS]
)
def test_a_filter_selects_items(
    url: str, command: str, shown: Callable[[Any], list[Any]], expected: list[Any]
) -> None:
    result = invoke("--url", url, *command.split())

    assert result.exit_code == 0, result.stderr
    assert shown(json.loads(result.stdout)) == expected


async def test_filters_by_time_count_in_an_hour_that_clocks_repeat() -> None:
    """In Berlin, clocks are set back from 03:00 to 02:00 on 2024-10-27, at 01:00 UTC."""
    quarters = [
        {"start_time": datetime(2024, 10, 27, 0, minute, tzinfo=UTC), "active_power_w": minute}
        for minute in range(0, 60, 15)
    ]
    quarters += [{"start_time": datetime(2024, 10, 27, 1, tzinfo=UTC), "active_power_w": 60}]
    schedule = pb.GridpoolEnergySchedule(
        gridpool_id=7, schedule_id=1, delivery_duration="DELIVERY_DURATION_15", time_series=quarters
    )
    schedule.validity_period.start_time.FromDatetime(datetime(2024, 10, 27, 0, 30, tzinfo=UTC))
    schedule.validity_period.end_time.FromDatetime(datetime(2024, 10, 27, 1, 10, tzinfo=UTC))
    fleet = Inventory((), (gridpool_pb2.Gridpool(id=7),), (schedule,))
    async with AssetsServer(fleet) as server:

        async def ask(*options: str) -> Any:
            ended = await run("energy-schedules", "7", "--url", server.url, *options)
            assert ended.code == 0, ended.err
            return json.loads(ended.out)

        summer, winter = "2024-10-27T02:30+02:00", "2024-10-27T02:10+01:00"
        found = await ask("--entries-from", summer, "--entries-to", winter)
        assert powers(found) == [[30, 45, 60]]
        assert await ask("--effective-from", winter) == []
        assert await ask("--effective-to", summer) == []
        assert len(await ask("--effective-from", summer, "--effective-to", winter)) == 1


def test_every_filter_is_tested() -> None:
    tried = [asked.split() for asked, _, _ in FILTERS]
    untried = [
        (name, option)
        for name in CALLS
        for option in filters_of(name)
        if not any(asked[0] == name and option in asked for asked in tried)
    ]
    assert untried == []


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"PYTHONIOENCODING": "latin-1"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    ],
)
async def test_the_output_is_utf_8_in_any_locale(url: str, environment: dict[str, str]) -> None:
    ended = await start("--url", url, "gridpools", **environment)

    assert ended == Ended(0, text("gridpools"), "")
    assert "Östlich 日".encode() in ended.out
