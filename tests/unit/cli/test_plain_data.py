"""Model objects as plain data, columns and text."""

import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import click
import pytest
import yaml
from frequenz.client.common.microgrid import MicrogridId

from frequenz.client.assets import Interval, Location, Microgrid
from frequenz.client.assets.cli.showing.columns import (
    AvailableColumns,
    column_names,
    expand_fields,
    parse_fields,
    sort_key,
    value_at,
)
from frequenz.client.assets.cli.showing.plain_data import (
    as_published,
    cell_text,
    csv_text,
    json_line,
    json_text,
    shorten_floats,
    with_names,
    with_numbers,
    yaml_text,
)
from frequenz.client.assets.electrical_component import ElectricalComponentCategory, Meter
from frequenz.client.assets.metrics import Bounds, Metric


@dataclass(frozen=True)
class Thing:
    """A model class with a field of every kind."""

    id: MicrogridId
    number: float
    place: Location | None
    when: Interval
    many: tuple[int, ...]
    model: str | None = None


THING: Final = Thing(
    MicrogridId(7),
    math.nan,
    Location(latitude=math.inf, longitude=-math.inf, country_code="日本"),
    Interval(start=datetime(2024, 1, 1, tzinfo=UTC)),
    (1, 2),
    "m",
)


def test_nan_and_infinities_are_null() -> None:
    plain = with_names(THING)
    assert plain == {
        "id": 7,
        "number": None,
        "place": {"latitude": None, "longitude": None, "country_code": "日本"},
        "when": {"start": "2024-01-01T00:00:00+00:00", "end": None},
        "many": [1, 2],
        "model": "m",
    }
    assert json.loads(json_text(plain)) == json.loads(json_line(plain)) == plain
    assert "日本" in json_line(plain)
    assert json_line(plain, is_ascii=True).isascii()


def test_the_published_form_has_numbers_and_the_published_fields() -> None:
    meter = Meter(
        id=1,  # type: ignore[arg-type]
        microgrid_id=MicrogridId(2),
        rated_bounds={Metric.AC_POWER_ACTIVE: Bounds(lower=0, upper=math.inf), 99: Bounds()},
        model="m",
    )
    number = str(Metric.AC_POWER_ACTIVE.value)
    assert as_published(meter)["category"] == ElectricalComponentCategory.METER.value
    assert as_published(meter)["rated_bounds"] == {
        number: {"lower": 0, "upper": None},
        "99": {"lower": None, "upper": None},
    }
    assert "model" not in as_published(meter)
    assert with_names(meter)["category"] == "METER"
    assert list(with_names(meter)["rated_bounds"]) == ["AC_POWER_ACTIVE", "99"]
    assert with_names(meter)["model"] == "m"


def test_the_columns_of_a_class_include_nested_fields() -> None:
    assert column_names(Thing) == (
        *("id", "number", "place.latitude", "place.longitude", "place.country_code"),
        *("when.start", "when.end", "many", "model"),
    )
    assert column_names((Location, "model", Location)) == (
        *("latitude", "longitude", "country_code"),
        "model",
    )
    assert "delivery_area.code_type" in column_names(Microgrid)


def test_fields_are_parents_of_columns_or_columns() -> None:
    names = column_names(Thing)
    available = AvailableColumns(names)
    assert parse_fields("when, id", available) == ("when", "id")
    assert expand_fields(("when", "id", "when.end"), names) == ("when.start", "when.end", "id")
    for invalid in ("w", "when.", "when.start.x", "", "id,,number", "id,id"):
        with pytest.raises(click.UsageError):
            parse_fields(invalid, available)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("id", 7),
        ("when", {"start": "2024-01-01T00:00:00+00:00", "end": None}),
        ("when.end", None),
        ("when.start", "2024-01-01T00:00:00+00:00"),
        ("many.0", None),
        ("id.x", None),
        ("nonsense", None),
    ],
)
def test_a_path_leads_to_a_value_or_to_none(name: str, value: Any) -> None:
    assert value_at(with_names(THING), name) == value


def test_anything_can_be_sorted() -> None:
    mixed = ["b", 2, [1], "a", 1.5, True, {"k": 1}]
    assert sorted(mixed, key=sort_key) == [True, 1.5, 2, "a", "b", [1], {"k": 1}]


def test_cells_are_text_or_json() -> None:
    assert [cell_text(value) for value in (None, "a", 1, 1.5, True, [1, "ü"], {"k": None})] == [
        *("", "a", "1", "1.5", "true", '[1, "ü"]', '{"k": null}'),
    ]


def test_csv_quotes_special_characters() -> None:
    rows = [{"a": 'say "so", twice\n', "b": None}, {"a": "x", "b": {"c": 1}}]
    assert csv_text(rows, ("a", "b.c"), header=True) == ('a,b.c\n"say ""so"", twice\n",\nx,1\n')


@pytest.mark.parametrize("text", ["no", "2024-01-01", "a: b", "日\n", "\x1b[0m", "é" * 200, "- x"])
def test_yaml_reads_back_equal(text: str) -> None:
    plain = [{"name": text, "nested": {"list": [1, None, True, 1e300]}}]
    assert yaml.safe_load(yaml_text(plain)) == plain


def test_yaml_does_not_escape_characters() -> None:
    assert yaml_text([{"name": "Östlich 日"}]) == "- name: Östlich 日\n"


def test_a_value_without_a_plain_form_is_refused() -> None:
    with pytest.raises(TypeError, match="no plain form for date"):
        with_names({"url": datetime(2024, 1, 1, tzinfo=UTC).date()})


def test_the_form_by_number_has_every_field() -> None:
    assert with_numbers(THING) == {**as_published(THING), "model": "m"}


@pytest.mark.parametrize(
    ("number", "short"),
    [
        (13.399999618530273, 13.4),
        (13.4, 13.4),
        (0.1, 0.1),
        (0.10000000149011612, 0.1),
        (5e6, 5e6),
        (0.0, 0.0),
        (16777217.0, 16777217.0),
        (3.4028234663852886e38, 3.4028235e38),
        (1e300, 1e300),
        (7, 7),
        (None, None),
        ([{"lower": -13.399999618530273}], [{"lower": -13.4}]),
    ],
)
def test_numbers_of_single_precision_are_shortened(number: Any, short: Any) -> None:
    assert shorten_floats(number) == short
