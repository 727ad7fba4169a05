"""What differs between two inventories, or two sites, field by field.

Data is compared as an inventory file writes it: a NaN equals a NaN. The order of entities does not
matter; that of what is within them does.
"""

import json
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
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


class Origin(NamedTuple):
    """Which entity a difference is about, where several have the same name."""

    site: int
    """How many sites with the same microgrid ID come before its site."""

    key: Hashable
    """What identifies it, by `KEYS`."""

    occurrence: int
    """How many entities with this key come before it; of an added one, how many there are."""


class _HasOrigin:
    """Remembers which of several entities is meant; not a field, so that it is not shown.

    Differences that were pickled, or made in another way than by `diff`, do not have it.
    """

    __slots__ = ("_origin",)

    _origin: Origin


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Difference(_HasOrigin, ShownAsRow):
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

    site: int = 0
    """How many sites with the same microgrid ID come before its site."""

    @property
    def data(self) -> Any:
        """The entity as plain data."""
        return self.codec.write(self.value)


class _Pair(NamedTuple):
    """What to compare; None if it is missing."""

    old: _Item | None
    new: _Item | None
    key: Hashable
    occurrence: int
    """How many old items with this key come before the old one, or exist if there is none."""


def _diff_inventories(before: Inventory, after: Inventory) -> Iterator[Difference]:
    pairs = _pairs(_sites(before), _sites(after), lambda message: message.id, _site_content)
    for pair in pairs:
        if pair.old is not None and pair.new is not None:
            yield from _diff_sites(pair.old.value, pair.new.value, pair.occurrence)
        else:
            yield _added_or_removed(pair)
    for key, codec in MARKET.codecs.items():
        yield from _diff_lists(key, _items(before, key, codec), _items(after, key, codec))


def _diff_sites(before: Site, after: Site, index: int = 0) -> Iterator[Difference]:
    number = before.microgrid.id
    old, new = (
        _Item(it.microgrid, it.microgrid, MICROGRID, number, index) for it in (before, after)
    )
    yield from _diff_items(old, new, Origin(index, number, 0))
    lists_after = _lists_of(after, index)
    for key, items in _lists_of(before, index).items():
        yield from _diff_lists(key, items, lists_after[key])


def _sites(inventory: Inventory) -> list[_Item]:
    return [_Item(it.microgrid, it, SITE, it.microgrid.id) for it in inventory.sites]


def codecs_of_site(microgrid_id: int) -> dict[str, Codec]:
    """Return the codecs of what a site lists, which write all entities as mappings."""
    return {**lists_of_site(microgrid_id).codecs, "connections": CONNECTION.message}


def _lists_of(site: Site, index: int = 0) -> dict[str, list[_Item]]:
    number = site.microgrid.id
    codecs = codecs_of_site(number)
    return {key: _items(site, key, codec, number, index) for key, codec in codecs.items()}


def _items(
    owner: Inventory | Site,
    key: str,
    codec: Codec,
    microgrid_id: int | None = None,
    site: int = 0,
) -> list[_Item]:
    return [_Item(message, message, codec, microgrid_id, site) for message in getattr(owner, key)]


def _diff_lists(key: str, before: Sequence[_Item], after: Sequence[_Item]) -> Iterator[Difference]:
    """Compare two lists of entities of one kind."""
    for pair in _pairs(before, after, KEYS[key], lambda item: hashable(item.data)):
        old, new = pair.old, pair.new
        if old is None or new is None:
            yield _added_or_removed(pair)
        # Comparing bytes is faster than comparing plain data.
        elif (
            old.microgrid_id != new.microgrid_id
            or old.message.SerializeToString() != new.message.SerializeToString()
        ):
            yield from _diff_items(old, new, Origin(old.site, pair.key, pair.occurrence))


def _diff_items(old: _Item, new: _Item, origin: Origin) -> Iterator[Difference]:
    entity = name_of(old.message)
    for change, path, before, after in _diff_data("", old.data, new.data):
        found = Difference(change, old.microgrid_id, entity, path, before, after)
        yield _with_origin(found, origin)


def _added_or_removed(pair: _Pair) -> Difference:
    item = pair.old or pair.new
    assert item is not None
    found = (
        Difference("added", item.microgrid_id, name_of(item.message), "", None, item.data)
        if pair.old is None
        else Difference("removed", item.microgrid_id, name_of(item.message), "", item.data, None)
    )
    return _with_origin(found, Origin(item.site, pair.key, pair.occurrence))


def _with_origin(difference: Difference, origin: Origin) -> Difference:
    object.__setattr__(difference, "_origin", origin)
    return difference


def origin_of(difference: Difference) -> Origin | None:
    """Return which of several entities is meant, as far as a difference remembers it."""
    origin: Origin | None = getattr(difference, "_origin", None)
    return origin


def _pairs(
    before: Sequence[_Item],
    after: Sequence[_Item],
    key: Callable[[Any], Hashable],
    content: Callable[[_Item], Hashable],
) -> Iterator[_Pair]:
    """Match items whose messages have the same key, those with the same content first."""
    groups: dict[Hashable, tuple[list[_Item], list[_Item]]] = {}
    for number, items in enumerate((before, after)):
        for item in items:
            groups.setdefault(key(item.message), ([], []))[number].append(item)
    for found, (old, new) in groups.items():
        left: list[Iterable[int]] = [range(len(old)), range(len(new))]
        if len(old) > 1 or len(new) > 1:
            common = Counter(map(content, old)) & Counter(map(content, new))
            left = [_without(it, content, Counter(common)) for it in (old, new)]
        for i, j in zip_longest(*left):
            yield _Pair(
                None if i is None else old[i],
                None if j is None else new[j],
                found,
                len(old) if i is None else i,
            )


def _without(
    items: Sequence[_Item], content: Callable[[_Item], Hashable], counts: Counter[Hashable]
) -> Iterator[int]:
    """Yield the indices of items, except for as many of each content as are counted."""
    for index, item in enumerate(items):
        found = content(item)
        if counts[found]:
            counts[found] -= 1
        else:
            yield index


def _site_content(item: _Item) -> Hashable:
    """Return what two sites with the same content share, whatever the order of their entities."""
    lists = _lists_of(item.value).values()
    return (
        hashable(MICROGRID.write(item.message)),
        *(frozenset(Counter(hashable(it.data) for it in items).items()) for items in lists),
    )


# Fields -------------------------------------------------------------------------------------------

_FieldChange: TypeAlias = tuple[Change, str, Any, Any]
"""What changed, the path, and the plain data before and after."""

Parts: TypeAlias = dict[str, Any]
"""A part of some plain data by what its path ends in."""


def _diff_data(path: str, before: Any, after: Any) -> Iterator[_FieldChange]:
    """Compare plain data; the recursion is no deeper than the format."""
    if hashable(before) == hashable(after):
        return
    changes: list[_FieldChange] = []
    old, new = parts_of(path, before), parts_of(path, after)
    if old is not None and new is not None and _are_in_order(path, old, new):
        changes = [*_diff_parts(path, old, new)]
    yield from changes or [("changed", path, before, after)]


def _diff_parts(path: str, before: Parts, after: Parts) -> Iterator[_FieldChange]:
    for key in {**before, **after}:
        part = path_of(path, key)
        if key not in after:
            yield "removed", part, before[key], None
        elif key not in before:
            yield "added", part, None, after[key]
        else:
            yield from _diff_data(part, before[key], after[key])


def path_of(path: str, key: str) -> str:
    """Return the path of a part, given that of the whole."""
    return f"{path}.{key}" if path and not key.startswith("[") else f"{path}{key}"


def parts_of(path: str, data: Any) -> Parts | None:
    """Return the parts of plain data, or None if it is one value.

    That is also a list in which a label is there several times.
    """
    if isinstance(data, dict):
        return {str(key): value for key, value in data.items()}
    if path not in _LABELED or not isinstance(data, list):
        return None
    parts = dict(map(_LABELED[path], data))
    return parts if len(parts) == len(data) else None


def joined(path: str, before: Parts, after: Parts) -> Any:
    """Return plain data of some parts, those of a list in the order that it had before."""
    if path not in _LABELED:
        return after
    return [after[label] for label in _labels(path, before, after)]


def _labels(path: str, before: Parts, after: Parts) -> list[str]:
    """Return the labels of a list: those that it had in their order, then the new ones.

    New entries of a time series go to their place in time.
    """
    old = [*before]
    labels = [*(it for it in old if it in after), *(it for it in after if it not in before)]
    return sorted(labels) if path == "time_series" and old == sorted(old) else labels


def _are_in_order(path: str, before: Parts, after: Parts) -> bool:
    """Return whether changes of the parts of a list, in either direction, also say their order."""
    return path not in _LABELED or (
        _labels(path, before, after) == [*after] and _labels(path, after, before) == [*before]
    )


def _time_series_entry(item: Any) -> tuple[str, Any]:
    keys = ("start_time", "active_power_w")
    fields = dict(zip(keys, item, strict=True)) if isinstance(item, list) else item
    return f"[{_text(fields.get('start_time'))}]", fields


def _participation(item: Any) -> tuple[str, Any]:
    return f"[{_text(item.get('type', 'unspecified'))}]", item


_LABELED: Final[Mapping[str, Callable[[Any], tuple[str, Any]]]] = {
    "time_series": _time_series_entry,
    "participations": _participation,
}
"""A list within an entity -> the label of an item, which ends its path, and the item."""


def hashable(data: Any) -> Hashable:
    """Return a value that is the same for equal plain data; a NaN equals a NaN, not -0.0 0.0."""
    if isinstance(data, dict):
        return frozenset((key, hashable(value)) for key, value in data.items())
    if isinstance(data, list):
        return tuple(map(hashable, data))
    return repr(data) if isinstance(data, float) else data


def _text(data: Any) -> str:
    return data if isinstance(data, str) else json.dumps(data)
