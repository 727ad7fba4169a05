"""The JSON Schema of inventory files accepts what the reader accepts."""

import copy
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator

from frequenz.client.assets import inventory
from frequenz.client.assets.inventory import (
    FileFormat,
    Inventory,
    InventoryFileError,
    _yaml,
    json_schema,
)
from frequenz.client.assets.inventory._parsed_tree import (
    BOOLEAN,
    INTEGER,
    NOT_FINITE,
    NULL,
    NUMBER,
    Parsed,
    ParsedList,
    ParsedMapping,
    ParsedScalar,
)

from ..inventory_messages import component_text, parsed, site_text
from ..market_messages import EXAMPLE
from .strategies import any_whole

ROOT: Final = Path(__file__).parents[3]
COMMITTED: Final = ROOT / "docs" / "inventory.schema.json"


@cache
def validator() -> Draft202012Validator:
    """Return a validator for the committed schema."""
    return Draft202012Validator(json.loads(COMMITTED.read_text(encoding="utf-8")))


def schema_errors(plain: Any) -> list[str]:
    """Return the errors that the schema finds in the data of a file."""
    return [f"{error.json_path}: {error.message}" for error in validator().iter_errors(plain)]


def loaded(text: str) -> Any:
    """Return the data of a YAML file by the rules of YAML 1.2, as an editor has it."""
    return plain_of(_yaml.parse(text))


def plain_of(parsed_value: Parsed) -> Any:
    """Return a part of a file as plain data."""
    match parsed_value:
        case ParsedList(_, items):
            return [plain_of(item) for item in items]
        case ParsedMapping(_, items):
            return {key.text: plain_of(it) for key, it in items if isinstance(key, ParsedScalar)}
        case ParsedScalar(_, text, is_quoted):
            return text if is_quoted else value_of(text)


def value_of(text: str) -> Any:
    """Return the value of a scalar without quotes."""
    if NULL.fullmatch(text):
        return None
    if BOOLEAN.fullmatch(text):
        return text.lower() == "true"
    if INTEGER.fullmatch(text):
        return int(text, 0) if text[:2] in ("0x", "0o") else int(text)
    if NUMBER.fullmatch(text):
        return float(text)
    return float(text.replace(".", "")) if NOT_FINITE.fullmatch(text) else text


# The committed file -------------------------------------------------------------------------------


def test_the_committed_schema_is_that_of_the_code() -> None:
    command = Path(sys.executable).with_name("assets-cli")
    ended = subprocess.run([command, "schema"], check=True, capture_output=True)
    assert ended.stdout.decode("utf-8") == COMMITTED.read_text(encoding="utf-8")


def test_the_schema_is_valid() -> None:
    Draft202012Validator.check_schema(json_schema())


def test_the_schema_has_an_id_with_the_version_of_the_format() -> None:
    assert json_schema()["$id"] == "urn:frequenz-client-assets:inventory:1"


def references(schema: Any) -> Iterator[str]:
    """Yield everything that a schema refers to."""
    if isinstance(schema, dict):
        if "$ref" in schema:
            yield schema["$ref"]
        schema = list(schema.values())
    if isinstance(schema, list):
        for part in schema:
            yield from references(part)


def test_all_definitions_are_referred_to_and_the_other_way_round() -> None:
    schema = json_schema()
    assert set(references(schema)) == {f"#/$defs/{name}" for name in schema["$defs"]}


# What is valid ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["sites", "cigre-mv"])
def test_the_fleets_of_the_demo_are_valid(name: str) -> None:
    path = resources.files("frequenz.server.assets.demo") / "fleets" / f"{name}.yaml"
    assert schema_errors(loaded(path.read_text(encoding="utf-8"))) == []


@settings(max_examples=20)
@given(any_whole)
def test_what_is_written_is_valid(held: Inventory) -> None:
    assert schema_errors(loaded(inventory.to_text(held))) == []
    assert schema_errors(json.loads(inventory.to_text(held, file_format="json"))) == []


GOOD: Final = [
    "version: 1",
    "version: 1\nmicrogrids: ~\ngridpools: ~\n",
    EXAMPLE,
    site_text("location: {latitude: .inf, longitude: -.INF}"),
    site_text("location: {latitude: .nan, longitude: '.NaN'}"),
    site_text("location: {latitude: 3.4028235e38, longitude: 1}"),
    site_text("enterprise_id: 0xFF\n  name: ~\n  status: 99"),
    site_text("create_timestamp: 2024-05-17 08:30:00.5+02:00"),
    site_text("create_timestamp: 2024-05-17T08:30Z"),
    site_text("create_timestamp: 2024-05-17T08:30:00.25+0200"),
    site_text("create_timestamp: 2024-05-17 08:30+02"),
    site_text("create_timestamp: {seconds: -1, nanos: ~}"),
    site_text("status: Microgrid-Status_ACTIVE"),
    component_text("category: ELECTRICAL_COMPONENT_CATEGORY_BATTERY\n    type: Li-Ion"),
    component_text("category: GRID\n    rated_fuse_current: 63"),
    component_text("category: inverter\n    type: pv"),
    component_text("rated_bounds: {METRIC_DC_POWER: ~, Ac-Power-Active: {}}"),
    "version: 1\nmarket_topology: [{market_location_ref: {market_area: MARKET_AREA_EU_DE}}]",
    site_text("connections: [[1, 2], {source: 1, destination: 2}]"),
    component_text("category: grid\n    rated_fuse_current: 63"),
    component_text("category: 1\n    rated_fuse_current: ~"),
    component_text("category: power_transformer\n    primary_power: 1"),
    component_text("category_specific_info: {inverter: {type: 9}}"),
    component_text("rated_bounds: {dc_power: ~, 9999: {lower: 1}}"),
    component_text("rated_bounds: [{dc_power: {}}, {dc_power: {upper: ~}}]"),
]


@pytest.mark.parametrize("text", GOOD)
def test_what_the_reader_accepts_is_valid(text: str) -> None:
    parsed(text)
    assert schema_errors(loaded(text)) == []


# What is not valid --------------------------------------------------------------------------------


def is_refused(text: str, *, file_format: FileFormat = "yaml") -> bool:
    """Return whether the reader refuses a text."""
    try:
        parsed(text, file_format=file_format)
    except InventoryFileError:
        return True
    return False


BAD: Final[Mapping[str, str]] = {
    "a list": "- id: 1",
    "a text": "fleet",
    "no version": "microgrids: []",
    "another version": "version: 2",
    "a version as text": "version: '1'",
    "a version as truth value": "version: true",
    "no list": "version: 1\nmicrogrids: {id: 1}",
    "a null in a list": "version: 1\nmicrogrids: [~]",
    "an unknown key at the top": "version: 1\nmicrogrid: []",
    "no id": "version: 1\nmicrogrids: [{name: a}]",
    "a null as id": "version: 1\nmicrogrids: [{id: ~}]",
    "a negative id": "version: 1\nmicrogrids: [{id: -1}]",
    "an id of 65 bits": "version: 1\nmicrogrids: [{id: 18446744073709551616}]",
    "a truth value as id": "version: 1\nmicrogrids: [{id: true}]",
    "half an id": "version: 1\nmicrogrids: [{id: 1.5}]",
    "an unknown key": site_text("nmae: a"),
    "an unknown key with a null": site_text("nmae: ~"),
    "a number as text": site_text("name: 12"),
    "a truth value as text": site_text("name: true"),
    "a typo in a member": site_text("status: activ"),
    "a member with another prefix": site_text("status: STATUS_ACTIVE"),
    "a member with blanks": component_text("category: ev charger"),
    "a letter that is k in lower case": component_text("category: brea\u212aer"),
    "a time without minutes": site_text("create_timestamp: 2024-05-17T08Z"),
    "a time with a fraction of a minute": site_text("create_timestamp: 2024-05-17T08:30.5Z"),
    "an offset of one digit": site_text("create_timestamp: 2024-05-17T08:30:00+2"),
    "a member of 33 bits": site_text("status: 2147483648"),
    "a list as location": site_text("location: [52.5, 13.4]"),
    "too large for single precision": site_text("location: {latitude: 1e39}"),
    "too small for single precision": site_text("location: {latitude: -3.5e38}"),
    "text as number": site_text("location: {latitude: north}"),
    "a number in quotes": site_text("location: {latitude: '1.5'}"),
    "a date": site_text("create_timestamp: 2024-05-17"),
    "a timestamp without offset": site_text("create_timestamp: 2024-05-17T08:30:00"),
    "a number as timestamp": site_text("create_timestamp: 12"),
    "nanoseconds alone": site_text("create_timestamp: {nanos: 1}"),
    "seconds of 65 bits": site_text("create_timestamp: {seconds: 9223372036854775808}"),
    "one end": site_text("connections: [[1]]"),
    "three ends": site_text("connections: [[1, 2, 3]]"),
    "no destination": site_text("connections: [{source: 1}]"),
    "text as an end": site_text("connections: [[1, two]]"),
    "a key of the wire": component_text("metric_config_bounds: []"),
    "a typo in the category": component_text("category: batery"),
    "a type without a category": component_text("type: li_ion"),
    "a type on a meter": component_text("category: meter\n    type: li_ion"),
    "a type of another category": component_text("category: battery\n    type: solar"),
    "a rating of another category": component_text("category: 5\n    rated_fuse_current: 63"),
    "a current of 33 bits": component_text("category: 1\n    rated_fuse_current: 4294967296"),
    "two kinds of data": component_text("category_specific_info: {battery: {}, inverter: {}}"),
    "unknown data": component_text("category_specific_info: {meter: {}}"),
    "bounds as text": component_text("rated_bounds: 5 kW"),
    "bounds of an unknown metric": component_text("rated_bounds: {warp: {}}"),
    "bounds as list": component_text("rated_bounds: {dc_power: [0, 1]}"),
    "a null in a list of bounds": component_text("rated_bounds: [~]"),
    "a sensor without id": site_text("sensors: [{name: a}]"),
    "a sensor with a category": site_text("sensors: [{id: 1, category: meter}]"),
    "a gridpool without id": "version: 1\ngridpools: [{}]",
    "a schedule without gridpool": "version: 1\nenergy_schedules: [{schedule_id: 1}]",
    "a relation with a typo": "version: 1\nmarket_topology: [{grid_pool_id: 1}]",
    "a market area without its continent": (
        "version: 1\nmarket_topology: [{market_location_ref: {market_area: DE}}]"
    ),
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_what_the_reader_refuses_is_not_valid(text: str) -> None:
    assert is_refused(text)
    assert schema_errors(loaded(text)) != []


# Any single change --------------------------------------------------------------------------------

SITES: Final = """\
version: 1
microgrids:
- id: 1
  enterprise_id: 2
  status: active
  delivery_area: {code: a, code_type: europe_eic}
  location: {latitude: 1.0, country_code: DE}
  create_timestamp: '2024-01-01T00:00:00Z'
- id: 1
  components:
  - {id: 1, category: grid, rated_fuse_current: 63, operational_lifetime: {start: {seconds: 0}}}
- {id: 1, components: [{id: 2, category: battery, type: li_ion}]}
- {id: 1, components: [{id: 2, category: meter, rated_bounds: {dc_power: {lower: 0.0}}}]}
- id: 1
  components: [{id: 3, category: meter, category_specific_info: {inverter: {type: solar}}}]
- {id: 1, components: [{id: 4, category: power_transformer, primary_power: 1.0, microgrid_id: 2}]}
- {id: 1, connections: [[1, 2], {source: 1, destination: 2, operational_lifetime: {}}]}
"""

ABSENT: Final = object()

CHANGES: Final = {
    "absent": ABSENT,
    "null": None,
    "true": True,
    "text": "a",
    "1": 1,
    "-1": -1,
    "1.5": 1.5,
    "2**70": 2**70,
    "1e39": 1e39,
    "[]": [],
    "[null]": [None],
    "{}": {},
    "unknown key": {"volt": 1},
}


def files_of_one_entity(whole: Any) -> Iterator[Any]:
    """Yield a file for each entity: small ones are validated faster."""
    for key, entities in whole.items():
        for entity in entities if isinstance(entities, list) else ():
            yield {"version": 1, key: [entity]}


def changed(container: Any, key: Any, value: Any) -> Any:
    """Return a copy of a list or mapping with another value at a key."""
    made = copy.copy(container)
    if value is ABSENT:
        del made[key]
    else:
        made[key] = value
    return made


def changes(data: Any, value: Any) -> Iterator[Any]:
    """Yield copies of some data, each with another value at one of its paths."""
    for key, part in data.items() if isinstance(data, dict) else enumerate(data):
        yield changed(data, key, value)
        if isinstance(part, dict | list):
            yield from (changed(data, key, other) for other in changes(part, value))


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("text", [SITES, EXAMPLE], ids=["sites", "market"])
def test_the_schema_refuses_a_change_exactly_if_the_reader_does(text: str, change: str) -> None:
    for file in files_of_one_entity(loaded(text)):
        for other in changes(file, CHANGES[change]):
            refused = is_refused(json.dumps(other), file_format="json")
            assert validator().is_valid(other) is not refused, (other, schema_errors(other))
