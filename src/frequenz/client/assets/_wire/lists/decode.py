"""Lists of messages: what only shows when all of them are seen together, and with their reply."""

from bisect import bisect_left
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from operator import attrgetter
from typing import Any, Final, Generic, TypeAlias, TypeVar

from google.protobuf.message import DecodeError, Message

from ..._model.microgrid import Microgrid
from ..._model.time import Lifetime
from ...findings._rules import Fault, Rule
from ..entities import CONNECTION, Entity
from ..microgrid import decode_microgrid, microgrid_replies, read_reply
from ..reply import Reply
from ..time import readable_lifetime
from .items import Bulk, Decoded, Faulty, decode_part

ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")

Steps: TypeAlias = Generator[None, None, ResultT]
"""Gives a result in the end: whoever has other things to do, too, does them whenever it yields."""

PART: Final = 2000
"""After how many messages there is a pause, when their part is decoded: some milliseconds."""


class _MessagePart(Generic[ItemT]):
    """Some messages of a list, which are decoded one by one."""

    def __init__(self, entity: Entity[ItemT], messages: Sequence[Any]) -> None:
        self._entity = entity
        self._messages = messages

    def __len__(self) -> int:
        return len(self._messages)

    def decode(self, first: int, decoded: Decoded[ItemT]) -> None:
        """Decode the part, given the place of its first message in the list."""
        decode_part(self._messages, self._entity.decode, decoded, first)

    def values(self, field: str) -> Iterable[Any]:
        """Return the values of a field."""
        return map(attrgetter(field), self._messages)


class _ByMessage(Generic[ItemT]):
    """A list that is decoded message by message."""

    def __init__(self, entity: Entity[ItemT], messages: Sequence[Any]) -> None:
        self.messages = messages
        self._entity = entity

    def parts(self) -> Iterator[_MessagePart[ItemT]]:
        """Yield the parts of the list."""
        for first in range(0, len(self.messages), PART):
            yield _MessagePart(self._entity, self.messages[first : first + PART])


class _ColumnPart(Generic[ItemT]):
    """Some messages of a list, which are decoded from their columns."""

    def __init__(self, listed: "_ByColumn[ItemT]", columns: Mapping[str, Sequence[Any]]) -> None:
        self._listed = listed
        self._columns = columns

    def __len__(self) -> int:
        return len(next(iter(self._columns.values())))

    def decode(self, first: int, decoded: Decoded[ItemT]) -> None:
        """Decode the part, given the place of its first message in the list."""
        for place, item, faults in self._listed.bulk.decode(self._columns.values(), decoded.items):
            index = first + place
            message = self._listed.messages[index]
            decoded.faulty.append(Faulty(index, item, message, tuple(faults)))

    def values(self, field: str) -> Iterable[Any]:
        """Return the values of a field."""
        return self._columns[field]


class _ByColumn(Generic[ItemT]):
    """A list that is decoded from its columns; messages are made only if something is wrong."""

    def __init__(
        self, bulk: Bulk[ItemT], reply: Reply, messages: Sequence[Any] | None = None
    ) -> None:
        """Make the list of a reply, given its messages where there are others than its own."""
        self.bulk = bulk
        self.head: Any = None
        """What says for whom the list is: the reply without it, or a flat one."""

        self._spans: Sequence[slice] | None = None
        if (cut := bulk.columns.cut(reply)) is not None:
            self.head, self._spans = cut
        self._reply = reply
        self._messages = messages

    @cached_property
    def messages(self) -> Sequence[Any]:
        """The messages."""
        if self._messages is not None:
            return self._messages
        return self.bulk.columns.messages_of(self._reply)

    def parts(self) -> Iterator[_ColumnPart[ItemT]]:
        """Yield the parts of the list."""
        spans = self._spans
        for reply in [self._reply] if spans is None else map(self._reply.part, spans):
            table = self.bulk.columns.table(reply)
            if self.head is None:
                self.head = table.reply
            for first in range(0, len(table), PART):
                yield _ColumnPart(self, table.part(first, PART))


_Listed: TypeAlias = _ByMessage[ItemT] | _ByColumn[ItemT]


def at_one_go(steps: Steps[ResultT]) -> ResultT:
    """Return the result, without a pause on the way."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: ResultT = end.value
            return result


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
        if len(getattr(reply, entity.list_field)) > PART:
            yield
            _ = known.data  # it takes about as long to write a reply as to parse it
            yield
    if bulk is None or known is None:
        listed = _listed(entity, getattr(reply, entity.list_field))
        decoded = yield from _decoding(entity, listed, asked)
        faults = _faults_of_reply(reply, asked)
    else:
        try:
            by_column = _ByColumn(bulk, known)
            decoded = yield from _decoding(entity, by_column, asked)
        except DecodeError:
            _ = known.message  # which says what it is not in words of the API
            raise
        faults = _faults_of_reply(by_column.head, asked)
    if faults:
        whole = reply if known is None else known.message
        decoded.faulty.insert(0, Faulty(None, None, whole, faults))
    return decoded


def decode_microgrid_of(
    reply: Any, asked: int
) -> tuple[Microgrid | None, Faulty[Microgrid] | None]:
    """Return the one microgrid in a reply, if there is one, and what is wrong with it.

    The reply to what was asked for by a number is a message, a mock of one, or bytes.

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
        microgrid, faults = None, ()
    if microgrid is None:
        return None, None
    number = microgrid.id._id
    if number not in {0, asked}:
        wrong = Rule.REPLY_FOR_ANOTHER.at("id", noun="microgrid", number=number, asked=asked)
        faults = (*faults, wrong)
    if not faults:
        return microgrid, None
    message = (read_reply(reply) if isinstance(reply, bytes) else reply).microgrid
    return microgrid, Faulty(0, microgrid, message, tuple(faults))


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
    return _ByColumn(entity.bulk, entity.bulk.columns.reply_of(known), known)


def _decoding(
    entity: Entity[ItemT], listed: _Listed[ItemT], owner: int | None
) -> Steps[Decoded[ItemT]]:
    """Decode a list, given the number of what its entities belong to, where they belong to one."""
    decoded: Decoded[ItemT] = Decoded([], [])
    numbers: set[int] = set()
    owners: set[int] = set()
    count = paused = 0
    for part in listed.parts():
        if count - paused >= PART:
            yield
            paused = count
        part.decode(count, decoded)
        count += len(part)
        if entity.key:
            # Mostly, the last of several numbers is enough to tell entities apart: it is rare that
            # two connections lead to one component. To compare pairs takes as many objects again.
            numbers.update(part.values(entity.key[-1]))
        if owner is not None and entity.owner is not None:
            owners.update(part.values(entity.owner.field))
    has_doubles = bool(entity.key) and len(numbers) < count
    if has_doubles and len(entity.key) > 1:
        has_doubles = yield from _has_doubles(entity, listed, count)
    if not has_doubles and owners <= {0, owner}:
        return decoded
    more: dict[int, list[Fault]] = {}
    yield from _add_others(entity, listed.messages, owner, more)
    yield from _add_doubles(entity, listed.messages, more)
    return _with_more(decoded, listed.messages, more)


def _has_doubles(entity: Entity[ItemT], listed: _Listed[ItemT], count: int) -> Steps[bool]:
    """Return whether some of so many entities share all numbers that tell them apart."""
    keys: set[Any] = set()
    for part in listed.parts():
        if keys:
            yield
        keys.update(zip(*map(part.values, entity.key), strict=True))
    return len(keys) < count


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
    known = {one.place: one for one in decoded.faulty if one.place is not None}
    left_out = [index for index, one in known.items() if one.item is None]
    for index, faults in more.items():
        if index in known:
            known[index] = known[index]._replace(faults=(*known[index].faults, *faults))
        else:
            item = decoded.items[index - bisect_left(left_out, index)]
            known[index] = Faulty(index, item, messages[index], tuple(faults))
    return Decoded(decoded.items, [known[index] for index in sorted(known)])
