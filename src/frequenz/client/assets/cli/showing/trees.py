"""The component graph of a microgrid as trees, from the grid connection points down.

Graphs may be of any depth, and may hold cycles: nothing here calls itself.
"""

import enum
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId

from ... import Lifetime
from ...electrical_component import (
    ComponentConnection,
    ElectricalComponent,
    ElectricalComponentOperationalMode,
    GridConnectionPoint,
)

DEEPEST: Final = 32
"""How many levels a tree has; what is below them goes on as a tree of its own."""


@enum.unique
class Mark(enum.Enum):
    """What is special about a component in a tree, or about the connection to it."""

    INACTIVE = "inactive"
    """It is out of operation, by its mode."""

    ENDED = "ended"
    """Its lifetime is over."""

    NOT_STARTED = "from"
    """Its lifetime is to come."""

    CONNECTION_ENDED = "connection ended"
    """The lifetime of the connection to it is over."""

    CONNECTION_NOT_STARTED = "connection from"
    """The lifetime of the connection to it is to come."""

    UNCONNECTED = "unconnected"
    """No connections lead to it from a grid connection point, or from anything on an island."""

    SAME_ID = "same id"
    """Another component has the same id; what is below them is below the first one."""

    NO_SUCH_COMPONENT = "missing"
    """Only connections name it."""

    CYCLE = "cycle"
    """The connection leads back to where it comes from."""


@enum.unique
class Elsewhere(enum.Enum):
    """Where a component stands that is only referred to."""

    ABOVE = "above"
    BELOW = "below"


@dataclass(frozen=True, kw_only=True)
class Branch:
    """A component with what is connected to it, seen from the grid."""

    component_id: ElectricalComponentId

    component: ElectricalComponent | None
    """The component; None if there is none, or if it stands elsewhere."""

    connection: ComponentConnection | None = None
    """The connection that leads here."""

    marks: tuple[Mark, ...] = ()

    elsewhere: Elsewhere | None = None
    """Where the component stands with what is below it; None = here."""

    children: list["Branch"] = field(default_factory=list)
    """What the connections from here lead to, in their order."""


def trees(
    components: Iterable[ElectricalComponent],
    connections: Iterable[ComponentConnection],
    now: datetime,
    deepest: int = DEEPEST,
) -> list[Branch]:
    """Return a component graph as trees: those of the grid connection points, then what is left.

    A component stands where it is reached first by connections that exist now, else by others; all
    other connections refer to it. Each connection is the `connection` of one branch (of two where
    a tree goes on as another one: of the reference and of the tree).
    """
    return list(_Drawing(_Graph(components, connections), now, deepest).trees())


def lines(branches: Iterable[Branch]) -> Iterator[tuple[int, Branch]]:
    """Yield the branches from top to bottom, each with its depth."""
    ahead = [(0, branch) for branch in branches][::-1]
    while ahead:
        depth, branch = ahead.pop()
        yield depth, branch
        ahead += ((depth + 1, child) for child in reversed(branch.children))


class _Graph:
    """Components and connections, so that they can be walked."""

    def __init__(
        self,
        components: Iterable[ElectricalComponent],
        connections: Iterable[ComponentConnection],
    ) -> None:
        self.components: dict[ElectricalComponentId, list[ElectricalComponent]] = {}
        """By id, also by those that only connections name."""

        self.below: dict[ElectricalComponentId, list[ComponentConnection]] = {}
        self.fed: set[ElectricalComponentId] = set()
        for component in components:
            self.components.setdefault(component.id, []).append(component)
        for connection in connections:
            self.below.setdefault(connection.source, []).append(connection)
            self.fed.add(connection.destination)
            for end in (connection.source, connection.destination):
                self.components.setdefault(end, [])
        self.points = [
            number
            for number, listed in self.components.items()
            if any(isinstance(component, GridConnectionPoint) for component in listed)
        ]


class _Places:
    """Where each component of a graph stands."""

    def __init__(self, graph: _Graph, now: datetime) -> None:
        self._graph = graph
        self._now = now
        self.roots: list[ElectricalComponentId] = []
        self.led: dict[ElectricalComponentId, ComponentConnection] = {}
        """The connections by which components are reached; there is none for the roots."""

        self._seen: set[ElectricalComponentId] = set()
        self._others: deque[ComponentConnection] = deque()
        """Connections that do not exist now."""

        self._grow(graph.points)
        self.unconnected = (
            graph.components.keys() - self._seen
            if graph.points
            else graph.components.keys() - graph.below.keys() - graph.fed
        )
        self._grow([number for number in graph.components if number not in graph.fed])
        self._grow(graph.components)  # nothing leads to what is left but cycles
        self._spans = self._count()

    def _grow(self, roots: Iterable[ElectricalComponentId]) -> None:
        """Place roots, and all that is below them: first by the connections that exist now."""
        for root in roots:
            if root not in self._seen:
                self.roots.append(root)
                self._walk(root)
        while self._others:
            connection = self._others.popleft()
            if connection.destination not in self._seen:
                self.led[connection.destination] = connection
                self._walk(connection.destination)

    def _walk(self, top: ElectricalComponentId) -> None:
        self._seen.add(top)
        ahead = [iter(self._graph.below.get(top, ()))]
        while ahead:
            for connection in ahead[-1]:
                number = connection.destination
                if number in self._seen:
                    continue
                if not connection.is_operational_at(self._now):
                    self._others.append(connection)
                    continue
                self._seen.add(number)
                self.led[number] = connection
                ahead.append(iter(self._graph.below.get(number, ())))
                break
            else:
                ahead.pop()

    def _count(self) -> dict[ElectricalComponentId, tuple[int, int]]:
        """Return when a walk through all trees comes to each component, and when it leaves it."""
        children: dict[ElectricalComponentId, list[ElectricalComponentId]] = {}
        for number, connection in self.led.items():
            children.setdefault(connection.source, []).append(number)
        spans: dict[ElectricalComponentId, tuple[int, int]] = {}
        entered: dict[ElectricalComponentId, int] = {}
        ahead = self.roots[::-1]
        while ahead:
            number = ahead[-1]
            if number in entered:
                spans[number] = entered[number], len(entered)
                ahead.pop()
            else:
                entered[number] = len(entered)
                ahead += children.get(number, ())
        return spans

    def leads_back(self, connection: ComponentConnection) -> bool:
        """Return whether a connection leads to something from which its source is reached."""
        first, end = self._spans[connection.destination]
        return first <= self._spans[connection.source][0] < end


class _Drawing:
    """The trees while they are made."""

    def __init__(self, graph: _Graph, now: datetime, deepest: int) -> None:
        self._graph = graph
        self._now = now
        self._deepest = deepest
        self._places = _Places(graph, now)
        self._drawn: set[ElectricalComponentId] = set()
        self._taken: set[ElectricalComponentId] = set()
        """What is drawn, or waits for it."""

        self._going_on: deque[ComponentConnection] = deque()
        """The connections to what is to go on as a tree of its own."""

    def trees(self) -> Iterator[Branch]:
        for root in self._places.roots:
            yield from self._tree(root)
            while self._going_on:
                connection = self._going_on.popleft()
                yield from self._tree(connection.destination, connection)

    def _tree(
        self, top: ElectricalComponentId, connection: ComponentConnection | None = None
    ) -> list[Branch]:
        branches = self._here(top, connection)
        ahead = [(branches[0], iter(self._graph.below.get(top, ())))]
        while ahead:
            branch, rest = ahead[-1]
            for led in rest:
                number = led.destination
                if self._places.led.get(number) is not led or number in self._taken:
                    branch.children.append(self._reference(led))
                elif len(ahead) + 1 >= self._deepest and number in self._graph.below:
                    self._taken.add(number)
                    self._going_on.append(led)
                    branch.children.append(self._reference(led))
                else:
                    found = self._here(number, led)
                    branch.children.extend(found)
                    ahead.append((found[0], iter(self._graph.below.get(number, ()))))
                    break
            else:
                ahead.pop()
        return branches

    def _here(
        self, number: ElectricalComponentId, connection: ComponentConnection | None
    ) -> list[Branch]:
        """Return the branches of an id: several where components share it."""
        self._taken.add(number)
        self._drawn.add(number)
        listed = self._graph.components[number]
        return [
            Branch(
                component_id=number,
                component=component,
                connection=connection,
                marks=(*self._marks(number, component), *self._marks_of(connection)),
            )
            for component in listed or (None,)
        ]

    def _reference(self, connection: ComponentConnection) -> Branch:
        number = connection.destination
        marks = self._marks_of(connection)
        if connection.is_operational_at(self._now) and self._places.leads_back(connection):
            marks = (*marks, Mark.CYCLE)
        return Branch(
            component_id=number,
            component=None,
            connection=connection,
            marks=marks,
            elsewhere=Elsewhere.ABOVE if number in self._drawn else Elsewhere.BELOW,
        )

    def _marks(
        self, number: ElectricalComponentId, component: ElectricalComponent | None
    ) -> Iterator[Mark]:
        if component is None:
            yield Mark.NO_SUCH_COMPONENT
            return
        if component.operational_mode is ElectricalComponentOperationalMode.INACTIVE:
            yield Mark.INACTIVE
        yield from _over(component.operational_lifetime, self._now, Mark.NOT_STARTED, Mark.ENDED)
        if number in self._places.unconnected:
            yield Mark.UNCONNECTED
        if len(self._graph.components[number]) > 1:
            yield Mark.SAME_ID

    def _marks_of(self, connection: ComponentConnection | None) -> tuple[Mark, ...]:
        if connection is None:
            return ()
        lifetime = connection.operational_lifetime
        marks = Mark.CONNECTION_NOT_STARTED, Mark.CONNECTION_ENDED
        return tuple(_over(lifetime, self._now, *marks))


def _over(lifetime: Lifetime, now: datetime, early: Mark, late: Mark) -> Iterator[Mark]:
    """Yield what tells that a lifetime is not now."""
    if not lifetime.is_operational_at(now):
        yield early if lifetime.start is not None and lifetime.start > now else late
