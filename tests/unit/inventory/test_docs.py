"""The examples in docs/inventory-files.md are what the page says."""

import re
from pathlib import Path
from typing import Any, Final

import pytest
from frequenz.microgrid_component_graph import ComponentGraph
from jsonschema import Draft202012Validator

from frequenz.client.assets import inventory
from frequenz.client.assets._wire.entities import COMPONENT, CONNECTION
from frequenz.client.assets._wire.lists.decode import decode_list
from frequenz.client.assets.inventory import FileFormat, Site, json_schema

from ...pages import blocks
from ..inventory_messages import parsed
from .test_schema import loaded

PAGE: Final = "docs/inventory-files.md"

FORMAT_OF: Final[dict[str, FileFormat]] = {"yaml": "yaml", "json": "jsonl"}
"""The language of an example -> the format of the file that it is."""


def texts() -> list[tuple[str, str]]:
    """Return the language and the text of each block of code on the page."""
    return [(block.language, block.text) for block in blocks(PAGE)]


def examples() -> list[tuple[FileFormat, str]]:
    """Return the examples of files, without those that consist of comments."""
    return [
        (FORMAT_OF[language], text)
        for language, text in texts()
        if language in FORMAT_OF and re.search(r"^[^#\n]", text, re.MULTILINE)
    ]


EXAMPLES: Final = pytest.mark.parametrize(
    ("file_format", "text"), examples(), ids=[it for it, _ in examples()]
)


def test_the_page_has_an_example_of_each_format() -> None:
    assert [file_format for file_format, _ in examples()] == ["yaml", "jsonl"]


@EXAMPLES
def test_an_example_has_no_major_findings(file_format: FileFormat, text: str) -> None:
    checked = inventory.check(parsed(text, file_format=file_format))
    assert [str(it) for it in checked if it.finding.severity.value == "major"] == []


def test_the_main_example_has_no_findings_and_everything_that_a_file_can_have() -> None:
    fleet = parsed(examples()[0][1])
    assert [str(it) for it in inventory.check(fleet)] == []
    assert all((fleet.gridpools, fleet.energy_schedules, fleet.market_topology))
    assert fleet.sites[0].sensors


@EXAMPLES
def test_the_schema_accepts_an_example(file_format: FileFormat, text: str) -> None:
    validator = Draft202012Validator(json_schema())
    fleet = parsed(text, file_format=file_format)
    assert fleet.sites
    plain = inventory.to_text(fleet, file_format="json")
    assert parsed(plain, file_format="json") == fleet
    for data in plain_data(file_format, text):
        validator.validate(data)


def plain_data(file_format: FileFormat, text: str) -> list[Any]:
    """Return the data of an example, as an editor has it."""
    if file_format == "yaml":
        return [loaded(text)]
    return [{"version": 1, **loaded(line)} for line in text.splitlines()]


@EXAMPLES
def test_each_site_of_an_example_has_formulas(file_format: FileFormat, text: str) -> None:
    for site in parsed(text, file_format=file_format).sites:
        assert "#2" in graph_of(site).grid_formula()


def test_the_site_of_the_main_example_has_a_formula_for_its_battery() -> None:
    (site,) = parsed(examples()[0][1]).sites
    assert graph_of(site).battery_formula(None) == "COALESCE(#3, #2, 0.0)"


def graph_of(site: Site) -> Any:
    """Return the graph of a site, as the client's users make it."""
    components = decode_list(COMPONENT, site.components).items
    connections = decode_list(CONNECTION, site.connections).items
    return ComponentGraph(list(components), list(connections))


def test_the_programs_on_the_page_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second, third = (text for language, text in texts() if language == "python")
    monkeypatch.chdir(tmp_path)
    for file_format, text in examples():
        Path(f"fleet.{file_format}").write_text(text, encoding="utf-8")
    names: dict[str, object] = {}
    exec(compile(first, PAGE, "exec"), names)
    assert inventory.read("fleet.json") == inventory.read("fleet.yaml")
    assert "removed" in capsys.readouterr().out
    exec(compile(second, PAGE, "exec"), names)
    assert capsys.readouterr().out == "201 2\n202 2\n"
    exec(compile(third, PAGE, "exec"), names)
    assert names["differences"]


def test_the_errors_on_the_page_are_those_of_such_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (shown,) = (text for language, text in texts() if language == "text")
    monkeypatch.chdir(tmp_path)
    Path("fleet.yaml").write_text(
        "version: 1\n"
        "microgrids:\n"
        "  - id: 201\n"
        "    components:\n"
        "      - {id: 1, category: grid_connection_point}\n"
        "      - id: 2\n"
        "        category: metre\n"
        "      - id: 3\n"
        "        raited_bounds: {}\n",
        encoding="utf-8",
    )
    with pytest.raises(inventory.InventoryFileError) as caught:
        inventory.read("fleet.yaml")
    assert f"{caught.value}\n" == shown
