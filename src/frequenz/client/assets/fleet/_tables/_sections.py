"""The sections of components and connections: bytes that many messages share.

Each is read once, as a message, and kept as a row of a table, from which the rows of messages are
taken.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from math import isfinite
from typing import Any, Final, Generic, NamedTuple, TypeVar

import numpy as np
import pyarrow as pa
from frequenz.api.common.v1alpha8.metrics.bounds_pb2 import Bounds
from frequenz.api.common.v1alpha8.microgrid.electrical_components import electrical_components_pb2
from frequenz.api.common.v1alpha8.microgrid.lifetime_pb2 import Lifetime
from google.protobuf.timestamp_pb2 import Timestamp

from ..._wire.component_classes import OWN_DATA, read_kind
from ..._wire.reply import parse
from ..._wire.time import NANOS_PER_SECOND
from ...findings._rules import Fault
from ...topology._kinds import Kind, kind_of
from ._enums import CATEGORIES, METRICS, MODES, TYPES
from ._items import rewrite
from ._rows import column_of
from ._scan import Array, Cursors, Field, Section, buffer_of, field_of, take
from ._schemas import MOMENT
from ._times import MAX_TABLE_SECONDS, MIN_TABLE_SECONDS, lifetime_ends

TableT = TypeVar("TableT")
ReadT = TypeVar("ReadT")

_KEPT_BYTES: Final = 16 * 1024
"""How many bytes of sections of a type are kept, about 500: all are read again with new ones."""

_COMPONENT: Final = electrical_components_pb2.ElectricalComponent
_CONNECTION: Final = electrical_components_pb2.ElectricalComponentConnection


class _Kind(NamedTuple):
    """The category of a component, and what only some categories have."""

    category: int
    type: int | None
    ratings: tuple[float | None, ...]
    is_faulty: bool


class _Settings(NamedTuple):
    """The rated bounds of a component."""

    bounds: Sequence[tuple[int, float | None, float | None]]
    """Each metric with its lower and upper limit."""

    is_faulty: bool


_OWN: Final = {category.value: own for category, own in OWN_DATA.items()}
_KIND_POSITIONS: Final = {kind: position for position, kind in enumerate(Kind)}
_RATINGS: Final = [rating for own in OWN_DATA.values() for rating in own.ratings]


def _kind(section: bytes) -> _Kind:
    message = parse(_COMPONENT, section)
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


def _settings(section: bytes) -> _Settings:
    message = parse(_COMPONENT, section)
    is_faulty = False
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
    return _Settings([(metric, *limits) for metric, limits in bounds.items()], is_faulty)


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

    rows: Mapping[bytes, int]
    table: Any


class SectionReader(Generic[TableT]):
    """Reads sections of messages of one type; what equals a recent one is not read again."""

    def __init__(self, tabulate: Callable[[Sequence[bytes]], TableT]) -> None:
        """Take the function that makes a table of sections."""
        self._tabulate = tabulate
        self._known = _Known({}, tabulate([]))

    def read(self, section: Section) -> tuple[TableT, Array]:
        """Return a table of distinct records, and by message its row there.

        Raises:
            DecodeError: If a section is invalid.
        """
        size = sum(map(len, section.distinct))
        if size > _KEPT_BYTES:
            return self._tabulate(section.distinct), np.asarray(section.indices)
        known = self._known
        if any(data not in known.rows for data in section.distinct):
            has_room = size + sum(map(len, known.rows)) <= _KEPT_BYTES
            every = dict.fromkeys((*section.distinct, *(known.rows if has_room else ())))
            rows = {data: row for row, data in enumerate(every)}
            # Replaced at once: several threads may make tables.
            self._known = known = _Known(rows, self._tabulate([*every]))
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


def _fields(kind: Any, *names: str) -> tuple[Field, ...]:
    return tuple(field_of(kind.DESCRIPTOR.fields_by_name[name]) for name in names)


_START, _END = _fields(Lifetime, "start_timestamp", "end_timestamp")
_SECONDS, _NANOS = _fields(Timestamp, "seconds", "nanos")
_BOUNDS_OF_METRIC, _MODE = _fields(_COMPONENT, "metric_config_bounds", "operational_mode")
_METRIC, _LIMITS = _fields(electrical_components_pb2.MetricConfigBounds, "metric", "config_bounds")
_LOWER, _UPPER = _fields(Bounds, "lower", "upper")


def _read(
    kind: Any, sections: Sequence[bytes], read: Callable[[Cursors], tuple[ReadT, Array]]
) -> tuple[ReadT, Sequence[bytes]]:
    """Return what is read of sections, and these, in which the unusual ones were rewritten."""
    readable = sections
    for _ in range(2):
        ends = np.cumsum([0, *map(len, readable)])
        result, unusual = read(Cursors(buffer_of(readable), ends[:-1].copy(), ends[1:]))
        if not unusual.any():
            return result, readable
        readable = [*readable]
        for at in unusual.nonzero()[0].tolist():
            readable[at] = rewrite(kind, readable[at]).data
    raise AssertionError(f"{kind.DESCRIPTOR.name}: a message that protobuf wrote is unusual")


class _Moments(NamedTuple):
    is_given: Array
    is_clear: Array
    """Whether each is valid, and no table is too small for it; or absent."""

    nanoseconds: Array


def _moments(cursors: Cursors, field: Field) -> tuple[_Moments, Array]:
    """Return timestamps, and in which messages they are unusual."""
    is_given, timestamps = cursors.read_messages(field)
    seconds = timestamps.read_numbers(_SECONDS).view(np.int64)
    nanos = timestamps.read_numbers(_NANOS).astype(np.uint32).view(np.int32)
    is_clear = (nanos >= 0) & (nanos < NANOS_PER_SECOND)
    is_clear &= (seconds >= MIN_TABLE_SECONDS) & (seconds <= MAX_TABLE_SECONDS)
    return _Moments(is_given, is_clear, seconds * NANOS_PER_SECOND + nanos), timestamps.unusual


def _lifetime_table(kind: Any, sections: Sequence[bytes], *, is_required: bool) -> Table:
    (field,) = _fields(kind, "operational_lifetime")

    def read(cursors: Cursors) -> tuple[tuple[Array, _Moments, _Moments], Array]:
        is_given, lifetimes = cursors.read_messages(field)
        start, in_start = _moments(lifetimes, _START)
        end, in_end = _moments(lifetimes, _END)
        unusual = cursors.unusual | lifetimes.unusual | in_start | in_end
        return (is_given, start, end), unusual

    (is_given, *ends), readable = _read(kind, sections, read)
    start, end = ends
    is_faulty = ~is_given & is_required
    is_beyond = np.zeros(len(sections), bool)
    hidden = [~it.is_given for it in ends]
    is_inverted = start.is_given & end.is_given & (start.nanoseconds > end.nanoseconds)
    unclear = ~start.is_clear | ~end.is_clear | is_inverted
    for at in unclear.nonzero()[0].tolist():
        exact = lifetime_ends(parse(kind, readable[at]).operational_lifetime)
        is_faulty[at], is_beyond[at] = exact.is_faulty, exact.is_beyond
        hidden[0][at], hidden[1][at] = exact.start is None, exact.end is None
    columns = {
        f"operational_lifetime_{name}": pa.array(it.nanoseconds, mask=mask).view(MOMENT)
        for name, it, mask in zip(("start", "end"), ends, hidden, strict=True)
    }
    return Table(columns, {"is_faulty": is_faulty, "is_beyond": is_beyond})


class _Entries(NamedTuple):
    """The rated bounds of some components, one after another."""

    record: Array
    metric: Array
    lower: Array
    upper: Array
    """The limits: NaN if absent."""


def _read_settings(cursors: Cursors) -> tuple[tuple[Array, Array, _Entries], Array]:
    """Return modes, in which sections the bounds are not as usual, and the bounds."""
    record, metrics = cursors.read_repeated(_BOUNDS_OF_METRIC)
    mode = cursors.read_numbers(_MODE).astype(np.uint32).view(np.int32)
    unusual = cursors.unusual
    metric = metrics.read_numbers(_METRIC).astype(np.uint32).view(np.int32)
    has_limits, bounds = metrics.read_messages(_LIMITS)
    is_odd = ~has_limits
    limits = []
    for field in (_LOWER, _UPPER):
        limit, is_given = bounds.read_floats(field)
        is_odd |= is_given & ~np.isfinite(limit)
        limits.append(np.where(is_given, limit, np.float32("nan")))
    lower, upper = limits
    is_odd |= lower > upper
    unusual[record[metrics.unusual | bounds.unusual]] = True
    unclear = np.zeros(mode.size, bool)
    unclear[record[is_odd]] = True
    key = (record << 32) | metric.view(np.uint32)
    if (key[1:] <= key[:-1]).any():  # mostly they are in order
        order = np.argsort(key, kind="stable")
        unclear[record[order[1:]][key[order[1:]] == key[order[:-1]]]] = True
    return (mode, unclear, _Entries(record, metric, lower, upper)), unusual


def _settings_table(sections: Sequence[bytes]) -> SettingsTable:
    (mode, unclear, entries), readable = _read(_COMPONENT, sections, _read_settings)
    is_faulty = np.zeros(mode.size, bool)
    if unclear.any():
        rows = unclear.nonzero()[0].tolist()
        exact = [_settings(readable[row]) for row in rows]
        is_faulty[rows] = [it.is_faulty for it in exact]
        is_clear = ~unclear[entries.record]
        more = [(row, *entry) for row, it in zip(rows, exact, strict=True) for entry in it.bounds]
        columns = zip(*more, strict=True) if more else [()] * len(entries)
        values = [
            np.concatenate([known[is_clear], np.array(column, known.dtype)])
            for known, column in zip(entries, columns, strict=True)
        ]
        order = np.argsort(values[0], kind="stable")
        entries = _Entries(*(column[order] for column in values))
    modes, metrics = MODES.column(mode.tolist()), METRICS.column(entries.metric.tolist())
    is_faulty |= (mode == 0) | _is_null(modes)
    is_faulty[entries.record[(entries.metric == 0) | _is_null(metrics)]] = True
    counts = np.bincount(entries.record, minlength=mode.size)
    return SettingsTable(
        {"operational_mode": modes, "operational_mode_number": pa.array(mode)},
        {"is_faulty": is_faulty},
        {
            "metric": metrics,
            "metric_number": pa.array(entries.metric),
            "lower": pa.array(entries.lower, mask=np.isnan(entries.lower)),
            "upper": pa.array(entries.upper, mask=np.isnan(entries.upper)),
        },
        np.cumsum(counts) - counts,
        counts,
    )


def _is_null(column: Any) -> Array:
    is_null: Array = column.is_null().to_numpy(zero_copy_only=False)
    return is_null


KINDS: Final = SectionReader(lambda sections: _kind_table([*map(_kind, sections)]))
LIFETIMES: Final = SectionReader(partial(_lifetime_table, _COMPONENT, is_required=True))
SETTINGS: Final = SectionReader(_settings_table)
CONNECTION_LIFETIMES: Final = SectionReader(
    partial(_lifetime_table, _CONNECTION, is_required=False)
)
