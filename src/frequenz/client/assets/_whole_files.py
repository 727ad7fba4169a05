"""Writing files so that readers never see half of one."""

import errno
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def write_text(text: str, path: str | os.PathLike[str]) -> None:
    """Write a text file in UTF-8, as `write_bytes` does.

    Raises:
        OSError: If the file cannot be written, or is a device or a pipe.
    """
    write_bytes(text.encode(), path)


def write_bytes(data: bytes, path: str | os.PathLike[str]) -> None:
    """Write a file, which appears, or replaces an existing one, when it is complete.

    An existing file keeps its permissions, and a link keeps pointing to it.

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


def check_writable(path: str | os.PathLike[str]) -> None:
    """Raise what `write_bytes` would raise, as far as that is known before.

    Raises:
        OSError: If the file cannot be written, or is a device or a pipe.
    """
    with _errors_name(path):
        target, _ = _target(path)
        with tempfile.TemporaryFile(dir=target.parent):  # as `write_bytes` does
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
