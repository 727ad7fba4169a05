"""What is wrong with a list: each mistake with its cell, all reported together."""

from collections.abc import Iterable
from typing import NamedTuple


class ListProblem(NamedTuple):
    """A mistake in a list."""

    file: str
    sheet: str
    """The sheet of a workbook; empty for CSV."""

    cell: str
    """The cell as spreadsheets call it, such as `D5`; empty = the sheet or the file."""

    sentence: str
    """The column, what was expected, and what is there."""

    def __str__(self) -> str:
        """Return the file, the cell and the sentence."""
        place = "!".join(filter(None, (self.sheet, self.cell)))
        return ": ".join(filter(None, (self.file, place, self.sentence)))


class ListFileError(ValueError):
    """A file is not a valid list; `problems` has every mistake."""

    def __init__(self, problems: Iterable[ListProblem]) -> None:
        """Create an error; the message lists all mistakes."""
        listed = tuple(problems)
        super().__init__(listed)
        self.problems = listed

    def __str__(self) -> str:
        """Return a line for each mistake."""
        return "\n".join(map(str, self.problems))
