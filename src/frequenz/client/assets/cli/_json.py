"""What the client returns, as JSON."""

import dataclasses
import enum
import json
import math
from datetime import datetime
from typing import Any, Final

from frequenz.core.id import BaseId

_NOT_PUBLISHED: Final = frozenset({"model"})
"""The fields that the published command does not print."""


def complete(result: Any) -> str:
    """Return all that there is: every field, members by name, characters as they are."""
    return json.dumps(_plain(result, names=True), indent=2, ensure_ascii=False, allow_nan=False)


def published(result: Any) -> str:
    """Return what the published command prints: its fields, members by number, ASCII only."""
    return json.dumps(_plain(result, names=False), indent=2, allow_nan=False)


def _plain(value: Any, *, names: bool) -> Any:
    """Return a value as what JSON has; NaN and infinities, which it has not, as null."""
    plain: Any = value
    match value:
        case enum.Enum():
            plain = value.name if names else value.value
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
            plain = {
                field.name: _plain(getattr(value, field.name), names=names)
                for field in dataclasses.fields(value)
                if names or field.name not in _NOT_PUBLISHED
            }
    return plain
