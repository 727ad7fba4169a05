"""Power formulas."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.text import Text

from .layout import TextTable, fixed_column, wrapped, wrapped_column

if TYPE_CHECKING:
    from ....topology import Formula  # imports the graph library, which few screens need


def formulas_table(formulas: Iterable["Formula"]) -> TextTable:
    """Return formulas, or the reasons why there are none."""
    table = TextTable(fixed_column("name"), wrapped_column("formula"), placeholder="no formulas")
    for formula in formulas:
        table.add_row(formula.name, _formula_cell(formula))
    return table


def _formula_cell(formula: "Formula") -> Text:
    if formula.formula is None:
        return wrapped(f"none: {formula.reason}", "bold red")
    cell = wrapped(formula.formula)
    cell.highlight_regex(r"#\d+", "cyan")
    if formula.note:
        cell.append(f"\n{formula.note}", "yellow")
    return cell
