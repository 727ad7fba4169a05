"""Sites that tests draw."""

from collections.abc import Iterable
from typing import Any, Final

from frequenz.client.common.microgrid import EnterpriseId, MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId
from hypothesis import strategies as st

from frequenz.client.assets import Microgrid, MicrogridStatus
from frequenz.client.assets.electrical_component import (
    AcEvCharger,
    Breaker,
    ComponentConnection,
    ElectricalComponent,
    GridConnectionPoint,
    LiIonBattery,
    Meter,
    PowerTransformer,
    SolarInverter,
    UnrecognizedComponent,
)
from frequenz.client.assets.metrics import Bounds, Metric
from frequenz.client.assets.topology._diagram import Diagram, diagram

MICROGRID: Final = Microgrid(
    id=MicrogridId(4),
    enterprise_id=EnterpriseId(1),
    name="Hall",
    delivery_area=None,
    location=None,
    status=MicrogridStatus.ACTIVE,
    create_timestamp=None,
)


def component(
    cls: type[ElectricalComponent], number: int, name: str | None = None, **more: Any
) -> ElectricalComponent:
    """Return a component of the microgrid."""
    needed: dict[type, dict[str, Any]] = {
        GridConnectionPoint: {"rated_fuse_current": 100},
        PowerTransformer: {"primary_power": 20000.0, "secondary_power": 400.0},
        UnrecognizedComponent: {"category": 99},
    }
    arguments = {"name": name, **needed.get(cls, {}), **more}
    return cls(id=ElectricalComponentId(number), microgrid_id=MICROGRID.id, **arguments)


def connection(source: int, destination: int, **more: Any) -> ComponentConnection:
    """Return a connection."""
    return ComponentConnection(
        source=ElectricalComponentId(source), destination=ElectricalComponentId(destination), **more
    )


def connections(*ends: tuple[int, int]) -> list[ComponentConnection]:
    """Return connections by their ends."""
    return [connection(*one) for one in ends]


def drawn(
    components: Iterable[ElectricalComponent],
    *ends: tuple[int, int],
    microgrid: Microgrid = MICROGRID,
    **arguments: Any,
) -> Diagram:
    """Return the diagram of components that are connected."""
    return diagram(microgrid, components, connections(*ends), **arguments)


_KINDS: Final = (
    Meter,
    SolarInverter,
    LiIonBattery,
    PowerTransformer,
    Breaker,
    AcEvCharger,
    UnrecognizedComponent,
    GridConnectionPoint,
)
_bounds = st.sampled_from(
    [
        {},
        {Metric.AC_POWER_ACTIVE: Bounds(lower=0.0, upper=22000.0)},
        {Metric.AC_POWER_ACTIVE: Bounds(lower=-1e6, upper=3e5), Metric.DC_POWER: Bounds(upper=2.0)},
    ]
)
_names = st.none() | st.text(max_size=40) | st.sampled_from(["Meter", "PV inverter south-west"])


@st.composite
def near_trees(
    draw: st.DrawFn, max_size: int = 40
) -> tuple[list[ElectricalComponent], list[ComponentConnection]]:
    """Return a strategy for sites that are almost trees: some lines more, some missing."""
    size = draw(st.integers(1, max_size))
    reach = draw(st.sampled_from([1, 2, 5, max_size]))
    components = [
        component(
            draw(st.sampled_from(_KINDS)) if number > 1 else GridConnectionPoint,
            number,
            draw(_names),
            rated_bounds=draw(_bounds),
        )
        for number in range(1, size + 1)
    ]
    ends = [
        (draw(st.integers(max(1, number - reach), number - 1)), number)
        for number in range(2, size + 1)
        if draw(st.integers(0, 20))
    ]
    anyone = st.integers(1, size + 1)  # the last one does not exist
    ends += draw(st.lists(st.tuples(anyone, anyone).filter(lambda it: it[0] != it[1]), max_size=6))
    return components, connections(*ends)
