"""Lists that are read and written: what they say comes back, what they cannot say is named."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from frequenz.client.assets import Gridpool, building, inventory, lists
from frequenz.client.assets import fleet as fleets
from frequenz.client.assets._wire.component_classes import CLASSES
from frequenz.client.assets.building import component, fleet, grid, meter, sensor, site
from frequenz.client.assets.electrical_component import (
    ElectricalComponent,
    ElectricalComponentOperationalMode,
    GridConnectionPoint,
    PowerTransformer,
    UnrecognizedComponent,
)
from frequenz.client.assets.inventory import Inventory, diff
from frequenz.client.assets.lists._tables import COMPONENTS, MICROGRIDS, TABLES
from frequenz.client.assets.metrics import Bounds, Metric
from frequenz.server.assets.demo import FLEETS

from .files import GRID, HEADER, METER, Rows, csv_file, row, workbook

SUFFIXES: Final = (".csv", ".xlsx")
MARCH: Final = datetime(2024, 3, 1, tzinfo=UTC)


def only_component(path: Path) -> ElectricalComponent:
    """Return the last component of a list."""
    (found,) = lists.read(path).sites
    return fleets.Site.of(found).components[-1]


def test_a_list_becomes_a_site(tmp_path: Path) -> None:
    battery: dict[str, Any] = {"from": date(2024, 5, 17), "until": "2025-05-17T12:30:00+02:00"}
    path = workbook(
        tmp_path,
        {
            "Microgrids": [
                [it.header for it in MICROGRIDS.columns],
                (201, "Depot", 7, "", "10YDE-VE-------2", 53.55, 10, "DE", date(2021, 5, 3)),
                (202, "Yard", "", "inactive", "", "", "", "NL", ""),
            ],
            "Components": [
                [it.upper() for it in HEADER],
                GRID,
                METER,
                row(id=3, category="Inverter", type="BATTERY", parent=2, rated_power_kW=200),
                row(
                    **{"id": 4, "category": "battery", "type": "li-ion", "parent": "2 + 3"},
                    **{"manufacturer": "Akkuhaus", "model": 430, "capacity_kWh": "430 kWh"},
                    **{"mode": "Control and telemetry", **battery},
                ),
            ],
            "Sensors": [("microgrid", "id", "name", "model"), (201, 1, "Roof", "Helio S 1")],
            "Notes of the site manager": [("The gate is locked at night.",)],
        },
    )
    depot, yard = lists.read(path).sites
    fields = fleets.Site.of(depot)

    assert (depot.microgrid.name, depot.microgrid.enterprise_id) == ("Depot", 7)
    assert yard.microgrid.status == 2
    assert fields.microgrid.location is not None
    assert fields.microgrid.location.latitude == pytest.approx(53.55)
    assert fields.microgrid.delivery_area is not None
    assert [type(it).__name__ for it in fields.components] == [
        *("GridConnectionPoint", "Meter", "BatteryInverter", "LiIonBattery")
    ]
    last = fields.components[-1]
    assert (last.manufacturer, last.model_name, last.model) == ("Akkuhaus", "430", None)
    assert last.rated_bounds == {Metric.BATTERY_CAPACITY: Bounds(lower=0.0, upper=430e3)}
    assert last.operational_mode is ElectricalComponentOperationalMode.CONTROL_AND_TELEMETRY
    assert last.operational_lifetime.start == datetime(2024, 5, 17, tzinfo=UTC)
    assert last.operational_lifetime.end == datetime(2025, 5, 17, 10, 30, tzinfo=UTC)
    assert [(int(it.source), int(it.destination)) for it in fields.connections] == [
        *((1, 2), (2, 3), (2, 4), (3, 4))
    ]
    assert [(it.name, it.model) for it in fields.sensors or ()] == [("Roof", "Helio S 1")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_csv_is_read_as_programs_write_it(tmp_path: Path, encoding: str, separator: str) -> None:
    power = "12,5" if separator == ";" else "12.5"
    path = csv_file(
        tmp_path,
        [
            HEADER,
            GRID,
            [],
            row(id=2, name="Küche; Süd", category="meter", parent=1, rated_power_kW=power),
        ],
        separator=separator,
        encoding=encoding,
    )
    found = only_component(path)
    assert found.name == "Küche; Süd"
    assert found.rated_bounds == {Metric.AC_POWER_ACTIVE: Bounds(lower=-12.5e3, upper=12.5e3)}


def test_a_line_for_excel_says_the_separator(tmp_path: Path) -> None:
    rows = [HEADER, row(id=1, category="meter", rated_power_kW="1,5")]
    path = csv_file(tmp_path, rows, separator=";")
    path.write_bytes(b"sep=;\r\n" + path.read_bytes())
    assert only_component(path).rated_bounds[Metric.AC_POWER_ACTIVE].upper == 1500


@pytest.mark.parametrize(
    ("text", "separator", "kw"),
    [
        ("100", ",", 100),
        ("100 kW", ",", 100),
        ("0.001", ",", 0.001),
        ("1e3", ",", 1000),
        ("1.2340", ",", 1.234),
        ("1.234e3", ",", 1234),
        ("1234.567", ",", 1234.567),
        ("1,234", ";", 1.234),
        ("0.123", ";", 0.123),
        ("12.5", ";", 12.5),
    ],
)
def test_numbers_are_read(tmp_path: Path, text: str, separator: str, kw: float) -> None:
    rows = [HEADER, row(id=1, category="meter", rated_power_kW=text)]
    bounds = only_component(csv_file(tmp_path, rows, separator=separator)).rated_bounds
    assert bounds[Metric.AC_POWER_ACTIVE].upper == pytest.approx(kw * 1000)


def test_a_country_alone_is_not_a_position(tmp_path: Path) -> None:
    sheets: dict[str, Rows] = {
        "Microgrids": [("microgrid", "name", "country"), (201, "Depot", "DE")],
        "Components": [HEADER, GRID],
    }
    said = lists.read(workbook(tmp_path, sheets))
    assert "position-missing" in {it.id for it in fleets.Site.of(said.sites[0]).findings}
    path = tmp_path / "again.xlsx"
    assert lists.write(said, path) == []
    header, cells = openpyxl.load_workbook(path)["Microgrids"].values
    assert dict(zip(header, cells, strict=True))["latitude"] is None


def test_a_workbook_with_one_sheet_may_call_it_anything(tmp_path: Path) -> None:
    path = workbook(tmp_path, {"Tabelle1": [HEADER, GRID]})
    assert len(lists.read(path).sites[0].components) == 1


# What lists say comes back ------------------------------------------------------------------------

EVERYTHING: Final = fleet(
    site(
        201,
        "Depot",
        grid(630, "Grid", id=2**63).branch(
            *(
                component(
                    kind,
                    f"{kind.__name__} 'ö', \"x\"; =1+1",
                    manufacturer="Acme",
                    model_name="X 1",
                    start=MARCH,
                    mode=ElectricalComponentOperationalMode.TELEMETRY_ONLY,
                    **(
                        {"primary_power": 20e3, "secondary_power": 0.4e3}
                        if kind is PowerTransformer
                        else {}
                    ),
                )
                for kind in CLASSES.values()
                if kind is not GridConnectionPoint
            ),
            meter("Loads", kw=(0, 160.1), start=MARCH),
            meter("=1+1", kw=0.1, model="Acme X", start=MARCH, end=MARCH.replace(minute=5)),
            building.li_ion_battery(kw=215, kwh=430, start=datetime(1887, 6, 5, tzinfo=UTC)),
        ),
        sensor("Roof", manufacturer="Helio", start=MARCH),
    ),
    site(202, "Yard", meter("Only")),
)


def without_empty_lifetimes(of: Inventory) -> Inventory:
    """Return a fleet as lists say it: a lifetime has a start or an end."""
    for it in of.sites:
        for one in it.components:
            if not one.operational_lifetime.ByteSize():
                one.ClearField("operational_lifetime")
    return of


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_all_that_a_list_can_say_comes_back(tmp_path: Path, suffix: str) -> None:
    said = without_empty_lifetimes(EVERYTHING)
    path = tmp_path / f"list{suffix}"
    lost = lists.write(said, path)
    assert lost == [
        line for line in lost if suffix == ".csv" and ("sensor" in line or "enterprise_id" in line)
    ]
    assert all(
        "sensor" in str(it) or "enterprise" in str(it) for it in diff(said, lists.read(path))
    )


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("power", [1.234, 12.5, 1000.0, (-1.234, 100.125)])
def test_numbers_that_may_be_misread_come_back(
    tmp_path: Path, suffix: str, power: float | tuple[float, float]
) -> None:
    said = without_empty_lifetimes(fleet(site(7, "S", meter("M", kw=power), enterprise_id=0)))
    assert lists.write(said, tmp_path / f"list{suffix}") == []


def test_the_demo_loses_nothing_of_its_network(tmp_path: Path) -> None:
    assert lists.write(inventory.read(FLEETS[1]), tmp_path / "list.xlsx") == []


_NAMES: Final = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp", "Cn", "Co"))
    | st.sampled_from(" ;,\"'=+"),
    max_size=20,
).map(str.strip)
_POWERS: Final = st.floats(0, 1e6, width=32) | st.integers(0, 10**6).map(float)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(_NAMES, min_size=1, max_size=4), powers=st.lists(_POWERS, min_size=4))
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_any_name_and_power_comes_back(
    tmp_path: Path, suffix: str, names: list[str], powers: list[float]
) -> None:
    branches = [
        building.battery_inverter(name, kw=power)
        for name, power in zip(names, powers, strict=False)
    ]
    said = without_empty_lifetimes(fleet(site(7, "S", *branches, enterprise_id=0)))
    assert lists.write(said, tmp_path / f"list{suffix}") == []


# What lists cannot say is named -------------------------------------------------------------------


def test_what_a_list_cannot_say_is_named(tmp_path: Path) -> None:
    odd = fleet(
        site(
            201,
            "Depot",
            meter(
                "Main",
                start=MARCH,
                rated_bounds={Metric.AC_CURRENT: Bounds(lower=0.0, upper=63.0)},
            ),
            component(UnrecognizedComponent, "Tram", category=99, start=MARCH),
        ),
        Gridpool(id=5, name="North"),
    )
    lost = lists.write(odd, path := tmp_path / "list.xlsx")
    assert [line for line in lost if "ac_current" in line] == [
        "removed: microgrid 201: component 1: rated_bounds:"
        ' {"ac_current": {"lower": 0.0, "upper": 63.0}}'
    ]
    assert "removed: gridpool 5" in lost
    refused = f"{path}: Components!D3: cannot be read back: category: expected a category"
    assert any(line.startswith(refused) for line in lost)


def test_a_text_that_excel_cannot_hold_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    with pytest.raises(ValueError, match=r"Components!C2: Excel has no such characters"):
        lists.write(fleet(site(1, "S", meter("bell \a"))), path)
    assert not path.exists()


def test_a_day_before_excel_has_days_is_text(tmp_path: Path) -> None:
    start = datetime(1887, 6, 5, tzinfo=UTC)
    lists.write(fleet(site(1, "S", meter(start=start))), path := tmp_path / "list.xlsx")
    cells = [cell.value for cell in openpyxl.load_workbook(path)["Components"][2]]
    assert "1887-06-05" in cells
    assert only_component(path).operational_lifetime.start == start


# The template -------------------------------------------------------------------------------------


def test_the_template_explains_every_column_and_offers_words(tmp_path: Path) -> None:
    lists.write_template(path := tmp_path / "list.xlsx")
    book = openpyxl.load_workbook(path)

    explained = {(line[0], line[1]) for line in book["Explanation"].values}
    for table in TABLES:
        sheet = book[table.name]
        shown = [it for it in table.columns if it.is_in_template]
        assert [cell.value for cell in sheet[1]] == [it.header for it in shown]
        assert {(table.name, it.header) for it in table.columns} <= explained
        for choice in sheet.data_validations.dataValidation:
            letter = str(choice.sqref)[0]
            column = next(it for it in shown if it.header == sheet[f"{letter}1"].value)
            words = book["Explanation"][choice.formula1.partition("!")[2].replace("$", "")]
            assert tuple(cell.value for (cell,) in words) == column.words
        count = len(sheet.data_validations.dataValidation)
        assert count == sum(bool(it.words) for it in shown)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_template_is_read_once_it_has_rows(tmp_path: Path, suffix: str) -> None:
    lists.write_template(path := tmp_path / f"list{suffix}")
    with pytest.raises(lists.ListFileError, match="there are no rows"):
        lists.read(path)
    if suffix == ".csv":
        path.write_bytes(path.read_bytes() + b"201,,1,Main,meter\r\n")
    else:
        book = openpyxl.load_workbook(path)
        book["Components"].append([201, 1, "Main", "meter"])
        book["Microgrids"].append([201, "Depot"])
        book.save(path)
    assert only_component(path).name == "Main"


def test_the_page_has_every_column() -> None:
    page = (Path(__file__).parents[3] / "docs" / "commissioning-lists.md").read_text("utf-8")
    rows = [
        f"| {f'**{it.header}**' if it.is_required else it.header} | {it.explanation} |"
        for it in COMPONENTS.columns
    ]
    assert page.partition("|---|---|\n")[2].partition("\n<!-- end -->")[0] == "\n".join(rows)
