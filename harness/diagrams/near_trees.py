"""Random networks that are almost trees."""

from random import Random
from typing import Final, TypeAlias

from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId

from frequenz.client.assets.electrical_component import (
    ComponentConnection,
    ElectricalComponent,
    GridConnectionPoint,
    LiIonBattery,
    Meter,
    SolarInverter,
)
from frequenz.client.assets.metrics import Bounds, Metric

Site: TypeAlias = tuple[list[ElectricalComponent], list[ComponentConnection]]

_MICROGRID: Final = MicrogridId(1)


def near_tree(seed: int, size: int | None = None, extra: int | None = None) -> Site:
    """Return a random tree with some more connections, which lead down or close cycles.

    Args:
        seed: The same number gives the same network.
        size: How many components it has; 5 to 60 by default.
        extra: How many more connections than a tree it has; 1 to 6 by default.
    """
    random = Random(seed)
    count = size or random.randint(5, 60)
    more = random.randint(1, 6) if extra is None else extra
    shape = random.choice(("wide", "even", "deep"))
    ends = [(_parent(random, shape, number), number) for number in range(2, count + 1)]
    while len(ends) < count - 1 + more:
        source, destination = random.sample(range(1, count + 1), 2)
        if destination != 1:
            ends.append((source, destination))
    components: list[ElectricalComponent] = [
        GridConnectionPoint(
            id=ElectricalComponentId(1),
            microgrid_id=_MICROGRID,
            name="Grid connection",
            rated_fuse_current=630,
        ),
        *(_component(random, number) for number in range(2, count + 1)),
    ]
    connections = [
        ComponentConnection(
            source=ElectricalComponentId(source), destination=ElectricalComponentId(destination)
        )
        for source, destination in ends
    ]
    return components, connections


def _parent(random: Random, shape: str, number: int) -> int:
    if shape == "wide":
        return random.randint(1, max(1, (number - 1) // 3))
    if shape == "deep":
        return random.randint(max(1, number - 3), number - 1)
    return random.randint(max(1, number // 3), number - 1)


def _component(random: Random, number: int) -> ElectricalComponent:
    kind = random.choice((Meter, SolarInverter, LiIonBattery))
    return kind(
        id=ElectricalComponentId(number),
        microgrid_id=_MICROGRID,
        name=random.choice((None, f"Hall {number}", f"Inverter {number} of the southern roof")),
        rated_bounds={Metric.AC_POWER_ACTIVE: Bounds(lower=-1000.0 * number, upper=0.0)},
    )
