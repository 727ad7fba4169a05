"""The lifetimes of components and connections, as sections."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
from frequenz.api.common.v1alpha8.microgrid.electrical_components import electrical_components_pb2
from frequenz.api.common.v1alpha8.microgrid.lifetime_pb2 import Lifetime
from google.protobuf.timestamp_pb2 import Timestamp

from ..._wire.reply import parse
from ..._wire.time import NANOS_PER_SECOND
from ._scan import Array, Cursors, Field
from ._schemas import MOMENT
from ._section_reader import SectionReader, fields_of, read_sections
from ._times import MAX_TABLE_SECONDS, MIN_TABLE_SECONDS, lifetime_ends

_START, _END = fields_of(Lifetime, "start_timestamp", "end_timestamp")
_SECONDS, _NANOS = fields_of(Timestamp, "seconds", "nanos")


class LifetimeTable(NamedTuple):
    """The distinct lifetimes of some messages."""

    columns: Mapping[str, Any]
    is_faulty: Array
    is_beyond: Array
    """Which have a moment that tables cannot hold."""


class _Moments(NamedTuple):
    is_given: Array
    is_clear: Array
    """Whether each is valid, and no table is too small for it; or absent."""

    nanoseconds: Array


def _moments(cursors: Cursors, field: Field) -> tuple[_Moments, Array]:
    """Return timestamps, and in which messages they are unusual."""
    is_given, timestamps = cursors.read_messages(field)
    seconds = timestamps.read_numbers(_SECONDS).view(np.int64)
    nanos = timestamps.read_numbers(_NANOS).astype(np.uint32).view(np.int32)
    is_clear = (nanos >= 0) & (nanos < NANOS_PER_SECOND)
    is_clear &= (seconds >= MIN_TABLE_SECONDS) & (seconds <= MAX_TABLE_SECONDS)
    return _Moments(is_given, is_clear, seconds * NANOS_PER_SECOND + nanos), timestamps.unusual


def _lifetime_table(kind: Any, sections: Sequence[bytes], *, is_required: bool) -> LifetimeTable:
    (field,) = fields_of(kind, "operational_lifetime")

    def read(cursors: Cursors) -> tuple[tuple[Array, _Moments, _Moments], Array]:
        is_given, lifetimes = cursors.read_messages(field)
        start, in_start = _moments(lifetimes, _START)
        end, in_end = _moments(lifetimes, _END)
        unusual = cursors.unusual | lifetimes.unusual | in_start | in_end
        return (is_given, start, end), unusual

    (is_given, *ends), readable = read_sections(kind, sections, read)
    start, end = ends
    is_faulty = ~is_given & is_required
    is_beyond = np.zeros(len(sections), bool)
    hidden = [~it.is_given for it in ends]
    is_inverted = start.is_given & end.is_given & (start.nanoseconds > end.nanoseconds)
    unclear = ~start.is_clear | ~end.is_clear | is_inverted
    for at in unclear.nonzero()[0].tolist():
        exact = lifetime_ends(parse(kind, readable[at]).operational_lifetime)
        is_faulty[at], is_beyond[at] = exact.is_faulty, exact.is_beyond
        hidden[0][at], hidden[1][at] = exact.start is None, exact.end is None
    columns = {
        f"operational_lifetime_{name}": pa.array(it.nanoseconds, mask=mask).view(MOMENT)
        for name, it, mask in zip(("start", "end"), ends, hidden, strict=True)
    }
    return LifetimeTable(columns, is_faulty, is_beyond)


LIFETIME_READER: Final = SectionReader(
    partial(_lifetime_table, electrical_components_pb2.ElectricalComponent, is_required=True)
)
CONNECTION_LIFETIME_READER: Final = SectionReader(
    partial(
        _lifetime_table,
        electrical_components_pb2.ElectricalComponentConnection,
        is_required=False,
    )
)
