"""Periods of time.

Times are truncated to the microseconds of a `datetime`; the API has nanoseconds. They are compared
as instants, also if they have the same time zone and its clocks are set back or forward between
them.
"""

from dataclasses import Field, dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar, Final

from .._readable_defaults import ReadableDefaults

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def is_before(one: datetime, other: datetime) -> bool:
    """Return whether one instant is before another one.

    Python compares the wall clocks of times in the same time zone; here, their distance from 1970
    counts instead.
    """
    if one.tzinfo is other.tzinfo and one.tzinfo is not UTC:
        return bool(_instant(one) < _instant(other))
    return one < other


def _instant(time: datetime) -> Any:
    """Return the time since 1970; a time without a time zone is returned as it is."""
    return time if time.utcoffset() is None else time - _EPOCH


class EqualByInstants(metaclass=ReadableDefaults):
    """A dataclass that equals others of its class whose times are the same instants."""

    __slots__ = ()

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._values == other._values

    def __hash__(self) -> int:
        return hash(self._values)

    @property
    def _values(self) -> tuple[object, ...]:
        values = (getattr(self, name) for name in self.__dataclass_fields__)
        return tuple(_instant(it) if isinstance(it, datetime) else it for it in values)


def _check_order(start: datetime | None, end: datetime | None) -> None:
    """Raise ValueError if a period starts after its end."""
    if start is not None and end is not None and is_before(end, start):
        raise ValueError(f"Start ({start}) must be before or equal to end ({end})")


@dataclass(frozen=True, kw_only=True, slots=True, weakref_slot=True, eq=False)
class Lifetime(EqualByInstants):
    """The period in which an asset is operational, including both ends.

    Raises:
        ValueError: If `start` is after `end`.
    """

    start: datetime | None = None
    """When the asset became operational; None if it always was."""

    end: datetime | None = None
    """When the asset stopped being operational; None if it did not."""

    def __post_init__(self) -> None:
        """Check that the start is not after the end."""
        _check_order(self.start, self.end)

    def is_operational_at(self, timestamp: datetime) -> bool:
        """Return whether the asset is operational at a point in time."""
        return (self.start is None or not is_before(timestamp, self.start)) and (
            self.end is None or not is_before(self.end, timestamp)
        )

    def is_operational_now(self) -> bool:
        """Return whether the asset is operational now."""
        return self.is_operational_at(datetime.now(UTC))


ALWAYS: Final = Lifetime()
"""The lifetime without limits, shared by all assets that have it."""


@dataclass(frozen=True, kw_only=True, slots=True, weakref_slot=True, eq=False)
class Interval(EqualByInstants):
    """A period of time that includes its start and excludes its end.

    Raises:
        ValueError: If `start` is after `end`.
    """

    start: datetime | None = None
    """The first point in time within the period; None if it has no start."""

    end: datetime | None = None
    """The first point in time after the period; None if it has no end."""

    def __post_init__(self) -> None:
        """Check that the start is not after the end."""
        _check_order(self.start, self.end)

    def __contains__(self, moment: datetime) -> bool:
        """Return whether a point in time is in the period."""
        return (self.start is None or not is_before(moment, self.start)) and (
            self.end is None or is_before(moment, self.end)
        )
