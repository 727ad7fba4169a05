"""What differs between two inventories, or two sites, field by field.

Everything is compared as an inventory file writes it: a NaN equals a NaN there. The order of
entities says nothing; that of what is within them does.
"""

import json
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Final, Literal, NamedTuple, TypeAlias, TypeVar

from .._wire.names import entity_name
from ._format import CONNECTION, MARKET, MICROGRID, SITE, lists_of_site
from ._inventory import Inventory, Site

ItemT = TypeVar("ItemT")

Change: TypeAlias = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Difference:
    """One thing in which two inventories differ: an entity, or a field of one."""

    change: Change
    microgrid_id: int | None
    """The microgrid of the site that lists the entity; None where no site does."""

    entity: str
    """The kind and the number of the entity, such as `component 17`."""

    path: str
    """The field, by the keys of an inventory file: `location.latitude`; empty = the entity."""

    before: Any
    """What the first inventory has, as plain data; None where it has nothing."""

    after: Any
    """What the second inventory has, as plain data; None where it has nothing."""

    def __str__(self) -> str:
        is_part = self.microgrid_id is not None and not self.entity.startswith("microgrid")
        entity = f"microgrid {self.microgrid_id}: {self.entity}" if is_part else self.entity
        if not self.path:
            return f"{self.change}: {entity}"
        values = [
            json.dumps(value, ensure_ascii=False)
            for value, missing in ((self.before, "added"), (self.after, "removed"))
            if self.change != missing
        ]
        return f"{self.change}: {entity}: {self.path}: {' -> '.join(values)}"


def diff(before: Inventory, after: Inventory) -> list[Difference]:
    """Return in what an inventory differs from another one, in the order of the first one.

    Entities with the same id, or the same ends, are compared with each other; where there are
    several, equal ones first, then the others in their order.
    """
    return [*_of_inventories(before, after)]


def diff_sites(before: Site, after: Site) -> list[Difference]:
    """Return in what a site differs from another one, whatever their ids are.

    That the ids differ is one difference; that components and sensors belong to them is none.
    """
    return [*_of_sites(before, after)]


# Entities -----------------------------------------------------------------------------------------


def _relation_key(message: Any) -> Hashable:
    location = message.market_location_ref
    return (
        message.gridpool_id if message.HasField("gridpool_id") else None,
        message.microgrid_id if message.HasField("microgrid_id") else None,
        location.market_area,
        location.market_location_id.id.value,
        location.market_location_id.type,
    )


_KEYS: Final[Mapping[str, Callable[[Any], Hashable]]] = {
    "components": lambda component: component.id,
    "connections": lambda connection: (
        connection.source_electrical_component_id,
        connection.destination_electrical_component_id,
    ),
    "sensors": lambda sensor: sensor.id,
    "gridpools": lambda gridpool: gridpool.id,
    "energy_schedules": lambda schedule: (schedule.gridpool_id, schedule.schedule_id),
    "market_topology": _relation_key,
}
"""A list of entities in a file -> what says which of them is which."""


class _Side(NamedTuple):
    """How things of one kind are seen in one of the inventories."""

    write: Callable[[Any], Any]
    """Returns one as plain data."""

    owner: Callable[[Any], int | None]
    """Returns the microgrid of the site that lists it."""

    message: Callable[[Any], Any] = lambda held: held
    """Returns the message that describes it."""

    def alone(self, held: Any, change: Change) -> Difference:
        """Return that something is on this side only."""
        plain = self.write(held)
        before, after = (None, plain) if change == "added" else (plain, None)
        return Difference(
            change, self.owner(held), entity_name(self.message(held)), "", before, after
        )


_SITES: Final = _Side(SITE.write, lambda site: site.microgrid.id, lambda site: site.microgrid)


def _of_inventories(before: Inventory, after: Inventory) -> Iterator[Difference]:
    pairs = _pairs(
        before.sites, after.sites, lambda site: site.microgrid.id, _exact_site, _exact_site
    )
    for old, new in pairs:
        if old is not None and new is not None:
            yield from _of_sites(old, new)
        elif old is not None:
            yield _SITES.alone(old, "removed")
        else:
            yield _SITES.alone(new, "added")
    for name, shape in MARKET.codecs.items():
        side = _Side(shape.write, lambda _: None)
        yield from _of_lists(name, getattr(before, name), side, getattr(after, name), side)


def _of_sites(before: Site, after: Site) -> Iterator[Difference]:
    number = before.microgrid.id
    yield from _of_fields(
        _Entity(number, entity_name(before.microgrid)),
        "",
        MICROGRID.write(before.microgrid),
        MICROGRID.write(after.microgrid),
    )
    sides_before, sides_after = _sides_of(before), _sides_of(after)
    for name, side in sides_before.items():
        old, new = getattr(before, name), getattr(after, name)
        yield from _of_lists(name, old, side, new, sides_after[name])


def _sides_of(site: Site) -> dict[str, _Side]:
    """Return how the lists of a site are seen in it."""
    number = site.microgrid.id
    shapes = {**lists_of_site(number).codecs, "connections": CONNECTION.message}
    return {name: _Side(shape.write, lambda _: number) for name, shape in shapes.items()}


def _of_lists(
    name: str, before: Sequence[Any], side: _Side, after: Sequence[Any], other: _Side
) -> Iterator[Difference]:
    """Compare two lists of the same kind of entities."""
    pairs = _pairs(
        before,
        after,
        _KEYS[name],
        lambda message: _exact(side.write(message)),
        lambda message: _exact(other.write(message)),
    )
    for old, new in pairs:
        if old is not None and new is not None:
            # Of most entities their bytes say, faster than plain data, that they are the same.
            owner = side.owner(old)
            if owner != other.owner(new) or old.SerializeToString() != new.SerializeToString():
                entity = _Entity(owner, entity_name(old))
                yield from _of_fields(entity, "", side.write(old), other.write(new))
        elif old is not None:
            yield side.alone(old, "removed")
        else:
            yield other.alone(new, "added")


def _pairs(
    before: Sequence[ItemT],
    after: Sequence[ItemT],
    key: Callable[[ItemT], Hashable],
    exact: Callable[[ItemT], Hashable],
    other_exact: Callable[[ItemT], Hashable],
) -> Iterator[tuple[ItemT | None, ItemT | None]]:
    """Yield what is to be compared with what; None stands for what is not there."""
    groups: dict[Hashable, tuple[list[ItemT], list[ItemT]]] = {}
    for place, items in enumerate((before, after)):
        for item in items:
            groups.setdefault(key(item), ([], []))[place].append(item)
    for old, new in groups.values():
        if len(old) == len(new) == 1:
            yield old[0], new[0]
        elif old and new:
            common = Counter(map(exact, old)) & Counter(map(other_exact, new))
            yield from zip_longest(
                _without(old, exact, Counter(common)), _without(new, other_exact, common)
            )
        else:
            yield from zip_longest(old, new)


def _without(
    items: Sequence[ItemT], exact: Callable[[ItemT], Hashable], leave_out: Counter[Hashable]
) -> Iterator[ItemT]:
    """Yield items but for as many of each as are to be left out."""
    for item in items:
        found = exact(item)
        if leave_out[found]:
            leave_out[found] -= 1
        else:
            yield item


def _exact_site(site: Site) -> Hashable:
    """Return what equal sites have in common, whatever the order of their entities is."""
    return (
        _exact(MICROGRID.write(site.microgrid)),
        *(
            frozenset(Counter(_exact(side.write(it)) for it in getattr(site, name)).items())
            for name, side in _sides_of(site).items()
        ),
    )


# Fields -------------------------------------------------------------------------------------------


class _Entity(NamedTuple):
    """What a field is a field of."""

    microgrid_id: int | None
    name: str

    def differs(self, change: Change, path: str, before: Any, after: Any) -> Difference:
        """Return that a field differs."""
        return Difference(change, self.microgrid_id, self.name, path, before, after)


def _entry(item: Any) -> tuple[str, Any]:
    """Return the label and the fields of an entry of a time series."""
    fields = dict(zip(_ENTRY_KEYS, item, strict=True)) if isinstance(item, list) else item
    return f"[{_text(fields.get('start_time'))}]", fields


_ENTRY_KEYS: Final = ("start_time", "active_power_w")


def _participation(item: Any) -> tuple[str, Any]:
    return f"[{_text(item.get('type', 'unspecified'))}]", item


def _bounds(item: Any) -> tuple[str, Any]:
    ((metric, bounds),) = item.items()
    return f".{metric}", bounds


_LABELED: Final[Mapping[str, Callable[[Any], tuple[str, Any]]]] = {
    "time_series": _entry,
    "participations": _participation,
    "rated_bounds": _bounds,
}
"""The key of a list within an entity -> what returns the end of an item's path, and the item."""


_Parts: TypeAlias = dict[Hashable, tuple[str, Any]]
"""What says which part is which -> its path, and its plain data."""


def _of_fields(entity: _Entity, path: str, before: Any, after: Any) -> Iterator[Difference]:
    """Compare plain data that is on both sides; it is nested no deeper than the format is."""
    if _exact(before) == _exact(after):
        return
    found: list[Difference] = []
    if isinstance(before, dict) and isinstance(after, dict):
        found = [*_of_parts(entity, _fields_of(path, before), _fields_of(path, after))]
    elif path in _LABELED:
        found = [*_of_parts(entity, _items_of(path, before), _items_of(path, after))]
    # Lists of the same items differ in their order.
    yield from found or [entity.differs("changed", path, before, after)]


def _of_parts(entity: _Entity, before: _Parts, after: _Parts) -> Iterator[Difference]:
    for key, (path, _) in {**before, **after}.items():
        if key not in after:
            yield entity.differs("removed", path, before[key][1], None)
        elif key not in before:
            yield entity.differs("added", path, None, after[key][1])
        else:
            yield from _of_fields(entity, path, before[key][1], after[key][1])


def _fields_of(path: str, plain: Mapping[Any, Any]) -> _Parts:
    return {key: (f"{path}.{key}" if path else str(key), it) for key, it in plain.items()}


def _items_of(path: str, plain: Any) -> _Parts:
    """Return the items of a list by their labels; those with the same one are counted."""
    items = plain if isinstance(plain, list) else [{key: it} for key, it in plain.items()]
    counts: Counter[str] = Counter()
    parts: _Parts = {}
    for label, item in map(_LABELED[path], items):
        parts[label, counts[label]] = path + label, item
        counts[label] += 1
    return parts


def _exact(plain: Any) -> Hashable:
    """Return what equal plain data has in common; a NaN equals a NaN, but -0.0 no 0.0."""
    if isinstance(plain, dict):
        return frozenset((key, _exact(value)) for key, value in plain.items())
    if isinstance(plain, list):
        return tuple(map(_exact, plain))
    return repr(plain) if isinstance(plain, float) else plain


def _text(plain: Any) -> str:
    return plain if isinstance(plain, str) else json.dumps(plain)
