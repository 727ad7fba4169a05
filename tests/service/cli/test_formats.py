"""The output formats and the output options."""

import csv
import io
import json
from collections.abc import Mapping
from typing import Any, Final

import pytest
import yaml
from click.testing import Result

from ..expected.fleet import FLEET
from .running import CALLS, command, invoke

LINES: Final[Mapping[str, str]] = {
    "microgrids": "microgrids",
    "microgrid": "microgrid 1",
    "electrical-components": "electrical-components 1",
    "component-connections": "component-connections 1",
    "sensors": "sensors 1",
    "gridpools": "gridpools",
    "energy-schedules": "energy-schedules 7",
    "market-topology": "market-topology",
}
"""A command line of each call that has results."""

EMPTY: Final[Mapping[str, str]] = {
    "microgrids": "microgrids --microgrid 404",
    "electrical-components": "electrical-components 1 --component 404",
    "component-connections": "component-connections 1 --source 404",
    "sensors": "sensors 2",
    "gridpools": "gridpools --gridpool 404",
    "energy-schedules": "energy-schedules 404",
    "market-topology": "market-topology --gridpool 404",
}
"""A command line of each list that has none."""

PUBLISHED: Final = ("microgrid", "electrical-components", "component-connections")

each_call = pytest.mark.parametrize("name", LINES)
each_list = pytest.mark.parametrize("name", EMPTY)


def show(url: str, line: str, *options: str) -> Result:
    ended = invoke(*line.split(), *options, "--url", url)
    assert ended.exit_code == 0, ended.stderr
    return ended


def strict_json(text: str) -> Any:
    """Parse JSON as of RFC 8259, without NaN and infinities."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    return json.loads(text, parse_constant=refuse)


def complete(url: str, name: str) -> list[Any]:
    """The complete JSON of a call, as a list."""
    names = ["--names"] if name in PUBLISHED else []
    found = strict_json(show(url, LINES[name], "-o", "json", *names).stdout)
    return found if isinstance(found, list) else [found]


def flat(value: Any, path: str = "") -> dict[str, Any]:
    """The values in nested maps by path."""
    if not isinstance(value, dict):
        return {path: value}
    parts = [flat(item, f"{path}.{key}" if path else key) for key, item in value.items()]
    return {key: item for part in parts for key, item in part.items()}


# The formats --------------------------------------------------------------------------------------


def test_every_call_is_tested() -> None:
    assert set(LINES) == set(CALLS) == {*EMPTY, "microgrid"}


@each_call
def test_a_pipe_gets_json(url: str, name: str) -> None:
    piped = show(url, LINES[name]).stdout
    assert piped == show(url, LINES[name], "-o", "json").stdout
    assert strict_json(piped)


@each_call
def test_jsonl_has_a_line_for_each_item(url: str, name: str) -> None:
    options = ["--names"] if name in PUBLISHED else []
    lines = show(url, LINES[name], "-o", "jsonl", *options).stdout.splitlines()
    assert [strict_json(line) for line in lines] == complete(url, name)


@pytest.mark.parametrize("name", PUBLISHED)
def test_jsonl_of_the_published_commands_has_the_published_form(url: str, name: str) -> None:
    lines = show(url, LINES[name], "-o", "jsonl").stdout.splitlines()
    whole = strict_json(show(url, LINES[name]).stdout)
    assert [strict_json(line) for line in lines] == (whole if isinstance(whole, list) else [whole])
    assert all(line.isascii() for line in lines)


@each_call
def test_yaml_has_the_complete_form(url: str, name: str) -> None:
    # Moments are texts, as in JSON.
    found = yaml.safe_load(show(url, LINES[name], "-o", "yaml").stdout)
    assert (found if isinstance(found, list) else [found]) == complete(url, name)


@each_call
def test_csv_has_a_column_for_each_field(url: str, name: str) -> None:
    rows = list(csv.DictReader(io.StringIO(show(url, LINES[name], "-o", "csv").stdout)))

    assert len(rows) == len(complete(url, name))
    for row, thing in zip(rows, complete(url, name), strict=True):
        for path, value in flat(thing).items():
            inside = [column for column in row if column.startswith(f"{path}.")]
            if inside:  # a missing object
                assert value is None
                assert not any(row[column] for column in inside)
            elif path not in row:  # in a map
                assert json.loads(row[path.split(".")[0]])
            elif value is None or isinstance(value, str):
                assert row[path] == (value or "")
            else:
                assert json.loads(row[path]) == value


def test_csv_has_names_with_special_characters(url: str) -> None:
    rows = csv.DictReader(io.StringIO(show(url, "gridpools", "-o", "csv").stdout))
    assert {row["name"] for row in rows} == {gridpool.name for gridpool in FLEET.gridpools}


@each_call
def test_a_piped_table_has_a_line_for_each_item_and_is_never_truncated(url: str, name: str) -> None:
    text = show(url, LINES[name], "-o", "table").stdout

    assert "\x1b" not in text
    assert "…" not in text or name == "electrical-components"  # which has ranges such as 0 … 9
    if name != "microgrid":
        assert len(text.splitlines()) == 1 + len(complete(url, name))
    assert all(line == line.rstrip() for line in text.splitlines())


# Empty lists --------------------------------------------------------------------------------------


@each_list
def test_an_empty_list_is_valid_in_every_format(url: str, name: str) -> None:
    assert show(url, EMPTY[name]).stdout == "[]\n"
    assert show(url, EMPTY[name], "-o", "jsonl").stdout == ""
    assert show(url, EMPTY[name], "-o", "yaml").stdout == "[]\n"
    assert len(show(url, EMPTY[name], "-o", "table").stdout.splitlines()) == 1


@each_list
def test_an_empty_csv_has_the_same_header(url: str, name: str) -> None:
    (header,) = show(url, EMPTY[name], "-o", "csv").stdout.splitlines()
    assert header == show(url, LINES[name], "-o", "csv").stdout.splitlines()[0]
    assert show(url, EMPTY[name], "-o", "csv", "--no-header").stdout == ""


# Options ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["csv", "table"])
@each_list
def test_the_header_can_be_omitted(url: str, name: str, form: str) -> None:
    with_header = show(url, LINES[name], "-o", form).stdout
    without = show(url, LINES[name], "-o", form, "--no-header").stdout
    if form == "csv":
        assert without == "".join(with_header.splitlines(keepends=True)[1:])
    else:
        assert len(without.splitlines()) == len(with_header.splitlines()) - 1


def test_fields_are_shown_in_the_given_order(url: str) -> None:
    line = "microgrids --microgrid 1 --fields status,location.country_code,id"

    assert show(url, line, "-o", "jsonl").stdout == (
        '{"status": "ACTIVE", "location.country_code": "DE", "id": 1}\n'
    )
    assert show(url, line, "-o", "csv").stdout == "status,location.country_code,id\nACTIVE,DE,1\n"
    assert yaml.safe_load(show(url, line, "-o", "yaml").stdout) == [
        {"status": "ACTIVE", "location.country_code": "DE", "id": 1}
    ]
    heading, row = show(url, line, "-o", "table").stdout.splitlines()
    assert heading.split() == ["STATUS", "LOCATION.COUNTRY_CODE", "ID"]
    assert row.split() == ["ACTIVE", "DE", "1"]


def test_a_parent_field_is_a_map_or_several_columns(url: str) -> None:
    line = "microgrids --microgrid 1 --fields id,delivery_area"

    (found,) = strict_json(show(url, line).stdout)
    assert set(found["delivery_area"]) == {"code", "code_type"}
    header = show(url, line, "-o", "csv").stdout.splitlines()[0]
    assert header == "id,delivery_area.code,delivery_area.code_type"


@each_call
def test_every_column_is_a_field(url: str, name: str) -> None:
    whole = show(url, LINES[name], "-o", "csv").stdout
    header = whole.splitlines()[0]
    assert show(url, LINES[name], "-o", "csv", "--fields", header).stdout == whole


def test_fields_of_published_commands_have_the_published_form(url: str) -> None:
    line = "electrical-components 1 --component 2 --fields id,category"
    assert strict_json(show(url, line).stdout) == [{"id": 2, "category": 1}]
    assert strict_json(show(url, line, "--names").stdout) == [{"id": 2, "category": "GRID"}]


def test_an_unpublished_field_is_shown_if_fields_name_it(url: str) -> None:
    line = "electrical-components 1 --component 2 --fields id,model,category"
    (found,) = strict_json(show(url, line).stdout)
    assert (list(found), found["category"]) == (["id", "model", "category"], 1)
    assert found["model"] == strict_json(show(url, line, "--names").stdout)[0]["model"]
    assert show(url, "electrical-components 1 --sort model --fields id").stdout
    assert "model" not in strict_json(show(url, "electrical-components 1").stdout)[0]


def sorted_by(url: str, line: str, field: str) -> list[Any]:
    rows = strict_json(show(url, line, "-o", "json", f"--sort={field}").stdout)
    return [row[field.removeprefix("-")] for row in rows]


def test_items_are_sorted_in_both_orders_and_those_without_value_come_last(url: str) -> None:
    assert sorted_by(url, "microgrids", "-id") == [3, 2, 1]
    assert sorted_by(url, "electrical-components 1", "-id")[0] == 2**64 - 1

    relations = sorted_by(url, "market-topology", "gridpool_id")
    assert relations == [7, 8, None]
    assert sorted_by(url, "market-topology", "-gridpool_id") == [8, 7, None]

    numbers = sorted_by(url, "electrical-components 1 --names", "category")
    assert numbers[:2] == [99, 99]  # numbers come before names
    assert numbers[2:] == sorted(numbers[2:])


@pytest.mark.parametrize("form", ["csv", "table", "yaml", "jsonl"])
def test_every_format_is_sorted(url: str, form: str) -> None:
    text = show(url, "microgrids", "-o", form, "--sort=-id", "--fields=id").stdout
    assert [number for number in "321" if number in text] == ["3", "2", "1"]
    assert text.index("3") < text.index("2") < text.index("1")


def test_screens_are_sorted_too(url: str) -> None:
    lines = show(url, "microgrids", "-o", "table", "--sort=-id", "--no-header").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["3", "2", "1"]


def test_wide_adds_the_components(url: str) -> None:
    found = strict_json(show(url, "microgrids", "--wide").stdout)
    listed = strict_json(show(url, "electrical-components 1 --names").stdout)

    assert sum(found[0]["components"].values()) == len(listed)
    assert found[0]["components"]["METER"] == sum(it["category"] == "METER" for it in listed)
    assert (
        show(url, "microgrids", "--wide", "-o", "csv")
        .stdout.splitlines()[0]
        .endswith(",components")
    )
    assert "METER" in show(url, "microgrids", "--wide", "-o", "table").stdout


# Colors -------------------------------------------------------------------------------------------


def test_a_pipe_gets_no_colors_by_default(url: str) -> None:
    assert "\x1b[" not in show(url, "microgrids -o table").stdout
    assert "\x1b[" in show(url, "microgrids -o table --color always").stdout
    assert "\x1b[" not in show(url, "microgrids -o table --color never").stdout
    arguments = ("--color=always", "--url", url, "microgrids", "-o", "table")
    assert "\x1b[" in invoke(*arguments, NO_COLOR="1").stdout


@each_call
def test_data_has_no_colors(url: str, name: str) -> None:
    for form in ("json", "jsonl", "yaml", "csv"):
        assert "\x1b[" not in show(url, LINES[name], "-o", form, "--color=always").stdout


def test_every_call_has_the_output_options() -> None:
    for name in CALLS:
        options = {option for parameter in command(name).params for option in parameter.opts}
        assert {"-o", "--output", "--fields", "--no-header", "--color"} <= options
        assert ("--names" in options) == (name in PUBLISHED)
        assert ("--sort" in options) == (name != "microgrid")
