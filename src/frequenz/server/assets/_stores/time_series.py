"""Clipping energy schedules to the time series interval of a request."""

from collections.abc import Iterable, Mapping
from typing import Final

from frequenz.api.common.v1alpha8.types import interval_pb2
from frequenz.api.platformassets.v1alpha1 import platformassets_pb2

from frequenz.client.assets._model.market import DeliveryDuration

from .rows import Instant, to_instant

_SECONDS: Final[Mapping[int, int]] = {
    duration.value: int(duration.to_timedelta().total_seconds()) for duration in DeliveryDuration
}


def clip_all(schedules: Iterable[bytes], interval: interval_pb2.Interval) -> list[bytes]:
    """Return schedules as `clip_time_series` does."""
    return [clip_time_series(schedule, interval) for schedule in schedules]


def clip_time_series(schedule: bytes, interval: interval_pb2.Interval) -> bytes:
    """Return a schedule with only the entries whose delivery periods overlap an interval.

    An unspecified or unknown delivery duration counts as 0 s.
    """
    message = platformassets_pb2.GridpoolEnergySchedule.FromString(schedule)
    start = to_instant(interval.start_time) if interval.HasField("start_time") else None
    end = to_instant(interval.end_time) if interval.HasField("end_time") else None
    duration = _SECONDS.get(message.delivery_duration, 0)
    kept = [
        entry
        for entry in message.time_series
        if _overlaps(to_instant(entry.start_time), duration, start, end)
    ]
    del message.time_series[:]
    message.time_series.extend(kept)
    return message.SerializeToString()


def _overlaps(begin: Instant, duration: int, start: Instant | None, end: Instant | None) -> bool:
    seconds, nanos = begin
    return (end is None or begin < end) and (start is None or (seconds + duration, nanos) > start)
