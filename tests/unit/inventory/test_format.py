"""How an inventory file can be written, and how it is."""

import json
import math
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from frequenz.client.assets import inventory
from frequenz.client.assets.electrical_component import BatteryType, InverterType
from frequenz.client.assets.inventory import Inventory
from frequenz.client.assets.metrics import Metric

from ..inventory_messages import (
    FIRST_SECOND,
    LARGEST_SINGLE,
    LAST_SECOND,
    SMALLEST_SINGLE,
    ComponentMessage,
    ConnectionMessage,
    MicrogridMessage,
    component_of,
    contents,
    microgrid_of,
    one_component,
    one_site,
    parsed,
    read_back,
    site_text,
)


def connections_of(text: str) -> list[ConnectionMessage]:
    """Return the connections of a site."""
    return list(parsed(site_text(f"connections: {text}")).sites[0].connections)


# Microgrids ---------------------------------------------------------------------------------------

MOMENT = 1_715_934_600  # 2024-05-17T08:30:00Z

MICROGRIDS: dict[str, dict[str, Any]] = {
    "name: Depot": {"name": "Depot"},
    "name: NO": {"name": "NO"},
    "name: off": {"name": "off"},
    "name: 12:30:00": {"name": "12:30:00"},
    "name: 1_000": {"name": "1_000"},
    "name: 2024-05-17": {"name": "2024-05-17"},
    "name: '12'": {"name": "12"},
    'name: "true"': {"name": "true"},
    "name: 'null'": {"name": "null"},
    "name: ''": {"name": ""},
    "name: |\n    a\n    b\n": {"name": "a\nb\n"},
    "name: >-\n    12\n": {"name": "12"},
    "name: null": {},
    "name: ~": {},
    "name:": {},
    "name: !!str 12": {"name": "12"},
    "name: !!str": {"name": ""},
    "name: !<tag:yaml.org,2002:str> true": {"name": "true"},
    "name: !!null": {},
    "name: !!null ''": {},
    "!!str name: a": {"name": "a"},
    'enterprise_id: !!int "7"': {"enterprise_id": 7},
    "enterprise_id: !!int 0x1F": {"enterprise_id": 31},
    'location: !!map {latitude: !!float "5", longitude: !!float -.inf}': {
        "location": {"latitude": 5, "longitude": -math.inf}
    },
    "location: {latitude: !!int 5}": {"location": {"latitude": 5}},
    "enterprise_id: 007": {"enterprise_id": 7},
    "enterprise_id: +7": {"enterprise_id": 7},
    "enterprise_id: 0x1F": {"enterprise_id": 31},
    "enterprise_id: 0o17": {"enterprise_id": 15},
    f"enterprise_id: {2**64 - 1}": {"enterprise_id": 2**64 - 1},
    "status: active": {"status": 1},
    "status: 2": {"status": 2},
    "status: 99": {"status": 99},
    "status: -1": {"status": -1},
    "status: ~": {},
    "delivery_area: {}": {"delivery_area": {}},
    "delivery_area: ~": {},
    "delivery_area: {code: 10Y, code_type: europe_eic}": {
        "delivery_area": {"code": "10Y", "code_type": 1}
    },
    "location: {}": {"location": {}},
    "location: {country_code: NO}": {"location": {"country_code": "NO"}},
    "location: {country_code: 'NO'}": {"location": {"country_code": "NO"}},
    "location: {country_code: ~}": {"location": {}},
    "location: {latitude: 52.5, longitude: 13}": {"location": {"latitude": 52.5, "longitude": 13}},
    "location: {latitude: -1.5e+1}": {"location": {"latitude": -15}},
    "location: {latitude: .5, longitude: 5.}": {"location": {"latitude": 0.5, "longitude": 5}},
    "location: {latitude: .inf, longitude: -.inf}": {
        "location": {"latitude": math.inf, "longitude": -math.inf}
    },
    "create_timestamp: 2024-05-17T08:30:00Z": {"create_timestamp": Timestamp(seconds=MOMENT)},
    "create_timestamp: '2024-05-17T08:30:00Z'": {"create_timestamp": Timestamp(seconds=MOMENT)},
    "create_timestamp: 2024-05-17t08:30:00z": {"create_timestamp": Timestamp(seconds=MOMENT)},
    "create_timestamp: 2024-05-17 10:30:00 +02:00": {"create_timestamp": Timestamp(seconds=MOMENT)},
    "create_timestamp: 2024-05-17T10:30:00+0200": {"create_timestamp": Timestamp(seconds=MOMENT)},
    "create_timestamp: 2024-05-17T10:30:00+02": {"create_timestamp": Timestamp(seconds=MOMENT)},
    "create_timestamp: 2024-05-17T08:30Z": {"create_timestamp": Timestamp(seconds=MOMENT)},
    "create_timestamp: 2024-05-17 05:00-0330": {"create_timestamp": Timestamp(seconds=MOMENT)},
    "create_timestamp: 2024-05-16T20:45:00-11:45": {"create_timestamp": Timestamp(seconds=MOMENT)},
    "create_timestamp: 2024-05-17T08:30:00.5Z": {
        "create_timestamp": Timestamp(seconds=MOMENT, nanos=500_000_000)
    },
    "create_timestamp: 1969-12-31T23:59:59.000000001Z": {
        "create_timestamp": Timestamp(seconds=-1, nanos=1)
    },
    "create_timestamp: 0001-01-01T00:00:00Z": {"create_timestamp": Timestamp(seconds=FIRST_SECOND)},
    "create_timestamp: 9999-12-31T23:59:59Z": {"create_timestamp": Timestamp(seconds=LAST_SECOND)},
    "create_timestamp: {seconds: 5}": {"create_timestamp": Timestamp(seconds=5)},
    "create_timestamp: {seconds: -5, nanos: -7}": {
        "create_timestamp": Timestamp(seconds=-5, nanos=-7)
    },
}


@pytest.mark.parametrize(("keys", "fields"), MICROGRIDS.items(), ids=MICROGRIDS)
def test_keys_set_the_fields_of_a_microgrid(keys: str, fields: dict[str, Any]) -> None:
    assert microgrid_of(keys) == MicrogridMessage(id=1, **fields)


def test_nan_is_a_number() -> None:
    assert math.isnan(microgrid_of("location: {latitude: .nan}").location.latitude)


@pytest.mark.parametrize("written", [".Inf", "+.INF", "-.INF", ".NaN", ".NAN"])
def test_infinities_may_have_capitals(written: str) -> None:
    latitude = microgrid_of(f"location: {{latitude: {written}}}").location.latitude
    assert repr(latitude) == repr(float(written.replace(".", "")))


# Components ---------------------------------------------------------------------------------------

COMPONENTS: dict[str, dict[str, Any]] = {
    "category: grid": {"category": 1},
    "category: grid_connection_point": {"category": 1},
    "category: 1": {"category": 1},
    "category: 99": {"category": 99},
    "category: GRID": {"category": 1},
    "category: METER": {"category": 2},
    "category: ELECTRICAL_COMPONENT_CATEGORY_METER": {"category": 2},
    "category: ev-charger": {"category": 6},
    "category: ~": {},
    "microgrid_id: 7": {"microgrid_id": 7},
    "microgrid_id: 0": {"microgrid_id": 0},
    "category: battery\n    type: li_ion": {
        "category": 5,
        "category_specific_info": {"battery": {"type": BatteryType.LI_ION.value}},
    },
    "category: battery": {"category": 5},
    "category: battery\n    type: ~": {"category": 5},
    "category: battery\n    type: unspecified": {
        "category": 5,
        "category_specific_info": {"battery": {}},
    },
    "category: battery\n    type: 99": {
        "category": 5,
        "category_specific_info": {"battery": {"type": 99}},
    },
    "type: solar\n    category: inverter": {
        "category": 3,
        "category_specific_info": {"inverter": {"type": InverterType.SOLAR.value}},
    },
    "category: 3\n    type: solar": {
        "category": 3,
        "category_specific_info": {"inverter": {"type": InverterType.SOLAR.value}},
    },
    "category: grid\n    rated_fuse_current: 63": {
        "category": 1,
        "category_specific_info": {"grid_connection_point": {"rated_fuse_current": 63}},
    },
    "category: power_transformer\n    primary_power: 20e3\n    secondary_power: 400": {
        "category": 11,
        "category_specific_info": {"power_transformer": {"primary": 20_000, "secondary": 400}},
    },
    "category: power_transformer\n    primary_power: 20000": {
        "category": 11,
        "category_specific_info": {"power_transformer": {"primary": 20_000}},
    },
    "category: battery\n    category_specific_info: {battery: {type: na_ion}}": {
        "category": 5,
        "category_specific_info": {"battery": {"type": BatteryType.NA_ION.value}},
    },
    "category: battery\n    category_specific_info: {}": {
        "category": 5,
        "category_specific_info": {},
    },
    "category: meter\n    category_specific_info: {ev_charger: {}}": {
        "category": 2,
        "category_specific_info": {"ev_charger": {}},
    },
    "operational_lifetime: {}": {"operational_lifetime": {}},
    "operational_lifetime: ~": {},
    "operational_lifetime: {start: ~, end: 2024-05-17T08:30:00Z}": {
        "operational_lifetime": {"end_timestamp": Timestamp(seconds=MOMENT)}
    },
    "operational_mode: telemetry_only": {"operational_mode": 2},
    "operational_mode: Control-And_Telemetry": {"operational_mode": 4},
    "rated_bounds: {METRIC_DC_POWER: ~, Dc-Power: ~}": {
        "metric_config_bounds": [{"metric": Metric.DC_POWER.value}] * 2
    },
    "category: BATTERY\n    type: LI-ION": {
        "category": 5,
        "category_specific_info": {"battery": {"type": BatteryType.LI_ION.value}},
    },
    "category: inverter\n    type: INVERTER_TYPE_PV": {
        "category": 3,
        "category_specific_info": {"inverter": {"type": InverterType.SOLAR.value}},
    },
    "rated_bounds: {}": {},
    "rated_bounds: []": {},
    "rated_bounds: {ac_power_active: {lower: 0, upper: 5}}": {
        "metric_config_bounds": [
            {
                "metric": Metric.AC_POWER_ACTIVE.value,
                "config_bounds": {"lower": 0.0, "upper": 5.0},
            }
        ]
    },
    "rated_bounds: {dc_power: {lower: ~}, 9999: {upper: -0.0}}": {
        "metric_config_bounds": [
            {"metric": Metric.DC_POWER.value, "config_bounds": {}},
            {"metric": 9999, "config_bounds": {"upper": -0.0}},
        ]
    },
    "rated_bounds: {dc_power: ~}": {"metric_config_bounds": [{"metric": Metric.DC_POWER.value}]},
    "rated_bounds: [{dc_power: {}}, {dc_power: ~, unspecified: {}}]": {
        "metric_config_bounds": [
            {"metric": Metric.DC_POWER.value, "config_bounds": {}},
            {"metric": Metric.DC_POWER.value},
            {"metric": 0, "config_bounds": {}},
        ]
    },
}


@pytest.mark.parametrize(("keys", "fields"), COMPONENTS.items(), ids=COMPONENTS)
def test_keys_set_the_fields_of_a_component(keys: str, fields: dict[str, Any]) -> None:
    assert component_of(keys) == ComponentMessage(**{"id": 2, "microgrid_id": 1, **fields})


# Connections --------------------------------------------------------------------------------------

LIFETIME = {"start_timestamp": Timestamp(seconds=MOMENT)}

CONNECTIONS: dict[str, dict[str, Any]] = {
    "[3, 4]": {},
    "{source: 3, destination: 4}": {},
    "{destination: 4, source: 3, operational_lifetime: ~}": {},
    "{source: 3, destination: 4, operational_lifetime: {}}": {"operational_lifetime": {}},
    "{source: 3, destination: 4, operational_lifetime: {start: 2024-05-17T08:30:00Z}}": {
        "operational_lifetime": LIFETIME
    },
}


@pytest.mark.parametrize(("text", "fields"), CONNECTIONS.items(), ids=CONNECTIONS)
def test_a_connection_is_a_pair_or_a_mapping(text: str, fields: dict[str, Any]) -> None:
    ends: dict[str, Any] = {
        "source_electrical_component_id": 3,
        "destination_electrical_component_id": 4,
    }
    assert connections_of(f"[{text}]") == [ConnectionMessage(**ends, **fields)]


# Files --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "version: 1",
        "version: 1\nmicrogrids: []\n",
        "version: 1\nmicrogrids:\n",
        "%YAML 1.2\n---\n# all of it\nversion: 1\n...\n",
        "\ufeffversion: 1\n",
        '{"version": 1}',
    ],
)
def test_a_fleet_may_be_empty(text: str) -> None:
    assert parsed(text) == Inventory()


@pytest.mark.parametrize("key", ["components", "connections"])
@pytest.mark.parametrize("value", ["~", "[]"])
def test_a_site_may_be_empty(key: str, value: str) -> None:
    assert parsed(site_text(f"{key}: {value}")) == one_site()


def test_sites_components_and_connections_keep_their_order() -> None:
    sites = parsed(
        "version: 1\nmicrogrids:\n"
        "- id: 2\n"
        "  components: [{id: 9}, {id: 3}, {id: 9}]\n"
        "  connections: [[9, 3], [3, 9], [9, 3]]\n"
        "- {id: 1}\n- {id: 2}\n"
    ).sites
    assert [site.microgrid.id for site in sites] == [2, 1, 2]
    assert [component.id for component in sites[0].components] == [9, 3, 9]
    assert [it.source_electrical_component_id for it in sites[0].connections] == [9, 3, 9]


def test_components_have_the_microgrid_of_their_site() -> None:
    text = "version: 1\nmicrogrids: [{components: [{id: 1}, {id: 2, microgrid_id: 7}], id: 5}]\n"
    (site,) = parsed(text).sites
    assert [component.microgrid_id for component in site.components] == [5, 7]


def test_an_alias_stands_for_its_anchor() -> None:
    sites = parsed(
        "version: 1\nmicrogrids:\n"
        "- {id: 1, name: &name Depot, location: &here {latitude: 1}}\n"
        "- {id: 2, name: *name, location: *here}\n"
    ).sites
    assert [site.microgrid.name for site in sites] == ["Depot", "Depot"]
    assert [site.microgrid.location.latitude for site in sites] == [1, 1]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"\u00e9", "é"),
        (r"\ud83d\ude00", "\N{GRINNING FACE}"),
        (r"\uD83D\uDE00\ud83d\ude00", "\N{GRINNING FACE}" * 2),
        (r"\udbff\udfff", "\U0010ffff"),
        (r"\\ud83d\\ude00", r"\ud83d\ude00"),
        (r"\\\ud83d\ude00", "\\\N{GRINNING FACE}"),
        (r"a\/b", "a/b"),
        (r"\"\\\"", '"\\"'),
        (r"\b\f\n\r\t", "\b\f\n\r\t"),
        (r"\u0000\u0085\u2028\ufffe", "\0\x85\u2028\ufffe"),
    ],
)
def test_json_may_escape_characters(written: str, read: str) -> None:
    text = f'{{"version": 1, "microgrids": [{{"id": 1, "name": "{written}"}}]}}'
    assert (
        parsed(text, file_format="json").sites[0].microgrid.name
        == read
        == json.loads(f'"{written}"')
    )


def test_json_may_be_indented_by_tabs() -> None:
    text = json.dumps({"version": 1, "microgrids": [{"id": 1}]}, indent="\t")
    assert parsed(text, file_format="json") == one_site()


def test_json_may_have_everything_on_one_line() -> None:
    text = json.dumps({"version": 1, "microgrids": [{"id": 1}]}, separators=(",", ":"))
    assert parsed(text, file_format="json") == one_site()


def test_json_has_numbers_that_it_lacks_as_text() -> None:
    numbers = {".nan": math.nan, ".inf": math.inf, "-.inf": -math.inf}
    for written, number in numbers.items():
        held = one_site(location={"latitude": number})
        text = inventory.to_text(held, file_format="json")
        assert json.loads(text)["microgrids"][0]["location"] == {"latitude": written}
        assert contents(parsed(text, file_format="json")) == contents(held)


# Writing ------------------------------------------------------------------------------------------


def test_a_site_is_written_readably() -> None:
    text = """\
version: 1
microgrids:
- id: 1
  enterprise_id: 2
  name: Depot
  status: active
  delivery_area: {code: 10Y, code_type: europe_eic}
  location: {latitude: 52.52, longitude: 13.4, country_code: 'NO'}
  create_timestamp: '2024-05-17T08:30:00.25Z'
  components:
  - {id: 1, category: grid_connection_point, rated_fuse_current: 63}
  - id: 2
    name: Inverter
    category: inverter
    type: solar
    manufacturer: Helio
    model_name: H 100
    model: Helio H 100
    operational_lifetime: {start: '2024-05-17T08:30:00Z'}
    rated_bounds:
      ac_power_active: {lower: -1000.0, upper: 0.0}
    operational_mode: telemetry_only
  connections:
  - [1, 2]
  - source: 1
    destination: 2
    operational_lifetime: {end: '2024-05-17T08:30:00Z'}
"""
    assert inventory.to_text(parsed(text)) == text


def test_json_is_the_same_data() -> None:
    held = parsed(site_text("components: [{id: 2, category: battery, type: li_ion}]"))
    assert json.loads(inventory.to_text(held, file_format="json")) == {
        "version": 1,
        "microgrids": [
            {"id": 1, "components": [{"id": 2, "category": "battery", "type": "li_ion"}]}
        ],
    }


def test_json_shows_text_of_all_scripts() -> None:
    assert '"name": "Zürich 日本"' in inventory.to_text(
        one_site(name="Zürich 日本"), file_format="json"
    )


def test_yaml_shows_text_of_all_scripts() -> None:
    assert "name: Zürich 日本}\n" in inventory.to_text(one_site(name="Zürich 日本"))


@pytest.mark.parametrize("number", [0.1, 52.52, -0.3, 1e10, 16777216.0, 3.4e38, 1e-45, 1 / 3])
def test_a_number_is_written_as_short_as_possible(number: float) -> None:
    held = one_site(location={"latitude": number})
    plain = json.loads(inventory.to_text(held, file_format="json"))["microgrids"][0]["location"]
    assert plain["latitude"] == pytest.approx(number, rel=1e-6)
    assert len(repr(plain["latitude"]).replace("0", "")) <= 13
    assert contents(read_back(held)) == contents(held)


@pytest.mark.parametrize("number", [0.0, LARGEST_SINGLE, SMALLEST_SINGLE, 2.0**24 - 1])
def test_a_number_at_the_edge_of_single_precision_reads_back_equal(number: float) -> None:
    for sign in (1, -1):
        held = one_site(location={"latitude": sign * number})
        assert contents(read_back(held)) == contents(held)


EDGES = [
    (FIRST_SECOND - 1, 0),
    (FIRST_SECOND, 0),
    (0, 0),
    (0, 1),
    (0, -1),
    (LAST_SECOND, 999_999_999),
    (LAST_SECOND, 1_000_000_000),
    (-(2**63), -(2**31)),
    (2**63 - 1, 2**31 - 1),
    (LAST_SECOND + 1, 0),
]


@pytest.mark.parametrize(("seconds", "nanos"), EDGES)
def test_a_timestamp_at_any_edge_reads_back_equal(seconds: int, nanos: int) -> None:
    held = one_site(create_timestamp=Timestamp(seconds=seconds, nanos=nanos))
    assert contents(read_back(held)) == contents(held)


@pytest.mark.parametrize(
    ("seconds", "nanos", "written"),
    [
        (0, 0, "1970-01-01T00:00:00Z"),
        (MOMENT, 0, "2024-05-17T08:30:00Z"),
        (MOMENT, 250_000_000, "2024-05-17T08:30:00.25Z"),
        (-1, 1, "1969-12-31T23:59:59.000000001Z"),
        (FIRST_SECOND, 0, "0001-01-01T00:00:00Z"),
        (LAST_SECOND, 999_999_999, "9999-12-31T23:59:59.999999999Z"),
        (FIRST_SECOND - 1, 5, {"seconds": FIRST_SECOND - 1, "nanos": 5}),
        (0, 1_000_000_000, {"seconds": 0, "nanos": 1_000_000_000}),
        (5, -1, {"seconds": 5, "nanos": -1}),
    ],
)
def test_a_timestamp_is_text_if_iso_8601_can_express_it(
    seconds: int, nanos: int, written: Any
) -> None:
    held = one_site(create_timestamp=Timestamp(seconds=seconds, nanos=nanos))
    plain = json.loads(inventory.to_text(held, file_format="json"))
    assert plain["microgrids"][0]["create_timestamp"] == written
    assert contents(read_back(held)) == contents(held)


def test_data_of_the_category_is_beside_the_other_keys() -> None:
    held = one_component(category=5, category_specific_info={"battery": {}})
    assert "type: unspecified" in inventory.to_text(held)
    assert "category_specific_info" not in inventory.to_text(held)


def test_an_unspecified_category_is_written() -> None:
    assert "category: unspecified" in inventory.to_text(one_component())


def test_data_of_another_category_is_written_as_in_the_api() -> None:
    held = one_component(category=2, category_specific_info={"battery": {"type": 1}})
    assert "category_specific_info:\n      battery: {type: li_ion}" in inventory.to_text(held)


def test_a_metric_given_twice_makes_a_list() -> None:
    entry = {"metric": Metric.DC_POWER.value, "config_bounds": {"upper": 5.0}}
    held = one_component(metric_config_bounds=[entry, entry])
    assert "- dc_power: {upper: 5.0}\n    - dc_power: {upper: 5.0}\n" in inventory.to_text(held)


def test_the_microgrid_of_a_component_is_written_if_it_differs() -> None:
    assert "microgrid_id" not in inventory.to_text(one_component(microgrid_id=1))
    assert "microgrid_id: 0" in inventory.to_text(one_component(microgrid_id=0))
    assert "microgrid_id: 7" in inventory.to_text(one_component(microgrid_id=7))


def test_inventories_are_joined_in_order() -> None:
    held = [one_site(name=name) for name in "abc"]
    assert [site.microgrid.name for site in Inventory.joined(held).sites] == ["a", "b", "c"]
    assert Inventory.joined([]) == Inventory()
