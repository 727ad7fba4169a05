"""The formats of inventory files, and writing them."""

import errno
import json
import math
import os
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from .._extras import missing_package_text
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


def write_text(text: str, path: str | os.PathLike[str]) -> None:
    """Write a text file, as `write` does.

    Raises:
        OSError: If the file cannot be written, or is a device or a pipe.
    """
    write_bytes(text.encode(), path)


def write_bytes(data: bytes, path: str | os.PathLike[str]) -> None:
    """Write a file, as `write` does.

    Raises:
        OSError: If the file cannot be written, or is a device or a pipe.
    """
    with _errors_name(path):
        target, mode = _target(path)
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(temporary).chmod(mode)  # mkstemp's own mode is for secrets
            Path(temporary).replace(target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise


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


def check_writable(path: str | os.PathLike[str]) -> None:
    """Raise what `write_bytes` would raise, as far as that is known before.

    Raises:
        OSError: If the file cannot be written, or is a device or a pipe.
    """
    with _errors_name(path):
        target, _ = _target(path)
        with tempfile.TemporaryFile(dir=target.parent):  # as `write` does
            pass


@contextmanager
def _errors_name(path: str | os.PathLike[str]) -> Iterator[None]:
    """Make errors name the file that the caller gave, not a temporary one."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, os.fspath(path)) from error


def _target(path: str | os.PathLike[str]) -> tuple[Path, int]:
    """Return the path of a file, links followed, and the permissions to give it."""
    target = Path(os.path.realpath(path))
    if not target.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, f"There is no directory {target.parent}")
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        umask = os.umask(0)
        os.umask(umask)
        return target, 0o666 & ~umask
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "Not a regular file: it cannot be replaced as a whole")
    return target, stat.S_IMODE(mode)


def to_text(inventory: Inventory, *, file_format: FileFormat = "yaml") -> str:
    """Return the text of an inventory file."""
    return _WRITERS[file_format](inventory)


def _yaml_text(inventory: Inventory) -> str:
    return str(yaml_module().dump(INVENTORY.write(inventory)))


def _json_text(inventory: Inventory) -> str:
    return _to_json(INVENTORY.write(inventory), indent=2)


def _lines_text(inventory: Inventory) -> str:
    return "".join(map(_to_json, INVENTORY.write_lines(inventory)))


_WRITERS: Final[Mapping[FileFormat, Callable[[Inventory], str]]] = {
    "yaml": _yaml_text,
    "json": _json_text,
    "jsonl": _lines_text,
}


def _to_json(data: Any, indent: int | None = None) -> str:
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
