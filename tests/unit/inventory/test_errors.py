"""A file that cannot be read is refused as a whole, with all problems and their positions."""

import enum
import json
import pickle
import re
import subprocess
import sys
from collections.abc import Mapping
from typing import Final

import pytest

from frequenz.client.assets._model.market import (
    DeliveryDuration,
    GridpoolEnergyScheduleDirection,
)
from frequenz.client.assets._model.microgrid import MicrogridStatus
from frequenz.client.assets._wire.component_classes import CLASSES
from frequenz.client.assets.electrical_component import (
    BatteryType,
    ElectricalComponentCategory,
    ElectricalComponentOperationalMode,
    EvChargerType,
    InverterType,
)
from frequenz.client.assets.inventory import FileFormat, InventoryFileError, Problem, to_text
from frequenz.client.assets.inventory._hints import KEYS, KEYS_ELSEWHERE, MEMBERS
from frequenz.client.assets.inventory._schema import json_schema
from frequenz.client.assets.metrics import Metric

from ..inventory_messages import component_text, parsed, site_text

TOP: Final = "version: 1\n%s\n"

# A value that does not fit: a file with a gap, the position of the gap -> what is put there, and a
# part of the sentence.
VALUES: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("version: %s\n", "1:10: version"): {
        "2": "expected 1, the version of the format that this release reads, got 2",
        "'1'": "got '1'",
        "1.0": "got 1.0",
        "[1]": "got a list",
    },
    ("version: 1\nmicrogrids: %s\n", "2:13: microgrids"): {
        "7": "expected a list, got 7",
        "{id: 1}": "expected a list, got a mapping",
        "all": "expected a list, got all",
    },
    ("version: 1\nmicrogrids: [%s]\n", "2:14: microgrids[0]"): {
        "7": "expected a mapping of id, enterprise_id, name, status, delivery_area, ",
        "[{id: 1}]": "got a list",
        "~": "got nothing",
        "{id: ~}": "id is missing; every entry needs one",
        "{name: a}": "id is missing; every entry needs one",
    },
    ("version: 1\nmicrogrids: [{id: %s}]\n", "2:19: microgrids[0].id"): {
        "-1": "expected an integer from 0 to 18446744073709551615, got -1",
        "18446744073709551616": "from 0 to 18446744073709551615, got 18446744073709551616",
        "0x10000000000000000": "from 0 to 18446744073709551615, got 0x10000000000000000",
        "1.0": "got 1.0",
        "1e3": "got 1e3",
        "'1'": "got '1'",
        "1_000": "got 1_000",
        "1:30": "got 1:30",
        "true": "got true",
        "[1]": "got a list",
        "{a: 1}": "got a mapping",
    },
    (site_text("name: %s"), "4:9: microgrids[0].name"): {
        "12": "expected text (numbers and booleans as text go in quotes), got 12",
        "0o7": "got 0o7",
        "0x1F": "got 0x1F",
        "1.5": "got 1.5",
        "1e5": "got 1e5",
        ".inf": "got .inf",
        ".NaN": "got .NaN",
        "true": "got true",
        "FALSE": "got FALSE",
        "[a]": "got a list",
        "{a: b}": "got a mapping",
    },
    (site_text("status: %s"), "4:11: microgrids[0].status"): {
        "activ": "expected a status or its number (did you mean active?), got activ",
        "broken": "expected a status or its number: unspecified, active, inactive, got broken",
        "ACTIV": "expected a status or its number (did you mean active?), got ACTIV",
        "STATUS_ACTIVE": "(did you mean active?)",
        "'1'": "got '1'",
        "1.0": "got 1.0",
        "true": "expected a status or its number (did you mean active?), got true",
        "[active]": "got a list",
        "2147483648": "expected an integer from -2147483648 to 2147483647, got 2147483648",
    },
    (site_text("location: %s"), "4:13: microgrids[0].location"): {
        "[52.5, 13.4]": "expected a mapping of latitude, longitude, country_code, got a list",
        "Berlin": "got Berlin",
        "52.5": "got 52.5",
    },
    (site_text("location: {latitude: %s}"), "4:24: microgrids[0].location.latitude"): {
        "1e40": "expected a number that single precision can hold (below 3.4e38), got 1e40",
        "-1e40": "got -1e40",
        "north": "expected a number, got north",
        "'1.5'": "got '1.5'",
        "'52,5'": "expected a number with a decimal point, got '52,5'",
        "'1e3,2'": "expected a number with a decimal point, got '1e3,2'",
        "'-1.000,5'": "expected a number with a decimal point and no other separators, got '-1.",
        "'1,000.5'": "expected a number with a decimal point and no other separators, got '1,0",
        "1 000": "expected a number with a decimal point and no other separators, got 1 000",
        "'1.000'": "expected a number, got '1.000'",
        "'1,2,3'": "expected a number, got '1,2,3'",
        "nan": "got nan",
        "true": "got true",
        "[1]": "got a list",
    },
    (site_text("create_timestamp: %s"), "4:21: microgrids[0].create_timestamp"): {
        "2024-05-17T08:30:00": "expected a timestamp with its offset from UTC, such as 2024-",
        "2024-05-17": "expected a timestamp with its offset from UTC",
        "2024-05-17T08:30": "expected a timestamp with its offset from UTC",
        "2024-05-17T08Z": "expected a timestamp with its offset from UTC",
        "2024-05-17T08:30.5Z": "expected a timestamp with its offset from UTC",
        "2024-05-17T08:30:00+2": "expected a timestamp with its offset from UTC",
        "'2024-05-17T08:30:00+02:'": "expected a timestamp with its offset from UTC",
        "2024-05-17T08:30:00.0123456789Z": "expected a timestamp with its offset from UTC",
        "12": "got 12",
        "[]": "got a list",
        "{nanos: 1}": "seconds is missing; every entry needs one",
        "2023-02-29T00:00:00Z": "expected a valid timestamp (day ",
        "2024-13-01T00:00:00Z": "expected a valid timestamp (month ",
        "0000-01-01T00:00:00Z": "expected a valid timestamp (year ",
        "2016-12-31T23:59:60Z": "expected a valid timestamp (second ",
        "2024-05-17T08:30:00+24:00": "expected an offset from UTC within -23:59 and +23:59, got 2",
        "2024-05-17T08:30:00-25": "expected an offset from UTC within -23:59 and +23:59, got 2",
        "2024-05-17T08:30:00+02:60": "expected an offset from UTC within -23:59 and +23:59, got 2",
    },
    (
        site_text("create_timestamp: {seconds: %s}"),
        "4:31: microgrids[0].create_timestamp.seconds",
    ): {
        "9223372036854775808": "expected an integer from -9223372036854775808 to 922337203685477",
        "1.5": "got 1.5",
    },
    (
        site_text("create_timestamp: {seconds: 0, nanos: %s}"),
        "4:41: microgrids[0].create_timestamp.nanos",
    ): {"2147483648": "expected an integer from -2147483648 to 2147483647, got 2147483648"},
    (component_text("category: %s"), "6:15: microgrids[0].components[0].category"): {
        "batery": "expected a category or its number (did you mean battery?), got batery",
        "grid connection point": "(did you mean grid_connection_point?), got grid connection point",
    },
    (
        component_text("category: battery\n    type: %s"),
        "7:11: microgrids[0].components[0].type",
    ): {
        "solar": "expected a type of battery or its number: unspecified, li_ion, na_ion, got solar"
    },
    (
        component_text("category: grid\n    rated_fuse_current: %s"),
        "7:25: microgrids[0].components[0].rated_fuse_current",
    ): {"4294967296": "expected an integer from 0 to 4294967295, got 4294967296"},
    (component_text("rated_bounds: %s"), "6:19: microgrids[0].components[0].rated_bounds"): {
        "5 kW": "expected a mapping of metric to bounds, got 5 kW",
    },
    (component_text("rated_bounds: [%s]"), "6:20: microgrids[0].components[0].rated_bounds[0]"): {
        "~": "expected a mapping of metric to bounds, got nothing",
        "ac_power_active": "expected a mapping of metric to bounds, got ac_power_active",
    },
    (
        component_text("rated_bounds: {dc_power: %s}"),
        "6:30: microgrids[0].components[0].rated_bounds.dc_power",
    ): {"[0, 1]": "expected a mapping of lower, upper, got a list"},
    (site_text("connections: [%s]"), "4:17: microgrids[0].connections[0]"): {
        "[1]": "expected [source, destination], got 1 item(s)",
        "[1, 2, 3]": "expected [source, destination], got 3 item(s)",
        "1 -> 2": "expected [source, destination] or a mapping with these keys, got 1 -> 2",
        "~": "got nothing",
        "{source: 1}": "destination is missing; every entry needs one",
        "{destination: 1}": "source is missing; every entry needs one",
    },
    (site_text("connections: [[1, %s]]"), "4:21: microgrids[0].connections[0][1]"): {
        "two": "expected an integer from 0 to 18446744073709551615, got two",
        "~": "got nothing",
    },
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
        "season": "expected a delivery duration or its number: unspecified, minutes_5, minutes",
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
        "[2024-01-01T00:00:00Z, 1,5]": "got 3 item(s); if it belongs to the number before, use a",
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
        "DE": "expected a market area or its number (did you mean eu_de?), got DE",
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

# What else is wrong with a file -> the file, the position, and a part of the sentence.
FILES: Mapping[str, tuple[str, str, str]] = {
    "nothing": ("", "1:1", "the file is empty; expected a mapping"),
    "only a comment": ("# soon\n", "1:1", "the file is empty; expected a mapping"),
    "a null": ("--- ~\n", "1:5", "got nothing"),
    "a list": ("- id: 1\n", "1:1", "got a list"),
    "text": ("fleet", "1:1", "got fleet"),
    "no version": ("microgrids: []\n", "1:1", "version is missing; expected version: 1"),
    "a null version": ("version:\n", "1:1", "version is missing; expected version: 1"),
    "an old version and more": ("microgrids: 0\nversion: 0\n", "2:10: version", "got 0"),
    "two documents": ("version: 1\n---\nversion: 1\n", "2:1", "expected one document"),
    "an open list": ("version: [1\n", "2:1", "invalid YAML: while parsing a flow sequence"),
    "an open quote": ("version: 1\nx: 'a\n", "3:1", "invalid YAML: while scanning a quoted scalar"),
    "a wrong indentation": (
        site_text("name: a\n   status: b"),
        "5:10",
        "not allowed in this context",
    ),
    "tabs as indentation": (site_text("location:\n\t\tx: 1"), "5:1", "cannot start any token"),
    "an unknown alias": (
        "version: 1\nmicrogrids: *fleet\n",
        "2:13",
        "invalid YAML: undefined anchor fleet",
    ),
    "a control character": ("version: 1\nx: \x01\n", "2:4", "control characters are not allowed"),
    "an unknown key": (
        site_text("volt: 1"),
        "4:3: microgrids[0].volt",
        "expected id, enterprise_id,",
    ),
    "a typo": (site_text("nmae: a"), "4:3: microgrids[0].nmae", "unknown key; did you mean name?"),
    "a typo with a null": (site_text("nmae:"), "4:3: microgrids[0].nmae", "did you mean name?"),
    "a typo at the top": ("version: 1\nmicrogrid: []\n", "2:1: microgrid", "mean microgrids?"),
    "a capital": (site_text("Name: a"), "4:3: microgrids[0].Name", "did you mean name?"),
    "a key twice": (
        site_text("id: 1"),
        "4:3: microgrids[0].id",
        "given twice; expected each key once",
    ),
    "a key twice, quoted": (site_text("'id': 1"), "4:3: microgrids[0].id", "given twice"),
    "a list as a key": (
        site_text("? [a]\n  : b"),
        "4:5: microgrids[0]",
        "expected a name as the key",
    ),
    "a mapping as a key": ("version: 1\n? {a: b}\n: c\n", "2:3", "expected a name as the key"),
    "a null as a key": (site_text("~: b"), "4:3: microgrids[0].~", "unknown key"),
    "a merge key": (site_text("<<: {name: a}"), "4:3: microgrids[0].<<", "unknown key"),
    "a decimal comma": (
        site_text("location:\n    latitude: 48,1"),
        "5:15: microgrids[0].location.latitude",
        "expected a number with a decimal point, got 48,1",
    ),
    "a decimal comma between braces": (
        site_text("location: {latitude: 48,1}"),
        "4:27: microgrids[0].location.1",
        "unknown key; if it belongs to the number before, use a decimal point, not a comma",
    ),
    "a decimal comma and an exponent between braces": (
        site_text("location: {latitude: 4,81e1}"),
        "4:26: microgrids[0].location.81e1",
        "unknown key; if it belongs to the number before, use a decimal point, not a comma",
    ),
    "a list of a microgrid at the top": (
        "version: 1\nsensors: []\n",
        "2:1: sensors",
        "unknown key; sensors belongs to a microgrid: microgrids: [{id: 1, sensors: [...]}]",
    ),
    "a list of the whole file in a microgrid": (
        site_text("gridpools: []"),
        "4:3: microgrids[0].gridpools",
        "unknown key; gridpools belongs to the top of the file, beside microgrids",
    ),
    "bounds without a metric": (
        component_text("rated_bounds: {lower: 0, upper: 5}"),
        "6:20: microgrids[0].components[0].rated_bounds.lower",
        "unknown metric; bounds go under their metric, such as ac_power_active: {lower: -5000, ",
    ),
    "bounds beside their metric": (
        component_text("rated_bounds: [{metric: ac_power_active, lower: 0}]"),
        "6:21: microgrids[0].components[0].rated_bounds[0].metric",
        "unknown metric; bounds go under their metric, such as ac_power_active: {lower: -5000, ",
    ),
    "a bound in other words": (
        component_text("rated_bounds: {Maximum: 5}"),
        "6:20: microgrids[0].components[0].rated_bounds.Maximum",
        "unknown metric; bounds go under their metric, such as ac_power_active: {lower: -5000, ",
    ),
    "a component without id": (
        site_text("components: [{name: a}]"),
        "4:16: microgrids[0].components[0]",
        "id is missing; every entry needs one",
    ),
    "a key of the wire": (
        component_text("metric_config_bounds: []"),
        "6:5: microgrids[0].components[0].metric_config_bounds",
        "unknown key",
    ),
    "a metric with a typo": (
        component_text("rated_bounds: {ac_power_activ: {}}"),
        "6:20: microgrids[0].components[0].rated_bounds.ac_power_activ",
        "expected a metric or its number (did you mean ac_power_active?), got ac_power_activ",
    ),
    "an unknown metric": (
        component_text("rated_bounds: {warp: {}}"),
        "6:20: microgrids[0].components[0].rated_bounds.warp",
        "expected a metric or its number, got warp",  # too many to list
    ),
    "a metric twice in a mapping": (
        component_text("rated_bounds: {dc_power: {}, dc_power: {}}"),
        "6:34: microgrids[0].components[0].rated_bounds.dc_power",
        "given twice",
    ),
    "a type on a meter": (
        component_text("category: meter\n    type: li_ion"),
        "7:11: microgrids[0].components[0].type",
        "unknown key; a component of category meter has no such data",
    ),
    "a type on an unknown category": (
        component_text("category: 99\n    type: li_ion"),
        "7:11: microgrids[0].components[0].type",
        "unknown key; a component of category 99 has no such data",
    ),
    "a type without a category": (
        component_text("type: li_ion"),
        "6:11: microgrids[0].components[0].type",
        "unknown key; a component of category unspecified has no such data",
    ),
    "a rating of another category": (
        component_text("category: battery\n    rated_fuse_current: 63"),
        "7:25: microgrids[0].components[0].rated_fuse_current",
        "unknown key; a component of category battery has no such data",
    ),
    "a type in both places": (
        component_text(
            "category: battery\n    type: li_ion\n    category_specific_info: {battery: {}}"
        ),
        "7:11: microgrids[0].components[0].type",
        "expected either this key or category_specific_info, got both",
    ),
    "data of a category without data": (
        component_text("category_specific_info: {meter: {}}"),
        "6:30: microgrids[0].components[0].category_specific_info.meter",
        "unknown key",
    ),
    "a lifetime that is a text": (
        site_text("connections: [{source: 1, destination: 2, operational_lifetime: always}]"),
        "4:67: microgrids[0].connections[0].operational_lifetime",
        "expected a mapping of start, end, got always",
    ),
}

JSON_FILES: Mapping[str, tuple[str, str, str]] = {
    "nothing": ("", "1:1", "invalid JSON: expected a value"),
    "YAML": ("version: 1\n", "1:1", "invalid JSON: expected a value"),
    "a comment": ('{"version": 1} // all', "1:16", "invalid JSON: expected the end of the file"),
    "no value": ('{"version":\n  }', "2:3", "invalid JSON: expected a value"),
    "single quotes": ("{'version': 1}", "1:2", "invalid JSON: expected a name in double quotes"),
    "a control character": ('{"version": "\x01"}', "1:13", "invalid JSON: expected a value"),
    "a list": ("[]", "1:1", "got a list"),
    "a null": ("null", "1:1", "got nothing"),
    "a version as text": ('{"version": "1"}', "1:13: version", "got '1'"),
    "a key twice": ('{"version": 1,\n "version": 1}', "2:2: version", "given twice"),
    "a typo": ('{"version": 1,\n\t"microgrid": []}', "2:2: microgrid", "did you mean microgrids?"),
    "an id as text": (
        '{"version": 1, "microgrids": [\n{"id": "1"}]}',
        "2:8: microgrids[0].id",
        "expected an integer from 0 to 18446744073709551615, got '1'",
    ),
    "a truth value as a status": (
        '{"version": 1, "microgrids": [\n{"id": 1, "status": true}]}',
        "2:21: microgrids[0].status",
        "got true",
    ),
}


def problems_of(text: str, *, file_format: FileFormat = "yaml") -> tuple[Problem, ...]:
    """Return what is wrong with a text."""
    with pytest.raises(InventoryFileError) as caught:
        parsed(text, file_format=file_format)
    return caught.value.problems


def assert_one_problem(problems: tuple[Problem, ...], start: str, part: str) -> None:
    """Check that there is one problem, at this position and with this part of a sentence."""
    (said,) = map(str, problems)
    assert said.startswith(f"{start}: ")
    assert part in said.removeprefix(f"{start}: ")


@pytest.mark.parametrize(
    ("text", "position", "part"),
    [
        pytest.param(text.replace("%s", value), start, part, id=f"{start.split(': ')[1]}: {value}")
        for (text, start), values in VALUES.items()
        for value, part in values.items()
    ],
)
def test_an_invalid_value_is_refused_with_its_position(text: str, position: str, part: str) -> None:
    assert_one_problem(problems_of(text), f"fleet.yaml:{position}", part)


@pytest.mark.parametrize(("text", "position", "part"), FILES.values(), ids=FILES)
def test_yaml_that_is_not_an_inventory_is_refused(text: str, position: str, part: str) -> None:
    assert_one_problem(problems_of(text), f"fleet.yaml:{position}", part)


@pytest.mark.parametrize(("text", "position", "part"), JSON_FILES.values(), ids=JSON_FILES)
def test_json_that_is_not_an_inventory_is_refused(text: str, position: str, part: str) -> None:
    assert_one_problem(problems_of(text, file_format="json"), f"fleet.json:{position}", part)


# Several problems ---------------------------------------------------------------------------------

FAULTY = """\
version: 1
versoin: 2
microgrids:
- id: -7
  name: 5
  location: {latitude: 1e40, longitud: 13.4}
  components:
  - id: 1
    category: batery
    operational_lifetime: {start: 2024-05-17, end: soon}
  - {name: a, rated_bounds: {dc_power: {lower: low}, ac: {}}}
  - id: 2
    category: meter
    type: ac
    id: 3
  connections: [[1], [2, x], {source: 1}]
- {id: 8, name: true}
"""

FAULTS = [
    "2:1: versoin: unknown key; did you mean version?",
    "4:7: microgrids[0].id: expected an integer from 0 to 18446744073709551615, got -7",
    "5:9: microgrids[0].name: expected text (numbers and booleans as text go in quotes), got 5",
    "6:24: microgrids[0].location.latitude: expected a number that single precision can hold"
    " (below 3.4e38), got 1e40",
    "6:30: microgrids[0].location.longitud: unknown key; did you mean longitude?",
    "9:15: microgrids[0].components[0].category: expected a category or its number (did you mean"
    " battery?), got batery",
    "10:35: microgrids[0].components[0].operational_lifetime.start: expected a timestamp with its"
    " offset from UTC, such as 2024-05-17T08:30:00Z, got 2024-05-17",
    "10:52: microgrids[0].components[0].operational_lifetime.end: expected a timestamp with its"
    " offset from UTC, such as 2024-05-17T08:30:00Z, got soon",
    "11:5: microgrids[0].components[1]: id is missing; every entry needs one",
    "11:48: microgrids[0].components[1].rated_bounds.dc_power.lower: expected a number, got low",
    "11:54: microgrids[0].components[1].rated_bounds.ac: expected a metric or its number, got ac",
    "14:11: microgrids[0].components[2].type: unknown key; a component of category meter has no"
    " such data",
    "15:5: microgrids[0].components[2].id: given twice; expected each key once",
    "16:17: microgrids[0].connections[0]: expected [source, destination], got 1 item(s)",
    "16:26: microgrids[0].connections[1][1]: expected an integer from 0 to 18446744073709551615,"
    " got x",
    "16:30: microgrids[0].connections[2]: destination is missing; every entry needs one",
    "17:17: microgrids[1].name: expected text (numbers and booleans as text go in quotes),"
    " got true",
]


def test_all_problems_of_a_file_are_reported_in_its_order() -> None:
    assert [str(problem) for problem in problems_of(FAULTY)] == [f"fleet.yaml:{f}" for f in FAULTS]


def test_the_error_has_one_line_per_problem() -> None:
    with pytest.raises(InventoryFileError) as caught:
        parsed(FAULTY)
    assert str(caught.value).splitlines() == [f"fleet.yaml:{fault}" for fault in FAULTS]


def test_a_problem_has_its_position_and_path() -> None:
    (problem,) = problems_of(site_text("nmae: a"))
    assert problem == Problem(
        file="fleet.yaml",
        line=4,
        column=3,
        path="microgrids[0].nmae",
        sentence="unknown key; did you mean name?",
    )


def test_the_error_survives_pickle() -> None:
    with pytest.raises(InventoryFileError) as caught:
        parsed(FAULTY)
    back = pickle.loads(pickle.dumps(caught.value))
    assert type(back) is InventoryFileError
    assert back.problems == caught.value.problems
    assert str(back) == str(caught.value)


def test_a_problem_in_an_anchor_is_reported_for_each_alias() -> None:
    text = (
        "version: 1\nmicrogrids:\n"
        "- {id: 1, location: &here {latitude: x}}\n"
        "- {id: 2, location: *here}\n"
    )
    assert [(*problem[1:4],) for problem in problems_of(text)] == [
        (3, 38, "microgrids[0].location.latitude"),
        (3, 38, "microgrids[1].location.latitude"),
    ]


def test_an_anchor_that_contains_itself_is_refused() -> None:
    assert_one_problem(
        problems_of("version: 1\nmicrogrids: &fleet [*fleet]\n"),
        "fleet.yaml:2:21",
        "the alias *fleet is within its own value",
    )


def test_columns_count_characters_not_bytes() -> None:
    text = site_text("location: {country_code: \N{GRINNING FACE}é, latitude: north}")
    assert_one_problem(
        problems_of(text), "fleet.yaml:4:42: microgrids[0].location.latitude", "expected a number"
    )


@pytest.mark.parametrize("escaped", [r"\ud83d", r"\ude00\ud83d", r"\\\ude00", r"\ud83d \ude00"])
@pytest.mark.parametrize("is_key", [False, True], ids=["value", "key"])
def test_a_surrogate_without_its_pair_is_refused(escaped: str, is_key: bool) -> None:
    pair = f'"{escaped}": 1' if is_key else f'"name": "{escaped}"'
    text = f'{{"version": 1, "microgrids": [{{"id": 1,\n{pair}}}]}}'
    (problem,) = problems_of(text, file_format="json")
    assert problem.line == 2
    assert "surrogate" in problem.sentence or "invalid Unicode character" in problem.sentence
    assert str(problem).encode()


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize("key", ['"name":', '"location": {"latitude":'], ids=["text", "number"])
def test_a_constant_that_json_does_not_have_is_refused(constant: str, key: str) -> None:
    text = f'{{"version": 1, "microgrids": [{{"id": 1, {key}\n{constant}}}]}}'
    (problem,) = problems_of(text, file_format="json")
    assert (problem.line, problem.column) == (2, 1)


def test_a_byte_order_mark_does_not_count_as_a_column() -> None:
    (problem,) = problems_of("\ufeffversion: 2\n")
    assert (problem.line, problem.column) == (1, 10)


# Hints --------------------------------------------------------------------------------------------

HINTS: Mapping[str, Mapping[str, str]] = {
    component_text("%s: 1"): {
        "rated_fuse": "rated_fuse_current",
        "ratedFuse": "rated_fuse_current",
        "fuse": "rated_fuse_current",
        "raited_bounds": "rated_bounds",
        "bounds": "rated_bounds",
        "max_power": "rated_bounds",
        "mode": "operational_mode",
        "Operational-Mode": "operational_mode",
        "lifetime": "operational_lifetime",
        "component_id": "id",
        "battery_type": "type",
        "kind": "category",
        "wind": "category",
        "grid": "category",
        "pv": "category",
        "ev": "category",
        "evse": "category",
        "active_power": "rated_bounds",
        "ac_active_power": "rated_bounds",
        "ac_power_active": "rated_bounds",
        "operational_start": "operational_lifetime",
        "status": "operational_mode",
        "vendor": "manufacturer",
    },
    component_text("rated_bounds: {%s: {}}"): {
        "active_power": "ac_power_active",
        "ac_active_power": "ac_power_active",
        "ACTIVE_POWER": "ac_power_active",
        "power": "ac_power_active",
        "ActivePower": "ac_power_active",
        "activePower": "ac_power_active",
        "rated_power": "ac_power_active",
        "reactive_power": "ac_power_reactive",
        "voltage": "dc_voltage or ac_voltage",
        "soc": "battery_soc_pct",
    },
    component_text("category: %s"): {
        "pv": "inverter with type: solar",
        "PV": "inverter with type: solar",
        "solar inverter": "inverter with type: solar",
        "wind": "wind_turbine",
        "ev": "ev_charger",
        "evse": "ev_charger",
        "EVSE": "ev_charger",
        "charging-station": "ev_charger",
        "fuse": "breaker, or rated_fuse_current of a grid_connection_point",
        "storage": "battery",
        "grid_connection": "grid_connection_point",
        "pcc": "grid_connection_point",
        "transformer": "power_transformer",
        "ups": "uninterruptible_power_supply",
        "METRE": "meter",
        "rectifier": "converter",
        "heater": "hvac or steam_boiler",
        "GCP": "grid_connection_point",
        "photovoltaic_inverter": "inverter with type: solar",
        "SolarInverter": "inverter with type: solar",
        "BatteryInverter": "inverter with type: battery",
        "LiIonBattery": "battery with type: li_ion",
        "EVCharger": "ev_charger",
        "bess": "battery",
        "sun": "inverter with type: solar",
        "lithium": "battery with type: li_ion",
        "trafo": "power_transformer",
        "heatpump": "hvac",
        "load": "meter",
    },
    site_text("status: %s"): {
        "enabled": "active",
        "on": "active",
        "true": "active",
        "off": "inactive",
        "False": "inactive",
    },
    site_text("connections: [{%s: 1, source: 1, destination: 2}]"): {
        "from": "source",
        "to": "destination",
        "target": "destination",
    },
    component_text("operational_mode: %s"): {"active": "control_and_telemetry"},
    component_text("category: battery\n    type: %s"): {
        "Lithium": "li_ion",
        "LI-IO": "li_ion",
        "LiIonBattery": "li_ion",
    },
    site_text("location: {%s: 1}"): {
        "lat": "latitude",
        "lng": "longitude",
        "country": "country_code",
    },
    site_text("%s: 1"): {"latitude": "location", "lon": "location", "country": "location"},
    site_text("%s: []"): {"edges": "connections", "devices": "components"},
    TOP % "market_topology: [{%s: 1}]": {"id": "microgrid_id or gridpool_id"},
    TOP % "energy_schedules: [{gridpool_id: 1, schedule_id: 1, direction: %s}]": {"buy": "import"},
    TOP % "energy_schedules: [{gridpool_id: 1, schedule_id: 1, delivery_duration: %s}]": {
        "15min": "minutes_15",
        "15 min": "minutes_15",
        "PT15M": "minutes_15",
        "'15'": "minutes_15",
        "quarter-hour": "minutes_15",
        "hour": "minutes_60",
        "900s": "minutes_15",
        "0.25h": "minutes_15",
        "1h": "minutes_60",
    },
}


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        pytest.param(text % word, meaning, id=word)
        for text, words in HINTS.items()
        for word, meaning in words.items()
    ],
)
def test_a_word_that_the_format_does_not_know_leads_to_the_one_that_it_knows(
    text: str, meaning: str
) -> None:
    (problem,) = problems_of(text)
    assert re.search(r"did you mean (.*)\?", problem.sentence), problem
    assert f"did you mean {meaning}?" in problem.sentence


NAMES_OF_KEYS: Final = {
    name
    for part in [json_schema(), *json_schema()["$defs"].values()]
    for name in part.get("properties", ())
} | {"rated_fuse_current"}

ENUMS: Final = (
    BatteryType,
    DeliveryDuration,
    ElectricalComponentCategory,
    ElectricalComponentOperationalMode,
    EvChargerType,
    GridpoolEnergyScheduleDirection,
    InverterType,
    Metric,
    MicrogridStatus,
)


@pytest.mark.parametrize("words", [KEYS, KEYS_ELSEWHERE])
def test_every_everyday_word_for_a_key_leads_to_one_of_the_format(
    words: Mapping[str, str],
) -> None:
    assert set(words.values()) <= NAMES_OF_KEYS


def test_every_everyday_word_for_a_member_leads_to_one_of_the_enum() -> None:
    names: dict[int, set[str]] = {}  # types share their words: one of them has the member
    for members in ENUMS:
        own = names.setdefault(id(MEMBERS[members.__name__]), set())
        own.update(name.lower() for name in members.__members__)
    for words in MEMBERS.values():
        for word, meaning in words.items():
            assert meaning.split(" ")[0].rstrip(",") in names[id(words)] - {"unspecified"}, word
    assert MEMBERS.keys() == {members.__name__ for members in ENUMS}


@pytest.mark.parametrize(
    ("name", "category", "type_"),
    [
        pytest.param(class_.__name__, category, type_, id=class_.__name__)
        for (category, type_), class_ in CLASSES.items()
        if "Unspecified" not in class_.__name__
    ],
)
def test_the_name_of_a_class_as_the_category_is_read_or_leads_to_the_category_and_the_type(
    name: str, category: ElectricalComponentCategory, type_: enum.Enum | None
) -> None:
    try:
        (component,) = parsed(component_text(f"category: {name}")).sites[0].components
    except InventoryFileError as error:
        (problem,) = error.problems
        ((hint, with_type),) = re.findall(
            r"did you mean (\w+)(?: with type: (\w+))?\?", problem.sentence
        )
        assert ElectricalComponentCategory[hint.upper()] is category
        assert with_type == ("" if type_ is None else type_.name.lower())
    else:
        assert (component.category, type_) == (category.value, None)


@pytest.mark.parametrize("word", ["unspecifie", "specified", "Unspecific"])
def test_no_hint_leads_to_unspecified(word: str) -> None:
    for key in ("category", "operational_mode"):
        (problem,) = problems_of(component_text(f"{key}: {word}"))
        assert "did you mean" not in problem.sentence


def test_a_number_that_names_no_member_is_kept() -> None:
    """The API may get members that this release does not know; `check` reports them."""
    text = TOP % "energy_schedules: [{gridpool_id: 1, schedule_id: 1, delivery_duration: 15}]"
    (schedule,) = parsed(text).energy_schedules
    assert schedule.delivery_duration == 15
    assert "delivery_duration: 15}\n" in to_text(parsed(text), file_format="yaml")


# Aliases ------------------------------------------------------------------------------------------


def nested_aliases(levels: int, width: int, last: str = "") -> str:
    """Return a file whose aliases stand for `width ** levels` components."""
    lines = ["version: 1", "microgrids:", "- id: 1", "  components:", "  - &c0 {id: 1}"]
    rows = [f"- &c{level} [{f'*c{level - 1}, ' * width}]" for level in range(1, levels + 1)]
    return "\n".join([*lines, *(f"  {row}" for row in rows), last])


def test_aliases_of_aliases_are_refused_where_they_stand_for_too_many_values() -> None:
    text = nested_aliases(levels=30, width=20)
    assert len(text) < 4000
    (problem,) = problems_of(text)
    # A list of 20 components has 61 values, one of 20 such lists 1 221, the next 20 times that.
    assert text.split("\n")[problem.line - 1].startswith("  - &c3 ")
    assert problem.column > len("  - &c3 [*c2, ")
    assert re.fullmatch(
        r"up to here, aliases stand for more than 1\d{4} values; expected a file that writes them"
        " out",
        problem.sentence,
    )


def site_of_aliases(aliases: int) -> str:
    """Return a file in which many components have the same lifetime, which has 3 values."""
    start = "operational_lifetime: &l {start: 2024-05-17T08:30:00Z}"
    components = "".join(f"  - {{id: {it}, operational_lifetime: *l}}\n" for it in range(aliases))
    return f"version: 1\nmicrogrids:\n- id: 1\n  components:\n  - {{id: 1, {start}}}\n{components}"


def test_a_large_file_may_have_an_alias_in_each_component() -> None:
    text = site_of_aliases(20_000)
    assert len(parsed(text).sites[0].components) == 20_001


def test_a_short_file_may_have_aliases_for_ten_thousand_values() -> None:
    components = ", ".join(["{id: 1}"] * 100)  # 301 values
    text = f"version: 1\nmicrogrids:\n- {{id: 1, components: &all [{components}]}}\n%s"
    site = "- {id: 2, components: *all}\n"
    assert len(parsed(text % (site * 33)).sites) == 34
    (problem,) = problems_of(text % (site * 34))
    assert (problem.line, problem.column) == (37, 23)


# Tags ---------------------------------------------------------------------------------------------

TAGS: Mapping[str, tuple[str, str, str]] = {
    "include": ("name: !include depot.txt", "4:9", "unknown tag !include; expected no tag, or "),
    "secret": ("name: !secret depot", "4:9", "unknown tag !secret;"),
    "binary": ("name: !!binary RGVwb3Q=", "4:9", "unknown tag !!binary;"),
    "timestamp": ("create_timestamp: !!timestamp 2024-05-17", "4:21", "unknown tag !!timestamp;"),
    "set": ("location: !!set {latitude}", "4:13", "unknown tag !!set;"),
    "omap": ("components: !!omap [id: 1]", "4:15", "unknown tag !!omap;"),
    "a tag on a list": ("components: !include [a]", "4:15", "unknown tag !include;"),
    "a tag on a mapping": ("location: !place {}", "4:13", "unknown tag !place;"),
    "a tag on a key": ("!include name: a", "4:3", "unknown tag !include;"),
    "the tag without a name": ("name: ! 12", "4:9", "unknown tag !;"),
    "a tag written in full": (
        "name: !<tag:x.org,2000:a> b",
        "4:9",
        "unknown tag !<tag:x.org,2000:a>;",
    ),
    "a name of the core schema alone": ("name: !int 5", "4:9", "unknown tag !int;"),
    "text as an integer": (
        "enterprise_id: !!int abc",
        "4:18",
        "expected an integer after !!int, got 'abc'",
    ),
    "a float as an integer": (
        "enterprise_id: !!int 5.0",
        "4:18",
        "expected an integer after !!int, got '5.0'",
    ),
    "text as a number": (
        "location: {latitude: !!float north}",
        "4:24",
        "expected a number after !!float",
    ),
    "hexadecimal as a number": (
        "location: {latitude: !!float 0x1F}",
        "4:24",
        "after !!float, got '0x1F'",
    ),
    "text as a boolean": (
        "name: !!bool yes",
        "4:9",
        "expected true or false after !!bool, got 'yes'",
    ),
    "text as a null": ("name: !!null none", "4:9", "expected null after !!null, got 'none'"),
    "a list as text": ("name: !!str [a]", "4:9", "expected text after !!str, got a list"),
    "a mapping as an integer": (
        "enterprise_id: !!int {}",
        "4:18",
        "expected an integer after !!int, got a mapping",
    ),
    "a mapping as a list": (
        "components: !!seq {}",
        "4:15",
        "expected a list after !!seq, got a mapping",
    ),
    "a list as a mapping": (
        "location: !!map []",
        "4:13",
        "expected a mapping after !!map, got a list",
    ),
    "text as a mapping": ("location: !!map a", "4:13", "expected a mapping after !!map, got text"),
    "nothing as a list": ("components: !!seq", "4:15", "expected a list after !!seq, got text"),
    "a number where an integer is expected": (
        "enterprise_id: !!float 5",
        "4:18: microgrids[0].enterprise_id",
        "expected an integer from 0 to 18446744073709551615, got 5.0",
    ),
    "text where a number is expected": (
        "enterprise_id: !!str 5",
        "4:18: microgrids[0].enterprise_id",
        "got '5'",
    ),
    "a boolean where text is expected": (
        "name: !!bool 'true'",
        "4:9: microgrids[0].name",
        "got true",
    ),
}


@pytest.mark.parametrize(("keys", "position", "part"), TAGS.values(), ids=TAGS)
def test_a_tag_that_does_not_fit_is_refused(keys: str, position: str, part: str) -> None:
    assert_one_problem(problems_of(site_text(keys)), f"fleet.yaml:{position}", part)


# Edge cases of Python, PyYAML and JSON ------------------------------------------------------------


@pytest.mark.parametrize("file_format", ["yaml", "json"])
def test_an_integer_of_any_length_is_refused_with_its_position(file_format: FileFormat) -> None:
    text = f'{{"version": 1, "microgrids": [\n{{"id": {"9" * 5000}}}]}}'
    (problem,) = problems_of(text, file_format=file_format)
    assert problem[1:4] == (2, 8, "microgrids[0].id")


@pytest.mark.parametrize("number", ["1e400", "-1e400"])
def test_a_number_beyond_double_precision_is_refused(number: str) -> None:
    assert_one_problem(
        problems_of(site_text(f"location: {{latitude: {number}}}")),
        "fleet.yaml:4:24: microgrids[0].location.latitude",
        f"got {number}",
    )


def test_two_kinds_of_data_are_refused() -> None:
    text = component_text("category_specific_info: {inverter: {type: solar}, battery: {}}")
    (problem,) = problems_of(text)
    assert problem.path.startswith("microgrids[0].components[0].category_specific_info")


def test_a_typo_in_the_category_is_one_problem() -> None:
    (problem,) = problems_of(component_text("category: batery\n    type: li_ion"))
    assert problem.path == "microgrids[0].components[0].category"


def test_a_control_character_has_its_position_after_characters_of_several_bytes() -> None:
    (problem,) = problems_of("# äöü\nversion: 1\nx: \x01y\n")
    assert (problem.line, problem.column) == (3, 4)


def test_columns_of_json_count_the_characters_of_the_file() -> None:
    names = json.dumps({"name": "\N{GRINNING FACE}", "nmae": "a"})[1:-1]
    text = f'{{"version": 1, "microgrids": [\n{{"id": 1, {names}}}]}}'
    (problem,) = problems_of(text, file_format="json")
    assert (problem.line, problem.column) == (2, text.splitlines()[1].index('"nmae"') + 1)


@pytest.mark.parametrize("file_format", ["yaml", "json", "jsonl"])
def test_a_surrogate_in_a_text_is_refused(file_format: FileFormat) -> None:
    assert problems_of(
        '{"version": 1, "microgrids": [{"id": 1, "name": "\ud83d"}]}', file_format=file_format
    )


@pytest.mark.parametrize("file_format", ["yaml", "json", "jsonl"])
def test_lists_in_lists_are_refused(file_format: FileFormat) -> None:
    assert problems_of("[" * 5000 + "]" * 5000, file_format=file_format)


def test_very_many_lists_in_lists_do_not_end_the_process() -> None:
    code = """if True:
        from frequenz.client.assets import inventory
        try:
            inventory.parse_text("[" * 200_000 + "]" * 200_000, name="fleet.yaml")
        except inventory.InventoryFileError:
            print("refused")
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "refused\n")
