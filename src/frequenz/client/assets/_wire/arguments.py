"""What callers pass, checked before anything is sent."""

import enum
from collections.abc import Iterable, Iterator
from datetime import datetime
from operator import index
from typing import Any, Final, SupportsIndex

from frequenz.api.common.v1alpha8.grid import delivery_area_pb2
from frequenz.api.common.v1alpha8.types import interval_pb2
from frequenz.client.common.grid import DeliveryArea, EnergyMarketCodeType
from frequenz.core.id import BaseId

from .._model.time import Interval
from .time import encode_interval, encode_timestamp

_ID_LIMIT: Final = 2**64
_ENUM_LIMIT: Final = 2**31


def number(value: SupportsIndex, name: str) -> int:
    """Return a plain id, such as a gridpool's, as a number.

    Raises:
        TypeError: If it is no integer.
        ValueError: If it is below 0, or 2**64 or above.
    """
    if isinstance(value, BaseId):
        raise TypeError(f"{name}: expected an integer, got {value!r}")
    return _within(0, _ID_LIMIT, _integer(value, name, "an integer"), name)


def typed_number(kind: type[BaseId], value: BaseId | SupportsIndex, name: str) -> int:
    """Return an id of a kind, or a plain integer that stands for one, as a number.

    Raises:
        TypeError: If it is neither, such as an id of another kind.
        ValueError: If it is below 0, or 2**64 or above.
    """
    # int() would cut a fraction that the constructor of an id let in.
    held: Any = value._id if isinstance(value, kind) else value
    if type(held) is int and 0 <= held < _ID_LIMIT:
        return held
    expected = f"{_article(kind.__name__)} or an integer"
    if isinstance(value, BaseId) and held is value:
        raise TypeError(f"{name}: expected {expected}, got {value!r}")
    return _within(0, _ID_LIMIT, _integer(held, name, expected, value), name)


def numbers(values: Iterable[SupportsIndex], name: str) -> list[int]:
    """Return plain ids as numbers.

    Raises:
        TypeError, ValueError: As for each of them, and if these are no iterable of ids.
    """
    return [number(value, at) for at, value in _each(values, name, "integers")]


def typed_numbers(
    kind: type[BaseId], values: Iterable[BaseId | SupportsIndex], name: str
) -> list[int]:
    """Return ids of a kind as numbers.

    Raises:
        TypeError, ValueError: As for each of them, and if these are no iterable of ids.
    """
    each = _each(values, name, f"{kind.__name__} values")
    return [typed_number(kind, value, at) for at, value in each]


def enum_numbers(
    kind: type[enum.Enum], values: Iterable[enum.Enum | SupportsIndex], name: str
) -> list[Any]:
    """Return the numbers of members of an enum, or of plain integers that stand for unknown ones.

    Raises:
        TypeError: If one is neither, such as a member of another enum.
        ValueError: If one is not within -2**31 and 2**31 - 1.
    """
    each = _each(values, name, f"{kind.__name__} members")
    return [_enum_number(kind, value, at) for at, value in each]


def texts(values: Iterable[str], name: str) -> list[str]:
    """Return texts.

    Raises:
        TypeError: If one is no text, or these are no iterable of texts.
        ValueError: If one holds half of a character (a surrogate).
    """
    return [_text(value, at) for at, value in _each(values, name, "strings")]


def area_messages(
    values: Iterable[DeliveryArea], name: str
) -> list[delivery_area_pb2.DeliveryArea]:
    """Return the messages for delivery areas.

    Raises:
        TypeError, ValueError: If one, or a part of one, is of a wrong type or out of range.
    """
    made = []
    for at, area in _each(values, name, "DeliveryArea values"):
        if not isinstance(area, DeliveryArea):
            raise TypeError(f"{at}: expected a DeliveryArea, got {area!r}")
        code = "" if area.code is None else _text(area.code, f"{at}.code")
        code_type = _enum_number(EnergyMarketCodeType, area.code_type, f"{at}.code_type")
        made.append(delivery_area_pb2.DeliveryArea(code=code, code_type=code_type))
    return made


def interval(value: Interval, name: str) -> interval_pb2.Interval:
    """Return the message for a period.

    Raises:
        TypeError: If it is no interval, or an end of it is no datetime.
        ValueError: If an end has no time zone, or is not within the years 1 and 9999 in UTC.
    """
    if not isinstance(value, Interval):
        raise TypeError(f"{name}: expected an Interval, got {value!r}")
    for end in ("start", "end"):
        moment = getattr(value, end)
        if moment is None:
            continue
        if not isinstance(moment, datetime):
            raise TypeError(f"{name}.{end}: expected a datetime, got {moment!r}")
        try:
            encode_timestamp(moment)
        except ValueError as error:
            raise ValueError(f"{name}.{end}: {error}") from None
    return encode_interval(value)


def _each(values: Iterable[Any], name: str, what: str) -> Iterator[tuple[str, Any]]:
    """Give each value with what to call it; a text counts as one value, not as many."""
    try:
        if isinstance(values, str | bytes | bytearray | memoryview):
            raise TypeError
        given = iter(values)
    except TypeError:
        raise TypeError(f"{name}: expected an iterable of {what}, got {values!r}") from None
    for place, value in enumerate(given):
        yield f"{name}[{place}]", value


def _enum_number(kind: type[enum.Enum], value: Any, name: str) -> Any:
    expected = f"{_article(kind.__name__)} or an integer"
    if isinstance(value, kind):
        return value.value
    if isinstance(value, enum.Enum):
        raise TypeError(f"{name}: expected {expected}, got {value!r}")
    return _within(-_ENUM_LIMIT, _ENUM_LIMIT, _integer(value, name, expected), name)


def _integer(value: Any, name: str, expected: str, given: Any = None) -> int:
    """Return an integer of any type as a plain one; bool is one by inheritance alone."""
    if not isinstance(value, bool):
        try:
            return index(value)
        except TypeError:
            pass
    raise TypeError(f"{name}: expected {expected}, got {value if given is None else given!r}")


def _within(low: int, limit: int, value: int, name: str) -> int:
    if low <= value < limit:
        return value
    # Python refuses to print integers of thousands of digits.
    got = value if abs(value) < limit**4 else "a far larger number"
    raise ValueError(f"{name}: {got} is not within {low} and {limit - 1}")


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{name}: expected a string, got {value!r}")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{name}: {value!r} holds half of a character (a surrogate)") from None
    return value


def _article(noun: str) -> str:
    return f"{'an' if noun[0] in 'AEIOU' else 'a'} {noun}"
