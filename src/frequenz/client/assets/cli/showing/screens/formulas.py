"""Power formulas."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.text import Text

from .layout import HouseTable, firm, words, wrapped

if TYPE_CHECKING:
    from ...asking.formulas import Formula  # few screens need what it imports


def formulas_table(found: Iterable["Formula"]) -> HouseTable:
    """Return formulas, or why there are none, in full."""
    table = HouseTable(firm("name"), words("formula"), nothing="no formulas")
    for one in found:
        table.add_row(one.name, _formula(one))
    return table


def _formula(one: "Formula") -> Text:
    if one.formula is None:
        return wrapped(f"none: {one.reason}", "bold red")
    formula = wrapped(one.formula)
    formula.highlight_regex(r"#\d+", "cyan")
    return formula
