"""New files, commissioning lists and networks on the command line."""

import json
from pathlib import Path
from typing import Any, Final

import jsonschema
import pytest

from frequenz.client.assets import inventory, lists
from frequenz.client.assets.cli.exits import ExitCode
from frequenz.client.assets.inventory import check, diff, has_major
from frequenz.server.assets import AssetsServer
from frequenz.server.assets.demo import FLEETS

from ...unit.inventory.test_schema import loaded
from ...unit.lists.files import GRID, HEADER, METER, csv_file, row, workbook
from ...unit.networks.test_pandapower import network_file
from .running import invoke, run
from .terminal import see

EVERYTHING: Final = ("--id=201", "--name=Depot: south", "--fuse=630", "--pv=99.5", "--battery=200")
MORE: Final = ("--capacity=430", "--ev-chargers=2")


@pytest.mark.parametrize("options", [(), (*EVERYTHING, *MORE)], ids=["nothing", "everything"])
def test_a_new_file_is_valid_and_nobody_is_asked(tmp_path: Path, options: tuple[str, ...]) -> None:
    ended = invoke("new", path := tmp_path / "depot.yaml", *options)

    assert (ended.exit_code, ended.stdout) == (0, "")
    assert ended.stderr == f"assets-cli: wrote {path}; see `assets-cli check {path}`\n"
    fleet = inventory.read(path)
    (site,) = fleet.sites
    assert len(site.components) == (11 if options else 3)
    assert site.microgrid.name == ("Depot: south" if options else "depot")
    assert not has_major(check(fleet))
    schema = json.loads((tmp_path / "inventory.schema.json").read_text(encoding="utf-8"))
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=inventory.schema.json\n")
    jsonschema.validate(loaded(text), schema)
    assert schema == inventory.json_schema()


def test_a_new_file_is_written_like_any_other(tmp_path: Path) -> None:
    """The comments apart, it says what `inventory.write` writes."""
    invoke("new", path := tmp_path / "depot.yaml", *EVERYTHING, *MORE)
    plain = inventory.to_text(inventory.read(path))
    assert loaded(path.read_text(encoding="utf-8")) == loaded(plain)


def test_a_terminal_is_asked_for_what_no_option_gives(tmp_path: Path) -> None:
    shown, code = see(
        ("new", "--pv", "100", "depot.yaml"),
        typed="0\n201\n\n-5\n630\n200\n430\n1\n",
        prompt="ID of the microgrid",
        folder=tmp_path,
    )
    assert code == 0, shown
    assert "PV, in kW" not in shown
    assert "Invalid ID '0': expected 1 to" in shown
    assert "-5 is not in the range x>=0" in shown
    (site,) = inventory.read(tmp_path / "depot.yaml").sites
    assert (site.microgrid.id, site.microgrid.name) == (201, "depot")
    assert [it.name for it in site.components][-1] == "EV charger 1"
    assert site.components[0].category_specific_info.grid_connection_point.rated_fuse_current == 630


def test_an_existing_file_is_never_replaced(tmp_path: Path) -> None:
    for name, option in (("site.yaml", ()), ("list.xlsx", ("--template",))):
        path = tmp_path / name
        path.write_text("mine")
        ended = invoke("new", *option, path)
        assert ended.exit_code == ExitCode.FAILURE
        assert ended.stderr == (
            f"assets-cli: {path} exists already; choose another name, or delete it\n"
        )
        assert path.read_text() == "mine"


def test_the_schema_of_another_release_is_kept(tmp_path: Path) -> None:
    schema = tmp_path / "inventory.schema.json"
    schema.write_text("{}")
    ended = invoke("new", tmp_path / "one.yaml")
    assert ended.exit_code == ExitCode.FAILURE
    assert f"{schema} is of another release; renew it: assets-cli schema > {schema}" in ended.stderr
    assert schema.read_text() == "{}"
    assert inventory.read(tmp_path / "one.yaml").sites
    schema.unlink()
    assert invoke("new", tmp_path / "two.yaml").exit_code == 0
    assert invoke("new", tmp_path / "three.yaml").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("new", "list.xlsx"),
            "ends in .yaml or .yml; for an empty list, use --template list.xlsx",
        ),
        (
            ("new", "--template", "a.ods"),
            "--template: a.ods: expected a file name that ends in .csv",
        ),
        (("new", "a.yaml", "--template", "a.csv"), "--template writes an empty list"),
        (("new", "a.yaml", "--id", "0"), "Invalid ID '0' for '--id': expected 1 to"),
        (("new", "a.yaml", "--capacity", "5"), "--capacity is that of a battery; it needs --bat"),
        (("new", "a.yaml", "--fuse", "9999999999"), "rated_fuse_current: expected 0 to 4294967295"),
        (("new", "a.yaml", "--pv", "1e40"), "solar inverter 'PV inverter': expected kW up to"),
        (
            ("import", "a.txt", "--to", "b.yaml"),
            "ends in .csv or .xlsx, got '.txt'; or .json for a",
        ),
        (("import", "a.csv", "--to", "b.txt"), "--to: b.txt: expected a file name that ends in"),
        (("import", "a.csv", "--to", "b.yaml", "--name", "B"), "--name works with a network; a"),
        (
            ("import", "a.json", "--to", "b.yaml", "--microgrid", "0"),
            "Invalid ID '0' for '--microgrid': expected 1 to 18446744073709551615",
        ),
    ],
    ids=lambda it: " ".join(it) if isinstance(it, tuple) else "",
)
def test_a_wrong_command_line_is_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = invoke(*arguments)
    assert ended.exit_code == ExitCode.USAGE
    assert message in ended.stderr
    assert not [*tmp_path.iterdir()]


# Lists --------------------------------------------------------------------------------------------


def depot(folder: Path, suffix: str) -> Path:
    """Write a list without mistakes."""
    battery: dict[str, Any] = {"from": "17.05.2024", "until": "2025-05-17T12:30:00+02:00"}
    rows = [
        HEADER,
        GRID,
        METER,
        row(id=10, category="power transformer", primary_voltage_V=400, secondary_voltage_V=690),
        row(id=3, category="inverter", type="battery", parent=2, rated_power_kW=200.5),
        row(
            **{"id": 4, "category": "battery", "type": "li ion", "parent": "2 + 3"},
            **{"manufacturer": "Akkuhaus", "model": "430", "capacity_kWh": 430},
            **{"mode": "control and telemetry", **battery},
        ),
        row(id=5, category="meter", parent=2, rated_power_kW="0 to 160", name="Größe 5"),
    ]
    if suffix == ".csv":
        return csv_file(folder, rows)
    microgrids = [
        ("microgrid", "name", "enterprise", "delivery area", "latitude", "longitude", "country"),
        (201, "Depot", 7, "10YDE-VE-------2", 53.55, 10, "DE"),
    ]
    sensors = [("microgrid", "id", "name", "from"), (201, 1, "Roof", "2024-05-17")]
    return workbook(folder, {"Microgrids": microgrids, "Components": rows, "Sensors": sensors})


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
async def test_a_list_comes_back_from_a_server(tmp_path: Path, suffix: str) -> None:
    path, fleet, back = depot(tmp_path, suffix), tmp_path / "fleet.yaml", tmp_path / f"back{suffix}"

    imported = await run("import", path, "--to", fleet)
    async with AssetsServer.from_fleet(fleet) as server:
        exported = await run("--url", server.url, "export", "--to", back)

    assert (imported.code, imported.out) == (0, b"")
    wrote, hint = imported.err.splitlines()
    assert wrote == f"assets-cli: wrote 1 microgrid, 6 components to {fleet}"
    assert hint.endswith(f"see `assets-cli check {fleet}`")
    assert (exported.code, exported.out) == (0, b"")
    assert exported.err == f"assets-cli: wrote 1 microgrid, 6 components to {back}\n"
    assert diff(lists.read(path), lists.read(back)) == []
    assert inventory.read(fleet) == lists.read(back)


async def test_what_a_list_cannot_say_is_printed(tmp_path: Path) -> None:
    async with AssetsServer.from_fleet(FLEETS[0]) as server:
        ended = await run("--url", server.url, "export", "201", "--to", tmp_path / "list.xlsx")
        many = await run("--url", server.url, "export", "--to", tmp_path / "list.csv")
    assert ended.code == 0
    assert [it.partition("201: ")[2].partition(" {")[0] for it in ended.err.splitlines()[:3]] == [
        "connection 10 -> 12: operational_lifetime:",
        "connection 2 -> 20: operational_lifetime:",
        "connection 30 -> 33: operational_lifetime:",
    ]
    assert all(
        line.startswith("assets-cli: not in the list: ") for line in ended.err.splitlines()[:3]
    )
    assert "not in the list: microgrid 201: enterprise_id: 7" in many.err
    *_, more, last = many.err.splitlines()
    assert more.startswith("assets-cli: not in the list: ")
    assert more.endswith(" more")
    assert many.err.count("not in the list") == 21
    assert last == f"assets-cli: wrote 3 microgrids, 45 components to {tmp_path / 'list.csv'}"


def test_every_mistake_of_a_list_is_a_line(tmp_path: Path) -> None:
    path = csv_file(tmp_path, [HEADER, GRID, row(id=2, category="metre", parent=9)])
    ended = invoke("import", path, "--to", tmp_path / "fleet.yaml")
    assert (ended.exit_code, ended.stdout) == (ExitCode.FAILURE, "")
    assert ended.stderr.splitlines() == [
        f"assets-cli: {path}: D3: category: expected a category (did you mean meter?), got 'metre'",
        f"assets-cli: {path}: F3: parent: there is no component 9 in microgrid 201",
    ]
    assert not (tmp_path / "fleet.yaml").exists()


def test_a_list_can_be_piped(tmp_path: Path) -> None:
    ended = invoke("import", csv_file(tmp_path, [HEADER, GRID]), "--to", "-")
    assert ended.exit_code == 0
    found = inventory.parse_text(ended.stdout, name="piped")
    assert [it.name for it in found.sites[0].components] == ["Grid"]


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_a_template_says_how_to_go_on(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"list{suffix}"
    ended = invoke("new", "--template", path)
    assert (ended.exit_code, ended.stdout) == (0, "")
    assert ended.stderr.endswith(f"then: assets-cli import {path} --to fleet.yaml\n")
    again = invoke("import", path, "--to", tmp_path / "fleet.yaml")
    assert again.exit_code == ExitCode.FAILURE
    assert again.stderr == (
        f"assets-cli: {path}: there are no rows; expected one for each component\n"
    )


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    for name in ("no.csv", "no.json"):
        ended = invoke("import", tmp_path / name, "--to", tmp_path / "fleet.yaml")
        assert ended.exit_code == ExitCode.FAILURE
        assert ended.stderr == f"assets-cli: {tmp_path / name}: No such file or directory\n"


# Networks -----------------------------------------------------------------------------------------


def test_a_network_is_imported_and_what_is_left_is_printed(tmp_path: Path) -> None:
    path = network_file(tmp_path, shunt=[{"name": "C"}])
    options = ("--microgrid=7", "--name=Mill street")
    ended = invoke("import", path, "--to", fleet := tmp_path / "fleet.yaml", *options)
    assert (ended.exit_code, ended.stdout) == (0, "")
    assert "assets-cli: 1 × shunt: cannot be carried\n" in ended.stderr
    (site,) = inventory.read(fleet).sites
    assert (site.microgrid.id, site.microgrid.name) == (7, "Mill street")


def test_an_inventory_file_is_not_a_network(tmp_path: Path) -> None:
    inventory.write(inventory.read(FLEETS[0]), path := tmp_path / "fleet.json")
    ended = invoke("import", path, "--to", tmp_path / "fleet.yaml")
    assert ended.exit_code == ExitCode.FAILURE
    assert ended.stderr.endswith("as pandapower.to_json writes it, got other JSON\n")
