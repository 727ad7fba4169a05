"""Checking the arguments of calls, before anything is sent."""

import enum
import operator
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Final, SupportsIndex

from frequenz.api.common.v1alpha8.grid import delivery_area_pb2
from frequenz.api.common.v1alpha8.types import interval_pb2
from frequenz.client.common.grid import DeliveryArea, EnergyMarketCodeType
from frequenz.core.id import BaseId

from .._model.time import Interval
from .time import encode_interval, encode_timestamp

_MAX_ID: Final = 2**64 - 1
_MIN_ENUM: Final = -(2**31)
_MAX_ENUM: Final = 2**31 - 1


def number(value: SupportsIndex, name: str) -> int:
    """Return the number of an ID without a type of its own, such as a gridpool's.

    Raises:
        TypeError: If it is not an integer.
        ValueError: If it is not within 0 to 2**64 - 1.
    """
    if isinstance(value, BaseId):
        raise TypeError(f"{name}: expected an integer, got {value!r}")
    return _in_range(0, _MAX_ID, _integer(value, name, "an integer"), name)


def typed_number(kind: type[BaseId], value: BaseId | SupportsIndex, name: str) -> int:
    """Return the number of an ID of a type, which may also be a plain integer.

    Raises:
        TypeError: If it is neither, for instance an ID of another type.
        ValueError: If it is not within 0 to 2**64 - 1.
    """
    # Not int(id), which would truncate: the constructors of IDs accept fractions.
    plain: Any = value._id if isinstance(value, kind) else value
    if type(plain) is int and 0 <= plain <= _MAX_ID:
        return plain
    expected = f"{_with_article(kind.__name__)} or an integer"
    if isinstance(value, BaseId) and plain is value:
        raise TypeError(f"{name}: expected {expected}, got {value!r}")
    return _in_range(0, _MAX_ID, _integer(plain, name, expected, value), name)


def numbers(values: Iterable[SupportsIndex] | None, name: str) -> list[int] | None:
    """Return the numbers of IDs without a type of their own; None for None.

    Raises:
        TypeError, ValueError: If they are not iterable, or for one of them, see `number`.
    """
    if values is None:
        return None
    return [number(value, item) for item, value in _items(values, name, "integers")]


def typed_numbers(
    kind: type[BaseId], values: Iterable[BaseId | SupportsIndex] | None, name: str
) -> list[int] | None:
    """Return the numbers of IDs of a type; None for None.

    Raises:
        TypeError, ValueError: If they are not iterable, or for one of them, see `typed_number`.
    """
    if values is None:
        return None
    items = _items(values, name, f"{kind.__name__} values")
    return [typed_number(kind, value, item) for item, value in items]


def enum_numbers(
    kind: type[enum.Enum], values: Iterable[enum.Enum | SupportsIndex] | None, name: str
) -> list[Any] | None:
    """Return the numbers of members of an enum or plain integers; None for None.

    Raises:
        TypeError: If they are not iterable, or one is neither, for instance of another enum.
        ValueError: If one is not within -2**31 to 2**31 - 1.
    """
    if values is None:
        return None
    items = _items(values, name, f"{kind.__name__} members")
    return [_enum_number(kind, value, item) for item, value in items]


def texts(values: Iterable[str] | None, name: str) -> list[str] | None:
    """Return texts as a list; None for None.

    Raises:
        TypeError: If they are not iterable, or one is not a string.
        ValueError: If one contains a surrogate, which is half of a character.
    """
    if values is None:
        return None
    return [_text(value, item) for item, value in _items(values, name, "strings")]


def area_messages(
    values: Iterable[DeliveryArea] | None, name: str
) -> list[delivery_area_pb2.DeliveryArea] | None:
    """Return the messages for delivery areas; None for None.

    Raises:
        TypeError, ValueError: If one, or a field of one, has a wrong type or is out of range.
    """
    if values is None:
        return None
    messages = []
    for item, area in _items(values, name, "DeliveryArea values"):
        if not isinstance(area, DeliveryArea):
            raise TypeError(f"{item}: expected a DeliveryArea, got {area!r}")
        code = "" if area.code is None else _text(area.code, f"{item}.code")
        code_type = _enum_number(EnergyMarketCodeType, area.code_type, f"{item}.code_type")
        messages.append(delivery_area_pb2.DeliveryArea(code=code, code_type=code_type))
    return messages


def interval(value: Interval, name: str) -> interval_pb2.Interval:
    """Return the message for an interval.

    Raises:
        TypeError: If it is not an Interval, or one of its ends not a datetime.
        ValueError: If an end has no time zone, or is not within the years 1 to 9999 in UTC.
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


def _items(values: Iterable[Any], name: str, expected: str) -> Iterator[tuple[str, Any]]:
    """Yield the values, each after its name in errors; strings and bytes are not iterables here."""
    try:
        if isinstance(values, str | bytes | bytearray | memoryview):
            raise TypeError
        iterator = iter(values)
    except TypeError:
        raise TypeError(f"{name}: expected an iterable of {expected}, got {values!r}") from None
    for index, value in enumerate(iterator):
        yield f"{name}[{index}]", value


def _enum_number(kind: type[enum.Enum], value: Any, name: str) -> Any:
    expected = f"{_with_article(kind.__name__)} or an integer"
    if isinstance(value, kind):
        return value.value
    if isinstance(value, enum.Enum):
        raise TypeError(f"{name}: expected {expected}, got {value!r}")
    return _in_range(_MIN_ENUM, _MAX_ENUM, _integer(value, name, expected), name)


def _integer(value: Any, name: str, expected: str, argument: Any = None) -> int:
    """Return a value of any integer type, other than bool, as a plain integer."""
    if not isinstance(value, bool):
        try:
            return operator.index(value)
        except TypeError:
            pass
    raise TypeError(f"{name}: expected {expected}, got {value if argument is None else argument!r}")


def _in_range(minimum: int, maximum: int, value: int, name: str) -> int:
    if minimum <= value <= maximum:
        return value
    # Python refuses to print integers of thousands of digits.
    text = value if abs(value) < maximum**4 else "a number with too many digits"
    raise ValueError(f"{name}: expected {minimum} to {maximum}, got {text}")


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{name}: expected a string, got {value!r}")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{name}: expected valid Unicode, got {value!r}") from None
    return value


def _with_article(noun: str) -> str:
    return f"{'an' if noun[0] in 'AEIOU' else 'a'} {noun}"
