"""Reading and writing lists as files: Excel workbooks and CSV."""

import csv
import io
import os
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from .._extras import missing_package_text
from .._lazy import lazy_module
from .._text_files import decode_text
from .._whole_files import write_bytes
from ..inventory import Inventory, diff
from ._cells import Value, number_text
from ._problems import ListFileError
from ._reading import Sites
from ._rows import Problems, Row, rows_of
from ._tables import COMPONENTS, MICROGRIDS, SENSORS, TABLES
from ._writing import Cells, tables_of

if TYPE_CHECKING:
    from . import _workbook
else:
    _workbook = lazy_module("._workbook", __package__)

CSV: Final = ".csv"
EXCEL: Final = ".xlsx"
SUFFIXES: Final = (CSV, EXCEL)

_SEPARATORS: Final = ";,\t"


def read(path: str | os.PathLike[str]) -> Inventory:
    """Return the inventory in a list, which is an .xlsx workbook or a .csv file.

    CSV is UTF-8, or Windows-1252 as German Excel writes it; separated by semicolons, commas or
    tabs. With semicolons, numbers have a decimal comma.

    Raises:
        ListFileError: If the list has mistakes; with every one and its cell.
        OSError: If the file cannot be opened.
        ValueError: If the name ends otherwise.
        ModuleNotFoundError: If it is a workbook, and openpyxl is not installed.
    """
    suffix = suffix_of(path)
    inventory, problems = _read(Path(path).read_bytes(), suffix, str(path))
    if problems.found:
        raise ListFileError(sorted(problems.found, key=_place))
    return inventory


def write(inventory: Inventory, path: str | os.PathLike[str]) -> list[str]:
    """Write a list, and return what it cannot say: a sentence for each.

    A workbook has sheets for components, microgrids and sensors; a CSV file has components alone.
    The file appears, or replaces an existing one, when it is complete.

    Raises:
        OSError: If the file cannot be written.
        ValueError: If the name ends otherwise than in `.csv` or `.xlsx`, or Excel cannot hold a
            text.
        ModuleNotFoundError: If it is a workbook, and openpyxl is not installed.
    """
    suffix = suffix_of(path)
    data = _WRITERS[suffix](tables_of(inventory))
    # What is read back is all that the list says.
    said, problems = _read(data, suffix, str(path))
    write_bytes(data, path)
    refused = [it._replace(sentence=f"cannot be read back: {it.sentence}") for it in problems.found]
    return [*map(str, refused), *map(str, diff(inventory, said))]


def write_template(path: str | os.PathLike[str]) -> None:
    """Write an empty list: a workbook with explanations and drop-downs, or the header of a CSV.

    Raises:
        OSError: If the file cannot be written.
        ValueError: If the name ends otherwise than in `.csv` or `.xlsx`.
        ModuleNotFoundError: If it is a workbook, and openpyxl is not installed.
    """
    empty: Mapping[str, Sequence[Cells]] = {table.name: () for table in TABLES}
    data = _csv_bytes(empty) if suffix_of(path) == CSV else _excel().template_bytes()
    write_bytes(data, path)


def suffix_of(path: str | os.PathLike[str]) -> str:
    """Return the suffix of a list's name.

    Raises:
        ValueError: If it is neither that of a workbook nor that of a CSV file.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in SUFFIXES:
        raise ValueError(
            f"{path}: expected a file name that ends in {' or '.join(SUFFIXES)}, got {suffix!r}"
        )
    return suffix


def check_packages(path: str | os.PathLike[str]) -> None:
    """Raise what `write` would raise before there is an inventory.

    Raises:
        ValueError: If the name ends otherwise than in `.csv` or `.xlsx`.
        ModuleNotFoundError: If it is a workbook, and openpyxl is not installed.
    """
    if suffix_of(path) == EXCEL:
        _excel()


def _excel() -> Any:
    """Return the module that needs openpyxl."""
    try:
        _ = _workbook.SHEETS
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            missing_package_text("an Excel workbook", "excel", error), name=error.name
        ) from error
    return _workbook


_CELL: Final = re.compile(r"([A-Z]*)([0-9]*)")
_ORDER: Final = [table.name for table in TABLES]


def _place(problem: Any) -> tuple[Any, ...]:
    """Return what sorts problems by their places."""
    match = _CELL.match(problem.cell)
    letters, digits = match.groups() if match else ("", "")
    sheet = _ORDER.index(problem.sheet) if problem.sheet in _ORDER else 0
    row = int(digits or re.sub(r"\D", "", problem.cell) or 0)
    return sheet, row, len(letters), letters


# Reading ------------------------------------------------------------------------------------------


def _read(data: bytes, suffix: str, name: str) -> tuple[Inventory, Problems]:
    """Return the inventory of the rows without mistakes, and the mistakes."""
    problems = Problems(name)
    sites = Sites()
    add: Mapping[str, Callable[[Row], None]] = {
        MICROGRIDS.name: sites.add_microgrid,
        COMPONENTS.name: sites.add_component,
        SENSORS.name: sites.add_sensor,
    }
    sheets = _csv_sheet(data, problems) if suffix == CSV else _excel().sheets(data, problems)
    for table_name, add_row in add.items():
        table = next(it for it in TABLES if it.name == table_name)
        for sheet, lines, has_decimal_comma in sheets.get(table_name, ()):
            for row in rows_of(table, sheet, lines, problems, has_decimal_comma=has_decimal_comma):
                add_row(row)
    inventory = sites.inventory()
    if not inventory.sites and not problems.found:
        problems.add("", "", "there are no rows; expected one for each component")
    return inventory, problems


Sheets = dict[str, list[tuple[str, Sequence[Sequence[Value]], bool]]]
"""The name of a table -> the sheets with its rows: name, lines, whether with decimal commas."""


def _csv_sheet(data: bytes, problems: Problems) -> Sheets:
    try:
        text = _text(data)
        separator, skipped = _separator(text)
        lines: list[Sequence[Value]] = [[] for _ in range(skipped)]
        content = "".join(text.splitlines(keepends=True)[skipped:])
        lines += csv.reader(io.StringIO(content, newline=""), delimiter=separator, strict=True)
    except (ValueError, csv.Error) as error:
        problems.add("", "", f"not a CSV file: {error}")
        return {}
    return {COMPONENTS.name: [("", lines, separator == ";")]}


def _text(data: bytes) -> str:
    """Return the text of a file in UTF-8 or in Windows-1252.

    Raises:
        ValueError: If it is in neither.
    """
    try:
        return decode_text(data)
    except ValueError as error:
        if not isinstance(error.__cause__, UnicodeDecodeError):
            raise
    try:
        return io.TextIOWrapper(io.BytesIO(data), encoding="cp1252").read()
    except UnicodeDecodeError as error:
        raise ValueError("expected text in UTF-8, or in Windows-1252 as Excel writes it") from error


def _separator(text: str) -> tuple[str, int]:
    """Return what separates the cells, and how many lines above the header say so."""
    first, _, rest = text.partition("\n")
    if match := re.fullmatch(r"sep=(.)\r?", first):  # written for Excel
        if match[1] not in _SEPARATORS:
            raise ValueError(f"expected semicolons, commas or tabs between cells, got {match[1]!r}")
        return match[1], 1
    line = next((it for it in text.splitlines() if it.strip(_SEPARATORS + " ")), rest)
    return max(_SEPARATORS, key=line.count), 0


# Writing ------------------------------------------------------------------------------------------


def _csv_bytes(tables: Mapping[str, Sequence[Cells]]) -> bytes:
    """Return components as CSV with commas and decimal points, in UTF-8."""
    headers = [column.header for column in COMPONENTS.columns]
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(headers)
    writer.writerows(
        [_csv_text(row.get(header)) for header in headers] for row in tables[COMPONENTS.name]
    )
    # With the mark, Excel reads umlauts.
    return buffer.getvalue().encode("utf-8-sig")


def _csv_text(value: Value) -> Value:
    if isinstance(value, date):
        return value.isoformat()
    return number_text(value) if isinstance(value, float) else value


def _excel_bytes(tables: Mapping[str, Sequence[Cells]]) -> bytes:
    data: bytes = _excel().workbook_bytes(tables)
    return data


_WRITERS: Final[Mapping[str, Callable[[Mapping[str, Sequence[Cells]]], bytes]]] = {
    CSV: _csv_bytes,
    EXCEL: _excel_bytes,
}
