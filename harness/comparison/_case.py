"""Cases: the content of a good reply, and one change that makes it faulty.

Codes, timestamps and periods can be wrong in the same ways, in whichever message they are.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from ._values import UNKNOWN


class Good(NamedTuple):
    """The content of a good reply to a call."""

    method: str

    item: Mapping[str, Any]
    """The item of the reply; a list has three of them."""

    numbers: Mapping[str, int]
    """The fields in which the items of a list differ, each with its number in the first item."""

    requested: str = ""
    """The field with the requested number, in the items, the reply or both."""


class Case(NamedTuple):
    """A change that makes a good reply faulty."""

    sentence: str

    field: str
    """The field of the item that shows what a client makes of it; empty = none does."""

    changes: Mapping[str, Any] = {}
    """New values for fields of the item, by path; None leaves a field out."""

    reply: bytes | Mapping[str, Any] = {}
    """The whole reply, or new values for fields of it."""


def steps(path: str) -> list[str | int]:
    """Return the fields and indices of a path such as `time_series[0].start_time`."""
    names = re.findall(r"[^.\[\]]+", path)
    return [int(name) if name.isdecimal() else name for name in names]


START: Final = {"seconds": 1_600_000_000}
END: Final = {"seconds": 1_900_000_000}
_AFTER_START: Final = {"seconds": 1_600_000_000, "nanos": 1}
_YEAR_10000: Final = {"seconds": 253_402_300_800}
_FAR: Final = {"seconds": 2**62}
_NEGATIVE: Final = {"seconds": 1, "nanos": -1}

ENUMS: Final = {"unspecified": 0, "unknown": UNKNOWN}
MOMENTS: Final = {
    "in the year 10000": _YEAR_10000,
    "2**62 s after 1970": _FAR,
    "at -1 ns": _NEGATIVE,
}
_PERIODS: Final = {
    "ends before it starts": (END, START),
    "ends 1 ns before it starts": (_AFTER_START, START),
    "starts 2**62 s after 1970": (_FAR, None),
    "ends in the year 10000": (START, _YEAR_10000),
    "starts at -1 ns": (_NEGATIVE, None),
}
EIC: Final = "10YDE-EON------1"
_CODES: Final = {
    "missing": "",
    "of the wrong form": "DE-1",
    "with a wrong check character": f"{EIC[:-1]}2",
}


def put(sentence: str, path: str, value: Any) -> Case:
    """Return the case in which a field has another value; None leaves it out."""
    return Case(sentence, path, {path: value})


def each(subject: str, path: str, values: Mapping[str, Any]) -> tuple[Case, ...]:
    """Return a case for each value of a field, named by what is wrong with the value."""
    return tuple(put(f"{subject} {what}", path, value) for what, value in values.items())


def codes(subject: str, path: str) -> tuple[Case, ...]:
    """Return what can be wrong with a code of the energy market."""
    return (
        *each(f"code of {subject}", f"{path}.code", _CODES),
        *each(f"code type of {subject}", f"{path}.code_type", ENUMS),
    )


def periods(subject: str, path: str, start: str, end: str) -> tuple[Case, ...]:
    """Return what can be wrong with a period, given the names of its ends."""
    return tuple(
        Case(f"{subject} {what}", path, {path: {start: ends[0], end: ends[1]}})
        for what, ends in _PERIODS.items()
    )


def replies(field: str = "", owner: str = "") -> tuple[Case, ...]:
    """Return what can be wrong with a whole reply, and with the owner of its list if it has one."""
    noun = owner.removesuffix("_id")
    of_owner = (
        Case(f"reply for another {noun}", "", reply={owner: 999_999}),
        Case(f"reply without its {noun}", "", reply={owner: 0}),
    )
    return (
        Case("reply of no bytes", field, reply=b""),
        Case("reply that cannot be decoded", field, reply=b"\xff\xff\xff\xff"),
        *(of_owner if owner else ()),
    )
