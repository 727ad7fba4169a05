"""What the client returns, as plain data and as JSON."""

import dataclasses
import enum
import json
import math
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from frequenz.core.id import BaseId

from ._market_areas import market_area

_MARKET_AREA: Final = "market_area"

NOT_PUBLISHED: Final = frozenset({"model"})
"""The fields that the published command does not print."""


def complete(value: Any) -> Any:
    """Return all that there is: every field, members by name; NaN and infinities as None."""
    return _plain(value, names=True)


def published(value: Any) -> Any:
    """Return what the published command prints: its fields, members by number."""
    return _plain(value, names=False)


def json_text(plain: Any, *, is_ascii: bool = False) -> str:
    """Return plain data as JSON for people."""
    return json.dumps(plain, indent=2, ensure_ascii=is_ascii, allow_nan=False)


def json_line(plain: Any, *, is_ascii: bool = False) -> str:
    """Return plain data as JSON in one line."""
    return json.dumps(plain, ensure_ascii=is_ascii, allow_nan=False)


@lru_cache
def _fields(kind: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))


def _plain(value: Any, *, names: bool) -> Any:
    """Return a value as what JSON has; NaN and infinities, which it has not, as None."""
    plain: Any = value
    match value:
        case enum.Enum():
            plain = value.name if names else value.value
        case str() | None | bool():
            pass
        case BaseId():
            plain = int(value)
        case datetime():
            plain = value.isoformat()
        case float():
            plain = value if math.isfinite(value) else None
        case dict():
            plain = {
                str(_plain(key, names=names)): _plain(item, names=names)
                for key, item in value.items()
            }
        case list() | tuple():
            plain = [_plain(item, names=names) for item in value]
        case _ if dataclasses.is_dataclass(value):
            kind: Any = type(value)
            plain = {
                name: _plain(getattr(value, name), names=names)
                for name in _fields(kind)
                if names or name not in NOT_PUBLISHED
            }
            if names and _MARKET_AREA in plain:
                plain[_MARKET_AREA] = market_area(plain[_MARKET_AREA])
    return plain
