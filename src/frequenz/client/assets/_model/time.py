"""Periods of time: in which an asset operates, in which something is valid.

The API counts nanoseconds; moments are cut to the microseconds of a `datetime`.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final


def _refuse_inverted(start: datetime | None, end: datetime | None) -> None:
    """Raise ValueError if a period starts after its end."""
    if start is not None and end is not None and start > end:
        raise ValueError(f"Start ({start}) must be before or equal to end ({end})")


@dataclass(frozen=True, kw_only=True, slots=True, weakref_slot=True)
class Lifetime:
    """The period in which an asset is operational, both ends included.

    Raises:
        ValueError: If `start` is after `end`.
    """

    start: datetime | None = None
    """When the asset became operational; None = since ever."""

    end: datetime | None = None
    """When the asset was removed for good; None = never."""

    def __post_init__(self) -> None:
        _refuse_inverted(self.start, self.end)

    def is_operational_at(self, timestamp: datetime) -> bool:
        """Return whether the asset is operational at a moment."""
        return (self.start is None or self.start <= timestamp) and (
            self.end is None or timestamp <= self.end
        )

    def is_operational_now(self) -> bool:
        """Return whether the asset is operational now."""
        return self.is_operational_at(datetime.now(UTC))


ALWAYS: Final = Lifetime()
"""The lifetime without limits: one object for all that have it."""


@dataclass(frozen=True, kw_only=True, slots=True, weakref_slot=True)
class Interval:
    """A period of time that includes its start and excludes its end.

    Raises:
        ValueError: If `start` is after `end`.
    """

    start: datetime | None = None
    """The first moment of the period; None = it has no start."""

    end: datetime | None = None
    """The first moment after the period; None = it has no end."""

    def __post_init__(self) -> None:
        _refuse_inverted(self.start, self.end)

    def __contains__(self, moment: datetime) -> bool:
        return (self.start is None or self.start <= moment) and (
            self.end is None or moment < self.end
        )
