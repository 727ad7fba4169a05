"""What the client returns, as plain data, and that as the text that programs read."""

import csv
import dataclasses
import enum
import io
import json
import math
import struct
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from frequenz.core.id import BaseId

from .columns import cell
from .market_areas import market_area

_MARKET_AREA: Final = "market_area"

NOT_PUBLISHED: Final = frozenset({"model"})
"""The fields that the published command does not print."""

_DIGITS: Final = 9
"""How many digits tell any number of 32 bits from any other."""


def complete(value: Any) -> Any:
    """Return all that there is: every field, members by name; NaN and infinities as None."""
    return _plain(value, names=True)


def published(value: Any) -> Any:
    """Return what the published command prints: its fields, members by number."""
    plain = by_number(value)
    return {name: item for name, item in plain.items() if name not in NOT_PUBLISHED}


def by_number(value: Any) -> Any:
    """Return every field, as the published command would print it: members by number."""
    return _plain(value, names=False)


def json_text(plain: Any, *, is_ascii: bool = False) -> str:
    """Return plain data as JSON for people."""
    return json.dumps(plain, indent=2, ensure_ascii=is_ascii, allow_nan=False)


def json_line(plain: Any, *, is_ascii: bool = False) -> str:
    """Return plain data as JSON in one line."""
    return json.dumps(plain, ensure_ascii=is_ascii, allow_nan=False)


def yaml_text(plain: Any) -> str:
    """Return plain data as YAML."""
    import yaml  # noqa: PLC0415 - few ask for it

    dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    text: str = yaml.dump(plain, Dumper=dumper, sort_keys=False, allow_unicode=True)
    return text


def csv_text(rows: Sequence[Any], columns: Sequence[str], *, header: bool) -> str:
    """Return rows as CSV, with an empty cell for None, and lists and maps as JSON."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if header:
        writer.writerow(columns)
    writer.writerows([written(cell(row, column)) for column in columns] for row in rows)
    return text.getvalue()


def written(value: Any) -> str:
    """Return a value as the text of a cell."""
    match value:
        case None:
            return ""
        case str():
            return value
        case _:
            return json_line(value)


def rounded(plain: Any) -> Any:
    """Return plain data without the digits that only come from 32 bits being shown as 64."""
    match plain:
        case float():
            return _rounded(plain)
        case dict():
            return {name: rounded(item) for name, item in plain.items()}
        case list():
            return [rounded(item) for item in plain]
        case _:
            return plain


def _rounded(number: float) -> float:
    if _in_32_bits(number) != number:
        return number
    texts = (f"{number:.{digits}g}" for digits in range(1, _DIGITS + 1))
    return next(short for short in map(float, texts) if _in_32_bits(short) == number)


def _in_32_bits(number: float) -> float | None:
    """Return a number as 32 bits hold it; None where it is too large for them."""
    try:
        held: float = struct.unpack("f", struct.pack("f", number))[0]
    except OverflowError:
        return None
    return held


@lru_cache
def _fields(kind: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))


def _plain(value: Any, *, names: bool) -> Any:
    """Return a value as what JSON has; NaN and infinities, which it has not, as None."""
    plain: Any = value
    match value:
        case enum.Enum():
            plain = value.name if names else value.value
        case str() | None | bool() | int():
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
            plain = {name: _plain(getattr(value, name), names=names) for name in _fields(kind)}
            if names and _MARKET_AREA in plain:
                plain[_MARKET_AREA] = market_area(plain[_MARKET_AREA])
        case _:
            raise TypeError(f"there is no plain form of {type(value).__name__}")
    return plain
