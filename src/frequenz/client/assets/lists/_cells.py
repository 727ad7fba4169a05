"""What people write in a cell: numbers, IDs, texts, words and moments.

Functions raise ValueError with what was expected.
"""

import enum
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Final, NamedTuple, TypeAlias

from google.protobuf.timestamp_pb2 import Timestamp

from .._wire.float32 import shortest_float32
from .._wire.time import EPOCH, MAX_SECONDS, MIN_SECONDS, NANOS_PER_SECOND, encode_timestamp
from ..inventory._member_names import MemberNames
from ..inventory._moments import parse_moment

Value: TypeAlias = str | int | float | bool | date | None
"""What a cell can have; a datetime is a date, too."""

MAX_ID: Final = 2**64 - 1
_MAX_EXACT: Final = 2**53
"""Up to which integer a number in a spreadsheet is exact."""

_LIMIT: Final = 1e30
"""What numbers are below; single precision holds them in W, too."""

_DIGITS: Final = re.compile(r"[0-9]{1,20}")
_NUMBER: Final = re.compile(
    r"([-+−]?(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)(?:[eE][-+]?[0-9]+)?)\s*(.*)"
)
_THOUSANDS: Final = re.compile(
    r"[-+−]?([1-9][0-9]{0,2})((?:[.,' \u00a0\u202f][0-9]{3})+)(?![0-9eE])([.,][0-9]+)?"
)
_RANGE: Final = re.compile(r"(.+?)\s+to\s+(.+)")
_GERMAN_DATE: Final = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})")
_PREFIXES: Final[Mapping[str, Decimal]] = {
    "m": Decimal("1e-3"),
    "": Decimal(1),
    "k": Decimal("1e3"),
    "M": Decimal("1e6"),
    "G": Decimal("1e9"),
}


class Cell(NamedTuple):
    """A cell that is not empty."""

    address: str
    """As spreadsheets call it, such as `D5`."""

    value: str | int | float | bool | date
    has_decimal_comma: bool = False
    """Whether texts have numbers with a decimal comma."""

    def __str__(self) -> str:
        """Return the value as mistakes show it."""
        if isinstance(self.value, float) and self.value.is_integer() and abs(self.value) < _LIMIT:
            return str(int(self.value))
        if isinstance(self.value, datetime) and self.value.time() == time():
            return self.value.date().isoformat()
        return repr(self.value) if isinstance(self.value, str) else str(self.value)


def text_of(cell: Cell) -> str:
    """Return the text of a cell; a number as its digits."""
    value = cell.value
    if isinstance(value, str):
        return value
    if isinstance(value, bool | date):
        raise ValueError("text")
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def id_of(cell: Cell) -> int:
    """Return the ID in a cell."""
    value = cell.value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        if 0 < value <= _MAX_EXACT:
            return value
        if value > _MAX_EXACT:
            raise ValueError("an ID, which as text is exact: format the cell as text")
    elif isinstance(value, str) and _DIGITS.fullmatch(value) and 0 < int(value) <= MAX_ID:
        return int(value)
    raise ValueError(f"an ID, an integer from 1 to {MAX_ID}")


def ids_of(cell: Cell) -> list[int]:
    """Return the IDs in a cell, joined by `+`."""
    try:
        if isinstance(cell.value, str):
            return [id_of(cell._replace(value=part.strip())) for part in cell.value.split("+")]
        return [id_of(cell)]
    except ValueError:
        raise ValueError("the ID of the component in front, or several as 2 + 3") from None


def number_of(cell: Cell, unit: str) -> float:
    """Return the number in a cell, with or without its unit."""
    value = cell.value
    what = f"a number of {unit}" if unit else "a number"
    if isinstance(value, bool | date):
        raise ValueError(what)
    if not isinstance(value, str):
        return _below_limit(float(value), what)
    text = value.strip()
    if unit:  # degrees are below 1000
        _check_thousands(text, what, "," if cell.has_decimal_comma else ".")
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise ValueError(what)
    digits, given = match.groups()
    if "," in digits and not cell.has_decimal_comma:
        raise ValueError(f"{what} with a decimal point")
    plain = digits.replace("−", "-").replace(",", ".")
    _below_limit(float(plain), what)
    number = Decimal(plain)
    if given and given != unit:
        raise ValueError(f"{what}{_converted(number, given, unit)}")
    return float(number)


def _below_limit(number: float, what: str) -> float:
    if not abs(number) < _LIMIT:
        raise ValueError(f"{what} below {_LIMIT:g}")
    return number


def _check_thousands(text: str, what: str, point: str) -> None:
    """Raise a ValueError if a number has separators of thousands, or may have one."""
    match = _THOUSANDS.match(text)
    if match is None:
        return
    whole, groups, decimals = match.groups()
    if decimals or len(groups) > len(".000") or groups[0] not in ".,":
        raise ValueError(f"{what} without separators of thousands, such as 1234{point}5")
    if point == "," == groups[0]:
        return  # semicolons between cells come from where the comma is the decimal one
    rest = groups[1:]
    decimals = f"{rest}0" if rest[-1] != "0" else rest.rstrip("0") or "0"
    raise ValueError(f"{what} that cannot be misread: {whole}{rest} or {whole}{point}{decimals}")


def _converted(number: Decimal, given: str, unit: str) -> str:
    """Return what a number in a related unit is in the right one, as an addition."""
    for base in ("var", "VA", "Wh", "W", "V", "A"):
        if unit.endswith(base) and given.endswith(base):
            have, want = given.removesuffix(base), unit.removesuffix(base)
            if have in _PREFIXES and want in _PREFIXES:
                amount = number * _PREFIXES[have] / _PREFIXES[want]
                return f" ({number} {given} are {amount.normalize():f})"
    return ""


def range_of(cell: Cell, unit: str) -> float | tuple[float, float]:
    """Return the number in a cell, or both ends of a range such as `0 to 160`."""
    match = _RANGE.fullmatch(cell.value) if isinstance(cell.value, str) else None
    if match is None:
        number = number_of(cell, unit)
        if not 0 <= number < float("inf"):
            raise ValueError(f"{unit}, 0 or more, or a range such as -100 to 0")
        return number
    lower, upper = (number_of(cell._replace(value=it), unit) for it in match.groups())
    if lower > upper:
        raise ValueError(f"a range of {unit} from the lower to the upper bound")
    return lower, upper


def positive_of(cell: Cell, unit: str) -> float:
    """Return the number in a cell, which is not negative."""
    number = number_of(cell, unit)
    if not 0 <= number < float("inf"):
        raise ValueError(f"{unit}, 0 or more")
    return number


class Words:
    """The members of an enum as words, in any case, with spaces or hyphens for underscores."""

    def __init__(self, noun: str, members: type[enum.Enum]) -> None:
        self._noun = noun
        self._names = MemberNames.of(members)
        self.listed: tuple[str, ...] = tuple(
            name for name in dict.fromkeys(self.text(it.value) for it in members)
        )

    def text(self, number: int) -> str:
        """Return the word for a number, or its digits if it has none."""
        # The last name is that of the API: grid_connection_point, not grid.
        named = [name for name, it in self._names.numbers.items() if it == number]
        return named[-1].replace("_", " ") if named else str(number)

    def number_of(self, cell: Cell) -> int:
        """Return the number of the word in a cell."""
        text = cell.value if isinstance(cell.value, str) else ""
        number = self._names.find("_".join(text.split()))
        if number is None:
            near = self._names.nearest(text, self._names.numbers)
            hint = near or ", ".join(it for it in self.listed if it != "unspecified")
            hint = hint.replace("_", " ").replace("type:", "type")
            raise ValueError(
                f"{self._noun} ({'did you mean ' if near else ''}{hint}{'?' * bool(near)})"
            )
        return number


def moment_of(cell: Cell) -> Timestamp:
    """Return the moment in a cell; a day begins at midnight in UTC."""
    value = cell.value
    if isinstance(value, datetime):
        return encode_timestamp(value.replace(tzinfo=UTC))
    if isinstance(value, date):
        return encode_timestamp(datetime.combine(value, time(), UTC))
    if not isinstance(value, str):
        raise ValueError("a day such as 2024-05-17: format the cell as a date")
    german = _GERMAN_DATE.fullmatch(value)
    try:
        if german:
            day, month, year = map(int, german.groups())
            return encode_timestamp(datetime(year, month, day, tzinfo=UTC))
        if len(value) <= len("2024-05-17"):
            return encode_timestamp(datetime.combine(date.fromisoformat(value), time(), UTC))
        second, nanos = parse_moment(value)
    except ValueError:
        raise ValueError(
            "a day such as 2024-05-17 or 17.05.2024, or a time with its offset from UTC, such as"
            " 2024-05-17T08:30:00Z"
        ) from None
    since = second - EPOCH
    return Timestamp(seconds=since.days * 86_400 + since.seconds, nanos=nanos)


# Writing ------------------------------------------------------------------------------------------


def moment_value(moment: Timestamp) -> Value:
    """Return a moment as a day, if it is midnight in UTC, or as text."""
    if not (MIN_SECONDS <= moment.seconds <= MAX_SECONDS and 0 <= moment.nanos < NANOS_PER_SECOND):
        return f"{moment.seconds} s since 1970"
    text = moment.ToJsonString()
    return date.fromisoformat(text[:10]) if text.endswith("T00:00:00Z") else text


def number_value(number: float, factor: int = 1) -> Value:
    """Return a number of single precision, divided by a factor, with as few digits as possible."""
    shortest = shortest_float32(number)
    divided = float(Decimal(repr(shortest)) / factor)
    return int(divided) if divided.is_integer() and abs(divided) < _MAX_EXACT else divided


def number_text(number: Value) -> str:
    """Return a number as text that has no thousands to any reader."""
    text = str(number)
    return f"{text}0" if _THOUSANDS.fullmatch(text) else text


def id_value(number: int) -> Value:
    """Return an ID, as text where a number would not be exact."""
    return number if number <= _MAX_EXACT else str(number)


def ids_value(numbers: Iterable[int]) -> Value:
    """Return IDs, joined by `+`."""
    listed = [*numbers]
    if len(listed) == 1:
        return id_value(listed[0])
    return " + ".join(map(str, listed)) or None
