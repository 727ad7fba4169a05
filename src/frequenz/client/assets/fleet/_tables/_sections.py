"""The sections of components and connections: bytes that many messages share.

Each is read once, as a message, and kept as a row of a table, from which the rows of messages are
taken.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import isfinite
from typing import Any, Final, Generic, NamedTuple, TypeVar

import numpy as np
import pyarrow as pa
from frequenz.api.common.v1alpha8.microgrid.electrical_components import electrical_components_pb2

from ..._wire.component import ComponentMessage
from ..._wire.component_classes import OWN_DATA, read_kind
from ..._wire.reply import parse
from ...findings._rules import Fault
from ...topology._kinds import Kind, kind_of
from ._enums import CATEGORIES, METRICS, MODES, TYPES
from ._rows import column_of
from ._scan import Array, Section, take
from ._times import Ends, lifetime_ends

TableT = TypeVar("TableT")

_KEPT_BYTES: Final = 32 * 1024
"""How many bytes of sections are kept, about a thousand; more only until others are read."""


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
_KIND_POSITIONS: Final = {kind: position for position, kind in enumerate(Kind)}
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


class Table(NamedTuple):
    """The distinct records of a section as columns."""

    columns: Mapping[str, Any]
    flags: Mapping[str, Array]
    """By name, of which records something is true."""


class KindTable(NamedTuple):
    """The same, with the position of each component's kind in `Kind`."""

    columns: Mapping[str, Any]
    flags: Mapping[str, Array]
    positions: Array


class SettingsTable(NamedTuple):
    """The same, with the rated bounds of all records as rows."""

    columns: Mapping[str, Any]
    flags: Mapping[str, Array]
    bounds: Mapping[str, Any]
    first: Array
    """By record, its first row."""

    counts: Array
    """By record, the number of its rows."""


class _Known(NamedTuple):
    """What was read before."""

    records: Mapping[bytes, Any]
    rows: Mapping[bytes, int]
    table: Any


class SectionReader(Generic[TableT]):
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
            has_room = sum(map(len, [*known.rows, *new])) <= _KEPT_BYTES
            kept = known.rows if has_room else known.rows.keys() & section.distinct
            records = {**{data: known.records[data] for data in kept}, **records}
            rows = {data: row for row, data in enumerate(records)}
            # Replaced at once: several threads may make tables.
            self._known = known = _Known(records, rows, self._tabulate([*records.values()]))
        row_of = np.array([*map(known.rows.__getitem__, section.distinct)], np.int64)
        return known.table, row_of[section.indices]


def _columns(table: str, columns: Mapping[str, Any]) -> dict[str, Any]:
    return {name: column_of(table, name, values) for name, values in columns.items()}


def taken(columns: Mapping[str, Any], rows: Array) -> dict[str, Any]:
    """Return the columns of some rows."""
    indices = pa.array(rows)
    return {name: take(values, indices) for name, values in columns.items()}


def _flag(is_so: Iterable[bool]) -> Array:
    return np.array([*is_so], bool)


def _kind_table(records: list[_Kind]) -> KindTable:
    categories, types = [it.category for it in records], [it.type for it in records]
    columns = {
        "category": CATEGORIES.column(categories),
        "category_number": categories,
        "type": TYPES.column(zip(categories, types, strict=True)),
        "type_number": types,
        **{name: [it.ratings[at] for it in records] for at, name in enumerate(_RATINGS)},
    }
    positions = [_KIND_POSITIONS[kind_of(it.category, it.type)] for it in records]
    return KindTable(
        _columns("components", columns),
        {"is_faulty": _flag(it.is_faulty for it in records)},
        np.array(positions, np.int64),
    )


def _lifetime_table(records: list[Ends]) -> Table:
    columns = {
        "operational_lifetime_start": [it.start for it in records],
        "operational_lifetime_end": [it.end for it in records],
    }
    return Table(
        _columns("components", columns),
        {
            "is_faulty": _flag(it.is_faulty for it in records),
            "is_beyond": _flag(it.is_beyond for it in records),
        },
    )


def _settings_table(records: list[_Settings]) -> SettingsTable:
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
    return SettingsTable(
        _columns(
            "components",
            {"operational_mode": MODES.column(modes), "operational_mode_number": modes},
        ),
        {"is_faulty": _flag(it.is_faulty for it in records)},
        _columns("rated_bounds", bounds),
        np.cumsum(counts) - counts,
        counts,
    )


_COMPONENT: Final = electrical_components_pb2.ElectricalComponent
_CONNECTION: Final = electrical_components_pb2.ElectricalComponentConnection
KINDS: Final = SectionReader(_COMPONENT, _kind, _kind_table)
LIFETIMES: Final = SectionReader(_COMPONENT, _component_lifetime, _lifetime_table)
SETTINGS: Final = SectionReader(_COMPONENT, _settings, _settings_table)
CONNECTION_LIFETIMES: Final = SectionReader(
    _CONNECTION, lambda message: lifetime_ends(message.operational_lifetime), _lifetime_table
)
