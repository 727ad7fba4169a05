"""Files that only their owner may read."""

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

from .keys import KeysError

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_MAX_BYTES: Final = 64 * 2**20


def check_private(path: Path) -> bytes:
    """Return the content of a file that nobody but its owner may read.

    Raises:
        KeysError: If it cannot be read, or others may.
    """
    try:
        # The open file is checked, not its name: the name could be that of another one by then.
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if not stat.S_ISREG(mode):
                raise KeysError(f"{path}: expected a regular file")
            if mode & _OTHERS:
                raise KeysError(
                    f"{path}: may be read or changed by others (mode {stat.S_IMODE(mode):04o});"
                    f" run: chmod 600 {path}"
                )
            content = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise KeysError(f"{path}: cannot be read: {error.strerror}") from error
    if len(content) > _MAX_BYTES:
        raise KeysError(f"{path}: expected at most {_MAX_BYTES} bytes")
    return content


def write_private(path: Path, content: bytes, *, replaces: bool = True) -> None:
    """Write a file at once: whoever reads it sees the old content or the new one.

    Args:
        path: The file. If there is one already, its owner stays the same.
        content: Its content.
        replaces: Whether to replace a file that exists; otherwise that one is kept.

    Raises:
        KeysError: If it cannot be written.
    """
    try:
        # Created with mode 0600, in the same folder so that it can take the place of the file.
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                _keep_owner(file.fileno(), path)
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            if replaces:
                temporary.replace(path)
            else:
                with suppress(FileExistsError):
                    path.hardlink_to(temporary)
        finally:
            temporary.unlink(missing_ok=True)
        _sync_folder(path.parent)
    except OSError as error:
        raise KeysError(f"{path}: cannot be written: {error.strerror}") from error


def _keep_owner(file: int, path: Path) -> None:
    """Give a new file to the owner of the one that it replaces, such as root's to a service."""
    with suppress(FileNotFoundError):
        former = path.stat()
        if former.st_uid != os.fstat(file).st_uid:
            os.fchown(file, former.st_uid, former.st_gid)


def _sync_folder(path: Path) -> None:
    """Make the names in a folder outlive a machine without power."""
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
