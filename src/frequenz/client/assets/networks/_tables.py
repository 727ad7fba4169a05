"""The tables of a pandapower network, read from its JSON.

`pandapower.to_json` writes plain JSON: each table is text with columns, index and rows. So no
pandapower is needed, which would bring pandas, scipy and versions of its own of much else.
"""

import json
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from .._text_files import decode_text
from ._imported import NetworkFileError

_EXPECTED: Final = "expected a network as pandapower.to_json writes it"


class Row:
    """A row of a table: an element of the network."""

    def __init__(self, table: str, index: int, cells: Mapping[str, Any]) -> None:
        self.table = table
        self.index = index
        self.cells = cells

    def __str__(self) -> str:
        """Return what notes and errors call it."""
        return f"{self.table} {self.index}"

    @property
    def name(self) -> str:
        """Its name, or what notes call it."""
        return self.text("name") or str(self)

    def text(self, column: str) -> str:
        """Return a text; empty if there is none."""
        value = self.cells.get(column)
        return "" if value is None else str(value)

    def is_true(self, column: str, default: bool) -> bool:
        """Return a boolean."""
        value = self.cells.get(column)
        return default if value is None else bool(value)

    def number(self, column: str, default: float | None = None) -> float:
        """Return a number.

        Raises:
            NetworkFileError: If it is missing without a default, or not a finite number.
        """
        value = self.cells.get(column)
        is_missing = value is None or (isinstance(value, float) and math.isnan(value))
        if is_missing and default is not None:
            return default
        if is_missing or isinstance(value, bool) or not isinstance(value, int | float):
            raise NetworkFileError(f"{self}: {column}: expected a number, got {value!r}")
        if not math.isfinite(value):
            raise NetworkFileError(f"{self}: {column}: expected a finite number, got {value}")
        return value

    def node(self, column: str) -> int:
        """Return the index of a bus or of another element.

        Raises:
            NetworkFileError: If it is not an integer.
        """
        value = self.number(column)
        if value != int(value):
            raise NetworkFileError(f"{self}: {column}: expected an index, got {value!r}")
        return int(value)


class Network:
    """A network: its tables, each with its rows in order."""

    def __init__(self, name: str, tables: Mapping[str, Sequence[Row]]) -> None:
        self.name = name
        self.tables = tables

    def rows(self, table: str) -> Sequence[Row]:
        """Return the elements of a table that are in service."""
        return [it for it in self.tables.get(table, ()) if it.is_true("in_service", True)]


def read_network(path: str | os.PathLike[str]) -> Network:
    """Return the network in a file.

    Raises:
        NetworkFileError: If the file has none.
        OSError: If the file cannot be opened.
    """
    try:
        data = json.loads(decode_text(Path(path).read_bytes()))
    except (ValueError, RecursionError) as error:
        raise NetworkFileError(f"{path}: {_EXPECTED}: {error}") from error
    if not isinstance(data, dict) or data.get("_class") != "pandapowerNet":
        raise NetworkFileError(f"{path}: {_EXPECTED}, got other JSON")
    content = data.get("_object")
    if isinstance(content, str):  # as older releases wrote it
        content = _parsed(path, "the network", content)
    if not isinstance(content, dict):
        raise NetworkFileError(f"{path}: {_EXPECTED}: it has no tables")
    tables = {
        name: _table(path, name, value)
        for name, value in content.items()
        if isinstance(value, dict)
        and value.get("_class") == "DataFrame"
        and not name.startswith(("_", "res_"))
    }
    if not tables.get("bus"):
        raise NetworkFileError(f"{path}: {_EXPECTED}: it has no buses")
    return Network(str(content.get("name") or ""), tables)


def _parsed(path: str | os.PathLike[str], what: str, text: object) -> Any:
    try:
        return json.loads(text) if isinstance(text, str) else text
    except (ValueError, RecursionError) as error:
        raise NetworkFileError(f"{path}: {what}: invalid JSON: {error}") from error


def _table(path: str | os.PathLike[str], name: str, value: Mapping[str, Any]) -> list[Row]:
    table = _parsed(path, f"table {name}", value.get("_object"))
    try:
        columns, index, data = table["columns"], table["index"], table["data"]
        return [
            Row(name, number, dict(zip(columns, cells, strict=True)))
            for number, cells in zip(index, data, strict=True)
        ]
    except (TypeError, KeyError, ValueError) as error:
        raise NetworkFileError(
            f"{path}: table {name}: expected columns, index and data; save the network with a"
            " recent pandapower"
        ) from error
