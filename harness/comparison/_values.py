"""Random values that the published client handles correctly, edge cases included."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

from google.protobuf.timestamp_pb2 import Timestamp

from frequenz.client.assets._wire.float32 import to_float32

UNKNOWN: Final = 97
"""A number that is not a member of any enum."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

# Outside of these, times of the published client are off by up to 15 microseconds.
EARLIEST: Final = datetime(1900, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2106, 1, 1, tzinfo=UTC)

_EDGES: Final = (
    EARLIEST,
    LATEST,
    _EPOCH,
    _EPOCH - _MICROSECOND,
    _EPOCH + _MICROSECOND,
    datetime(2038, 1, 19, 3, 14, 8, tzinfo=UTC),
    datetime(2024, 2, 29, 23, 59, 59, 999999, tzinfo=UTC),
)

_NAMES: Final = (
    "Meter 1",
    "x",
    " ",
    "PV-Anlage Süd",
    "電力計",
    "⚡",
    "a:b",
    'quo"ted\\',
    "two\nlines",
    "0",
    "None",
    "long " * 60,
)

_NUMBERS: Final = (
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.1,
    1e-45,
    1.17549435e-38,
    3.4028235e38,
    16777217.0,
    230.0,
)


def enum_value(number: int) -> Any:
    """Return a number as a value of any enum: for type checkers, each enum has its own type."""
    return number


def time(rng: Random) -> datetime:
    """Return a time in whole microseconds."""
    if rng.random() < 0.1:
        return rng.choice(_EDGES)
    span = (LATEST - EARLIEST) // _MICROSECOND
    found = EARLIEST + rng.randrange(span) * _MICROSECOND
    return found.replace(microsecond=0) if rng.random() < 0.3 else found


def timestamp(of: datetime) -> Timestamp:
    """Return the message for a time."""
    since = of - _EPOCH
    return Timestamp(seconds=since // timedelta(seconds=1), nanos=since.microseconds * 1000)


def name(rng: Random) -> str:
    """Return a name, which may be empty."""
    if rng.random() < 0.1:
        return ""
    return rng.choice(_NAMES) if rng.random() < 0.3 else f"Name {rng.randrange(10**6)}"


def number(rng: Random) -> float:
    """Return a finite number of single precision."""
    if rng.random() < 0.2:
        return to_float32(rng.choice(_NUMBERS))
    return to_float32(rng.uniform(-1, 1) * 10 ** rng.randint(-6, 9))


def ids(rng: Random, count: int) -> list[int]:
    """Return distinct IDs: mostly small ones, and some at the limits of integer types."""
    edges = [2**31 - 1, 2**31, 2**32, 2**53 - 1, 2**53 + 1, 2**63 - 1, 2**63, 2**64 - 1]
    found = [*edges, *rng.sample(range(1, 10**6), count)][:count]
    rng.shuffle(found)
    return found
