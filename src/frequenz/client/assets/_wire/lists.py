"""Lists of messages: what only shows when all of them are seen together, and with their reply."""

from bisect import bisect_left
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final, TypeAlias, TypeVar

from google.protobuf.message import Message

from .._microgrid import Microgrid
from .._time import Lifetime
from .catalogue import Fault, Rule
from .component import decode_connection
from .entities import CONNECTION, Entity
from .findings import Decoded, Faulty, decode_part
from .flat import Flat
from .microgrid import MICROGRIDS
from .time import readable_lifetime

ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")

Decoding: TypeAlias = Generator[None, None, ResultT]
"""Decodes part by part: whoever has other things to do, too, does them whenever it yields."""

PART: Final = 2000
"""How many messages are decoded without a pause, which takes some milliseconds."""


def decode_reply(entity: Entity[ItemT], reply: Any, asked: int | None = None) -> Decoded[ItemT]:
    """Decode the list in a reply at one go: see `decoding_reply`."""
    return _at_one_go(decoding_reply(entity, reply, asked))


def decoding_reply(
    entity: Entity[ItemT], reply: Any, asked: int | None = None
) -> Decoding[Decoded[ItemT]]:
    """Decode the list in a reply, given the number of what the list was asked for.

    Whatever is wrong with the reply as a whole comes before what is wrong with its items.
    """
    messages = getattr(reply, entity.list_field)
    flat: Sequence[Any] | None = None
    # By its type: a mock can say of itself that it is a message.
    if entity.bulk is not None and issubclass(type(reply), Message):
        flattening = _flattening(entity.bulk.flat, reply)
        flat = _at_one_go(flattening) if len(messages) <= PART else (yield from flattening)
    elif not hasattr(messages, "__len__"):
        messages = [*messages]
    decoded = yield from _decoding(entity, messages, flat, asked)
    if asked is not None and (faults := _faults_of_reply(reply, asked)):
        decoded.faulty.insert(0, Faulty(None, None, reply, faults))
    return decoded


def _flattening(flat: Flat, reply: Message) -> Decoding[Sequence[Any]]:
    """Return the flat messages of a reply; each step takes as long as it took to parse that."""
    yield
    data = reply.SerializeToString()
    yield
    messages = flat.in_reply(data)
    yield
    return messages


def decode_microgrid_of(reply: Any, asked: int) -> Decoded[Microgrid]:
    """Decode the one microgrid in a reply, given the number that was asked for."""
    microgrid = reply.microgrid
    decoded: Decoded[Microgrid] = Decoded([], [])
    MICROGRIDS.decode([MICROGRIDS.flat.of(microgrid)], [microgrid], decoded, 0)
    if microgrid.id in {0, asked}:
        return decoded
    fault = Rule.REPLY_FOR_ANOTHER.at("id", noun="microgrid", number=microgrid.id, asked=asked)
    return _with_more(decoded, [microgrid], {0: [fault]})


def decode_list(
    entity: Entity[ItemT], messages: Sequence[Any], owner: int | None = None
) -> Decoded[ItemT]:
    """Decode a list, given the number of what its entities belong to, where they belong to one."""
    return _at_one_go(_decoding(entity, messages, None, owner))


def _decoding(
    entity: Entity[ItemT], messages: Sequence[Any], flat: Sequence[Any] | None, owner: int | None
) -> Decoding[Decoded[ItemT]]:
    """Decode a list, given the flat messages for its messages where there are any."""
    bulk = entity.bulk
    decoded: Decoded[ItemT] = Decoded([], [])
    keys: set[Any] = set()
    owners: set[int] = set()
    for first in range(0, len(messages), PART):
        if first:
            yield
        part = messages[first : first + PART]
        before = len(decoded.items)
        if bulk is None:
            decode_part(part, entity.decode, decoded, first)
        else:
            flat_part = map(bulk.flat.of, part) if flat is None else flat[first : first + PART]
            bulk.decode([*flat_part], messages, decoded, first)
        items = decoded.items[before:]
        if entity.item_key is not None:
            keys.update(map(entity.item_key, items))
        if owner is not None and entity.owner is not None:
            owners.update(map(entity.owner.key, items))
    has_doubles = entity.item_key is not None and len(keys) < len(decoded.items)
    if not has_doubles and owners <= {owner}:
        return decoded
    more: dict[int, list[Fault]] = {}
    yield from _add_others(entity, messages, owner, more)
    yield from _add_doubles(entity, messages, more)
    return _with_more(decoded, messages, more)


def _at_one_go(decoding: Decoding[ResultT]) -> ResultT:
    """Return what comes of decoding, without a pause."""
    while True:
        try:
            next(decoding)
        except StopIteration as end:
            result: ResultT = end.value
            return result


def _add_others(
    entity: Entity[Any], messages: Sequence[Any], asked: int | None, more: dict[int, list[Fault]]
) -> Decoding[None]:
    """Find entities that belong to something else; one that does not say to what is none of it."""
    if asked is None or entity.owner is None:
        return
    noun, field = entity.owner.noun, entity.owner.field
    for index, message in enumerate(messages):
        if index and index % PART == 0:
            yield
        number = getattr(message, field)
        if number not in {0, asked}:
            fault = Rule.OTHER_OWNER.at(field, noun=noun, number=number, asked=asked)
            more.setdefault(index, []).append(fault)


def _add_doubles(
    entity: Entity[Any], messages: Sequence[Any], more: dict[int, list[Fault]]
) -> Decoding[None]:
    """Find entities that have the key of another one."""
    if entity.key is None:
        return
    by_key: dict[Any, list[int]] = {}
    for index, key in enumerate(map(entity.key, messages)):
        if index and index % PART == 0:
            yield
        by_key.setdefault(key, []).append(index)
    find = _at_once if entity is CONNECTION else _taken
    for same in by_key.values():
        for index, fault in find(entity, messages, same) if len(same) > 1 else ():
            more.setdefault(index, []).append(fault)


def _taken(
    entity: Entity[Any], messages: Sequence[Any], same: list[int]
) -> Iterator[tuple[int, Fault]]:
    """Find all entities of one id but the first; 0 is none."""
    field = entity.id_field
    number = getattr(messages[same[0]], field)
    for index in same[1:] if number else ():
        yield index, Rule.ID_TAKEN.at(field, number=number, noun=entity.noun)


def _at_once(
    entity: Entity[Any], messages: Sequence[Any], same: list[int]
) -> Iterator[tuple[int, Fault]]:
    """Find connections between the same components that overlap in time.

    One that ends when the next one starts does not: a connection may be cut and made again. A
    component's connection to itself is left out anyway.
    """
    if decode_connection(messages[same[0]], []) is None:
        return
    lifetimes = sorted(
        ((lifetime, at) for at in same if (lifetime := readable_lifetime(messages[at]))),
        key=_in_time,
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


def _in_time(lifetime_of: tuple[Lifetime, int]) -> Any:
    """Return what to sort by: the start, none of which is the earliest, then the place.

    A moment comes before what starts with it, as it is over then.
    """
    lifetime, index = lifetime_of
    start = () if lifetime.start is None else (lifetime.start,)
    lasts = lifetime.start is None or lifetime.start != lifetime.end
    return start, lasts, index


def _faults_of_reply(reply: Any, asked: int) -> tuple[Fault, ...]:
    """Find what is wrong with the number in a reply that says what its list belongs to."""
    for field in ("microgrid_id", "gridpool_id"):
        if field in reply.DESCRIPTOR.fields_by_name:
            number, noun = getattr(reply, field), field.removesuffix("_id")
            if number == asked:
                return ()
            if not number:
                return (Rule.REPLY_WITHOUT_ID.at(field, noun=noun),)
            return (Rule.REPLY_FOR_ANOTHER.at(field, noun=noun, number=number, asked=asked),)
    return ()


def _with_more(
    decoded: Decoded[ItemT], messages: Sequence[Any], more: dict[int, list[Fault]]
) -> Decoded[ItemT]:
    """Return what was decoded with more faults, given by the places of their messages."""
    known = {one.index: one for one in decoded.faulty if one.index is not None}
    left_out = [index for index, one in known.items() if one.item is None]
    for index, faults in more.items():
        if index in known:
            known[index] = replace(known[index], faults=(*known[index].faults, *faults))
        else:
            item = decoded.items[index - bisect_left(left_out, index)]
            known[index] = Faulty(index, item, messages[index], tuple(faults))
    return Decoded(decoded.items, [known[index] for index in sorted(known)])
