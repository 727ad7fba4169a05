"""Lists as Excel workbooks: all that needs openpyxl, which reads and writes them.

python-calamine reads faster, but gives an empty cell for one whose formula failed: a rated power
of `#REF!` would be lost without a word.
"""

import io
import warnings
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

import openpyxl
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils.exceptions import IllegalCharacterError, InvalidFileException
from openpyxl.worksheet.datavalidation import DataValidation

from ._cells import Value
from ._rows import Problems, letter_of
from ._tables import COMPONENTS, EXPLANATION, TABLES, Column, Table

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

SHEETS: Final = {table.name.lower(): table for table in TABLES}
_IGNORED: Final = (EXPLANATION.lower(), "notes")
_LAST_ROW: Final = 5000
"""Down to which row the template has drop-downs."""

_EARLIEST: Final = 1900
"""The first year that Excel has dates of."""


# Reading ------------------------------------------------------------------------------------------


def sheets(data: bytes, problems: Problems) -> dict[str, list[tuple[str, Any, bool]]]:
    """Return the lines of the sheets of a workbook, by the name of their table."""
    try:
        values, formulas = (_load(data, data_only=only) for only in (True, False))
    except (InvalidFileException, zipfile.BadZipFile, KeyError, OSError, ValueError) as error:
        problems.add("", "", f"not an Excel workbook (.xlsx): {error}")
        return {}
    tables = {sheet.title: SHEETS.get(sheet.title.strip().lower()) for sheet in values.worksheets}
    others = [
        sheet
        for sheet in values.worksheets
        if tables[sheet.title] is None
        and not sheet.title.strip().lower().startswith(_IGNORED)
        and any(any(it is not None for it in line) for line in sheet.iter_rows(values_only=True))
    ]
    if COMPONENTS not in tables.values() and len(others) == 1:
        tables[others.pop().title] = COMPONENTS  # a workbook with one sheet of any name
    expected = f"{', '.join(table.name for table in TABLES)}, {EXPLANATION} or Notes"
    for sheet in others:
        problems.add(sheet.title, "", f"unknown sheet; expected {expected}")
    if COMPONENTS not in tables.values() and not others:
        problems.add("", "", f"there is no sheet {COMPONENTS.name}")
    found: dict[str, list[tuple[str, Any, bool]]] = {}
    for title, table in tables.items():
        if table is not None:
            lines = _lines(values[title], formulas[title], problems)
            found.setdefault(table.name, []).append((title, lines, False))
    return found


def _load(data: bytes, *, data_only: bool) -> Any:
    with warnings.catch_warnings():
        # They are about formats and drop-downs, which lists are read without.
        warnings.simplefilter("ignore", UserWarning)
        return openpyxl.load_workbook(io.BytesIO(data), data_only=data_only)


def _lines(
    values: "Worksheet", formulas: "Worksheet", problems: Problems
) -> Sequence[Sequence[Value]]:
    lines: list[list[Value]] = []
    pairs = zip(values.iter_rows(), formulas.iter_rows(), strict=True)
    for line, written in pairs:
        row: list[Value] = []
        for cell, formula in zip(line, written, strict=True):
            value: Any = cell.value
            if value is None and formula.data_type == "f":
                sentence = "a formula without a result; open the file in Excel and save it"
                problems.add(values.title, cell.coordinate, sentence)
            if value is not None and not isinstance(value, str | int | float | bool | datetime):
                value = str(value)  # a time or a duration, which no column takes
            row.append(value)
        lines.append(row)
    return lines


# Writing ------------------------------------------------------------------------------------------


def workbook_bytes(tables: Mapping[str, Sequence[Mapping[str, Value]]]) -> bytes:
    """Return a workbook with rows.

    Raises:
        ValueError: If a text has a character that Excel cannot hold.
    """
    return _bytes({table: tables[table.name] for table in TABLES})


def template_bytes() -> bytes:
    """Return a workbook without rows."""
    return _bytes(dict.fromkeys(TABLES, ()))


def _bytes(tables: Mapping[Table, Sequence[Mapping[str, Value]]]) -> bytes:
    workbook = openpyxl.Workbook()
    first: Any = workbook.active
    workbook.remove(first)
    for table, rows in tables.items():
        _add_sheet(workbook.create_sheet(table.name), table, rows)
    _add_explanation(workbook.create_sheet(EXPLANATION))
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()


def _add_sheet(sheet: Any, table: Table, rows: Iterable[Mapping[str, Value]]) -> None:
    columns = [column for column in table.columns if column.is_in_template]
    for index, column in enumerate(columns):
        cell = sheet.cell(1, index + 1, column.header)
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor="DDEBF7" if column.is_required else "F2F2F2")
        cell.comment = Comment(column.explanation, "assets-cli", width=320, height=120)
        sheet.column_dimensions[letter_of(index)].width = max(12, len(column.header) + 2)
        if column.words:
            _add_choice(sheet, letter_of(index), column)
    sheet.freeze_panes = "A2"
    for number, row in enumerate(rows, 2):
        for index, column in enumerate(columns, 1):
            _write(sheet, number, index, row.get(column.header))


def _write(sheet: Any, row: int, column: int, value: Value) -> None:
    if value is None or value == "":
        return
    cell = sheet.cell(row, column)
    if isinstance(value, date) and value.year <= _EARLIEST:
        value = value.isoformat()
    try:
        cell.value = value
    except IllegalCharacterError:
        raise ValueError(
            f"{sheet.title}!{cell.coordinate}: Excel has no such characters: {value!r}"
        ) from None
    if isinstance(value, str):
        cell.data_type = "s"  # not a formula, even if it begins with =


def _add_choice(sheet: Any, letter: str, column: Column) -> None:
    """Add the drop-downs of a column, whose words are in the sheet that explains."""
    choice = DataValidation(
        type="list",
        formula1=f"{EXPLANATION}!{_words_range(column)}",
        allow_blank=True,
        showErrorMessage=True,
        errorTitle=column.header,
        error="Choose one of the list.",
    )
    sheet.add_data_validation(choice)
    choice.add(f"{letter}2:{letter}{_LAST_ROW}")


_CHOICES: Final = [(table, column) for table in TABLES for column in table.columns if column.words]
_FIRST_CHOICE: Final = 6
"""The index of the first column with words, beside the explanations."""


def _words_range(column: Column) -> str:
    index = next(number for number, (_, it) in enumerate(_CHOICES) if it is column)
    letter = letter_of(_FIRST_CHOICE + index)
    return f"${letter}$2:${letter}${1 + len(column.words)}"


def _add_explanation(sheet: Any) -> None:
    titles = ("sheet", "column", "needed", "what it is", "words")
    for index, title in enumerate(titles, 1):
        sheet.cell(1, index, title).font = Font(bold=True)
    explained = [(table, column) for table in TABLES for column in table.columns]
    for number, (table, column) in enumerate(explained, 2):
        needed = "yes" if column.is_required else ""
        line = (table.name, column.header, needed, column.explanation, ", ".join(column.words))
        for index, value in enumerate(line, 1):
            sheet.cell(number, index, value).alignment = Alignment(wrap_text=True, vertical="top")
    for index, width in enumerate((14, 22, 8, 60, 40)):
        sheet.column_dimensions[letter_of(index)].width = width
    for index, (table, column) in enumerate(_CHOICES, _FIRST_CHOICE + 1):
        sheet.cell(1, index, f"{table.name}: {column.header}").font = Font(bold=True)
        for number, word in enumerate(column.words, 2):
            sheet.cell(number, index, word)
    sheet.freeze_panes = "A2"
