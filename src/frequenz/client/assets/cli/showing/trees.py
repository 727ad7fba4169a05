"""The component graph of a microgrid as trees, from the grid connection points down.

Graphs may have any depth and may contain cycles, so nothing here is recursive.
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
from ...topology._graph import Graph

MAX_LEVELS: Final = 32
"""How many levels a tree has by default; deeper branches continue as trees of their own."""


@enum.unique
class Mark(enum.Enum):
    """Something special about a component in a tree, or about the connection to it."""

    INACTIVE = "inactive"
    """Its operational mode is inactive."""

    ENDED = "ended"
    """Its lifetime is over."""

    NOT_STARTED = "from"
    """Its lifetime has not started."""

    CONNECTION_ENDED = "connection ended"
    """The lifetime of the connection to it is over."""

    CONNECTION_NOT_STARTED = "connection from"
    """The lifetime of the connection to it has not started."""

    UNCONNECTED = "unconnected"
    """No path leads to it from a grid connection point; on an island, it has no connections."""

    SAME_ID = "same id"
    """Another component has the same ID; the first of them has the children of both."""

    NO_SUCH_COMPONENT = "missing"
    """Only connections refer to it."""

    CYCLE = "cycle"
    """The connection is part of a cycle, and refers to a component whose branch is elsewhere."""


@enum.unique
class Elsewhere(enum.Enum):
    """Where the branch of a component is that is only referred to."""

    ABOVE = "above"
    BELOW = "below"


@dataclass(frozen=True, kw_only=True)
class Branch:
    """A component in a tree, with the components below it."""

    component_id: ElectricalComponentId

    component: ElectricalComponent | None
    """None if it does not exist, or if its branch is elsewhere."""

    connection: ComponentConnection | None = None
    """The connection that leads to it from above."""

    marks: tuple[Mark, ...] = ()

    elsewhere: Elsewhere | None = None
    """Where the branch of the component is; None for here."""

    children: list["Branch"] = field(default_factory=list)
    """In the order of the connections."""


def build_trees(
    components: Iterable[ElectricalComponent],
    connections: Iterable[ComponentConnection],
    now: datetime,
    max_levels: int = MAX_LEVELS,
) -> list[Branch]:
    """Return a component graph as trees: of the grid connection points, then of the rest.

    The branch of a component is where connections that exist now reach it first, or else where
    others do; all other connections refer to it. Each connection is the `connection` of one branch,
    or of two where a tree continues as another one: of the reference and of the tree.
    """
    return list(_Builder(_Site(components, connections, now), now, max_levels).build())


def walk(trees: Iterable[Branch]) -> Iterator[tuple[int, Branch]]:
    """Yield the branches from top to bottom, each with its depth."""
    stack = [(0, branch) for branch in trees][::-1]
    while stack:
        depth, branch = stack.pop()
        yield depth, branch
        stack += ((depth + 1, child) for child in reversed(branch.children))


class _Site:
    """Components by ID, and the graph of all IDs, also of those that only connections refer to."""

    def __init__(
        self,
        components: Iterable[ElectricalComponent],
        connections: Iterable[ComponentConnection],
        now: datetime,
    ) -> None:
        self.components: dict[ElectricalComponentId, list[ElectricalComponent]] = {}
        self._connections = list(connections)
        for component in components:
            self.components.setdefault(component.id, []).append(component)
        for connection in self._connections:
            for end in (connection.source, connection.destination):
                self.components.setdefault(end, [])
        self.grid_connection_points = [
            id_
            for id_, listed in self.components.items()
            if any(isinstance(component, GridConnectionPoint) for component in listed)
        ]
        self._positions = {id_: position for position, id_ in enumerate(self.components)}
        self._graph = self._graph_of(self._connections)
        existing = self._graph_of([it for it in self._connections if it.is_operational_at(now)])
        self._cycle_of = {
            node: index for index, part in enumerate(existing.strong_parts()) for node in part
        }

    def _graph_of(self, connections: Iterable[ComponentConnection]) -> Graph:
        position = self._positions
        edges = [(position[it.source], position[it.destination]) for it in connections]
        return Graph(len(position), edges)

    def outgoing(self, id_: ElectricalComponentId) -> Iterator[ComponentConnection]:
        """Yield the connections that lead away from a component."""
        for position in self._graph.outgoing(self._positions[id_]):
            yield self._connections[position]

    def is_leaf(self, id_: ElectricalComponentId) -> bool:
        """Return whether no connections lead away from a component."""
        return not self._graph.outgoing(self._positions[id_])

    def is_entered(self, id_: ElectricalComponentId) -> bool:
        """Return whether connections lead to a component."""
        return bool(self._graph.incoming(self._positions[id_]))

    def unconnected(self) -> set[ElectricalComponentId]:
        """Return the components that no path leads to, or on an island, those alone."""
        if self.grid_connection_points:
            roots = [self._positions[id_] for id_ in self.grid_connection_points]
            reached = {*self._graph.reach(roots)}
            return {id_ for id_, position in self._positions.items() if position not in reached}
        return {id_ for id_ in self.components if self.is_leaf(id_) and not self.is_entered(id_)}

    def is_on_cycle(self, connection: ComponentConnection) -> bool:
        """Return whether a connection that exists now is part of a cycle of such connections."""
        cycle = self._cycle_of.get(self._positions[connection.source])
        return cycle is not None and cycle == self._cycle_of.get(
            self._positions[connection.destination]
        )


class _SpanningForest:
    """The connections of a site by which components are reached first."""

    def __init__(self, site: _Site, now: datetime) -> None:
        self._site = site
        self._now = now
        self.roots: list[ElectricalComponentId] = []
        self.incoming: dict[ElectricalComponentId, ComponentConnection] = {}
        """The connection by which each component is reached; roots have none."""

        self._reached: set[ElectricalComponentId] = set()
        self._deferred: deque[ComponentConnection] = deque()
        """Connections that do not exist now."""

        self._grow(site.grid_connection_points)
        self._grow([id_ for id_ in site.components if not site.is_entered(id_)])
        self._grow(site.components)  # the rest is reached from cycles only

    def _grow(self, roots: Iterable[ElectricalComponentId]) -> None:
        """Add roots and everything below them, by connections that exist now first."""
        for root in roots:
            if root not in self._reached:
                self.roots.append(root)
                self._descend(root)
        while self._deferred:
            connection = self._deferred.popleft()
            if connection.destination not in self._reached:
                self.incoming[connection.destination] = connection
                self._descend(connection.destination)

    def _descend(self, top: ElectricalComponentId) -> None:
        self._reached.add(top)
        stack = [self._site.outgoing(top)]
        while stack:
            for connection in stack[-1]:
                id_ = connection.destination
                if id_ in self._reached:
                    continue
                if not connection.is_operational_at(self._now):
                    self._deferred.append(connection)
                    continue
                self._reached.add(id_)
                self.incoming[id_] = connection
                stack.append(self._site.outgoing(id_))
                break
            else:
                stack.pop()


class _Builder:
    """The state of one `build_trees`."""

    def __init__(self, site: _Site, now: datetime, max_levels: int) -> None:
        self._site = site
        self._now = now
        self._max_levels = max_levels
        self._forest = _SpanningForest(site, now)
        self._unconnected = site.unconnected()
        self._built: set[ElectricalComponentId] = set()
        self._claimed: set[ElectricalComponentId] = set()
        """Components with a branch, or with a tree to come."""

        self._continued: deque[ComponentConnection] = deque()
        """The connections to components that continue as trees of their own."""

    def build(self) -> Iterator[Branch]:
        for root in self._forest.roots:
            yield from self._tree(root)
            while self._continued:
                connection = self._continued.popleft()
                yield from self._tree(connection.destination, connection)

    def _tree(
        self, top: ElectricalComponentId, connection: ComponentConnection | None = None
    ) -> list[Branch]:
        branches = self._branches(top, connection)
        stack = [(branches[0], self._site.outgoing(top))]
        while stack:
            branch, connections = stack[-1]
            for outgoing in connections:
                id_ = outgoing.destination
                if self._forest.incoming.get(id_) is not outgoing or id_ in self._claimed:
                    branch.children.append(self._reference(outgoing))
                elif len(stack) + 1 >= self._max_levels and not self._site.is_leaf(id_):
                    self._claimed.add(id_)
                    self._continued.append(outgoing)
                    branch.children.append(self._reference(outgoing))
                else:
                    children = self._branches(id_, outgoing)
                    branch.children.extend(children)
                    stack.append((children[0], self._site.outgoing(id_)))
                    break
            else:
                stack.pop()
        return branches

    def _branches(
        self, id_: ElectricalComponentId, connection: ComponentConnection | None
    ) -> list[Branch]:
        """Return the branches of an ID: several if components share it."""
        self._claimed.add(id_)
        self._built.add(id_)
        return [
            Branch(
                component_id=id_,
                component=component,
                connection=connection,
                marks=(
                    *self._component_marks(id_, component),
                    *self._connection_marks(connection),
                ),
            )
            for component in self._site.components[id_] or (None,)
        ]

    def _reference(self, connection: ComponentConnection) -> Branch:
        id_ = connection.destination
        marks = self._connection_marks(connection)
        leads_there_first = self._forest.incoming.get(id_) is connection
        exists = connection.is_operational_at(self._now)
        if exists and not leads_there_first and self._site.is_on_cycle(connection):
            marks = (*marks, Mark.CYCLE)
        return Branch(
            component_id=id_,
            component=None,
            connection=connection,
            marks=marks,
            elsewhere=Elsewhere.ABOVE if id_ in self._built else Elsewhere.BELOW,
        )

    def _component_marks(
        self, id_: ElectricalComponentId, component: ElectricalComponent | None
    ) -> Iterator[Mark]:
        if component is None:
            yield Mark.NO_SUCH_COMPONENT
            return
        if component.operational_mode is ElectricalComponentOperationalMode.INACTIVE:
            yield Mark.INACTIVE
        yield from self._lifetime_marks(
            component.operational_lifetime, Mark.NOT_STARTED, Mark.ENDED
        )
        if id_ in self._unconnected:
            yield Mark.UNCONNECTED
        if len(self._site.components[id_]) > 1:
            yield Mark.SAME_ID

    def _connection_marks(self, connection: ComponentConnection | None) -> tuple[Mark, ...]:
        if connection is None:
            return ()
        marks = Mark.CONNECTION_NOT_STARTED, Mark.CONNECTION_ENDED
        return tuple(self._lifetime_marks(connection.operational_lifetime, *marks))

    def _lifetime_marks(self, lifetime: Lifetime, not_started: Mark, ended: Mark) -> Iterator[Mark]:
        if not lifetime.is_operational_at(self._now):
            is_ahead = lifetime.start is not None and lifetime.start > self._now
            yield not_started if is_ahead else ended
