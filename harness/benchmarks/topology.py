"""Time the topology of a large site, in ms of the processor; print it as JSON.

The first answer of a kind prepares what later ones use, or is kept.
"""

import gc
import json
import random
from collections.abc import Callable
from functools import partial
from statistics import median
from time import process_time_ns
from typing import Any, Final

import rustworkx
from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId

from frequenz.client.assets.electrical_component import (
    BatteryInverter,
    ComponentConnection,
    ElectricalComponent,
    GridConnectionPoint,
    LiIonBattery,
    Meter,
    SolarInverter,
)
from frequenz.client.assets.metrics import Bounds, Metric
from frequenz.client.assets.topology import Topology

SIZE: Final = 100_000
TIMES: Final = 3
_METERS_TO_CHOOSE: Final = 200
"""From how many of the last meters a new one is chosen: what makes the graph deep."""

_MICROGRID: Final = MicrogridId(1)
_BOUNDS: Final[dict[Metric | int, Bounds]] = {
    Metric.AC_POWER_ACTIVE: Bounds(lower=-1000.0, upper=1000.0)
}

Site = tuple[list[ElectricalComponent], list[ComponentConnection]]

ATTRIBUTES: Final = (
    *("levels", "islands", "cycles", "parallel_connections", "dangling_connections"),
    *("duplicates", "unmetered", "findings"),
)
"""Answers about the whole site, which are kept."""

METHODS: Final = (
    *("component", "predecessors", "successors", "behind", "path_to_grid", "measurement"),
    "rated_power_behind",
)


def site(size: int) -> Site:
    """Return a site without faults: meters, and devices behind them."""
    choose = random.Random(1)
    components: list[ElectricalComponent] = [
        GridConnectionPoint(id=_id(1), microgrid_id=_MICROGRID, rated_fuse_current=100),
        Meter(id=_id(2), microgrid_id=_MICROGRID),
    ]
    ends = [(1, 2)]
    meters = [2]
    while len(components) < size:
        number, meter = len(components) + 1, choose.choice(meters[-_METERS_TO_CHOOSE:])
        fields: dict[str, Any] = {"id": _id(number), "microgrid_id": _MICROGRID}
        ends.append((meter, number))
        match choose.randrange(3):
            case 0:
                components.append(Meter(**fields))
                meters.append(number)
            case 1:
                components.append(SolarInverter(**fields, rated_bounds=_BOUNDS))
            case _:
                components.append(BatteryInverter(**fields, rated_bounds=_BOUNDS))
                components.append(LiIonBattery(id=_id(number + 1), microgrid_id=_MICROGRID))
                ends.append((number, number + 1))
    return components, [
        ComponentConnection(source=_id(source), destination=_id(destination))
        for source, destination in ends
    ]


def _id(number: int) -> ElectricalComponentId:
    return ElectricalComponentId(number)


def _ms(step: Callable[[], object]) -> float:
    start = process_time_ns()
    result = step()
    took = (process_time_ns() - start) / 1e6
    del result
    return took


def _bare(components: int, edges: list[tuple[int, int]]) -> object:
    graph: rustworkx.PyDiGraph[int, None] = rustworkx.PyDiGraph()
    graph.add_nodes_from(range(components))
    graph.add_edges_from_no_data(edges)
    return rustworkx.descendants(graph, 0)


def _build(parts: Site) -> Topology:
    topology = Topology(*parts)
    topology.predecessors(2)  # builds the graph
    return topology


def _queries(topology: Topology, last: int) -> dict[str, Callable[[], object]]:
    """Return the queries, by name: those about one component with all others behind it, or none."""
    return {
        **{name: partial(getattr, topology, name) for name in ATTRIBUTES},
        **{
            f"{name}({shown})": partial(getattr(topology, name), number)
            for name in METHODS
            for shown, number in (("first", 2), ("last", last))
        },
        "fuse_load()": topology.fuse_load,
    }


def measure() -> dict[str, Any]:
    """Return what the bare graph, a topology and its queries take, in ms."""
    parts = site(SIZE)
    edges = [(int(it.source) - 1, int(it.destination) - 1) for it in parts[1]]
    bare, build = [], []
    first: dict[str, list[float]] = {}
    then: dict[str, list[float]] = {}
    for _ in range(TIMES):
        gc.collect()
        bare.append(_ms(partial(_bare, len(parts[0]), edges)))
        build.append(_ms(partial(_build, parts)))
        for name, query in _queries(_build(parts), len(parts[0])).items():
            gc.collect()
            first.setdefault(name, []).append(_ms(query))
            then.setdefault(name, []).append(_ms(query))
    return {
        "components": len(parts[0]),
        "connections": len(parts[1]),
        "bare_ms": round(median(bare), 2),
        "build_ms": round(median(build), 2),
        "queries": {
            name: {"first_ms": round(median(first[name]), 2), "ms": round(median(then[name]), 2)}
            for name in first
        },
    }


if __name__ == "__main__":
    print(json.dumps(measure()))
