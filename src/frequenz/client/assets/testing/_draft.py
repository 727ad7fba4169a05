"""An inventory that is being changed: messages of it, or added to it, which may be spoiled."""

from collections.abc import Sequence
from typing import Any, Final

from frequenz.api.common.v1alpha8.gridpool import gridpool_pb2
from frequenz.api.common.v1alpha8.microgrid.electrical_components import electrical_components_pb2
from frequenz.api.common.v1alpha8.microgrid.sensors import sensors_pb2
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2

from ..electrical_component import ElectricalComponentCategory
from ..inventory import Inventory, Site

Category = ElectricalComponentCategory

# Typed as Any: the generated stubs have a type of their own for the numbers of each enum.
_pb: Final[Any] = electrical_components_pb2
_sensor_pb: Final[Any] = sensors_pb2
_market_pb: Final[Any] = platformassets_pb2

MOMENT: Final = {"seconds": 1_640_995_200}
AREA: Final[dict[str, Any]] = {"code": "10YDE-VE-------2", "code_type": 1}

_OWN_DATA: Final[dict[Category, dict[str, Any]]] = {
    Category.GRID: {"grid_connection_point": {"rated_fuse_current": 63}},
    Category.BATTERY: {"battery": {"type": 1}},
    Category.INVERTER: {"inverter": {"type": 1}},
    Category.EV_CHARGER: {"ev_charger": {"type": 1}},
    Category.POWER_TRANSFORMER: {"power_transformer": {"primary": 20_000.0, "secondary": 400.0}},
}
"""The data of the categories that have some: inverters and batteries are those of batteries."""


class SiteDraft:
    """A site that is being changed."""

    def __init__(self, site: Site) -> None:
        """Copy a site."""
        self.microgrid = _copy(site.microgrid)
        self.components = [*map(_copy, site.components)]
        self.connections = [*map(_copy, site.connections)]
        self.sensors = [*map(_copy, site.sensors)]

    def finished(self) -> Site:
        """Return the site."""
        lists = (self.components, self.connections, self.sensors)
        return Site(self.microgrid, *map(tuple, lists))

    def component(self, category: Category) -> Any:
        """Return the first component of a category; add one, if there is none."""
        for component in self.components:
            if component.category == category.value:
                return component
        return self.add(category)

    def add(self, category: Category, behind: Any = None) -> Any:
        """Add a component, and if wanted the connection to it, and return the component."""
        component = _pb.ElectricalComponent(
            id=self.unused_component(),
            microgrid_id=self.microgrid.id,
            name="added",
            category=category.value,
            category_specific_info=_OWN_DATA.get(category),
            operational_lifetime={},
            operational_mode=4,
        )
        self.components.append(component)
        if behind is not None:
            self.connect(behind, component)
        return component

    def connect(self, source: Any, destination: Any) -> Any:
        """Add a connection between two components, and return it."""
        connection = _pb.ElectricalComponentConnection(
            source_electrical_component_id=source.id,
            destination_electrical_component_id=destination.id,
            operational_lifetime={},
        )
        self.connections.append(connection)
        return connection

    def connection(self) -> Any:
        """Return the first connection; add one, if there is none."""
        if not self.connections:
            self.add(Category.METER, behind=self.component(Category.GRID))
        return self.connections[0]

    def sensor(self) -> Any:
        """Return the first sensor; add one, if there is none."""
        if not self.sensors:
            self.sensors.append(
                _sensor_pb.Sensor(
                    id=1, microgrid_id=self.microgrid.id, name="added", operational_lifetime={}
                )
            )
        return self.sensors[0]

    def unused_component(self) -> int:
        """Return a number that no component has."""
        return _unused(component.id for component in self.components)


class Draft:
    """An inventory that is being changed."""

    def __init__(self, fleet: Inventory, microgrid_id: int | None) -> None:
        """Copy what may change of an inventory.

        Args:
            fleet: The inventory.
            microgrid_id: The site that may change; None = the first one.

        Raises:
            LookupError: If it does not exist.
        """
        if microgrid_id is not None:
            site = fleet.site(microgrid_id)
        elif fleet.sites:
            site = fleet.sites[0]
        else:
            raise LookupError("An inventory without sites cannot be spoiled")
        self._fleet = fleet
        self._index = fleet.sites.index(site)
        self.site = SiteDraft(site)
        self.more_sites: list[Site] = []
        self.gridpools = [*map(_copy, fleet.gridpools)]
        self.schedules = [*map(_copy, fleet.energy_schedules)]
        self.relations = [*map(_copy, fleet.market_topology)]

    def finished(self) -> Inventory:
        """Return the inventory."""
        sites = list(self._fleet.sites)
        sites[self._index] = self.site.finished()
        lists: Sequence[list[Any]] = (self.gridpools, self.schedules, self.relations)
        return Inventory((*sites, *self.more_sites), *map(tuple, lists))

    def gridpool(self) -> Any:
        """Return the first gridpool; add one, if there is none."""
        if not self.gridpools:
            self.gridpools.append(gridpool_pb2.Gridpool(id=1, name="added"))
        return self.gridpools[0]

    def schedule(self) -> Any:
        """Return the first energy schedule of a gridpool; add one, if there is none."""
        number = self.gridpool().id
        for schedule in self.schedules:
            if schedule.gridpool_id == number:
                return schedule
        schedule = _market_pb.GridpoolEnergySchedule(
            gridpool_id=number,
            schedule_id=1,
            name="added",
            counterparty_balancing_group=AREA,
            counterparty_delivery_area=AREA,
            frequenz_delivery_area=AREA,
            direction=1,
            validity_period={"start_time": MOMENT},
            delivery_duration=2,
            time_series=[{"start_time": MOMENT, "active_power_w": 1000.0}],
        )
        self.schedules.append(schedule)
        return schedule

    def relation(self) -> Any:
        """Return the first relation of all three ends; add one, if there is none."""
        for relation in self.relations:
            if relation.HasField("gridpool_id") and relation.HasField("market_location_ref"):
                return relation
        relation = _market_pb.MarketTopologyRelation(
            gridpool_id=self.gridpool().id,
            microgrid_id=self.site.microgrid.id,
            market_location_ref={
                "market_area": 101,
                "market_location_id": {"id": {"value": "51238696781"}, "type": 1},
            },
            delivery_area=AREA,
            participations=[{"type": 1, "validity_period": {"start_time": MOMENT}}],
        )
        self.relations.append(relation)
        return relation

    def unused_microgrid(self) -> int:
        """Return a number that no microgrid has."""
        return _unused(site.microgrid.id for site in self._fleet.sites)

    def unused_gridpool(self) -> int:
        """Return a number that no gridpool has."""
        return _unused(gridpool.id for gridpool in self.gridpools)


def _unused(numbers: Any) -> int:
    used = {*numbers}
    return next(number for number in range(1, len(used) + 2) if number not in used)


def _copy(message: Any) -> Any:
    copied = type(message)()
    copied.CopyFrom(message)
    return copied
