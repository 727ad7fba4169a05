"""Reading and writing inventory files."""

import json
import math
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from .._extras import needed
from . import _json
from ._format import INVENTORY
from ._inventory import Inventory
from ._nodes import InventoryFileError, Node, Problem, Problems

JSON_SUFFIX: Final = ".json"
SUFFIXES: Final = (".yaml", ".yml", JSON_SUFFIX)


def read(path: str | os.PathLike[str]) -> Inventory:
    """Return the inventory in a file, whose name ends in `.yaml`, `.yml` or `.json`.

    Raises:
        InventoryFileError: If it is not an inventory of format version 1; with every problem.
        OSError: If the file cannot be opened.
        ValueError: If the name ends otherwise.
    """
    path = Path(path)
    is_json = _is_json(path)
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        problem = Problem(str(path), 1, 1, "", f"expected text in UTF-8: {error}")
        raise InventoryFileError((problem,)) from error
    return parse_text(text, name=str(path), is_json=is_json)


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


def parse_text(text: str, *, name: str, is_json: bool = False) -> Inventory:
    """Return the inventory in a text; `name` stands for the file in problems.

    Raises:
        InventoryFileError: If it is not an inventory of format version 1; with every problem.
    """
    problems = Problems(name)
    root = _json.parse(text, problems) if is_json else _yaml().parse(text, problems)
    inventory = None if root is None else INVENTORY.read(Node(root, "", problems))
    if problems.all or inventory is None:
        raise InventoryFileError(tuple(sorted(problems.all, key=_place)))
    return inventory


def _place(problem: Problem) -> tuple[int, int]:
    return problem.line, problem.column


def write(inventory: Inventory, path: str | os.PathLike[str]) -> None:
    """Write an inventory file, whose name ends in `.yaml`, `.yml` or `.json`.

    The file appears, or replaces an older one, when it is complete: there is never half of it.

    Raises:
        ValueError: If the name ends otherwise.
        OSError: If the file cannot be written.
    """
    path = Path(path)
    text = to_text(inventory, is_json=_is_json(path))
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        umask = os.umask(0)
        os.umask(umask)
        Path(temporary).chmod(0o666 & ~umask)  # mkstemp's own mode is for secrets
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def to_text(inventory: Inventory, *, is_json: bool = False) -> str:
    """Return the text of an inventory file."""
    plain = INVENTORY.write(inventory)
    if is_json:
        return json.dumps(_finite(plain), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    return str(_yaml().dump(plain))


def _yaml() -> Any:
    """Return the module that needs PyYAML, which not every installation of the client has."""
    try:
        from . import _yaml  # noqa: PLC0415 - only who reads or writes a file needs it
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            needed("reading and writing inventory files", "cli", error), name=error.name
        ) from error
    return _yaml


def _is_json(path: Path) -> bool:
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise ValueError(
            f"{path}: expected a file name that ends in {', '.join(SUFFIXES)}, got {suffix!r}"
        )
    return suffix == JSON_SUFFIX


def _finite(plain: Any) -> Any:
    """Return plain data with YAML's names for the numbers that JSON lacks."""
    if isinstance(plain, dict):
        return {key: _finite(value) for key, value in plain.items()}
    if isinstance(plain, list):
        return [_finite(value) for value in plain]
    if isinstance(plain, float) and not math.isfinite(plain):
        return ".nan" if math.isnan(plain) else ".inf" if plain > 0 else "-.inf"
    return plain
