"""The component graph of a microgrid as a tree."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final, NamedTuple, TypeAlias

from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType
from rich.text import Text

from ....electrical_component import GridConnectionPoint
from ....fleet import Site, SiteView
from ....topology._quantities import rating_text
from ..escaping import escape_control
from ..trees import MAX_LEVELS, Branch, Elsewhere, Mark, build_trees
from .layout import (
    Column,
    TextTable,
    list_column,
    make_table,
    note,
    truncated,
    truncated_column,
    wrapped,
    wrapped_column,
    wrapped_list,
)
from .text import kind_text, time_text

Names: TypeAlias = Mapping[ElectricalComponentId, str | None]

_ARROWS: Final = {Elsewhere.ABOVE: "↑", Elsewhere.BELOW: "↓"}

_FAULTS: Final = frozenset({Mark.UNCONNECTED, Mark.SAME_ID, Mark.NO_SUCH_COMPONENT, Mark.CYCLE})
"""The marks of invalid data; the others are of components that are not in use."""

_IMPLIED: Final = {
    Mark.CONNECTION_ENDED: Mark.ENDED,
    Mark.CONNECTION_NOT_STARTED: Mark.NOT_STARTED,
}
"""Marks of connections -> the marks of components that imply them."""

_WIDTH_PER_LEVEL: Final = 10
"""The width of a screen for each level of a tree; less than half of it is indentation."""

_USUAL_LEVELS: Final = 8
"""The number of levels on a narrower screen, if the IDs fit."""

_INDENT: Final = 4
_STATE_WIDTH: Final = 11
"""The minimum width of the state: its longest word."""


class ComponentTree:
    """The component graph of a site, from the grid connection points down, at any width.

    Branches that are too deep for the width continue as trees of their own, such as `2 → 3`.
    """

    def __init__(self, site: Site | SiteView, now: datetime) -> None:
        self._site = site
        self._now = now
        self.show_header = True

    def __rich_console__(self, _: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        """Yield the trees, and a note if there is no grid connection point."""
        components = self._site.components
        longest_id = max((len(str(int(it.id))) for it in components), default=1)
        space = options.max_width - len("↑  …  ") - longest_id - _STATE_WIDTH
        levels = _levels(space, options.max_width)
        trees = build_trees(components, self._site.connections, self._now, levels)
        if not trees:
            yield note("no components")
            return
        yield self._table(trees)
        if not any(isinstance(component, GridConnectionPoint) for component in components):
            yield note("no grid connection point: an island, or incomplete data")

    def _table(self, trees: list[Branch]) -> TextTable:
        names: Names = {component.id: component.name for component in self._site.components}
        lines = list(_lines(trees))
        labels = [_label(lead, branch, names) for lead, branch in lines]
        ratings = [rating_text(branch.component) if branch.component else "" for _, branch in lines]
        columns = (
            Column("COMPONENT", min_width=max(label.min_width for label in labels)),
            truncated_column("kind", min_width=12),
            list_column("rating", ratings),
            wrapped_column("state", min_width=_STATE_WIDTH),
        )
        rows = (
            (
                label.text,
                truncated(kind_text(branch.component) if branch.component else None, "dim"),
                wrapped_list(rating, "green"),
                _state_cell(branch),
            )
            for label, rating, (_, branch) in zip(labels, ratings, lines, strict=True)
        )
        table = make_table(columns, rows, optional={"RATING", "STATE"})
        table.show_header = self.show_header
        for row, (lead, branch) in enumerate(lines):
            guide = lead.replace("├── ", "│   ").replace("└── ", "    ")
            table.set_guide(row, Text(f"{guide}│" if branch.children else guide, "dim"))
        return table


def _levels(space: int, width: int) -> int:
    """Return how many levels a tree has on a screen, with some space for indentation."""
    usual = max(_USUAL_LEVELS, width // _WIDTH_PER_LEVEL)
    return max(2, min(MAX_LEVELS, usual, 1 + space // _INDENT))


def _lines(trees: list[Branch]) -> Iterator[tuple[str, Branch]]:
    """Yield the branches from top to bottom, each with the lines that lead to it."""
    stack = [("", "", branch) for branch in reversed(trees)]
    while stack:
        lead, indent, branch = stack.pop()
        yield lead, branch
        last = len(branch.children) - 1
        stack += [
            (f"{indent}└── ", f"{indent}    ", child)
            if index == last
            else (f"{indent}├── ", f"{indent}│   ", child)
            for index, child in reversed(list(enumerate(branch.children)))
        ]


class _Label(NamedTuple):
    """The lines that lead to a component, with its ID and its name."""

    text: Text
    min_width: int
    """The width with an ellipsis for the name."""


def _label(lead: str, branch: Branch, names: Names) -> _Label:
    name = branch.component.name if branch.component else names.get(branch.component_id)
    label = truncated("")
    label.append(lead, "dim")
    if branch.connection and not lead:
        label.append(f"{int(branch.connection.source)} → ", "dim")
    if branch.elsewhere:
        label.append(f"{_ARROWS[branch.elsewhere]} ", "bold")
    label.append(f"{int(branch.component_id)}", "bold cyan")
    min_width = cell_len(label.plain)
    if not name:
        return _Label(label, min_width)
    label.append(f" {escape_control(name)}", "dim" if branch.elsewhere else "")
    return _Label(label, min(min_width + len(" …"), cell_len(label.plain)))


def _state_cell(branch: Branch) -> Text:
    state = wrapped("")
    for mark in branch.marks:
        if _IMPLIED.get(mark) not in branch.marks:
            state.append(", " if state else "")
            style = "bold red" if mark in _FAULTS else "bold yellow"
            state.append(_mark_text(mark, branch), style)
    return state


def _mark_text(mark: Mark, branch: Branch) -> str:
    """Return the text of a mark, with the date of the start or the end of a lifetime."""
    limited = branch.connection if mark in _IMPLIED else branch.component
    lifetime = limited.operational_lifetime if limited else None
    date = None
    if lifetime and mark in {Mark.ENDED, Mark.CONNECTION_ENDED}:
        date = lifetime.end
    elif lifetime and mark in {Mark.NOT_STARTED, Mark.CONNECTION_NOT_STARTED}:
        date = lifetime.start
    return mark.value if date is None else f"{mark.value} {time_text(date)}"
