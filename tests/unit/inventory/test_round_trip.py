"""Any inventory that the wire can carry is written to a file and read back exactly."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from frequenz.client.assets import inventory
from frequenz.client.assets.inventory import FileFormat, Inventory

from ..inventory_messages import (
    ALL_FORMATS,
    FORMATS,
    ScheduleMessage,
    any_inventory,
    any_single,
    any_text,
    assert_reads_back,
    contents,
    inventory_of,
    microgrid_of,
    named,
    one_component,
    parsed,
    read_back,
)
from ..inventory_texts import TRICKY_TEXTS
from ..market_messages import SCHEDULE_FIELDS, any_double
from .strategies import any_whole

UNKNOWN_METRIC = one_component(metric_config_bounds=[{"metric": 9999, "config_bounds": {}}])

TEXT_KEYS = ("name", "code", "country_code", "manufacturer", "model_name", "model")


def texts_in(held: Inventory) -> list[str]:
    """Return every text of an inventory that is not empty, in the order of the file."""

    def of(message: Any, *fields: str) -> Iterator[str]:
        yield from filter(None, (getattr(message, field) for field in fields))

    texts: list[str] = []
    for site in held.sites:
        texts += of(site.microgrid, "name")
        texts += of(site.microgrid.delivery_area, "code")
        texts += of(site.microgrid.location, "country_code")
        for component in site.components:
            texts += of(component, "name", "manufacturer", "model_name", "model")
    return texts


def texts_of(plain: Any) -> list[Any]:
    """Return the same from the plain data of a file, whatever its types are."""
    if isinstance(plain, list):
        return [text for item in plain for text in texts_of(item)]
    if not isinstance(plain, dict):
        return []
    texts: list[Any] = []
    for key, value in plain.items():
        texts += [value] if key in TEXT_KEYS else texts_of(value)
    return texts


def strict_json(text: str) -> Any:
    """Return what a JSON parser without additions to the standard reads."""

    def refuse(constant: str) -> NoReturn:
        raise AssertionError(f"{constant} is not JSON")

    def checked(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        assert len(dict(pairs)) == len(pairs)
        return dict(pairs)

    return json.loads(text, parse_constant=refuse, object_pairs_hook=checked)


@settings(max_examples=60)
@given(any_whole)
@example(UNKNOWN_METRIC)
def test_any_inventory_reads_back_equal_and_is_written_as_the_same_text(held: Inventory) -> None:
    for file_format in ALL_FORMATS:
        text = inventory.to_text(held, file_format=file_format)
        back = parsed(text, file_format=file_format)
        assert contents(back) == contents(held)
        assert inventory.to_text(back, file_format=file_format) == text


@settings(max_examples=20)
@given(any_inventory())
def test_other_parsers_read_the_same_texts(held: Inventory) -> None:
    """By the rules of YAML 1.1, and of JSON without additions."""
    assert texts_of(yaml.safe_load(inventory.to_text(held))) == texts_in(held)
    assert texts_of(strict_json(inventory.to_text(held, file_format="json"))) == texts_in(held)


@FORMATS
def test_any_text_survives_a_file(tmp_path: Path, file_format: FileFormat) -> None:
    path = tmp_path / f"fleet.{file_format}"
    inventory.write(named(TRICKY_TEXTS), path)
    assert inventory.read(path) == named(TRICKY_TEXTS)


@given(st.lists(any_text(), max_size=8))
@example(list(TRICKY_TEXTS))
def test_any_text_reads_back_equal(texts: list[str]) -> None:
    for file_format in ALL_FORMATS:
        back = read_back(named(texts), file_format=file_format)
        assert [site.microgrid.name for site in back.sites] == texts
    # By the rules of YAML 1.1, too.
    sites = yaml.safe_load(inventory.to_text(named(texts)))["microgrids"]
    assert [site.get("name", "") for site in sites] == texts


@given(any_double())
@example(1500)
def test_any_power_reads_back_equal_and_is_as_short_as_can_be(power: float) -> None:
    held = inventory_of(ScheduleMessage(time_series=[{"active_power_w": power}]))
    assert_reads_back(held)
    plain = json.loads(inventory.to_text(held, file_format="json"))
    (entry,) = plain["energy_schedules"][0]["time_series"]
    if math.isfinite(power):
        assert repr(entry["active_power_w"]) == repr(float(power))
    else:
        assert entry["active_power_w"] == f".{power}".replace(".-", "-.")


def test_every_field_of_a_schedule_is_free() -> None:
    assert list(SCHEDULE_FIELDS) == [field.name for field in ScheduleMessage.DESCRIPTOR.fields]


@given(any_text())
def test_json_may_escape_every_character(text: str) -> None:
    plain = {"version": 1, "microgrids": [{"id": 1, "name": text}]}
    assert parsed(json.dumps(plain), file_format="json").sites[0].microgrid.name == text


def test_json_may_have_every_character_unescaped() -> None:
    names = [f"a {chr(number)} b" for number in (0x7F, 0x80, 0x85, 0x2028, 0x2029, 0xFFFE, 0xFFFF)]
    plain = {"version": 1, "microgrids": [{"id": 1, "name": name} for name in names]}
    sites = parsed(json.dumps(plain, ensure_ascii=False), file_format="json").sites
    assert [site.microgrid.name for site in sites] == names


@pytest.mark.parametrize("whitespace", ["\n", "\r\n", " " * 1100])
def test_json_may_have_whitespace_anywhere(whitespace: str) -> None:
    parts = ("", "{", '"version"', ":", "1", ",", '"microgrids"', ":", "[", "]", "}", "")
    assert parsed(whitespace.join(parts), file_format="json") == Inventory()


@given(any_single())
def test_a_number_may_have_more_digits_than_single_precision(number: float) -> None:
    written = repr(number).replace("inf", ".inf").replace("nan", ".nan")
    latitude = microgrid_of(f"location: {{latitude: {written}}}").location.latitude
    assert repr(latitude) == repr(number)
