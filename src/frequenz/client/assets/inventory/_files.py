"""The formats of inventory files, and writing them."""

import json
import math
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from .._extras import missing_package_text
from .._whole_files import check_writable, write_text
from ._inventory import Inventory
from ._keys import INVENTORY

FileFormat: TypeAlias = Literal["yaml", "json", "jsonl"]
"""How a file is written; "jsonl" is JSON with one entity per line."""

_FORMATS: Final[Mapping[str, FileFormat]] = {
    ".yaml": "yaml",
    ".yml": "yaml",
    ".json": "json",
    ".jsonl": "jsonl",
}


def format_of(path: str | os.PathLike[str]) -> FileFormat:
    """Return the format of a file by its name, which ends in `.yaml`, `.yml`, `.json` or `.jsonl`.

    Raises:
        ValueError: If the name ends otherwise.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in _FORMATS:
        raise ValueError(
            f"{path}: expected a file name that ends in {', '.join(_FORMATS)}, got {suffix!r}"
        )
    return _FORMATS[suffix]


# Writing ------------------------------------------------------------------------------------------


def write(inventory: Inventory, path: str | os.PathLike[str]) -> None:
    """Write an inventory file, whose format is that of its name (see `format_of`).

    The file appears, or replaces an existing one, when it is complete. An existing file keeps its
    permissions, and a link keeps pointing to it.

    Raises:
        ValueError: If the name ends otherwise.
        OSError: If the file cannot be written, or is a device or a pipe.
    """
    write_text(to_text(inventory, file_format=format_of(path)), path)


def check_target(path: str | os.PathLike[str]) -> None:
    """Raise what `write` would raise, as far as that is known before there is an inventory.

    Raises:
        ValueError: If the name ends otherwise.
        OSError: If the file cannot be written, or is a device or a pipe.
        ModuleNotFoundError: If its format needs a package that is not installed.
    """
    if format_of(path) == "yaml":
        yaml_module()
    check_writable(path)


def to_text(inventory: Inventory, *, file_format: FileFormat = "yaml") -> str:
    """Return the text of an inventory file."""
    return _WRITERS[file_format](inventory)


def _yaml_text(inventory: Inventory) -> str:
    return str(yaml_module().dump(INVENTORY.write(inventory)))


def _json_text(inventory: Inventory) -> str:
    return to_json(INVENTORY.write(inventory), indent=2)


def _lines_text(inventory: Inventory) -> str:
    return "".join(map(to_json, INVENTORY.write_lines(inventory)))


_WRITERS: Final[Mapping[FileFormat, Callable[[Inventory], str]]] = {
    "yaml": _yaml_text,
    "json": _json_text,
    "jsonl": _lines_text,
}


def to_json(data: Any, indent: int | None = None) -> str:
    """Return plain data as JSON with a line break at its end."""
    text = json.dumps(_without_nan(data), indent=indent, ensure_ascii=False, allow_nan=False)
    return text + "\n"


def _without_nan(data: Any) -> Any:
    """Return plain data with YAML's names for the numbers that JSON lacks."""
    if isinstance(data, dict):
        return {key: _without_nan(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_without_nan(value) for value in data]
    if isinstance(data, float) and not math.isfinite(data):
        return ".nan" if math.isnan(data) else ".inf" if data > 0 else "-.inf"
    return data


def yaml_module() -> Any:
    """Return the module that needs PyYAML, which not every installation of the client has."""
    try:
        from . import _yaml  # noqa: PLC0415 - only files need it
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            missing_package_text("reading and writing inventory files", "cli", error),
            name=error.name,
        ) from error
    return _yaml
