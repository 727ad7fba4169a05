"""docs/tables.md says what the code does, and its examples work."""

import re
import runpy
from pathlib import Path
from typing import Any, Final

import pytest

from frequenz.client.assets import inventory
from frequenz.client.assets.fleet._geojson import geojson
from frequenz.client.assets.inventory import Inventory
from frequenz.server.assets.demo import FLEETS

from ...pages import ROOT, blocks

PAGE: Final = ROOT / "docs" / "tables.md"


def example() -> dict[str, Any]:
    """Return the names that the examples define."""
    names: dict[str, Any] = {}
    for block in blocks("docs/tables.md"):
        if block.runner == "tests/unit/fleet/test_docs.py":
            exec(compile(block.text, PAGE.name, "exec"), names)
    return names


@pytest.fixture(scope="module")
def fleet() -> Inventory:
    return inventory.read_all(FLEETS)


def test_the_page_has_the_columns_of_the_code() -> None:
    script = runpy.run_path(str(ROOT / "scripts" / "write_tables.py"))
    text = PAGE.read_text(encoding="utf-8")
    assert script["updated"](text) == text


def test_all_examples_of_a_query_have_the_same_result(fleet: Inventory) -> None:
    import json

    expected: dict[str, float] = {}
    for feature in json.loads(geojson(fleet))["features"]:
        properties = feature["properties"]
        if (power := properties["rated_power_w"].get("battery")) and properties["delivery_area"]:
            area = properties["delivery_area"]
            expected[area] = expected.get(area, 0) + power
    assert len(expected) > 1
    names = example()
    rows = names["battery_power_with_polars"](fleet).rows()
    assert {area: watts for area, watts in rows if area} == expected
    rows = names["battery_power_with_duckdb"](fleet)
    assert {area: watts for area, watts in rows if area} == expected
    assert names["battery_power_with_pandas"](fleet).to_dict() == expected


def test_the_example_of_parquet_loses_nothing(fleet: Inventory, tmp_path: Path) -> None:
    assert example()["write_and_read"](fleet, tmp_path / "fleet") == fleet


def test_duckdb_reads_a_split_fleet_as_the_page_says(fleet: Inventory, tmp_path: Path) -> None:
    import duckdb

    from frequenz.client.assets.fleet import write_parquet

    write_parquet(tmp_path / "fleet", fleet, split_by="microgrid")
    query = re.findall(r"`(read_parquet\('.*?\))`", PAGE.read_text("utf-8").replace("\n", " "))[0]
    query = query.replace("'fleet/", f"'{tmp_path}/fleet/")
    counts = f"select microgrid_id, count(*) from {query} group by all"
    assert dict(duckdb.execute(counts).fetchall()) == {
        site.microgrid.id: len(site.components) for site in fleet.sites
    }
