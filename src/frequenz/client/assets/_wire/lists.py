"""Lists of messages: what only shows when all of them are seen together, and with their reply."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property, partial
from operator import attrgetter
from typing import Any, Final, Generic, TypeAlias, TypeVar

from google.protobuf.message import DecodeError, Message

from .._microgrid import Microgrid
from .._time import Lifetime
from .catalogue import Fault, Rule
from .columns import Columns, Steps, Table, at_one_go
from .entities import CONNECTION, Entity
from .findings import Bulk, Decoded, Faulty, decode_part
from .microgrid import decode_microgrid, microgrid_replies, read_reply
from .replies import Reply
from .time import readable_lifetime

ItemT = TypeVar("ItemT")

PART: Final = 2000
"""How many messages are decoded without a pause, which takes some milliseconds."""

_SHORT: Final = 2**16
"""How many bytes of a reply are read without a pause, which takes less than a millisecond."""

_Values: TypeAlias = Callable[[str], Iterable[Any]]
"""Gives the values of a field in a part of a list."""


class _ByMessage(Generic[ItemT]):
    """A list that is decoded message by message."""

    def __init__(self, entity: Entity[ItemT], messages: Sequence[Any]) -> None:
        self.messages = messages
        self._decode = entity.decode

    def __len__(self) -> int:
        return len(self.messages)

    def values(self, first: int) -> _Values:
        """Return what gives the values of a part, given the place of the first message."""
        part = self.messages[first : first + PART]
        return lambda field: map(attrgetter(field), part)

    def decode(self, first: int, decoded: Decoded[ItemT]) -> _Values:
        """Decode a part, and return what gives its values."""
        decode_part(self.messages[first : first + PART], self._decode, decoded, first)
        return self.values(first)


class _ByColumn(Generic[ItemT]):
    """A list that is decoded from its columns; the messages are made if something is wrong."""

    def __init__(
        self, bulk: Bulk[ItemT], table: Table, messages: Callable[[], Sequence[Any]]
    ) -> None:
        self._bulk = bulk
        self._table = table
        self._make_messages = messages

    @cached_property
    def messages(self) -> Sequence[Any]:
        return self._make_messages()

    def __len__(self) -> int:
        return len(self._table)

    def values(self, first: int) -> _Values:
        """Return what gives the values of a part, given the place of the first message."""
        return self._table.part(first, PART).__getitem__

    def decode(self, first: int, decoded: Decoded[ItemT]) -> _Values:
        """Decode a part, and return what gives its values."""
        columns = self._table.part(first, PART)
        for place, item, faults in self._bulk.decode(columns.values(), decoded.items):
            index = first + place
            decoded.faulty.append(Faulty(index, item, self.messages[index], tuple(faults)))
        return columns.__getitem__


_Listed: TypeAlias = _ByMessage[ItemT] | _ByColumn[ItemT]


def decode_reply(entity: Entity[ItemT], reply: Any, asked: int | None = None) -> Decoded[ItemT]:
    """Decode the list in a reply at one go: see `decoding_reply`."""
    return at_one_go(decoding_reply(entity, reply, asked))


def decoding_reply(
    entity: Entity[ItemT], reply: Any, asked: int | None = None
) -> Steps[Decoded[ItemT]]:
    """Decode the list in a reply, given the number of what the list was asked for.

    Whatever is wrong with the reply as a whole comes before what is wrong with its items. The reply
    is a message, or a mock of one; of entities that come by the thousand, it may be a `Reply`.

    Raises:
        DecodeError: If the reply is bytes that are none.
    """
    bulk = entity.bulk
    known = reply if isinstance(reply, Reply) else None
    # By its type: a mock can say of itself that it is a message.
    if known is None and bulk is not None and issubclass(type(reply), Message):
        known = Reply.of(reply)
    if bulk is None or known is None:
        listed = _listed(entity, getattr(reply, entity.list_field))
        decoded = yield from _decoding(entity, listed, asked)
        faults = _faults_of_reply(reply, asked)
    else:
        try:
            table = yield from _reading(bulk.columns, known)
            listed = _ByColumn(bulk, table, partial(bulk.columns.messages_of, known))
            decoded = yield from _decoding(entity, listed, asked)
        except DecodeError:
            _ = known.message  # which says what it is not in words of the API
            raise
        faults = _faults_of_reply(table.reply, asked)
    if faults:
        whole = reply if known is None else known.message
        decoded.faulty.insert(0, Faulty(None, None, whole, faults))
    return decoded


def _reading(columns: Columns, reply: Reply) -> Steps[Table]:
    """Read the list of a reply, without a pause if it is short."""
    size, most = (
        (len(columns.messages_of(reply)), PART) if reply.is_message else (len(reply.data), _SHORT)
    )
    reading = columns.reading(reply)
    return at_one_go(reading) if size <= most else (yield from reading)


def decode_microgrid_of(reply: Any, asked: int) -> Decoded[Microgrid]:
    """Decode the one microgrid in a reply, given the number that was asked for.

    The reply is a message, a mock of one, or bytes.

    Raises:
        DecodeError: If the reply is bytes that are none.
    """
    faults: Sequence[Fault]
    microgrid: Microgrid | None
    if isinstance(reply, bytes):
        microgrid, faults = microgrid_replies[reply]
    elif reply.HasField("microgrid"):
        faults = []
        microgrid = decode_microgrid(reply.microgrid, faults)
    else:
        microgrid = None
    if microgrid is None:
        return Decoded([], [])
    number = microgrid.id._id
    if number not in {0, asked}:
        wrong = Rule.REPLY_FOR_ANOTHER.at("id", noun="microgrid", number=number, asked=asked)
        faults = (*faults, wrong)
    if not faults:
        return Decoded([microgrid], [])
    message = (read_reply(reply) if isinstance(reply, bytes) else reply).microgrid
    return Decoded([microgrid], [Faulty(0, microgrid, message, tuple(faults))])


def decode_list(
    entity: Entity[ItemT], messages: Iterable[Any], owner: int | None = None
) -> Decoded[ItemT]:
    """Decode a list, given the number of what its entities belong to, where they belong to one."""
    return at_one_go(_decoding(entity, _listed(entity, messages), owner))


def _listed(entity: Entity[ItemT], messages: Iterable[Any]) -> _Listed[ItemT]:
    """Return messages as a list that can be decoded."""
    known = messages if isinstance(messages, Sequence) else [*messages]
    if entity.bulk is None:
        return _ByMessage(entity, known)
    columns = entity.bulk.columns
    table = at_one_go(columns.reading(columns.reply_of(known)))
    return _ByColumn(entity.bulk, table, lambda: known)


def _decoding(
    entity: Entity[ItemT], listed: _Listed[ItemT], owner: int | None
) -> Steps[Decoded[ItemT]]:
    """Decode a list, given the number of what its entities belong to, where they belong to one."""
    decoded: Decoded[ItemT] = Decoded([], [])
    numbers: set[int] = set()
    owners: set[int] = set()
    for first in range(0, len(listed), PART):
        if first:
            yield
        values = listed.decode(first, decoded)
        if entity.key:
            numbers.update(values(entity.key[-1]))
        if owner is not None and entity.owner is not None:
            owners.update(values(entity.owner.field))
    has_doubles = bool(entity.key) and len(numbers) < len(listed)
    if has_doubles and len(entity.key) > 1:
        has_doubles = yield from _has_doubles(entity, listed)
    if not has_doubles and owners <= {0, owner}:
        return decoded
    more: dict[int, list[Fault]] = {}
    yield from _add_others(entity, listed.messages, owner, more)
    yield from _add_doubles(entity, listed.messages, more)
    return _with_more(decoded, listed.messages, more)


def _has_doubles(entity: Entity[ItemT], listed: _Listed[ItemT]) -> Steps[bool]:
    """Return whether entities that several numbers tell apart share all of them."""
    keys: set[Any] = set()
    for first in range(0, len(listed), PART):
        if first:
            yield
        keys.update(zip(*map(listed.values(first), entity.key), strict=True))
    return len(keys) < len(listed)


def _add_others(
    entity: Entity[Any], messages: Sequence[Any], asked: int | None, more: dict[int, list[Fault]]
) -> Steps[None]:
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
) -> Steps[None]:
    """Find entities that have the key of another one."""
    if not entity.key:
        return
    by_key: dict[Any, list[int]] = {}
    for index, key in enumerate(map(attrgetter(*entity.key), messages)):
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
    source, destination = attrgetter(*entity.key)(messages[same[0]])
    if source == destination:
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


def _faults_of_reply(reply: Any, asked: int | None) -> tuple[Fault, ...]:
    """Find what is wrong with the number in a reply that says what its list belongs to."""
    if asked is None:
        return ()
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
