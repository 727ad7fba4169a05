"""Periods in which an asset operates."""

from dataclasses import dataclass
from datetime import UTC, datetime


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
        if self.start is not None and self.end is not None and self.start > self.end:
            raise ValueError(f"Start ({self.start}) must be before or equal to end ({self.end})")

    def is_operational_at(self, timestamp: datetime) -> bool:
        """Return whether the asset is operational at a moment."""
        return (self.start is None or self.start <= timestamp) and (
            self.end is None or timestamp <= self.end
        )

    def is_operational_now(self) -> bool:
        """Return whether the asset is operational now."""
        return self.is_operational_at(datetime.now(UTC))
