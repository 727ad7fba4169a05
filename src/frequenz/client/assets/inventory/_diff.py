"""What differs between two inventories, or two sites, field by field.

Data is compared as an inventory file writes it: a NaN equals a NaN. The order of entities does not
matter; that of what is within them does.
"""

import json
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from .._html import Row, ShownAsRow, TableList
from .._wire.entities import name_of
from ._codecs import Codec
from ._identity import KEYS
from ._inventory import Inventory, Site, with_microgrid
from ._keys import CONNECTION, MARKET, MICROGRID, SITE, lists_of_site

Change: TypeAlias = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Difference(ShownAsRow):
    """An entity, or a field of one, that differs between two inventories."""

    change: Change
    microgrid_id: int | None
    """The microgrid of the site that lists the entity; None for gridpools and the like."""

    entity: str
    """The kind and the number of the entity, such as `component 17`."""

    path: str
    """The field, by the keys of an inventory file: `location.latitude`; empty = the entity."""

    before: Any
    """What the first inventory has, as plain data; None if it has nothing."""

    after: Any
    """What the second inventory has, as plain data; None if it has nothing."""

    def __str__(self) -> str:
        """Return the change, the entity and the values."""
        entity = with_microgrid(self.microgrid_id, self.entity)
        if not self.path:
            return f"{self.change}: {entity}"
        values = [text for text in (self._text_before, self._text_after) if text is not None]
        return f"{self.change}: {entity}: {self.path}: {' -> '.join(values)}"

    @property
    def _text_before(self) -> str | None:
        return None if self.change == "added" else json.dumps(self.before, ensure_ascii=False)

    @property
    def _text_after(self) -> str | None:
        return None if self.change == "removed" else json.dumps(self.after, ensure_ascii=False)

    def _row(self) -> Row:
        of_field = bool(self.path)
        return {
            "change": self.change,
            "microgrid": self.microgrid_id,
            "entity": self.entity,
            "field": self.path,
            "before": self._text_before if of_field else None,
            "after": self._text_after if of_field else None,
        }


def diff(before: Inventory, after: Inventory) -> list[Difference]:
    """Return how an inventory differs from another one, in the order of the first one.

    Entities with the same ID (connections: the same ends) are compared with each other. If several
    have the same one, equal ones are matched first, then the others in their order.
    """
    return TableList(_diff_inventories(before, after))


def diff_sites(before: Site, after: Site) -> list[Difference]:
    """Return how a site differs from another one, which may have another ID.

    Another ID is one difference; that components and sensors belong to it is not another one.
    """
    return TableList(_diff_sites(before, after))


# Entities -----------------------------------------------------------------------------------------


class _Item(NamedTuple):
    """An entity or a site as one of the inventories has it."""

    message: Any
    """The message that describes it."""

    value: Any
    codec: Codec
    microgrid_id: int | None
    """The microgrid of the site that lists it."""

    @property
    def data(self) -> Any:
        """The entity as plain data."""
        return self.codec.write(self.value)


_Pair: TypeAlias = tuple[_Item | None, _Item | None]
"""What to compare; None if it is missing."""


def _diff_inventories(before: Inventory, after: Inventory) -> Iterator[Difference]:
    pairs = _pairs(_sites(before), _sites(after), lambda message: message.id, _site_content)
    for old, new in pairs:
        if old is not None and new is not None:
            yield from _diff_sites(old.value, new.value)
        else:
            yield _added_or_removed(old, new)
    for key, codec in MARKET.codecs.items():
        yield from _diff_lists(key, _items(before, key, codec), _items(after, key, codec))


def _diff_sites(before: Site, after: Site) -> Iterator[Difference]:
    yield from _diff_items(
        *(
            _Item(it.microgrid, it.microgrid, MICROGRID, before.microgrid.id)
            for it in (before, after)
        )
    )
    lists_after = _lists_of(after)
    for key, items in _lists_of(before).items():
        yield from _diff_lists(key, items, lists_after[key])


def _sites(inventory: Inventory) -> list[_Item]:
    return [_Item(it.microgrid, it, SITE, it.microgrid.id) for it in inventory.sites]


def _lists_of(site: Site) -> dict[str, list[_Item]]:
    number = site.microgrid.id
    codecs = {**lists_of_site(number).codecs, "connections": CONNECTION.message}
    return {key: _items(site, key, codec, number) for key, codec in codecs.items()}


def _items(
    owner: Inventory | Site, key: str, codec: Codec, microgrid_id: int | None = None
) -> list[_Item]:
    return [_Item(message, message, codec, microgrid_id) for message in getattr(owner, key)]


def _diff_lists(key: str, before: Sequence[_Item], after: Sequence[_Item]) -> Iterator[Difference]:
    """Compare two lists of entities of one kind."""
    for old, new in _pairs(before, after, KEYS[key], lambda item: _hashable(item.data)):
        if old is None or new is None:
            yield _added_or_removed(old, new)
        # Comparing bytes is faster than comparing plain data.
        elif (
            old.microgrid_id != new.microgrid_id
            or old.message.SerializeToString() != new.message.SerializeToString()
        ):
            yield from _diff_items(old, new)


def _diff_items(old: _Item, new: _Item) -> Iterator[Difference]:
    entity = name_of(old.message)
    for change, path, before, after in _diff_data("", old.data, new.data):
        yield Difference(change, old.microgrid_id, entity, path, before, after)


def _added_or_removed(old: _Item | None, new: _Item | None) -> Difference:
    item = old or new
    assert item is not None
    name = name_of(item.message)
    if old is None:
        return Difference("added", item.microgrid_id, name, "", None, item.data)
    return Difference("removed", item.microgrid_id, name, "", item.data, None)


def _pairs(
    before: Sequence[_Item],
    after: Sequence[_Item],
    key: Callable[[Any], Hashable],
    content: Callable[[_Item], Hashable],
) -> Iterator[_Pair]:
    """Match items whose messages have the same key, those with the same content first."""
    groups: dict[Hashable, tuple[list[_Item], list[_Item]]] = {}
    for index, items in enumerate((before, after)):
        for item in items:
            groups.setdefault(key(item.message), ([], []))[index].append(item)
    for old, new in groups.values():
        if len(old) > 1 or len(new) > 1:
            common = Counter(map(content, old)) & Counter(map(content, new))
            yield from zip_longest(*(_without(it, content, Counter(common)) for it in (old, new)))
        else:
            yield from zip_longest(old, new)


def _without(
    items: Sequence[_Item], content: Callable[[_Item], Hashable], counts: Counter[Hashable]
) -> Iterator[_Item]:
    """Yield items, except for as many of each content as are counted."""
    for item in items:
        found = content(item)
        if counts[found]:
            counts[found] -= 1
        else:
            yield item


def _site_content(item: _Item) -> Hashable:
    """Return what two sites with the same content share, whatever the order of their entities."""
    lists = _lists_of(item.value).values()
    return (
        _hashable(MICROGRID.write(item.message)),
        *(frozenset(Counter(_hashable(it.data) for it in items).items()) for items in lists),
    )


# Fields -------------------------------------------------------------------------------------------

_FieldChange: TypeAlias = tuple[Change, str, Any, Any]
"""What changed, the path, and the plain data before and after."""

_Parts: TypeAlias = dict[Hashable, tuple[str, Any]]
"""What identifies a part of some plain data -> its path, and its data."""


def _diff_data(path: str, before: Any, after: Any) -> Iterator[_FieldChange]:
    """Compare plain data; the recursion is no deeper than the format."""
    if _hashable(before) == _hashable(after):
        return
    changes: list[_FieldChange] = []
    if isinstance(before, dict) and isinstance(after, dict):
        changes = [*_diff_parts(_fields(path, before), _fields(path, after))]
    elif path in _LABELED:
        changes = [*_diff_parts(_labeled(path, before), _labeled(path, after))]
    # Lists with the same items differ in their order.
    yield from changes or [("changed", path, before, after)]


def _diff_parts(before: _Parts, after: _Parts) -> Iterator[_FieldChange]:
    for key, (path, _) in {**before, **after}.items():
        if key not in after:
            yield "removed", path, before[key][1], None
        elif key not in before:
            yield "added", path, None, after[key][1]
        else:
            yield from _diff_data(path, before[key][1], after[key][1])


def _fields(path: str, data: Mapping[Any, Any]) -> _Parts:
    return {key: (f"{path}.{key}" if path else str(key), it) for key, it in data.items()}


def _labeled(path: str, data: Any) -> _Parts:
    """Return the items of a list by label and occurrence: a label can be there several times."""
    items = data if isinstance(data, list) else [{key: it} for key, it in data.items()]
    counts: Counter[str] = Counter()
    parts: _Parts = {}
    for label, item in map(_LABELED[path], items):
        parts[label, counts[label]] = path + label, item
        counts[label] += 1
    return parts


def _time_series_entry(item: Any) -> tuple[str, Any]:
    keys = ("start_time", "active_power_w")
    fields = dict(zip(keys, item, strict=True)) if isinstance(item, list) else item
    return f"[{_text(fields.get('start_time'))}]", fields


def _participation(item: Any) -> tuple[str, Any]:
    return f"[{_text(item.get('type', 'unspecified'))}]", item


def _bounds(item: Any) -> tuple[str, Any]:
    ((metric, bounds),) = item.items()
    return f".{metric}", bounds


_LABELED: Final[Mapping[str, Callable[[Any], tuple[str, Any]]]] = {
    "time_series": _time_series_entry,
    "participations": _participation,
    "rated_bounds": _bounds,
}
"""A list within an entity -> the label of an item, which ends its path, and the item."""


def _hashable(data: Any) -> Hashable:
    """Return a value that is the same for equal plain data; a NaN equals a NaN, not -0.0 0.0."""
    if isinstance(data, dict):
        return frozenset((key, _hashable(value)) for key, value in data.items())
    if isinstance(data, list):
        return tuple(map(_hashable, data))
    return repr(data) if isinstance(data, float) else data


def _text(data: Any) -> str:
    return data if isinstance(data, str) else json.dumps(data)
