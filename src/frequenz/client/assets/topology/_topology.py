"""The topology of a microgrid as an immutable value."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from itertools import compress
from typing import Any, TypeAlias, cast

from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId

from .._html import TableTuple
from ..electrical_component import (
    ComponentConnection,
    ElectricalComponent,
    ElectricalComponentCategory,
    ElectricalComponentOperationalMode,
    GridConnectionPoint,
)
from ..findings import Finding
from ._arguments import component_number, items_of
from ._changes import Change, changes
from ._findings import findings_of
from ._fuse import FuseLoad, FuseLoads
from ._graph import Graph
from ._metering import Measurement, Metering
from ._parts import Components, Connections, operational
from ._ratings import RatedPower, Ratings
from ._roles import are

Id: TypeAlias = ElectricalComponentId | int


class Topology:
    """The components and connections of a microgrid as a graph, with queries.

    Immutable. Whatever is wrong with the graph is a value of it, such as `cycles` or `findings`,
    and never raises: queries work on faulty graphs, too. Of several components with one ID, the
    first counts; `duplicates` has the others. Answers are in the order of the components and
    connections given. *Behind* means away from the grid connection point, as connections lead.
    """

    components: Components
    """The components that count."""

    connections: Connections
    """The connections that count, also those that lead to or from unknown components."""

    at: datetime | None
    """The moment at which they are operational; None if they are all that were given."""

    # Everything that was given, whether operational or not.
    _all_components: Components
    _all_connections: Connections

    _distinct: Components
    """The first component with each ID; the nodes of the graph are positions in it."""

    _positions: Mapping[int, int]
    """The position of each ID."""

    def __init__(
        self,
        components: Iterable[ElectricalComponent],
        connections: Iterable[ComponentConnection],
        *,
        at: datetime | None = None,
    ) -> None:
        """Make the topology of some components and connections.

        Args:
            components: The components, such as `list_microgrid_electrical_components` returns them.
            connections: The connections between them.
            at: Take only what is operational at this moment; everything by default. A connection is
                only while both of its ends are.

        Raises:
            TypeError: If an argument is of another type.
            ValueError: If `at` has no time zone.
        """
        everything = (
            items_of(ElectricalComponent, components, "components"),
            items_of(ComponentConnection, connections, "connections"),
        )
        current = everything if at is None else operational(*everything, at)
        distinct: dict[int, ElectricalComponent] = {}
        for component in current[0]:
            distinct.setdefault(int(component.id), component)
        vars(self).update(
            components=current[0],
            connections=current[1],
            at=at,
            _all_components=everything[0],
            _all_connections=everything[1],
            _distinct=(*distinct.values(),),
            _positions=dict(zip(distinct, range(len(distinct)), strict=True)),
        )

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"cannot assign to {name!r}: a topology is immutable")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"cannot delete {name!r}: a topology is immutable")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Topology):
            return NotImplemented
        return self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> tuple[Any, ...]:
        return _make, self._value

    @property
    def _value(self) -> tuple[Components, Connections, datetime | None]:
        return self._all_components, self._all_connections, self.at

    def __repr__(self) -> str:
        moment = "" if self.at is None else f" at {self.at}"
        return (
            f"<Topology of {len(self.components)} components and"
            f" {len(self.connections)} connections{moment}>"
        )

    # Components and their neighbors ---------------------------------------------------------------

    def component(self, component_id: Id) -> ElectricalComponent:
        """Return the component with an ID.

        Raises:
            LookupError: If there is none.
        """
        return self._distinct[self._position(component_id)]

    @cached_property
    def grid_connection_points(self) -> tuple[GridConnectionPoint, ...]:
        """The points where the microgrid is connected to the public grid.

        None on an island; more than one is a fault.
        """
        is_point = are(self.components, (GridConnectionPoint,))
        return tuple(compress(cast("tuple[GridConnectionPoint, ...]", self.components), is_point))

    def predecessors(self, component_id: Id) -> Components:
        """Return the components that are directly in front of one: connections lead from them.

        Raises:
            LookupError: If there is no such component.
        """
        return self._components_at(self._graph.predecessors(self._position(component_id)))

    def successors(self, component_id: Id) -> Components:
        """Return the components that are directly behind one: connections lead to them.

        Raises:
            LookupError: If there is no such component.
        """
        return self._components_at(self._graph.successors(self._position(component_id)))

    def behind(self, component_id: Id) -> Components:
        """Return everything behind a component, at any distance, without itself.

        Raises:
            LookupError: If there is no such component.
        """
        return self._components_at(self._graph.behind(self._position(component_id)))

    def path_to_grid(self, component_id: Id) -> Components:
        """Return the components on the way from one to the grid connection point, with both ends.

        That is the way of the fewest connections; empty if there is none.

        Raises:
            LookupError: If there is no such component.
        """
        node = self._position(component_id)
        return self._components_at(self._graph.path_back(node, self._grid_connection_points))

    @cached_property
    def levels(self) -> tuple[Components, ...]:
        """The components by the fewest connections from a grid connection point.

        The first level has the grid connection points; components that connections do not lead to
        are on no level.
        """
        return tuple(map(self._components_at, self._graph.levels(self._grid_connection_points)))

    # Faults ---------------------------------------------------------------------------------------

    @cached_property
    def duplicates(self) -> Components:
        """The components whose ID an earlier one has."""
        if len(self._distinct) == len(self.components):  # as in nearly all sites
            return ()
        return tuple(
            it for it in self.components if self._distinct[self._positions[int(it.id)]] is not it
        )

    @cached_property
    def dangling_connections(self) -> Connections:
        """The connections that lead to or from a component that the site does not have."""
        pairs = zip(self.connections, self._ends, strict=True)
        return tuple(it for it, ends in pairs if None in ends)

    @cached_property
    def parallel_connections(self) -> tuple[Connections, ...]:
        """The groups of connections between the same two components, in either direction."""
        pairs = [(one, other) if one < other else (other, one) for one, other in self._graph.edges]
        if len({*pairs}) == len(pairs):  # as in nearly all sites
            return ()
        groups: dict[tuple[int, int], list[ComponentConnection]] = {}
        for pair, it in zip(pairs, self._inner_connections, strict=True):
            groups.setdefault(pair, []).append(it)
        return tuple(tuple(group) for group in groups.values() if len(group) > 1)

    @cached_property
    def cycles(self) -> tuple[Components, ...]:
        """A cycle through each group of components that can reach each other.

        Each starts with the component that is listed first; its last one leads back to it.
        """
        return tuple(map(self._components_at, self._graph.cycles()))

    @cached_property
    def islands(self) -> tuple[Components, ...]:
        """The groups of connected components without a grid connection point.

        The direction of connections does not matter; a component alone is an island, too.
        """
        points = self._grid_connection_points
        parts = self._graph.parts()
        return tuple(self._components_at(part) for part in parts if points.isdisjoint(part))

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong with the graph, by the rules of `inventory.check`.

        These are the rules about the graph, without those about single values, such as ratings.
        Without findings, frequenz-microgrid-component-graph does not refuse the topology.
        """
        at_once = self.at is not None
        return TableTuple(findings_of(self.components, self.connections, at_once=at_once))

    # Measuring ------------------------------------------------------------------------------------

    def measurement(self, component_id: Id) -> Measurement | None:
        """Return which meters measure the power of a component; None if none do.

        A meter measures everything behind it. The power of a component is known

        - from the meter itself, if it is one,
        - from the meters directly behind it, if it only carries current, as grid connection points,
          breakers and transformers do, and has nothing else behind it,
        - from the meter in front of it, less what meters measure of everything else behind that
          meter. Whatever carries or converts current may be between them: a battery is measured by
          the meter in front of its inverter.

        Losses do not count. There is no answer where several ways lead to what would have to be
        subtracted.

        Raises:
            LookupError: If there is no such component.
        """
        return self._metering.measurement(self._position(component_id))

    @cached_property
    def unmetered(self) -> Components:
        """The components whose power no meter measures, neither directly nor by difference."""
        return self._components_at(self._metering.unmeasured())

    def rated_power_behind(
        self, component_id: Id
    ) -> Mapping[ElectricalComponentCategory | int, RatedPower]:
        """Return the rated power of everything behind a component, by category.

        See `rated_power_bounds`. A battery and its inverter are two ratings of the same power, in
        two categories: do not add categories up.

        Raises:
            LookupError: If there is no such component.
        """
        return self._ratings.by_category(self._graph.behind(self._position(component_id)))

    def fuse_load(self, component_id: Id | None = None, *, line_voltage: float = 400.0) -> FuseLoad:
        """Return the fuse of a grid connection point against the sum of what is behind it.

        The sum has the outermost devices with ratings: an inverter, and not the battery behind it.
        It is a current per phase, of a balanced three-phase load with a power factor of 1.

        Args:
            component_id: The grid connection point; may be omitted if there is only one.
            line_voltage: The voltage between two phases at that point, in V; 400 V, the low voltage
                of Europe, by default.

        Raises:
            LookupError: If there is no such component, or none or several were possible.
            ValueError: If it is not a grid connection point, or the voltage is not positive.
        """
        if component_id is None:
            points = self.grid_connection_points
            if len(points) != 1:
                raise LookupError(
                    f"component_id: {len(points)} grid connection points to choose from"
                )
            component_id = points[0].id
        point = self.component(component_id)
        if not isinstance(point, GridConnectionPoint):
            raise ValueError(f"component_id: {point} is not a grid connection point")
        return self._fuse_loads.at(self._position(component_id), point, line_voltage)

    # What if --------------------------------------------------------------------------------------

    def without(self, *parts: Id | ComponentConnection) -> "Topology":
        """Return the topology without some components and their connections, or connections.

        Raises:
            LookupError: If there is no such component or connection.
        """
        connections = [it for it in parts if isinstance(it, ComponentConnection)]
        if missing := [it for it in connections if it not in self._all_connections]:
            raise LookupError(f"there is no connection {missing[0]}")
        removed = {
            int(self.component(it).id) for it in parts if not isinstance(it, ComponentConnection)
        }
        return Topology(
            [it for it in self._all_components if int(it.id) not in removed],
            [
                it
                for it in self._all_connections
                if it not in connections
                and int(it.source) not in removed
                and int(it.destination) not in removed
            ],
            at=self.at,
        )

    def adding(self, *parts: ElectricalComponent | ComponentConnection) -> "Topology":
        """Return the topology with more components and connections.

        Raises:
            TypeError: If a part is neither.
        """
        for part in parts:
            if not isinstance(part, ElectricalComponent | ComponentConnection):
                raise TypeError(f"parts: expected a component or connection, got {part!r}")
        return Topology(
            (*self._all_components, *(it for it in parts if isinstance(it, ElectricalComponent))),
            (*self._all_connections, *(it for it in parts if isinstance(it, ComponentConnection))),
            at=self.at,
        )

    def with_mode(self, mode: ElectricalComponentOperationalMode, *component_ids: Id) -> "Topology":
        """Return the topology with another operational mode of some components.

        Raises:
            LookupError: If there is no such component.
            TypeError: If the mode is of another type.
        """
        if not isinstance(mode, ElectricalComponentOperationalMode | int):
            raise TypeError(f"mode: expected an ElectricalComponentOperationalMode, got {mode!r}")
        changed = {int(self.component(it).id) for it in component_ids}
        return Topology(
            [
                replace(it, operational_mode=mode) if int(it.id) in changed else it
                for it in self._all_components
            ],
            self._all_connections,
            at=self.at,
        )

    # Time -----------------------------------------------------------------------------------------

    def as_of(self, at: datetime | None) -> "Topology":
        """Return the topology at another moment, of all components and connections ever given.

        Raises:
            TypeError: If the moment is not a datetime.
            ValueError: If it has no time zone.
        """
        return Topology(self._all_components, self._all_connections, at=at)

    def changes(self) -> tuple[Change, ...]:
        """Return the moments at which it changes, by the lifetimes, with what changes."""
        return changes(self._all_components, self._all_connections)

    # The graph ------------------------------------------------------------------------------------

    @cached_property
    def _ends(self) -> list[tuple[int | None, int | None]]:
        """By connection, the positions of its source and destination; None if unknown."""
        position = self._positions.get
        return [
            (position(int(it.source)), position(int(it.destination))) for it in self.connections
        ]

    @cached_property
    def _inner_connections(self) -> Connections:
        """The connections between known components."""
        pairs = zip(self.connections, self._ends, strict=True)
        return tuple(it for it, ends in pairs if None not in ends)

    @cached_property
    def _graph(self) -> Graph:
        edges = [
            (source, destination)
            for source, destination in self._ends
            if source is not None and destination is not None
        ]
        return Graph(len(self._distinct), edges)

    @cached_property
    def _grid_connection_points(self) -> set[int]:
        return {self._position(it.id) for it in self.grid_connection_points}

    @cached_property
    def _ratings(self) -> Ratings:
        return Ratings(self._distinct)

    @cached_property
    def _fuse_loads(self) -> FuseLoads:
        return FuseLoads(self._distinct, self._graph, self._ratings)

    @cached_property
    def _metering(self) -> Metering:
        return Metering(self._graph, self._distinct)

    def _position(self, component_id: Id) -> int:
        """Return the position of the component with an ID."""
        number = component_number(component_id)
        position = self._positions.get(number)
        if position is None:
            raise LookupError(f"component_id: there is no component {number}")
        return position

    def _components_at(self, positions: Iterable[int]) -> Components:
        return tuple(map(self._distinct.__getitem__, positions))


def _make(components: Components, connections: Connections, at: datetime | None) -> Topology:
    return Topology(components, connections, at=at)
