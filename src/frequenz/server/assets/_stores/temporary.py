"""Temporary databases."""

import tempfile

from .store import StoreError


def make_folder() -> str:
    """Make a folder for a temporary database.

    Raises:
        StoreError: If it cannot be made.
    """
    try:
        return tempfile.mkdtemp(prefix="assets-server-")
    except OSError as error:
        raise StoreError(
            f"cannot make a temporary database: {error}; name a file to keep the inventory in"
        ) from error
