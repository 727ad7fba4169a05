"""Any text is read, or refused with a position; JSON is what the standard says."""

import json
from typing import Any, Final, NoReturn

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from frequenz.client.assets.inventory import FileFormat, InventoryFileError, Problem

from ..inventory_messages import ALL_FORMATS, any_text, parsed

YAML = """\
version: 1
microgrids:
- id: 1
  name: &name "Depot é 1"
  location: {latitude: -5.25e1, country_code: NO}
  create_timestamp: 2024-05-17T08:30:00.5Z
  components:
  - {id: 7, name: *name, category: battery, type: li_ion}
  - id: 8
    category: meter
    rated_bounds: {dc_power: {lower: -1, upper: .inf}, 99: ~}
  connections: [[7, 8], {source: 8, destination: 7, operational_lifetime: {}}]
"""

JSON = """\
{
  "version": 1,
  "microgrids": [
    {"id": 1, "name": "Depot \\u00e9\\ud83d\\ude00 \\"\\\\", "status": 99, "location": null,
     "components": [{"id": 7, "rated_bounds": {"dc_power": {"lower": -1.5E+3}, "99": null}}],
     "connections": [[7, 8], {"source": 0, "destination": 12, "operational_lifetime": {}}]}
  ]
}
"""

LINES = """\
{"version": 1}
{"microgrids": [{"id": 1, "name": "Depot \\u00e9\\ud83d\\ude00 \\"\\\\", "location": null}]}

{"microgrids": [{"id": 2, "connections": [[7, 8], {"source": 0, "destination": 12}]}]}
{"gridpools": [{"id": 5, "name": "North"}]}
"""

TEXTS: Final[dict[FileFormat, str]] = {"yaml": YAML, "json": JSON, "jsonl": LINES}

WHITESPACE = " \t\r\n"

SIGNS = [
    *" \n\t\r,:[]{}\"'\\-+.#&*!|>%@?~0123456789eEtrufalsn\x01\x7f\u2028é😀\ufeff",
    "\\u",
    "\ud83d",
]


def edited(text: str) -> SearchStrategy[str]:
    """Return a strategy of a text with a few characters replaced, removed or inserted."""
    edit = st.tuples(
        st.integers(0, len(text)), st.integers(0, 3), st.lists(st.sampled_from(SIGNS), max_size=2)
    )

    def apply(edits: list[tuple[int, int, list[str]]]) -> str:
        made = text
        for start, length, signs in edits:
            made = made[:start] + "".join(signs) + made[start + length :]
        return made

    return st.lists(edit, min_size=1, max_size=3).map(apply)


def problems_in(text: str, *, file_format: FileFormat) -> tuple[Problem, ...]:
    """Return what is wrong with a text, which may be nothing."""
    try:
        parsed(text, file_format=file_format)
    except InventoryFileError as error:
        assert error.problems
        return error.problems
    return ()


def is_standard_json(text: str) -> bool:
    """Return whether Python's parser reads a text as JSON."""

    def refuse(constant: str) -> NoReturn:
        raise ValueError(f"{constant} is not JSON")

    try:
        json.loads(text, parse_constant=refuse)
    except ValueError:
        return False
    return True


def has_lone_surrogate(value: Any) -> bool:
    """Return whether UTF-8 cannot encode some text in the data."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False


def test_the_texts_to_edit_are_inventories() -> None:
    for file_format, text in TEXTS.items():
        assert not problems_in(text, file_format=file_format)


@settings(max_examples=150)
@given(edited(YAML) | edited(JSON) | edited(LINES) | any_text())
@example("\ud83d")
@example("[" * 100_000)
@example("[" * 100_000 + "]" * 100_000)
@example('{"a": ' * 100_000)
@example("- " * 100_000)
@example("? " * 100_000)
@example("9" * 100_000)
@example('"' + "\\" * 100_001)
def test_any_text_is_read_or_refused_with_a_position_in_it(text: str) -> None:
    lines = text.split("\n")
    for file_format in ALL_FORMATS:
        for problem in problems_in(text, file_format=file_format):
            assert problem.sentence
            assert 1 <= problem.line <= len(text.splitlines()) + 1
            assert problem.column >= 1
            if problem.line <= len(lines) and file_format != "yaml":
                assert problem.column <= len(lines[problem.line - 1]) + 1


@settings(max_examples=200)
@given(edited(JSON) | any_text())
@example("[1,]")
@example("[,1]")
@example("[1 2]")
@example('{"a": 1,}')
@example('{"a" 1}')
@example("{1: 2}")
@example('{"a": 1 "b": 2}')
@example("[1}")
@example("]")
@example("01")
@example("-")
@example("1.")
@example(".5")
@example("+1")
@example("1e")
@example("1a")
@example("nulls")
@example("True")
@example('"\\x"')
@example('"\\u12g4"')
@example('"\n"')
@example('"\x7f\u2028\ufeff"')
@example("\ufeff{}")
@example("\u00a0{}")
@example("-0.0e-0")
def test_json_is_refused_exactly_if_pythons_parser_refuses_it(text: str) -> None:
    said = [problem.sentence for problem in problems_in(text, file_format="json")]
    is_refused = any(it.startswith("invalid JSON: ") or "lone surrogate" in it for it in said)
    unmarked = text.lstrip("\ufeff")
    assert is_refused == (
        not is_standard_json(unmarked) or has_lone_surrogate(json.loads(unmarked))
    )


@pytest.mark.parametrize("root", ["{}", "[]", "null", "1", '"a"'])
def test_whitespace_around_json_is_ignored(root: str) -> None:
    said = [problem.sentence for problem in problems_in(root, file_format="json")]
    for whitespace in (WHITESPACE, *WHITESPACE):
        padded = problems_in(whitespace + root + whitespace, file_format="json")
        assert [problem.sentence for problem in padded] == said
