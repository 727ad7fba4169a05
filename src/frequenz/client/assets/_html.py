"""HTML that notebooks show. All text in it is foreign, and therefore escaped."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias, TypeVar

from ._lazy import lazy_module

if TYPE_CHECKING:
    import html
else:
    html = lazy_module("html", __package__)

Row: TypeAlias = Mapping[str, object]
"""The cells of a row by the headings of their columns; None is an empty cell."""

MAX_ROWS: Final = 200
"""How many rows a table shows; a line below it says how many there are."""

_LEFT: Final = ' style="text-align:left"'
"""Some notebooks align cells to the right otherwise."""


def paragraph(text: str) -> str:
    """Return a text as a paragraph."""
    return f"<p>{html.escape(text)}</p>"


def table(rows: Iterable[Row], count: int) -> str:
    """Return the first rows of a table, with a line that says so if there are more.

    Args:
        rows: The rows, which have the same columns.
        count: How many there are.
    """
    shown = [*islice(rows, MAX_ROWS)]
    heads = "".join(_cell("th", head) for head in shown[0]) if shown else ""
    body = "".join(f"<tr>{''.join(_cell('td', it) for it in row.values())}</tr>" for row in shown)
    more = paragraph(f"the first {len(shown)} of {count}") if count > len(shown) else ""
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>{more}"


def record(values: Row) -> str:
    """Return a table with a line for each value."""
    lines = "".join(f"<tr>{_cell('th', key)}{_cell('td', it)}</tr>" for key, it in values.items())
    return f"<table><tbody>{lines}</tbody></table>"


def _cell(tag: str, value: object) -> str:
    text = "" if value is None else html.escape(str(value))
    return f"<{tag}{_LEFT}>{text}</{tag}>"


class HasRow(Protocol):
    """Is a row of a table."""

    def _row(self) -> Row: ...


ItemT_co = TypeVar("ItemT_co", bound=HasRow, covariant=True)
ItemT = TypeVar("ItemT", bound=HasRow)


def table_of(items: Sequence[HasRow]) -> str:
    """Return a table with a row for each item."""
    return table((item._row() for item in items), len(items))


class ShownAsRow:
    """A notebook shows it as a table of one row."""

    __slots__ = ()

    def _repr_html_(self: HasRow) -> str:
        return table_of([self])


class TableList(list[ItemT]):
    """A list that a notebook shows as a table, unless it is empty."""

    def _repr_html_(self) -> str | None:
        return table_of(self) if self else None


class TableTuple(tuple[ItemT_co, ...]):
    """A tuple that a notebook shows as a table, unless it is empty."""

    def _repr_html_(self) -> str | None:
        return table_of(self) if self else None
