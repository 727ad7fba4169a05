"""Files that only their owner may read."""

import os
import stat
import tempfile
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


def write_private(path: Path, content: bytes) -> None:
    """Replace a file at once: whoever reads it sees the old content or the new one.

    Raises:
        KeysError: If it cannot be written.
    """
    try:
        # Created with mode 0600, in the same folder so that it can take the place of the file.
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise KeysError(f"{path}: cannot be written: {error.strerror}") from error
