"""The inventory of a site or a fleet as one value."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from frequenz.api.common.v1alpha8.gridpool import gridpool_pb2
from frequenz.api.common.v1alpha8.microgrid import microgrid_pb2
from frequenz.api.common.v1alpha8.microgrid.electrical_components import electrical_components_pb2
from frequenz.api.common.v1alpha8.microgrid.sensors import sensors_pb2
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from frequenz.client.common.microgrid import MicrogridId

from .._html import Row, ShownAsRow, paragraph, table_of
from .._lazy import lazy_module
from .._readable_defaults import ReadableDefaults
from .._wire.entities import COMPONENT, CONNECTION, GRIDPOOL, MICROGRID, RELATION, SCHEDULE, SENSOR
from ._positions import NO_POSITIONS, Positions

if TYPE_CHECKING:
    from .._model.market import Gridpool, GridpoolEnergySchedule, MarketTopologyRelation
    from .._model.microgrid import Microgrid
    from .._model.sensor import Sensor
    from ..electrical_component import ComponentConnection, ElectricalComponent
    from . import _editing
else:
    # Whoever reads files changes nothing.
    _editing = lazy_module("._editing", __package__)

_ComponentMessage: TypeAlias = electrical_components_pb2.ElectricalComponent
_ConnectionMessage: TypeAlias = electrical_components_pb2.ElectricalComponentConnection
_ScheduleMessage: TypeAlias = platformassets_pb2.GridpoolEnergySchedule
_RelationMessage: TypeAlias = platformassets_pb2.MarketTopologyRelation

_SITE_LISTS: Final = ("components", "connections", "sensors")


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Site(ShownAsRow, metaclass=ReadableDefaults):
    """A microgrid with its components, connections and sensors.

    All are protobuf messages of the API, so that a site can have whatever a server can send, faults
    included. An entity belongs to the site that lists it, whatever its own microgrid ID is.
    """

    microgrid: microgrid_pb2.Microgrid
    components: tuple[electrical_components_pb2.ElectricalComponent, ...] = ()
    connections: tuple[electrical_components_pb2.ElectricalComponentConnection, ...] = ()
    sensors: tuple[sensors_pb2.Sensor, ...] = ()

    def _row(self) -> Row:
        counts = {name: len(getattr(self, name)) for name in _SITE_LISTS}
        return {"id": self.microgrid.id, "name": self.microgrid.name, **counts}

    @classmethod
    def of(
        cls,
        microgrid: "Microgrid | microgrid_pb2.Microgrid",
        components: "Iterable[ElectricalComponent | _ComponentMessage]" = (),
        connections: "Iterable[ComponentConnection | _ConnectionMessage]" = (),
        sensors: "Iterable[Sensor | sensors_pb2.Sensor]" = (),
    ) -> "Site":
        """Return a site of model objects, such as those of the client, or messages.

        Raises:
            TypeError: If an argument is something else.
            ValueError: If an object has a value that the API cannot carry.
        """
        return cls(
            _editing.message_of(microgrid, (MICROGRID,), "microgrid"),
            _editing.messages_of(components, COMPONENT, "components"),
            _editing.messages_of(connections, CONNECTION, "connections"),
            _editing.messages_of(sensors, SENSOR, "sensors"),
        )

    def with_entities(self, *entities: object) -> "Site":
        """Return the site with a microgrid, components, connections or sensors.

        One with the ID of an existing one takes its place, and so does a connection with the same
        ends and lifetime; others come at the end.

        Args:
            *entities: Model objects or messages.

        Raises:
            TypeError: If an argument is something else.
            ValueError: If an object has a value that the API cannot carry.
        """
        microgrid = self.microgrid
        others = []
        for value in entities:
            if _editing.entity_of(value, _editing.SITE_ENTITIES, "entities") is MICROGRID:
                microgrid = _editing.message_of(value, (MICROGRID,), "entities")
            else:
                others.append(value)
        lists = _editing.with_entities(self, others, _editing.SITE_ENTITIES)
        return replace(replace(self, **lists), microgrid=microgrid)

    def without(self, *parts: object) -> "Site":
        """Return the site without components, with their connections; connections; or sensors.

        Args:
            *parts: An `ElectricalComponentId`, a `SensorId`, or the object of a component, sensor
                or connection.

        Raises:
            TypeError: If an argument is something else.
            LookupError: If the site does not have it.
        """
        return replace(self, **_editing.without_parts(self, parts))


class _HasPositions:
    """Remembers where in files its entities are; not a field, so that it is no part of the value.

    Copies, pickles and what is made of parts of an inventory do not have it.
    """

    __slots__ = ("_positions",)

    _positions: Positions


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Inventory(_HasPositions, metaclass=ReadableDefaults):
    """The sites of a fleet, and their gridpools, energy schedules and market topology."""

    sites: tuple[Site, ...] = ()
    gridpools: tuple[gridpool_pb2.Gridpool, ...] = ()
    energy_schedules: tuple[platformassets_pb2.GridpoolEnergySchedule, ...] = ()
    market_topology: tuple[platformassets_pb2.MarketTopologyRelation, ...] = ()

    def _repr_html_(self) -> str:
        counts = {
            "sites": self.sites,
            "gridpools": self.gridpools,
            "energy schedules": self.energy_schedules,
            "market topology relations": self.market_topology,
        }
        line = paragraph(", ".join(f"{len(items)} {name}" for name, items in counts.items()))
        return f"<div>{line}{table_of(self.sites) if self.sites else ''}</div>"

    @classmethod
    def of(
        cls,
        *sites: Site,
        gridpools: "Iterable[Gridpool | gridpool_pb2.Gridpool]" = (),
        energy_schedules: "Iterable[GridpoolEnergySchedule | _ScheduleMessage]" = (),
        market_topology: "Iterable[MarketTopologyRelation | _RelationMessage]" = (),
    ) -> "Inventory":
        """Return an inventory of sites, and of model objects or messages.

        Raises:
            TypeError: If an argument is something else.
            ValueError: If an object has a value that the API cannot carry.
        """
        return cls(
            tuple(map(_checked_site, sites)),
            _editing.messages_of(gridpools, GRIDPOOL, "gridpools"),
            _editing.messages_of(energy_schedules, SCHEDULE, "energy_schedules"),
            _editing.messages_of(market_topology, RELATION, "market_topology"),
        )

    def site(self, microgrid_id: MicrogridId | int) -> Site:
        """Return the site of a microgrid, the first one if several have its ID.

        Raises:
            LookupError: If there is none.
        """
        return self.sites[_editing.index_of(self.sites, microgrid_id)]

    def with_sites(self, *sites: Site) -> "Inventory":
        """Return the inventory with sites, each in place of the one with the same microgrid ID.

        Raises:
            TypeError: If an argument is not a site.
        """
        changed = list(self.sites)
        for site in map(_checked_site, sites):
            numbers = [existing.microgrid.id for existing in changed]
            if site.microgrid.id in numbers:
                changed[numbers.index(site.microgrid.id)] = site
            else:
                changed.append(site)
        return replace(self, sites=tuple(changed))

    def without_sites(self, *microgrid_ids: MicrogridId | int) -> "Inventory":
        """Return the inventory without the sites of some microgrids.

        Raises:
            LookupError: If one does not exist.
        """
        for microgrid_id in microgrid_ids:
            _editing.index_of(self.sites, microgrid_id)
        numbers = {*map(int, microgrid_ids)}
        kept = tuple(site for site in self.sites if site.microgrid.id not in numbers)
        return replace(self, sites=kept)

    def with_entities(
        self, *entities: object, microgrid_id: MicrogridId | int | None = None
    ) -> "Inventory":
        """Return the inventory with some entities, each in place of the one with the same ID.

        A new microgrid makes a new site. Components and sensors belong to the site of their
        microgrid ID, and connections to the only site that has both ends.

        Args:
            *entities: Model objects or messages.
            microgrid_id: The site to which components, connections and sensors belong instead.

        Raises:
            TypeError: If an argument is something else.
            ValueError: If an object has a value that the API cannot carry, or if several sites have
                the ends of a connection.
            LookupError: If there is no site for it.
        """
        changed = self
        for value in entities:
            changed = changed._with_entity(value, microgrid_id)
        return changed

    def _with_entity(self, value: object, microgrid_id: MicrogridId | int | None) -> "Inventory":
        entity = _editing.entity_of(value, _editing.ALL_ENTITIES, "entities")
        if entity in (GRIDPOOL, SCHEDULE, RELATION):
            return replace(self, **_editing.with_entities(self, (value,), (entity,)))
        message = _editing.message_of(value, (entity,), "entities")
        if entity is not MICROGRID:
            index = _editing.site_index(self.sites, message, microgrid_id)
        elif message.id in {site.microgrid.id for site in self.sites}:
            index = _editing.index_of(self.sites, message.id)
        else:
            return replace(self, sites=(*self.sites, Site(message)))
        site = self.sites[index].with_entities(message)
        return replace(self, sites=(*self.sites[:index], site, *self.sites[index + 1 :]))

    @classmethod
    def joined(cls, inventories: Iterable["Inventory"]) -> "Inventory":
        """Return one inventory with everything in several, in order."""
        parts = list(inventories)
        joined = cls(
            *(
                tuple(chain.from_iterable(getattr(part, field.name) for part in parts))
                for field in fields(cls)
            )
        )
        remember_positions(joined, Positions.joined(map(positions_of, parts)))
        return joined

    def entities(self) -> Iterator[Any]:
        """Iterate over the messages of all entities: those of the sites, then the market's."""
        for site in self.sites:
            yield site.microgrid
            yield from chain(site.components, site.connections, site.sensors)
        yield from chain(self.gridpools, self.energy_schedules, self.market_topology)


def _checked_site(value: object) -> Site:
    if not isinstance(value, Site):
        raise TypeError(
            f"sites: expected a Site of frequenz.client.assets.inventory, got {value!r}"
        )
    return value


def remember_positions(inventory: Inventory, positions: Positions) -> None:
    """Let an inventory remember where its entities are in files."""
    object.__setattr__(inventory, "_positions", positions)


def positions_of(inventory: Inventory) -> Positions:
    """Return where in files the entities of an inventory are, as far as it remembers."""
    positions: Positions = getattr(inventory, "_positions", NO_POSITIONS)
    return positions


def only_microgrid(inventory: Inventory, microgrid_id: int) -> Inventory:
    """Return the sites of a microgrid alone, with what the inventory remembers of positions."""
    sites = tuple(site for site in inventory.sites if site.microgrid.id == microgrid_id)
    only = Inventory(sites)
    remember_positions(only, positions_of(inventory))
    return only


def with_microgrid(microgrid_id: int | None, entity: object) -> str:
    """Return a text about an entity with the microgrid in front, unless that is the entity."""
    text = str(entity)
    is_listed = microgrid_id is not None and not text.startswith("microgrid")
    return f"microgrid {microgrid_id}: {text}" if is_listed else text
