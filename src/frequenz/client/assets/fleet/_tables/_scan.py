"""Reading many protobuf messages at once with numpy, field by field.

A message is a span of bytes; all messages of a type are read together. protobuf writes fields in
the order of their numbers, so the scanner takes the fields in that order: of all messages whose
next byte is the tag of a field, it reads the values, and moves to what comes next. A message that
is written in any other way, which is valid but rare, is unusual: see `_items.rewrite`.

Nothing here trusts the bytes: what does not fit into its message makes that message unusual.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from numpy.typing import NDArray

from ..._wire.varint import LENGTH_DELIMITED, VARINT, make_tag

Array: TypeAlias = NDArray[Any]

ABSENT: Final = -1
"""The start of a span that is absent."""

PADDING: Final = bytes(64)
"""What must follow the last message: reading one that is truncated finds zeros.

As long as the texts that `_texts` reads at once.
"""

_FIXED32: Final = 5
_FLOAT_BYTES: Final = 4
_MAX_SHIFT: Final = 63

_INTEGERS: Final = {
    FieldDescriptor.TYPE_UINT64: np.uint64,
    FieldDescriptor.TYPE_UINT32: np.uint32,
    FieldDescriptor.TYPE_INT64: np.int64,
    FieldDescriptor.TYPE_INT32: np.int32,
    FieldDescriptor.TYPE_ENUM: np.int32,
}
_TEXTS: Final = {FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_MESSAGE}


class Spans(NamedTuple):
    """Parts of a buffer: messages or texts."""

    start: Array
    """The index of the first byte; ABSENT if there is none."""

    end: Array
    """The index after the last byte."""

    def at(self, rows: Array) -> "Spans":
        """Return some of them."""
        return Spans(self.start[rows], self.end[rows])

    @property
    def present(self) -> Array:
        """Whether each is there."""
        return self.start >= 0


class Entries(NamedTuple):
    """The messages of a repeated field."""

    rows: Array
    """The index of the message that has each; in ascending order."""

    spans: Spans


class Floats(NamedTuple):
    """Numbers of a `float` field."""

    values: Array
    present: Array


class Scanned(NamedTuple):
    """The fields of some messages."""

    fields: Mapping[str, Any]
    """By name: an array of integers (0 = absent), Floats, Spans or Entries."""

    unusual: Array
    """Whether each message must be rewritten first; what was read of it may be wrong."""


class _Field(NamedTuple):
    name: str
    tag: int
    is_repeated: bool
    integer: Any
    """The type of the integer; None if the field is none."""

    is_float: bool


class Scanner:
    """Reads messages of one type."""

    def __init__(self, descriptor: Descriptor) -> None:
        """Make a scanner of all fields.

        Raises:
            TypeError: If there is a field of a type that it cannot read.
        """
        fields: Any = descriptor.fields
        self._fields = [_field(field) for field in sorted(fields, key=lambda it: it.number)]

    def scan(self, data: Array, messages: Spans) -> Scanned:
        """Return the fields of messages in a buffer, which ends with PADDING."""
        start, end = messages
        position = start.copy()
        unusual = np.zeros(position.size, bool)
        tags = data[position]
        tags[position >= end] = 0
        values = {}
        for field in self._fields:
            value, position, tags = _read_field(field, data, position, end, tags, unusual)
            values[field.name] = value
        return Scanned(values, unusual | (position != end))


def _field(field: Any) -> _Field:
    integer = _INTEGERS.get(field.type)
    is_float = field.type == FieldDescriptor.TYPE_FLOAT
    is_span = field.type in _TEXTS
    if not (integer or is_float or is_span) or (field.is_repeated and not is_span):
        raise TypeError(f"{field.full_name}: cannot be scanned")
    wire_type = VARINT if integer else _FIXED32 if is_float else LENGTH_DELIMITED
    tag = make_tag(field.number, wire_type)
    if tag > 127:
        raise TypeError(f"{field.full_name}: expected a field number below 16")
    return _Field(field.name, tag, field.is_repeated, integer, is_float)


def _read_field(  # noqa: PLR0917 - the state of the scan
    field: _Field, data: Array, position: Array, end: Array, tags: Array, unusual: Array
) -> tuple[Any, Array, Array]:
    """Return the values of a field, and for each message the next position and the tag there."""
    result: Any = None
    parts: list[tuple[Array, Array, Array]] = []
    while (rows := (tags == field.tag).nonzero()[0]).size:
        is_in_all = rows.size == position.size
        at = (position if is_in_all else position[rows]) + 1
        limit = end if is_in_all else end[rows]
        if field.is_float:
            after = at + _FLOAT_BYTES
            values: Any = Floats(_floats(data, at), np.ones(rows.size, bool))
        else:
            numbers, after, endless = _varints(data, at)
            bad = endless
            if field.integer:
                values = numbers.astype(field.integer)
            else:
                values, too_long = _spans(after, numbers, limit)
                after = values.end.copy()
                bad = np.concatenate((endless, too_long))
            unusual[rows[bad]] = True
        if field.is_repeated:
            parts.append((rows, *values))
        else:
            result = values if is_in_all else _spread(field, values, rows, position.size)
        following = data[after]
        following[after >= limit] = 0
        if is_in_all:
            position, tags = after, following
        else:
            position[rows], tags[rows] = after, following
        if not field.is_repeated:
            break
    if field.is_repeated:
        result = _entries(parts)
    return _absent(field, position.size) if result is None else result, position, tags


def _spans(start: Array, lengths: Array, limit: Array) -> tuple[Spans, Array]:
    """Return spans of some lengths, and which are too long for their messages."""
    signed = lengths.view(np.int64)
    too_long = ((signed < 0) | (signed > limit - start)).nonzero()[0]
    signed[too_long] = 0
    return Spans(start, start + signed), too_long


def _floats(data: Array, at: Array) -> Array:
    bits = sum(data[at + byte].astype(np.uint32) << 8 * byte for byte in range(_FLOAT_BYTES))
    return np.asarray(bits, np.uint32).view(np.float32)


def _absent(field: _Field, count: int) -> Any:
    if field.is_float:
        return Floats(np.zeros(count, np.float32), np.zeros(count, bool))
    if field.integer:
        return np.zeros(count, field.integer)
    return Spans(np.full(count, ABSENT, np.int64), np.full(count, ABSENT, np.int64))


def _spread(field: _Field, values: Any, rows: Array, count: int) -> Any:
    """Return values at their rows of `count`, absent at the others."""
    result = _absent(field, count)
    if field.integer:
        result[rows] = values
    else:
        for column, part in zip(result, values, strict=True):
            column[rows] = part
    return result


def _varints(data: Array, at: Array) -> tuple[Array, Array, Array]:
    """Return the varints at some positions, the positions after them, and which are too long."""
    byte = data[at]
    numbers = (byte & 127).astype(np.uint64)
    after = at + 1
    more = (byte >= 128).nonzero()[0]
    for shift in range(7, _MAX_SHIFT + 1, 7):
        if not more.size:
            break
        byte = data[after[more]]
        numbers[more] |= (byte & 127).astype(np.uint64) << np.uint64(shift)
        after[more] += 1
        more = more[byte >= 128]
    return numbers, after, more


def _entries(parts: list[tuple[Array, Array, Array]]) -> Entries:
    """Return the entries in the order of their messages, and within one in their own."""
    if not parts:
        nothing = np.zeros(0, np.int64)
        return Entries(nothing, Spans(nothing, nothing))
    rows, start, end = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    if len(parts) > 1:
        order = np.argsort(rows, kind="stable")
        rows, start, end = rows[order], start[order], end[order]
    return Entries(rows, Spans(start, end))
