"""Electrical components and their connections.

This is the hot path of every list call. What it does is shaped by what protobuf's Python objects
cost: each scalar field is read once, and each sub-message is turned into bytes once, which are the
key to the object that was made for the same bytes before.
"""

from collections.abc import Callable
from math import isfinite
from operator import attrgetter
from typing import Any, Final, TypeAlias

from frequenz.api.common.v1alpha8.microgrid.electrical_components import electrical_components_pb2
from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId

from .._read_only import ReadOnlyDict
from .._time import Lifetime
from ..electrical_component import (
    ComponentConnection,
    ElectricalComponent,
    ElectricalComponentCategory,
    ElectricalComponentOperationalMode,
)
from ..electrical_component._component import NO_BOUNDS
from ..metrics import Bounds, Metric
from .catalogue import Fault, Rule
from .drafts import draft_of, own_copy_of
from .findings import by_number, read_enum
from .ids import component_id, microgrid_id
from .kinds import OWN_DATA, Kind, read_kind
from .numbers import enum_number
from .shared import Shared
from .text import shown
from .time import decode_lifetime, encode_lifetime

ComponentMessage: TypeAlias = electrical_components_pb2.ElectricalComponent
ConnectionMessage: TypeAlias = electrical_components_pb2.ElectricalComponentConnection
RatedBounds: TypeAlias = ReadOnlyDict[Metric | int, Bounds]

_NO_LIFETIME: Final = Rule.LIFETIME_MISSING.at("operational_lifetime")
_MODES: Final = by_number(ElectricalComponentOperationalMode)
_MODES_SAID: Final = {number: mode for number, mode in _MODES.items() if number}
_METRICS: Final = by_number(Metric)

_scalars: Final = attrgetter(
    "id",
    "microgrid_id",
    "name",
    "category",
    "manufacturer",
    "model_name",
    "model",
    "operational_mode",
)
_new: Final[Callable[[type[Any]], Any]] = object.__new__
_fills: Final[dict[type[Any], Callable[..., None]]] = {}
"""A copy of `_fill` for each draft."""

_connection_draft: Final = draft_of(ComponentConnection)
_kinds: Final[Shared[tuple[int, bytes], Kind]] = Shared()
_rated_bounds: Final[Shared[bytes | tuple[bytes, ...], tuple[RatedBounds, tuple[Fault, ...]]]] = (
    Shared()
)


def decode_component(message: ComponentMessage, found: list[Fault]) -> ElectricalComponent:
    """Return the component as far as it can be read."""
    number, microgrid, name, category, manufacturer, model_name, model, mode = _scalars(message)

    info = message.category_specific_info
    key = category, info.SerializeToString()
    draft, final, member, own, faults = _kinds.get(key) or _kinds.keep(
        key, read_kind(category, info), len(key[1])
    )
    if faults:
        found += faults
    if not number:
        found.append(Rule.ID_ZERO.at("id"))
    if not microgrid:
        found.append(Rule.OWNER_MISSING.at("microgrid_id"))

    component: ElectricalComponent = _new(draft)
    fill = _fills.get(draft) or _fills.setdefault(draft, own_copy_of(_fill))
    fill(
        component,
        component_id(number),
        microgrid_id(microgrid),
        name or None,
        member,
        manufacturer or None,
        model_name or None,
        model or None,
        decode_lifetime(message, found, _NO_LIFETIME),
        _decode_rated_bounds(message, found),
        _MODES_SAID.get(mode) or _read_mode(mode, found),
    )
    for put, value in own:
        put(component, value)
    component.__class__ = final
    return component


def _fill(  # noqa: PLR0917 - keywords would cost as much as the rest
    component: Any,
    identifier: ElectricalComponentId,
    microgrid: MicrogridId,
    name: str | None,
    category: ElectricalComponentCategory | int,
    manufacturer: str | None,
    model_name: str | None,
    model: str | None,
    lifetime: Lifetime,
    rated_bounds: RatedBounds,
    mode: ElectricalComponentOperationalMode | int,
) -> None:
    component.id = identifier
    component.microgrid_id = microgrid
    component.name = name
    component.category = category
    component.manufacturer = manufacturer
    component.model_name = model_name
    component.model = model
    component.operational_lifetime = lifetime
    component.rated_bounds = rated_bounds
    component.operational_mode = mode


def _read_mode(number: int, found: list[Fault]) -> ElectricalComponentOperationalMode | int:
    if number:
        return read_enum(_MODES, number, "operational_mode", found)
    found.append(Rule.MODE_UNSPECIFIED.at("operational_mode"))
    return ElectricalComponentOperationalMode.UNSPECIFIED


def _decode_rated_bounds(message: ComponentMessage, found: list[Fault]) -> RatedBounds:
    entries = message.metric_config_bounds
    count = len(entries)
    if count == 0:
        return NO_BOUNDS
    wire: bytes | tuple[bytes, ...]
    if count == 1:  # iterating over one entry takes three times as long
        wire = entries[0].SerializeToString()
    else:
        wire = tuple([entry.SerializeToString() for entry in entries])
    made, faults = _rated_bounds.get(wire) or _rated_bounds.keep(
        wire, _read_rated_bounds(message), message.ByteSize()
    )
    if faults:
        found += faults
    return made


def _read_rated_bounds(message: ComponentMessage) -> tuple[RatedBounds, tuple[Fault, ...]]:
    found: list[Fault] = []
    made: dict[Metric | int, Bounds] = {}
    seen: set[Metric | int] = set()
    for index, entry in enumerate(message.metric_config_bounds):
        metric = read_enum(_METRICS, entry.metric, f"rated_bounds[{index}].metric", found)
        path = f"rated_bounds[{metric.name if isinstance(metric, Metric) else metric}]"
        if metric in seen:
            found.append(Rule.METRIC_TWICE.at(path))
        seen.add(metric)
        if not entry.HasField("config_bounds"):
            found.append(Rule.BOUNDS_MISSING.at(path))
            continue
        limits = entry.config_bounds
        lower = limits.lower if limits.HasField("lower") else None
        upper = limits.upper if limits.HasField("upper") else None
        for side, limit in (("lower", lower), ("upper", upper)):
            if limit is not None and not isfinite(limit):
                found.append(Rule.BOUND_NOT_FINITE.at(path, side=side, limit=shown(limit)))
        if lower is not None and upper is not None and lower > upper:
            found.append(Rule.BOUNDS_INVERTED.at(path, lower=shown(lower), upper=shown(upper)))
            continue
        made[metric] = Bounds(lower=lower, upper=upper)
    return ReadOnlyDict(made) if made else NO_BOUNDS, tuple(found)


def encode_component(component: ElectricalComponent) -> ComponentMessage:
    """Return the message for a component."""
    message = ComponentMessage(
        id=int(component.id),
        microgrid_id=int(component.microgrid_id),
        name=component.name or "",
        category=enum_number(component.category),
        manufacturer=component.manufacturer or "",
        model_name=component.model_name or "",
        model=component.model or "",
        operational_lifetime=encode_lifetime(component.operational_lifetime),
        operational_mode=enum_number(component.operational_mode),
    )
    for metric, bounds in component.rated_bounds.items():
        entry = message.metric_config_bounds.add(metric=enum_number(metric))
        entry.config_bounds.SetInParent()
        if bounds.lower is not None:
            entry.config_bounds.lower = bounds.lower
        if bounds.upper is not None:
            entry.config_bounds.upper = bounds.upper
    category = component.category
    if isinstance(category, ElectricalComponentCategory) and (own := OWN_DATA.get(category)):
        # A component of a category's own class has the category's fields; a bare
        # MismatchedCategoryComponent has none, and says nothing of them.
        fields = {**({"type": "type"} if own.types else {}), **own.ratings}
        for field, target in fields.items():
            if hasattr(component, field):
                data = getattr(message.category_specific_info, own.field)
                setattr(data, target, enum_number(getattr(component, field)))
                data.SetInParent()
    return message


def decode_connection(message: ConnectionMessage, found: list[Fault]) -> ComponentConnection | None:
    """Return the connection, or None with a fault where it connects a component to itself."""
    source = message.source_electrical_component_id
    destination = message.destination_electrical_component_id
    lifetime = decode_lifetime(message, found)
    if not source:
        found.append(Rule.ID_ZERO.at("source"))
    if not destination:
        found.append(Rule.ID_ZERO.at("destination"))
    if source == destination:
        found.append(Rule.CONNECTION_TO_ITSELF.at("destination", number=source))
        return None
    connection: Any = _new(_connection_draft)
    connection.source = component_id(source)
    connection.destination = component_id(destination)
    connection.operational_lifetime = lifetime
    connection.__class__ = ComponentConnection
    made: ComponentConnection = connection
    return made


def encode_connection(connection: ComponentConnection) -> ConnectionMessage:
    """Return the message for a connection."""
    return ConnectionMessage(
        source_electrical_component_id=int(connection.source),
        destination_electrical_component_id=int(connection.destination),
        operational_lifetime=encode_lifetime(connection.operational_lifetime),
    )
