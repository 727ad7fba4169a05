"""Graphs for which the graph library takes exponential time."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId

from frequenz.client.assets.electrical_component import (
    ComponentConnection,
    GridConnectionPoint,
    Meter,
)

from .random_sites import Site

_MICROGRID: Final = MicrogridId(1)
_PAIRS: Final = (5, 10, 15, 20, 25)
_LAYERS: Final = (4, 8, 16)
_WIDTH: Final = 5
_METERS: Final = (8, 16, 24, 32)


def dense_graphs() -> Iterator[tuple[str, Site]]:
    """Yield graphs of meters with many paths, from few to very many, by name."""
    for count in _PAIRS:
        yield f"{count} pairs of parallel meters in a row", _layered([1, *[2, 1] * count])
    for count in _LAYERS:
        yield f"{count} layers of {_WIDTH} meters", _layered([1, *[_WIDTH] * count])
    for count in _METERS:
        ends = [(one, other) for other in range(2, count + 1) for one in range(2, other)]
        yield f"{count} meters, each behind all before it", _site(count, [(1, 2), *ends])


def _layered(sizes: list[int]) -> Site:
    """Return layers of meters behind the grid, each meter behind all of the layer before."""
    layers, last = [[1]], 1
    for size in sizes:
        layers.append([*range(last + 1, last + 1 + size)])
        last += size
    ends = [(one, other) for before, layer in pairwise(layers) for one in before for other in layer]
    return _site(last, ends)


def _site(size: int, ends: list[tuple[int, int]]) -> Site:
    grid = GridConnectionPoint(
        id=ElectricalComponentId(1), microgrid_id=_MICROGRID, rated_fuse_current=100
    )
    meters = [
        Meter(id=ElectricalComponentId(number), microgrid_id=_MICROGRID)
        for number in range(2, size + 1)
    ]
    return [grid, *meters], [
        ComponentConnection(
            source=ElectricalComponentId(source), destination=ElectricalComponentId(destination)
        )
        for source, destination in ends
    ]
