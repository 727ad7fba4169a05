"""Reading and writing inventory files."""

import json
import math
import os
import re
import tempfile
from pathlib import Path
from typing import Any, Final

import yaml

from ._format import INVENTORY
from ._inventory import Inventory
from ._nodes import BOOLEAN, INTEGER, NUMBER, SPECIAL, InventoryFileError, Problem, Problems, parse
from ._shapes import MomentText

JSON_SUFFIX: Final = ".json"
SUFFIXES: Final = (".yaml", ".yml", JSON_SUFFIX)


def read(path: str | os.PathLike[str]) -> Inventory:
    """Return the inventory in a file, whose name ends in `.yaml`, `.yml` or `.json`.

    Raises:
        InventoryFileError: If it is not an inventory of format version 1; with every problem.
        OSError: If the file cannot be opened.
    """
    path = Path(path)
    is_json = _is_json(path)
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        problem = Problem(str(path), 1, 1, "", f"expected text in UTF-8: {error}")
        raise InventoryFileError((problem,)) from error
    return parse_text(text, name=str(path), is_json=is_json)


def parse_text(text: str, *, name: str, is_json: bool = False) -> Inventory:
    """Return the inventory in a text; `name` stands for the file in problems.

    Raises:
        InventoryFileError: If it is not an inventory of format version 1; with every problem.
    """
    problems = Problems(name)
    root = parse(text, problems, is_json=is_json)
    inventory = None if root is None else INVENTORY.read(root)
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
    return yaml.dump(
        plain,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=None,  # the innermost mappings and lists go on one line
        width=100,
    )


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


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    """Writes YAML that means the same by the rules of YAML 1.1 and 1.2."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


for _tag, _pattern in (("bool", BOOLEAN), ("int", INTEGER), ("float", NUMBER), ("float", SPECIAL)):
    # Text that looks like one of these by either version's rules gets quotes.
    _Dumper.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_pattern.pattern})$"), None
    )
_Dumper.add_representer(
    MomentText,
    lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:timestamp", str(text)),
)
