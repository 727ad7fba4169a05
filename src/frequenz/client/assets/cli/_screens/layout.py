"""What all screens have in common: tables of one look, and cells of harmless text.

A table of rich takes most of a second for a thousand rows, and leaves blanks at the ends of lines.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final, Literal, NamedTuple

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.segment import Segment
from rich.style import StyleType
from rich.text import Text

from .._harmless import harmless

_GAP: Final = 2
"""How many blanks are between columns."""


class Column(NamedTuple):
    """A column of a table."""

    heading: str
    justify: Literal["left", "right"] = "left"
    is_firm: bool = False
    """Whether it gives way last where the screen is narrow."""


def column(heading: str, *, justify: Literal["left", "right"] = "left") -> Column:
    """Return a column that gives way where the screen is narrow."""
    return Column(heading.upper(), justify)


def firm(heading: str, *, justify: Literal["left", "right"] = "left") -> Column:
    """Return a column that gives way last: for ids and other short texts."""
    return Column(heading.upper(), justify, is_firm=True)


class HouseTable:
    """A table as all screens have it, as wide as it must be and never wider than the screen."""

    def __init__(self, *columns: Column) -> None:
        """Make a table without rows."""
        self.show_header = True
        self._columns = columns
        self._rows: list[tuple[Text, ...]] = []

    def add_row(self, *cells: Text | str) -> None:
        """Add a row: a cell for each column."""
        self._rows.append(tuple(cell(one) if isinstance(one, str) else one for one in cells))

    def __rich_measure__(self, _: Console, __: ConsoleOptions) -> Measurement:
        """Return how wide the table is where there is room."""
        natural = self._natural(self._shown())
        return Measurement(len(natural), sum(natural) + _GAP * (len(natural) - 1))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the lines of the table."""
        rows = self._shown()
        widths = self._widths(rows, options.max_width)
        for number, row in enumerate(rows):
            parts = [_fitted(console, one, width) for one, width in zip(row, widths, strict=True)]
            if self.show_header and number == 0:
                height = max(map(len, parts))
                parts = [[Text()] * (height - len(lines)) + lines for lines in parts]
            for line in self._lines(parts, widths):
                yield from line.render(console)
                yield Segment.line()

    def _shown(self) -> list[tuple[Text, ...]]:
        headings = tuple(Text(one.heading, "dim", overflow="ellipsis") for one in self._columns)
        return [headings, *self._rows] if self.show_header else self._rows

    def _natural(self, rows: Iterable[Sequence[Text]]) -> list[int]:
        """Return how wide the columns are where there is room."""
        widths = [1] * len(self._columns)
        for row in rows:
            for place, one in enumerate(row):
                widths[place] = max(widths[place], *map(cell_len, one.plain.split("\n")))
        return widths

    def _widths(self, rows: Iterable[Sequence[Text]], available: int) -> list[int]:
        widths = self._natural(rows)
        excess = sum(widths) + _GAP * (len(widths) - 1) - available
        for is_firm in (False, True):
            places = [place for place, one in enumerate(self._columns) if one.is_firm is is_firm]
            excess = _shrink(widths, places, excess)
        return widths

    def _lines(self, parts: Sequence[Sequence[Text]], widths: Sequence[int]) -> Iterator[Text]:
        """Yield the lines of a row, made of those of its cells; nothing is blank at their ends."""
        for number in range(max(map(len, parts))):
            line, blanks = Text(), 0
            for lines, width, column_of in zip(parts, widths, self._columns, strict=True):
                part = lines[number] if number < len(lines) else Text()
                room = width - cell_len(part.plain)
                before = room if column_of.justify == "right" else 0
                if part:
                    line.append(" " * (blanks + before)).append_text(part)
                    blanks = room - before + _GAP
                else:
                    blanks += width + _GAP
            yield line


def _shrink(widths: list[int], places: Sequence[int], excess: int) -> int:
    """Make some columns narrower, the widest first; return what is still too much."""
    while excess > 0 and places:
        widest = max(widths[place] for place in places)
        if widest == 1:
            break
        group = [place for place in places if widths[place] == widest]
        next_one = max((widths[place] for place in places if widths[place] < widest), default=1)
        cut = max(1, min(widest - next_one, excess // len(group)))
        for place in group[::-1][:excess]:
            widths[place] -= cut
            excess -= cut
    return excess


def _fitted(console: Console, one: Text, width: int) -> list[Text]:
    """Return the lines of a cell in a column."""
    if "\n" not in one.plain and cell_len(one.plain) <= width:
        return [one]
    if one.no_wrap:
        cut = one.copy()
        cut.truncate(width, overflow="ellipsis")
        return [cut]
    return list(one.wrap(console, width))


def house_table(*columns: Column) -> HouseTable:
    """Return an empty table."""
    return HouseTable(*columns)


def table_of(
    columns: Sequence[Column],
    rows: Iterable[Sequence[Text | str]],
    optional: Collection[str] = (),
) -> HouseTable:
    """Return a table of rows; optional columns, by their headings, only where they hold a word."""
    listed = list(rows)
    wanted = [
        place
        for place, one in enumerate(columns)
        if one.heading not in optional or any(row[place] for row in listed)
    ]
    table = house_table(*(columns[place] for place in wanted))
    for row in listed:
        table.add_row(*(row[place] for place in wanted))
    return table


def cell(text: str | None, style: StyleType = "") -> Text:
    """Return a text as the content of a cell: one line, cut where it does not fit."""
    return Text(harmless(text or ""), style, no_wrap=True, overflow="ellipsis")


def wrapped(text: str | None, style: StyleType = "") -> Text:
    """Return a text as the content of a cell that wraps, so that nothing of it is lost."""
    return Text(harmless(text or ""), style, overflow="fold")
