"""Keys in a TOML file: for a server with few of them."""

import asyncio
import fcntl
import json
import os
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from .keys import Key, Keys, KeysError
from .private_files import check_private, write_private
from .secret_box import SecretBox

_VERSION: Final = 1
_HEAD: Final = f"""\
# Keys of an Assets server. `assets-server keys` changes this file.
version = {_VERSION}
"""
_TYPES: Final[Mapping[str, tuple[type, str]]] = {
    "id": (str, "a text"),
    "sha256": (str, "a text"),
    "enterprise": (int, "an integer"),
    "gridpools": (list, "a list of integers"),
    "created": (datetime, "a time"),
    "expires": (datetime, "a time"),
    "disabled": (bool, "true or false"),
    "comment": (str, "a text"),
    "secrets": (list, "a list of texts"),
}
"""The names in the table of a key, and what they are."""

_REQUIRED: Final = ("id", "sha256", "enterprise", "created")


class KeyFile:
    """Keys in a file, which only its owner may read; the secrets in it are encrypted."""

    def __init__(self, path: Path, box: SecretBox) -> None:
        """Use a file, which need not exist before keys are written."""
        self._path = path
        self._box = box

    async def load(self) -> Keys:
        """Return the keys."""
        return await asyncio.to_thread(self.read)

    async def update(self, function: Callable[[Keys], Keys]) -> Keys:
        """Replace the keys by what a function makes of them; a missing file has none."""
        return await asyncio.to_thread(self.change, function)

    def read(self) -> Keys:
        """Return the keys."""
        return _parse(check_private(self._path), self._path, self._box)

    def change(self, function: Callable[[Keys], Keys]) -> Keys:
        """Do what `update` does."""
        with self._locked():
            keys = function(self.read() if self._path.exists() else ())
            write_private(self._path, _format(keys, self._box).encode())
            return keys

    @contextmanager
    def _locked(self) -> Iterator[None]:
        # The folder is locked, since the file is replaced by another one.
        try:
            folder = os.open(self._path.parent, os.O_RDONLY)
        except OSError as error:
            raise KeysError(f"{self._path}: cannot be written: {error.strerror}") from error
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)


def _format(keys: Keys, box: SecretBox) -> str:
    return _HEAD + "".join(_format_key(key, box) for key in keys)


def _format_key(key: Key, box: SecretBox) -> str:
    values: dict[str, str] = {
        "id": _text(key.id),
        "sha256": _text(key.key_hash),
        "enterprise": str(key.enterprise_id),
        "gridpools": str(sorted(key.gridpool_ids)),
        "created": key.created.isoformat(),
    }
    if key.expires is not None:
        values["expires"] = key.expires.isoformat()
    if key.is_disabled:
        values["disabled"] = "true"
    if key.comment:
        values["comment"] = _text(key.comment)
    encrypted = ", ".join(_text(box.encrypt(secret, key.id)) for secret in key.secrets)
    values["secrets"] = f"[{encrypted}]"
    return "\n[[key]]\n" + "".join(f"{name} = {value}\n" for name, value in values.items())


def _text(value: str) -> str:
    # The basic strings of TOML are those of JSON.
    return json.dumps(value, ensure_ascii=False)


def _parse(content: bytes, path: Path, box: SecretBox) -> Keys:
    try:
        document = tomllib.loads(content.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise KeysError(f"{path}: expected a TOML file: {error}") from error
    if document.get("version") != _VERSION:
        raise KeysError(f"{path}: version: expected {_VERSION}, got {document.get('version')!r}")
    tables = document.get("key", [])
    if unknown := document.keys() - {"version", "key"}:
        raise KeysError(f"{path}: unknown name: {min(unknown)}")
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise KeysError(f"{path}: key: expected tables [[key]]")
    keys = tuple(_parse_key(table, f"{path}: key[{i}]", box) for i, table in enumerate(tables))
    for name, values in (
        ("id", [key.id for key in keys]),
        ("sha256", [key.key_hash for key in keys]),
    ):
        if twice := {value for value in values if values.count(value) > 1}:
            raise KeysError(f"{path}: key: two keys have the {name} {min(twice)}")
    return keys


def _parse_key(table: Mapping[str, Any], place: str, box: SecretBox) -> Key:
    if unknown := table.keys() - _TYPES.keys():
        raise KeysError(f"{place}: unknown name: {min(unknown)}")
    for name in _REQUIRED:
        if name not in table:
            raise KeysError(f"{place}: {name} is missing")
    for name, value in table.items():
        kind, expected = _TYPES[name]
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            # Without the value, which may be a secret that somebody has put in the wrong place.
            raise KeysError(f"{place}.{name}: expected {expected}")
    _check_items(table.get("gridpools", []), int, f"{place}.gridpools")
    _check_items(table.get("secrets", []), str, f"{place}.secrets")
    try:
        return Key(
            id=table["id"],
            key_hash=table["sha256"],
            enterprise_id=table["enterprise"],
            gridpool_ids=frozenset(table.get("gridpools", [])),
            created=table["created"],
            expires=table.get("expires"),
            is_disabled=table.get("disabled", False),
            comment=table.get("comment", ""),
            secrets=tuple(box.decrypt(it, table["id"]) for it in table.get("secrets", [])),
        )
    except ValueError as error:
        raise KeysError(f"{place}.{error}") from error


def _check_items(values: list[Any], kind: type, place: str) -> None:
    for value in values:
        if not isinstance(value, kind) or isinstance(value, bool):
            raise KeysError(f"{place}: expected {_TYPES[place.rpartition('.')[2]][1]}")
