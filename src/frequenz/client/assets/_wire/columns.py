"""Lists of messages, read field by field instead of message by message.

protobuf makes a Python object of each message that is looked at, which takes longer than to read
all that is in it. But of a message that is there several times, it makes one, and its lists get
longer. So if a reply is read as one that has, in place of its list, one message with a list for
each field, these lists are the columns of a table.

That is right for a field that each message has just once: one that has as many values as there are
messages, and that none of them lacks, which protobuf can tell of fields that are required. What no
message has is a column of defaults, and what some have is read message by message.
"""

from collections.abc import Generator, Iterator, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar

from google.protobuf.message import DecodeError, EncodeError, Message

from .flat import OPTIONAL, REPEATED, REQUIRED, describe, describe_list, flat_type, label_of
from .replies import Reply

ResultT = TypeVar("ResultT")

Steps: TypeAlias = Generator[None, None, ResultT]
"""Gives a result in the end: whoever has other things to do, too, does them whenever it yields."""


def at_one_go(steps: Steps[ResultT]) -> ResultT:
    """Return the result, without a pause on the way."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: ResultT = end.value
            return result


class _Field(NamedTuple):
    """A field of the messages in a list."""

    name: str
    is_list: bool
    is_single_message: bool
    default: Any
    """What stands for it where it is not there."""


_Column: TypeAlias = tuple[_Field, Sequence[Any] | None]
"""A field with its values: one of each message, or none at all; None = read message by message."""

_TYPES: Final = 32
"""How many types of flat messages are kept: each takes 0.2 ms to make, and some memory."""


class Table:
    """The messages of a list as columns.

    Their sub-messages are bytes, or None where there is none. Of a list of sub-messages, there are
    the bytes if it has one, else a tuple of them.
    """

    def __init__(self, reply: Any, messages: Sequence[Any], columns: Sequence[_Column]) -> None:
        """Make a table of the flat messages in the list of a flat reply."""
        self.reply = reply
        """The flat message of the reply."""

        self._messages = messages
        self._columns = columns
        self._needs_messages = any(values is None for _, values in columns)

    def __len__(self) -> int:
        return len(self._messages)

    def part(self, first: int, size: int) -> dict[str, Sequence[Any]]:
        """Return the columns of at most so many messages, from the one at a place."""
        last = min(first + size, len(self._messages))
        messages = self._messages[first:last] if self._needs_messages else ()
        return {
            field.name: (
                _values(field, messages)
                if values is None
                else values[first:last] or [field.default] * (last - first)
            )
            for field, values in self._columns
        }


def _values(field: _Field, messages: Sequence[Any]) -> Sequence[Any]:
    """Return the values of a field in flat messages."""
    values = map(attrgetter(field.name), messages)
    if field.is_list:
        # Going through protobuf's list of one entry would take four times as long.
        return [value[0] if len(value) == 1 else tuple(value) for value in values]
    if field.is_single_message:
        return [
            value if value or message.HasField(field.name) else field.default
            for value, message in zip(values, messages, strict=True)
        ]
    return [*values]


class Columns:
    """How to read the lists in replies of a call."""

    def __init__(self, reply: type[Message], list_field: str, *names: str) -> None:
        """Make what reads the fields of these names, none of which is in a oneof."""
        original: Any = reply.DESCRIPTOR
        listed = original.fields_by_name[list_field].message_type
        merged = describe("Merged", listed, lambda _: REPEATED)
        self._type = reply
        self._list_field = list_field
        self._fields = [_field(listed.fields_by_name[name]) for name in names]
        self._values = attrgetter(*names)
        self._merged = flat_type(
            describe_list("Reply", original, list_field, merged, OPTIONAL), merged, syntax="proto3"
        )
        self._rows = lru_cache(maxsize=_TYPES)(self._make_rows)

    def _make_rows(self, required: frozenset[str]) -> Any:
        """Return the type of flat replies with messages that have some fields just once."""
        original: Any = self._type.DESCRIPTOR
        row = describe(
            "Row",
            original.fields_by_name[self._list_field].message_type,
            lambda field: REQUIRED if field.name in required else label_of(field),
        )
        return flat_type(describe_list("Reply", original, self._list_field, row, REPEATED), row)

    def reply_of(self, messages: Sequence[Any]) -> Reply:
        """Return a reply that has these messages as its list."""
        return Reply.of(self._type(**{self._list_field: messages}))

    def messages_of(self, reply: Reply) -> Sequence[Any]:
        """Return the list of a reply.

        Raises:
            DecodeError: If the reply is bytes that are none.
        """
        messages: Sequence[Any] = getattr(reply.message, self._list_field)
        return messages

    def reading(self, reply: Reply) -> Steps[Table]:
        """Read the list of a reply; a step takes about as long as it took to parse that.

        Raises:
            DecodeError: If the reply is bytes that are none.
        """
        yield
        data = reply.data
        yield
        columns = self._merge(reply)
        for required in _candidates(columns):
            yield
            flat = self._rows(required).FromString(data)
            messages: Sequence[Any] = getattr(flat, self._list_field)
            yield
            if _has_all(flat) and all(
                values is None or len(values) == len(messages)
                for field, values in columns
                if field.name in required
            ):
                break
        read = [
            (field, values if not values or field.name in required else None)
            for field, values in columns
        ]
        yield
        if (
            any(values is None and field.is_single_message for field, values in read)
            and not reply.is_message
            and flat.SerializeToString() != data
        ):
            # Some message may have a sub-message twice, of which protobuf makes one, where a flat
            # one keeps the last. No library writes that; what was read and is written again has it
            # once.
            return (yield from self.reading(Reply.of(reply.message)))
        return Table(flat, messages, read)

    def _merge(self, reply: Reply) -> Sequence[_Column]:
        """Return all values of each field; None where they cannot be told.

        Raises:
            DecodeError: If the reply is bytes that are none.
        """
        values: Sequence[Any]
        try:
            merged = self._merged.FromString(reply.data)
        except DecodeError:
            # If it is a reply nevertheless, there are bytes where a number should be: to protobuf,
            # that is an unknown field, but for a list of numbers they are some.
            self.messages_of(reply)
            values = [None] * len(self._fields)
        else:
            values = self._values(getattr(merged, self._list_field))
        return [*zip(self._fields, values, strict=True)]


def _field(descriptor: Any) -> _Field:
    is_message = descriptor.message_type is not None
    if descriptor.is_repeated:
        return _Field(descriptor.name, is_list=True, is_single_message=False, default=())
    default = None if is_message else descriptor.default_value
    return _Field(descriptor.name, is_list=False, is_single_message=is_message, default=default)


def _candidates(columns: Sequence[_Column]) -> Iterator[frozenset[str]]:
    """Yield names of fields that each message may have just once, until it is true; last, none.

    They have as many values as there are messages. But so has a list of which one message has two
    entries and another one has none.
    """
    count = max(len(values or ()) for field, values in columns if not field.is_list)
    names = {field.name for field, values in columns if values and len(values) == count}
    lists = {field.name for field, _ in columns if field.is_list}
    yield frozenset(names)
    if names & lists:
        yield frozenset(names - lists)
    yield frozenset()


def _has_all(flat: Any) -> bool:
    """Return whether no message in a reply lacks a field that is required."""
    try:
        flat.SerializeToString()  # three times as fast as to ask
    except EncodeError:
        return False
    return True
