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

from ..._wire.varint import FIXED_32, LENGTH_DELIMITED, VARINT, make_tag

Array: TypeAlias = NDArray[Any]

_PADDING: Final = bytes(32)
"""What follows the last message, so that a truncated one has something to read."""

_MAX_VARINT: Final = 10
"""How many bytes a number has at most."""

_WIRE_TYPES: Final = {
    FieldDescriptor.TYPE_UINT64: VARINT,
    FieldDescriptor.TYPE_INT64: VARINT,
    FieldDescriptor.TYPE_INT32: VARINT,
    FieldDescriptor.TYPE_ENUM: VARINT,
    FieldDescriptor.TYPE_FLOAT: FIXED_32,
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


class Field(NamedTuple):
    """How a field is written."""

    tag: int
    is_repeated: bool


class _Part(NamedTuple):
    """A field, or a section of several ones."""

    name: str
    kind: Any
    """The type of the field; None if there are several ones."""

    fields: Sequence[Field]


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
                fields = [field_of(every[it]) for it in first.get(name, (name,))]
                kind = None if name in first else every[name].type
                self._parts.append(_Part(name, kind, fields))
        self._texts = [it.name for it in self._parts if it.kind == FieldDescriptor.TYPE_STRING]
        self._sections = [it.name for it in self._parts if it.kind not in _SINGLE]

    def scan(self, items: Sequence[bytes]) -> Scanned:
        """Return the fields of messages."""
        lengths = np.fromiter(map(len, items), np.int64, len(items))
        end = np.cumsum(lengths)
        cursors = Cursors(buffer_of(items), end - lengths, end)
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
        unusual = cursors.unusual.nonzero()[0]
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


def field_of(field: Any) -> Field:
    wire_type = _WIRE_TYPES.get(field.type)
    if wire_type is None or (tag := make_tag(field.number, wire_type)) > 127:
        raise TypeError(f"{field.full_name}: cannot be scanned")
    return Field(tag, field.is_repeated)


def buffer_of(items: Sequence[bytes]) -> Array:
    """Return messages one after another, for `Cursors`."""
    return np.frombuffer(b"".join((*items, _PADDING)), np.uint8)


class Cursors:
    """A position in each of some messages, which only moves on.

    Once at the end of its message, or beyond, it stays there.
    """

    def __init__(self, data: Array, position: Array, end: Array) -> None:
        self.data = data
        self.position = position
        self.end = end
        self._tags = np.where(position < end, data[position], 0)
        self._limit = data.size - _MAX_VARINT - 1

    @property
    def unusual(self) -> Array:
        """Of which messages something was not read, or of another one was."""
        unusual: Array = self.position != self.end
        return unusual

    def read_numbers(self, field: Field) -> Array:
        """Move over the field where it comes next, and return its numbers, 0 if absent."""
        numbers = np.zeros(self.position.size, np.uint64)
        rows = self._rows(field)
        numbers[rows], after = self._varints(self.position[rows] + 1)
        self._move(rows, after)
        return numbers

    def read_floats(self, field: Field) -> tuple[Array, Array]:
        """Move over the field where it comes next; return its numbers, and where it is given."""
        numbers = np.zeros(self.position.size, np.float32)
        is_given = np.zeros(self.position.size, bool)
        rows = self._rows(field)
        at = self.position[rows] + 1
        numbers[rows] = self.data[at[:, None] + np.arange(4)].view("<f4")[:, 0]
        is_given[rows] = True
        self._move(rows, at + 4)
        return numbers, is_given

    def read_messages(self, field: Field) -> tuple[Array, "Cursors"]:
        """Move over the field where it comes next; return where it is given, and its messages.

        Those that are absent are empty.
        """
        start, end = np.zeros((2, self.position.size), np.int64)
        is_given = np.zeros(self.position.size, bool)
        rows = self._rows(field)
        lengths, start[rows] = self._varints(self.position[rows] + 1)
        end[rows] = self._after(start[rows], lengths)
        is_given[rows] = True
        self._move(rows, end[rows])
        return is_given, Cursors(self.data, start, np.minimum(end, self._limit))

    def read_repeated(self, field: Field) -> tuple[Array, "Cursors"]:
        """Move over all of a field where it comes next.

        Return by message of the field, in which one it is, and these messages.
        """
        rows = (self._tags == field.tag).nonzero()[0]
        found = [np.zeros((3, 0), np.int64)]
        while rows.size:
            lengths, start = self._varints(self.position[rows] + 1)
            end = self._after(start, lengths)
            found.append(np.stack([rows, start, end]))
            self._move(rows, end)
            rows = rows[self._tags[rows] == field.tag]
        every = np.concatenate(found, axis=1)
        row, start, end = every[:, np.argsort(every[0], kind="stable")]
        return row, Cursors(self.data, start, np.minimum(end, self._limit))

    def move_over(self, field: Field, start: Array | None = None) -> bool:
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
            after = self._after(after, numbers)
        self._move(rows, after)
        return True

    def _after(self, start: Array, lengths: Array) -> Array:
        """Return the positions after some contents."""
        # Not longer than all data, so that nothing overflows.
        after: Array = start + np.minimum(lengths, np.uint64(self.data.size)).view(np.int64)
        return after

    def _rows(self, field: Field) -> Any:
        rows = (self._tags == field.tag).nonzero()[0]
        return slice(None) if rows.size == self._tags.size > 0 else rows

    def _move(self, rows: Any, after: Array) -> None:
        after = np.minimum(after, self._limit)
        self.position[rows] = after
        self._tags[rows] = np.where(after < self.end[rows], self.data[after], 0)

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
