"""The categories of components and what only some categories have, as sections."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from frequenz.api.common.v1alpha8.microgrid.electrical_components import electrical_components_pb2

from ..._wire.component_classes import OWN_DATA, read_kind
from ..._wire.reply import parse
from ...findings._rules import Fault
from ...topology._kinds import Kind, kind_of
from ._enums import CATEGORIES, TYPES
from ._rows import column_of, finite
from ._scan import Array
from ._section_reader import SectionReader

_OWN: Final = {category.value: own for category, own in OWN_DATA.items()}
_KIND_POSITIONS: Final = {kind: position for position, kind in enumerate(Kind)}
_RATINGS: Final = [rating for own in OWN_DATA.values() for rating in own.ratings]


class CategoryTable(NamedTuple):
    """The distinct categories of some components."""

    columns: Mapping[str, Any]
    is_faulty: Array
    kind: Array
    """The kind of each, as its position in `Kind`."""


class _Category(NamedTuple):
    """The category of a component, and what only some categories have."""

    category: int
    type: int | None
    ratings: tuple[float | None, ...]
    is_faulty: bool


def _read(section: bytes) -> _Category:
    message = parse(electrical_components_pb2.ElectricalComponent, section)
    found: list[Fault] = []
    read_kind(message.category, message.category_specific_info, found)
    own = _OWN.get(message.category)
    if own is None:
        return _Category(message.category, None, (None,) * len(_RATINGS), bool(found))
    data = getattr(message.category_specific_info, own.field)
    ratings = {name: getattr(data, source) for name, source in own.ratings.items()}
    return _Category(
        message.category,
        None if own.types is None else data.type,
        tuple(finite(ratings.get(name) or None) for name in _RATINGS),
        bool(found),
    )


def _category_table(sections: Sequence[bytes]) -> CategoryTable:
    records = [*map(_read, sections)]
    categories, types = [it.category for it in records], [it.type for it in records]
    columns = {
        "category": CATEGORIES.column(categories),
        "category_number": categories,
        "type": TYPES.column(zip(categories, types, strict=True)),
        "type_number": types,
        **{name: [it.ratings[at] for it in records] for at, name in enumerate(_RATINGS)},
    }
    positions = [_KIND_POSITIONS[kind_of(it.category, it.type)] for it in records]
    return CategoryTable(
        {name: column_of("components", name, values) for name, values in columns.items()},
        np.array([it.is_faulty for it in records], bool),
        np.array(positions, np.int64),
    )


CATEGORY_READER: Final = SectionReader(_category_table)
