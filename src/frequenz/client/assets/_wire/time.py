"""Timestamps, lifetimes and intervals."""

from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias

from frequenz.api.common.v1alpha8.microgrid import lifetime_pb2
from frequenz.api.common.v1alpha8.microgrid.electrical_components import electrical_components_pb2
from frequenz.api.common.v1alpha8.microgrid.sensors import sensors_pb2
from frequenz.api.common.v1alpha8.types import interval_pb2
from google.protobuf.timestamp_pb2 import Timestamp

from .._model.time import ALWAYS, Interval, Lifetime
from ..findings._rules import Fault, Rule

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
SECOND: Final = timedelta(seconds=1)
# Whole seconds by integer division: as a float, the last moment is rounded into the year 10000.
MIN_SECONDS: Final = (datetime.min.replace(tzinfo=UTC) - EPOCH) // SECOND
MAX_SECONDS: Final = (datetime.max.replace(tzinfo=UTC) - EPOCH) // SECOND
NANOS_PER_SECOND: Final = 1_000_000_000


def decode_timestamp(
    message: Timestamp, path: str, found: list[Fault], so: str = "ignored"
) -> datetime | None:
    """Return the moment, truncated to the microsecond; None with a fault if it is invalid.

    `so` says in the fault how the invalid moment is treated.
    """
    seconds, nanos = message.seconds, message.nanos
    if not 0 <= nanos < NANOS_PER_SECOND:
        found.append(Rule.NANOS_OUT_OF_RANGE.at(path, nanos=nanos, so=so))
        return None
    if not MIN_SECONDS <= seconds <= MAX_SECONDS:
        found.append(Rule.TIMESTAMP_OUT_OF_RANGE.at(path, seconds=seconds, so=so))
        return None
    return EPOCH + timedelta(0, seconds, nanos // 1000)


def encode_timestamp(moment: datetime) -> Timestamp:
    """Return the message for a moment, exact over the whole range of `datetime`.

    Raises:
        ValueError: If the moment has no time zone, or is not within the years 1 and 9999 in UTC.
    """
    if moment.utcoffset() is None:
        raise ValueError(f"{moment} has no time zone; give it one, such as datetime.UTC")
    since = moment - EPOCH
    seconds = since // SECOND
    if not MIN_SECONDS <= seconds <= MAX_SECONDS:
        raise ValueError(f"{moment} is not within the years 1 and 9999 in UTC")
    return Timestamp(seconds=seconds, nanos=since.microseconds * 1000)


HasLifetime: TypeAlias = (
    electrical_components_pb2.ElectricalComponent
    | electrical_components_pb2.ElectricalComponentConnection
    | sensors_pb2.Sensor
)
"""The messages with an operational lifetime."""


def decode_lifetime(message: HasLifetime, found: list[Fault]) -> Lifetime:
    """Return when an asset operates: always, if that is invalid or missing."""
    return read_lifetime(message.operational_lifetime, found)


def lifetime_or_none(message: HasLifetime) -> Lifetime | None:
    """Return when an asset operates, or None if that is invalid."""
    found: list[Fault] = []
    lifetime = decode_lifetime(message, found)
    return None if found else lifetime


def read_lifetime(message: lifetime_pb2.Lifetime, found: list[Fault]) -> Lifetime:
    """Return the lifetime of a message: always, if it is invalid."""
    start = message.start_timestamp if message.HasField("start_timestamp") else None
    end = message.end_timestamp if message.HasField("end_timestamp") else None
    ends = _decode_ends(
        start,
        end,
        "operational_lifetime",
        Rule.LIFETIME_INVERTED,
        found,
        so="treated as always operational",
    )
    if ends is None or ends == (None, None):
        return ALWAYS
    return Lifetime(start=ends[0], end=ends[1])


def _decode_ends(
    start: Timestamp | None,
    end: Timestamp | None,
    path: str,
    inverted: Rule,
    found: list[Fault],
    *,
    so: str,
) -> tuple[datetime | None, datetime | None] | None:
    """Return both ends of a period, or None with a fault if one is invalid or they are inverted."""
    before = len(found)
    first = None if start is None else decode_timestamp(start, f"{path}.start", found, so)
    last = None if end is None else decode_timestamp(end, f"{path}.end", found, so)
    # Compared as on the wire, where moments are finer than a datetime.
    if (
        (start is not None and first is not None)
        and (end is not None and last is not None)
        and (start.seconds, start.nanos) > (end.seconds, end.nanos)
    ):
        found.append(inverted.at(path, start=start.ToJsonString(), end=end.ToJsonString()))
    return None if len(found) > before else (first, last)


def encode_lifetime(lifetime: Lifetime) -> lifetime_pb2.Lifetime:
    """Return the message for a lifetime."""
    message = lifetime_pb2.Lifetime()
    if lifetime.start is not None:
        message.start_timestamp.CopyFrom(encode_timestamp(lifetime.start))
    if lifetime.end is not None:
        message.end_timestamp.CopyFrom(encode_timestamp(lifetime.end))
    return message


def decode_interval(
    message: interval_pb2.Interval, path: str, found: list[Fault]
) -> Interval | None:
    """Return a period, or None with a fault if it is invalid."""
    start = message.start_time if message.HasField("start_time") else None
    end = message.end_time if message.HasField("end_time") else None
    ends = _decode_ends(start, end, path, Rule.INTERVAL_INVERTED, found, so="the period is ignored")
    return None if ends is None else Interval(start=ends[0], end=ends[1])


def encode_interval(interval: Interval) -> interval_pb2.Interval:
    """Return the message for a period."""
    message = interval_pb2.Interval()
    if interval.start is not None:
        message.start_time.CopyFrom(encode_timestamp(interval.start))
    if interval.end is not None:
        message.end_time.CopyFrom(encode_timestamp(interval.end))
    return message
