"""Good components: every category and type, with every mode, kind of bounds and metric."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Final, NamedTuple

from frequenz.api.common.v1alpha8.metrics import metrics_pb2
from frequenz.api.common.v1alpha8.microgrid import lifetime_pb2
from frequenz.api.common.v1alpha8.microgrid.electrical_components import electrical_components_pb2

from . import _values
from ._values import UNKNOWN

_DATA: Final = frozenset(
    electrical_components_pb2.ElectricalComponentCategorySpecificInfo.DESCRIPTOR.fields_by_name
)
_TYPES: Final[Mapping[str, Sequence[int]]] = {
    "battery": electrical_components_pb2.BatteryType.values(),
    "ev_charger": electrical_components_pb2.EvChargerType.values(),
    "inverter": electrical_components_pb2.InverterType.values(),
}
_CATEGORY: Final = electrical_components_pb2.ElectricalComponentCategory
_PREFIX: Final = "ELECTRICAL_COMPONENT_CATEGORY_"

_MODES: Final = (
    *electrical_components_pb2.ElectricalComponentOperationalMode.values(),
    UNKNOWN,
)
_METRICS: Final = (*metrics_pb2.Metric.values(), UNKNOWN)
_BOUNDS: Final = ("none", "open", "lower", "upper", "both", "equal", "zero", "several")


class Kind(NamedTuple):
    """A category with its category-specific data."""

    category: int
    data: str | None = None
    """The field of the data; None = no data."""

    type: int | None = None


def kinds() -> Iterator[Kind]:
    """Yield every category, without its data, and with every type."""
    for name, number in _CATEGORY.items():
        yield Kind(number)
        data = name.removeprefix(_PREFIX).lower()
        if data not in _DATA:
            continue
        types = _TYPES.get(data)
        if types is None:
            yield Kind(number, data)
        else:
            yield from (Kind(number, data, kind) for kind in (*types, UNKNOWN))
    yield Kind(UNKNOWN)


def components(rng: Random, count: int) -> Iterator[electrical_components_pb2.ElectricalComponent]:
    """Yield components: each combination in turn, with random values in the other fields."""
    combinations = list(itertools.product(kinds(), _MODES, _BOUNDS))
    rng.shuffle(combinations)
    metrics = {shape: itertools.cycle(_METRICS) for shape in _BOUNDS}
    numbers = _values.ids(rng, count)
    for number, (kind, mode, shape) in zip(numbers, itertools.cycle(combinations), strict=False):
        message = electrical_components_pb2.ElectricalComponent(
            id=number,
            microgrid_id=1,  # replaced by that of its site
            name=_values.name(rng),
            category=_values.enum_value(kind.category),
            manufacturer=_values.name(rng),
            model_name=_values.name(rng),
            model=_values.name(rng),
            operational_mode=_values.enum_value(mode),
        )
        _put_data(rng, message, kind)
        for _ in range(rng.randint(2, 5) if shape == "several" else 1):
            _put_bounds(rng, message, next(metrics[shape]), shape)
        put_lifetime(rng, message)
        yield message


def _put_data(
    rng: Random, message: electrical_components_pb2.ElectricalComponent, kind: Kind
) -> None:
    if kind.data is None:
        return
    data = getattr(message.category_specific_info, kind.data)
    data.SetInParent()
    if kind.type is not None:
        data.type = kind.type
    elif kind.data == "grid_connection_point":
        data.rated_fuse_current = rng.choice((0, 1, 63, 2**31, 2**32 - 1, rng.randrange(10**4)))
    elif kind.data == "power_transformer":
        data.primary = rng.choice((0.0, 20_000.0, _values.number(rng)))
        data.secondary = rng.choice((0.0, 400.0, _values.number(rng)))


def _put_bounds(
    rng: Random,
    message: electrical_components_pb2.ElectricalComponent,
    metric: int,
    shape: str,
) -> None:
    if shape == "none":
        return
    lower, upper = sorted((_values.number(rng), _values.number(rng)))
    if shape == "equal":
        upper = lower
    if shape == "zero":
        lower = upper = 0.0
    entry = message.metric_config_bounds.add(metric=_values.enum_value(metric))
    entry.config_bounds.SetInParent()
    if shape not in ("open", "upper"):
        entry.config_bounds.lower = lower
    if shape not in ("open", "lower"):
        entry.config_bounds.upper = upper


def put_lifetime(
    rng: Random,
    message: electrical_components_pb2.ElectricalComponent
    | electrical_components_pb2.ElectricalComponentConnection,
) -> None:
    """Set a random lifetime of a component or connection, or none."""
    start, end = sorted((_values.time(rng), _values.time(rng)))
    shapes = {
        "none": None,
        "open": lifetime_pb2.Lifetime(),
        "start": lifetime_pb2.Lifetime(start_timestamp=_values.timestamp(start)),
        "end": lifetime_pb2.Lifetime(end_timestamp=_values.timestamp(end)),
        "both": lifetime_pb2.Lifetime(
            start_timestamp=_values.timestamp(start), end_timestamp=_values.timestamp(end)
        ),
        "moment": lifetime_pb2.Lifetime(
            start_timestamp=_values.timestamp(start), end_timestamp=_values.timestamp(start)
        ),
    }
    if (lifetime := shapes[rng.choice([*shapes, "both", "both"])]) is not None:
        message.operational_lifetime.CopyFrom(lifetime)
