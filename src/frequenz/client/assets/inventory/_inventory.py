"""The inventory of a site or a fleet as one value."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from itertools import chain
from typing import Any

from frequenz.api.common.v1alpha8.gridpool import gridpool_pb2
from frequenz.api.common.v1alpha8.microgrid import microgrid_pb2
from frequenz.api.common.v1alpha8.microgrid.electrical_components import electrical_components_pb2
from frequenz.api.common.v1alpha8.microgrid.sensors import sensors_pb2
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2

from .._readable_defaults import ReadableDefaults
from ._positions import NO_POSITIONS, Positions


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Site(metaclass=ReadableDefaults):
    """A microgrid with its components, connections and sensors.

    All are protobuf messages of the API, so that a site can have whatever a server can send, faults
    included. An entity belongs to the site that lists it, whatever its own microgrid ID is.
    """

    microgrid: microgrid_pb2.Microgrid
    components: tuple[electrical_components_pb2.ElectricalComponent, ...] = ()
    connections: tuple[electrical_components_pb2.ElectricalComponentConnection, ...] = ()
    sensors: tuple[sensors_pb2.Sensor, ...] = ()


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
