"""Reading and writing inventory files."""

import errno
import json
import math
import os
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from .._extras import missing_package_text
from .._text_files import decode_text
from . import _json
from ._inventory import Inventory, remember_positions
from ._keys import INVENTORY, VERSION
from ._parsed_tree import Node
from ._problems import START, InvalidSyntaxError, InventoryFileError, Problem, Problems
from ._tree_builder import BYTE_ORDER_MARK

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


# Reading ------------------------------------------------------------------------------------------


def read(path: str | os.PathLike[str]) -> Inventory:
    """Return the inventory in a file, whose format is that of its name (see `format_of`).

    It remembers where its entities are in the file: `check` says so.

    Raises:
        InventoryFileError: If the file is not a valid inventory; with every problem.
        OSError: If the file cannot be opened.
        ValueError: If the name ends otherwise.
    """
    path = Path(path)
    if path.is_dir():
        reason = (
            f"{os.strerror(errno.EISDIR)}; `fleet.read_parquet` reads a folder of Parquet files"
        )
        raise IsADirectoryError(errno.EISDIR, reason, os.fspath(path))
    file_format = format_of(path)
    try:
        text = decode_text(path.read_bytes())
    except ValueError as error:
        raise InventoryFileError((Problem(str(path), *START, "", str(error)),)) from error
    problems = Problems(str(path))
    inventory = _parse(text, problems, file_format)
    remember_positions(inventory, problems.entities)
    return inventory


def read_all(paths: Iterable[str | os.PathLike[str]]) -> Inventory:
    """Return one inventory of all that is in some files.

    Raises:
        InventoryFileError: If some are not valid inventories; with every problem of every file.
        OSError: If one cannot be opened.
        ValueError: If the name of one ends otherwise than in a format of `format_of`.
    """
    problems: list[Problem] = []
    inventories: list[Inventory] = []
    for path in paths:
        try:
            inventories.append(read(path))
        except InventoryFileError as error:
            problems += error.problems
    if problems:
        raise InventoryFileError(tuple(problems))
    return Inventory.joined(inventories)


def parse_text(text: str, *, name: str, file_format: FileFormat = "yaml") -> Inventory:
    """Return the inventory in a text; problems give `name` as the file.

    Byte order marks at its start are ignored.

    Raises:
        InventoryFileError: If the text is not a valid inventory; with every problem.
    """
    return _parse(text, Problems(name), file_format)


def _parse(text: str, problems: Problems, file_format: FileFormat) -> Inventory:
    inventory = None
    try:
        inventory = _PARSERS[file_format](text.lstrip(BYTE_ORDER_MARK), problems)
    except InvalidSyntaxError as error:
        problems.add_syntax(error)
    if problems.found or inventory is None:
        raise InventoryFileError(tuple(sorted(problems.found, key=lambda it: (it.line, it.column))))
    return inventory


def _parse_yaml(text: str, problems: Problems) -> Inventory | None:
    return INVENTORY.read(Node(_yaml().parse(text), "", problems))


def _parse_json(text: str, problems: Problems) -> Inventory | None:
    return INVENTORY.read(Node(_json.parse(text), "", problems))


def _parse_lines(text: str, problems: Problems) -> Inventory | None:
    """Return one inventory of all lines; only the first one must give the version."""
    parts: list[Inventory] = []
    is_first = True
    for root in _json.parse_lines(text, problems):
        needs_version = is_first and not problems.found
        part = INVENTORY.read(Node(root, "", problems), needs_version=needs_version)
        is_first = False
        if part is not None:
            parts.append(part)
        elif needs_version:
            return None  # another version, or no inventory file at all
    if is_first and not problems.found:
        problems.add(START, "", f'the file is empty; expected {{"version": {VERSION}}}')
    return Inventory.joined(parts)


_PARSERS: Final[Mapping[FileFormat, Callable[[str, Problems], Inventory | None]]] = {
    "yaml": _parse_yaml,
    "json": _parse_json,
    "jsonl": _parse_lines,
}


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
        _yaml()
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
    return str(_yaml().dump(INVENTORY.write(inventory)))


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


def _yaml() -> Any:
    """Return the module that needs PyYAML, which not every installation of the client has."""
    try:
        from . import _yaml  # noqa: PLC0415 - only files need it
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            missing_package_text("reading and writing inventory files", "cli", error),
            name=error.name,
        ) from error
    return _yaml
