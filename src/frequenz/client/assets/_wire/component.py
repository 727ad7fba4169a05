"""Electrical components.

These functions are the plain way, one message at a time. Lists are decoded by `fast`, which must
find the same.
"""

from collections.abc import Iterable
from math import isfinite
from typing import Final, TypeAlias

from frequenz.api.common.v1alpha8.metrics import metrics_pb2
from frequenz.api.common.v1alpha8.microgrid.electrical_components import electrical_components_pb2
from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId

from .._model.time import ALWAYS
from ..electrical_component import (
    ElectricalComponent,
    ElectricalComponentCategory,
    ElectricalComponentOperationalMode,
)
from ..findings._rules import Fault, Rule
from ..metrics import Bounds, Metric
from .component_classes import OWN_DATA, read_kind
from .enums import decode_enum, encode_enum, members_by_number
from .float32 import float32_text
from .time import decode_lifetime, encode_lifetime

ComponentMessage: TypeAlias = electrical_components_pb2.ElectricalComponent
MetricConfigBounds: TypeAlias = electrical_components_pb2.MetricConfigBounds
Mode: TypeAlias = ElectricalComponentOperationalMode

LIFETIME_MISSING: Final = Rule.LIFETIME_MISSING.at("operational_lifetime")

_MODES: Final = members_by_number(ElectricalComponentOperationalMode)
_METRICS: Final = members_by_number(Metric, metrics_pb2.Metric)


def decode_component(message: ComponentMessage, found: list[Fault]) -> ElectricalComponent:
    """Return the component as far as it can be read."""
    kind = read_kind(message.category, message.category_specific_info, found)
    if not message.id:
        found.append(Rule.ID_ZERO.at("id"))
    if not message.microgrid_id:
        found.append(Rule.OWNER_MISSING.at("microgrid_id"))
    lifetime = ALWAYS
    if message.HasField("operational_lifetime"):
        lifetime = decode_lifetime(message, found)
    else:
        found.append(LIFETIME_MISSING)
    return kind.component_class(
        id=ElectricalComponentId(message.id),
        microgrid_id=MicrogridId(message.microgrid_id),
        name=message.name or None,
        category=kind.category,
        manufacturer=message.manufacturer or None,
        model_name=message.model_name or None,
        model=message.model or None,
        operational_lifetime=lifetime,
        rated_bounds=read_rated_bounds(message.metric_config_bounds, found),
        operational_mode=read_mode(message.operational_mode, found),
        **kind.own_fields,
    )


def read_mode(number: int, found: list[Fault]) -> Mode | int:
    """Return the operational mode of a number."""
    if number:
        return decode_enum(_MODES, number, "operational_mode", found)
    found.append(Rule.MODE_UNSPECIFIED.at("operational_mode"))
    return Mode.UNSPECIFIED


def read_rated_bounds(
    entries: Iterable[MetricConfigBounds], found: list[Fault]
) -> dict[Metric | int, Bounds]:
    """Return the rated bounds by metric, without those that cannot be used."""
    by_metric: dict[Metric | int, Bounds] = {}
    seen: set[Metric | int] = set()
    for index, entry in enumerate(entries):
        metric = decode_enum(_METRICS, entry.metric, f"rated_bounds[{index}].metric", found)
        path = f"rated_bounds[{metric_name(metric)}]"
        if metric in seen:
            found.append(Rule.METRIC_TWICE.at(path))
        seen.add(metric)
        if not entry.HasField("config_bounds"):
            found.append(Rule.BOUNDS_MISSING.at(path))
            continue
        bounds = entry.config_bounds
        lower = bounds.lower if bounds.HasField("lower") else None
        upper = bounds.upper if bounds.HasField("upper") else None
        for side, limit in (("lower", lower), ("upper", upper)):
            if limit is not None and not isfinite(limit):
                found.append(Rule.BOUND_NOT_FINITE.at(path, side=side, limit=float32_text(limit)))
        if lower is not None and upper is not None and lower > upper:
            limits = {"lower": float32_text(lower), "upper": float32_text(upper)}
            found.append(Rule.BOUNDS_INVERTED.at(path, **limits))
            continue
        by_metric[metric] = Bounds(lower=lower, upper=upper)
    return by_metric


def metric_name(metric: Metric | int) -> str:
    """Return the name of a metric, without prefix; its number if it has none in the API."""
    if isinstance(metric, Metric):
        return metric.name
    value = metrics_pb2.Metric.DESCRIPTOR.values_by_number.get(metric)
    return str(metric) if value is None else value.name.removeprefix("METRIC_")


def encode_component(component: ElectricalComponent) -> ComponentMessage:
    """Return the message for a component."""
    message = ComponentMessage(
        id=int(component.id),
        microgrid_id=int(component.microgrid_id),
        name=component.name or "",
        category=encode_enum(component.category),
        manufacturer=component.manufacturer or "",
        model_name=component.model_name or "",
        model=component.model or "",
        operational_lifetime=encode_lifetime(component.operational_lifetime),
        operational_mode=encode_enum(component.operational_mode),
    )
    for metric, bounds in component.rated_bounds.items():
        entry = message.metric_config_bounds.add(metric=encode_enum(metric))
        entry.config_bounds.SetInParent()
        if bounds.lower is not None:
            entry.config_bounds.lower = bounds.lower
        if bounds.upper is not None:
            entry.config_bounds.upper = bounds.upper
    category = component.category
    if isinstance(category, ElectricalComponentCategory) and (own := OWN_DATA.get(category)):
        # A component of a category's own class has the category's fields; a bare
        # MismatchedCategoryComponent does not.
        fields = {**({"type": "type"} if own.types else {}), **own.ratings}
        for field, target in fields.items():
            if hasattr(component, field):
                data = getattr(message.category_specific_info, own.field)
                setattr(data, target, encode_enum(getattr(component, field)))
                data.SetInParent()
    return message
