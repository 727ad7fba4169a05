"""Components and connections from the columns of their messages.

This is the hot path of every list call. Its shape follows from what protobuf's Python objects cost:
the fields come as columns, and the value of a sub-message's bytes is looked up. Faults cost time
only where they are.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Final, Generic, NamedTuple, TypeAlias, TypeVar

from frequenz.api.common.v1alpha8.microgrid import lifetime_pb2
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2
from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.electrical_components import ElectricalComponentId

from ..._model.lazy_field import LazyDict
from ..._model.read_only import ReadOnlyDict
from ..._model.time import ALWAYS, Lifetime
from ..._model.unfrozen import unfrozen
from ...electrical_component import ComponentConnection, ElectricalComponent
from ...electrical_component._component import NO_BOUNDS
from ...findings._rules import Fault, Rule
from ...metrics import Bounds, Metric
from ..component import LIFETIME_MISSING, MetricConfigBounds, Mode, read_mode, read_rated_bounds
from ..component_classes import Kind, SpecificInfo, read_kind
from ..time import read_lifetime
from .cache import BoundedCache
from .columns import ColumnReader

ItemT = TypeVar("ItemT")

Columns: TypeAlias = Mapping[str, Sequence[Any]]
"""By field, the values in some messages of a list."""

RatedBounds: TypeAlias = ReadOnlyDict[Metric | int, Bounds] | LazyDict[Metric | int, Bounds]

Faults: TypeAlias = tuple[Fault, ...]

_new: Final[Callable[[type[Any]], Any]] = object.__new__


class FaultyRow(NamedTuple, Generic[ItemT]):
    """A message with faults."""

    row: int
    """Its index among the messages of the columns."""

    item: ItemT | None
    """The object as far as it could be read; None if it cannot exist."""

    faults: list[Fault]


class ColumnDecoder(NamedTuple, Generic[ItemT]):
    """How to decode lists of one entity: read them as columns, and make objects of these."""

    reader: ColumnReader
    decode: Callable[[Columns, list[ItemT]], Iterable[FaultyRow[ItemT]]]
    """Appends the objects of some messages to a list, and returns the faults."""


# Components ---------------------------------------------------------------------------------------


def _decode_components(
    columns: Columns, items: list[ElectricalComponent]
) -> list[FaultyRow[ElectricalComponent]]:
    faulty: list[FaultyRow[ElectricalComponent]] = []
    before = len(items)
    append = items.append
    kinds = zip(
        columns["category"],
        columns["operational_mode"],
        columns["category_specific_info"],
        strict=True,
    )
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
        columns["id"],
        columns["microgrid_id"],
        map(_microgrid_ids.__getitem__, columns["microgrid_id"]),
        columns["name"],
        map(_texts.__getitem__, columns["manufacturer"]),
        map(_texts.__getitem__, columns["model_name"]),
        map(_texts.__getitem__, columns["model"]),
        map(_kinds.__getitem__, kinds),
        columns["operational_lifetime"],
        map(_lifetimes.__getitem__, columns["operational_lifetime"]),
        map(_rated_bounds.__getitem__, columns["metric_config_bounds"]),
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
        if (  # most components have none of these
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
                found.append(LIFETIME_MISSING)
            found += lifetime_faults
            found += bounds_faults
            found += mode_faults
            faulty.append(FaultyRow(len(items) - 1 - before, items[-1], found))
    return faulty


def _make_kind(
    key: tuple[int, int, bytes | None],
) -> tuple[Callable[..., ElectricalComponent], Faults, Faults]:
    """Return the function that makes a component, and the faults of its kind and of its mode."""
    category, mode_number, info = key
    kind_faults: list[Fault] = []
    mode_faults: list[Fault] = []
    kind = read_kind(category, SpecificInfo.FromString(info or b""), kind_faults)
    mode = read_mode(mode_number, mode_faults)
    return _maker(kind, mode), tuple(kind_faults), tuple(mode_faults)


def _maker(kind: Kind, mode: Mode | int) -> Callable[..., ElectricalComponent]:
    """Return the function that makes components of a kind in a mode."""
    component_class, category, own_fields = kind
    unfrozen_class = unfrozen(component_class)
    own_type = own_fields.get("type")
    ratings = [
        (getattr(component_class, field).__set__, value)
        for field, value in own_fields.items()
        if field != "type"
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
        component = unfrozen_class()
        # Without its constructor, which would accept any number of an unsigned field.
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
        if own_type is not None:  # by far the most frequent of the fields that only some have
            component.type = own_type
        for set_field, value in ratings:
            set_field(component, value)
        component.__class__ = component_class
        return component  # type: ignore[no-any-return]  # of the frozen class now

    return make


def _make_rated_bounds(wires: bytes | tuple[bytes, ...]) -> tuple[RatedBounds, Faults]:
    found: list[Fault] = []
    entries = (wires,) if isinstance(wires, bytes) else wires
    by_metric = read_rated_bounds(map(MetricConfigBounds.FromString, entries), found)
    if len(by_metric) == 1:
        return LazyDict(*by_metric.popitem()), tuple(found)
    return ReadOnlyDict(by_metric) if by_metric else NO_BOUNDS, tuple(found)


def _make_lifetime(wire: bytes | None) -> tuple[Lifetime, Faults]:
    if wire is None:
        return ALWAYS, ()
    found: list[Fault] = []
    return read_lifetime(lifetime_pb2.Lifetime.FromString(wire), found), tuple(found)


_kinds: Final = BoundedCache(_make_kind)
_lifetimes: Final = BoundedCache(_make_lifetime)
_microgrid_ids: Final[BoundedCache[int, MicrogridId]] = BoundedCache(MicrogridId)
_rated_bounds: Final = BoundedCache(_make_rated_bounds)
_texts: Final[BoundedCache[str, str | None]] = BoundedCache(lambda text: text or None)
"""Many devices are of few manufacturers and models."""

COMPONENTS: Final = ColumnDecoder(
    ColumnReader(
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


# Connections --------------------------------------------------------------------------------------

_SOURCE: Final = "source_electrical_component_id"
_DESTINATION: Final = "destination_electrical_component_id"
_UnfrozenConnection: Final = unfrozen(ComponentConnection)


def _decode_connections(
    columns: Columns, items: list[ComponentConnection]
) -> Iterator[FaultyRow[ComponentConnection]]:
    sources, destinations = columns[_SOURCE], columns[_DESTINATION]
    id_of = _shared_ids(sources, destinations).__getitem__
    append = items.append
    for index, (source, destination, source_id, destination_id, (lifetime, faults)) in enumerate(
        zip(
            sources,
            destinations,
            map(id_of, sources),
            map(id_of, destinations),
            map(_lifetimes.__getitem__, columns["operational_lifetime"]),
            strict=True,
        )
    ):
        connection: Any = None
        if source != destination:
            connection = _UnfrozenConnection()
            connection.source = source_id
            connection.destination = destination_id
            connection.operational_lifetime = lifetime
            connection.__class__ = ComponentConnection
            append(connection)
            if source and destination and not faults:
                continue
        found = [*faults]
        if not source:
            found.append(Rule.ID_ZERO.at("source"))
        if not destination:
            found.append(Rule.ID_ZERO.at("destination"))
        if source == destination:
            found.append(Rule.CONNECTION_TO_ITSELF.at("destination", number=source))
        yield FaultyRow(index, connection, found)


def _shared_ids(*columns: Sequence[int]) -> dict[int, ElectricalComponentId]:
    """Return the ids of numbers: most components have two connections or more."""
    ids: dict[int, Any] = dict.fromkeys(chain(*columns))
    for number in ids:
        ids[number] = identifier = _new(ElectricalComponentId)
        identifier._id = number
    return ids


CONNECTIONS: Final = ColumnDecoder(
    ColumnReader(
        platformassets_pb2.ListMicrogridElectricalComponentConnectionsResponse,
        "connections",
        _SOURCE,
        _DESTINATION,
        "operational_lifetime",
    ),
    _decode_connections,
)
