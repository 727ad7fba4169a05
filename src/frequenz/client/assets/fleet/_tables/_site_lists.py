"""The components and connections of many sites at once, from the bytes of their replies.

The sections of most messages equal those of others: each is read once, by the code that reads
messages everywhere else.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, Final, NamedTuple, TypeVar

import numpy as np
import pyarrow as pa
from frequenz.api.common.v1alpha8.microgrid.electrical_components import electrical_components_pb2

from ..._wire.component import ComponentMessage
from ..._wire.component_classes import OWN_DATA, read_kind
from ..._wire.entities import COMPONENT, CONNECTION, Entity
from ..._wire.fast.cache import BoundedCache
from ..._wire.reply import parse
from ...electrical_component import ElectricalComponentCategory
from ...findings._rules import Fault
from ._enums import CATEGORIES, METRICS, MODES, TYPES
from ._items import rewrite
from ._rows import column_of
from ._scan import Array, Scanned, Scanner, Section
from ._times import Ends, lifetime_ends

RecordT = TypeVar("RecordT")


@dataclass
class SiteList:
    """One kind of item of many sites."""

    entity: Entity[Any]
    items: list[bytes]
    """The items as they can be read: some may have been rewritten."""

    site: Array
    """By item, the index of its site."""

    invalid_texts: Mapping[int, tuple[str, ...]]
    """By item, the paths of texts that were left out."""

    columns: dict[str, Any]
    """The columns of the table, but for the IDs of the site."""

    faulty: Array
    """Whether each item may have a fault of its own."""

    beyond: Array
    """Whether each item has a moment that tables cannot hold."""

    keys: tuple[Array, ...]
    """The fields that tell items of a site apart."""

    owner: Array | None = None
    """The microgrid ID of each item; None if it has none."""

    bounds: dict[str, Any] = field(default_factory=dict)
    """The columns of `rated_bounds`; `row` is the index of the component."""

    is_grid_connection_point: Array | None = None


# Sections -----------------------------------------------------------------------------------------


class _Kind(NamedTuple):
    """The category of a component, and what only some categories have."""

    category: int
    type: int | None
    ratings: tuple[float | None, ...]
    is_faulty: bool


class _Settings(NamedTuple):
    """The operational mode of a component, and its rated bounds."""

    mode: int
    bounds: Sequence[tuple[int, float | None, float | None]]
    """Each metric with its lower and upper limit."""

    is_faulty: bool


_OWN: Final = {category.value: own for category, own in OWN_DATA.items()}
_RATINGS: Final = [rating for own in OWN_DATA.values() for rating in own.ratings]


def _kind(message: ComponentMessage) -> _Kind:
    found: list[Fault] = []
    read_kind(message.category, message.category_specific_info, found)
    own = _OWN.get(message.category)
    if own is None:
        return _Kind(message.category, None, (None,) * len(_RATINGS), bool(found))
    data = getattr(message.category_specific_info, own.field)
    ratings = {name: getattr(data, source) for name, source in own.ratings.items()}
    return _Kind(
        message.category,
        None if own.types is None else data.type,
        tuple(_finite(ratings.get(name) or None) for name in _RATINGS),
        bool(found),
    )


def _settings(message: ComponentMessage) -> _Settings:
    mode = message.operational_mode
    is_faulty = not MODES.knows(mode)
    bounds: dict[int, tuple[float | None, float | None]] = {}
    for entry in message.metric_config_bounds:
        metric, limits = entry.metric, entry.config_bounds
        lower = limits.lower if limits.HasField("lower") else None
        upper = limits.upper if limits.HasField("upper") else None
        is_faulty = is_faulty or metric in bounds or not METRICS.knows(metric)
        if not entry.HasField("config_bounds") or (
            lower is not None and upper is not None and lower > upper
        ):
            is_faulty = True
            bounds.setdefault(metric, (None, None))
        else:
            usable = _finite(lower), _finite(upper)
            is_faulty = is_faulty or usable != (lower, upper)
            bounds[metric] = usable
    return _Settings(mode, [(metric, *limits) for metric, limits in bounds.items()], is_faulty)


def _component_lifetime(message: ComponentMessage) -> Ends:
    ends = lifetime_ends(message.operational_lifetime)
    return ends if message.HasField("operational_lifetime") else ends._replace(is_faulty=True)


def _finite(value: float | None) -> float | None:
    return value if value is not None and isfinite(value) else None


class _Read:
    """What was read of a section of many messages."""

    def __init__(self, records: Sequence[Any], indices: Any) -> None:
        """Take the distinct records, and the index of that of each message."""
        self.records = records
        self._indices = indices
        self.rows: Array = indices.to_numpy()

    def columns(self, table: str, distinct: Mapping[str, Any]) -> dict[str, Any]:
        """Return columns of a table, given their values for the distinct records."""
        arrays = [column_of(table, name, values) for name, values in distinct.items()]
        batch = pa.RecordBatch.from_arrays(arrays, [*distinct]).take(self._indices)
        return dict(zip(distinct, batch.columns, strict=True))

    def which(self, is_so: Callable[[Any], bool]) -> Array:
        """Return of which messages something is true."""
        return np.array([*map(is_so, self.records)], bool)[self.rows]


class _SectionReader:
    """Reads sections of messages of one type; what equals a recent one is not read again."""

    def __init__(self, kind: Any, read: Callable[[Any], Any]) -> None:
        self._records: BoundedCache[bytes, Any] = BoundedCache(lambda data: read(parse(kind, data)))

    def read(self, section: Section) -> _Read:
        """Return what a section says.

        Raises:
            DecodeError: If it is invalid.
        """
        return _Read([*map(self._records.__getitem__, section.distinct)], section.indices)


_COMPONENT: Final = electrical_components_pb2.ElectricalComponent
_CONNECTION: Final = electrical_components_pb2.ElectricalComponentConnection
_COMPONENTS: Final = Scanner(
    _COMPONENT.DESCRIPTOR,
    ("category", "category_specific_info"),
    ("metric_config_bounds", "operational_mode"),
)
_CONNECTIONS: Final = Scanner(_CONNECTION.DESCRIPTOR)
_KINDS: Final = _SectionReader(_COMPONENT, _kind)
_SETTINGS: Final = _SectionReader(_COMPONENT, _settings)
_LIFETIMES: Final = _SectionReader(_COMPONENT, _component_lifetime)
_CONNECTION_LIFETIMES: Final = _SectionReader(
    _CONNECTION, lambda message: lifetime_ends(message.operational_lifetime)
)


# Lists --------------------------------------------------------------------------------------------


def read_components(items: Sequence[bytes], site: Array) -> SiteList:
    """Return the components of some sites.

    Raises:
        DecodeError: If one is invalid.
    """
    readable, scanned, invalid_texts = _scanned(_COMPONENTS, COMPONENT, items)
    numbers, sections = scanned.numbers, scanned.sections
    kinds = _KINDS.read(sections["category"])
    lifetimes = _LIFETIMES.read(sections["operational_lifetime"])
    settings = _SETTINGS.read(sections["metric_config_bounds"])
    ids, owner = numbers["id"], numbers["microgrid_id"]
    categories = [it.category for it in kinds.records]
    types = [it.type for it in kinds.records]
    modes = [it.mode for it in settings.records]
    own = kinds.columns(
        "components",
        {
            "category": CATEGORIES.column(categories),
            "category_number": categories,
            "type": TYPES.column(zip(categories, types, strict=True)),
            "type_number": types,
            **{name: [it.ratings[at] for it in kinds.records] for at, name in enumerate(_RATINGS)},
        },
    )
    columns = {
        "component_id": ids_column(ids),
        **own,
        **scanned.texts,
        **_ends_columns("components", lifetimes),
        **settings.columns(
            "components",
            {"operational_mode": MODES.column(modes), "operational_mode_number": modes},
        ),
    }
    is_faulty = kinds.which(_is_faulty) | lifetimes.which(_is_faulty) | settings.which(_is_faulty)
    return SiteList(
        COMPONENT,
        readable,
        site,
        invalid_texts,
        columns,
        is_faulty | (ids == 0) | (owner == 0),
        lifetimes.which(_is_beyond),
        (ids,),
        owner,
        _rated_bounds(settings, columns),
        kinds.which(lambda it: it.category == ElectricalComponentCategory.GRID.value),
    )


def read_connections(items: Sequence[bytes], site: Array) -> SiteList:
    """Return the connections of some sites.

    Raises:
        DecodeError: If one is invalid.
    """
    readable, scanned, invalid_texts = _scanned(_CONNECTIONS, CONNECTION, items)
    source, destination = scanned.numbers.values()
    lifetimes = _CONNECTION_LIFETIMES.read(scanned.sections["operational_lifetime"])
    columns = {
        "source_component_id": ids_column(source),
        "destination_component_id": ids_column(destination),
        **_ends_columns("connections", lifetimes),
    }
    return SiteList(
        CONNECTION,
        readable,
        site,
        invalid_texts,
        columns,
        lifetimes.which(_is_faulty) | (source == 0) | (destination == 0) | (source == destination),
        lifetimes.which(_is_beyond),
        (source, destination),
    )


def _scanned(
    scanner: Scanner, entity: Entity[Any], items: Sequence[bytes]
) -> tuple[list[bytes], Scanned, dict[int, tuple[str, ...]]]:
    """Return items as they can be read, what was read, and the paths of texts left out."""
    readable, invalid_texts = list(items), {}
    scanned = scanner.scan(readable)
    if scanned.unusual.size:
        for row in scanned.unusual.tolist():
            readable[row], paths = rewrite(entity.message, readable[row])
            if paths:
                invalid_texts[row] = paths
        scanned = scanner.scan(readable)
    if scanned.unusual.size:
        raise AssertionError(f"{entity.noun}: a message that protobuf wrote is unusual")
    return readable, scanned, invalid_texts


def ids_column(numbers: Array) -> Any:
    """Return IDs as a column, null if 0."""
    return pa.array(numbers, mask=numbers == 0)


def _is_faulty(record: Any) -> bool:
    return bool(record.is_faulty)


def _is_beyond(record: Ends) -> bool:
    return record.is_beyond


def _ends_columns(table: str, lifetimes: _Read) -> dict[str, Any]:
    starts, ends = [it.start for it in lifetimes.records], [it.end for it in lifetimes.records]
    return lifetimes.columns(
        table, {"operational_lifetime_start": starts, "operational_lifetime_end": ends}
    )


def _rated_bounds(settings: _Read, components: Mapping[str, Any]) -> dict[str, Any]:
    """Return the rated bounds as rows, one for each metric of a component."""
    counts = np.array([len(it.bounds) for it in settings.records], np.int64)
    entries = [entry for it in settings.records for entry in it.bounds]
    metrics, lower, upper = ([entry[at] for entry in entries] for at in range(3))
    of_row = counts[settings.rows]
    row = np.repeat(np.arange(of_row.size), of_row)
    # The entries of each row are those from the first one of its record on.
    first = (np.cumsum(counts) - counts)[settings.rows] - (np.cumsum(of_row) - of_row)
    read = _Read(entries, pa.array(first[row] + np.arange(row.size)))
    columns = read.columns(
        "rated_bounds",
        {
            "metric": METRICS.column(metrics),
            "metric_number": metrics,
            "lower": lower,
            "upper": upper,
        },
    )
    shared = ("component_id", "category", "category_number")
    batch = pa.RecordBatch.from_arrays([components[name] for name in shared], [*shared])
    return {"row": row, **dict(zip(shared, batch.take(pa.array(row)).columns)), **columns}
