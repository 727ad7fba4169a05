"""A quick look at a site: nothing is wrong with most, and that takes a fraction of a full check.

Values that recur, such as lifetimes, are read once; no object of a component is made.
"""

from collections.abc import Sequence
from typing import Any, Final

from .._wire.component import MetricConfigBounds, read_mode, read_rated_bounds
from .._wire.component_classes import SpecificInfo, read_kind
from .._wire.entities import MICROGRID, SENSOR
from .._wire.fast.cache import BoundedCache
from .._wire.fast.columns import ColumnReader
from .._wire.lists.decode import decode_list
from .._wire.reply import Reply
from ..findings._rules import Fault
from ..topology._clean_tree import is_clean_tree
from ..topology._kinds import Kind
from ..topology._periods import ALWAYS, Periods
from ._graph import kind_of_component, life_of
from ._packed import REPLIES, PackedSite

_COMPONENTS: Final = ColumnReader(
    REPLIES["components"],
    "components",
    "id",
    "microgrid_id",
    "category",
    "operational_mode",
    "category_specific_info",
    "operational_lifetime",
    "metric_config_bounds",
)
_CONNECTIONS: Final = ColumnReader(
    REPLIES["connections"],
    "connections",
    "source_electrical_component_id",
    "destination_electrical_component_id",
    "operational_lifetime",
)


def is_clean(site: PackedSite) -> bool:
    """Return whether `check` finds nothing in a site; False where only that can tell.

    That the microgrid is there twice is nothing of a single site.
    """
    components, connections = (
        _columns(_COMPONENTS, site.components),
        _columns(_CONNECTIONS, site.connections),
    )
    if components is None or connections is None:
        return False
    ids, owners, categories, modes, infos, lifetimes, bounds = components
    sources, destinations, link_lifetimes = connections
    kinds: list[Any] = [*map(_kinds.__getitem__, zip(categories, modes, infos, strict=True))]
    lives: list[Any] = [*map(_lives.__getitem__, lifetimes)]
    link_lives: list[Any] = [ALWAYS if wire is None else _lives[wire] for wire in link_lifetimes]
    if (
        0 in ids
        or owners.count(site.microgrid.id) != len(owners)
        or None in kinds
        or None in lives
        or None in link_lives
        or not all(map(_has_good_bounds.__getitem__, bounds))
    ):
        return False
    links = [*zip(sources, destinations, link_lives, strict=True)]
    return is_clean_tree(ids, kinds, lives, links) and _has_clean_rest(site)


def _columns(reader: ColumnReader, reply: Any) -> Sequence[Sequence[Any]] | None:
    """Return the columns of a reply in the order of a reader's fields; None if it has none."""
    table = reader.table(Reply.of(reply))
    return None if table is None else [*table.part(0, len(table)).values()]


def _has_clean_rest(site: PackedSite) -> bool:
    found: list[Fault] = []
    MICROGRID.decode(site.microgrid, found)
    sensors = site.sensors.sensors
    return not found and (not sensors or not decode_list(SENSOR, sensors, site.microgrid.id).faulty)


def _kind(key: tuple[int, int, bytes | None]) -> Kind | None:
    """Return the kind of a category with its data; None if they or the mode have faults."""
    category, mode, wire = key
    found: list[Fault] = []
    info = SpecificInfo.FromString(wire or b"")
    read_kind(category, info, found)
    read_mode(mode, found)
    return None if found else kind_of_component(category, info)


def _life(wire: bytes | None) -> Periods | None:
    """Return when something is operational; None if that is not given, or has faults."""
    return None if wire is None else life_of(wire)


def _bounds_are_good(wires: bytes | tuple[bytes, ...]) -> bool:
    found: list[Fault] = []
    entries = (wires,) if isinstance(wires, bytes) else wires
    read_rated_bounds(map(MetricConfigBounds.FromString, entries), found)
    return not found


_kinds: Final = BoundedCache(_kind)
_lives: Final = BoundedCache(_life)
_has_good_bounds: Final = BoundedCache(_bounds_are_good)
