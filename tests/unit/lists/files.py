"""Lists that tests write, as CSV and as workbooks."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import openpyxl

Rows = Sequence[Sequence[Any]]

HEADER: Final = (
    *("microgrid", "id", "name", "category", "type", "parent", "manufacturer", "model"),
    *("rated power kW", "capacity kWh", "rated fuse current A", "primary voltage V"),
    *("secondary voltage V", "mode", "from", "until"),
)
"""The header of components: columns A to P."""


def row(**cells: Any) -> list[Any]:
    """Return a row of components, by the header with underscores for spaces."""
    names = [header.replace(" ", "_") for header in HEADER]
    assert {*cells} <= {*names}
    return [cells.get(name, "" if name != "microgrid" else 201) for name in names]


GRID: Final = row(id=1, name="Grid", category="grid connection point", rated_fuse_current_A=630)
METER: Final = row(id=2, name="Main", category="meter", parent=1)


def csv_file(folder: Path, rows: Rows, *, separator: str = ",", encoding: str = "utf-8") -> Path:
    """Write a CSV file; texts with the separator are in quotes."""
    lines = [
        separator.join(f'"{it}"' if separator in str(it) else str(it) for it in line)
        for line in rows
    ]
    path = folder / "list.csv"
    path.write_bytes("\r\n".join([*lines, ""]).encode(encoding))
    return path


def workbook(folder: Path, sheets: Mapping[str, Rows]) -> Path:
    """Write a workbook."""
    book = openpyxl.Workbook()
    first: Any = book.active
    book.remove(first)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for line in rows:
            sheet.append([None if it == "" else it for it in line])
    path = folder / "list.xlsx"
    book.save(path)
    return path
