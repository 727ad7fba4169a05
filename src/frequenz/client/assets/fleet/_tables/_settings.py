"""The rated bounds and the operational modes of components, as sections."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
from frequenz.api.common.v1alpha8.metrics.bounds_pb2 import Bounds
from frequenz.api.common.v1alpha8.microgrid.electrical_components import electrical_components_pb2

from ..._wire.reply import parse
from ._enums import METRICS, MODES
from ._rows import finite
from ._scan import Array, Cursors
from ._section_reader import SectionReader, fields_of, read_sections

_COMPONENT: Final = electrical_components_pb2.ElectricalComponent

_BOUNDS_OF_METRIC, _MODE = fields_of(_COMPONENT, "metric_config_bounds", "operational_mode")
_METRIC, _LIMITS = fields_of(
    electrical_components_pb2.MetricConfigBounds, "metric", "config_bounds"
)
_LOWER, _UPPER = fields_of(Bounds, "lower", "upper")


class SettingsTable(NamedTuple):
    """The distinct modes, with the rated bounds of all records as rows."""

    columns: Mapping[str, Any]
    is_faulty: Array
    bounds: Mapping[str, Any]
    first: Array
    """By record, its first row."""

    counts: Array
    """By record, the number of its rows."""


class _Settings(NamedTuple):
    """The rated bounds of a component."""

    bounds: Sequence[tuple[int, float | None, float | None]]
    """Each metric with its lower and upper limit."""

    is_faulty: bool


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
            usable = finite(lower), finite(upper)
            is_faulty = is_faulty or usable != (lower, upper)
            bounds[metric] = usable
    return _Settings([(metric, *limits) for metric, limits in bounds.items()], is_faulty)


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
    (mode, unclear, entries), readable = read_sections(_COMPONENT, sections, _read_settings)
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
        is_faulty,
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


SETTINGS_READER: Final = SectionReader(_settings_table)
