"""Timestamps and periods as nanoseconds since 1970, column by column and one by one."""

from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
from google.protobuf.timestamp_pb2 import Timestamp

from ..._wire.time import MAX_SECONDS, MIN_SECONDS, NANOS_PER_SECOND
from ._scan import Array, Scanner, Spans
from ._schemas import MOMENT

MIN_TABLE_SECONDS: Final = -9_223_372_036
"""Of the first whole second that nanoseconds in 64 bits can hold: 1677-09-21T00:12:44Z."""

MAX_TABLE_SECONDS: Final = 9_223_372_035
"""Of the last one, all of whose nanoseconds they can hold: 2262-04-11T23:47:15Z."""

_TIMESTAMP: Final = Scanner(Timestamp.DESCRIPTOR)


class Moments(NamedTuple):
    """Timestamps of some messages."""

    present: Array
    seconds: Array
    nanos: Array
    invalid: Array
    """Whether each is present, but no moment of the years 1 to 9999."""

    beyond: Array
    """Whether each is a moment that a table cannot hold, if it is valid."""

    unusual: Array
    """See `Scanned`."""

    def column(self, hidden: Array) -> Any:
        """Return the moments, null where absent, hidden, or beyond what a table can hold."""
        moments = self.seconds * NANOS_PER_SECOND + self.nanos
        return pa.array(moments, mask=~self.present | hidden | self.beyond).view(MOMENT)


def moments_at(data: Array, spans: Spans) -> Moments:
    """Return the timestamps in a buffer."""
    present = spans.present
    rows = np.flatnonzero(present)
    fields, unusual = _TIMESTAMP.scan(data, spans.at(rows))
    seconds, nanos = fields["seconds"], fields["nanos"]
    invalid = (nanos < 0) | (nanos >= NANOS_PER_SECOND)
    beyond = (seconds < MIN_TABLE_SECONDS) | (seconds > MAX_TABLE_SECONDS)
    if beyond.any():
        invalid |= (seconds < MIN_SECONDS) | (seconds > MAX_SECONDS)
    compact = (seconds, nanos, invalid, beyond, unusual)
    return Moments(present, *(_at_rows(values, rows, present.size) for values in compact))


class Lifetimes(NamedTuple):
    """The operational lifetimes of some messages."""

    present: Array
    start: Moments
    end: Moments
    invalid: Array
    """Whether each is treated as if the asset always operated."""

    unusual: Array

    @property
    def beyond(self) -> Array:
        """Whether a valid start or end is a moment that a table cannot hold."""
        return self.start.beyond | self.end.beyond


def lifetimes_at(scanner: Scanner, data: Array, spans: Spans) -> Lifetimes:
    """Return the lifetimes in a buffer, given the scanner of their messages."""
    present = spans.present
    rows = np.flatnonzero(present)
    fields, unusual = scanner.scan(data, spans.at(rows))
    start, end = (moments_at(data, fields[name]) for name in ("start_timestamp", "end_timestamp"))
    invalid = start.invalid | end.invalid
    both = np.flatnonzero(start.present & end.present)
    order = start.seconds[both] - end.seconds[both]
    invalid[both] |= (order > 0) | ((order == 0) & (start.nanos[both] > end.nanos[both]))
    unusual |= start.unusual | end.unusual
    start, end = (
        Moments(*(_at_rows(values, rows, present.size) for values in moments))
        for moments in (start, end)
    )
    return Lifetimes(
        present, start, end, *(_at_rows(it, rows, present.size) for it in (invalid, unusual))
    )


def _at_rows(values: Array, rows: Array, count: int) -> Array:
    """Return values at their rows of `count`, and zeros at the others."""
    if rows.size == count:
        return values
    spread = np.zeros(count, values.dtype)
    spread[rows] = values
    return spread


def nanoseconds(message: Timestamp) -> int | None:
    """Return a moment in nanoseconds since 1970; None if it is invalid or no table can hold it."""
    if not 0 <= message.nanos < NANOS_PER_SECOND or is_beyond(message):
        return None
    return message.seconds * NANOS_PER_SECOND + message.nanos


def is_beyond(message: Timestamp) -> bool:
    """Return whether a timestamp is outside of what nanoseconds in 64 bits can hold."""
    return not MIN_TABLE_SECONDS <= message.seconds <= MAX_TABLE_SECONDS
