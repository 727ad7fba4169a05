"""The components and connections of many sites at once, from the bytes of their replies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
from frequenz.api.common.v1alpha8.metrics import bounds_pb2
from frequenz.api.common.v1alpha8.microgrid import lifetime_pb2
from frequenz.api.common.v1alpha8.microgrid.electrical_components import electrical_components_pb2

from ..._wire.component_classes import OWN_DATA, SpecificInfo
from ..._wire.entities import COMPONENT, CONNECTION, Entity
from ...electrical_component import ElectricalComponentCategory
from ._enums import CATEGORIES, METRICS, MODES, TYPES
from ._items import buffer_of, rewrite
from ._scan import Array, Entries, Scanned, Scanner, Spans
from ._texts import strings_at
from ._times import Lifetimes, lifetimes_at

_COMPONENT: Final = Scanner(electrical_components_pb2.ElectricalComponent.DESCRIPTOR)
_CONNECTION: Final = Scanner(electrical_components_pb2.ElectricalComponentConnection.DESCRIPTOR)
_INFO: Final = Scanner(SpecificInfo.DESCRIPTOR)
_OWN: Final = {
    data.field: Scanner(SpecificInfo.DESCRIPTOR.fields_by_name[data.field].message_type)  # type: ignore[arg-type]
    for data in OWN_DATA.values()
}
_LIFETIME: Final = Scanner(lifetime_pb2.Lifetime.DESCRIPTOR)
_METRIC: Final = Scanner(electrical_components_pb2.MetricConfigBounds.DESCRIPTOR)
_BOUNDS: Final = Scanner(bounds_pb2.Bounds.DESCRIPTOR)

_TEXTS: Final = ("name", "manufacturer", "model_name", "model")


@dataclass
class SiteList:
    """One kind of item of many sites."""

    entity: Entity[Any]
    items: list[bytes]
    """The items as they can be read: some may have been rewritten."""

    site: Array
    """By item, the index of its site."""

    columns: dict[str, Any]
    """The columns of the table, but for the IDs of the site."""

    faulty: Array
    """Whether each item has a fault of its own, or may have one."""

    beyond: Array
    """Whether each item has a moment that tables cannot hold."""

    invalid_texts: Mapping[int, tuple[str, ...]]
    """By item, the paths of texts that were left out."""

    keys: tuple[Array, ...]
    """The fields that tell items of a site apart."""

    owner: Array | None = None
    """The microgrid ID of each item; None if it has none."""

    bounds: dict[str, Any] = field(default_factory=dict)
    """The columns of `rated_bounds`; `row` is the index of the component."""

    is_grid_connection_point: Array | None = None


class _Read(NamedTuple):
    """What was read of some items."""

    result: SiteList
    rewrite: Array
    """The rows of items that must be rewritten first."""


def read_components(items: Sequence[bytes], site: Array) -> SiteList:
    """Return the components of some sites.

    Raises:
        DecodeError: If one is invalid.
    """
    return _read(COMPONENT, items, site)


def read_connections(items: Sequence[bytes], site: Array) -> SiteList:
    """Return the connections of some sites.

    Raises:
        DecodeError: If one is invalid.
    """
    return _read(CONNECTION, items, site)


def _read(entity: Entity[Any], items: Sequence[bytes], site: Array) -> SiteList:
    read_once = _components if entity is COMPONENT else _connections
    readable = list(items)
    read = read_once(readable, site)
    if read.rewrite.size:
        invalid_texts = {}
        for row in read.rewrite.tolist():
            readable[row], paths = rewrite(entity.message, readable[row])
            if paths:
                invalid_texts[row] = paths
        read = read_once(readable, site)
        if read.rewrite.size:
            raise AssertionError(f"{entity.noun}: a message that protobuf wrote is unusual")
        read.result.invalid_texts = invalid_texts
    return read.result


def _ids(numbers: Array) -> Any:
    return pa.array(numbers, mask=numbers == 0)


def _lifetime_columns(lifetimes: Lifetimes) -> dict[str, Any]:
    hidden = lifetimes.invalid
    return {
        "operational_lifetime_start": lifetimes.start.column(hidden),
        "operational_lifetime_end": lifetimes.end.column(hidden),
    }


def _connections(items: list[bytes], site: Array) -> _Read:
    data, spans = buffer_of(items)
    fields, unusual = _CONNECTION.scan(data, spans)
    lifetimes = lifetimes_at(_LIFETIME, data, fields["operational_lifetime"])
    source = fields["source_electrical_component_id"]
    destination = fields["destination_electrical_component_id"]
    columns = {
        "source_component_id": _ids(source),
        "destination_component_id": _ids(destination),
        **_lifetime_columns(lifetimes),
    }
    faulty = (source == 0) | (destination == 0) | (source == destination) | lifetimes.invalid
    result = SiteList(
        CONNECTION, items, site, columns, faulty, lifetimes.beyond, {}, (source, destination)
    )
    return _Read(result, np.flatnonzero(unusual | lifetimes.unusual))


def _components(items: list[bytes], site: Array) -> _Read:
    data, spans = buffer_of(items)
    fields, unusual = _COMPONENT.scan(data, spans)
    lifetimes = lifetimes_at(_LIFETIME, data, fields["operational_lifetime"])
    category, mode = fields["category"], fields["operational_mode"]
    own = _own_data(category, data, fields["category_specific_info"])
    bounds = _rated_bounds(data, fields["metric_config_bounds"], len(items))
    texts = {name: strings_at(data, fields[name]) for name in _TEXTS}
    columns = {
        "component_id": _ids(fields["id"]),
        "category": CATEGORIES.column(category),
        "category_number": pa.array(category),
        **own.columns,
        **{name: strings for name, (strings, _) in texts.items()},
        **_lifetime_columns(lifetimes),
        "operational_mode": MODES.column(mode),
        "operational_mode_number": pa.array(mode),
    }
    row = bounds.columns["row"]
    bounds_columns = {
        **bounds.columns,
        "component_id": _ids(fields["id"][row]),
        "category": CATEGORIES.column(category[row]),
        "category_number": pa.array(category[row]),
    }
    faulty = (
        (fields["id"] == 0)
        | (fields["microgrid_id"] == 0)
        | ~lifetimes.present
        | lifetimes.invalid
        | (category == 0)
        | (CATEGORIES.indices(category) < 0)
        | (mode == 0)
        | (MODES.indices(mode) < 0)
        | own.faulty
        | bounds.faulty
    )
    result = SiteList(
        COMPONENT,
        items,
        site,
        columns,
        faulty,
        lifetimes.beyond,
        {},
        (fields["id"],),
        fields["microgrid_id"],
        bounds_columns,
        category == ElectricalComponentCategory.GRID.value,
    )
    bad_texts = [rows for _, rows in texts.values()]
    must_rewrite = unusual | lifetimes.unusual | own.unusual | bounds.unusual
    return _Read(result, np.union1d(np.flatnonzero(must_rewrite), np.concatenate(bad_texts)))


class _Part(NamedTuple):
    """What was read of a part of each component."""

    columns: dict[str, Any]
    faulty: Array
    unusual: Array


def _own_data(category: Array, data: Array, infos: Spans) -> _Part:
    """Return the types and ratings that only some categories have."""
    count = category.size
    rows = np.flatnonzero(infos.present)
    info = _INFO.scan(data, infos.at(rows))
    kinds = sum(spans.present.astype(np.int8) for spans in info.fields.values())
    faulty, unusual = np.zeros(count, bool), np.zeros(count, bool)
    unusual[rows] = info.unusual | (kinds > 1)
    faulty[rows] = kinds > 0  # unless it belongs to the category, see below
    types, has_type = np.zeros(count, np.int32), np.zeros(count, bool)
    type_indices = np.full(count, -1, np.int16)
    ratings: dict[str, Any] = {}
    for own_category, own in OWN_DATA.items():
        spans = info.fields[own.field]
        at = rows[spans.present]
        scanned = _OWN[own.field].scan(data, spans.at(spans.present))
        unusual[at] |= scanned.unusual
        own_rows = np.flatnonzero(category == own_category.value)
        faulty[at[category[at] == own_category.value]] = False
        if own.types is not None:
            values = _values(scanned, "type", at, count)[own_rows]
            indices = TYPES.indices_in(own_category.value, values)
            types[own_rows], type_indices[own_rows] = values, indices
            has_type[own_rows] = True
            faulty[own_rows] |= (values == 0) | (indices < 0)
        for target, source in own.ratings.items():
            values = _values(scanned, source, at, count)
            of_own = values[own_rows]
            faulty[own_rows] |= ~((of_own > 0) & (of_own < inf))
            is_null = np.ones(count, bool)
            is_null[own_rows] = (of_own == 0) | ~np.isfinite(of_own)
            ratings[target] = pa.array(values, mask=is_null)
    columns = {
        "type": TYPES.column_of(type_indices),
        "type_number": pa.array(types, mask=~has_type),
        **ratings,
    }
    return _Part(columns, faulty, unusual)


def _values(scanned: Scanned, name: str, rows: Array, count: int) -> Array:
    """Return the numbers of a field at their rows of `count`, and 0 at the others."""
    read = scanned.fields[name]
    numbers: Array = getattr(read, "values", read)
    values = np.zeros(count, numbers.dtype)
    values[rows] = numbers
    return values


def _rated_bounds(data: Array, entries: Entries, count: int) -> _Part:
    """Return the rated bounds as rows, one for each metric of a component."""
    row = entries.rows
    fields, entry_unusual = _METRIC.scan(data, entries.spans)
    metric, spans = fields["metric"], fields["config_bounds"]
    given = np.flatnonzero(spans.present)
    bounds = _BOUNDS.scan(data, spans.at(given))
    entry_unusual[given] |= bounds.unusual
    limits = []
    for side in ("lower", "upper"):
        values, present = np.zeros(row.size, np.float32), np.zeros(row.size, bool)
        values[given], present[given] = bounds.fields[side]
        limits.append((values, present))
    (lower, has_lower), (upper, has_upper) = limits
    usable = np.zeros(row.size, bool)
    usable[given] = True
    usable &= ~(has_lower & has_upper & (lower > upper))
    infinite = (has_lower & ~np.isfinite(lower)) | (has_upper & ~np.isfinite(upper))
    entry_faulty = ~usable | infinite | (metric == 0) | (METRICS.indices(metric) < 0)
    kept, source = _one_for_each_metric(row, metric, usable)
    faulty, unusual = np.zeros(count, bool), np.zeros(count, bool)
    faulty[row[entry_faulty]] = True
    unusual[row[entry_unusual]] = True
    if kept.size < row.size:
        faulty[np.delete(row, kept)] = True
    columns = {
        "row": row[kept],
        "metric": METRICS.column(metric[kept]),
        "metric_number": pa.array(metric[kept]),
    }
    for side, (values, present) in zip(("lower", "upper"), limits, strict=True):
        is_limit = (present & usable & np.isfinite(values))[source]
        columns[side] = pa.array(values[source], mask=~is_limit)
    return _Part(columns, faulty, unusual)


def _one_for_each_metric(row: Array, metric: Array, usable: Array) -> tuple[Array, Array]:
    """Return the first entry of each metric of a component, and the one whose bounds it has.

    That is the last usable one.
    """
    entries = np.arange(row.size)
    has_several = np.zeros(row.size, bool)
    has_several[1:] = row[1:] == row[:-1]
    if not has_several.any():
        return entries, entries
    follows = has_several[1:]
    is_same = (follows & (metric[1:] == metric[:-1])).any()
    if not is_same and not (follows[1:] & follows[:-1]).any():  # two entries at most
        return entries, entries
    has_several[:-1] |= follows
    first: dict[tuple[int, int], int] = {}
    last: dict[int, int] = {}
    several = np.flatnonzero(has_several)
    key = (row[several].astype(np.int64) << 32) | (metric[several].astype(np.int64) & 0xFFFFFFFF)
    if np.unique(key).size == several.size:
        return entries, entries
    for entry, *pair in zip(
        several.tolist(), row[several].tolist(), metric[several].tolist(), strict=True
    ):
        kept = first.setdefault((pair[0], pair[1]), entry)
        if usable[entry] or kept == entry:
            last[kept] = entry
    is_kept = ~has_several
    is_kept[[*first.values()]] = True
    source = entries.copy()
    source[[*last]] = [*last.values()]
    return entries[is_kept], source[is_kept]
