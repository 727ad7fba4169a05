"""Reading the list in a reply as columns, field by field instead of message by message.

protobuf makes a Python object of each message that is touched, which takes longer than reading all
its fields. But when a message occurs several times where one is expected, protobuf merges them into
one, and concatenates their lists. So a reply is parsed as another type: its list becomes a single
message, each of whose fields is a list. These lists are the columns.

That is correct for a field that every message has exactly once: its column has as many values as
there are messages, and no message lacks it, which protobuf checks for fields that are required. A
field that no message has gets a column of defaults. A field that only some messages have is read
message by message; its sub-messages stay bytes.

The values equal those of normal parsing, with one exception: protobuf refuses messages that are
nested a hundred deep, and counts from zero again in a sub-message that is parsed by itself.
"""

from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from google.protobuf.message import DecodeError, EncodeError, Message

from ..reply import Reply, parse
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
from .splitting import list_tag, split

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import DescriptorProto


class _Field(NamedTuple):
    """A field of the messages in a list."""

    name: str
    is_list: bool
    is_single_message: bool
    default: Any
    """The value of messages without the field."""


_PART_BYTES: Final = 2**16
"""How many bytes of a long reply are parsed together: they fit into a processor's cache."""

_MAX_TYPES: Final = 32
"""How many types of flat messages are kept: each takes 0.2 ms to make, and some memory."""


class ColumnTable:
    """The messages of a list as columns.

    Sub-messages are bytes, or None if absent. An entry of a repeated sub-message is its bytes if
    there is one, otherwise a tuple of those of all, empty if there is none.
    """

    def __init__(
        self,
        reply: Any,
        messages: Sequence[Any],
        columns: Sequence[tuple[_Field, Sequence[Any]]],
        partial: Sequence[_Field],
    ) -> None:
        """Make a table.

        Args:
            reply: The flat message of the reply.
            messages: The flat messages of its list.
            columns: By field, the value of each message; empty if no message has the field.
            partial: The fields that only some messages have; their columns are ignored.
        """
        self.reply = reply
        self._messages = messages
        self._columns = columns
        self._partial = partial

    def __len__(self) -> int:
        return len(self._messages)

    def part(self, first: int, size: int) -> dict[str, Sequence[Any]]:
        """Return the columns, by field, of up to `size` messages, starting at index `first`."""
        last = min(first + size, len(self._messages))
        part = {
            field.name: values[first:last] or [field.default] * (last - first)
            for field, values in self._columns
        }
        messages = self._messages[first:last] if self._partial else ()
        for field in self._partial:
            part[field.name] = _read_values(field, messages)
        return part


def _read_values(field: _Field, messages: Sequence[Any]) -> Sequence[Any]:
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


class ColumnReader:
    """Reads the lists in the replies of one call as columns."""

    def __init__(self, reply: type[Message], list_field: str, *names: str) -> None:
        """Make a reader of the fields with these names, none of which is in a oneof."""
        self.reply_type = reply
        self.list_field = list_field
        self._names = names
        self._columns_of = attrgetter(*names)
        self._row_type = lru_cache(maxsize=_MAX_TYPES)(self._make_row_type)

    @cached_property
    def _item_descriptor(self) -> Any:
        """The descriptor of the messages in the list."""
        field: Any = self.reply_type.DESCRIPTOR.fields_by_name[self.list_field]
        return field.message_type

    @cached_property
    def _fields(self) -> Sequence[_Field]:
        return [_field(self._item_descriptor.fields_by_name[name]) for name in self._names]

    @cached_property
    def _singles(self) -> Callable[[Sequence[int]], tuple[int, ...]]:
        """Pick the entries of the fields that are not lists, at least two: a tuple."""
        return itemgetter(*(at for at, field in enumerate(self._fields) if not field.is_list))

    @cached_property
    def _merged(self) -> Any:
        """The type of flat replies with one message, into which all are merged."""
        merged = describe("Merged", self._item_descriptor, lambda _: REPEATED)
        return self._flat_reply(merged, OPTIONAL, "proto3")

    def _make_row_type(self, *required: bool) -> Any:
        """Return the type of flat replies in which some fields are required."""
        names = {field.name for field, must in zip(self._fields, required, strict=True) if must}
        row = describe(
            "Row",
            self._item_descriptor,
            lambda field: REQUIRED if field.name in names else label_of(field),
        )
        return self._flat_reply(row, REPEATED, "proto2")

    def _flat_reply(self, listed: "DescriptorProto", label: Label, syntax: str) -> Any:
        original: Any = self.reply_type.DESCRIPTOR
        described = describe_list("Reply", original, self.list_field, listed, label)
        return flat_type(described, listed, syntax=syntax)

    def table(self, reply: Reply) -> ColumnTable | None:
        """Return the list of a reply as columns; None if it must be read message by message.

        Raises:
            DecodeError: If the reply is invalid.
        """
        try:
            merged = parse(self._merged, reply.data)
        except DecodeError:
            # A valid reply may have bytes instead of a number: protobuf skips them as an unknown
            # field, but takes them for a list of numbers where it expects that.
            _ = reply.message  # raises if the reply is invalid
            return None
        values: Sequence[Any] = self._columns_of(getattr(merged, self.list_field))
        lengths = [*map(len, values)]
        # At least 1, so that no field of an empty list is required.
        count = max(1, *self._singles(lengths))
        required = [length == count for length in lengths]
        rows = self._parse_rows(required, reply, count)
        if rows is None:
            # A repeated field may have as many entries as there are messages, although one message
            # has two and another one none.
            required = [
                is_required and not field.is_list
                for is_required, field in zip(required, self._fields, strict=True)
            ]
            rows = self._parse_rows(required, reply, count)
        if rows is None:
            return None
        flat, written = rows
        partial = [
            field
            for field, length, is_required in zip(self._fields, lengths, required, strict=True)
            if length and not is_required
        ]
        may_have_split_messages = (
            any(field.is_single_message for field in partial)
            and not reply.is_message
            and written != reply.data
        )
        if may_have_split_messages:
            # A sub-message may occur in several pieces, which protobuf merges; a flat message keeps
            # the last one. Parsed and written again, the reply has it in one piece.
            return self.table(Reply.of(reply.message))
        messages = getattr(flat, self.list_field)
        return ColumnTable(flat, messages, [*zip(self._fields, values, strict=True)], partial)

    def _parse_rows(
        self, required: Sequence[bool], reply: Reply, count: int
    ) -> tuple[Any, bytes] | None:
        """Return the flat reply and its bytes.

        None if a message lacks a required field, or the number of messages is not `count`.
        """
        flat = self._row_type(*required).FromString(reply.data)
        try:
            written = flat.SerializeToString()
        except EncodeError:
            return None
        if any(required) and len(getattr(flat, self.list_field)) != count:
            return None
        return flat, written

    def split(self, reply: Reply) -> tuple[Any, Sequence[slice]] | None:
        """Split a long reply: return it without its list, and the spans of the list's parts.

        Returns None for a short one, and for one that cannot be split.
        """
        if len(reply.data) <= 2 * _PART_BYTES:
            return None
        tag = list_tag(self.reply_type, self.list_field)
        if (found := split(reply.data, tag, _PART_BYTES)) is None:
            return None
        head, parts = found
        return parse(self.reply_type, head), parts


def _field(descriptor: Any) -> _Field:
    is_message = descriptor.message_type is not None
    if descriptor.is_repeated:
        return _Field(descriptor.name, is_list=True, is_single_message=False, default=())
    default = None if is_message else descriptor.default_value
    return _Field(descriptor.name, is_list=False, is_single_message=is_message, default=default)
