"""The component graph of a microgrid as a tree."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final, TypeAlias

from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId
from rich.console import Console, ConsoleOptions, RenderableType
from rich.text import Text

from ..._time import ALWAYS
from ...electrical_component import GridConnectionPoint
from .._harmless import harmless
from .._site import Site
from .._trees import DEEPEST, Branch, Elsewhere, Mark, trees
from .layout import HouseTable, cell, column, firm, table_of
from .quantities import rating
from .words import kind

Names: TypeAlias = Mapping[ElectricalComponentId, str | None]

_ARROWS: Final = {Elsewhere.ABOVE: "↑", Elsewhere.BELOW: "↓"}

_WRONG: Final = frozenset({Mark.UNCONNECTED, Mark.SAME_ID, Mark.NO_SUCH_COMPONENT, Mark.CYCLE})
"""The marks of what is wrong; the others mark what is merely out of use."""

_WIDTH_OF_A_LEVEL: Final = 10
"""How wide a screen is for each level of a tree; indentation takes less than half of that."""

_FEWEST_LEVELS: Final = 8


class TreeScreen:
    """The component graph of a site, from the grid connection point down, at any width.

    What is too deep for the width goes on as a tree of its own, which starts with `2 → 3`.
    """

    def __init__(self, site: Site, now: datetime) -> None:
        """Take a site, to be shown as it is at a moment."""
        self._site = site
        self._now = now
        self.show_header = True

    def __rich_console__(self, _: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        """Yield the trees, and what there is to say about them."""
        components = self._site.components
        levels = min(DEEPEST, max(_FEWEST_LEVELS, options.max_width // _WIDTH_OF_A_LEVEL))
        forest = trees(components, self._site.connections, self._now, levels)
        if not forest:
            yield Text("no components", "dim")
            return
        yield self._table(forest)
        if not any(isinstance(component, GridConnectionPoint) for component in components):
            yield Text("no grid connection point: an island, or incomplete", "dim")

    def _table(self, forest: list[Branch]) -> HouseTable:
        names: Names = {component.id: component.name for component in self._site.components}
        columns = (column("component"), column("kind"), column("rating"), firm("state"))
        rows = (
            (
                _labelled(lead, branch, names),
                cell(kind(branch.component) if branch.component else None, "dim"),
                cell(rating(branch.component) if branch.component else None, "green"),
                _state(branch),
            )
            for lead, branch in _led(forest)
        )
        table = table_of(columns, rows, optional={"RATING", "STATE"})
        table.show_header = self.show_header
        return table


def _led(forest: list[Branch]) -> Iterator[tuple[str, Branch]]:
    """Yield the branches from top to bottom, each with the lines that lead to it."""
    ahead = [("", "", branch) for branch in reversed(forest)]
    while ahead:
        lead, indent, branch = ahead.pop()
        yield lead, branch
        last = len(branch.children) - 1
        ahead += [
            (f"{indent}└── ", f"{indent}    ", child)
            if place == last
            else (f"{indent}├── ", f"{indent}│   ", child)
            for place, child in reversed(list(enumerate(branch.children)))
        ]


def _labelled(lead: str, branch: Branch, names: Names) -> Text:
    name = branch.component.name if branch.component else names.get(branch.component_id)
    label = cell("")
    label.append(lead, "dim")
    if branch.connection and not lead:
        label.append(f"{int(branch.connection.source)} → ", "dim")
    if branch.elsewhere:
        label.append(f"{_ARROWS[branch.elsewhere]} ", "bold")
    label.append(f"{int(branch.component_id)} ", "bold cyan")
    label.append(harmless(name or ""), "dim" if branch.elsewhere else "")
    return label


def _state(branch: Branch) -> Text:
    state = cell("")
    for mark in branch.marks:
        if _SAID_BY.get(mark) not in branch.marks:
            state.append(", " if state else "")
            state.append(_words(mark, branch), "bold red" if mark in _WRONG else "bold yellow")
    return state


_SAID_BY: Final = {
    Mark.CONNECTION_ENDED: Mark.ENDED,
    Mark.CONNECTION_NOT_STARTED: Mark.NOT_STARTED,
}
"""The marks of connections that go without saying, where the component has the other mark."""


def _words(mark: Mark, branch: Branch) -> str:
    """Return a mark in words, with the day where there is one."""
    limited = branch.connection if mark in _SAID_BY else branch.component
    lifetime = limited.operational_lifetime if limited else ALWAYS
    day = {
        Mark.ENDED: lifetime.end,
        Mark.CONNECTION_ENDED: lifetime.end,
        Mark.NOT_STARTED: lifetime.start,
        Mark.CONNECTION_NOT_STARTED: lifetime.start,
    }.get(mark)
    return mark.value if day is None else f"{mark.value} {day:%Y-%m-%d}"
