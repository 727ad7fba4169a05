"""Plain data as text, in the formats that programs read."""

import csv
import io
from collections.abc import Sequence
from typing import Any

from ._columns import cell
from ._plain import json_line


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
