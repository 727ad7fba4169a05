"""The components and connections of many sites at once, from the bytes of their replies.

The sections of most messages equal those of others: each is read once, by the code that reads
messages everywhere else.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, Final, Generic, NamedTuple, TypeVar

import numpy as np
import pyarrow as pa
from frequenz.api.common.v1alpha8.microgrid.electrical_components import electrical_components_pb2

from ..._wire.component import ComponentMessage
from ..._wire.component_classes import OWN_DATA, read_kind
from ..._wire.entities import COMPONENT, CONNECTION, Entity
from ..._wire.fast.cache import MAX_ENTRIES
from ..._wire.reply import parse
from ...electrical_component import ElectricalComponentCategory
from ...findings._rules import Fault
from ._enums import CATEGORIES, METRICS, MODES, TYPES
from ._items import rewrite
from ._rows import column_of
from ._scan import Array, Scanned, Scanner, Section
from ._times import Ends, lifetime_ends

TableT = TypeVar("TableT")


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


class _Table(NamedTuple):
    """The distinct records of a section as columns."""

    columns: Any
    """An Arrow record batch."""

    flags: Mapping[str, Array]
    """By name, of which records something is true."""


class _SettingsTable(NamedTuple):
    """The same, with the rated bounds of all records as rows."""

    columns: Any
    flags: Mapping[str, Array]
    bounds: Any
    """An Arrow record batch."""

    first: Array
    """By record, its first row."""

    counts: Array
    """By record, the number of its rows."""


class _Known(NamedTuple):
    """What was read before."""

    records: Mapping[bytes, Any]
    rows: Mapping[bytes, int]
    table: Any


class _SectionReader(Generic[TableT]):
    """Reads sections of messages of one type; what equals a recent one is not read again."""

    def __init__(
        self, kind: Any, read: Callable[[Any], Any], tabulate: Callable[[list[Any]], TableT]
    ) -> None:
        """Take the type of the messages, and the functions that make records and a table."""
        self._kind = kind
        self._read = read
        self._tabulate = tabulate
        self._known = _Known({}, {}, tabulate([]))

    def read(self, section: Section) -> tuple[TableT, Array]:
        """Return a table of distinct records, and by message its row there.

        Raises:
            DecodeError: If a section is invalid.
        """
        known = self._known
        new = [data for data in section.distinct if data not in known.rows]
        if new:
            records = {data: self._read(parse(self._kind, data)) for data in new}
            has_room = len(known.rows) + len(new) <= MAX_ENTRIES
            kept = known.rows if has_room else known.rows.keys() & section.distinct
            records = {**{data: known.records[data] for data in kept}, **records}
            rows = {data: row for row, data in enumerate(records)}
            # Replaced at once: several threads may make tables.
            self._known = known = _Known(records, rows, self._tabulate([*records.values()]))
        row_of = np.array([*map(known.rows.__getitem__, section.distinct)], np.int64)
        return known.table, row_of[section.indices]


def _batch(table: str, columns: Mapping[str, Any]) -> Any:
    """Return an Arrow record batch of columns of a table."""
    arrays = [column_of(table, name, values) for name, values in columns.items()]
    return pa.RecordBatch.from_arrays(arrays, [*columns])


def _take(batch: Any, rows: Array) -> dict[str, Any]:
    """Return the columns of some rows."""
    taken = batch.take(pa.array(rows))
    return dict(zip(batch.schema.names, taken.columns, strict=True))


def _flag(is_so: Iterable[bool]) -> Array:
    return np.array([*is_so], bool)


def _kind_table(records: list[_Kind]) -> _Table:
    categories, types = [it.category for it in records], [it.type for it in records]
    columns = {
        "category": CATEGORIES.column(categories),
        "category_number": categories,
        "type": TYPES.column(zip(categories, types, strict=True)),
        "type_number": types,
        **{name: [it.ratings[at] for it in records] for at, name in enumerate(_RATINGS)},
    }
    grid = ElectricalComponentCategory.GRID.value
    return _Table(
        _batch("components", columns),
        {
            "is_faulty": _flag(it.is_faulty for it in records),
            "is_grid_connection_point": _flag(it == grid for it in categories),
        },
    )


def _lifetime_table(records: list[Ends]) -> _Table:
    columns = {
        "operational_lifetime_start": [it.start for it in records],
        "operational_lifetime_end": [it.end for it in records],
    }
    return _Table(
        _batch("components", columns),
        {
            "is_faulty": _flag(it.is_faulty for it in records),
            "is_beyond": _flag(it.is_beyond for it in records),
        },
    )


def _settings_table(records: list[_Settings]) -> _SettingsTable:
    modes = [it.mode for it in records]
    entries = [entry for it in records for entry in it.bounds]
    metrics, lower, upper = ([entry[at] for entry in entries] for at in range(3))
    bounds = {
        "metric": METRICS.column(metrics),
        "metric_number": metrics,
        "lower": lower,
        "upper": upper,
    }
    counts = np.array([len(it.bounds) for it in records], np.int64)
    return _SettingsTable(
        _batch(
            "components",
            {"operational_mode": MODES.column(modes), "operational_mode_number": modes},
        ),
        {"is_faulty": _flag(it.is_faulty for it in records)},
        _batch("rated_bounds", bounds),
        np.cumsum(counts) - counts,
        counts,
    )


_COMPONENT: Final = electrical_components_pb2.ElectricalComponent
_CONNECTION: Final = electrical_components_pb2.ElectricalComponentConnection
_COMPONENTS: Final = Scanner(
    _COMPONENT.DESCRIPTOR,
    ("category", "category_specific_info"),
    ("metric_config_bounds", "operational_mode"),
)
_CONNECTIONS: Final = Scanner(_CONNECTION.DESCRIPTOR)
_KINDS: Final = _SectionReader(_COMPONENT, _kind, _kind_table)
_LIFETIMES: Final = _SectionReader(_COMPONENT, _component_lifetime, _lifetime_table)
_SETTINGS: Final = _SectionReader(_COMPONENT, _settings, _settings_table)
_CONNECTION_LIFETIMES: Final = _SectionReader(
    _CONNECTION, lambda message: lifetime_ends(message.operational_lifetime), _lifetime_table
)


# Lists --------------------------------------------------------------------------------------------


def read_components(items: Sequence[bytes], site: Array) -> SiteList:
    """Return the components of some sites.

    Raises:
        DecodeError: If one is invalid.
    """
    readable, scanned, invalid_texts = _scanned(_COMPONENTS, COMPONENT, items)
    numbers, sections = scanned.numbers, scanned.sections
    kinds, kind = _KINDS.read(sections["category"])
    lifetimes, lifetime = _LIFETIMES.read(sections["operational_lifetime"])
    settings, setting = _SETTINGS.read(sections["metric_config_bounds"])
    ids, owner = numbers["id"], numbers["microgrid_id"]
    columns = {
        "component_id": ids_column(ids),
        **_take(kinds.columns, kind),
        **scanned.texts,
        **_take(lifetimes.columns, lifetime),
        **_take(settings.columns, setting),
    }
    return SiteList(
        COMPONENT,
        readable,
        site,
        invalid_texts,
        columns,
        kinds.flags["is_faulty"][kind]
        | lifetimes.flags["is_faulty"][lifetime]
        | settings.flags["is_faulty"][setting]
        | (ids == 0)
        | (owner == 0),
        lifetimes.flags["is_beyond"][lifetime],
        (ids,),
        owner,
        _rated_bounds(settings, setting, columns),
        kinds.flags["is_grid_connection_point"][kind],
    )


def read_connections(items: Sequence[bytes], site: Array) -> SiteList:
    """Return the connections of some sites.

    Raises:
        DecodeError: If one is invalid.
    """
    readable, scanned, invalid_texts = _scanned(_CONNECTIONS, CONNECTION, items)
    source, destination = scanned.numbers.values()
    lifetimes, lifetime = _CONNECTION_LIFETIMES.read(scanned.sections["operational_lifetime"])
    columns = {
        "source_component_id": ids_column(source),
        "destination_component_id": ids_column(destination),
        **_take(lifetimes.columns, lifetime),
    }
    return SiteList(
        CONNECTION,
        readable,
        site,
        invalid_texts,
        columns,
        lifetimes.flags["is_faulty"][lifetime]
        | (source == 0)
        | (destination == 0)
        | (source == destination),
        lifetimes.flags["is_beyond"][lifetime],
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


def _rated_bounds(
    settings: _SettingsTable, setting: Array, components: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the rated bounds as rows, one for each metric of a component."""
    count = settings.counts[setting]
    row = np.repeat(np.arange(count.size), count)
    # From the first row of a component to the first one of its record.
    shift = settings.first[setting] - (np.cumsum(count) - count)
    names = ("component_id", "category", "category_number")
    of_component = pa.RecordBatch.from_arrays([components[name] for name in names], [*names])
    return {
        "row": row,
        **_take(of_component, row),
        **_take(settings.bounds, shift[row] + np.arange(row.size)),
    }
