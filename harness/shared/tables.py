"""Markdown tables."""

from collections.abc import Iterable


def table(
    columns: Iterable[str], rows: Iterable[Iterable[str]], *, has_numbers: bool = False
) -> str:
    """Return a table; all columns but the first are aligned for numbers if it has some."""
    return "\n".join((head(columns, has_numbers=has_numbers), *map(row, rows)))


def head(columns: Iterable[str], *, has_numbers: bool = False) -> str:
    """Return the first two lines of a table."""
    first, *others = columns
    aligned = ":--", *(["--:" if has_numbers else ":--"] * len(others))
    return f"{row((first, *others))}\n{row(aligned)}"


def row(cells: Iterable[str]) -> str:
    """Return a line of a table."""
    return f"| {' | '.join(cells)} |"
