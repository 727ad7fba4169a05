"""Whatever the wire can carry is written to a file and read back, exactly."""

import json
from collections.abc import Iterator
from typing import Any, NoReturn

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from frequenz.client.assets import inventory
from frequenz.client.assets.inventory import FileFormat, Inventory

from ..inventory_messages import (
    FORMATS,
    any_inventory,
    any_single,
    any_text,
    contents,
    microgrid_of,
    named,
    one_component,
    parsed,
    read_back,
)
from ..inventory_texts import TRICKY_TEXTS

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
    """Return what a JSON parser reads that knows nothing beyond the standard."""

    def refuse(constant: str) -> NoReturn:
        raise AssertionError(f"{constant} is not JSON")

    def checked(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        assert len(dict(pairs)) == len(pairs)
        return dict(pairs)

    return json.loads(text, parse_constant=refuse, object_pairs_hook=checked)


@FORMATS
@settings(max_examples=100)
@given(any_inventory())
@example(UNKNOWN_METRIC)
def test_any_inventory_reads_back_equal(file_format: FileFormat, held: Inventory) -> None:
    assert contents(read_back(held, file_format=file_format)) == contents(held)


@FORMATS
@settings(max_examples=15)
@given(any_inventory())
@example(UNKNOWN_METRIC)
def test_any_inventory_survives_a_file(
    tmp_path_factory: pytest.TempPathFactory, file_format: FileFormat, held: Inventory
) -> None:
    path = tmp_path_factory.getbasetemp() / f"fleet.{file_format}"
    inventory.write(held, path)
    assert contents(inventory.read(path)) == contents(held)


@FORMATS
@settings(max_examples=30)
@given(any_inventory())
@example(UNKNOWN_METRIC)
def test_what_was_read_is_written_as_the_same_text(
    file_format: FileFormat, held: Inventory
) -> None:
    text = inventory.to_text(held, file_format=file_format)
    assert inventory.to_text(parsed(text, file_format=file_format), file_format=file_format) == text


@settings(max_examples=30)
@given(any_inventory())
def test_a_file_has_the_same_texts_by_the_rules_of_yaml_1_1(held: Inventory) -> None:
    assert texts_of(yaml.safe_load(inventory.to_text(held))) == texts_in(held)


@settings(max_examples=30)
@given(any_inventory())
def test_a_json_file_is_strict_json_with_the_same_texts(held: Inventory) -> None:
    assert texts_of(strict_json(inventory.to_text(held, file_format="json"))) == texts_in(held)


@FORMATS
@given(st.lists(any_text(), max_size=8))
@example(list(TRICKY_TEXTS))
def test_any_text_reads_back_equal(file_format: FileFormat, texts: list[str]) -> None:
    back = read_back(named(texts), file_format=file_format)
    assert [site.microgrid.name for site in back.sites] == texts


@given(st.lists(any_text(), max_size=8))
@example(list(TRICKY_TEXTS))
def test_any_text_is_the_same_by_the_rules_of_yaml_1_1(texts: list[str]) -> None:
    sites = yaml.safe_load(inventory.to_text(named(texts)))["microgrids"]
    assert [site.get("name", "") for site in sites] == texts


@given(any_text())
def test_json_may_escape_every_character(text: str) -> None:
    plain = {"version": 1, "microgrids": [{"id": 1, "name": text}]}
    assert parsed(json.dumps(plain), file_format="json").sites[0].microgrid.name == text


def test_json_may_hold_every_character_as_it_is() -> None:
    names = [f"a {chr(number)} b" for number in (0x7F, 0x80, 0x85, 0x2028, 0x2029, 0xFFFE, 0xFFFF)]
    plain = {"version": 1, "microgrids": [{"id": 1, "name": name} for name in names]}
    sites = parsed(json.dumps(plain, ensure_ascii=False), file_format="json").sites
    assert [site.microgrid.name for site in sites] == names


@pytest.mark.parametrize("blank", ["\n", "\r\n", " " * 1100])
def test_json_may_have_blanks_wherever_it_likes(blank: str) -> None:
    parts = ("", "{", '"version"', ":", "1", ",", '"microgrids"', ":", "[", "]", "}", "")
    assert parsed(blank.join(parts), file_format="json") == Inventory()


@given(any_single())
def test_a_number_may_have_more_digits_than_single_precision(number: float) -> None:
    written = repr(number).replace("inf", ".inf").replace("nan", ".nan")
    latitude = microgrid_of(f"location: {{latitude: {written}}}").location.latitude
    assert repr(latitude) == repr(number)
