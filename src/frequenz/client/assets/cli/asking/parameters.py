"""The values that options and arguments take."""

import enum
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import click
from frequenz.client.common.grid import DeliveryArea, EnergyMarketCodeType

if TYPE_CHECKING:
    _ParamType = click.ParamType[Any]
else:
    _ParamType = click.ParamType  # generic for type checkers only, in most releases of click


_LONGEST: Final = 60
"""How many characters of what is wrong are repeated."""

_SECONDS: Final = re.compile(r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def is_number(text: str) -> bool:
    """Return whether a text is a number in ASCII digits, however long it is."""
    return text.isascii() and text.isdecimal()


def number_up_to(last: int, text: str) -> int | None:
    """Return the number that a text is; None where it is none, or a higher one."""
    if not is_number(text):
        return None
    digits = text.lstrip("0") or "0"
    # Python refuses to read more than some thousand digits.
    if len(digits) > len(str(last)) or (number := int(digits)) > last:
        return None
    return number


def _quoted(value: str) -> str:
    """Return a value as it is repeated where it is wrong."""
    return repr(value if len(value) <= _LONGEST else f"{value[:_LONGEST]}…")


class IdType(_ParamType):
    """An id."""

    name = "id"
    _last: Final = 2**64 - 1

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number."""
        if isinstance(value, int):
            return value
        if (number := number_up_to(self._last, value)) is not None:
            return number
        return self.fail(f"{_quoted(value)} is no id: expected 0 to {self._last}", param, ctx)

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """Return how the help shows the value."""
        return "ID"


ID: Final = IdType()
"""An id."""


class SecondsType(_ParamType):
    """A time limit in s."""

    name = "seconds"
    _longest: Final = 1e9

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the number of seconds."""
        if isinstance(value, float):
            return value
        seconds = float(value) if _SECONDS.fullmatch(value) else 0
        if not 0 < seconds <= self._longest:
            self.fail(f"{_quoted(value)} is no number of seconds above 0", param, ctx)
        return seconds

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """Return how the help shows the value."""
        return "SECONDS"


class MemberType(_ParamType):
    """A member of an enum by its name in any case, or the number of one that has no name here."""

    _last: Final = 2**31 - 1

    def __init__(self, members: type[enum.Enum]) -> None:
        """Take the members of an enum."""
        self.name = members.__name__
        self._members = {name.lower(): member for name, member in members.__members__.items()}

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> enum.Enum | int:
        """Return the member or the number."""
        if isinstance(value, enum.Enum | int):
            return value
        if (member := self._members.get(value.lower().replace("-", "_"))) is not None:
            return member
        if (number := number_up_to(self._last, value)) is not None:
            return number
        return self.fail(
            f"{_quoted(value)} is none of {', '.join(self._members)}, and no number up to"
            f" {self._last}",
            param,
            ctx,
        )

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """Return how the help shows the value."""
        return "NAME|NUMBER"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[Any]:
        """Return the names that begin as given."""
        from click.shell_completion import CompletionItem  # noqa: PLC0415 - for shells only

        begun = incomplete.lower().replace("-", "_")
        return [CompletionItem(name) for name in self._members if name.startswith(begun)]


class MomentType(_ParamType):
    """A moment: ISO 8601 with its offset from UTC."""

    name = "moment"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Return the moment."""
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            moment = datetime.min
        if moment.tzinfo is None:
            self.fail(
                f"{_quoted(value)} is no moment with an offset from UTC, such as"
                " 2024-05-17T08:30:00Z",
                param,
                ctx,
            )
        return moment

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """Return how the help shows the value."""
        return "TIME"


class DeliveryAreaType(_ParamType):
    """A delivery area: its code, and its type where it is no EIC."""

    name = "delivery area"
    _types: Final = MemberType(EnergyMarketCodeType)

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> DeliveryArea:
        """Return the delivery area."""
        if isinstance(value, DeliveryArea):
            return value
        code, colon, code_type = value.partition(":")
        kind: Any = EnergyMarketCodeType.EUROPE_EIC
        if colon:
            kind = self._types.convert(code_type, param, ctx)
        return DeliveryArea(code=code, code_type=kind)

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """Return how the help shows the value."""
        return "CODE[:TYPE]"
