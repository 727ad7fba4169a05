"""What all screens have in common: tables of one look, and cells of harmless text.

A table of rich takes most of a second for a thousand rows, and leaves blanks at the ends of lines.
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

from ..escaping import harmless

_GAP: Final = 2
"""How many blanks are between columns."""

_MORE: Final = "…"
"""Stands at the end of the headings where columns are left out."""

GLUE: Final = "\ufdd0"
"""A blank where no line ends; rich ends them at every other one. No text has this character."""

Justify: TypeAlias = Literal["left", "right"]


class Column(NamedTuple):
    """A column of a table, and how it gives way where the screen is narrow."""

    heading: str
    justify: Justify = "left"
    least: int | None = None
    """How narrow it gets; None = not narrower than what is in it."""

    may_go: bool = False
    """Whether it is left out, the last one first, where all are as narrow as they get."""


def column(heading: str, *, justify: Justify = "left", least: int = 8) -> Column:
    """Return a column that gives way first: for names and the like, which are cut."""
    return Column(heading.upper(), justify, least, may_go=True)


def firm(heading: str, *, justify: Justify = "left", may_go: bool = False) -> Column:
    """Return a column that is there in full: for ids and other short texts."""
    return Column(heading.upper(), justify, may_go=may_go)


def words(heading: str, *, least: int = 12, may_go: bool = False) -> Column:
    """Return a column of texts that wrap, so that nothing of them is lost."""
    return Column(heading.upper(), least=least, may_go=may_go)


def listing(heading: str, lists: Iterable[str]) -> Column:
    """Return a column of lists such as `a, b`, whose items stay whole; `listed` makes the cells."""
    least = max((cell_len(item) for one in lists for item in one.split(", ")), default=0)
    return words(heading, least=least + len(","), may_go=True)


class HouseTable:
    """A table as all screens have it, as wide as it must be and never wider than the screen."""

    def __init__(self, *columns: Column, nothing: str = "") -> None:
        """Make a table without rows; `nothing` stands for it as long as there are none."""
        self.show_header = True
        self._columns = columns
        self._nothing = nothing
        self._rows: list[tuple[Text, ...]] = []
        self._guides: dict[int, Text] = {}
        self._below: dict[int, tuple[RenderableType, int | None]] = {}
        """The number of rows above something -> what stands there, and its indent."""

    def add_row(self, *cells: Text | str) -> None:
        """Add a row: a cell for each column."""
        self._rows.append(tuple(cell(one) if isinstance(one, str) else one for one in cells))

    def guide(self, number: int, guide: Text) -> None:
        """Say what stands in the first column where the row with a number takes more lines."""
        self._guides[number + 1] = guide

    def add_below(self, screen: RenderableType, indent: int | None = None) -> None:
        """Put a screen below the last row, unless told otherwise where its second cell starts."""
        self._below[len(self._rows)] = screen, indent

    def __rich_measure__(self, _: Console, __: ConsoleOptions) -> Measurement:
        """Return how wide the table is where there is room, and how narrow it gets as a whole."""
        natural = _natural(self._columns, self._shown())
        gaps = _GAP * (len(natural) - 1)
        least = sum(_least(self._columns, natural)) + gaps
        return Measurement(least, sum(natural) + gaps)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the lines of the table."""
        if self._nothing and not self._rows:
            yield note(self._nothing)
            return
        fitted = _fit(self._columns, self._shown(), options.max_width)
        for number, row in enumerate(fitted.rows, 0 if self.show_header else 1):
            is_heading, guide = number == 0, self._guides.get(number)
            lines = list(fitted.lines(console, row, guide, is_heading=is_heading))
            if is_heading and fitted.has_more:
                lines[-1].append(f"{' ' * _GAP}{_MORE}", "dim")
                lines[-1].truncate(options.max_width, overflow="ellipsis")
            for line in lines:
                yield from line.render(console)
                yield Segment.line()
            if number in self._below:
                screen, indent = self._below[number]
                beside = fitted.widths[0] + _GAP if indent is None else indent
                yield from _indented(console, options, screen, beside)

    def _shown(self) -> list[tuple[Text, ...]]:
        headings = tuple(Text(one.heading, "dim", overflow="ellipsis") for one in self._columns)
        return [headings, *self._rows] if self.show_header else self._rows


def _indented(
    console: Console, options: ConsoleOptions, screen: RenderableType, indent: int
) -> RenderResult:
    """Yield the lines of a screen beside some blanks."""
    indent = min(indent, options.max_width // 3)
    room = options.update(width=options.max_width - indent, height=None)
    for line in console.render_lines(screen, room, pad=False):
        if any(part.text.strip() for part in line):
            yield Segment(" " * indent)
            yield from line
        yield Segment.line()


class FirstThatFits:
    """Tables of the same: the first one that need leave nothing out, else the last one."""

    def __init__(self, *tables: HouseTable) -> None:
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
class _Fitted:
    """The columns of a table that a screen has room for."""

    columns: Sequence[Column]
    widths: Sequence[int]
    least: Sequence[int]
    """How wide the columns must be, so that texts in them may be cut."""

    rows: Iterable[Sequence[Text]]
    has_more: bool
    """Whether columns are left out."""

    def lines(
        self, console: Console, row: Sequence[Text], guide: Text | None, *, is_heading: bool
    ) -> Iterator[Text]:
        """Yield the lines of a row, made of those of its cells."""
        sizes = zip(row, self.widths, self.least, strict=True)
        parts = [_in_lines(console, one, width, least) for one, width, least in sizes]
        height = max(map(len, parts))
        if guide:
            parts[0] += [guide] * (height - len(parts[0]))
        if is_heading:
            parts = [[Text()] * (height - len(lines)) + lines for lines in parts]
        for number in range(height):
            line, blanks = Text(), 0
            for lines, width, column_of in zip(parts, self.widths, self.columns, strict=True):
                part = lines[number] if number < len(lines) else None
                if not part:
                    blanks += width + _GAP
                    continue
                room = width - cell_len(part.plain)
                before = room if column_of.justify == "right" else 0
                if blanks + before:
                    line.append(" " * (blanks + before))
                line.append_text(part)
                blanks = room - before + _GAP
            yield line


def _fit(columns: Sequence[Column], rows: Sequence[Sequence[Text]], available: int) -> _Fitted:
    """Return the columns that there is room for."""
    natural = _natural(columns, rows)
    least = _least(columns, natural)
    there = list(range(len(columns)))
    may_go = [place for place in there if columns[place].may_go]
    while may_go and sum(least[place] + _GAP for place in there) - _GAP > available:
        there.remove(may_go.pop())
    widths = [natural[place] for place in there]
    least = [least[place] for place in there]
    excess = sum(widths) + _GAP * (len(widths) - 1) - available
    for is_last, stops in ((False, least), (True, least), (True, [1] * len(there))):
        places = [place for place, one in enumerate(there) if is_last or columns[one].may_go]
        excess = _shrink(widths, places, stops, excess)
    return _Fitted(
        [columns[place] for place in there],
        widths,
        least,
        ([row[place] for place in there] for row in rows),
        len(there) < len(columns),
    )


def _natural(columns: Sequence[Column], rows: Iterable[Sequence[Text]]) -> list[int]:
    """Return how wide columns are where there is room."""
    widths = [1] * len(columns)
    for row in rows:
        for place, one in enumerate(row):
            widths[place] = max(widths[place], *map(cell_len, one.plain.split("\n")))
    return widths


def _least(columns: Sequence[Column], natural: Sequence[int]) -> list[int]:
    """Return how narrow columns get."""
    return [
        width if one.least is None else min(width, one.least)
        for one, width in zip(columns, natural, strict=True)
    ]


def _shrink(widths: list[int], among: Sequence[int], least: Sequence[int], excess: int) -> int:
    """Make some columns narrower, the widest first; return what is still too much."""
    while excess > 0:
        places = [place for place in among if widths[place] > least[place]]
        if not places:
            break
        widest = max(widths[place] for place in places)
        group = [place for place in places if widths[place] == widest]
        stops = [least[place] for place in group]
        stops += [widths[place] for place in places if widths[place] < widest]
        cut = max(1, min(widest - max(stops), excess // len(group)))
        for place in group[::-1][:excess]:
            widths[place] -= cut
            excess -= cut
    return excess


def _in_lines(console: Console, one: Text, width: int, least: int) -> list[Text]:
    """Return the lines of a cell in a column; it is cut only if there is room to tell it by."""
    if one.no_wrap and cell_len(one.plain) > width >= least:
        cut = one.copy()
        cut.truncate(width, overflow="ellipsis")
        return [cut]
    if "\n" not in one.plain and cell_len(one.plain) <= width:
        lines = [one]
    else:
        overflow = "fold" if one.no_wrap else one.overflow
        lines = list(one.wrap(console, width, overflow=overflow, no_wrap=False))
        for line in lines:
            line.rstrip()
    return [_unglued(line) if GLUE in line.plain else line for line in lines]


def _unglued(line: Text) -> Text:
    shown = line.copy()
    shown.plain = line.plain.replace(GLUE, " ")
    return shown


def table_of(
    columns: Sequence[Column],
    rows: Iterable[Sequence[Text | str]],
    optional: Collection[str] = (),
    nothing: str = "",
) -> HouseTable:
    """Return a table of rows; optional columns, by their headings, only where they hold a word."""
    listed = list(rows)
    wanted = [
        place
        for place, one in enumerate(columns)
        if one.heading not in optional or any(row[place] for row in listed)
    ]
    table = HouseTable(*(columns[place] for place in wanted), nothing=nothing)
    for row in listed:
        table.add_row(*(row[place] for place in wanted))
    return table


def note(sentence: str, style: StyleType = "dim") -> HouseTable:
    """Return a sentence that stands alone."""
    table = HouseTable(words(""))
    table.show_header = False
    table.add_row(wrapped(sentence, style))
    return table


def cell(text: str | None, style: StyleType = "") -> Text:
    """Return a text as the content of a cell: one line, cut where it does not fit."""
    return Text(harmless(text or ""), style, no_wrap=True, overflow="ellipsis")


def listed(text: str, style: StyleType = "") -> Text:
    """Return a list such as `a, b` as the content of a cell that wraps between its items."""
    return wrapped(text.replace(" ", GLUE).replace(f",{GLUE}", ", "), style)


def wrapped(text: str | None, style: StyleType = "") -> Text:
    """Return a text as the content of a cell that wraps, so that nothing of it is lost."""
    return Text(harmless(text or ""), style, overflow="fold")
