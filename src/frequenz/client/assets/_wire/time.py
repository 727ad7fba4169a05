"""Timestamps, lifetimes and intervals."""

from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias

from frequenz.api.common.v1alpha8.microgrid import lifetime_pb2
from frequenz.api.common.v1alpha8.microgrid.electrical_components import electrical_components_pb2
from frequenz.api.common.v1alpha8.microgrid.sensors import sensors_pb2
from frequenz.api.common.v1alpha8.types import interval_pb2
from google.protobuf.timestamp_pb2 import Timestamp

from .._time import ALWAYS, Interval, Lifetime
from .findings import Finding, major
from .shared import Shared

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
SECOND: Final = timedelta(seconds=1)
# Whole seconds by integer division: as a float, the last moment is rounded into the year 10000.
MIN_SECONDS: Final = (datetime.min.replace(tzinfo=UTC) - EPOCH) // SECOND
MAX_SECONDS: Final = (datetime.max.replace(tzinfo=UTC) - EPOCH) // SECOND
NANOS_PER_SECOND: Final = 1_000_000_000


def decode_timestamp(message: Timestamp, path: str, found: list[Finding]) -> datetime | None:
    """Return the moment, exact to the microsecond; None with a finding where there is none."""
    seconds, nanos = message.seconds, message.nanos
    if not 0 <= nanos < NANOS_PER_SECOND:
        found.append(major(path, f"{nanos} nanoseconds are not within 0 and 999999999; left out"))
        return None
    if not MIN_SECONDS <= seconds <= MAX_SECONDS:
        found.append(
            major(path, f"{seconds} s since 1970 is not within the years 1 and 9999; left out")
        )
        return None
    return EPOCH + timedelta(seconds=seconds, microseconds=nanos // 1000)


def encode_timestamp(moment: datetime) -> Timestamp:
    """Return the message for a moment, exact over the whole range of `datetime`."""
    since = moment - EPOCH
    return Timestamp(seconds=since // SECOND, nanos=since.microseconds * 1000)


HasLifetime: TypeAlias = (
    electrical_components_pb2.ElectricalComponent
    | electrical_components_pb2.ElectricalComponentConnection
    | sensors_pb2.Sensor
)
"""The messages with an operational lifetime."""

_lifetimes: Shared[bytes, tuple[Lifetime, tuple[Finding, ...]]] = Shared()


def decode_lifetime(
    message: HasLifetime, found: list[Finding], missing: Finding | None = None
) -> Lifetime:
    """Return when an asset operates: always where that is unreadable or missing.

    The API allows it to be missing; `missing` is the finding where something else is expected.
    """
    lifetime = message.operational_lifetime
    wire = lifetime.SerializeToString()
    if not wire:  # missing, or there and empty
        if missing is not None and not message.HasField("operational_lifetime"):
            found.append(missing)
        return ALWAYS
    made, findings = _lifetimes.get(wire) or _lifetimes.keep(wire, _read_lifetime(lifetime))
    if findings:
        found += findings
    return made


def _read_lifetime(message: lifetime_pb2.Lifetime) -> tuple[Lifetime, tuple[Finding, ...]]:
    found: list[Finding] = []
    path = "operational_lifetime"
    start = end = None
    if message.HasField("start_timestamp"):
        start = decode_timestamp(message.start_timestamp, f"{path}.start", found)
    if message.HasField("end_timestamp"):
        end = decode_timestamp(message.end_timestamp, f"{path}.end", found)
    if start is not None and end is not None and start > end:
        found.append(
            major(path, f"starts at {start} after its end at {end}; taken as always operational")
        )
    return ALWAYS if found else Lifetime(start=start, end=end), tuple(found)


def encode_lifetime(lifetime: Lifetime) -> lifetime_pb2.Lifetime:
    """Return the message for a lifetime."""
    message = lifetime_pb2.Lifetime()
    if lifetime.start is not None:
        message.start_timestamp.CopyFrom(encode_timestamp(lifetime.start))
    if lifetime.end is not None:
        message.end_timestamp.CopyFrom(encode_timestamp(lifetime.end))
    return message


def decode_interval(
    message: interval_pb2.Interval, path: str, found: list[Finding]
) -> Interval | None:
    """Return a period, or None with a finding where it is unreadable."""
    before = len(found)
    start = end = None
    if message.HasField("start_time"):
        start = decode_timestamp(message.start_time, f"{path}.start", found)
    if message.HasField("end_time"):
        end = decode_timestamp(message.end_time, f"{path}.end", found)
    if start is not None and end is not None and start > end:
        found.append(major(path, f"starts at {start} after its end at {end}; left out"))
    return None if len(found) > before else Interval(start=start, end=end)


def encode_interval(interval: Interval) -> interval_pb2.Interval:
    """Return the message for a period."""
    message = interval_pb2.Interval()
    if interval.start is not None:
        message.start_time.CopyFrom(encode_timestamp(interval.start))
    if interval.end is not None:
        message.end_time.CopyFrom(encode_timestamp(interval.end))
    return message
