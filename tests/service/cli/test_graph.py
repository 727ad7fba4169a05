"""`tree` and `formulas`: their data in every format, and their errors."""

import asyncio
import csv
import io
import json
import re
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from frequenz.client.assets import inventory
from frequenz.client.assets.cli.exits import ExitCode
from frequenz.client.assets.findings import Rule
from frequenz.client.assets.inventory import _schema

from ..fleets import component, connection, fleet, site
from ..screens import serving
from ..test_generations import FIRST
from ..test_generations import serving as offering
from .running import invoke, run


@pytest.fixture(scope="module")
def demo_url() -> Iterator[str]:
    """The URL of a server over the fleets of the screens."""
    with serving() as url:
        yield url


def data(url: str, *arguments: str) -> Any:
    result = invoke("--url", url, *arguments, "-o", "json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def nested(branches: list[Any]) -> list[Any]:
    """Return the IDs of branches, each with its marks and the IDs of its children."""
    return [
        [
            branch["component_id"],
            *branch["marks"],
            *filter(None, [branch["elsewhere"]]),
            *nested(branch["children"]),
        ]
        for branch in branches
    ]


def test_a_tree_is_nested_in_json(demo_url: str) -> None:
    forest = data(demo_url, "tree", "301")

    ring = [3, [5, [21], [22]], [20]]
    moved = [20, "CONNECTION_ENDED", "ABOVE"]
    old = [10, "INACTIVE", "ENDED", "CONNECTION_ENDED"]
    new = [11, "NOT_STARTED", "CONNECTION_NOT_STARTED"]
    assert nested(forest) == [[1, [2, ring, [5, "ABOVE"], old, new, moved]], [40, "UNCONNECTED"]]
    battery = forest[0]["children"][0]["children"][0]["children"][0]["children"][0]
    assert battery["component"]["name"] == "蓄電池 in Halle Süd"
    assert (battery["connection"]["source"], battery["connection"]["destination"]) == (5, 21)


def test_a_tree_is_the_same_in_yaml(demo_url: str) -> None:
    result = invoke("--url", demo_url, "tree", "202", "-o", "yaml")
    assert nested(yaml.safe_load(result.stdout)) == nested(data(demo_url, "tree", "202"))


LINES: Final = [
    ["0", "", "1", "Grid", "GRID", "[]", ""],
    ["1", "1", "2", "Main meter", "METER", "[]", ""],
]


def test_a_tree_has_lines_in_csv_and_jsonl(demo_url: str) -> None:
    table = invoke("--url", demo_url, "tree", "301", "-o", "csv").stdout
    head, *rows = csv.reader(io.StringIO(table))
    assert head == ["depth", "source", "component_id", "name", "category", "marks", "elsewhere"]
    assert rows[:2] == LINES
    assert (
        len(rows) == 1 + 10 + 1
    )  # a root, a line for each connection, and an unconnected component

    lines = invoke("--url", demo_url, "tree", "301", "-o", "jsonl").stdout.splitlines()
    assert [json.loads(line)["component_id"] for line in lines] == [int(row[2]) for row in rows]


def test_fields_and_sort_apply_to_the_lines(demo_url: str) -> None:
    chosen = data(demo_url, "tree", "202", "--fields", "component_id,depth", "--sort", "-depth")
    assert chosen[0] == {"component_id": 22, "depth": 4}
    assert len(chosen) == 13


def test_a_sorted_tree_is_a_table_of_its_lines(demo_url: str) -> None:
    arguments = ("--url", demo_url, "tree", "202", "-o", "table")
    heading, *rows = invoke(*arguments, "--sort=-component_id").stdout.splitlines()
    assert heading.split()[:3] == ["DEPTH", "SOURCE", "COMPONENT_ID"]
    numbers = [int(row.split()[2]) for row in rows if row.split()[0] != "0"]
    assert len(numbers) == 12
    assert numbers == sorted(numbers, reverse=True)
    assert "└──" in invoke(*arguments).stdout


HEADINGS: Final = [
    ("check 203", ["SEVERITY", "RULE"]),
    ("tree 203", ["COMPONENT"]),
    ("formulas 202", ["NAME"]),
    ("microgrids --wide", ["GRID", "ID"]),
    ("microgrid 201 --fields id", ["ID"]),
    ("diff 201 202 --fields path", ["PATH"]),
]


@pytest.mark.parametrize(("line", "headings"), HEADINGS)
def test_headings_can_be_omitted(demo_url: str, line: str, headings: list[str]) -> None:
    arguments = ("--url", demo_url, *line.split(), "-o", "table")
    full, bare = (invoke(*arguments, *more).stdout.splitlines() for more in ((), ("--no-header",)))
    found = [line for line in full if line.isupper() and line.split()[0] in headings]
    assert [line.split()[0] for line in found] == headings
    assert not [line for line in bare if line.isupper() and line.split()[0] in headings]
    assert len(bare) == len(full) - len(found)


def test_an_empty_list_is_a_note_in_a_table_and_a_list_in_json(demo_url: str) -> None:
    arguments = ("--url", demo_url, "sensors", "100", "-o")
    assert invoke(*arguments, "table").stdout == "no sensors\n"
    assert invoke(*arguments, "json").stdout == "[]\n"


FORMULA_NAMES: Final = (
    *("grid", "consumer", "producer", "pv", "battery", "ev_charger", "chp", "wind_turbine"),
    "steam_boiler",
)


@pytest.mark.parametrize("form", ["json", "jsonl", "yaml", "csv"])
def test_formulas_have_their_names_in_every_format(demo_url: str, form: str) -> None:
    text = invoke("--url", demo_url, "formulas", "202", "-o", form).stdout
    read: dict[str, Callable[[str], Any]] = {
        "json": json.loads,
        "jsonl": lambda lines: [json.loads(line) for line in lines.splitlines()],
        "yaml": yaml.safe_load,
        "csv": lambda table: list(csv.DictReader(io.StringIO(table))),
    }
    found = read[form](text)
    assert [formula["name"] for formula in found] == list(FORMULA_NAMES)
    assert [it["formula"] for it in found if it["name"] == "pv"] == ["COALESCE(#10, #11, 0.0)"]
    assert not any(it["reason"] for it in found)


def test_what_a_formula_leaves_out_is_said(demo_url: str) -> None:
    note = "leaves out component 126; see the formula wind_turbine"
    arguments = ("--url", demo_url, "formulas", "100", "-o")
    found = json.loads(invoke(*arguments, "json").stdout)
    assert {it["name"]: it["note"] for it in found if it["note"]} == {"producer": note}
    assert note in " ".join(invoke(*arguments, "table").stdout.split())


def test_an_error_says_why_there_are_no_formulas(demo_url: str) -> None:
    result = invoke("--url", demo_url, "formulas", "203")
    assert (result.exit_code, result.stdout) == (ExitCode.FAILURE, "")
    assert result.stderr.splitlines()[-1] == (
        "assets-cli: microgrid 203 has no formulas: InvalidGraph: Duplicate component ID found: 11;"
        " see `assets-cli check 203`"
    )


@pytest.mark.parametrize("command", ["tree", "formulas"])
def test_an_unknown_microgrid_is_an_error(demo_url: str, command: str) -> None:
    result = invoke("--url", demo_url, command, "404")
    assert (result.exit_code, result.stdout) == (ExitCode.NOT_FOUND, "")
    assert result.stderr.count("\n") == 1
    assert "404" in result.stderr


def test_the_findings_of_all_calls_are_one_message(demo_url: str) -> None:
    result = invoke("--url", demo_url, "tree", "203")
    assert result.stderr == (
        "assets-cli: microgrid 203: 23 findings (17 major); see `assets-cli check 203`\n"
    )


def test_the_schema_is_printed() -> None:
    assert json.loads(invoke("schema").stdout) == _schema.json_schema()


@pytest.mark.parametrize("rule", Rule, ids=lambda rule: rule.id)
def test_each_finding_can_be_explained(rule: Rule) -> None:
    explained = json.loads(invoke("explain", rule.name).stdout)
    fields = [f"{entity}: {it}" for entity, paths in explained["paths"].items() for it in paths]
    assert (explained["id"], explained["severity"]) == (rule.id, rule.severity.value)
    assert sorted(fields) == sorted(rule.fields)
    assert explained["advice"] == rule.advice
    assert not re.search(r"[:!]\w\}", explained["sentence"])
    assert explained["documentation"] == f"docs/findings.md#{rule.id}"


def test_microgrids_can_be_arguments(demo_url: str) -> None:
    found = data(demo_url, "microgrids", "201", "--microgrid", "203")
    assert [it["id"] for it in found] == [201, 203]


# Replaced components ------------------------------------------------------------------------------


def test_formulas_are_of_operational_components_and_connections(tmp_path: Path) -> None:
    ended = {"end_timestamp": {"seconds": 1}}
    old = component(3, 3, operational_lifetime=ended, category_specific_info=_SOLAR)
    new = component(4, 3, category_specific_info=_SOLAR)
    wires = [connection(1, 2), connection(2, 3), connection(2, 4)]
    wires[1].operational_lifetime.end_timestamp.seconds = 1
    path = tmp_path / "fleet.json"
    inventory.write(fleet(site(1, [component(1, 1), component(2), old, new], wires)), path)

    with serving(path) as url:
        result = invoke("--url", url, "formulas", "1", "-o", "json")

    found = {it["name"]: it["formula"] for it in json.loads(result.stdout)}
    assert found["pv"] == "COALESCE(#4, #2, 0.0)"
    message = "assets-cli: left out, not operational now: 1 component and 1 connection\n"
    assert message in result.stderr


_SOLAR: Final[Any] = {"inverter": {"type": 2}}


# Depth and old servers ----------------------------------------------------------------------------


async def test_a_chain_deeper_than_the_recursion_limit_is_shown(tmp_path: Path) -> None:
    numbers = range(1, sys.getrecursionlimit() + 501)
    components = [component(1, 1), *map(component, numbers[1:])]
    path = tmp_path / "fleet.json"
    chain = site(1, components, [connection(*ends) for ends in pairwise(numbers)])
    inventory.write(fleet(chain), path)

    with serving(path) as url:
        as_json, as_csv = await asyncio.gather(
            *(run("--url", url, "tree", "1", "-o", form) for form in ("json", "csv"))
        )

    assert (as_json.code, as_csv.code) == (0, 0)
    trees = json.loads(as_json.out)
    assert as_csv.out.count(b"\n") == 1 + len(numbers) + len(trees) - 1


async def test_a_server_of_the_first_generation_is_shown_without_its_sensors() -> None:
    async with offering(FIRST) as offer:
        tree, card = [
            await run("--url", offer.url, command, "1", "-o", form)
            for command, form in (("tree", "json"), ("microgrid", "table"))
        ]

    assert (tree.code, nested(json.loads(tree.out))) == (0, [[30, [20, [11], [10]]]])
    assert card.code == 0
    assert re.search(r"sensors +unknown", card.out.decode())
