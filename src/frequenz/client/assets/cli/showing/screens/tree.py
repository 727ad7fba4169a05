"""The component graph of a microgrid as a tree."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final, NamedTuple, TypeAlias

from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType
from rich.text import Text

from ...._model.time import ALWAYS
from ....electrical_component import GridConnectionPoint
from ...asking.site import Site
from ..escaping import harmless
from ..trees import DEEPEST, Branch, Elsewhere, Mark, trees
from .layout import (
    Column,
    HouseTable,
    cell,
    column,
    listed,
    listing,
    note,
    table_of,
    words,
    wrapped,
)
from .quantities import rating
from .words import kind

Names: TypeAlias = Mapping[ElectricalComponentId, str | None]

_ARROWS: Final = {Elsewhere.ABOVE: "↑", Elsewhere.BELOW: "↓"}

_WRONG: Final = frozenset({Mark.UNCONNECTED, Mark.SAME_ID, Mark.NO_SUCH_COMPONENT, Mark.CYCLE})
"""The marks of what is wrong; the others mark what is merely out of use."""

_WIDTH_OF_A_LEVEL: Final = 10
"""How wide a screen is for each level of a tree; indentation takes less than half of that."""

_USUAL_LEVELS: Final = 8
"""How many levels there are on narrower screens, if there is room for the ids in them."""

_INDENT: Final = 4
_STATE: Final = 11
"""How narrow the column of states gets: no word in it is longer."""


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
        longest = max((len(str(int(one.id))) for one in components), default=1)
        levels = _levels(options.max_width - len("↑  …  ") - longest - _STATE, options.max_width)
        forest = trees(components, self._site.connections, self._now, levels)
        if not forest:
            yield note("no components")
            return
        yield self._table(forest)
        if not any(isinstance(component, GridConnectionPoint) for component in components):
            yield note("no grid connection point: an island, or incomplete")

    def _table(self, forest: list[Branch]) -> HouseTable:
        names: Names = {component.id: component.name for component in self._site.components}
        led = list(_led(forest))
        labels = [_label(lead, branch, names) for lead, branch in led]
        ratings = [rating(branch.component) if branch.component else "" for _, branch in led]
        columns = (
            Column("COMPONENT", least=max(label.least for label in labels)),
            column("kind", least=12),
            listing("rating", ratings),
            words("state", least=_STATE),
        )
        rows = (
            (
                label.text,
                cell(kind(branch.component) if branch.component else None, "dim"),
                listed(made_for, "green"),
                _state(branch),
            )
            for label, made_for, (_, branch) in zip(labels, ratings, led, strict=True)
        )
        table = table_of(columns, rows, optional={"RATING", "STATE"})
        table.show_header = self.show_header
        for number, (lead, branch) in enumerate(led):
            below = lead.replace("├── ", "│   ").replace("└── ", "    ")
            table.guide(number, Text(f"{below}│" if branch.children else below, "dim"))
        return table


def _levels(room: int, width: int) -> int:
    """Return how many levels a tree has on a screen with some room for its guides."""
    usual = max(_USUAL_LEVELS, width // _WIDTH_OF_A_LEVEL)
    return max(2, min(DEEPEST, usual, 1 + room // _INDENT))


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


class _Label(NamedTuple):
    """What leads to a component, its id, and its name."""

    text: Text
    least: int
    """How wide it is without the name, but for the ellipsis in its place."""


def _label(lead: str, branch: Branch, names: Names) -> _Label:
    name = branch.component.name if branch.component else names.get(branch.component_id)
    label = cell("")
    label.append(lead, "dim")
    if branch.connection and not lead:
        label.append(f"{int(branch.connection.source)} → ", "dim")
    if branch.elsewhere:
        label.append(f"{_ARROWS[branch.elsewhere]} ", "bold")
    label.append(f"{int(branch.component_id)}", "bold cyan")
    least = cell_len(label.plain)
    if not name:
        return _Label(label, least)
    label.append(f" {harmless(name)}", "dim" if branch.elsewhere else "")
    return _Label(label, min(least + len(" …"), cell_len(label.plain)))


def _state(branch: Branch) -> Text:
    state = wrapped("")
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
