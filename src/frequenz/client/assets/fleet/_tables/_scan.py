"""Reading many protobuf messages at once with numpy and Arrow, field by field.

protobuf writes fields in the order of their numbers, so the scanner takes the fields in that order:
of all messages whose next byte is the tag of a field, it reads the values, and moves to what comes
next. A message that is written in any other way, which is valid but rare, is unusual: see
`_items.rewrite`.

Nothing here trusts the bytes: what does not fit into its message makes that message unusual.
"""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from numpy.typing import NDArray

from ..._wire.varint import LENGTH_DELIMITED, VARINT, make_tag

Array: TypeAlias = NDArray[Any]

_PADDING: Final = bytes(32)
"""What follows the last message, so that a truncated one has something to read."""

_MAX_VARINT: Final = 10
"""How many bytes a number has at most."""

_WIRE_TYPES: Final = {
    FieldDescriptor.TYPE_UINT64: VARINT,
    FieldDescriptor.TYPE_ENUM: VARINT,
    FieldDescriptor.TYPE_STRING: LENGTH_DELIMITED,
    FieldDescriptor.TYPE_MESSAGE: LENGTH_DELIMITED,
}


_SINGLE: Final = {FieldDescriptor.TYPE_UINT64, FieldDescriptor.TYPE_STRING}
"""The types of fields that are read one by one; others are sections, or parts of one."""


class Section(NamedTuple):
    """The bytes of some neighboring fields, many of which are equal."""

    distinct: Sequence[bytes]
    """Messages with no other fields."""

    indices: Any
    """By message, an Arrow array: which of the distinct ones it has."""


class Scanned(NamedTuple):
    """The fields of some messages."""

    unusual: Array
    """The indices of messages that must be rewritten first; if there are any, the rest is empty."""

    numbers: Mapping[str, Array] = {}
    """The fields that are numbers, by name; 0 if absent."""

    texts: Mapping[str, Any] = {}
    """The fields that are texts as Arrow arrays, by name; null if absent or empty."""

    sections: Mapping[str, Section] = {}
    """By the name of their first field."""


class _Field(NamedTuple):
    tag: int
    is_repeated: bool


class _Part(NamedTuple):
    """A field, or a section of several ones."""

    name: str
    kind: Any
    """The type of the field; None if there are several ones."""

    fields: Sequence[_Field]


class Scanner:
    """Reads messages of one type."""

    def __init__(self, descriptor: Descriptor, *sections: Sequence[str]) -> None:
        """Make a scanner of all fields, given the names of those that belong together.

        Raises:
            TypeError: If there is a field of a type that it cannot read.
        """
        self._parts: list[_Part] = []
        first = {names[0]: names for names in sections}
        others = {*chain(*(names[1:] for names in sections))}
        every: Mapping[str, Any] = descriptor.fields_by_name
        for name in sorted(every, key=lambda it: int(every[it].number)):
            if name not in others:
                fields = [_field(every[it]) for it in first.get(name, (name,))]
                kind = None if name in first else every[name].type
                self._parts.append(_Part(name, kind, fields))
        self._texts = [it.name for it in self._parts if it.kind == FieldDescriptor.TYPE_STRING]
        self._sections = [it.name for it in self._parts if it.kind not in _SINGLE]

    def scan(self, items: Sequence[bytes]) -> Scanned:
        """Return the fields of messages."""
        lengths = np.fromiter(map(len, items), np.int64, len(items))
        end = np.cumsum(lengths + 1) - 1
        # After each message comes a byte that is no tag.
        cursors = _Cursors(b"\0".join((*items, _PADDING)), end - lengths)
        numbers, spans = {}, _Spans(len(items), len(self._texts) + len(self._sections))
        for part in self._parts:
            start = cursors.position.copy()
            if part.kind == FieldDescriptor.TYPE_UINT64:
                numbers[part.name] = cursors.read_numbers(part.fields[0])
            elif part.kind == FieldDescriptor.TYPE_STRING:
                cursors.move_over(part.fields[0], start)
                spans.append(part.name, start, cursors.position)
            else:
                for field in part.fields:
                    while cursors.move_over(field) and field.is_repeated:
                        pass
                spans.append(part.name, start, cursors.position)
        unusual = (cursors.position != end).nonzero()[0]
        if unusual.size:
            return Scanned(unusual)
        texts = spans.values(self._texts, cursors.data, pa.string())
        bad = [*chain.from_iterable(map(_rows_of_invalid, texts.values()))]
        if bad:
            return Scanned(np.unique(bad))
        sections = {
            name: _section(values)
            for name, values in spans.values(self._sections, cursors.data, pa.binary()).items()
        }
        return Scanned(unusual, numbers, texts, sections)


def take(values: Any, indices: Any) -> Any:
    """Return the values of an Arrow array at some indices; its own method takes twice as long."""
    return pc.call_function("array_take", [values, indices])


def _section(values: Any) -> Section:
    encoded = values.dictionary_encode("encode")
    return Section([it or b"" for it in encoded.dictionary.to_pylist()], encoded.indices)


def _field(field: Any) -> _Field:
    wire_type = _WIRE_TYPES.get(field.type)
    if wire_type is None or (tag := make_tag(field.number, wire_type)) > 127:
        raise TypeError(f"{field.full_name}: cannot be scanned")
    return _Field(tag, field.is_repeated)


class _Cursors:
    """A position in each message, which only moves on: once beyond its message, it stays there."""

    def __init__(self, data: bytes, position: Array) -> None:
        self.data = np.frombuffer(data, np.uint8)
        self.position = position
        self._tags = self.data[position]
        self._limit = self.data.size - _MAX_VARINT - 1

    def read_numbers(self, field: _Field) -> Array:
        """Move over the field where it comes next, and return its numbers, 0 if absent."""
        numbers = np.zeros(self.position.size, np.uint64)
        rows = self._rows(field)
        numbers[rows], after = self._varints(self.position[rows] + 1)
        self._move(rows, after)
        return numbers

    def move_over(self, field: _Field, start: Array | None = None) -> bool:
        """Move over a field where it comes next, and return whether it does anywhere.

        Where it does, its content begins at `start`, which is changed.
        """
        rows = self._rows(field)
        if not isinstance(rows, slice) and not rows.size:
            return False
        numbers, after = self._varints(self.position[rows] + 1)
        if field.tag & 7 == LENGTH_DELIMITED:
            if start is not None:
                start[rows] = after
            # Not longer than all data, so that nothing overflows.
            after = after + np.minimum(numbers, np.uint64(self.data.size)).view(np.int64)
        self._move(rows, after)
        return True

    def _rows(self, field: _Field) -> Any:
        rows = (self._tags == field.tag).nonzero()[0]
        return slice(None) if rows.size == self._tags.size > 0 else rows

    def _move(self, rows: Any, after: Array) -> None:
        after = np.minimum(after, self._limit)
        self.position[rows] = after
        self._tags[rows] = self.data[after]

    def _varints(self, at: Array) -> tuple[Array, Array]:
        """Return the varints at some positions, and the positions after them."""
        byte = self.data[at]
        numbers = (byte & 127).astype(np.uint64)
        after = at + 1
        more = (byte >= 128).nonzero()[0]
        for shift in range(7, 7 * _MAX_VARINT, 7):
            if not more.size:
                break
            byte = self.data[after[more]]
            numbers[more] |= (byte & 127).astype(np.uint64) << np.uint64(shift)
            after[more] += 1
            more = more[byte >= 128]
        after[more] = self._limit  # too long
        return numbers, after


class _Spans:
    """Where parts of messages are, one after another: the ends of each are the offsets of Arrow."""

    def __init__(self, count: int, parts: int) -> None:
        self._offsets = np.empty((count, 2 * parts), np.int32)
        self._columns: dict[str, int] = {}

    def append(self, name: str, start: Array, end: Array) -> None:
        """Add a part that begins where the last one ends, or after it."""
        column = self._columns[name] = 2 * len(self._columns)
        self._offsets[:, column] = start
        self._offsets[:, column + 1] = end

    def values(self, names: Sequence[str], data: Array, kind: Any) -> dict[str, Any]:
        """Return some parts as Arrow arrays of a kind, null where empty."""
        # The bytes from each offset to the next: the parts, and what is between them.
        buffers = [None, pa.py_buffer(self._offsets), pa.py_buffer(data)]
        every = pa.Array.from_buffers(kind, max(0, self._offsets.size - 1), buffers)
        count, step = self._offsets.shape
        columns = np.array([self._columns[name] for name in names], np.int64)
        is_empty = self._offsets[:, columns] == self._offsets[:, columns + 1]
        rows = columns[:, None] + np.arange(0, self._offsets.size, step)
        taken = take(every, pa.array(rows.ravel(), mask=is_empty.T.ravel()))
        return {name: taken.slice(at * count, count) for at, name in enumerate(names)}


def _rows_of_invalid(texts: Any) -> list[int]:
    """Return the rows of the texts that are not valid UTF-8."""
    try:
        texts.validate(full=True)
    except pa.ArrowInvalid:
        return [row for row, it in enumerate(texts.cast(pa.binary()).to_pylist()) if _is_bad(it)]
    return []


def _is_bad(text: bytes | None) -> bool:
    try:
        (text or b"").decode()
    except UnicodeDecodeError:
        return True
    return False
