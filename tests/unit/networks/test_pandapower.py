"""pandapower networks, in the JSON that `pandapower.to_json` writes.

`make networks` imports those of CIGRE and SimBench, which pandapower makes.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from frequenz.client.assets import fleet as fleets
from frequenz.client.assets.electrical_component import ElectricalComponentOperationalMode
from frequenz.client.assets.inventory import check, has_major
from frequenz.client.assets.metrics import Bounds, Metric
from frequenz.client.assets.networks import Imported, NetworkFileError, read_pandapower

Table = list[dict[str, Any]]

BUS: Final[Table] = [
    {"name": "HV", "vn_kv": 110.0},
    {"name": "MV 1", "vn_kv": 20.0},
    {"name": "MV 2", "vn_kv": 20.0},
    {"name": "LV", "vn_kv": 0.4},
]
TRAFO: Final[Table] = [
    {"name": "T1", "hv_bus": 0, "lv_bus": 1, "sn_mva": 25.0, "vn_hv_kv": 110.0, "vn_lv_kv": 20.0},
    {"name": "T2", "hv_bus": 2, "lv_bus": 3, "sn_mva": 0.4, "vn_hv_kv": 20.0, "vn_lv_kv": 0.4},
]
LINE: Final[Table] = [{"name": "Cable", "from_bus": 1, "to_bus": 2}]
GRID: Final[Table] = [{"name": None, "bus": 0}]


def network_file(folder: Path, **tables: Table) -> Path:
    """Write a network: buses, transformers, a line and a grid, and what else is given."""
    content: dict[str, Any] = {"name": "Test", "version": "3.5.6", "f_hz": 50.0}
    given = {"bus": BUS, "trafo": TRAFO, "line": LINE, "ext_grid": GRID, **tables}
    for name, rows in given.items():
        columns = list(dict.fromkeys(key for row in rows for key in row))
        data = {
            "columns": columns,
            "index": [*range(len(rows))],
            "data": [[row.get(column) for column in columns] for row in rows],
        }
        content[name] = {
            "_module": "pandas.core.frame",
            "_class": "DataFrame",
            "_object": json.dumps(data),
            "orient": "split",
        }
    path = folder / "net.json"
    path.write_text(json.dumps({"_class": "pandapowerNet", "_object": content}))
    return path


def imported(folder: Path, **tables: Table) -> tuple[Imported, fleets.Site]:
    found = read_pandapower(network_file(folder, **tables), microgrid_id=7)
    (site,) = found.inventory.sites
    return found, fleets.Site.of(site)


def shown(site: fleets.Site) -> list[tuple[str, int, str | None]]:
    return [(type(it).__name__, int(it.id), it.name) for it in site.components]


def ends(site: fleets.Site) -> list[tuple[int, int]]:
    return [(int(it.source), int(it.destination)) for it in site.connections]


def test_a_network_becomes_a_microgrid(tmp_path: Path) -> None:
    found, site = imported(
        tmp_path,
        load=[{"name": "Mill", "bus": 2, "p_mw": 0.5, "scaling": 2.0}],
        sgen=[{"name": "Roof", "bus": 3, "p_mw": 0.1, "type": "PV", "controllable": True}],
        storage=[{"name": "Box", "bus": 3, "p_mw": 0.2, "max_e_mwh": 0.4, "min_p_mw": None}],
        switch=[
            {"bus": 0, "element": 0, "et": "t", "type": "CB", "closed": True},
            {"bus": 1, "element": 0, "et": "t", "type": "CB", "closed": True},
        ],
    )
    assert (int(site.microgrid.id), site.microgrid.name) == (7, "Test")
    assert shown(site) == [
        ("GridConnectionPoint", 1, "Grid connection"),
        ("Breaker", 101, "T1 breaker"),
        ("PowerTransformer", 102, "T1"),
        ("Breaker", 103, "T1 breaker 2"),
        ("Meter", 104, "Feeder 1 meter"),
        ("Meter", 105, "Mill meter"),
        ("PowerTransformer", 201, "T2"),
        ("Meter", 202, "Feeder 2 meter"),
        ("Meter", 203, "Roof meter"),
        ("SolarInverter", 204, "Roof inverter"),
        ("Meter", 205, "Box meter"),
        ("BatteryInverter", 206, "Box inverter"),
        ("LiIonBattery", 207, "Box"),
    ]
    assert ends(site) == [
        *((1, 101), (101, 102), (102, 103), (103, 104), (104, 105)),
        *((104, 201), (201, 202), (202, 203), (203, 204), (202, 205), (205, 206), (206, 207)),
    ]
    by_id = {int(it.id): it for it in site.components}
    assert by_id[1].rated_fuse_current == 131  # type: ignore[attr-defined] # 25 MVA at 110 kV
    assert by_id[105].rated_bounds == {Metric.AC_POWER_ACTIVE: Bounds(lower=0.0, upper=1e6)}
    assert by_id[204].rated_bounds == {Metric.AC_POWER_ACTIVE: Bounds(lower=-1e5, upper=0.0)}
    assert by_id[207].rated_bounds == {
        Metric.DC_POWER: Bounds(lower=-2e5, upper=2e5),
        Metric.BATTERY_CAPACITY: Bounds(lower=0.0, upper=4e5),
    }
    modes = ElectricalComponentOperationalMode
    assert by_id[203].operational_mode is modes.TELEMETRY_ONLY
    assert by_id[204].operational_mode is modes.CONTROL_AND_TELEMETRY
    assert found.places == {105: "MV 2", **dict.fromkeys(range(203, 208), "LV")}
    assert not has_major(check(found.inventory))
    assert found.notes == (
        "1 × battery: the network says no chemistry; li ion is assumed",
        "4 × bus: no component, but the wiring follows them",
        "1 × line, with its length and impedance: no component, but the wiring follows them",
    )


def test_transformers_side_by_side_feed_one_meter(tmp_path: Path) -> None:
    second = {**TRAFO[0], "name": "T1 b"}
    found, site = imported(tmp_path, trafo=[TRAFO[0], second])
    assert ends(site) == [(1, 101), (1, 102), (101, 103), (102, 103)]
    assert not has_major(check(found.inventory))


def test_a_transformer_that_steps_up_has_its_voltages_from_the_grid_on(tmp_path: Path) -> None:
    _, site = imported(tmp_path, ext_grid=[{"name": "Gate", "bus": 3}])
    names = {int(it.id): it for it in site.components}
    assert [it.name for it in site.components] == [
        *("Gate", "T2", "Feeder 1 meter", "T1", "Feeder 2 meter")
    ]
    assert names[101].primary_power == 400  # type: ignore[attr-defined]
    assert names[201].secondary_power == 110e3  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("tables", "note"),
    [
        (
            {"sgen": [{"name": "Mill", "bus": 1, "p_mw": 1.0, "type": "Hydro_MV"}]},
            "1 × generator of type 'Hydro_MV': no such category; only its meter is there",
        ),
        (
            {"sgen": [{"name": "Cell", "bus": 1, "p_mw": 1.0, "type": "Residential fuel cell"}]},
            "1 × fuel cell: as chp, the nearest category",
        ),
        (
            {"switch": [{"bus": 1, "element": 0, "et": "l", "type": "LBS", "closed": False}]},
            "1 × trafo: no way from the external grid; T2",
        ),
        (
            {"switch": [{"bus": 2, "element": 1, "et": "t", "type": "CB", "closed": False}]},
            "1 × trafo: no way from the external grid; T2",
        ),
        (
            {"load": [{"name": f"L{n}", "bus": 9, "p_mw": 1.0} for n in range(7)]},
            "7 × load: no way from the external grid; L0, L1, L2, L3, L4, ...",
        ),
        (
            {"load": [{"name": "Off", "bus": 1, "p_mw": 1.0, "in_service": False}]},
            "1 × load: out of service; Off",
        ),
        ({"trafo3w": [{"name": "T3"}]}, "1 × trafo3w: cannot be carried"),
        ({"shunt": [{"name": "C"}, {"name": "D"}]}, "2 × shunt: cannot be carried"),
        (
            {"ext_grid": [*GRID, {"name": "B", "bus": 1}]},
            "trafo 0 (T1): it connects two external grids; left out",
        ),
        (
            {"ext_grid": [*GRID, *GRID]},
            "ext_grid 1: it feeds the same buses as another one; left out",
        ),
        (
            {"ext_grid": [{"bus": 3}], "trafo": []},
            "ext_grid 0: no transformer is at it; its rated fuse current is unknown",
        ),
        (
            {"switch": [{"bus": 1, "element": 0, "et": "l", "type": "LBS", "closed": True}]},
            "1 × switch that is no circuit breaker of a transformer: no component, but the wiring"
            " follows them",
        ),
    ],
    ids=lambda it: it.partition(":")[0] if isinstance(it, str) else "",
)
def test_what_cannot_be_carried_is_listed(
    tmp_path: Path, tables: dict[str, Table], note: str
) -> None:
    found, _ = imported(tmp_path, **tables)
    assert note in found.notes


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "expected a network as pandapower.to_json writes it: "),
        ('{"version": 1, "microgrids": []}', "got other JSON"),
        ('{"_class": "pandapowerNet", "_object": {}}', "it has no buses"),
        ('{"_class": "pandapowerNet", "_object": "{"}', "the network: invalid JSON"),
        (
            '{"_class": "pandapowerNet", "_object":'
            ' {"bus": {"_class": "DataFrame", "_object": "[]"}}}',
            "table bus: expected columns, index and data; save the network with a recent",
        ),
    ],
    ids=lambda it: it[:20] if it[:1] != "{" else "",
)
def test_a_file_that_is_no_network_is_refused(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "net.json"
    path.write_text(text)
    with pytest.raises(NetworkFileError) as raised:
        read_pandapower(path)
    assert str(raised.value).startswith(f"{path}: ")
    assert sentence in str(raised.value)


@pytest.mark.parametrize(
    ("tables", "sentence"),
    [
        ({"ext_grid": []}, "expected an external grid (ext_grid) in service"),
        ({"load": [{"bus": 1, "p_mw": "much"}]}, "load 0: p_mw: expected a number, got 'much'"),
        ({"load": [{"bus": 1}]}, "load 0: p_mw: expected a number, got None"),
        ({"load": [{"bus": 1.5, "p_mw": 1}]}, "load 0: bus: expected an index, got 1.5"),
    ],
    ids=lambda it: it[:12] if isinstance(it, str) else "",
)
def test_an_element_without_what_is_needed_is_an_error(
    tmp_path: Path, tables: dict[str, Table], sentence: str
) -> None:
    path = network_file(tmp_path, **tables)
    with pytest.raises(NetworkFileError) as raised:
        read_pandapower(path)
    assert str(raised.value) == f"{path}: {sentence}"


def test_a_large_feeder_moves_the_ids_of_all(tmp_path: Path) -> None:
    loads = [{"name": f"L{n}", "bus": 1, "p_mw": 1.0} for n in range(50)]
    _, site = imported(tmp_path, load=loads)
    assert [int(it.id) for it in site.components][:4] == [1, 1001, 1002, 1003]


def test_components_begin_when_the_caller_says(tmp_path: Path) -> None:
    start = datetime(2014, 1, 1, tzinfo=UTC)
    found = read_pandapower(network_file(tmp_path), name="Mine", start=start)
    site = fleets.Site.of(found.inventory.sites[0])
    assert site.microgrid.name == "Mine"
    assert {it.operational_lifetime.start for it in site.components} == {start}


def test_an_invalid_microgrid_id_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="microgrid_id: expected 1 to 18446744073709551615, got 0"):
        read_pandapower(network_file(tmp_path), microgrid_id=0)
