"""Lists of messages, read field by field instead of message by message.

protobuf makes a Python object of each message that is looked at, which takes longer than to read
all that is in it. But of a message that is there several times, it makes one, and its lists get
longer. So if a reply is read as one that has, in place of its list, one message with a list for
each field, these lists are the columns of a table.

That is right for a field that each message has just once: one that has as many values as there are
messages, and that none of them lacks, which protobuf can tell of fields that are required. What no
message has is a column of defaults, and what some have is read message by message.

The values are those of the messages, with one exception: protobuf refuses what is nested a hundred
deep, and counts anew in a sub-message that is read by itself.
"""

from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from google.protobuf.message import DecodeError, EncodeError, Message

from ..reply import Reply, parsed
from .encoding import cut, tag_of
from .flat_messages import (
    OPTIONAL,
    REPEATED,
    REQUIRED,
    Label,
    describe,
    describe_list,
    flat_type,
    label_of,
)

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import DescriptorProto


class _Field(NamedTuple):
    """A field of the messages in a list."""

    name: str
    is_list: bool
    is_single_message: bool
    default: Any
    """What stands for it where it is not there."""


_PART_BYTES: Final = 2**16
"""How many bytes of a long reply are read at once."""

_TYPES: Final = 32
"""How many types of flat messages are kept: each takes 0.2 ms to make, and some memory."""


class Table:
    """The messages of a list as columns.

    Their sub-messages are bytes, or None where there is none. Of a list of sub-messages, there are
    the bytes if it has one, else a tuple of them.
    """

    def __init__(
        self,
        reply: Any,
        messages: Sequence[Any],
        columns: Sequence[tuple[_Field, Sequence[Any]]],
        mixed: Sequence[_Field],
    ) -> None:
        """Make a table.

        Args:
            reply: The flat message of the reply.
            messages: Those in its list.
            columns: By field, a value of each message, or none at all.
            mixed: The fields that some messages have; what their columns hold does not count.
        """
        self.reply = reply
        self._messages = messages
        self._columns = columns
        self._mixed = mixed

    def __len__(self) -> int:
        return len(self._messages)

    def part(self, first: int, size: int) -> dict[str, Sequence[Any]]:
        """Return the columns of at most so many messages, from the one at a place."""
        last = min(first + size, len(self._messages))
        part = {
            field.name: values[first:last] or [field.default] * (last - first)
            for field, values in self._columns
        }
        messages = self._messages[first:last] if self._mixed else ()
        for field in self._mixed:
            part[field.name] = _values(field, messages)
        return part


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
        self.type = reply
        self._list_field = list_field
        self._names = names
        self._values = attrgetter(*names)
        self._rows = lru_cache(maxsize=_TYPES)(self._make_rows)

    @cached_property
    def _listed(self) -> Any:
        """What describes the messages in the list."""
        field: Any = self.type.DESCRIPTOR.fields_by_name[self._list_field]
        return field.message_type

    @cached_property
    def _fields(self) -> Sequence[_Field]:
        return [_field(self._listed.fields_by_name[name]) for name in self._names]

    @cached_property
    def _of_singles(self) -> Callable[[Sequence[int]], tuple[int, ...]]:
        """What returns those of the fields that are no lists; there are two at least."""
        return itemgetter(*(at for at, field in enumerate(self._fields) if not field.is_list))

    @cached_property
    def _merged(self) -> Any:
        """The type of flat replies with one message, into which all are merged."""
        merged = describe("Merged", self._listed, lambda _: REPEATED)
        return self._flat_reply(merged, OPTIONAL, "proto3")

    def _make_rows(self, *required: bool) -> Any:
        """Return the type of flat replies, given for each field whether all messages have it."""
        names = {field.name for field, must in zip(self._fields, required, strict=True) if must}
        row = describe(
            "Row",
            self._listed,
            lambda field: REQUIRED if field.name in names else label_of(field),
        )
        return self._flat_reply(row, REPEATED, "proto2")

    def _flat_reply(self, listed: "DescriptorProto", label: Label, syntax: str) -> Any:
        original: Any = self.type.DESCRIPTOR
        described = describe_list("Reply", original, self._list_field, listed, label)
        return flat_type(described, listed, syntax=syntax)

    def reply_of(self, messages: Sequence[Any]) -> Reply:
        """Return a reply that has these messages as its list."""
        return Reply.of(self.type(**{self._list_field: messages}))

    def messages_of(self, reply: Reply) -> Sequence[Any]:
        """Return the list of a reply.

        Raises:
            DecodeError: If the reply is bytes that are none.
        """
        messages: Sequence[Any] = getattr(reply.message, self._list_field)
        return messages

    def table(self, reply: Reply) -> Table:
        """Read the list of a reply.

        Raises:
            DecodeError: If the reply is bytes that are none.
        """
        merged = self._merge(reply)
        values = merged or [()] * len(self._fields)
        lengths = [*map(len, values)]
        count = max(1, *self._of_singles(lengths))
        once: Sequence[bool] = [*map(count.__eq__, lengths)]
        while True:
            flat = self._rows(*once).FromString(reply.data)
            messages: Sequence[Any] = getattr(flat, self._list_field)
            written = _written(flat)
            if not any(once) or (written is not None and len(messages) == count):
                break
            once = self._fewer(once)
        mixed = [
            field
            for field, length, is_once in zip(self._fields, lengths, once, strict=True)
            if not is_once and (length or merged is None)
        ]
        if (
            any(field.is_single_message for field in mixed)
            and not reply.is_message
            and written != reply.data
        ):
            # Some message may have a sub-message twice, of which protobuf makes one, where a flat
            # one keeps the last. No library writes that; what was read and is written again has it
            # once.
            return self.table(Reply.of(reply.message))
        return Table(flat, messages, [*zip(self._fields, values, strict=True)], mixed)

    def cut(self, reply: Reply) -> tuple[Any, Sequence[slice]] | None:
        """Cut a long reply: return what it says besides its list, and where the parts of that are.

        What is read at once then fits into a processor's cache, and takes little memory. Returns
        None for a short one, and for one that cannot be cut.
        """
        if len(reply.data) <= 2 * _PART_BYTES:
            return None
        tag = tag_of(self.type, self._list_field)
        if (found := cut(reply.data, tag, _PART_BYTES)) is None:
            return None
        head, parts = found
        return parsed(self.type, head), parts

    def _merge(self, reply: Reply) -> Sequence[Any] | None:
        """Return all values of each field; None where they cannot be told.

        Raises:
            DecodeError: If the reply is bytes that are none.
        """
        try:
            merged = parsed(self._merged, reply.data)
        except DecodeError:
            # If it is a reply nevertheless, there are bytes where a number should be: to protobuf,
            # that is an unknown field, but for a list of numbers they are some.
            self.messages_of(reply)
            return None
        values: Sequence[Any] = self._values(getattr(merged, self._list_field))
        return values

    def _fewer(self, once: Sequence[bool]) -> Sequence[bool]:
        """Return which fields all messages may have just once, if it is not these.

        Lists may have as many entries as there are messages, although one has two, another none.
        """
        fewer = [it and not field.is_list for it, field in zip(once, self._fields, strict=True)]
        return fewer if fewer != once else [False] * len(once)


def _field(descriptor: Any) -> _Field:
    is_message = descriptor.message_type is not None
    if descriptor.is_repeated:
        return _Field(descriptor.name, is_list=True, is_single_message=False, default=())
    default = None if is_message else descriptor.default_value
    return _Field(descriptor.name, is_list=False, is_single_message=is_message, default=default)


def _written(flat: Any) -> bytes | None:
    """Return the bytes of a flat reply; None if some message in it lacks a required field."""
    try:
        written: bytes = flat.SerializeToString()
    except EncodeError:
        return None
    return written
