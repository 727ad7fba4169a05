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

from .._extras import needed
from . import _json
from ._format import INVENTORY, VERSION
from ._inventory import Inventory
from ._nodes import START, InventoryFileError, Node, Problem, Problems, Raw

FileFormat: TypeAlias = Literal["yaml", "json", "jsonl"]
"""How a file is written; "jsonl" is JSON with an entity a line."""

_FORMATS: Final[Mapping[str, FileFormat]] = {
    ".yaml": "yaml",
    ".yml": "yaml",
    ".json": "json",
    ".jsonl": "jsonl",
}


def format_of(path: str | os.PathLike[str]) -> FileFormat:
    """Return the format that a file has by its name, in `.yaml`, `.yml`, `.json` or `.jsonl`.

    Raises:
        ValueError: If the name ends otherwise.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in _FORMATS:
        raise ValueError(
            f"{path}: expected a file name that ends in {', '.join(_FORMATS)}, got {suffix!r}"
        )
    return _FORMATS[suffix]


def read(path: str | os.PathLike[str]) -> Inventory:
    """Return the inventory in a file, in the format that `format_of` tells.

    Raises:
        InventoryFileError: If it is not an inventory of format version 1; with every problem.
        OSError: If the file cannot be opened.
        ValueError: If the name ends otherwise.
    """
    path = Path(path)
    file_format = format_of(path)
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        problem = Problem(str(path), 1, 1, "", f"expected text in UTF-8: {error}")
        raise InventoryFileError((problem,)) from error
    return parse_text(text, name=str(path), file_format=file_format)


def read_all(paths: Iterable[str | os.PathLike[str]]) -> Inventory:
    """Return one inventory of all that is in some files.

    Raises:
        InventoryFileError: If some of them are none; with every problem of every file.
        OSError: If one of them cannot be opened.
        ValueError: If the name of one ends otherwise than `read` takes.
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
    """Return the inventory in a text; `name` stands for the file in problems.

    Raises:
        InventoryFileError: If it is not an inventory of format version 1; with every problem.
    """
    problems = Problems(name)
    inventory = _PARSE[file_format](text, problems)
    if problems.all or inventory is None:
        raise InventoryFileError(tuple(sorted(problems.all, key=_place)))
    return inventory


def _parse_yaml(text: str, problems: Problems) -> Inventory | None:
    return _whole(_yaml().parse(text, problems), problems)


def _parse_json(text: str, problems: Problems) -> Inventory | None:
    return _whole(_json.parse(text, problems), problems)


def _whole(root: Raw | None, problems: Problems) -> Inventory | None:
    return None if root is None else INVENTORY.read(Node(root, "", problems))


def _parse_lines(text: str, problems: Problems) -> Inventory | None:
    """Return what the lines hold together; only the first one must say the version."""
    parts: list[Inventory] = []
    has_begun = False
    for root in _json.parse_lines(text, problems):
        needs_version = not (has_begun or problems.all)
        part = INVENTORY.read(Node(root, "", problems), needs_version=needs_version)
        has_begun = True
        if part is not None:
            parts.append(part)
        elif needs_version:
            return None  # of another version, or no such file at all
    if not (has_begun or problems.all):
        problems.add(START, "", f'the file is empty; expected {{"version": {VERSION}}}')
    return Inventory.joined(parts)


_PARSE: Final[Mapping[FileFormat, Callable[[str, Problems], Inventory | None]]] = {
    "yaml": _parse_yaml,
    "json": _parse_json,
    "jsonl": _parse_lines,
}


def _place(problem: Problem) -> tuple[int, int]:
    return problem.line, problem.column


def write(inventory: Inventory, path: str | os.PathLike[str]) -> None:
    """Write an inventory file, in the format that `format_of` tells.

    The file appears, or replaces an older one, when it is complete: there is never half of it. An
    older one keeps its permissions, and a link leads to it still.

    Raises:
        ValueError: If the name ends otherwise.
        OSError: If the file cannot be written, or is a device or a pipe.
    """
    text = to_text(inventory, file_format=format_of(path))
    with _naming(path):
        place, mode = _target(path)
        handle, temporary = tempfile.mkstemp(dir=place.parent, prefix=f".{place.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            Path(temporary).chmod(mode)  # mkstemp's own mode is for secrets
            Path(temporary).replace(place)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise


def check_target(path: str | os.PathLike[str]) -> None:
    """Raise what `write` would raise, as far as it shows before there is something to write.

    Raises:
        ValueError: If the name ends otherwise.
        OSError: If the file cannot be written, or is a device or a pipe.
        ModuleNotFoundError: If its format needs a package that is not installed.
    """
    if format_of(path) == "yaml":
        _yaml()
    with _naming(path):
        place, _ = _target(path)
        with tempfile.TemporaryFile(dir=place.parent):  # beside it, there is room for one
            pass


@contextmanager
def _naming(path: str | os.PathLike[str]) -> Iterator[None]:
    """Let errors name the file that is meant, not the one that becomes it."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, os.fspath(path)) from error


def _target(path: str | os.PathLike[str]) -> tuple[Path, int]:
    """Return where a file is to be, links followed, and the permissions that it is to have."""
    place = Path(os.path.realpath(path))
    if not place.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, f"There is no directory {place.parent}")
    try:
        mode = place.stat().st_mode
    except FileNotFoundError:
        umask = os.umask(0)
        os.umask(umask)
        return place, 0o666 & ~umask
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "Not a regular file: there would be half of it at times")
    return place, stat.S_IMODE(mode)


def to_text(inventory: Inventory, *, file_format: FileFormat = "yaml") -> str:
    """Return the text of an inventory file."""
    return _TEXT[file_format](inventory)


def _yaml_text(inventory: Inventory) -> str:
    return str(_yaml().dump(INVENTORY.write(inventory)))


def _json_text(inventory: Inventory) -> str:
    return _dumped(INVENTORY.write(inventory), indent=2)


def _lines_text(inventory: Inventory) -> str:
    return "".join(map(_dumped, INVENTORY.write_parts(inventory)))


_TEXT: Final[Mapping[FileFormat, Callable[[Inventory], str]]] = {
    "yaml": _yaml_text,
    "json": _json_text,
    "jsonl": _lines_text,
}


def _yaml() -> Any:
    """Return the module that needs PyYAML, which not every installation of the client has."""
    try:
        from . import _yaml  # noqa: PLC0415 - only who reads or writes a file needs it
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            needed("reading and writing inventory files", "cli", error), name=error.name
        ) from error
    return _yaml


def _dumped(plain: Any, indent: int | None = None) -> str:
    """Return plain data as JSON that ends its line."""
    return json.dumps(_finite(plain), indent=indent, ensure_ascii=False, allow_nan=False) + "\n"


def _finite(plain: Any) -> Any:
    """Return plain data with YAML's names for the numbers that JSON lacks."""
    if isinstance(plain, dict):
        return {key: _finite(value) for key, value in plain.items()}
    if isinstance(plain, list):
        return [_finite(value) for value in plain]
    if isinstance(plain, float) and not math.isfinite(plain):
        return ".nan" if math.isnan(plain) else ".inf" if plain > 0 else "-.inf"
    return plain
