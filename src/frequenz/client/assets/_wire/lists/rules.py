"""The rules across the items of a list, and for the reply that holds it."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import Any, Generic, TypeAlias, TypeVar

from ..._model.time import Lifetime
from ...findings._faulty import FaultyItem
from ...findings._rules import Fault, Rule
from ..entities import Entity
from ..time import lifetime_or_none
from . import parts
from .parts import Decoded, EntityList, Part
from .steps import Steps

ItemT = TypeVar("ItemT")

FaultsByIndex: TypeAlias = dict[int, list[Fault]]


def reply_faults(reply: Any, asked_id: int | None) -> tuple[Fault, ...]:
    """Return what is wrong with the ID in a reply that names the owner of its list."""
    if asked_id is None:
        return ()
    for field in ("microgrid_id", "gridpool_id"):
        if field in reply.DESCRIPTOR.fields_by_name:
            number, noun = getattr(reply, field), field.removesuffix("_id")
            if number == asked_id:
                return ()
            if not number:
                return (Rule.REPLY_WITHOUT_ID.at(field, noun=noun),)
            return (Rule.REPLY_FOR_ANOTHER.at(field, noun=noun, number=number, asked=asked_id),)
    return ()


class ItemRules(Generic[ItemT]):
    """Checks the rules across items: unique keys, and the same owner for all.

    It gets the parts of the list one by one, so that a list without faults costs little.
    """

    def __init__(self, entity: Entity[ItemT], owner_id: int | None) -> None:
        """Check a list of entities, given the ID of their owner if they have one."""
        self._entity = entity
        self._owner_id = owner_id
        self._count = 0
        self._last_keys: set[int] = set()
        """The last of the numbers in each key.

        Mostly that is enough to tell entities apart: it is rare that two connections lead to one
        component. Comparing whole keys takes as many objects again.
        """
        self._owners: set[int] = set()

    def add(self, part: Part[ItemT]) -> None:
        """Add the next part of the list."""
        self._count += len(part)
        if self._entity.key:
            self._last_keys.update(part.values(self._entity.key[-1]))
        if self._owner_id is not None and self._entity.owner is not None:
            self._owners.update(part.values(self._entity.owner.field))

    def check(self, listed: EntityList[ItemT], decoded: Decoded[ItemT]) -> Steps[Decoded[ItemT]]:
        """Return the list with the faults across its items, after the last part was added."""
        has_duplicates = bool(self._entity.key) and len(self._last_keys) < self._count
        if has_duplicates and len(self._entity.key) > 1:
            has_duplicates = yield from self._has_duplicates(listed)
        if not has_duplicates and self._owners <= {0, self._owner_id}:
            return decoded
        found: FaultsByIndex = {}
        yield from self._find_foreign(listed.messages, found)
        yield from self._find_duplicates(listed.messages, found)
        return _with_faults(self._entity, decoded, listed.messages, found)

    def _has_duplicates(self, listed: EntityList[ItemT]) -> Steps[bool]:
        keys: set[Any] = set()
        for part in listed.parts():
            if keys:
                yield
            keys.update(zip(*map(part.values, self._entity.key), strict=True))
        return len(keys) < self._count

    def _find_foreign(self, messages: Sequence[Any], found: FaultsByIndex) -> Steps[None]:
        """Find entities of another owner; one without any is not among them."""
        if self._owner_id is None or self._entity.owner is None:
            return
        noun, field = self._entity.owner
        for index, message in enumerate(messages):
            if index and index % parts.PART == 0:
                yield
            number = getattr(message, field)
            if number not in {0, self._owner_id}:
                fault = Rule.OTHER_OWNER.at(field, noun=noun, number=number, asked=self._owner_id)
                found.setdefault(index, []).append(fault)

    def _find_duplicates(self, messages: Sequence[Any], found: FaultsByIndex) -> Steps[None]:
        """Find entities with the key of another one."""
        if not self._entity.key:
            return
        by_key: dict[Any, list[int]] = {}
        for index, key in enumerate(map(attrgetter(*self._entity.key), messages)):
            if index and index % parts.PART == 0:
                yield
            by_key.setdefault(key, []).append(index)
        find = _overlapping_in_time if self._entity.recurs_in_time else _duplicate_ids
        for same in by_key.values():
            for index, fault in find(self._entity, messages, same) if len(same) > 1 else ():
                found.setdefault(index, []).append(fault)


def _duplicate_ids(
    entity: Entity[Any], messages: Sequence[Any], same: list[int]
) -> Iterator[tuple[int, Fault]]:
    """Find all entities with one ID but the first; 0 is not an ID."""
    number = getattr(messages[same[0]], entity.id_field)
    for index in same[1:] if number else ():
        yield index, Rule.ID_TAKEN.at(entity.id_field, number=number, noun=entity.noun)


def _overlapping_in_time(
    entity: Entity[Any], messages: Sequence[Any], same: list[int]
) -> Iterator[tuple[int, Fault]]:
    """Find connections between the same components that overlap in time.

    A connection may end when the next one starts. One from a component to itself is ignored anyway.
    """
    source, destination = attrgetter(*entity.key)(messages[same[0]])
    if source == destination:
        return
    lifetimes = sorted(
        ((lifetime, at) for at in same if (lifetime := lifetime_or_none(messages[at]))),
        key=_start,
    )
    if not lifetimes:
        return
    before, _ = lifetimes[0]
    end = before.end
    for lifetime, index in lifetimes[1:]:
        start = lifetime.start
        if lifetime == before or end is None or start is None or start < end:
            yield index, Rule.CONNECTION_TWICE.at("destination")
        before = lifetime
        if end is not None:
            end = None if lifetime.end is None else max(end, lifetime.end)


def _start(lifetime_at: tuple[Lifetime, int]) -> Any:
    """Return the sort key: the start (none comes first), then the index.

    A lifetime of a single moment comes before what starts at that moment.
    """
    lifetime, index = lifetime_at
    start = () if lifetime.start is None else (lifetime.start,)
    lasts = lifetime.start is None or lifetime.start != lifetime.end
    return start, lasts, index


def _with_faults(
    entity: Entity[ItemT], decoded: Decoded[ItemT], messages: Sequence[Any], found: FaultsByIndex
) -> Decoded[ItemT]:
    """Return a decoded list with more faults, by the indices of their messages."""
    known = {one.list_index: one for one in decoded.faulty if one.list_index is not None}
    ignored = [index for index, one in known.items() if one.item is None]
    for index, faults in found.items():
        if index in known:
            known[index] = known[index]._replace(faults=(*known[index].faults, *faults))
        else:
            item = decoded.items[index - bisect_left(ignored, index)]
            known[index] = FaultyItem(entity, index, item, messages[index], tuple(faults))
    return Decoded(decoded.items, [known[index] for index in sorted(known)])
