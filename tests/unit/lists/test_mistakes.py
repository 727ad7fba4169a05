"""Five lists as people fill them in: each of their mistakes is named with its cell."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from frequenz.client.assets.lists import ListFileError, read

from .files import GRID, HEADER, METER, Rows, csv_file, row, workbook


class Mistaken(NamedTuple):
    """A list with mistakes."""

    write: Callable[[Path], Path]
    mistakes: dict[str, str]
    """The sheet and the cell -> what the sentence has."""


def _renamed(**headers: str) -> list[str]:
    return [headers.get(it.replace(" ", "_"), it) for it in HEADER]


WORDS: Final = Mistaken(
    lambda folder: csv_file(
        folder,
        [
            HEADER,
            GRID,
            METER,
            row(id=3, category="metre", parent=2),
            row(id=4, category="PV inverter", parent=2),
            row(id=5, category="inverter", parent=2),
            row(id=6, category="inverter", type="photovoltaic", parent=2),
            row(id=7, category="meter", type="solar", parent=2),
            row(id=8, category="battery", type="lead acid", parent=6),
            row(id=9, category="", parent=2),
            row(id=10, category="meter", parent=2, mode="read only"),
            row(id=11, category="charger", parent=2),
            row(
                **{"id": 12, "category": "batery", "type": "lead", "parent": 2},
                **{"rated_power_kW": "5 MW", "capacity_kWh": "1.000"},
                **{"rated_fuse_current_A": 62.5, "primary_voltage_V": "20 kV"},
            ),
            row(id=13, category="", type="solar", parent=2, rated_power_kW="100 kVA"),
        ],
    ),
    {
        "D4": "category: expected a category (did you mean meter?), got 'metre'",
        "D5": "category: expected a category (did you mean inverter with type solar?)",
        "E6": "type: missing; expected one of battery, solar, hybrid, as an inverter needs one",
        "E7": "type: expected a type of inverter (did you mean solar?), got 'photovoltaic'",
        "E8": "type: a meter has no types; expected an empty cell, got 'solar'",
        "E9": "type: expected a type of battery (li ion, na ion), got 'lead acid'",
        "D10": "category: missing; every row needs one",
        "N11": "mode: expected a mode (did you mean telemetry only?), got 'read only'",
        "D12": "category: expected a category (did you mean ev charger?), got 'charger'",
        "D13": "category: expected a category (did you mean battery?), got 'batery'",
        "E13": "type: expected a type (li ion, na ion, ac, dc, hybrid, battery, solar), got 'lead'",
        "I13": "rated power kW: expected a number of kW (5 MW are 5000), got '5 MW'",
        "J13": "capacity kWh: expected a number of kWh that cannot be misread: 1000 or 1.0",
        "K13": "rated fuse current A: expected whole A, got '62.5'",
        "L13": "primary voltage V: expected a number of V (20 kV are 20000), got '20 kV'",
        "D14": "category: missing; every row needs one",
    },
)

NUMBERS: Final = Mistaken(
    lambda folder: csv_file(
        folder,
        [
            HEADER,
            GRID,
            row(id=2, category="meter", parent=1, rated_power_kW="12,5"),
            row(id=3, category="meter", parent=2, rated_power_kW="100000 W"),
            row(id=4, category="meter", parent=2, rated_power_kW="1,000"),
            row(id=5, category="chp", parent=2, rated_power_kW=-50),
            row(id=6, category="meter", parent=2, rated_power_kW="160 to 0"),
            row(id=7, category="meter", parent=2, rated_power_kW="about 5"),
            row(id=8, category="meter", parent=2, capacity_kWh=430),
            row(id=9, category="meter", parent=2, rated_fuse_current_A=63),
            row(id=10, category="power transformer", primary_voltage_V="20 kV", parent=2),
            [*row(id=11, category="grid connection point", rated_fuse_current_A=62.5), "oh"],
        ],
    ),
    {
        "I3": "rated power kW: expected a number of kW with a decimal point, got '12,5'",
        "I4": "rated power kW: expected a number of kW (100000 W are 100), got '100000 W'",
        "I5": "expected a number of kW that cannot be misread: 1000 or 1.0, got '1,000'",
        "I6": "expected kW, 0 or more, or a range such as -100 to 0, got '-50'",
        "I7": "expected a range of kW from the lower to the upper bound, got '160 to 0'",
        "I8": "expected a number of kW, got 'about 5'",
        "J9": "capacity kWh: a meter has none; expected an empty cell, got '430'",
        "K10": "rated fuse current A: a meter has none; expected an empty cell, got '63'",
        "L11": "primary voltage V: expected a number of V (20 kV are 20000), got '20 kV'",
        "K12": "rated fuse current A: expected whole A, got '62.5'",
        "Q12": "there is no header above 'oh'",
    },
)

GERMAN: Final = Mistaken(
    lambda folder: csv_file(
        folder,
        [
            _renamed(rated_power_kW="Rated power (W)", manufacturer="Hersteller"),
            GRID,
            row(id=2, name="Größe", category="meter", parent="1;2"),
            row(id=3, category="meter", parent=2, **{"from": "05/17/2024"}),
            row(id=4, category="meter", parent=2, **{"from": "31.02.2024"}),
            row(id=5, category="battery", type="li ion", parent=2, capacity_kWh="1.234,5"),
            row(id=6, category="battery", type="li ion", parent=2, capacity_kWh="1.234"),
        ],
        separator=";",
        encoding="cp1252",
    ),
    {
        "G1": "unknown column 'Hersteller'; expected microgrid, ",
        "I1": "unknown column 'Rated power (W)'; expected rated power kW, with numbers in kW",
        "F3": "parent: expected the ID of the component in front, or several as 2 + 3, got '1;2'",
        "O4": "from: expected a day such as 2024-05-17 or 17.05.2024, or a time",
        "O5": "from: expected a day such as 2024-05-17 or 17.05.2024, or a time",
        "J6": "expected a number of kWh without separators of thousands, such as 1234,5",
        "J7": "expected a number of kWh that cannot be misread: 1234 or 1,2340, got '1.234'",
    },
)

NUMBERED: Final = Mistaken(
    lambda folder: workbook(
        folder,
        {
            "Microgrids": [
                ("microgrid", "name", "latitude", "longitude", "country"),
                (201, "Depot", 53.5, 10.0, "Germany"),
                (202, "Yard", 95.0, 10.0, "DE"),
                (201, "Depot", 53.5, 10.0, "DE"),
            ],
            "Components": [
                HEADER,
                GRID,
                METER,
                row(id=2, category="meter", parent=1),
                row(id=0, category="meter", parent=1),
                row(id="M-4", category="meter", parent=1),
                row(id=5, category="meter", parent=99),
                row(id=6, category="meter", parent=6),
                row(id=7, category="meter", parent=2.3),
                row(id=8, category="meter", parent=2, microgrid=210),
            ],
        },
    ),
    {
        "Microgrids!E2": "country: expected two capital letters, such as DE, got 'Germany'",
        "Microgrids!C3": "latitude: expected degrees from -90 to 90, got 95",
        "Microgrids!A4": "microgrid: microgrid 201 is in row 2 already",
        "Components!B4": "id: component 2 is in row 3 already",
        "Components!B5": "id: expected an ID, an integer from 1 to 18446744073709551615, got 0",
        "Components!B6": "id: expected an ID, an integer from 1 to 18446744073709551615, got 'M-4'",
        "Components!F7": "parent: there is no component 99 in microgrid 201",
        "Components!F8": "parent: component 6 cannot be its own parent",
        "Components!F9": "parent: expected the ID of the component in front, or several as 2 + 3",
        "Components!A10": "microgrid: microgrid 210 is not in the sheet Microgrids",
    },
)

CELLS: Final = Mistaken(
    lambda folder: workbook(
        folder,
        {
            "Components": [
                _renamed(mode="name", model="Modell"),
                GRID,
                row(id=2, category="meter", parent=1, rated_power_kW="#REF!"),
                row(id=3, category="meter", parent=2, rated_power_kW="=2*50"),
                row(id=11, category="inverter", type="#N/A", parent=2),
                row(id=4, category="meter", parent=2, **{"from": 45429}),
                row(
                    **{"from": date(2024, 5, 17), "until": date(2023, 5, 17)},
                    **{"id": 5, "category": "meter", "parent": 2},
                ),
                row(id=6, category="meter", parent=2, rated_power_kW=True),
                row(id=2.0**60, category="meter", parent=2),
                row(id=8, category="meter", parent=2, rated_power_kW="0 to 1e999"),
                row(id=9, category="meter", parent=2, rated_power_kW="1e999999999999 W"),
                row(id=10, category="meter", parent=2, rated_power_kW=1e39),
            ],
            "Sensors": [("microgrid", "id", "name"), (201, "", "Roof")],
            "Sheet 4": [("what", "is this")],
        },
    ),
    {
        "Components!H1": "unknown column 'Modell'; did you mean model?",
        "Components!N1": "the column name is there twice",
        "Components!I3": "rated power kW: expected a value, but the formula gives #REF!",
        "Components!I4": "a formula without a result; open the file in Excel and save it",
        "Components!E5": "type: expected a value, but the formula gives #N/A",
        "Components!O6": "expected a day such as 2024-05-17: format the cell as a date, got 45429",
        "Components!P7": "until: expected a day after 2024-05-17, got 2023-05-17",
        "Components!I8": "rated power kW: expected a number of kW, got True",
        "Components!B9": "id: expected an ID, which as text is exact: format the cell as text",
        "Components!I10": "expected a number of kW below 1e+30, got '0 to 1e999'",
        "Components!I11": "expected a number of kW below 1e+30, got '1e999999999999 W'",
        "Components!I12": "expected a number of kW below 1e+30, got 1e+39",
        "Sensors!B2": "id: missing; every row needs one",
        "Sheet 4": "unknown sheet; expected Components, Microgrids, Sensors, Explanation or Notes",
    },
)

LISTS: Final = {
    "words": WORDS,
    "numbers": NUMBERS,
    "german": GERMAN,
    "numbered": NUMBERED,
    "cells": CELLS,
}


@pytest.mark.parametrize("name", LISTS)
def test_every_mistake_is_named_with_its_cell(name: str, tmp_path: Path) -> None:
    path = LISTS[name].write(tmp_path)
    with pytest.raises(ListFileError) as raised:
        read(path)

    found = {
        "!".join(filter(None, (it.sheet, it.cell))): it.sentence for it in raised.value.problems
    }
    expected = LISTS[name].mistakes
    assert {*found} == {*expected}
    assert len(raised.value.problems) == len(expected)
    for place, sentence in expected.items():
        assert sentence in found[place]
    assert str(raised.value).startswith(f"{path}: ")
    assert str(raised.value).count("\n") == len(expected) - 1


def test_there_are_forty_mistakes_and_more() -> None:
    assert sum(len(it.mistakes) for it in LISTS.values()) >= 40


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "there are no rows"),
        (b"\n;;\n", "there are no rows"),
        (b"microgrid,id,category\r\n", "there are no rows"),
        ("microgrid;id".encode("utf-16"), "the file is UTF-16; save it as UTF-8"),
        (b"microgrid,id,name\r\n201,1,\x81\x8d\r\n", "expected text in UTF-8, or in Windows-1252"),
        (b'microgrid,id,name\r\n201,1,"oh\r\n', "not a CSV file: unexpected end of data"),
        (b"sep=|\nmicrogrid|id\n", "expected semicolons, commas or tabs between cells, got '|'"),
        (b"id,name\r\n1,A\r\n", "row 1: the column microgrid is missing"),
    ],
    ids=lambda it: "" if isinstance(it, bytes) else it.split(":")[0],
)
def test_a_file_that_is_no_list_is_refused(data: bytes, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(data)
    with pytest.raises(ListFileError) as raised:
        read(path)
    assert sentence in str(raised.value)


def test_a_file_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    path.write_text("microgrid,id\n")
    with pytest.raises(ListFileError, match="not an Excel workbook"):
        read(path)


def test_another_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"expected a file name that ends in \.csv or \.xlsx"):
        read(tmp_path / "list.ods")


def test_mistakes_in_a_row_hide_no_others(tmp_path: Path) -> None:
    path = workbook(
        tmp_path,
        {
            "Microgrids": [
                ("microgrid", "status", "latitude", "longitude"),
                (201, "actve", 53.5, ""),
                (202, "active", "", "east"),
            ],
            "Components": [HEADER, GRID],
        },
    )
    with pytest.raises(ListFileError) as raised:
        read(path)
    assert [(it.cell, it.sentence.partition(";")[0]) for it in raised.value.problems] == [
        ("B2", "status: expected a status (did you mean active?), got 'actve'"),
        ("D2", "longitude: missing"),
        ("C3", "latitude: missing"),
        ("D3", "longitude: expected a number, got 'east'"),
    ]


_AS_TEXT: Final = [
    ("1.000", "that cannot be misread: 1000 or 1.0"),
    ("1.000 kW", "that cannot be misread: 1000 or 1.0"),
    ("-12,250", "that cannot be misread: 12250 or 12.25"),
    ("0 to 1.234", "that cannot be misread: 1234 or 1.2340"),
    ("1.234,5 kW", "without separators of thousands, such as 1234.5"),
    ("1,234.5", "without separators of thousands, such as 1234.5"),
    ("1.000.000", "without separators of thousands, such as 1234.5"),
    ("1 000", "without separators of thousands, such as 1234.5"),
    ("1'000", "without separators of thousands, such as 1234.5"),
]


@pytest.mark.parametrize(("text", "expected"), _AS_TEXT)
def test_a_text_that_may_have_thousands_is_a_mistake(
    tmp_path: Path, text: str, expected: str
) -> None:
    rows = [HEADER, row(id=1, category="meter", rated_power_kW=text)]
    for path in (
        workbook(tmp_path, {"Components": rows}),
        csv_file(tmp_path, rows, separator="\t"),
    ):
        with pytest.raises(ListFileError) as raised:
            read(path)
        assert [it.sentence for it in raised.value.problems] == [
            f"rated power kW: expected a number of kW {expected}, got {text!r}"
        ]


def test_a_number_in_a_cell_is_read_as_it_is(tmp_path: Path) -> None:
    rows = [HEADER, row(id=1, category="meter", rated_power_kW=1.234)]
    (site,) = read(workbook(tmp_path, {"Components": rows})).sites
    assert site.components[0].metric_config_bounds[0].config_bounds.upper == 1234


def test_degrees_have_no_thousands(tmp_path: Path) -> None:
    sheets: dict[str, Rows] = {
        "Microgrids": [("microgrid", "latitude", "longitude"), (201, "53.551", "9.993")],
        "Components": [HEADER, GRID],
    }
    (site,) = read(workbook(tmp_path, sheets)).sites
    assert site.microgrid.location.latitude == pytest.approx(53.551)


def test_contradictory_names_of_a_microgrid_are_a_mistake(tmp_path: Path) -> None:
    header = ("microgrid", "microgrid name", "id", "category")
    path = csv_file(tmp_path, [header, (201, "Depot", 1, "meter"), (201, "Yard", 2, "meter")])
    with pytest.raises(ListFileError) as raised:
        read(path)
    assert str(raised.value) == (
        f"{path}: B3: microgrid name: microgrid 201 is called 'Depot' in row 2, got 'Yard'"
    )
