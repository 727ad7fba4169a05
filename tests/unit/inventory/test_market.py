"""Sensors, gridpools, energy schedules and market topology in inventory files."""

import math
from collections.abc import Mapping
from typing import Any, Final

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from frequenz.client.assets import inventory
from frequenz.client.assets.inventory import Inventory, InventoryFileError

from ..inventory_messages import (
    RelationMessage,
    ScheduleMessage,
    SensorMessage,
    parsed,
    site_text,
)
from ..market_messages import EXAMPLE

MOMENT: Final = 1_704_067_200
"""2024-01-01T00:00:00Z."""

# Keys ---------------------------------------------------------------------------------------------


def sensors_of(keys: str) -> tuple[Any, ...]:
    """Return the sensors of the microgrid 1."""
    return parsed(site_text(f"sensors: [{{{keys}}}]")).sites[0].sensors


def schedules_of(keys: str) -> tuple[Any, ...]:
    """Return the schedules with the ids 5 and 51, and with some keys."""
    text = f"version: 1\nenergy_schedules: [{{gridpool_id: 5, schedule_id: 51, {keys}}}]\n"
    return parsed(text).energy_schedules


def relations_of(keys: str) -> tuple[Any, ...]:
    """Return the relations with some keys."""
    return parsed(f"version: 1\nmarket_topology: [{{{keys}}}]\n").market_topology


SENSORS: Final[Mapping[str, Mapping[str, Any]]] = {
    "id: 7": {},
    "id: 7, name: ~, operational_lifetime: ~": {},
    "id: 7, microgrid_id: 1": {},
    "id: 7, microgrid_id: 0": {"microgrid_id": 0},
    "id: 7, microgrid_id: 2": {"microgrid_id": 2},
    "id: 7, model: NO, operational_lifetime: {}": {"model": "NO", "operational_lifetime": {}},
}


@pytest.mark.parametrize(("keys", "values"), SENSORS.items(), ids=SENSORS)
def test_keys_set_the_fields_of_a_sensor(keys: str, values: Mapping[str, Any]) -> None:
    assert sensors_of(keys) == (SensorMessage(**{"id": 7, "microgrid_id": 1, **values}),)


START: Final = Timestamp(seconds=MOMENT)

SCHEDULES: Final[Mapping[str, Mapping[str, Any]]] = {
    "name: ~": {},
    "direction: export, delivery_duration: minutes_60": {"direction": 2, "delivery_duration": 4},
    "direction: 2, delivery_duration: 99": {"direction": 2, "delivery_duration": 99},
    "validity_period: {}": {"validity_period": {}},
    "validity_period: {start: 2024-01-01T00:00:00Z}": {"validity_period": {"start_time": START}},
    "validity_period: {end: 2024-01-01T01:00:00+01:00}": {"validity_period": {"end_time": START}},
    "cancel_time: 2024-01-01T00:00:00Z": {"cancel_time": START},
    "counterparty_balancing_group: {}": {"counterparty_balancing_group": {}},
    "time_series: ~": {},
    "time_series: []": {},
    "time_series: [[2024-01-01T00:00:00Z, 1500]]": {
        "time_series": [{"start_time": START, "active_power_w": 1500}]
    },
    "time_series: [[{seconds: 5, nanos: -1}, .inf]]": {
        "time_series": [{"start_time": Timestamp(seconds=5, nanos=-1), "active_power_w": math.inf}]
    },
    "time_series: [{start_time: 2024-01-01T00:00:00Z}, {active_power_w: '-.inf'}, {}]": {
        "time_series": [{"start_time": START}, {"active_power_w": -math.inf}, {}]
    },
}


@pytest.mark.parametrize(("keys", "values"), SCHEDULES.items(), ids=SCHEDULES)
def test_keys_set_the_fields_of_a_schedule(keys: str, values: Mapping[str, Any]) -> None:
    assert schedules_of(keys) == (
        ScheduleMessage(**{"gridpool_id": 5, "schedule_id": 51, **values}),
    )


def location(**values: Any) -> dict[str, Any]:
    """Return the fields of a relation with an id of a market location."""
    return {"market_location_ref": {"market_location_id": values}}


RELATIONS: Final[Mapping[str, Mapping[str, Any]]] = {
    "": {},
    "microgrid_id: ~, gridpool_id: ~": {},
    "microgrid_id: 0, gridpool_id: 0": {"microgrid_id": 0, "gridpool_id": 0},
    "market_location_ref: {}": {"market_location_ref": {}},
    "market_location_ref: {market_area: eu_de}": {"market_location_ref": {"market_area": 101}},
    "market_location_ref: {market_area: 101}": {"market_location_ref": {"market_area": 101}},
    "market_location_ref: {market_location_id: {}}": location(),
    "market_location_ref: {market_location_id: {value: ~}}": location(),
    "market_location_ref: {market_location_id: {value: ''}}": location(id={}),
    "market_location_ref: {market_location_id: {value: '01', type: malo_id}}": location(
        id={"value": "01"}, type=1
    ),
    "delivery_area: {}": {"delivery_area": {}},
    "participations: [{}, {type: flex_markets, validity_period: {}}]": {
        "participations": [{}, {"type": 2, "validity_period": {}}]
    },
}


@pytest.mark.parametrize(("keys", "values"), RELATIONS.items(), ids=RELATIONS)
def test_keys_set_the_fields_of_a_relation(keys: str, values: Mapping[str, Any]) -> None:
    assert relations_of(keys) == (RelationMessage(**values),)


def test_an_empty_id_of_a_market_location_differs_from_an_absent_one() -> None:
    (empty,) = relations_of("market_location_ref: {market_location_id: {value: ''}}")
    (absent,) = relations_of("market_location_ref: {market_location_id: {}}")
    assert empty.market_location_ref.market_location_id.HasField("id")
    assert not absent.market_location_ref.market_location_id.HasField("id")


def test_the_market_is_written_readably() -> None:
    assert inventory.to_text(parsed(EXAMPLE)) == EXAMPLE


def test_empty_lists_are_not_written() -> None:
    assert inventory.to_text(Inventory()) == "version: 1\nmicrogrids: []\n"


def test_everything_keeps_its_order() -> None:
    held = parsed(
        "version: 1\n"
        "gridpools: [{id: 2}, {id: 1}, {id: 2}]\n"
        "market_topology: [{gridpool_id: 2}, {gridpool_id: 1}]\n"
        "microgrids: [{id: 1, sensors: [{id: 2}, {id: 1}, {id: 2}]}]\n"
    )
    assert [gridpool.id for gridpool in held.gridpools] == [2, 1, 2]
    assert [relation.gridpool_id for relation in held.market_topology] == [2, 1]
    assert [sensor.id for sensor in held.sites[0].sensors] == [2, 1, 2]


# Problems -----------------------------------------------------------------------------------------


def test_the_problems_of_all_lists_are_reported_in_the_order_of_the_file() -> None:
    with pytest.raises(InventoryFileError) as caught:
        parsed(
            "version: 1\n"
            "market_topology: [{gridpool_id: a}]\n"
            "gridpools: [{}]\n"
            "microgrids: [{id: 1, sensors: [{}]}]\n"
            "energy_schedules: [{gridpool_id: 1, time_series: [[x, y], {start: ~}]}]\n"
        )
    assert [problem.path for problem in caught.value.problems] == [
        "market_topology[0].gridpool_id",
        "gridpools[0]",
        "microgrids[0].sensors[0]",
        "energy_schedules[0]",
        "energy_schedules[0].time_series[0][0]",
        "energy_schedules[0].time_series[0][1]",
        "energy_schedules[0].time_series[1].start",
    ]


# Findings -----------------------------------------------------------------------------------------

GOOD: Final = """\
version: 1
microgrids:
- id: 1
  enterprise_id: 3
  status: active
  delivery_area: {code: 10YDE-VE-------2, code_type: europe_eic}
  location: {latitude: 52.5, longitude: 13.4, country_code: DE}
  create_timestamp: 2024-05-17T08:30:00Z
  components:
  - {id: 1, category: meter, operational_mode: 1, operational_lifetime: {}}
  - id: 2
    category: grid_connection_point
    rated_fuse_current: 63
    operational_mode: 1
    operational_lifetime: {}
  connections: [[2, 1]]
  sensors: [{id: 7}, {id: 8}]
gridpools: [{id: 5}, {id: 6}]
energy_schedules:
- &schedule
  gridpool_id: 5
  schedule_id: 51
  counterparty_balancing_group: {code: 11XRWETRADING--0, code_type: europe_eic}
  counterparty_delivery_area: {code: 10YDE-VE-------2, code_type: europe_eic}
  frequenz_delivery_area: {code: 10YDE-VE-------2, code_type: europe_eic}
  direction: import
  delivery_duration: minutes_15
  validity_period: {start: 2024-01-01T00:00:00Z}
- gridpool_id: 6
  schedule_id: 51
  counterparty_balancing_group: {code: 11XRWETRADING--0, code_type: europe_eic}
  counterparty_delivery_area: {code: 10YDE-VE-------2, code_type: europe_eic}
  frequenz_delivery_area: {code: 10YDE-VE-------2, code_type: europe_eic}
  direction: export
  delivery_duration: minutes_60
  validity_period: {end: 2024-01-01T00:00:00Z}
market_topology:
- microgrid_id: 1
  gridpool_id: 5
  delivery_area: {code: 10YDE-VE-------2, code_type: europe_eic}
- microgrid_id: 1
  market_location_ref:
    market_area: eu_de
    market_location_id: {value: '01234567890', type: malo_id}
"""

FINDINGS: Final[Mapping[str, tuple[str, str, list[str]]]] = {
    "nothing": ("", "", []),
    "one id for two sensors": (
        "{id: 8}",
        "{id: 7}",
        [
            "major: microgrid 1: sensor 7 (item 2): id: duplicate ID 7: an earlier sensor in"
            " the list has it"
        ],
    ),
    "a sensor of another microgrid": (
        "{id: 8}",
        "{id: 8, microgrid_id: 2}",
        [
            "major: microgrid 1: sensor 8: microgrid_id: belongs to microgrid 2, but is listed"
            " under microgrid 1"
        ],
    ),
    "a sensor with a finding of the client": (
        "{id: 8}",
        "{id: 8, operational_lifetime: {start: {seconds: 0, nanos: -1}}}",
        [
            "major: microgrid 1: sensor 8: operational_lifetime.start: -1 nanoseconds are"
            " outside 0 to 999999999; treated as always operational"
        ],
    ),
    "one id for two gridpools": (
        "{id: 6}]",
        "{id: 6}, {id: 5}]",
        ["major: gridpool 5 (item 3): id: duplicate ID 5: an earlier gridpool in the list has it"],
    ),
    "one id for two schedules of a gridpool": (
        "gridpool_id: 6\n",
        "gridpool_id: 5\n",
        [
            "major: energy schedule 51 of gridpool 5 (item 2): schedule_id: duplicate ID 51: an"
            " earlier schedule in the list has it"
        ],
    ),
    "an unknown gridpool": (
        "gridpools: [{id: 5}, {id: 6}]",
        "gridpools: [{id: 6}]",
        [
            "major: energy schedule 51 of gridpool 5: gridpool_id: there is no gridpool 5 in the"
            " inventory",
            "major: relation gridpool 5 - microgrid 1: gridpool_id: there is no gridpool 5 in the"
            " inventory",
        ],
    ),
    "an unknown microgrid": (
        "- id: 1\n",
        "- id: 2\n",
        [
            "major: relation gridpool 5 - microgrid 1: microgrid_id: there is no microgrid 1 in the"
            " inventory",
            "major: relation microgrid 1 - market location 01234567890: microgrid_id: there is no"
            " microgrid 1 in the inventory",
        ],
    ),
    "0 as an ID": (
        "- microgrid_id: 1\n  gridpool_id: 5\n",
        "- microgrid_id: 0\n  gridpool_id: 0\n",
        [
            "major: relation gridpool 0 - microgrid 0 (item 1): gridpool_id: 0 is not a valid ID",
            "major: relation gridpool 0 - microgrid 0 (item 1): microgrid_id: 0 is not a valid ID",
        ],
    ),
    "a schedule with a finding of the client": (
        "direction: import",
        "direction: 9",
        [
            "major: energy schedule 51 of gridpool 5: direction: unrecognized value 9; kept"
            " as a plain integer"
        ],
    ),
    "a schedule with a missing field": (
        "  validity_period: {end: 2024-01-01T00:00:00Z}\n",
        "",
        ["minor: energy schedule 51 of gridpool 6: validity_period: missing"],
    ),
    "a relation that breaks the rules of the API": (
        "- microgrid_id: 1\n  market_location_ref:",
        "- market_location_ref:",
        [
            "major: relation market location 01234567890: gridpool_id, microgrid_id,"
            " market_location_ref: a relation needs two of these, got market_location_ref"
        ],
    ),
}


@pytest.mark.parametrize(("good", "bad", "findings"), FINDINGS.values(), ids=FINDINGS)
def test_check_finds_what_is_wrong(good: str, bad: str, findings: list[str]) -> None:
    assert good in GOOD
    checked = inventory.check(parsed(GOOD.replace(good, bad)))
    assert [str(found) for found in checked] == findings
    assert inventory.has_major(checked) is any(said.startswith("major") for said in findings)


def test_findings_of_the_market_have_no_microgrid() -> None:
    checked = inventory.check(parsed(GOOD.replace("gridpools: [{id: 5}, ", "gridpools: [")))
    assert [found.microgrid_id for found in checked] == [None, None]
    (found,) = inventory.check(parsed(GOOD.replace("{id: 8}", "{id: 7}")))
    assert found.microgrid_id == 1
