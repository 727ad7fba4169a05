"""Electrical components and their connections.

This is the hot path of every list call. What it does is shaped by what protobuf's Python objects
cost: the fields come as columns, and what the bytes of a sub-message stand for is looked up. Faults
cost where they are.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from math import isfinite
from typing import Any, Final, TypeAlias

from frequenz.api.common.v1alpha8.microgrid.electrical_components import electrical_components_pb2
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId

from .._model.lazy_field import LateDict
from .._model.read_only import ReadOnlyDict
from .._model.time import Lifetime
from ..electrical_component import (
    ComponentConnection,
    ElectricalComponent,
    ElectricalComponentCategory,
    ElectricalComponentOperationalMode,
)
from ..electrical_component._component import NO_BOUNDS
from ..findings._rules import Fault, Rule
from ..metrics import Bounds, Metric
from .component_classes import OWN_DATA, Kind, read_kind
from .fast.cache import Shared
from .fast.columns import Columns
from .fast.drafts import draft_of, for_draft
from .ids import microgrid_ids
from .lists.items import Bulk, Spoilt, by_number, read_enum
from .numbers import enum_number
from .text import shown
from .time import encode_lifetime, lifetimes

ComponentMessage: TypeAlias = electrical_components_pb2.ElectricalComponent
ConnectionMessage: TypeAlias = electrical_components_pb2.ElectricalComponentConnection
MetricConfigBounds: TypeAlias = electrical_components_pb2.MetricConfigBounds
RatedBounds: TypeAlias = ReadOnlyDict[Metric | int, Bounds] | LateDict[Metric | int, Bounds]

_NO_LIFETIME: Final = Rule.LIFETIME_MISSING.at("operational_lifetime")
_MODES: Final = by_number(ElectricalComponentOperationalMode)
_METRICS: Final = by_number(Metric)

_new: Final[Callable[[type[Any]], Any]] = object.__new__
_connection_draft: Final = draft_of(ComponentConnection)


def _decode_components(
    columns: Iterable[Sequence[Any]], items: list[ElectricalComponent]
) -> list[Spoilt[ElectricalComponent]]:
    """Decode a part of a list of components: see `Bulk`."""
    spoilt: list[Spoilt[ElectricalComponent]] = []
    before = len(items)
    (
        numbers,
        owners,
        names,
        manufacturers,
        model_names,
        models,
        categories,
        modes,
        infos,
        periods,
        bounds,
    ) = columns
    append = items.append
    for (
        number,
        owner,
        microgrid_id,
        name,
        manufacturer,
        model_name,
        model,
        (make, kind_faults, mode_faults),
        period,
        (lifetime, lifetime_faults),
        (rated_bounds, bounds_faults),
    ) in zip(
        numbers,
        owners,
        map(microgrid_ids.__getitem__, owners),
        names,
        map(_texts.__getitem__, manufacturers),
        map(_texts.__getitem__, model_names),
        map(_texts.__getitem__, models),
        map(_kinds.__getitem__, zip(categories, modes, infos, strict=True)),
        periods,
        map(lifetimes.__getitem__, periods),
        map(_rated_bounds.__getitem__, bounds),
        strict=True,
    ):
        append(
            make(
                number,
                microgrid_id,
                name or None,
                manufacturer,
                model_name,
                model,
                lifetime,
                rated_bounds,
            )
        )
        if (  # most components have nothing of what is looked at below
            not (number and owner)
            or kind_faults
            or period is None
            or lifetime_faults
            or bounds_faults
            or mode_faults
        ):
            found = [*kind_faults]
            if not number:
                found.append(Rule.ID_ZERO.at("id"))
            if not owner:
                found.append(Rule.OWNER_MISSING.at("microgrid_id"))
            if period is None:
                found.append(_NO_LIFETIME)
            found += lifetime_faults
            found += bounds_faults
            found += mode_faults
            spoilt.append(Spoilt(len(items) - 1 - before, items[-1], found))
    return spoilt


COMPONENTS: Final = Bulk(
    Columns(
        platformassets_pb2.ListMicrogridElectricalComponentsResponse,
        "components",
        "id",
        "microgrid_id",
        "name",
        "manufacturer",
        "model_name",
        "model",
        "category",
        "operational_mode",
        "category_specific_info",
        "operational_lifetime",
        "metric_config_bounds",
    ),
    _decode_components,
)
decode_component: Final = COMPONENTS.one


def _read_kind(
    key: tuple[int, int, bytes | None],
) -> tuple[Callable[..., ElectricalComponent], tuple[Fault, ...], tuple[Fault, ...]]:
    """Return what makes a component from category, mode and specific data, and the faults."""
    category, mode, info = key
    kind = read_kind(category, info or b"")
    found: list[Fault] = []
    if mode:
        operational_mode = read_enum(_MODES, mode, "operational_mode", found)
    else:
        operational_mode = ElectricalComponentOperationalMode.UNSPECIFIED
        found.append(Rule.MODE_UNSPECIFIED.at("operational_mode"))
    return _maker(kind, operational_mode), kind.faults, tuple(found)


def _maker(
    kind: Kind, mode: ElectricalComponentOperationalMode | int
) -> Callable[..., ElectricalComponent]:
    """Return what makes components of a kind in a mode."""
    draft, final, category, own, _ = kind
    own_type = own.get("type")
    ratings = [
        (getattr(final, field).__set__, value) for field, value in own.items() if field != "type"
    ]

    def make(  # noqa: PLR0917 - keywords would cost as much as the rest
        number: int,
        microgrid_id: MicrogridId,
        name: str | None,
        manufacturer: str | None,
        model_name: str | None,
        model: str | None,
        lifetime: Lifetime,
        rated_bounds: RatedBounds,
    ) -> ElectricalComponent:
        component = draft()
        # Without its constructor, which could refuse nothing: the number is of an unsigned field.
        component.id = identifier = _new(ElectricalComponentId)
        identifier._id = number
        component.microgrid_id = microgrid_id
        component.name = name
        component.category = category
        component.manufacturer = manufacturer
        component.model_name = model_name
        component.model = model
        component.operational_lifetime = lifetime
        component.rated_bounds = rated_bounds
        component.operational_mode = mode
        if own_type is not None:  # by far the most of what only some kinds have
            component.type = own_type
        for put, value in ratings:
            put(component, value)
        component.__class__ = final
        return component  # type: ignore[no-any-return]  # a draft may be of any class

    return for_draft(make, draft)


def _read_rated_bounds(
    wires: bytes | tuple[bytes, ...],
) -> tuple[RatedBounds, tuple[Fault, ...]]:
    found: list[Fault] = []
    made: dict[Metric | int, Bounds] = {}
    seen: set[Metric | int] = set()
    for index, wire in enumerate((wires,) if isinstance(wires, bytes) else wires):
        entry = MetricConfigBounds.FromString(wire)
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
    if len(made) == 1:
        return LateDict(*made.popitem()), tuple(found)
    return ReadOnlyDict(made) if made else NO_BOUNDS, tuple(found)


_kinds: Final = Shared(_read_kind)
_rated_bounds: Final = Shared(_read_rated_bounds)
_texts: Final[Shared[str, str | None]] = Shared(lambda text: text or None)
"""Many devices are of few manufacturers and models."""


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


def _ids_of(*columns: Sequence[int]) -> dict[int, ElectricalComponentId]:
    """Return the ids for numbers of components, which are mostly of two connections or more."""
    ids: dict[int, Any] = dict.fromkeys(chain(*columns))
    for number in ids:
        ids[number] = made = _new(ElectricalComponentId)
        made._id = number
    return ids


def _decode_connections(
    columns: Iterable[Sequence[Any]], items: list[ComponentConnection]
) -> list[Spoilt[ComponentConnection]]:
    """Decode a part of a list of connections: see `Bulk`.

    A component's connection to itself is none.
    """
    spoilt: list[Spoilt[ComponentConnection]] = []
    sources, destinations, periods = columns
    id_of = _ids_of(sources, destinations).__getitem__
    append = items.append
    before = len(items)
    left_out = 0
    for source, destination, source_id, destination_id, (lifetime, lifetime_faults) in zip(
        sources,
        destinations,
        map(id_of, sources),
        map(id_of, destinations),
        map(lifetimes.__getitem__, periods),
        strict=True,
    ):
        connection: Any = None
        if source != destination:
            connection = _connection_draft()
            connection.source = source_id
            connection.destination = destination_id
            connection.operational_lifetime = lifetime
            connection.__class__ = ComponentConnection
            append(connection)
            if source and destination and not lifetime_faults:
                continue
        else:
            left_out += 1
        found = [*lifetime_faults]
        if not source:
            found.append(Rule.ID_ZERO.at("source"))
        if not destination:
            found.append(Rule.ID_ZERO.at("destination"))
        if source == destination:
            found.append(Rule.CONNECTION_TO_ITSELF.at("destination", number=source))
        spoilt.append(Spoilt(len(items) - before + left_out - 1, connection, found))
    return spoilt


CONNECTIONS: Final = Bulk(
    Columns(
        platformassets_pb2.ListMicrogridElectricalComponentConnectionsResponse,
        "connections",
        "source_electrical_component_id",
        "destination_electrical_component_id",
        "operational_lifetime",
    ),
    _decode_connections,
)
decode_connection: Final = CONNECTIONS.one


def encode_connection(connection: ComponentConnection) -> ConnectionMessage:
    """Return the message for a connection."""
    return ConnectionMessage(
        source_electrical_component_id=int(connection.source),
        destination_electrical_component_id=int(connection.destination),
        operational_lifetime=encode_lifetime(connection.operational_lifetime),
    )
