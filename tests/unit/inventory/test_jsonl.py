"""Inventory files with one entity per line."""

import json

import pytest

from frequenz.client.assets import inventory
from frequenz.client.assets.inventory import Inventory, InventoryFileError, Problem

from ..inventory_messages import named, parsed

VERSION = '{"version": 1}\n'


def problems_of(text: str) -> tuple[Problem, ...]:
    """Return what is wrong with a text."""
    with pytest.raises(InventoryFileError) as caught:
        parsed(text, file_format="jsonl")
    return caught.value.problems


def test_every_entity_has_a_line() -> None:
    plain = {
        "version": 1,
        "microgrids": [
            {"id": 1, "components": [{"id": 2, "category": "meter"}], "connections": [[2, 3]]},
            {"id": 2, "name": "a\nb\u2028c"},
        ],
        "gridpools": [{"id": 5}, {"id": 6}],
        "energy_schedules": [{"gridpool_id": 5, "schedule_id": 51}],
        "market_topology": [{"microgrid_id": 1, "gridpool_id": 5}],
    }
    held = parsed(json.dumps(plain), file_format="json")
    lines = inventory.to_text(held, file_format="jsonl").removesuffix("\n").split("\n")
    assert [json.loads(line) for line in lines] == [
        {"version": 1},
        *(
            {key: [entity]}
            for key, entities in plain.items()
            if isinstance(entities, list)
            for entity in entities
        ),
    ]


def test_an_empty_inventory_is_a_line() -> None:
    assert inventory.to_text(Inventory(), file_format="jsonl") == VERSION
    assert parsed(VERSION, file_format="jsonl") == Inventory()


def test_files_can_be_concatenated() -> None:
    texts = [inventory.to_text(named([name]), file_format="jsonl") for name in "ab"]
    assert parsed("\n\r\n".join(texts), file_format="jsonl") == named("ab")


def test_a_line_may_hold_several_entities_of_several_kinds() -> None:
    text = '{"version": 1, "gridpools": [{"id": 5}]}\n{"microgrids": [{"id": 1}, {"id": 2}]}'
    held = parsed(text, file_format="jsonl")
    assert [site.microgrid.id for site in held.sites] == [1, 2]
    assert [gridpool.id for gridpool in held.gridpools] == [5]


def test_files_with_byte_order_marks_can_be_concatenated() -> None:
    texts = [f"\ufeff{inventory.to_text(named([name]), file_format='jsonl')}" for name in "ab"]
    assert parsed("\ufeff" + "\ufeff\n".join(texts), file_format="jsonl") == named("ab")


def test_a_byte_order_mark_does_not_count_as_a_column() -> None:
    (problem,) = problems_of(VERSION + '\ufeff{"gridpool": []}')
    assert (problem.line, problem.column) == (2, 2)


@pytest.mark.parametrize("text", ["", "\ufeff", "\n\r\n \t\n"])
def test_an_empty_file_is_refused(text: str) -> None:
    (problem,) = problems_of(text)
    assert str(problem) == 'fleet.jsonl:1:1: the file is empty; expected {"version": 1}'


@pytest.mark.parametrize(
    ("text", "position", "part"),
    [
        ('\n{"microgrids": []}\n', "2:1", "version is missing"),
        ('\n{"version": 2}\n{"anything": 1}', "2:13", "expected 1, the version of the format"),
        ("[1]\n[2]", "1:1", "expected a mapping"),
        (VERSION + "[]", "2:1", "expected a mapping"),
        (VERSION + '{"version": 3}', "2:13", "expected 1, the version of the format"),
        (VERSION + '{"microgrids": [\n', "2:17", "expected a value, got the end of the line"),
        (VERSION + "{} {}", "2:4", "expected the end of the line, got '{}'"),
        (VERSION + '{"gridpool": []}', "2:2", "did you mean gridpools?"),
        (
            VERSION + '\n{"microgrids": [{"id": -1}]}',
            "3:24",
            "microgrids[0].id: expected an integer",
        ),
        (VERSION + '{}\n{"microgrids": [{"id": 1, "name": "\ud83d"}]}', "3:36", "surrogate"),
    ],
)
def test_a_problem_has_its_position(text: str, position: str, part: str) -> None:
    (problem,) = problems_of(text)
    assert str(problem).startswith(f"fleet.jsonl:{position}: ")
    assert part in str(problem)


def test_the_problems_of_all_lines_are_reported() -> None:
    text = VERSION + '{"microgrids": }\n{"gridpools": [{}]}\n{"market_topology": 1}\n'
    assert [(it.line, it.column) for it in problems_of(text)] == [(2, 16), (3, 16), (4, 21)]


def test_after_an_invalid_first_line_no_missing_version_is_reported() -> None:
    assert len(problems_of('{"version": 1\n{"microgrids": []}')) == 1
