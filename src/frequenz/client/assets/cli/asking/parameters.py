"""The types of options and arguments."""

import enum
import re
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import click
from frequenz.client.common.grid import DeliveryArea, EnergyMarketCodeType

from ..._lazy import lazy_module

if TYPE_CHECKING:
    from click import shell_completion

    from ...inventory import _member_names as member_names
    from ...inventory import _moments as moments

    _ParamType = click.ParamType[Any]
else:
    shell_completion = lazy_module("click.shell_completion", __package__)
    member_names = lazy_module("...inventory._member_names", __package__)
    moments = lazy_module("...inventory._moments", __package__)
    _ParamType = click.ParamType  # generic for type checkers only, in most releases of click

_MAX_QUOTED: Final = 60
"""How many characters of an invalid value are repeated."""

_MAX_ID: Final = 2**64 - 1
_SEVERAL_IDS: Final = re.compile(r"[0-9]+(\s*[,;]\s*[0-9]+)+[,;]?|[0-9]+[,;]")
_PREFIXED_ID: Final = re.compile(r"(?:[A-Za-z]+[-_ ]?|#)([0-9]{1,20})")
_MAX_ENUM: Final = 2**31 - 1
_MAX_SECONDS: Final = 1e9
_DECIMAL: Final = re.compile(r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


class ParsedType(_ParamType):
    """The type of values that a function parses."""

    def __init__(self, name: str, metavar: str, parse: Callable[[str], Any]) -> None:
        """Take the function; it raises a ValueError with what it expects."""
        self.name = name
        self._metavar = metavar
        self._parse = parse

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the parsed value, or raise an error that names the option."""
        if not isinstance(value, str):
            return value
        try:
            return self._parse(value)
        except ValueError as error:
            option = f" for {param.get_error_hint(ctx)}" if isinstance(param, click.Option) else ""
            quoted = repr(value if len(value) <= _MAX_QUOTED else f"{value[:_MAX_QUOTED]}…")
            message = f"Invalid {self.name} {quoted}{option}: expected {error}"
            raise click.UsageError(message, ctx) from None

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """Return how the help shows the value."""
        return self._metavar


def is_number(text: str) -> bool:
    """Return whether a text is a number in ASCII digits, however long."""
    return text.isascii() and text.isdecimal()


def _parse_number(text: str, maximum: int) -> int:
    digits = text.lstrip("0") or "0"
    # Python refuses to parse more than some thousand digits.
    if not is_number(text) or len(digits) > len(str(maximum)) or int(digits) > maximum:
        raise ValueError(f"0 to {maximum}")
    return int(digits)


def _parse_id(text: str) -> int:
    try:
        return _parse_number(text, _MAX_ID)
    except ValueError as error:
        if _SEVERAL_IDS.fullmatch(text):
            raise ValueError(f"{error}; give IDs one by one, without commas") from None
        if match := _PREFIXED_ID.fullmatch(text):
            raise ValueError(f"{error}; digits only, such as {match[1]}") from None
        raise


def _parse_new_id(text: str) -> int:
    number = int(text) if is_number(text) and len(text) <= len(str(_MAX_ID)) else 0
    if not 0 < number <= _MAX_ID:
        raise ValueError(f"1 to {_MAX_ID}")
    return number


def parse_id(text: str) -> int:
    """Return the ID in a text.

    Raises:
        click.UsageError: If the text is not an ID.
    """
    number: int = ID.convert(text, None, None)
    return number


def _parse_seconds(text: str) -> float:
    seconds = float(text) if _DECIMAL.fullmatch(text) else 0
    if not 0 < seconds <= _MAX_SECONDS:
        raise ValueError("a number of seconds above 0")
    return seconds


def _parse_kilowatts(text: str) -> float:
    if not _DECIMAL.fullmatch(text):
        raise ValueError("a number of kW, 0 or more")
    return float(text)


def parse_time(text: str) -> datetime:
    """Return the moment in a text.

    Raises:
        ValueError: If the text is not one, or more exact than a datetime.
    """
    second, nanos = moments.parse_moment(text)
    if nanos % 1000:
        raise ValueError("at most 6 decimal places of seconds: filters are exact to microseconds")
    return second.replace(microsecond=nanos // 1000)


def _parse_delivery_area(text: str) -> DeliveryArea:
    code, colon, name = text.partition(":")
    code_type: Any = EnergyMarketCodeType.EUROPE_EIC
    if colon:
        try:
            code_type = _CODE_TYPE.parse(name)
        except ValueError as error:
            raise ValueError(f"CODE[:TYPE], with TYPE {error}") from None
    return DeliveryArea(code=code, code_type=code_type)


class EnumType(ParsedType):
    """The type of the members of an enum, by number, or by name as in inventory files."""

    def __init__(self, members: type[enum.Enum]) -> None:
        """Take the enum; numbers stand for members that it lacks, too."""
        super().__init__("value", "NAME|NUMBER", self.parse)
        self._enum = members
        self._members = {name.lower(): member for name, member in members.__members__.items()}

    def parse(self, text: str) -> enum.Enum | int:
        """Return the member or the number.

        Raises:
            ValueError: If it is neither; says what is expected.
        """
        names = member_names.MemberNames.of(self._enum)
        number = names.find(text)
        if number is not None:
            return next(it for it in self._members.values() if it.value == number)
        try:
            return _parse_number(text, _MAX_ENUM)
        except ValueError as error:
            if near := names.suggested_names(text):
                raise ValueError(f"a name or a number (did you mean {near}?)") from None
            raise ValueError(f"one of {', '.join(self._members)}, or {error}") from None

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[Any]:
        """Return the names that start with the incomplete text."""
        start = incomplete.lower().replace("-", "_")
        return [
            shell_completion.CompletionItem(name)
            for name in self._members
            if name.startswith(start)
        ]


_CODE_TYPE: Final = EnumType(EnergyMarketCodeType)

ID: Final = ParsedType("ID", "ID", _parse_id)
NEW_ID: Final = ParsedType("ID", "ID", _parse_new_id)
"""The ID of a new microgrid. `ID` also takes 0, which faulty inventories have."""

KILOWATTS: Final = ParsedType("power", "KW", _parse_kilowatts)
SECONDS: Final = ParsedType("duration", "SECONDS", _parse_seconds)
TIME: Final = ParsedType("time", "TIME", parse_time)
DELIVERY_AREA: Final = ParsedType("delivery area", "CODE[:TYPE]", _parse_delivery_area)
