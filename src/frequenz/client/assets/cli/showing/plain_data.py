"""Model objects as plain data, and plain data as JSON, YAML and CSV."""

import csv
import dataclasses
import enum
import io
import json
import math
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from frequenz.core.id import BaseId

from ..._lazy import lazy_module
from ..._wire.float32 import shortest_float32
from .columns import value_at
from .market_areas import market_area_name

if TYPE_CHECKING:
    import yaml
else:
    yaml = lazy_module("yaml", __package__)  # few commands need it

UNPUBLISHED: Final = frozenset({"model"})
"""The fields that the published commands do not print."""


def with_names(value: Any) -> Any:
    """Return all fields, with enum members by name, and NaN and infinities as None."""
    return _plain(value, names=True)


def with_numbers(value: Any) -> Any:
    """Return all fields, with enum members by number, and NaN and infinities as None."""
    return _plain(value, names=False)


def as_published(value: Any) -> Any:
    """Return the fields that the published commands print, with enum members by number."""
    return {name: it for name, it in with_numbers(value).items() if name not in UNPUBLISHED}


def json_text(plain: Any, *, is_ascii: bool = False) -> str:
    """Return plain data as indented JSON."""
    return json.dumps(plain, indent=2, ensure_ascii=is_ascii, allow_nan=False)


def json_line(plain: Any, *, is_ascii: bool = False) -> str:
    """Return plain data as JSON on one line."""
    return json.dumps(plain, ensure_ascii=is_ascii, allow_nan=False)


def yaml_text(plain: Any) -> str:
    """Return plain data as YAML."""
    dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    text: str = yaml.dump(plain, Dumper=dumper, sort_keys=False, allow_unicode=True)
    return text


def csv_text(rows: Sequence[Any], columns: Sequence[str], *, header: bool) -> str:
    """Return rows as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if header:
        writer.writerow(columns)
    writer.writerows([cell_text(value_at(row, column)) for column in columns] for row in rows)
    return text.getvalue()


def cell_text(value: Any) -> str:
    """Return the text of a table cell: nothing for None, JSON for anything but strings."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json_line(value)


def shorten_floats(plain: Any) -> Any:
    """Return plain data with numbers of single precision in as few digits as they need."""
    match plain:
        case float():
            return shortest_float32(plain)
        case dict():
            return {name: shorten_floats(item) for name, item in plain.items()}
        case list():
            return [shorten_floats(item) for item in plain]
        case _:
            return plain


@lru_cache
def _field_names(model: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(model))


def _plain(value: Any, *, names: bool) -> Any:
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
            model: Any = type(value)
            fields = _field_names(model)
            plain = {name: _plain(getattr(value, name), names=names) for name in fields}
            if names and "market_area" in plain:
                plain["market_area"] = market_area_name(plain["market_area"])
        case _:
            raise TypeError(f"no plain form for {type(value).__name__}")
    return plain
