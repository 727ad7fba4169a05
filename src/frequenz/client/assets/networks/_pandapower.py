"""pandapower networks as microgrids.

What becomes what:

- an external grid: a grid connection point
- a transformer: a power transformer; a closed circuit breaker at it: a breaker
- the feeder that transformers feed, up to the next ones: a meter. Only lines and buses are between
  it and the elements there, so these are connected to it directly
- a load: a meter; a generator: a meter and what it is; a storage: a meter, an inverter, a battery
"""

import math
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, NamedTuple, TypeAlias

from frequenz.client.common.microgrid import EnterpriseId, MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId

from .._model.microgrid import Microgrid, MicrogridStatus
from .._model.time import Lifetime
from .._wire.component import encode_component
from .._wire.connection import ConnectionMessage
from .._wire.microgrid import encode_microgrid
from ..electrical_component import (
    BatteryInverter,
    Breaker,
    Chp,
    ElectricalComponent,
    ElectricalComponentOperationalMode,
    GridConnectionPoint,
    LiIonBattery,
    Meter,
    PowerTransformer,
    SolarInverter,
    WindTurbine,
)
from ..inventory import Inventory, Site
from ..metrics import Bounds, Metric
from ._areas import Areas, breakers
from ._imported import Imported, NetworkFileError
from ._tables import Network, Row, read_network

Limits: TypeAlias = tuple[float, float]
"""Lower and upper limit of a power in MW; consumption is positive."""

_MEGA: Final = 1e6
_KILO: Final = 1e3
_TELEMETRY: Final = ElectricalComponentOperationalMode.TELEMETRY_ONLY
_CONTROL: Final = ElectricalComponentOperationalMode.CONTROL_AND_TELEMETRY


class Device(NamedTuple):
    """One device in the row of devices that stands for an element."""

    kind: type[ElectricalComponent]
    suffix: str = ""
    """What is added to the element's name."""

    metric: Metric = Metric.AC_POWER_ACTIVE
    """What the element's limits are limits of."""


METER: Final = Device(Meter, " meter")
STORAGE: Final = (
    METER,
    Device(BatteryInverter, " inverter"),
    Device(LiIonBattery, metric=Metric.DC_POWER),
)
GENERATORS: Final[Mapping[str, tuple[Device, ...]]] = {
    "pv": (METER, Device(SolarInverter, " inverter")),
    "solar": (METER, Device(SolarInverter, " inverter")),
    "wind": (METER, Device(WindTurbine)),
    "wp": (METER, Device(WindTurbine)),
    "chp": (METER, Device(Chp)),
    "fuel cell": (METER, Device(Chp)),
}
"""What the type of a generator has -> its devices, from the grid's side on."""


_NEAREST: Final = {"fuel cell": "chp"}
"""Types that no category has -> the category that comes nearest."""


def _consumed(row: Row) -> Limits:
    power = row.number("p_mw") * row.number("scaling", 1.0)
    return min(0.0, power), max(0.0, power)


def _consumed_by_phase(row: Row) -> Limits:
    power = sum(row.number(f"p_{it}_mw") for it in "abc") * row.number("scaling", 1.0)
    return min(0.0, power), max(0.0, power)


def _of_motor(row: Row) -> Limits:
    return 0.0, row.number("pn_mech_mw") * row.number("scaling", 1.0)


def _reversed(limits: Callable[[Row], Limits]) -> Callable[[Row], Limits]:
    def produced(row: Row) -> Limits:
        lower, upper = limits(row)
        return -upper, -lower + 0.0

    return produced


def _stored(row: Row) -> Limits:
    power = abs(row.number("p_mw")) * row.number("scaling", 1.0)
    return row.number("min_p_mw", -power), row.number("max_p_mw", power)


LIMITS: Final[Mapping[str, Callable[[Row], Limits]]] = {
    "load": _consumed,
    "asymmetric_load": _consumed_by_phase,
    "motor": _of_motor,
    "sgen": _reversed(_consumed),
    "asymmetric_sgen": _reversed(_consumed_by_phase),
    "gen": _reversed(_consumed),
    "storage": _stored,
}
"""The tables of what consumes, produces and stores -> the limits of an element."""

_PRODUCING: Final = frozenset({"sgen", "asymmetric_sgen", "gen"})
_PLACED: Final = frozenset({*LIMITS, "trafo", "ext_grid"})
"""Tables whose elements become components."""

_CARRIED: Final = frozenset({*_PLACED, "bus", "line", "switch"})
_NO_EQUIPMENT: Final = frozenset({"loadcases", "substation", "measurement", "group", "controller"})


def read_pandapower(
    path: str | os.PathLike[str],
    *,
    microgrid_id: int = 1,
    name: str | None = None,
    start: datetime | None = None,
) -> Imported:
    """Return the microgrid of a network as `pandapower.to_json` writes it; needs no pandapower.

    IDs: 1 is the grid connection point; a feeder has the IDs from 101, the next one from 201, or
    from 1001, 2001 if one is larger.

    Args:
        path: The file.
        microgrid_id: The ID of the microgrid.
        name: Its name; that of the network by default.
        start: When its components became operational; always by default.

    Raises:
        NetworkFileError: If the file has no network, none with an external grid in service, or an
            element without what is needed.
        OSError: If the file cannot be opened.
        ValueError: If the ID is out of range, or `start` has no time zone.
    """
    if not 0 < microgrid_id < 2**64:
        raise ValueError(f"microgrid_id: expected 1 to {2**64 - 1}, got {microgrid_id}")
    network = read_network(path)
    try:
        return _Import(network, microgrid_id, start).result(name or network.name or None)
    except NetworkFileError as error:
        raise NetworkFileError(f"{path}: {error}") from error


class _Import:
    """The components and connections of a network so far."""

    def __init__(self, network: Network, microgrid_id: int, start: datetime | None) -> None:
        self.network = network
        self.areas = Areas(network)
        self.microgrid_id = MicrogridId(microgrid_id)
        self.lifetime = Lifetime(start=start)
        self.components: list[ElectricalComponent] = []
        self.connections: list[tuple[int, int]] = []
        self.places: dict[int, str] = {}
        self.notes: list[str] = []
        self.carried: set[Row] = set()
        self.unknown: Counter[str] = Counter()
        self.nearest: Counter[str] = Counter()
        self.next_id = 1

    def result(self, name: str | None) -> Imported:
        """Return the microgrid."""
        grids = self._add_grids()
        feeders = self._feeders(grids)
        elements = self._elements_by_area()
        step = self._step(grids, feeders, elements)
        for area, grid in grids.items():
            self._add_elements(elements.get(area, ()), grid)
        heads = dict(grids)
        for number, (area, transformers) in enumerate(feeders.items(), 1):
            self.next_id = number * step + 1
            ends = [self._add_transformer(it, ahead, heads[ahead]) for it, ahead in transformers]
            heads[area] = self._add(Meter, f"Feeder {number} meter", ends)
            self._add_elements(elements.get(area, ()), heads[area])
        self._note_what_is_left()
        microgrid = Microgrid(
            id=self.microgrid_id,
            enterprise_id=EnterpriseId(1),
            name=name,
            delivery_area=None,
            location=None,
            status=MicrogridStatus.ACTIVE,
            create_timestamp=self.lifetime.start,
        )
        found = Site(
            encode_microgrid(microgrid),
            tuple(map(encode_component, self.components)),
            tuple(
                ConnectionMessage(
                    source_electrical_component_id=one, destination_electrical_component_id=other
                )
                for one, other in self.connections
            ),
        )
        return Imported(Inventory((found,)), tuple(self.notes), self.places)

    # The grid and the feeders

    def _add_grids(self) -> dict[int, int]:
        """Add the grid connection points; return their IDs by area."""
        grids: dict[int, int] = {}
        rows = self.network.rows("ext_grid")
        for row in rows:
            area = self.areas.area_of(row.node("bus"))
            if area is None:
                continue
            self.carried.add(row)
            if area in grids:
                self.notes.append(f"{row}: it feeds the same buses as another one; left out")
                continue
            current = self._grid_current(area, row)
            name = row.text("name") or "Grid connection"
            grids[area] = self._add(GridConnectionPoint, name, rated_fuse_current=round(current))
        if not grids:
            raise NetworkFileError("expected an external grid (ext_grid) in service")
        return grids

    def _grid_current(self, area: int, grid: Row) -> float:
        """Return the current in A of all transformers at an area, at their rated power."""
        rated = sum(
            row.number("sn_mva") * row.number("parallel", 1.0)
            for row in self._transformers()
            if area in map(self.areas.area_of, (row.node("hv_bus"), row.node("lv_bus")))
        )
        if not rated:
            self.notes.append(f"{grid}: no transformer is at it; its rated fuse current is unknown")
        buses = {it.index: it for it in self.network.rows("bus")}
        volts = buses[grid.node("bus")].number("vn_kv") * _KILO
        return rated * _MEGA / (math.sqrt(3) * volts)

    def _transformers(self) -> Iterator[Row]:
        """Yield the transformers that connect two areas."""
        for row in self.network.rows("trafo"):
            ends = [self.areas.area_of(row.node(it)) for it in ("hv_bus", "lv_bus")]
            if None not in ends and ends[0] != ends[1] and not self.areas.is_open(row):
                yield row

    def _feeders(self, grids: Iterable[int]) -> dict[int, list[tuple[Row, int]]]:
        """Return the areas away from the grid: the transformers that feed each, and from where."""
        at_grid = {*grids}
        feeders: dict[int, list[tuple[Row, int]]] = {}
        reached = [*at_grid]
        transformers = [*self._transformers()]
        for area in reached:  # grows while it goes on
            for row in transformers:
                ends = [self.areas.area_of(row.node(f"{it}_bus")) for it in _SIDES]
                if area not in ends or row in self.carried:
                    continue
                self.carried.add(row)
                other = ends[1 - ends.index(area)]
                if other is None or other in at_grid:
                    self.notes.append(f"{_named(row)}: it connects two external grids; left out")
                    continue
                feeders.setdefault(other, []).append((row, area))
                if other not in reached:
                    reached.append(other)
        return feeders

    def _add_transformer(self, row: Row, area: int, ahead: int) -> int:
        """Add a transformer behind an area, with its breakers; return the ID of the last one."""
        near, far = _SIDES
        if self.areas.area_of(row.node(f"{near}_bus")) != area:
            near, far = far, near
        at = {bus for transformer, bus in breakers(self.network) if transformer == row.index}
        behind = ahead
        if row.node(f"{near}_bus") in at:
            behind = self._add(Breaker, f"{row.name} breaker", (behind,))
        apparent = row.number("sn_mva") * row.number("parallel", 1.0)
        behind = self._add(
            PowerTransformer,
            row.name,
            (behind,),
            primary_power=row.number(f"vn_{near}_kv") * _KILO,
            secondary_power=row.number(f"vn_{far}_kv") * _KILO,
            rated_bounds=_bounds(Metric.AC_POWER_APPARENT, (0.0, apparent)),
        )
        if row.node(f"{far}_bus") in at:
            behind = self._add(Breaker, f"{row.name} breaker 2", (behind,))
        return behind

    # Loads, generators and storages

    def _elements_by_area(self) -> dict[int | None, list[Row]]:
        """Return the elements of each area, bus by bus; those of no bus in service under None."""
        by_bus: dict[int, list[Row]] = {}
        for table in LIMITS:
            for row in self.network.rows(table):
                by_bus.setdefault(row.node("bus"), []).append(row)
        found: dict[int | None, list[Row]] = {}
        for bus in sorted(by_bus):
            found.setdefault(self.areas.area_of(bus), []).extend(by_bus[bus])
        return found

    def _add_elements(self, elements: Iterable[Row], ahead: int) -> None:
        """Add the devices of elements, each in a row behind a meter."""
        buses = {it.index: it.name for it in self.network.tables["bus"]}
        for row in elements:
            self.carried.add(row)
            limits = LIMITS[row.table](row)
            mode = _CONTROL if self._is_controlled(row) else _TELEMETRY
            behind = ahead
            for device in self._devices(row):
                self.places[self.next_id] = buses[row.node("bus")]
                behind = self._add(
                    device.kind,
                    row.name + device.suffix,
                    (behind,),
                    mode=_TELEMETRY if device.kind is Meter else mode,
                    rated_bounds=_bounds(device.metric, limits),
                )
            capacity = row.number("max_e_mwh", 0.0) if row.table == "storage" else 0.0
            if capacity:
                battery = self.components[-1]
                energy = _bounds(Metric.BATTERY_CAPACITY, (0.0, capacity))
                bounds = {**battery.rated_bounds, **energy}
                self.components[-1] = replace(battery, rated_bounds=bounds)

    def _is_controlled(self, row: Row) -> bool:
        return row.table == "storage" or row.is_true("controllable", False)

    def _devices(self, row: Row) -> tuple[Device, ...]:
        """Return the devices that stand for an element."""
        if row.table == "storage":
            return STORAGE
        if row.table not in _PRODUCING:
            return (METER,)
        words = f" {row.text('type').lower().replace('_', ' ')} "
        for word, devices in GENERATORS.items():
            if f" {word} " in words:
                self.nearest[word] += word in _NEAREST
                return devices
        self.unknown[row.text("type") or "no type"] += 1
        return (METER,)

    def _step(
        self, grids: Iterable[int], feeders: Mapping[int, Any], elements: Mapping[Any, list[Row]]
    ) -> int:
        """Return the distance between the IDs of feeders: a power of ten, 100 or more."""
        most = max(
            (
                4 * len(feeders.get(area, ())) + 3 * len(elements.get(area, ())) + 2
                for area in (*grids, *feeders)
            ),
        )
        return max(100, int(10 ** math.ceil(math.log10(most + 1))))

    def _add(
        self,
        kind: type[ElectricalComponent],
        name: str,
        behind: Iterable[int] = (),
        *,
        mode: ElectricalComponentOperationalMode = _TELEMETRY,
        **more: Any,
    ) -> int:
        """Add a component and its connections, and return its ID."""
        number, self.next_id = self.next_id, self.next_id + 1
        self.components.append(
            kind(
                id=ElectricalComponentId(number),
                microgrid_id=self.microgrid_id,
                name=name,
                operational_mode=mode,
                operational_lifetime=self.lifetime,
                **more,
            )
        )
        self.connections += [(it, number) for it in behind]
        return number

    def _note_what_is_left(self) -> None:
        """Note what was not carried, and what the network does not say."""
        for kind, count in self.unknown.items():
            self.notes.append(
                f"{count} × generator of type {kind!r}: no such category; only its meter is there"
            )
        for word, count in self.nearest.items():
            if count:
                self.notes.append(f"{count} × {word}: as {_NEAREST[word]}, the nearest category")
        if batteries := sum(isinstance(it, LiIonBattery) for it in self.components):
            self.notes.append(
                f"{batteries} × battery: the network says no chemistry; li ion is assumed"
            )
        for table, rows in self.network.tables.items():
            if table in _NO_EQUIPMENT or not rows:
                continue
            if table not in _CARRIED:
                self.notes.append(f"{len(rows)} × {table}: cannot be carried")
                continue
            idle = [it for it in rows if not it.is_true("in_service", True)]
            if idle:
                self.notes.append(f"{len(idle)} × {table}: out of service; {_listed(idle)}")
            lost = [it for it in self.network.rows(table) if it not in self.carried]
            if table in _PLACED and lost:
                self.notes.append(
                    f"{len(lost)} × {table}: no way from the external grid; {_listed(lost)}"
                )
        lines, switches = (len(self.network.tables.get(it, ())) for it in ("line", "switch"))
        used = sum(isinstance(it, Breaker) for it in self.components)
        for count, what in (
            (len(self.network.tables["bus"]), "bus"),
            (lines, "line, with its length and impedance"),
            (switches - used, "switch that is no circuit breaker of a transformer"),
        ):
            if count:
                self.notes.append(f"{count} × {what}: no component, but the wiring follows them")


_SIDES: Final = ("hv", "lv")


def _bounds(metric: Metric, limits: Limits) -> dict[Metric | int, Bounds]:
    """Return the bounds of a metric in whole W, VA or Wh, from MW, MVA or MWh."""
    lower, upper = (float(round(it * _MEGA)) + 0.0 for it in limits)
    return {metric: Bounds(lower=lower, upper=upper)}


def _named(row: Row) -> str:
    return f"{row} ({row.text('name')})" if row.text("name") else str(row)


def _listed(rows: Iterable[Row]) -> str:
    """Return the first of some elements."""
    names = [it.name for it in rows]
    return ", ".join(names[:_MAX_LISTED]) + (", ..." if len(names) > _MAX_LISTED else "")


_MAX_LISTED: Final = 5
