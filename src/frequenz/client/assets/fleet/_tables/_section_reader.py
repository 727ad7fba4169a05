"""Sections of messages, each read once: bytes that many messages share.

What was read is kept as rows of a table, from which the rows of messages are taken.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Generic, NamedTuple, TypeVar

import numpy as np
import pyarrow as pa

from ._items import rewrite
from ._scan import Array, Cursors, Field, Section, buffer_of, field_of, take

TableT = TypeVar("TableT")
ReadT = TypeVar("ReadT")

_KEPT_BYTES: Final = 16 * 1024
"""How many bytes of sections of a type are kept, about 500: all are read again with new ones."""


class _Known(NamedTuple):
    """What was read before."""

    rows: Mapping[bytes, int]
    table: Any


class SectionReader(Generic[TableT]):
    """Reads sections of messages of one type; what equals a recent one is not read again."""

    def __init__(self, tabulate: Callable[[Sequence[bytes]], TableT]) -> None:
        """Take the function that makes a table of sections."""
        self._tabulate = tabulate
        self._known = _Known({}, tabulate([]))

    def read(self, section: Section) -> tuple[TableT, Array]:
        """Return a table of distinct records, and by message its row there.

        Raises:
            DecodeError: If a section is invalid.
        """
        size = sum(map(len, section.distinct))
        if size > _KEPT_BYTES:
            return self._tabulate(section.distinct), np.asarray(section.indices)
        known = self._known
        if any(data not in known.rows for data in section.distinct):
            has_room = size + sum(map(len, known.rows)) <= _KEPT_BYTES
            every = dict.fromkeys((*section.distinct, *(known.rows if has_room else ())))
            rows = {data: row for row, data in enumerate(every)}
            # Replaced at once: several threads may make tables.
            self._known = known = _Known(rows, self._tabulate([*every]))
        row_of = np.array([*map(known.rows.__getitem__, section.distinct)], np.int64)
        return known.table, row_of[section.indices]


def taken(columns: Mapping[str, Any], rows: Array) -> dict[str, Any]:
    """Return the columns of some rows."""
    indices = pa.array(rows)
    return {name: take(values, indices) for name, values in columns.items()}


def fields_of(kind: Any, *names: str) -> tuple[Field, ...]:
    """Return how some fields of a message are written."""
    return tuple(field_of(kind.DESCRIPTOR.fields_by_name[name]) for name in names)


def read_sections(
    kind: Any, sections: Sequence[bytes], read: Callable[[Cursors], tuple[ReadT, Array]]
) -> tuple[ReadT, Sequence[bytes]]:
    """Return what is read of sections, and these, in which the unusual ones were rewritten."""
    readable = sections
    for _ in range(2):
        ends = np.cumsum([0, *map(len, readable)])
        result, unusual = read(Cursors(buffer_of(readable), ends[:-1].copy(), ends[1:]))
        if not unusual.any():
            return result, readable
        readable = [*readable]
        for at in unusual.nonzero()[0].tolist():
            readable[at] = rewrite(kind, readable[at]).data
    raise AssertionError(f"{kind.DESCRIPTOR.name}: a message that protobuf wrote is unusual")
