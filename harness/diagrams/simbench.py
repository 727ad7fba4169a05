"""The low- and medium-voltage networks of SimBench as sites.

The wheel of SimBench has them as CSV files, under the Open Database License.
"""

import csv
import io
import zipfile
from collections import defaultdict, deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId

from frequenz.client.assets.electrical_component import (
    BatteryInverter,
    Breaker,
    ComponentConnection,
    ElectricalComponent,
    ElectricalComponentOperationalMode,
    GridConnectionPoint,
    LiIonBattery,
    Meter,
    PowerTransformer,
    SolarInverter,
    WindTurbine,
)

from .near_trees import Site

_TABLES: Final = ("Node", "Line", "Transformer", "Switch", "Load", "RES", "Storage")
_LEVELS: Final = ("LV", "MV")
_MICROGRID: Final = MicrogridId(1)

Rows = list[dict[str, str]]


def networks(wheel: Path) -> Iterator[tuple[str, Site]]:
    """Yield all low- and medium-voltage networks of all scenarios, by name."""
    with zipfile.ZipFile(wheel) as archive:
        folders = sorted({Path(name).parent for name in archive.namelist() if "-complete_" in name})
        for folder in folders:
            tables = {table: _rows(archive, folder / f"{table}.csv") for table in _TABLES}
            subnets = sorted({row["subnet"] for row in tables["Node"]})
            by_subnet = {table: _by_subnet(rows) for table, rows in tables.items()}
            for subnet in subnets:
                if subnet.startswith(_LEVELS) and "_" not in subnet:
                    own = {table: rows.get(subnet, []) for table, rows in by_subnet.items()}
                    yield f"{folder.name}/{subnet}", _Network(own).site()


def _rows(archive: zipfile.ZipFile, path: Path) -> Rows:
    if str(path) not in archive.namelist():
        return []
    with archive.open(str(path)) as file:
        return [*csv.DictReader(io.TextIOWrapper(file, encoding="utf-8"), delimiter=";")]


def _by_subnet(rows: Rows) -> dict[str, Rows]:
    by_subnet: dict[str, Rows] = defaultdict(list)
    for row in rows:
        by_subnet[row["subnet"].partition("_")[0]].append(row)
    return by_subnet


class _Network:
    """A network: a meter for each group of nodes that closed switches join."""

    def __init__(self, tables: dict[str, Rows]) -> None:
        self._tables = tables
        self._joined: dict[str, str] = {}
        self._components: list[ElectricalComponent] = []
        self._connections: list[ComponentConnection] = []

    def site(self) -> Site:
        """Return the network as a site."""
        tables = self._tables
        transformers = tables["Transformer"]
        nodes = {row["id"] for row in tables["Node"]} - {row["nodeHV"] for row in transformers}
        for switch in tables["Switch"]:
            if switch["cond"] == "1" and {switch["nodeA"], switch["nodeB"]} <= nodes:
                self._joined[self._group(switch["nodeA"])] = self._group(switch["nodeB"])
        near: dict[str, set[str]] = defaultdict(set)
        for line in tables["Line"]:
            if {line["nodeA"], line["nodeB"]} <= nodes:
                one, other = self._group(line["nodeA"]), self._group(line["nodeB"])
                near[one].add(other)
                near[other].add(one)
        grid = self._add(GridConnectionPoint, "Grid connection", rated_fuse_current=0)
        starts = sorted({self._group(row["nodeLV"]) for row in transformers})
        numbers = self._walk(starts, near)
        for row in transformers:
            transformer = self._add(
                PowerTransformer, row["id"], primary_power=20000.0, secondary_power=400.0
            )
            self._connect(grid, transformer)
            self._connect(transformer, numbers[self._group(row["nodeLV"])])
        self._add_open_switches(numbers)
        self._add_devices(numbers)
        return self._components, self._connections

    def _group(self, node: str) -> str:
        while node in self._joined and self._joined[node] != node:
            node = self._joined[node]
        return node

    def _walk(self, starts: list[str], near: dict[str, set[str]]) -> dict[str, int]:
        """Add a meter for each group, and a connection for each line, away from the grid."""
        numbers: dict[str, int] = {}
        distance = dict.fromkeys(starts, 0)
        waiting = deque(starts)
        while waiting:
            group = waiting.popleft()
            numbers[group] = self._add(Meter, group)
            for other in sorted(near[group]):
                if other not in distance:
                    distance[other] = distance[group] + 1
                    waiting.append(other)
        for group, number in numbers.items():
            for other in near[group]:
                if (distance[group], number) < (distance[other], numbers[other]):
                    self._connect(number, numbers[other])
        return numbers

    def _add_open_switches(self, numbers: dict[str, int]) -> None:
        for row in self._tables["Switch"]:
            ends = self._group(row["nodeA"]), self._group(row["nodeB"])
            if row["cond"] == "0" and ends[0] in numbers and ends[1] in numbers:
                mode = ElectricalComponentOperationalMode.INACTIVE
                breaker = self._add(Breaker, row["id"], operational_mode=mode)
                first, second = sorted(numbers[end] for end in ends)
                self._connect(first, breaker)
                self._connect(breaker, second)

    def _add_devices(self, numbers: dict[str, int]) -> None:
        for row in self._tables["Load"]:
            if (group := self._group(row["node"])) in numbers:
                self._connect(numbers[group], self._add(Meter, row["id"]))
        for row in self._tables["RES"]:
            if (group := self._group(row["node"])) in numbers:
                kind = WindTurbine if row["type"].startswith("Wind") else SolarInverter
                self._connect(numbers[group], self._add(kind, row["id"]))
        for row in self._tables["Storage"]:
            if (group := self._group(row["node"])) in numbers:
                inverter = self._add(BatteryInverter, row["id"])
                self._connect(numbers[group], inverter)
                self._connect(inverter, self._add(LiIonBattery, row["id"]))

    def _add(self, kind: type[ElectricalComponent], name: str, **values: Any) -> int:
        number = len(self._components) + 1
        id_ = ElectricalComponentId(number)
        self._components.append(kind(id=id_, microgrid_id=_MICROGRID, name=name, **values))
        return number

    def _connect(self, source: int, destination: int) -> None:
        self._connections.append(
            ComponentConnection(
                source=ElectricalComponentId(source),
                destination=ElectricalComponentId(destination),
            )
        )
