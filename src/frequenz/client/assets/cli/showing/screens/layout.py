"""Tables and cells, in the same style on all screens, with control characters escaped.

A table of rich takes most of a second for a thousand rows, and leaves spaces at the ends of lines.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, TypeAlias

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.measure import Measurement
from rich.segment import Segment
from rich.style import StyleType
from rich.text import Text

from ..escaping import escape_control

_GAP: Final = 2
"""The number of spaces between columns."""

_MORE: Final = "…"
"""Follows the header where columns are dropped."""

NO_BREAK: Final = "\ufdd0"
"""A space at which lines do not wrap; rich wraps at every other. No text has this character."""

Justify: TypeAlias = Literal["left", "right"]


class Column(NamedTuple):
    """A column of a table, and how it shrinks on a narrow screen."""

    heading: str
    justify: Justify = "left"
    min_width: int | None = None
    """None for the width of its content."""

    is_droppable: bool = False
    """Whether it is dropped, the last one first, if columns at their minimum do not fit."""

    shrinks_first: bool = False
    """Whether it is narrowed before texts of other columns are truncated."""


def truncated_column(heading: str, *, justify: Justify = "left", min_width: int = 8) -> Column:
    """Return a column of texts that may be truncated; it shrinks before the others."""
    return Column(heading.upper(), justify, min_width, is_droppable=True)


def fixed_column(heading: str, *, justify: Justify = "left", is_droppable: bool = False) -> Column:
    """Return a column of IDs and other short texts, which are shown in full."""
    return Column(heading.upper(), justify, is_droppable=is_droppable)


def wrapped_column(heading: str, *, min_width: int = 12, is_droppable: bool = False) -> Column:
    """Return a column of texts that wrap."""
    return Column(heading.upper(), min_width=min_width, is_droppable=is_droppable)


def list_column(heading: str, lists: Iterable[str]) -> Column:
    """Return a column of lists such as `a, b`, which wrap between items; see `wrapped_list`."""
    longest = max((cell_len(item) for text in lists for item in text.split(", ")), default=0)
    width, has_items = longest + len(","), longest > 0
    return Column(heading.upper(), min_width=width, is_droppable=True, shrinks_first=has_items)


class TextTable:
    """A table as wide as its content, and never wider than the screen."""

    def __init__(self, *columns: Column, placeholder: str = "") -> None:
        """Make a table; the placeholder is shown as long as it has no rows."""
        self.show_header = True
        self._columns = columns
        self._placeholder = placeholder
        self._rows: list[tuple[Text, ...]] = []
        self._guides: dict[int, Text] = {}
        self._below: dict[int, tuple[RenderableType, int | None]] = {}
        """The number of rows above a screen -> the screen, and its indent."""

    def add_row(self, *cells: Text | str) -> None:
        """Add a row with a cell for each column."""
        self._rows.append(tuple(truncated(it) if isinstance(it, str) else it for it in cells))

    def set_guide(self, row: int, guide: Text) -> None:
        """Set what the first column shows on further lines of a row."""
        self._guides[row + 1] = guide

    def add_below(self, screen: RenderableType, indent: int | None = None) -> None:
        """Add a screen below the last row, by default indented as the second column."""
        self._below[len(self._rows)] = screen, indent

    def __rich_measure__(self, _: Console, __: ConsoleOptions) -> Measurement:
        """Return the minimum and the full width of the table."""
        full = _full_widths(self._columns, self._lines())
        gaps = _GAP * (len(full) - 1)
        return Measurement(sum(_min_widths(self._columns, full)) + gaps, sum(full) + gaps)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the lines of the table."""
        if self._placeholder and not self._rows:
            yield note(self._placeholder)
            return
        fitted = _fit(self._columns, self._lines(), options.max_width)
        for number, row in enumerate(fitted.rows, 0 if self.show_header else 1):
            is_header, guide = number == 0, self._guides.get(number)
            lines = list(fitted.lines(console, row, guide, is_header=is_header))
            if is_header and fitted.has_dropped:
                lines[-1].append(f"{' ' * _GAP}{_MORE}", "dim")
                lines[-1].truncate(options.max_width, overflow="ellipsis")
            for line in lines:
                yield from line.render(console)
                yield Segment.line()
            if number in self._below:
                screen, indent = self._below[number]
                default = fitted.widths[0] + _GAP
                yield from _indented(
                    console, options, screen, default if indent is None else indent
                )

    def _lines(self) -> list[tuple[Text, ...]]:
        header = tuple(Text(it.heading, "dim", overflow="ellipsis") for it in self._columns)
        return [header, *self._rows] if self.show_header else self._rows


def _indented(
    console: Console, options: ConsoleOptions, screen: RenderableType, indent: int
) -> RenderResult:
    indent = min(indent, options.max_width // 3)
    inner = options.update(width=options.max_width - indent, height=None)
    for line in console.render_lines(screen, inner, pad=False):
        if any(segment.text.strip() for segment in line):
            yield Segment(" " * indent)
            yield from line
        yield Segment.line()


class FirstThatFits:
    """Tables of the same data: shows the first that fits without dropping columns, or the last."""

    def __init__(self, *tables: TextTable) -> None:
        """Take the tables, from the widest to the narrowest."""
        self.show_header = True
        self._tables = tables

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the table."""
        for table in self._tables:
            table.show_header = self.show_header
            if table.__rich_measure__(console, options).minimum <= options.max_width:
                break
        yield table


@dataclass(frozen=True)
class _FittedTable:
    """The columns of a table that fit a screen."""

    columns: Sequence[Column]
    widths: Sequence[int]
    min_widths: Sequence[int]
    rows: Iterable[Sequence[Text]]
    has_dropped: bool
    """Whether columns are dropped."""

    def lines(
        self, console: Console, row: Sequence[Text], guide: Text | None, *, is_header: bool
    ) -> Iterator[Text]:
        """Yield the lines of a row."""
        sizes = zip(row, self.widths, self.min_widths, strict=True)
        cells = [_cell_lines(console, cell, width, minimum) for cell, width, minimum in sizes]
        height = max(map(len, cells))
        if guide:
            cells[0] += [guide] * (height - len(cells[0]))
        if is_header:
            cells = [[Text()] * (height - len(lines)) + lines for lines in cells]
        for number in range(height):
            line, spaces = Text(), 0
            for lines, width, column in zip(cells, self.widths, self.columns, strict=True):
                part = lines[number] if number < len(lines) else None
                if not part:
                    spaces += width + _GAP
                    continue
                padding = width - cell_len(part.plain)
                before = padding if column.justify == "right" else 0
                if spaces + before:
                    line.append(" " * (spaces + before))
                line.append_text(part)
                spaces = padding - before + _GAP
            yield line


def _fit(columns: Sequence[Column], rows: Sequence[Sequence[Text]], available: int) -> _FittedTable:
    """Return the columns that fit a width."""
    full = _full_widths(columns, rows)
    minimum = _min_widths(columns, full)
    kept = list(range(len(columns)))
    droppable = [index for index in kept if columns[index].is_droppable]
    while droppable and sum(minimum[index] + _GAP for index in kept) - _GAP > available:
        kept.remove(droppable.pop())
    widths = [full[index] for index in kept]
    min_widths = [minimum[index] for index in kept]
    excess = sum(widths) + _GAP * (len(widths) - 1) - available
    shown = [columns[index] for index in kept]
    everything = range(len(kept))
    for indexes, limits in (
        ([at for at in everything if shown[at].shrinks_first], min_widths),
        ([at for at in everything if shown[at].is_droppable], min_widths),
        (everything, min_widths),
        (everything, [1] * len(kept)),
    ):
        excess = _shrink(widths, indexes, limits, excess)
    return _FittedTable(
        shown,
        widths,
        min_widths,
        ([row[index] for index in kept] for row in rows),
        len(kept) < len(columns),
    )


def _full_widths(columns: Sequence[Column], rows: Iterable[Sequence[Text]]) -> list[int]:
    """Return the widths of the contents of columns."""
    widths = [1] * len(columns)
    for row in rows:
        for index, cell in enumerate(row):
            widths[index] = max(widths[index], *map(cell_len, cell.plain.split("\n")))
    return widths


def _min_widths(columns: Sequence[Column], full: Sequence[int]) -> list[int]:
    return [
        width if column.min_width is None else min(width, column.min_width)
        for column, width in zip(columns, full, strict=True)
    ]


def _shrink(widths: list[int], indexes: Sequence[int], limits: Sequence[int], excess: int) -> int:
    """Make some columns narrower, the widest first; return the excess that remains."""
    while excess > 0:
        shrinkable = [index for index in indexes if widths[index] > limits[index]]
        if not shrinkable:
            break
        widest = max(widths[index] for index in shrinkable)
        group = [index for index in shrinkable if widths[index] == widest]
        stops = [limits[index] for index in group]
        stops += [widths[index] for index in shrinkable if widths[index] < widest]
        step = max(1, min(widest - max(stops), excess // len(group)))
        for index in group[::-1][:excess]:
            widths[index] -= step
            excess -= step
    return excess


def _cell_lines(console: Console, cell: Text, width: int, min_width: int) -> list[Text]:
    """Return the lines of a cell; below the minimum width, a text wraps instead of truncating."""
    if cell.no_wrap and cell_len(cell.plain) > width >= min_width:
        shortened = cell.copy()
        shortened.truncate(width, overflow="ellipsis")
        return [shortened]
    if "\n" not in cell.plain and cell_len(cell.plain) <= width:
        lines = [cell]
    else:
        overflow = "fold" if cell.no_wrap else cell.overflow
        lines = list(cell.wrap(console, width, overflow=overflow, no_wrap=False))
        for line in lines:
            line.rstrip()
    return [_with_spaces(line) if NO_BREAK in line.plain else line for line in lines]


def _with_spaces(line: Text) -> Text:
    spaced = line.copy()
    spaced.plain = line.plain.replace(NO_BREAK, " ")
    return spaced


def make_table(
    columns: Sequence[Column],
    rows: Iterable[Sequence[Text | str]],
    optional: Collection[str] = (),
    placeholder: str = "",
) -> TextTable:
    """Return a table of rows, without the optional columns, by heading, that have no content."""
    listed = list(rows)
    indexes = [
        index
        for index, column in enumerate(columns)
        if column.heading not in optional or any(row[index] for row in listed)
    ]
    table = TextTable(*(columns[index] for index in indexes), placeholder=placeholder)
    for row in listed:
        table.add_row(*(row[index] for index in indexes))
    return table


def note(text: str, style: StyleType = "dim") -> TextTable:
    """Return a text as a screen of its own."""
    table = TextTable(wrapped_column(""))
    table.show_header = False
    table.add_row(wrapped(text, style))
    return table


def truncated(text: str | None, style: StyleType = "") -> Text:
    """Return a cell of one line, which ends in an ellipsis if it does not fit."""
    return Text(escape_control(text or ""), style, no_wrap=True, overflow="ellipsis")


def wrapped(text: str | None, style: StyleType = "") -> Text:
    """Return a cell that wraps."""
    return Text(escape_control(text or ""), style, overflow="fold")


def stacked(*cells: Text) -> Text:
    """Return a cell with several below each other, without those that are empty."""
    return Text("\n", overflow="fold").join(cell for cell in cells if cell)


def wrapped_list(text: str, style: StyleType = "") -> Text:
    """Return a cell with a list such as `a, b` that wraps between items."""
    return wrapped(text.replace(" ", NO_BREAK).replace(f",{NO_BREAK}", ", "), style)
