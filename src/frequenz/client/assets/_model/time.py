"""Periods of time.

Times are truncated to the microseconds of a `datetime`; the API has nanoseconds.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final


def _check_order(start: datetime | None, end: datetime | None) -> None:
    """Raise ValueError if a period starts after its end."""
    if start is not None and end is not None and start > end:
        raise ValueError(f"Start ({start}) must be before or equal to end ({end})")


@dataclass(frozen=True, kw_only=True, slots=True, weakref_slot=True)
class Lifetime:
    """The period in which an asset is operational, including both ends.

    Raises:
        ValueError: If `start` is after `end`.
    """

    start: datetime | None = None
    """When the asset became operational; None if it always was."""

    end: datetime | None = None
    """When the asset stopped being operational; None if it did not."""

    def __post_init__(self) -> None:
        _check_order(self.start, self.end)

    def is_operational_at(self, timestamp: datetime) -> bool:
        """Return whether the asset is operational at a point in time."""
        return (self.start is None or self.start <= timestamp) and (
            self.end is None or timestamp <= self.end
        )

    def is_operational_now(self) -> bool:
        """Return whether the asset is operational now."""
        return self.is_operational_at(datetime.now(UTC))


ALWAYS: Final = Lifetime()
"""The lifetime without limits, shared by all assets that have it."""


@dataclass(frozen=True, kw_only=True, slots=True, weakref_slot=True)
class Interval:
    """A period of time that includes its start and excludes its end.

    Raises:
        ValueError: If `start` is after `end`.
    """

    start: datetime | None = None
    """The first point in time within the period; None if it has no start."""

    end: datetime | None = None
    """The first point in time after the period; None if it has no end."""

    def __post_init__(self) -> None:
        _check_order(self.start, self.end)

    def __contains__(self, moment: datetime) -> bool:
        return (self.start is None or self.start <= moment) and (
            self.end is None or moment < self.end
        )
