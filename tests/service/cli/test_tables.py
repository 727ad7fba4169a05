"""Tables from the command line: components of a fleet, Parquet and Arrow files, GeoJSON."""

import json
import sys
from pathlib import Path
from typing import Any, Final

import grpc
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest

from frequenz.client.assets import inventory
from frequenz.client.assets.cli.commands import export
from frequenz.client.assets.cli.exits import ExitCode
from frequenz.client.assets.fleet import geojson, read_parquet, tables
from frequenz.client.assets.fleet._tables import SCHEMAS
from frequenz.client.assets.inventory import Inventory, _files
from frequenz.server.assets import AssetsServer
from frequenz.server.assets.demo import FLEETS

from ..expected.fleet import FLEET
from ..test_fleet import unruly
from .running import COMMAND, NOWHERE, invoke, run, start
from .terminal import see

FILE: Final = Path(__file__).parents[1] / "screens" / "fleet.yaml"
DEMO: Final = inventory.read_all((*FLEETS, FILE))

LISTS: Final = {
    "microgrids": "microgrids",
    "electrical-components 1": "components",
    "component-connections 1": "connections",
    "sensors 1": "sensors",
    "gridpools": "gridpools",
    "energy-schedules 7": "energy_schedules",
    "market-topology": "market_relations",
    "components 1": "components",
}
"""Command lines and their tables."""


def read(path: Path) -> Any:
    return pq.read_table(path) if path.suffix == ".parquet" else pa.feather.read_table(path)


def shown(*arguments: str | Path) -> list[dict[str, Any]]:
    """What a command shows, as JSON."""
    ended = invoke(*arguments, "-o", "json")
    assert ended.exit_code == 0, ended.stderr
    found: list[dict[str, Any]] = json.loads(ended.stdout)
    return found


# Files of lists -----------------------------------------------------------------------------------


@pytest.mark.parametrize("line", LISTS)
def test_every_list_is_written_with_the_columns_of_its_table(
    url: str, line: str, tmp_path: Path
) -> None:
    name = LISTS[line]
    expected = getattr(tables(FLEET), name).to_pylist()
    if "1" in line:
        expected = [row for row in expected if row["microgrid_id"] == 1]
    for suffix in ("parquet", "arrow"):
        path = tmp_path / f"list.{suffix}"
        ended = invoke(*line.split(), "--to", path, "--url", url)
        assert (ended.exit_code, ended.stdout) == (0, ""), ended.stderr
        found = read(path)
        assert found.schema.equals(SCHEMAS[name]), name
        assert found.num_rows
        rows = found.to_pylist()
        if " 1" in line and not line.startswith("components "):
            assert {row.pop("enterprise_id") for row in rows} == {None}  # the call has none
            for row in expected:
                row.pop("enterprise_id", None)
        assert rows == [row for row in expected if row in rows]
        assert len(rows) >= len(expected) - 1  # the client makes no object of one connection


INNER: Final = {
    "components 1": "rated_bounds",
    "electrical-components 1": "rated_bounds",
    "energy-schedules 7": "schedule_entries",
    "market-topology": "participations",
}


@pytest.mark.parametrize("line", LISTS)
def test_a_list_says_which_table_is_not_written(url: str, line: str, tmp_path: Path) -> None:
    ended = invoke(*line.split(), "--to", tmp_path / "list.arrow", "--url", url)
    if line not in INNER:
        assert "not written" not in ended.stderr
        return
    rows = getattr(tables(FLEET), INNER[line]).to_pylist()
    count = sum("1" not in line or row["microgrid_id"] == 1 for row in rows)
    assert count
    expected = f"not written: {count} rows of the table {INNER[line]}; `assets-cli export --to DIR"
    assert expected in ended.stderr
    json_ended = invoke(*line.split(), "--to", tmp_path / "list.json", "--url", url)
    assert "not written" not in json_ended.stderr


async def test_standard_output_takes_the_bytes(tmp_path: Path) -> None:
    for file_format in ("parquet", "arrow"):
        path = tmp_path / f"list.{file_format}"
        ended = await run("components", FILE, "-o", file_format, out=path)
        assert ended.code == 0, ended.err
        assert read(path).num_rows == sum(len(it.components) for it in DEMO.sites[-1:])


def test_fields_and_sort_take_the_columns_of_the_table(tmp_path: Path) -> None:
    path = tmp_path / "sorted.parquet"
    ended = invoke(
        "components", FILE, "--to", path, "--fields=category,component_id", "--sort=-component_id"
    )
    assert ended.exit_code == 0, ended.stderr
    found = read(path)
    assert found.column_names == ["category", "component_id"]
    ids = found["component_id"].to_pylist()
    assert ids == sorted(ids, reverse=True)
    invoke("components", FILE, "--to", path, "--sort=category")
    names = read(path)["category"].to_pylist()
    assert names == sorted(names)


def test_a_file_name_gives_the_format(tmp_path: Path) -> None:
    expected = {
        suffix: invoke("components", FILE, "-o", suffix).stdout
        for suffix in ("json", "jsonl", "yaml", "csv")
    }
    for suffix, text in expected.items():
        path = tmp_path / f"list.{suffix}"
        path.write_text("old")
        assert invoke("components", FILE, "--to", path).exit_code == 0
        assert path.read_text() == text
    path = tmp_path / "list"
    assert invoke("components", FILE, "--to", path, "-o", "csv").exit_code == 0
    assert path.read_text() == expected["csv"]


BAD: Final = {
    "a column": (["--fields", "watts"], ExitCode.USAGE, "no such field: 'watts' (available: micro"),
    "a sort": (["--sort", "-watts"], ExitCode.USAGE, "--sort: no such field: 'watts'"),
    "a header": (["--no-header"], ExitCode.USAGE, "--no-header works with"),
    "a format": (["-o", "csv"], ExitCode.USAGE, "its name says parquet, but -o says csv"),
    "another name": (
        ["-o", "parquet", "--to", "a.YML"],
        ExitCode.USAGE,
        "--to: a.YML: its name says yaml, but -o says parquet",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_wrong_options_of_a_file_leave_nothing(name: str, tmp_path: Path) -> None:
    options, code, text = BAD[name]
    ended = invoke("components", FILE, "--to", tmp_path / "x.parquet", *options)
    assert (ended.exit_code, ended.stdout) == (code, "")
    assert text in ended.stderr
    assert [*tmp_path.iterdir()] == []


def test_a_target_that_cannot_be_written_is_refused_before_any_call(tmp_path: Path) -> None:
    for path, code, text in (
        ("/nowhere/x.parquet", ExitCode.FAILURE, "There is no directory /nowhere"),
        (tmp_path, ExitCode.USAGE, "expected a file name that ends in"),
        (tmp_path / "x.txt", ExitCode.USAGE, "or a format with -o"),
        ("/dev/full", ExitCode.USAGE, "expected a file name"),
    ):
        ended = invoke("components", "--to", path, "--url", NOWHERE)
        assert (ended.exit_code, ended.stdout) == (code, "")
        assert text in ended.stderr
    ended = invoke("microgrids", "--wide", "--to", tmp_path / "x.arrow", "--url", NOWHERE)
    assert ended.exit_code == ExitCode.USAGE
    assert "--wide: has no column with -o arrow" in ended.stderr


async def test_a_full_device_is_an_error() -> None:
    ended = await run("components", FILE, "-o", "parquet", out="/dev/full")
    assert ended.code == ExitCode.FAILURE
    assert "No space left on device" in ended.err


def test_a_terminal_is_refused() -> None:
    text, code = see(["components", FILE, "-o", "parquet"])
    assert code == ExitCode.USAGE
    assert "-o parquet is binary; use --to FILE, or redirect the output" in " ".join(text.split())


WITHOUT_PYARROW: Final = """
import sys
sys.modules["pyarrow"] = None
from frequenz.client.assets.cli import main
main()
"""


@pytest.mark.parametrize(
    "arguments",
    [
        ["components", FILE, "-o", "parquet"],
        ["export", "--to", "x", "-o", "parquet", "--url", NOWHERE],
    ],
)
async def test_without_the_extra_the_message_says_which(arguments: list[str | Path]) -> None:
    ended = await start("-c", WITHOUT_PYARROW, *arguments, command=sys.executable)
    assert (ended.code, ended.out) == (ExitCode.FAILURE, b"")
    assert "making tables needs the package pyarrow" in ended.err
    assert "pip install 'frequenz-client-assets[tables]'" in ended.err
    assert len(ended.err.splitlines()) == 1
    other = await start("-c", WITHOUT_PYARROW, "components", FILE, command=sys.executable)
    assert other.code == 0, other.err


# components ---------------------------------------------------------------------------------------


async def test_components_of_a_server_are_those_of_its_file(tmp_path: Path) -> None:
    async with AssetsServer(DEMO) as server:
        of_server = await run("components", "-o", "json", "--url", server.url)
        some = await run("components", "202", "201", FILE, "-o", "json", "--url", server.url)
    rows = json.loads(of_server.out)
    assert len(rows) == sum(len(it.components) for it in DEMO.sites)
    assert {row["microgrid_id"] for row in json.loads(some.out)} == {201, 202, 301}
    inventory.write(DEMO, tmp_path / "fleet.json")
    assert rows == shown("components", tmp_path / "fleet.json")
    assert "see `assets-cli check`" in of_server.err


def test_filters_choose_components() -> None:
    everything = shown("components", FILE)

    def ids(*options: str) -> list[int]:
        return [row["id"] for row in shown("components", FILE, *options)]

    by_category = [row["id"] for row in everything if row["category"] in {"BATTERY", "METER"}]
    assert ids("--category=battery", "--category=meter") == by_category != []
    assert ids("--name", "METER") == [
        row["id"] for row in everything if "meter" in (row["name"] or "").lower()
    ]
    assert ids("--mode", "inactive") == [10]
    old = ids("--at", "2020-01-01T00:00Z")
    assert (10 in old, 11 in old) == (True, False)
    assert 10 not in ids("--at", "2024-01-01T00:00Z")
    assert 21 in ids("--min-power", "100") and 21 not in ids("--min-power", "100.1")
    assert ids("--min-power", "1000", "--category", "battery") == []
    made = {row["model"] or row["manufacturer"] for row in shown("components", *FLEETS)} - {None}
    product = sorted(made)[0]
    assert len(shown("components", *FLEETS, "--product", product.upper()))
    ended = invoke("components", FILE, "--min-power", "-1")
    assert ended.exit_code == ExitCode.USAGE
    assert "Invalid power '-1' for '--min-power': expected a number of kW" in ended.stderr


async def test_a_microgrid_that_fails_costs_no_other_component() -> None:
    async with unruly() as (server, url):
        server.faults = {2: grpc.StatusCode.PERMISSION_DENIED}
        ended = await run("components", "1", "2", "3", "-o", "json", "--url", url)
    assert ended.code == ExitCode.FAILURE
    assert [row["microgrid_id"] for row in json.loads(ended.out)] == [1, 3]
    assert "PERMISSION_DENIED" in ended.err


# export -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("split_by", [None, "microgrid", "enterprise"])
async def test_a_folder_is_exported_and_read_back(tmp_path: Path, split_by: str | None) -> None:
    folder = tmp_path / "fleet"
    options = ["--messages", *(["--split-by", split_by] if split_by else [])]
    async with AssetsServer(DEMO) as server:
        ended = await run(
            "export", "--to", folder, "--format", "parquet", *options, "--url", server.url
        )
        again = await run("export", "--to", folder, "-o", "parquet", "--url", server.url)
    assert (ended.code, ended.out) == (0, b""), ended.err
    count = sum(len(it.components) for it in DEMO.sites)
    assert f"wrote {len(DEMO.sites)} microgrids, {count} components" in ended.err
    assert sorted(site.microgrid.id for site in read_parquet(folder).sites) == sorted(
        site.microgrid.id for site in DEMO.sites
    )
    assert again.code == ExitCode.FAILURE
    assert f"{folder}: File exists" in again.err
    assert invoke("tree", f"{folder}:201").stdout == invoke("tree", f"{FLEETS[0]}:201").stdout or (
        "201" not in FLEETS[0].read_text()
    )
    inventory.write(Inventory.joined([DEMO]), tmp_path / "fleet.json")
    ended_diff = invoke("diff", folder, tmp_path / "fleet.json", "-o", "json")
    assert (ended_diff.exit_code, json.loads(ended_diff.stdout)) == (0, [])


async def test_a_folder_without_messages_says_what_is_lost(tmp_path: Path) -> None:
    folder = tmp_path / "fleet"
    async with AssetsServer(DEMO) as server:
        await run("export", "--to", folder, "-o", "parquet", "--url", server.url)
    ended = invoke("check", folder)
    assert ended.exit_code == ExitCode.FAILURE
    assert f"{folder}: written without messages" in ended.stderr
    assert "`assets-cli export -o parquet --messages`" in ended.stderr
    with pytest.raises(ValueError, match="write it with messages=True"):
        read_parquet(folder)


async def test_an_export_goes_on_after_a_site_that_fails_and_not_without_any(
    tmp_path: Path,
) -> None:
    options = ["-o", "parquet", "--messages", "--url"]
    async with unruly() as (server, url):
        server.faults = {2: grpc.StatusCode.PERMISSION_DENIED}
        some = await run("export", "1", "2", "3", "--to", tmp_path / "some", *options, url)
        none = await run("export", "2", "--to", tmp_path / "none", *options, url)
    assert (some.code, none.code) == (ExitCode.FAILURE, ExitCode.NOT_ALLOWED)
    assert "some is incomplete: 1 part missing" in some.err
    assert "PERMISSION_DENIED" in none.err
    assert sorted(it.microgrid.id for it in read_parquet(tmp_path / "some").sites) == [1, 3]
    assert [it.name for it in tmp_path.iterdir()] == ["some"]  # noqa: ASYNC240 - a test's folder


async def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    async with AssetsServer(DEMO) as server:
        for arguments in (
            f"export --to {tmp_path}/fleet -o parquet",
            f"components --to {tmp_path}/list.parquet",
            f"export --to {tmp_path}/fleet.geojson",
        ):
            # No file may have more than 2 KiB. Compiled modules would be cut off, and stay so.
            line = f"ulimit -f 2; exec {COMMAND} {arguments} --url '{server.url}'"
            ended = await start("-c", line, command="/bin/bash", PYTHONDONTWRITEBYTECODE="1")
            assert ended.code == ExitCode.FAILURE, ended.err
            assert "File too large" in ended.err
            assert "Traceback" not in ended.err
    assert [*tmp_path.iterdir()] == []  # noqa: ASYNC240 - a test's folder


async def test_sites_are_exported_for_maps(tmp_path: Path) -> None:
    path = tmp_path / "fleet.geojson"
    async with AssetsServer(DEMO) as server:
        ended = await run("export", "--to", path, "--url", server.url)
        piped = await run("export", "--to", "-", "-o", "geojson", "--url", server.url)
    assert ended.code == piped.code == 0, ended.err
    assert path.read_text() == piped.out.decode() == geojson(DEMO)


EXPORTS: Final = {
    "--to - -o parquet": "use --to DIR",
    "--to x.yaml --messages": "--messages works with -o parquet",
    "--to x.yaml --split-by microgrid": "--split-by works with -o parquet",
    **{
        f"--to {name}": "ends in .yaml, .yml, .json, .jsonl, .geojson, .csv, .xlsx, or a folder"
        " with -o parquet"
        for name in ("folder", "x.parquet", "x.arrow")
    },
    "--to x.JSON -o parquet": "x.JSON: -o parquet writes a folder, not a file",
    "x.GEOJSON --to y.json": "not a file; to convert a file",
}


def test_an_export_knows_all_inventory_files() -> None:
    formats = {
        ending: it for ending, it in export._FORMATS.items() if it not in ("geojson", "list")
    }
    assert formats == _files._FORMATS


@pytest.mark.parametrize("line", EXPORTS)
def test_options_that_do_not_go_together_are_refused(line: str) -> None:
    ended = invoke("export", *line.split(), "--url", NOWHERE)
    assert ended.exit_code == ExitCode.USAGE
    assert EXPORTS[line] in ended.stderr
