"""The formats of the output, and the options about it."""

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

ASKED: Final[Mapping[str, str]] = {
    "microgrids": "microgrids",
    "microgrid": "microgrid 1",
    "electrical-components": "electrical-components 1",
    "component-connections": "component-connections 1",
    "sensors": "sensors 1",
    "gridpools": "gridpools",
    "energy-schedules": "energy-schedules 7",
    "market-topology": "market-topology",
}
"""How each call is asked for something that is there."""

NOTHING: Final[Mapping[str, str]] = {
    "microgrids": "microgrids --microgrid 404",
    "electrical-components": "electrical-components 1 --component 404",
    "component-connections": "component-connections 1 --source 404",
    "sensors": "sensors 2",
    "gridpools": "gridpools --gridpool 404",
    "energy-schedules": "energy-schedules 404",
    "market-topology": "market-topology --gridpool 404",
}
"""How each list is asked for nothing."""

PUBLISHED: Final = ("microgrid", "electrical-components", "component-connections")

each_call = pytest.mark.parametrize("name", ASKED)
each_list = pytest.mark.parametrize("name", NOTHING)


def ask(url: str, line: str, *options: str) -> Result:
    ended = invoke(*line.split(), *options, "--url", url)
    assert ended.exit_code == 0, ended.stderr
    return ended


def strict_json(text: str) -> Any:
    """Parse JSON as RFC 8259 has it."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(text, parse_constant=refuse)


def complete(url: str, name: str) -> list[Any]:
    """What JSON has of a call, in its complete form; a list also for one thing."""
    names = ["--names"] if name in PUBLISHED else []
    found = strict_json(ask(url, ASKED[name], "-o", "json", *names).stdout)
    return found if isinstance(found, list) else [found]


def flat(value: Any, path: str = "") -> dict[str, Any]:
    """What is in nested maps, by the path to it."""
    if not isinstance(value, dict):
        return {path: value}
    parts = [flat(item, f"{path}.{key}" if path else key) for key, item in value.items()]
    return {key: item for part in parts for key, item in part.items()}


# The formats --------------------------------------------------------------------------------------


def test_every_call_is_tested() -> None:
    assert set(ASKED) == set(CALLS) == {*NOTHING, "microgrid"}


@each_call
def test_json_is_what_comes_through_a_pipe(url: str, name: str) -> None:
    piped = ask(url, ASKED[name]).stdout
    assert piped == ask(url, ASKED[name], "-o", "json").stdout
    assert strict_json(piped)


@each_call
def test_jsonl_has_a_line_for_each_thing(url: str, name: str) -> None:
    options = ["--names"] if name in PUBLISHED else []
    lines = ask(url, ASKED[name], "-o", "jsonl", *options).stdout.splitlines()
    assert [strict_json(line) for line in lines] == complete(url, name)


@pytest.mark.parametrize("name", PUBLISHED)
def test_jsonl_of_the_published_commands_has_the_published_form(url: str, name: str) -> None:
    lines = ask(url, ASKED[name], "-o", "jsonl").stdout.splitlines()
    whole = strict_json(ask(url, ASKED[name]).stdout)
    assert [strict_json(line) for line in lines] == (whole if isinstance(whole, list) else [whole])
    assert all(line.isascii() for line in lines)


@each_call
def test_yaml_has_the_complete_form(url: str, name: str) -> None:
    # Moments are texts, as in JSON.
    found = yaml.safe_load(ask(url, ASKED[name], "-o", "yaml").stdout)
    assert (found if isinstance(found, list) else [found]) == complete(url, name)


@each_call
def test_csv_has_a_column_for_each_field(url: str, name: str) -> None:
    rows = list(csv.DictReader(io.StringIO(ask(url, ASKED[name], "-o", "csv").stdout)))

    assert len(rows) == len(complete(url, name))
    for row, thing in zip(rows, complete(url, name), strict=True):
        for path, value in flat(thing).items():
            inside = [column for column in row if column.startswith(f"{path}.")]
            if inside:  # a thing that is not there
                assert value is None
                assert not any(row[column] for column in inside)
            elif path not in row:  # in a map
                assert json.loads(row[path.split(".")[0]])
            elif value is None or isinstance(value, str):
                assert row[path] == (value or "")
            else:
                assert json.loads(row[path]) == value


def test_csv_has_what_the_world_writes_into_names(url: str) -> None:
    rows = csv.DictReader(io.StringIO(ask(url, "gridpools", "-o", "csv").stdout))
    assert {row["name"] for row in rows} == {gridpool.name for gridpool in FLEET.gridpools}


@each_call
def test_a_table_has_a_line_for_each_thing_and_is_never_cut(url: str, name: str) -> None:
    text = ask(url, ASKED[name], "-o", "table").stdout

    assert "\x1b" not in text
    assert "…" not in text or name == "electrical-components"  # which has ranges such as 0 … 9
    if name != "microgrid":
        assert len(text.splitlines()) == 1 + len(complete(url, name))
    assert all(line == line.rstrip() for line in text.splitlines())


# Nothing ------------------------------------------------------------------------------------------


@each_list
def test_nothing_is_an_empty_list(url: str, name: str) -> None:
    assert ask(url, NOTHING[name]).stdout == "[]\n"
    assert ask(url, NOTHING[name], "-o", "jsonl").stdout == ""
    assert ask(url, NOTHING[name], "-o", "yaml").stdout == "[]\n"
    assert len(ask(url, NOTHING[name], "-o", "table").stdout.splitlines()) == 1


@each_list
def test_the_header_of_csv_is_the_same_for_nothing(url: str, name: str) -> None:
    (header,) = ask(url, NOTHING[name], "-o", "csv").stdout.splitlines()
    assert header == ask(url, ASKED[name], "-o", "csv").stdout.splitlines()[0]
    assert ask(url, NOTHING[name], "-o", "csv", "--no-header").stdout == ""


# Options ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["csv", "table"])
@each_list
def test_the_header_can_be_left_out(url: str, name: str, form: str) -> None:
    with_header = ask(url, ASKED[name], "-o", form).stdout
    without = ask(url, ASKED[name], "-o", form, "--no-header").stdout
    if form == "csv":
        assert without == "".join(with_header.splitlines(keepends=True)[1:])
    else:
        assert len(without.splitlines()) == len(with_header.splitlines()) - 1


def test_fields_are_shown_in_the_order_asked_for(url: str) -> None:
    line = "microgrids --microgrid 1 --fields status,location.country_code,id"

    assert ask(url, line, "-o", "jsonl").stdout == (
        '{"status": "ACTIVE", "location.country_code": "DE", "id": 1}\n'
    )
    assert ask(url, line, "-o", "csv").stdout == "status,location.country_code,id\nACTIVE,DE,1\n"
    assert yaml.safe_load(ask(url, line, "-o", "yaml").stdout) == [
        {"status": "ACTIVE", "location.country_code": "DE", "id": 1}
    ]
    heading, row = ask(url, line, "-o", "table").stdout.splitlines()
    assert heading.split() == ["STATUS", "LOCATION.COUNTRY_CODE", "ID"]
    assert row.split() == ["ACTIVE", "DE", "1"]


def test_a_field_that_holds_others_is_a_map_or_their_columns(url: str) -> None:
    line = "microgrids --microgrid 1 --fields id,delivery_area"

    (found,) = strict_json(ask(url, line).stdout)
    assert set(found["delivery_area"]) == {"code", "code_type"}
    header = ask(url, line, "-o", "csv").stdout.splitlines()[0]
    assert header == "id,delivery_area.code,delivery_area.code_type"


@each_call
def test_every_column_is_a_field_to_ask_for(url: str, name: str) -> None:
    whole = ask(url, ASKED[name], "-o", "csv").stdout
    header = whole.splitlines()[0]
    assert ask(url, ASKED[name], "-o", "csv", "--fields", header).stdout == whole


def test_fields_of_the_published_form_are_in_that_form(url: str) -> None:
    line = "electrical-components 1 --component 2 --fields id,category"
    assert strict_json(ask(url, line).stdout) == [{"id": 2, "category": 1}]
    assert strict_json(ask(url, line, "--names").stdout) == [{"id": 2, "category": "GRID"}]


def test_a_field_that_is_not_published_is_shown_where_it_is_asked_for(url: str) -> None:
    line = "electrical-components 1 --component 2 --fields id,model,category"
    (found,) = strict_json(ask(url, line).stdout)
    assert (list(found), found["category"]) == (["id", "model", "category"], 1)
    assert found["model"] == strict_json(ask(url, line, "--names").stdout)[0]["model"]
    assert ask(url, "electrical-components 1 --sort model --fields id").stdout
    assert "model" not in strict_json(ask(url, "electrical-components 1").stdout)[0]


def sorted_by(url: str, line: str, field: str) -> list[Any]:
    rows = strict_json(ask(url, line, "-o", "json", f"--sort={field}").stdout)
    return [row[field.removeprefix("-")] for row in rows]


def test_things_are_sorted_either_way_and_what_has_no_value_is_last(url: str) -> None:
    assert sorted_by(url, "microgrids", "-id") == [3, 2, 1]
    assert sorted_by(url, "electrical-components 1", "-id")[0] == 2**64 - 1

    relations = sorted_by(url, "market-topology", "gridpool_id")
    assert relations == [7, 8, None]
    assert sorted_by(url, "market-topology", "-gridpool_id") == [8, 7, None]

    numbers = sorted_by(url, "electrical-components 1 --names", "category")
    assert numbers[:2] == [99, 99]  # what has no name comes before names
    assert numbers[2:] == sorted(numbers[2:])


@pytest.mark.parametrize("form", ["csv", "table", "yaml", "jsonl"])
def test_every_format_is_sorted(url: str, form: str) -> None:
    text = ask(url, "microgrids", "-o", form, "--sort=-id", "--fields=id").stdout
    assert [number for number in "321" if number in text] == ["3", "2", "1"]
    assert text.index("3") < text.index("2") < text.index("1")


def test_screens_are_sorted_too(url: str) -> None:
    lines = ask(url, "microgrids", "-o", "table", "--sort=-id", "--no-header").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["3", "2", "1"]


def test_wide_adds_the_components(url: str) -> None:
    found = strict_json(ask(url, "microgrids", "--wide").stdout)
    listed = strict_json(ask(url, "electrical-components 1 --names").stdout)

    assert sum(found[0]["components"].values()) == len(listed)
    assert found[0]["components"]["METER"] == sum(it["category"] == "METER" for it in listed)
    assert (
        ask(url, "microgrids", "--wide", "-o", "csv").stdout.splitlines()[0].endswith(",components")
    )
    assert "METER" in ask(url, "microgrids", "--wide", "-o", "table").stdout


# Colours ------------------------------------------------------------------------------------------


def test_colours_are_for_terminals_unless_asked_for(url: str) -> None:
    assert "\x1b[" not in ask(url, "microgrids -o table").stdout
    assert "\x1b[" in ask(url, "microgrids -o table --color always").stdout
    assert "\x1b[" not in ask(url, "microgrids -o table --color never").stdout
    assert (
        "\x1b["
        in invoke(
            *("--color=always", "--url", url, "microgrids", "-o", "table"), NO_COLOR="1"
        ).stdout
    )


@each_call
def test_colours_are_never_in_data(url: str, name: str) -> None:
    for form in ("json", "jsonl", "yaml", "csv"):
        assert "\x1b[" not in ask(url, ASKED[name], "-o", form, "--color=always").stdout


def test_every_call_has_the_options_about_output() -> None:
    for name in CALLS:
        there = {option for parameter in command(name).params for option in parameter.opts}
        assert {"-o", "--output", "--fields", "--no-header", "--color"} <= there
        assert ("--names" in there) == (name in PUBLISHED)
        assert ("--sort" in there) == (name != "microgrid")
