"""The parts of a list, which are decoded one after another, by column or message by message."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from operator import attrgetter
from typing import Any, Final, Generic, NamedTuple, Protocol, TypeVar

from ...findings._faulty import FaultyItem
from ...findings._rules import Fault
from ..entities import Entity
from ..fast import ColumnDecoder
from ..reply import Reply

ItemT = TypeVar("ItemT")

PART: Final = 2000
"""How many messages a part has at most; decoding them takes a few milliseconds."""


class Decoded(NamedTuple, Generic[ItemT]):
    """A list of messages as objects."""

    items: list[ItemT]
    """Every object that could be read, including faulty ones, in the messages' order."""

    faulty: list[FaultyItem[ItemT]]
    """What is wrong, in the same order; first the reply itself, if anything is wrong with it."""


class Part(Protocol[ItemT]):
    """Some successive messages of a list."""

    def __len__(self) -> int:
        """Return how many messages there are."""

    def decode(self, first: int, decoded: Decoded[ItemT]) -> None:
        """Add their objects and faults, given the index of the first one in the list."""

    def values(self, field: str) -> Iterable[Any]:
        """Return the values of a field."""


class EntityList(Protocol[ItemT]):
    """A list that can be decoded part by part."""

    @property
    def messages(self) -> Sequence[Any]:
        """The messages."""

    @property
    def head(self) -> Any:
        """The reply, perhaps without its list; set once there was a part, None without a reply."""

    def parts(self) -> Iterator[Part[ItemT]]:
        """Yield the parts in their order."""


def list_in_reply(entity: Entity[ItemT], reply: Reply) -> EntityList[ItemT]:
    """Return the list in a reply.

    Raises:
        DecodeError: If the reply is invalid, which may also show later.
    """
    if entity.columns is None:
        return _MessageList(entity, reply.message, getattr(reply.message, entity.list_field))
    return _ColumnList(entity, entity.columns, reply)


def list_of_messages(entity: Entity[ItemT], messages: Sequence[Any]) -> EntityList[ItemT]:
    """Return messages as a list."""
    if entity.columns is None:
        return _MessageList(entity, None, messages)
    reply = entity.columns.reader.reply_type(**{entity.list_field: messages})
    return _ColumnList(entity, entity.columns, Reply.of(reply), messages)


class _MessagePart(Generic[ItemT]):
    """A part that is decoded message by message."""

    def __init__(self, entity: Entity[ItemT], messages: Sequence[Any]) -> None:
        self._entity = entity
        self._messages = messages

    def __len__(self) -> int:
        return len(self._messages)

    def decode(self, first: int, decoded: Decoded[ItemT]) -> None:
        found: list[Fault] = []
        for index, message in enumerate(self._messages, first):
            item = self._entity.decode(message, found)
            if item is not None:
                decoded.items.append(item)
            if found:
                decoded.faulty.append(FaultyItem(self._entity, index, item, message, tuple(found)))
                found.clear()

    def values(self, field: str) -> Iterable[Any]:
        return map(attrgetter(field), self._messages)


def _message_parts(entity: Entity[ItemT], messages: Sequence[Any]) -> Iterator[_MessagePart[ItemT]]:
    for first in range(0, len(messages), PART):
        yield _MessagePart(entity, messages[first : first + PART])


class _MessageList(Generic[ItemT]):
    """A list that is decoded message by message."""

    def __init__(self, entity: Entity[ItemT], head: Any, messages: Sequence[Any]) -> None:
        self._entity = entity
        self.head = head
        self.messages = messages

    def parts(self) -> Iterator[Part[ItemT]]:
        return _message_parts(self._entity, self.messages)


class _ColumnPart(Generic[ItemT]):
    """A part that is decoded by column."""

    def __init__(self, listed: "_ColumnList[ItemT]", columns: dict[str, Sequence[Any]]) -> None:
        self._listed = listed
        self._columns = columns

    def __len__(self) -> int:
        return len(next(iter(self._columns.values())))

    def decode(self, first: int, decoded: Decoded[ItemT]) -> None:
        listed = self._listed
        for row, item, faults in listed.decoder.decode(self._columns, decoded.items):
            index = first + row
            decoded.faulty.append(
                FaultyItem(listed.entity, index, item, listed.messages[index], tuple(faults))
            )

    def values(self, field: str) -> Iterable[Any]:
        return self._columns[field]


class _ColumnList(Generic[ItemT]):
    """A list that is decoded by column; messages are made only if something is wrong."""

    def __init__(
        self,
        entity: Entity[ItemT],
        decoder: ColumnDecoder[ItemT],
        reply: Reply,
        messages: Sequence[Any] | None = None,
    ) -> None:
        """Make the list of a reply; `messages` are those of which the reply is a copy."""
        self.entity = entity
        self.decoder = decoder
        self._reply = reply
        self._messages = messages
        self.head: Any = None
        self._spans: Sequence[slice] | None = None
        if (found := decoder.reader.split(reply)) is not None:
            self.head, self._spans = found

    @cached_property
    def messages(self) -> Sequence[Any]:
        if self._messages is not None:
            return self._messages
        listed: Sequence[Any] = getattr(self._reply.message, self.entity.list_field)
        return listed

    def parts(self) -> Iterator[Part[ItemT]]:
        count = 0
        for reply in self._replies():
            table = self.decoder.reader.table(reply)
            if self.head is None:
                self.head = reply.message if table is None else table.reply
            if table is None:  # its messages are not as uniform as columns
                size = len(getattr(reply.message, self.entity.list_field))
                yield from _message_parts(self.entity, self.messages[count : count + size])
            else:
                size = len(table)
                for first in range(0, size, PART):
                    yield _ColumnPart(self, table.part(first, PART))
            count += size

    def _replies(self) -> Iterable[Reply]:
        """Return the reply, or the parts into which it was split."""
        if self._spans is None:
            return [self._reply]
        return (Reply(self._reply.kind, self._reply.data[span]) for span in self._spans)
