"""From the cells of a table to rows, with every mistake."""

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from ._cells import Cell, Value
from ._problems import ListProblem
from ._tables import Table

ValueT = TypeVar("ValueT")

_FORMULA_ERRORS: Final = frozenset(
    {"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#SPILL!", "#VALUE!"}
)
_UNITS: Final = frozenset({"w", "kw", "mw", "wh", "kwh", "mwh", "a", "ka", "v", "kv"})


@dataclass
class Problems:
    """The mistakes of a file, collected while it is read."""

    file: str
    found: list[ListProblem] = field(default_factory=list)

    def add(self, sheet: str, cell: str, sentence: str) -> None:
        """Add a mistake."""
        self.found.append(ListProblem(self.file, sheet, cell, sentence))


@dataclass
class Row:
    """A row of a table that is not empty."""

    sheet: str
    number: int
    """Counted from 1, as spreadsheets do."""

    cells: dict[str, Cell]
    """By the header of the column."""

    columns: dict[str, str]
    """By header, the letter of the column."""

    problems: Problems
    is_valid: bool = True

    def read(self, header: str, parse: Callable[..., ValueT], *more: Any) -> ValueT | None:
        """Return the value in a column; None if it is empty or wrong, which is reported."""
        cell = self.cells.get(header)
        if cell is None:
            return None
        if cell.value in _FORMULA_ERRORS:
            self.report(header, f"expected a value, but the formula gives {cell.value}")
            return None
        try:
            return parse(cell, *more)
        except ValueError as error:
            self.report(header, f"expected {error}, got {cell}")
            return None

    def report(self, header: str, sentence: str) -> None:
        """Report a mistake in a column."""
        self.is_valid = False
        letter = self.columns.get(header)
        address = f"{letter}{self.number}" if letter else f"row {self.number}"
        self.problems.add(self.sheet, address, f"{header}: {sentence}")

    def report_if_given(self, headers: Iterable[str], reason: str) -> None:
        """Report values in columns that the row cannot have."""
        for header in headers:
            if cell := self.cells.get(header):
                self.report(header, f"{reason}; expected an empty cell, got {cell}")


def rows_of(
    table: Table,
    sheet: str,
    lines: Sequence[Sequence[Value]],
    problems: Problems,
    *,
    has_decimal_comma: bool = False,
) -> Iterator[Row]:
    """Yield the rows of a table below its header, which is the first line that is not empty."""
    lines_left = ((number, line) for number, line in enumerate(lines, 1) if any(map(_given, line)))
    first = next(lines_left, None)
    if first is None:
        return
    columns = _columns(table, sheet, *first, problems)
    letters = {header: letter_of(index) for index, header in columns.items()}
    for number, line in lines_left:
        cells = {}
        for index, value in enumerate(line):
            stripped = value.strip() if isinstance(value, str) else value
            if stripped is None or stripped == "":
                continue
            cell = Cell(f"{letter_of(index)}{number}", stripped, has_decimal_comma)
            if index in columns:
                cells[columns[index]] = cell
            elif not _given(first[1][index] if index < len(first[1]) else None):
                problems.add(sheet, cell.address, f"there is no header above {cell}")
        row = Row(sheet, number, cells, letters, problems)
        for column in table.columns:
            if column.is_required and column.header in letters and column.header not in cells:
                row.report(column.header, "missing; every row needs one")
        yield row


def _given(value: Value) -> bool:
    return value is not None and not (isinstance(value, str) and not value.strip())


def _columns(
    table: Table, sheet: str, number: int, line: Sequence[Value], problems: Problems
) -> dict[int, str]:
    """Return the header of each column that the table knows, by its index."""
    known = {_simplified(header): header for header in table.headers}
    columns: dict[int, str] = {}
    for index, value in enumerate(line):
        if not _given(value):
            continue
        address = f"{letter_of(index)}{number}"
        header = known.get(_simplified(str(value)))
        if header is None:
            problems.add(sheet, address, f"unknown column {value!r}; {_hint(str(value), table)}")
        elif header in columns.values():
            problems.add(sheet, address, f"the column {header} is there twice")
        else:
            columns[index] = header
    for column in table.columns:
        if column.is_required and column.header not in columns.values():
            problems.add(sheet, f"row {number}", f"the column {column.header} is missing")
    return columns


def _simplified(header: str) -> str:
    return " ".join(re.sub(r"[^\w]|_", " ", header).lower().split())


def _hint(header: str, table: Table) -> str:
    """Return which column a header probably means."""
    simple = _simplified(header)
    known = {_simplified(it): it for it in table.headers}
    stem, _, unit = simple.rpartition(" ")
    for name, column in known.items():
        if unit in _UNITS and name.rpartition(" ")[0] == stem:
            return f"expected {column}, with numbers in {column.rpartition(' ')[2]}"
    starting = [name for name in known if name.startswith(simple)]
    near = starting[:1] or difflib.get_close_matches(simple, known, n=1)
    if near:
        return f"did you mean {known[near[0]]}?"
    return f"expected {', '.join(table.headers)}"


def letter_of(index: int) -> str:
    """Return the letters of a column by its index: A, ..., Z, AA, ..."""
    letters = ""
    number = index + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
