"""Sensors, gridpools, energy schedules and market topology in inventory files."""

import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from typing import Any, Final

import pytest
from frequenz.api.common.v1alpha8.gridpool import gridpool_pb2
from frequenz.api.common.v1alpha8.market import market_area_pb2
from frequenz.api.common.v1alpha8.microgrid import microgrid_pb2
from frequenz.api.common.v1alpha8.microgrid.sensors import sensors_pb2
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import example, given, settings

from frequenz.client import assets
from frequenz.client.assets import inventory
from frequenz.client.assets.inventory import FileFormat, Inventory, InventoryFileError, Site
from frequenz.client.assets.inventory._schema import json_schema

from ..inventory_messages import FORMATS, parsed, read_back, site_text
from ..market_messages import EXAMPLE, SCHEDULE_FIELDS, any_double, any_fleet, exactly

Sensor: Final[Any] = sensors_pb2.Sensor
Gridpool: Final[Any] = gridpool_pb2.Gridpool
Schedule: Final[Any] = platformassets_pb2.GridpoolEnergySchedule
Relation: Final[Any] = platformassets_pb2.MarketTopologyRelation

MOMENT: Final = 1_704_067_200
"""2024-01-01T00:00:00Z."""

HOLDERS: Final[Mapping[Any, Callable[[Any], Inventory]]] = {
    Sensor: lambda message: Inventory((Site(microgrid_pb2.Microgrid(id=1), sensors=(message,)),)),
    Gridpool: lambda message: Inventory(gridpools=(message,)),
    Schedule: lambda message: Inventory(energy_schedules=(message,)),
    Relation: lambda message: Inventory(market_topology=(message,)),
}
"""A message -> how an inventory holds one."""

# Round trips --------------------------------------------------------------------------------------


def test_every_field_of_a_schedule_is_free() -> None:
    assert list(SCHEDULE_FIELDS) == [field.name for field in Schedule.DESCRIPTOR.fields]


@FORMATS
@settings(max_examples=60)
@given(any_fleet())
def test_whatever_the_wire_can_carry_reads_back_equal(
    file_format: FileFormat, held: Inventory
) -> None:
    assert exactly(read_back(held, file_format=file_format)) == exactly(held)


@FORMATS
@settings(max_examples=20)
@given(any_fleet())
def test_what_was_read_is_written_as_the_same_text(
    file_format: FileFormat, held: Inventory
) -> None:
    text = inventory.to_text(held, file_format=file_format)
    assert inventory.to_text(parsed(text, file_format=file_format), file_format=file_format) == text


@FORMATS
@given(any_double())
def test_any_power_reads_back_equal(file_format: FileFormat, power: float) -> None:
    held = HOLDERS[Schedule](Schedule(time_series=[{"active_power_w": power}]))
    (schedule,) = read_back(held, file_format=file_format).energy_schedules
    assert repr(schedule.time_series[0].active_power_w) == repr(power)


@given(any_double())
@example(1500)
def test_a_power_is_written_exactly_and_as_short_as_can_be(power: float) -> None:
    held = HOLDERS[Schedule](Schedule(time_series=[{"active_power_w": power}]))
    plain = json.loads(inventory.to_text(held, file_format="json"))
    (entry,) = plain["energy_schedules"][0]["time_series"]
    if math.isfinite(power):
        assert repr(entry["active_power_w"]) == repr(float(power))
    else:
        assert entry["active_power_w"] == f".{power}".replace(".-", "-.")


# Completeness -------------------------------------------------------------------------------------


def paths(message: Descriptor) -> Iterator[tuple[FieldDescriptor, ...]]:
    """Yield the way to every field of a message and of the messages within."""
    for field in message.fields:
        yield (field,)
        if field.message_type is not None:
            yield from ((field, *path) for path in paths(field.message_type))


def with_only(kind: Any, path: tuple[FieldDescriptor, ...]) -> Any:
    """Return a message with nothing but the field at the end of a way."""
    made = message = kind()
    for field in path:
        if field.message_type is None:
            is_text = field.type == FieldDescriptor.TYPE_STRING
            setattr(message, field.name, "a" if is_text else 1)
        elif field.is_repeated:
            message = getattr(message, field.name).add()
        else:
            message = getattr(message, field.name)
            message.SetInParent()
    return made


PATHS: Final = [
    pytest.param(kind, path, id=".".join([kind.DESCRIPTOR.name, *(field.name for field in path)]))
    for kind in HOLDERS
    for path in paths(kind.DESCRIPTOR)
]


@FORMATS
@pytest.mark.parametrize(("kind", "path"), PATHS)
def test_every_field_has_a_key(
    file_format: FileFormat, kind: Any, path: tuple[FieldDescriptor, ...]
) -> None:
    message = with_only(kind, path)
    assert message != kind()
    held = HOLDERS[kind](message)
    assert exactly(read_back(held, file_format=file_format)) == exactly(held)


MODELS: Final = [
    assets.BalancingGroup,
    assets.DeliveryArea,
    assets.Gridpool,
    assets.GridpoolEnergySchedule,
    assets.GridpoolEnergyScheduleTimeSeriesEntry,
    assets.Interval,
    assets.Lifetime,
    assets.MarketLocationId,
    assets.MarketLocationRef,
    assets.MarketParticipation,
    assets.MarketTopologyRelation,
    assets.Sensor,
]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_the_keys_are_the_fields_of_the_model(model: Any) -> None:
    keys = json_schema()["$defs"][model.__name__]["properties"]
    assert set(keys) == {field.name for field in fields(model)}


def test_every_message_has_its_model_in_the_table() -> None:
    messages = {
        field.message_type.name
        for kind in HOLDERS
        for path in paths(kind.DESCRIPTOR)
        for field in path
        if field.message_type is not None
    } | {kind.DESCRIPTOR.name for kind in HOLDERS}
    # A timestamp is a text, and the value of a market location's id stands in its id.
    assert messages - {"Timestamp", "MarketLocationIdValue"} == {cls.__name__ for cls in MODELS}


@pytest.mark.parametrize(("name", "number"), market_area_pb2.MarketArea.items())
def test_every_market_area_has_its_name(name: str, number: int) -> None:
    written = name.removeprefix("MARKET_AREA_").lower()
    (relation,) = relations_of(f"market_location_ref: {{market_area: {written}}}")
    assert relation.market_location_ref.market_area == number
    if number:
        assert f"market_area: {written}}}" in inventory.to_text(HOLDERS[Relation](relation))


# What the keys say --------------------------------------------------------------------------------


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
def test_a_sensor_is_what_its_keys_say(keys: str, values: Mapping[str, Any]) -> None:
    assert sensors_of(keys) == (Sensor(**{"id": 7, "microgrid_id": 1, **values}),)


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
def test_a_schedule_is_what_its_keys_say(keys: str, values: Mapping[str, Any]) -> None:
    assert schedules_of(keys) == (Schedule(**{"gridpool_id": 5, "schedule_id": 51, **values}),)


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
def test_a_relation_is_what_its_keys_say(keys: str, values: Mapping[str, Any]) -> None:
    assert relations_of(keys) == (Relation(**values),)


def test_an_empty_id_of_a_market_location_is_not_an_absent_one() -> None:
    (empty,) = relations_of("market_location_ref: {market_location_id: {value: ''}}")
    (absent,) = relations_of("market_location_ref: {market_location_id: {}}")
    assert empty.market_location_ref.market_location_id.HasField("id")
    assert not absent.market_location_ref.market_location_id.HasField("id")


def test_everything_is_written_for_people() -> None:
    assert inventory.to_text(parsed(EXAMPLE)) == EXAMPLE


def test_lists_that_are_empty_are_not_written() -> None:
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


# Errors -------------------------------------------------------------------------------------------

TOP: Final = "version: 1\n%s\n"

ERRORS: Final[Mapping[tuple[str, str], Mapping[str, str]]] = {
    (site_text("sensors: %s"), "4:12: microgrids[0].sensors"): {
        "7": "expected a list, got 7",
        "{id: 1}": "expected a list, got a mapping",
    },
    (site_text("sensors: [%s]"), "4:13: microgrids[0].sensors[0]"): {
        "7": "expected a mapping of id, name, manufacturer, model_name, model, operational_",
        "~": "got nothing",
        "{name: a}": "id is missing; every entry needs one",
    },
    (site_text("sensors: [{id: 1, %s}]"), "4:21: microgrids[0].sensors[0].category"): {
        "category: meter": "unknown key; expected id, name, manufacturer",
    },
    (
        site_text("sensors: [{id: 1, microgrid_id: %s}]"),
        "4:35: microgrids[0].sensors[0].microgrid_id",
    ): {
        "-1": "expected an integer from 0 to 18446744073709551615, got -1",
        "1.0": "got 1.0",
    },
    (TOP % "gridpools: [%s]", "2:13: gridpools[0]"): {
        "5": "expected a mapping of id, name, got 5",
        "{name: a}": "id is missing",
    },
    (TOP % "gridpools: [{id: 1, name: %s}]", "2:27: gridpools[0].name"): {
        "12": "expected text (numbers and booleans as text go in quotes), got 12"
    },
    (TOP % "energy_schedules: [%s]", "2:20: energy_schedules[0]"): {
        "{gridpool_id: 1}": "schedule_id is missing; every entry needs one",
        "{schedule_id: 1}": "gridpool_id is missing; every entry needs one",
    },
    (
        TOP % "energy_schedules: [{gridpool_id: 1, schedule_id: 1, direction: %s}]",
        "2:64: energy_schedules[0].direction",
    ): {
        "imprt": "expected a direction or its number (did you mean import?), got imprt",
        "2147483648": "expected an integer from -2147483648 to 2147483647, got 2147483648",
    },
    (
        TOP % "energy_schedules: [{gridpool_id: 1, schedule_id: 1, delivery_duration: %s}]",
        "2:72: energy_schedules[0].delivery_duration",
    ): {
        "quarter": "expected a delivery duration or its number: unspecified, minutes_5, minutes",
        "15.0": "got 15.0",
    },
    (
        TOP % "energy_schedules: [{gridpool_id: 1, schedule_id: 1, validity_period: %s}]",
        "2:70: energy_schedules[0].validity_period",
    ): {
        "[2024-01-01T00:00:00Z]": "expected a mapping of start, end, got a list",
        "2024": "got 2024",
    },
    (
        TOP % "energy_schedules: [{gridpool_id: 1, schedule_id: 1, time_series: [%s]}]",
        "2:67: energy_schedules[0].time_series[0]",
    ): {
        "5": "expected [start_time, active_power_w] or a mapping with these keys, got 5",
        "~": "got nothing",
        "[2024-01-01T00:00:00Z]": "expected [start_time, active_power_w], got 1 item(s)",
        "[]": "expected [start_time, active_power_w], got 0 item(s)",
    },
    (
        TOP % "energy_schedules: [{gridpool_id: 1, schedule_id: 1, time_series: [[%s, 1]]}]",
        "2:68: energy_schedules[0].time_series[0][0]",
    ): {
        "2024-01-01": "expected a timestamp with its offset from UTC, such as 2024-05-17T08:30",
        "~": "got nothing",
    },
    (
        TOP
        % "energy_schedules: [{gridpool_id: 1, schedule_id: 1, time_series: [[{seconds: 0}, %s]]}]",
        "2:82: energy_schedules[0].time_series[0][1]",
    ): {
        "1e400": "expected a number that double precision can hold (below 1.8e308), got 1e400",
        "-1e400": "got -1e400",
        "1 kW": "expected a number, got 1 kW",
        "'1'": "got '1'",
    },
    (TOP % "market_topology: %s", "2:18: market_topology"): {
        "{gridpool_id: 1}": "expected a list, got a mapping"
    },
    (TOP % "market_topology: [{%s: 1}]", "2:20: market_topology[0].grid_pool_id"): {
        "grid_pool_id": "unknown key; did you mean gridpool_id?"
    },
    (
        TOP % "market_topology: [{market_location_ref: {market_area: %s}}]",
        "2:55: market_topology[0].market_location_ref.market_area",
    ): {
        "eu_dee": "expected a market area or its number (did you mean eu_de?), got eu_dee",
        "EU_DE": "expected a market area or its number",
    },
    (
        TOP % "market_topology: [{market_location_ref: {market_location_id: {value: %s}}}]",
        "2:70: market_topology[0].market_location_ref.market_location_id.value",
    ): {"01234567890": "expected text (numbers and booleans as text go in quotes)"},
    (
        TOP % "market_topology: [{participations: [{type: %s}]}]",
        "2:44: market_topology[0].participations[0].type",
    ): {
        "trading": "expected a type of participation or its number (did you mean energy_trading?)",
        "[1]": "got a list",
    },
}


@pytest.mark.parametrize(
    ("text", "place", "part"),
    [
        pytest.param(text.replace("%s", value), place, part, id=f"{place.split(': ')[1]}: {value}")
        for (text, place), values in ERRORS.items()
        for value, part in values.items()
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(text: str, place: str, part: str) -> None:
    with pytest.raises(InventoryFileError) as caught:
        parsed(text)
    (said,) = map(str, caught.value.problems)
    assert said.startswith(f"fleet.yaml:{place}: ")
    assert part in said


def test_all_problems_are_said_at_once() -> None:
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
  components: [{id: 1, category: meter, operational_mode: 1, operational_lifetime: {}}]
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
    "a sensor that the client finds something wrong with": (
        "{id: 8}",
        "{id: 8, operational_lifetime: {start: {seconds: 0, nanos: -1}}}",
        [
            "major: microgrid 1: sensor 8: operational_lifetime.start: -1 nanoseconds are"
            " outside 0 to 999999999; taken as always operational"
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
    "a gridpool that is not there": (
        "gridpools: [{id: 5}, {id: 6}]",
        "gridpools: [{id: 6}]",
        [
            "major: energy schedule 51 of gridpool 5: gridpool_id: there is no gridpool 5 in the"
            " inventory",
            "major: relation gridpool 5 - microgrid 1: gridpool_id: there is no gridpool 5 in the"
            " inventory",
        ],
    ),
    "a microgrid that is not there": (
        "- id: 1\n",
        "- id: 2\n",
        [
            "major: relation gridpool 5 - microgrid 1: microgrid_id: there is no microgrid 1 in the"
            " inventory",
            "major: relation microgrid 1 - market location 01234567890: microgrid_id: there is no"
            " microgrid 1 in the inventory",
        ],
    ),
    "the number 0 is given, and the id of nothing": (
        "- microgrid_id: 1\n  gridpool_id: 5\n",
        "- microgrid_id: 0\n  gridpool_id: 0\n",
        [
            "major: relation gridpool 0 - microgrid 0 (item 1): gridpool_id: 0 is not a valid ID",
            "major: relation gridpool 0 - microgrid 0 (item 1): microgrid_id: 0 is not a valid ID",
        ],
    ),
    "a schedule that the client finds something wrong with": (
        "direction: import",
        "direction: 9",
        [
            "major: energy schedule 51 of gridpool 5: direction: unrecognized value 9; kept"
            " as a plain integer"
        ],
    ),
    "a schedule without something": (
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
def test_check_says_what_is_wrong(good: str, bad: str, findings: list[str]) -> None:
    assert good in GOOD
    checked = inventory.check(parsed(GOOD.replace(good, bad)))
    assert [str(found) for found in checked] == findings
    assert inventory.has_major(checked) is any(said.startswith("major") for said in findings)


def test_what_no_site_lists_has_no_microgrid() -> None:
    checked = inventory.check(parsed(GOOD.replace("gridpools: [{id: 5}, ", "gridpools: [")))
    assert [found.microgrid_id for found in checked] == [None, None]
    (found,) = inventory.check(parsed(GOOD.replace("{id: 8}", "{id: 7}")))
    assert found.microgrid_id == 1


@settings(max_examples=40)
@given(any_fleet())
def test_whatever_the_wire_can_carry_can_be_checked(held: Inventory) -> None:
    microgrids = {site.microgrid.id for site in held.sites}
    for found in inventory.check(held):
        finding = found.finding
        if finding.entity.startswith(("microgrid", "sensor")):
            assert found.microgrid_id in microgrids
        else:
            assert found.microgrid_id is None
            assert str(found) == f"{finding.severity.value}: {finding}"
