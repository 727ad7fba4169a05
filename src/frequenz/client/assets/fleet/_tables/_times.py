"""Timestamps and lifetimes as nanoseconds since 1970."""

from typing import Final, NamedTuple

from frequenz.api.common.v1alpha8.microgrid.lifetime_pb2 import Lifetime
from google.protobuf.timestamp_pb2 import Timestamp

from ..._wire.time import NANOS_PER_SECOND, read_lifetime
from ...findings._rules import Fault

MIN_TABLE_SECONDS: Final = -9_223_372_036
"""Of the first whole second that nanoseconds in 64 bits can hold: 1677-09-21T00:12:44Z."""

MAX_TABLE_SECONDS: Final = 9_223_372_035
"""Of the last one, all of whose nanoseconds they can hold: 2262-04-11T23:47:15Z."""


class Ends(NamedTuple):
    """When an asset operates, in nanoseconds since 1970."""

    start: int | None
    end: int | None
    is_faulty: bool
    """Whether the lifetime is treated as if the asset always operated."""

    is_beyond: bool
    """Whether the start or the end is a moment that a table cannot hold."""


def lifetime_ends(message: Lifetime) -> Ends:
    """Return the ends of a lifetime, None where absent, invalid, or beyond tables."""
    first = message.start_timestamp if message.HasField("start_timestamp") else None
    last = message.end_timestamp if message.HasField("end_timestamp") else None
    start = None if first is None else nanoseconds(first)
    end = None if last is None else nanoseconds(last)
    is_clear = (first is None) == (start is None) and (last is None) == (end is None)
    if is_clear and (start is None or end is None or start <= end):
        return Ends(start, end, is_faulty=False, is_beyond=False)
    beyond = any(it is not None and is_beyond(it) for it in (first, last))
    found: list[Fault] = []
    read_lifetime(message, found)
    return Ends(None, None, True, beyond) if found else Ends(start, end, False, beyond)


def nanoseconds(message: Timestamp) -> int | None:
    """Return a moment in nanoseconds since 1970; None if it is invalid or no table can hold it."""
    if not 0 <= message.nanos < NANOS_PER_SECOND or is_beyond(message):
        return None
    return message.seconds * NANOS_PER_SECOND + message.nanos


def is_beyond(message: Timestamp) -> bool:
    """Return whether a timestamp is outside of what nanoseconds in 64 bits can hold."""
    return not MIN_TABLE_SECONDS <= message.seconds <= MAX_TABLE_SECONDS
