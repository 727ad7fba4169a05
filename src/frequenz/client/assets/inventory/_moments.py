"""Moments as people write them, in files and on the command line."""

import re
from datetime import datetime
from typing import Final, NamedTuple

PATTERN: Final = (
    r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}(?::\d{2}(?:\.(\d{1,9}))?)?)"
    r"\s?(Z|z|[-+]\d{2}(?::?\d{2})?)"
)
"""The pattern of ISO 8601 with an offset from UTC."""

_MOMENT: Final = re.compile(PATTERN, re.ASCII)
_OFFSET: Final = re.compile(r"[Zz]|[-+](?:[01]\d|2[0-3])(?::?[0-5]\d)?", re.ASCII)


class Moment(NamedTuple):
    """A point in time."""

    second: datetime
    """The second that it is in, with an offset from UTC."""

    nanos: int
    """The nanoseconds since."""


def parse_moment(text: str) -> Moment:
    """Return the moment in a text: ISO 8601 with an offset from UTC.

    Raises:
        ValueError: If it is not one; says what is expected.
    """
    match = _MOMENT.fullmatch(text)
    if match is None:
        raise ValueError("a timestamp with its offset from UTC, such as 2024-05-17T08:30:00Z")
    date, time, fraction, offset = match.groups()
    if not _OFFSET.fullmatch(offset):
        raise ValueError("an offset from UTC within -23:59 and +23:59")
    whole, _, _ = time.partition(".")
    try:
        second = datetime.fromisoformat(f"{date}T{whole}{offset.upper()}")
    except ValueError as error:
        raise ValueError(f"a valid timestamp ({error})") from error
    return Moment(second, int((fraction or "").ljust(9, "0")))
