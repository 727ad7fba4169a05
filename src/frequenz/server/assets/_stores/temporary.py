"""The folders of temporary databases."""

import shutil
import tempfile
from typing import Final

from .store import StoreError

_folders: Final[set[str]] = set()
"""Those that this process has made, and not removed yet."""


def make_folder() -> str:
    """Make a folder for a temporary database.

    Raises:
        StoreError: If it cannot be made.
    """
    try:
        folder = tempfile.mkdtemp(prefix="assets-server-")
    except OSError as error:
        raise StoreError(
            f"cannot make a temporary database: {error}; name a file to keep the inventory in"
        ) from error
    _folders.add(folder)
    return folder


def remove_folder(folder: str) -> None:
    """Remove a folder with what is in it."""
    shutil.rmtree(folder)
    _folders.discard(folder)


def remove_all_folders() -> None:
    """Remove what is left, as far as possible: the process ends at once."""
    for folder in _folders:
        shutil.rmtree(folder, ignore_errors=True)
